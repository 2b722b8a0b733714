import type { ConversationChange } from "@parlor/client";
import { useCallback } from "react";
import { useParlor } from "./context";

/**
 * Changes a group's name, description, picture or settings; what is absent stays as it is. Fails with a `ParlorError`;
 * `forbidden` when the role does not allow it. What the group is called now is `conversation` of `useChat`.
 */
export function useConversationUpdate(conversationId: string): (change: ConversationChange) => Promise<void> {
  const client = useParlor();
  return useCallback((change) => client.updateConversation(conversationId, change), [client, conversationId]);
}
