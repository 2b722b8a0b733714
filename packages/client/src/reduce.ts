import { mentionsUs } from "./mentions";
import { isListed, ownState, sameState, withoutDeleted, withoutDeletedMessages } from "./own-state";
import type { Conversation, Message, OwnState } from "./protocol";
import { type ConversationState, chatItems, type OutboxEntry, type ParlorState } from "./state";
import { mergeMessages, quoting, replaceMessages, type Timeline, UNLOADED } from "./timeline";
import {
  countMessage,
  countOf,
  readSeq,
  recount,
  type Unread,
  uncountMessage,
  unreadFromServer,
  unreadMentions,
  unreadTotal,
} from "./unread";

/** Pure steps from one state to the next. A step that changes nothing returns the state it was given. */

/**
 * A conversation as the server describes it: new to us, or news about one that we hold. What it is for us alone has a
 * stream of its own: of what we hold it stays as it is.
 */
export function putConversation(state: ParlorState, conversation: Conversation): ParlorState {
  const held = state.conversations.get(conversation.id);
  const count = countOf(conversation);
  const unread_parts = held ? recount(held.unread_parts, count) : unreadFromServer(count);
  const timeline = held?.timeline ?? UNLOADED;
  const hidden = withHidden(held?.hidden, conversation.hidden);
  const { state: _, ...shared } = conversation;
  const own = held?.conversation.state;
  const described = held ? { ...shared, ...(own && { state: own }) } : conversation;
  return place(
    state,
    assemble(state, { conversation: newest(held?.conversation, described), unread_parts, timeline, hidden }),
  );
}

/** We are not in it any more. What waits to be sent there stays, and will be refused. */
export function removeConversation(state: ParlorState, id: string): ParlorState {
  const held = state.conversations.get(id);
  if (!held) return state;
  const conversations = new Map(state.conversations);
  conversations.delete(id);
  const list = state.list.filter((other) => other !== held);
  const unread_total = state.unread_total - held.unread;
  return { ...state, conversations, list, unread_total, mentions_total: state.mentions_total - held.mentions };
}

/** Nothing is known of the server's state any more; what waits to be sent stays. */
export function withoutConversations(state: ParlorState): ParlorState {
  return {
    ...state,
    synced: false,
    conversations: new Map(),
    list: [],
    unread_total: 0,
    mentions_total: 0,
    blocked: new Set(),
    requests: [],
  };
}

/** The conversation itself, without its messages, as `step` makes it. */
export function changeConversation(
  state: ParlorState,
  id: string,
  step: (conversation: Conversation) => Conversation,
): ParlorState {
  return change(state, id, (held) => ({ conversation: step(held.conversation) }));
}

/** What a conversation is for us alone. */
export function setOwnState(state: ParlorState, id: string, own: OwnState): ParlorState {
  return changeConversation(state, id, (conversation) =>
    sameState(ownState(conversation), own) ? conversation : { ...conversation, state: own },
  );
}

/** Shows a message and counts it; a message that is there already changes nothing. */
export function applyMessage(state: ParlorState, message: Message): ParlorState {
  return change(state, message.conversation_id, (held) => {
    if (held.hidden.has(message.seq)) return { conversation: withHead(held.conversation, message) };
    const conversation = withMessage(held.conversation, message);
    const me = state.me?.id;
    const unread_parts = countMessage(held.unread_parts, message, me, mentionsUs(message, me, state.blocked));
    return { conversation, unread_parts, timeline: withLive(held.timeline, message) };
  });
}

/** Whether we block somebody. */
export function setBlocked(state: ParlorState, user_id: string, is_blocked: boolean): ParlorState {
  if (state.blocked.has(user_id) === is_blocked) return state;
  const blocked = new Set(state.blocked);
  if (is_blocked) blocked.add(user_id);
  else blocked.delete(user_id);
  return { ...state, blocked };
}

/** A message that was there is another now. */
export function applyUpdate(state: ParlorState, message: Message): ParlorState {
  return change(state, message.conversation_id, (held) => ({
    conversation: withUpdate(held.conversation, message),
    timeline: withChanged(held.timeline, message),
  }));
}

/** A message was unsent: what is left of it is shown, and it counts no more. */
export function applyDeletion(state: ParlorState, message: Message): ParlorState {
  const before = heldMessage(state, message);
  const mention = before !== undefined && mentionsUs(before, state.me?.id, state.blocked);
  return change(applyUpdate(state, message), message.conversation_id, (held) =>
    // What is hidden was not counted.
    held.hidden.has(message.seq)
      ? {}
      : { unread_parts: uncountMessage(held.unread_parts, message, state.me?.id, mention) },
  );
}

