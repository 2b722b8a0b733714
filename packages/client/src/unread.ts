import type { Message } from "./protocol";

/**
 * The server counts unread messages up to `head_seq`; what arrives later comes on top, one by one. Both parts are
 * kept apart, so that a count that was under way while a message arrived neither loses nor doubles it.
 */
export interface Unread {
  readonly read_seq: number;
  readonly head_seq: number;
  readonly counted: number;
  /** Messages of others beyond `head_seq`, by `seq`. */
  readonly later: readonly number[];
  /** Read here, not yet confirmed by the server. */
  readonly reading_seq?: number;
}

export function unreadFromServer(read_seq: number, head_seq: number, counted: number): Unread {
  return { read_seq, head_seq, counted, later: [] };
}

/** A new count replaces an older one, and keeps what it cannot have seen. */
export function recount(unread: Unread, read_seq: number, head_seq: number, counted: number): Unread {
  const later = unread.later.filter((seq) => seq > head_seq && seq > read_seq);
  const confirmed = unread.reading_seq !== undefined && unread.reading_seq <= read_seq;
  const base = { read_seq, head_seq, counted, later };
  return unread.reading_seq === undefined || confirmed ? base : { ...base, reading_seq: unread.reading_seq };
}

export function countMessage(unread: Unread, message: Message, me: string | undefined): Unread {
  if (message.sender_id === me || message.kind === "system") return unread;
  if (message.seq <= unread.head_seq || message.seq <= unread.read_seq) return unread;
  return unread.later.includes(message.seq) ? unread : { ...unread, later: [...unread.later, message.seq] };
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
  const counted = read >= unread.head_seq ? 0 : unread.counted;
  return counted + unread.later.filter((seq) => seq > read).length;
}
