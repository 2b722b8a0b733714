import type { Role } from "@parlor/client";
import { useMemo } from "react";
import { useParlor } from "./context";

export interface ParticipantsView {
  /** All of these fail with a `ParlorError`; `forbidden` when the role does not allow it. */
  add(userIds: readonly string[]): Promise<void>;
  remove(userId: string): Promise<void>;
  /** `owner` gives the group away. */
  setRole(userId: string, role: Role): Promise<void>;
  leave(): Promise<void>;
}

/** Who is in a group: what can be done about it. The people themselves are `conversation.participants` of `useChat`. */
export function useParticipants(conversationId: string): ParticipantsView {
  const client = useParlor();
  return useMemo(
    () => ({
      add: (userIds) => client.addParticipants(conversationId, userIds),
      remove: (userId) => client.removeParticipant(conversationId, userId),
      setRole: (userId, role) => client.setRole(conversationId, userId, role),
      leave: () => client.leave(conversationId),
    }),
    [client, conversationId],
  );
}
