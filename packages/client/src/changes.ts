import { applyDetails } from "./details";
import { applyParticipants, type ParticipantChange } from "./participants";
import type { Change, ConversationUpdated, Message, ReactionChanged, ServerEvent } from "./protocol";
import { keepingMine, reacted } from "./reactions";
import { applyDeletion, applyMessage, applyUpdate, heldMessage } from "./reduce";
import type { ParlorState } from "./state";

/** What a change of a conversation makes of the state. It may be kept, and reads what is held only when its turn comes. */
export type Step = (state: ParlorState) => ParlorState;

/** A change out of a `sync` answer, whose messages are told to us alone. One that we do not know changes nothing. */
export function replayed(change: Change): Step {
  return (state) => {
    if (isParticipantChange(change)) return applyParticipants(state, change);
    if (isUpdate(change)) return applyDetails(state, change.data);
    if (isOfMessage(change, "message:new")) return applyMessage(state, change.data);
    if (isOfMessage(change, "message:deleted")) return applyDeletion(state, change.data);
    return isOfMessage(change, "message:updated") ? applyUpdate(state, change.data) : state;
  };
}

type LiveChange = Extract<
  ServerEvent,
  { event: "message:updated" | "message:deleted" | "reaction:changed" | "conversation:updated" }
>;

/** An event, which is the same for all. */
export function live(change: LiveChange | ParticipantChange): Step {
  switch (change.event) {
    case "message:updated":
      return (state) => applyUpdate(state, keepingMine(heldMessage(state, change.data), change.data));
    case "reaction:changed":
      return (state) => applyReaction(state, change.data);
    default:
      return replayed(change);
  }
}

function applyReaction(state: ParlorState, change: ReactionChanged): ParlorState {
  const held = heldMessage(state, change);
  return held ? applyUpdate(state, reacted(held, change, state.me?.id)) : state;
}

function isOfMessage<E extends string>(change: Change, event: E): change is { event: E; data: Message } {
  return change.event === event;
}

function isUpdate(change: Change): change is { event: string; data: ConversationUpdated } {
  return change.event === "conversation:updated";
}

function isParticipantChange(change: Change): change is ParticipantChange {
  return change.event.startsWith("participant:");
}
