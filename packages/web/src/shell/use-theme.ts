import { useSyncExternalStore } from "react";

const KEY = "parlor.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

function current(): "light" | "dark" {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return dark.matches ? "dark" : "light";
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  dark.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    dark.removeEventListener("change", listener);
  };
}

/** What the system prefers, until somebody chooses; choosing the system's own again gives the choice back to it. */
function toggle(): void {
  const next = current() === "dark" ? "light" : "dark";
  const system = dark.matches ? "dark" : "light";
  if (next === system) delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    if (next === system) localStorage.removeItem(KEY);
    else localStorage.setItem(KEY, next);
  } catch {
    // The choice lasts until the next reload.
  }
  for (const listener of listeners) listener();
}

export function useTheme(): { theme: "light" | "dark"; toggle(): void } {
  return { theme: useSyncExternalStore(subscribe, current), toggle };
}
