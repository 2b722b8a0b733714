import type {
  ChatItem,
  Conversation,
  MessageVersion,
  Page,
  ParlorError,
  ParlorState,
  SendOptions,
  Timeline,
} from "@parlor/client";
import { useCallback, useEffect, useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface ChatView {
  conversation: Conversation | undefined;
  /** Oldest first; the ones on their way last. */
  messages: readonly ChatItem[];
  /** `missing`: there is no such conversation, or it is not for us. */
  state: "loading" | "ready" | "failed" | "missing";
  error: ParlorError | undefined;
  older: Timeline["older"];
  unread: number;
  /** Those of them that mention us. */
  mentions: number;
  readSeq: number;
  /** Returns the message's id. Throws a `ParlorError` for an empty or too large body. */
  send(body: string, options?: SendOptions): string;
  retry(messageId: string): void;
  discard(messageId: string): void;
  /** Gives a message of one's own another text; fails with a `ParlorError`. */
  edit(messageId: string, body: string): Promise<void>;
  /** Reacts to a message, or does no longer; fails with a `ParlorError`. */
  react(messageId: string, emoji: string, on: boolean): Promise<void>;
  /** Takes a message of one's own back, for everyone; fails with a `ParlorError`. */
  unsend(messageId: string): Promise<void>;
  /** Deletes a message for oneself, on all of one's devices; fails with a `ParlorError`. */
  hide(messageId: string): Promise<void>;
  /** What a message said before, newest first. */
  versions(messageId: string, cursor?: string): Promise<Page<MessageVersion>>;
  loadOlder(): Promise<void>;
  reload(): Promise<void>;
  markRead(seq?: number): void;
}

const NONE: readonly ChatItem[] = [];
const synced = (state: ParlorState) => state.synced;

/** One conversation, loaded for as long as the component is mounted. */
export function useChat(conversationId: string): ChatView {
  const client = useParlor();
  const held = useSnapshot(
    useCallback((state: ParlorState) => state.conversations.get(conversationId), [conversationId]),
  );
  const isSynced = useSnapshot(synced);
  const exists = held !== undefined;

  useEffect(() => (exists ? client.watch(conversationId) : undefined), [client, conversationId, exists]);

  const commands = useMemo(
    () => ({
      send: (body: string, options?: SendOptions) => client.send(conversationId, body, options),
      retry: (id: string) => client.retry(id),
      discard: (id: string) => client.discard(id),
      edit: (id: string, body: string) => client.edit(conversationId, id, body),
      react: (id: string, emoji: string, on: boolean) => client.react(conversationId, id, emoji, on),
      unsend: (id: string) => client.unsend(conversationId, id),
      hide: (id: string) => client.hide(conversationId, id),
      versions: (id: string, cursor?: string) => client.versions(conversationId, id, cursor),
      loadOlder: () => client.loadOlder(conversationId),
      reload: () => client.reload(conversationId),
      markRead: (seq?: number) => client.markRead(conversationId, seq),
    }),
    [client, conversationId],
  );

  return useMemo(
    () => ({
      conversation: held?.conversation,
      messages: held?.items ?? NONE,
      state: stateOf(held?.timeline.status, isSynced),
      error: held?.timeline.error,
      older: held?.timeline.older ?? "more",
      unread: held?.unread ?? 0,
      mentions: held?.mentions ?? 0,
      readSeq: held?.read_seq ?? 0,
      ...commands,
    }),
    [held, isSynced, commands],
  );
}

function stateOf(status: Timeline["status"] | undefined, isSynced: boolean): ChatView["state"] {
  switch (status) {
    case undefined:
      return isSynced ? "missing" : "loading";
    case "unloaded":
    case "loading":
      return "loading";
    case "ready":
    case "failed":
      return status;
  }
}
