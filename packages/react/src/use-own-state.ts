import { type OwnState, ownState, type ParlorState, type StateChange } from "@parlor/client";
import { useCallback, useMemo } from "react";
import { useParlor } from "./context";
import { useSnapshot } from "./use-snapshot";

export interface OwnStateView {
  /** Empty while nothing is set. A mute may be over: ask `isMuted`. */
  state: OwnState;
  /** What is absent stays as it is. Fails with a `ParlorError`. */
  set(change: StateChange): Promise<void>;
  /** Deletes the conversation for us alone; it comes back with the next message. */
  remove(): Promise<void>;
}

const NOTHING: OwnState = {};

/** What a conversation is for us alone (archived, muted, pinned, marked as unread), on all of our devices alike. */
export function useOwnState(conversationId: string): OwnStateView {
  const client = useParlor();
  const select = useCallback(
    (parlor: ParlorState) => {
      const held = parlor.conversations.get(conversationId);
      return held ? ownState(held.conversation) : NOTHING;
    },
    [conversationId],
  );
  const state = useSnapshot(select);
  return useMemo(
    () => ({
      state,
      set: (change: StateChange) => client.setState(conversationId, change),
      remove: () => client.deleteConversation(conversationId),
    }),
    [client, conversationId, state],
  );
}
