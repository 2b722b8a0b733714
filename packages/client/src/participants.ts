import type { Participant, ParticipantJoined, ParticipantLeft, ParticipantUpdated } from "./protocol";
import { changeConversation } from "./reduce";
import type { ParlorState } from "./state";

/** A change of who is in a conversation, live or replayed. */
export type ParticipantChange =
  | { readonly event: "participant:joined"; readonly data: ParticipantJoined }
  | { readonly event: "participant:left"; readonly data: ParticipantLeft }
  | { readonly event: "participant:updated"; readonly data: ParticipantUpdated };

/** Who is in the conversation afterwards. */
export function applyParticipants(state: ParlorState, change: ParticipantChange): ParlorState {
  const { conversation_id, rev } = change.data;
  return changeConversation(state, conversation_id, (conversation) => {
    const head = { ...conversation.head, rev: Math.max(conversation.head.rev, rev) };
    const { request, ...rest } = conversation;
    const participants = changed(conversation.participants, change);
    // Whom we asked has accepted when he is in it.
    const waits = request && participants.every(({ user }) => user.id !== request.id);
    return { ...rest, head, participants, ...(waits && { request }) };
  });
}

function changed(participants: readonly Participant[], change: ParticipantChange): Participant[] {
  switch (change.event) {
    case "participant:joined": {
      const { participant } = change.data;
      return [...participants.filter(({ user }) => user.id !== participant.user.id), participant];
    }
    case "participant:left":
      return participants.filter(({ user }) => user.id !== change.data.user_id);
    case "participant:updated": {
      const { user_id, role } = change.data;
      return participants.map((one) => (one.user.id === user_id ? { ...one, role } : one));
    }
  }
}
