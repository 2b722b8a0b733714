import type { ConversationState, ParlorState } from "@parlor/client";
import { useMemo } from "react";
import { useSnapshot } from "./use-snapshot";

export interface ConversationsView {
  /** Latest activity first. */
  conversations: readonly ConversationState[];
  unreadTotal: number;
  /** Unread messages that mention us, of all conversations. */
  mentionsTotal: number;
  /** True until the first sync came through. */
  isLoading: boolean;
}

const list = (state: ParlorState) => state.list;
const unread = (state: ParlorState) => state.unread_total;
const mentions = (state: ParlorState) => state.mentions_total;
const synced = (state: ParlorState) => state.synced;

export function useConversations(): ConversationsView {
  const conversations = useSnapshot(list);
  const unreadTotal = useSnapshot(unread);
  const mentionsTotal = useSnapshot(mentions);
  const isLoading = !useSnapshot(synced);
  return useMemo(
    () => ({ conversations, unreadTotal, mentionsTotal, isLoading }),
    [conversations, unreadTotal, mentionsTotal, isLoading],
  );
}
