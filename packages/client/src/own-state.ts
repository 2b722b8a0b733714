import type { Conversation, OwnState } from "./protocol";
import type { Timeline } from "./timeline";

/** What a conversation is for us alone. The server tells all of our devices; nobody else learns of it. */

export const PLAIN: OwnState = {};

export function ownState({ state = PLAIN }: Conversation): OwnState {
  return state;
}

export function sameState(a: OwnState, b: OwnState): boolean {
  const keys = Object.keys({ ...a, ...b }) as (keyof OwnState)[];
  return keys.every((key) => a[key] === b[key]);
}

/** A mute ends by itself. */
export function isMuted(conversation: Conversation, now_ms: number = Date.now()): boolean {
  const { muted_until } = ownState(conversation);
  return muted_until !== undefined && Date.parse(muted_until) > now_ms;
}

/** What we deleted is not in the list until something is said there again. */
export function isListed({ head, state }: Conversation): boolean {
  return state?.deleted_seq === undefined || head.seq > state.deleted_seq;
}

/** Without what is deleted for us. What has nothing of it stays the same object. */
export function withoutDeleted(conversation: Conversation): Conversation {
  const { last_message, ...rest } = conversation;
  return last_message && isDeleted(conversation, last_message.seq) ? rest : conversation;
}

/** The same of the messages that are held. */
export function withoutDeletedMessages(timeline: Timeline, conversation: Conversation): Timeline {
  const first = timeline.messages[0];
  if (!first || !isDeleted(conversation, first.seq)) return timeline;
  return { ...timeline, messages: timeline.messages.filter(({ seq }) => !isDeleted(conversation, seq)) };
}

function isDeleted({ state }: Conversation, seq: number): boolean {
  return seq <= (state?.deleted_seq ?? 0);
}
