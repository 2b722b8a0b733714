import type { Conversation, Message } from "./protocol";

/**
 * The server counts unread messages up to `head_seq`; what arrives later comes on top, one by one. Both parts are
 * kept apart, so that a count that was under way while a message arrived neither loses nor doubles it.
 */
export interface Unread {
  readonly read_seq: number;
  readonly head_seq: number;
  /** The last change that the count knew of. */
  readonly head_rev: number;
  readonly counted: number;
  /** Messages of others beyond `head_seq`, by `seq`. */
  readonly later: readonly number[];
  /** Messages that were deleted by later changes: counted ones, and those that a count under way may hold. */
  readonly gone: readonly { readonly seq: number; readonly rev: number }[];
  /** Read here, not yet confirmed by the server. */
  readonly reading_seq?: number;
}

/** What the server counted: up to where it is read, and when. */
export interface Count {
  readonly read_seq: number;
  readonly head_seq: number;
  readonly head_rev: number;
  readonly counted: number;
}

export function countOf({ read_seq, unread, head }: Pick<Conversation, "read_seq" | "unread" | "head">): Count {
  return { read_seq, head_seq: head.seq, head_rev: head.rev, counted: unread };
}

export function unreadFromServer(count: Count): Unread {
  return { ...count, later: [], gone: [] };
}

/** A new count replaces an older one, and keeps what it cannot have seen. */
export function recount(unread: Unread, count: Count): Unread {
  const { read_seq, head_seq, head_rev, counted } = count;
  const later = unread.later.filter((seq) => seq > head_seq && seq > read_seq);
  const confirmed = unread.reading_seq !== undefined && unread.reading_seq <= read_seq;
  const gone = unread.gone.filter(({ rev }) => rev > head_rev);
  const base = { read_seq, head_seq, head_rev, counted, later, gone };
  return unread.reading_seq === undefined || confirmed ? base : { ...base, reading_seq: unread.reading_seq };
}

export function countMessage(unread: Unread, message: Message, me: string | undefined): Unread {
  if (!counts(message, me) || message.deleted_at !== undefined) return unread;
  if (message.seq <= unread.head_seq || message.seq <= unread.read_seq) return unread;
  if (unread.gone.some(({ seq }) => seq === message.seq)) return unread;
  return unread.later.includes(message.seq) ? unread : { ...unread, later: [...unread.later, message.seq] };
}

/** A message was deleted: it counts no more, if it did. */
export function uncountMessage(unread: Unread, message: Message, me: string | undefined): Unread {
  const { seq, rev } = message;
  if (!counts(message, me)) return unread;
  if (seq <= unread.read_seq || rev <= unread.head_rev || unread.gone.some((other) => other.seq === seq)) return unread;
  const later = unread.later.filter((other) => other !== seq);
  return { ...unread, later, gone: [...unread.gone, { seq, rev }] };
}

function counts(message: Message, me: string | undefined): boolean {
  return message.sender_id !== me && message.kind !== "system";
}

/** Read up to `seq` as far as this device is concerned. */
export function readLocally(unread: Unread, seq: number): Unread {
  return seq <= readSeq(unread) ? unread : { ...unread, reading_seq: seq };
}

/** The server would not have it: its own mark counts again. */
export function forgetReading(unread: Unread): Unread {
  const { reading_seq: _, ...rest } = unread;
  return rest;
}

export function readSeq(unread: Unread): number {
  return Math.max(unread.read_seq, unread.reading_seq ?? 0);
}

/** What the badge shows. */
export function unreadTotal(unread: Unread): number {
  const read = readSeq(unread);
  const gone = unread.gone.filter(({ seq }) => seq > unread.read_seq && seq <= unread.head_seq).length;
  const counted = read >= unread.head_seq ? 0 : Math.max(0, unread.counted - gone);
  return counted + unread.later.filter((seq) => seq > read).length;
}
