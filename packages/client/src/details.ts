import type { Conversation, ConversationUpdated } from "./protocol";
import { changeConversation } from "./reduce";
import type { ParlorState } from "./state";

/** The conversation is called otherwise, or kept otherwise. */
export function applyDetails(state: ParlorState, updated: ConversationUpdated): ParlorState {
  return changeConversation(state, updated.conversation_id, (conversation) => withDetails(conversation, updated));
}

function withDetails(conversation: Conversation, updated: ConversationUpdated): Conversation {
  const { name: _, description: __, avatar_url: ___, head, ...rest } = conversation;
  const { name, description, avatar_url, settings, rev } = updated;
  return {
    ...rest,
    head: { ...head, rev: Math.max(head.rev, rev) },
    settings,
    ...(name !== undefined && { name }),
    ...(description !== undefined && { description }),
    ...(avatar_url !== undefined && { avatar_url }),
  };
}
