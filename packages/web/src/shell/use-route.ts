import { useSyncExternalStore } from "react";

/** The open conversation stands behind `#/c/`: the back button works, and no server has to know of it. */
function conversationFromHash(): string | undefined {
  const id = /^#\/c\/(.+)$/.exec(location.hash)?.[1];
  return id ? decodeURIComponent(id) : undefined;
}

function subscribe(listener: () => void): () => void {
  addEventListener("hashchange", listener);
  return () => removeEventListener("hashchange", listener);
}

export function useOpenConversation(): string | undefined {
  return useSyncExternalStore(subscribe, conversationFromHash);
}

export function openConversation(id: string): void {
  location.hash = `#/c/${encodeURIComponent(id)}`;
}

export function closeConversation(): void {
  location.hash = "#/";
}