type Named = Pick<Message, "conversation_id" | "id">;

/** The message as we hold it, if we do. */
export function heldMessage(state: ParlorState, { conversation_id, id }: Named): Message | undefined {
  const held = state.conversations.get(conversation_id);
  const last = held?.conversation.last_message;
  return held?.timeline.messages.find((message) => message.id === id) ?? (last?.id === id ? last : undefined);
}

/** Messages that we deleted for ourselves are gone; `last_message` is what is the last one without them. */
export function applyHidden(
  state: ParlorState,
  id: string,
  seqs: readonly number[],
  last_message: Message | undefined,
): ParlorState {
  return change(state, id, (held) => {
    const hidden = withHidden(held.hidden, seqs);
    const last = held.conversation.last_message;
    if (!last || !hidden.has(last.seq) || !last_message) return { hidden };
    return { hidden, conversation: { ...held.conversation, last_message } };
  });
}

function withHidden(held: ReadonlySet<number> = NONE, seqs: readonly number[] = []): ReadonlySet<number> {
  return seqs.every((seq) => held.has(seq)) ? held : new Set([...held, ...seqs]);
}

const NONE: ReadonlySet<number> = new Set();

export function changeUnread(state: ParlorState, id: string, step: (unread: Unread) => Unread): ParlorState {
  return change(state, id, (held) => ({ unread_parts: step(held.unread_parts) }));
}

export function changeTimeline(state: ParlorState, id: string, step: (timeline: Timeline) => Timeline): ParlorState {
  return change(state, id, (held) => ({ timeline: step(held.timeline) }));
}

export function setOutgoing(state: ParlorState, id: string, entries: readonly OutboxEntry[]): ParlorState {
  const outgoing = new Map(state.outgoing);
  if (entries.length > 0) outgoing.set(id, entries);
  else outgoing.delete(id);
  const after = { ...state, outgoing };
  const held = after.conversations.get(id);
  return held ? place(after, assemble(after, held)) : after;
}

type Parts = Pick<ConversationState, "conversation" | "unread_parts" | "timeline" | "hidden">;

function change(state: ParlorState, id: string, step: (held: ConversationState) => Partial<Parts>): ParlorState {
  const held = state.conversations.get(id);
  if (!held) return state;
  const after = { ...held, ...step(held) };
  const unchanged =
    after.conversation === held.conversation &&
    after.unread_parts === held.unread_parts &&
    after.timeline === held.timeline &&
    after.hidden === held.hidden;
  return unchanged ? state : place(state, assemble(state, after));
}

/** Whatever comes and when: what is hidden or deleted for us is not shown. */
function assemble(state: ParlorState, parts: Parts): ConversationState {
  const { unread_parts, hidden } = parts;
  const conversation = withoutDeleted(withoutHiddenLast(parts.conversation, hidden));
  const timeline = withoutDeletedMessages(withoutHidden(parts.timeline, hidden), conversation);
  const held = state.conversations.get(conversation.id);
  const outgoing = state.outgoing.get(conversation.id) ?? [];
  const items = chatItems(timeline.messages, outgoing);
  return {
    conversation,
    hidden,
    unread_parts,
    unread: unreadTotal(unread_parts),
    mentions: unreadMentions(unread_parts),
    read_seq: readSeq(unread_parts),
    timeline,
    items: held && sameItems(held.items, items) ? held.items : items,
  };
}

function sameItems(a: readonly unknown[], b: readonly unknown[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}

/** Maps that belong to a `batch` under way and may be written to. */
const drafts = new WeakSet<ReadonlyMap<string, ConversationState>>();

/** Many steps at the cost of one: the map is copied once, and the list put in order at the end. */
export function batch(state: ParlorState, steps: (draft: ParlorState) => ParlorState): ParlorState {
  const conversations = new Map(state.conversations);
  drafts.add(conversations);
  const after = steps({ ...state, conversations });
  drafts.delete(conversations);
  const listed = [...conversations.values()].filter(({ conversation }) => isListed(conversation));
  return { ...after, list: listed.sort(byPlace) };
}

/** Sets one conversation into the map and the ordered list. */
function place(state: ParlorState, entry: ConversationState): ParlorState {
  const id = entry.conversation.id;
  const held = state.conversations.get(id);
  const totals = {
    unread_total: state.unread_total - (held?.unread ?? 0) + entry.unread,
    mentions_total: state.mentions_total - (held?.mentions ?? 0) + entry.mentions,
  };
  if (drafts.has(state.conversations)) {
    (state.conversations as Map<string, ConversationState>).set(id, entry);
    return { ...state, ...totals };
  }
  const conversations = new Map(state.conversations).set(id, entry);
  return { ...state, conversations, list: reorder(state.list, held, entry), ...totals };
}

function reorder(list: ParlorState["list"], held: ConversationState | undefined, entry: ConversationState) {
  const listed = isListed(entry.conversation);
  if (held && listed && isListed(held.conversation) && byPlace(held, entry) === 0) {
    return list.map((other) => (other === held ? entry : other));
  }
  const others = list.filter((other) => other !== held);
  if (!listed) return others;
  const index = others.findIndex((other) => byPlace(entry, other) < 0);
  return others.toSpliced(index < 0 ? others.length : index, 0, entry);
}

/** Pinned ones first, the last pinned before others; then by activity. Times of one format and zone have the order of their texts. */
function byPlace(a: ConversationState, b: ConversationState): number {
  const [left, right] = [a.conversation, b.conversation];
  const [left_pin, right_pin] = [left.state?.pinned_at ?? "", right.state?.pinned_at ?? ""];
  if (left_pin !== right_pin) return left_pin < right_pin ? 1 : -1;
  if (left.last_activity_at !== right.last_activity_at) return left.last_activity_at < right.last_activity_at ? 1 : -1;
  if (left.id === right.id) return 0;
  return left.id < right.id ? -1 : 1;
}

/** News may have been written before a message that overtook it: the later message stays the last one. */
function newest(held: Conversation | undefined, arriving: Conversation): Conversation {
  if (!held || arriving.head.seq >= held.head.seq) return arriving;
  const { head, last_message, last_activity_at } = held;
  const rev = Math.max(head.rev, arriving.head.rev);
  return { ...arriving, head: { seq: head.seq, rev }, last_activity_at, ...(last_message && { last_message }) };
}

function withoutHiddenLast(conversation: Conversation, hidden: ReadonlySet<number>): Conversation {
  const { last_message, ...rest } = conversation;
  return last_message && hidden.has(last_message.seq) ? rest : conversation;
}

function withoutHidden(timeline: Timeline, hidden: ReadonlySet<number>): Timeline {
  if (hidden.size === 0 || !timeline.messages.some((message) => hidden.has(message.seq))) return timeline;
  return { ...timeline, messages: timeline.messages.filter((message) => !hidden.has(message.seq)) };
}

/** There is a message that we do not see. */
function withHead(conversation: Conversation, { seq, rev }: Message): Conversation {
  const { head } = conversation;
  return seq <= head.seq ? conversation : { ...conversation, head: { seq, rev: Math.max(rev, head.rev) } };
}

function withMessage(conversation: Conversation, message: Message): Conversation {
  const { head } = conversation;
  // By `seq` alone: a change of an earlier message may have overtaken this one.
  if (message.seq <= head.seq) return conversation;
  return {
    ...conversation,
    head: { seq: message.seq, rev: Math.max(message.rev, head.rev) },
    last_message: message,
    last_activity_at: message.created_at,
  };
}

function withUpdate(conversation: Conversation, message: Message): Conversation {
  const { head, last_message } = conversation;
  const is_last = last_message?.id === message.id && message.rev > last_message.rev;
  const shown = is_last ? message : last_message && quoting(last_message, message);
  if (shown === last_message && message.rev <= head.rev) return conversation;
  const rev = Math.max(message.rev, head.rev);
  return { ...conversation, head: { ...head, rev }, ...(shown && { last_message: shown }) };
}

function withChanged(timeline: Timeline, message: Message): Timeline {
  const messages = replaceMessages(timeline.messages, [message]);
  const loading = timeline.status === "loading" || timeline.older === "loading";
  if (loading) return { ...timeline, messages, changed: [...(timeline.changed ?? []), message] };
  return messages === timeline.messages ? timeline : { ...timeline, messages };
}

/** Live messages belong only to a timeline that is loaded, or about to be. */
function withLive(timeline: Timeline, message: Message): Timeline {
  if (timeline.status !== "ready" && timeline.status !== "loading") return timeline;
  const messages = mergeMessages(timeline.messages, [message]);
  return messages === timeline.messages ? timeline : { ...timeline, messages };
}
