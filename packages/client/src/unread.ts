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
  /** How many of the counted ones mention us. */
  readonly mentions: number;
  /** Messages of others beyond `head_seq`, by `seq`. */
  readonly later: readonly number[];
  /** Those of them that mention us. */
  readonly later_mentions: readonly number[];
  /** Messages that were deleted by later changes: counted ones, and those that a count under way may hold. */
  readonly gone: readonly { readonly seq: number; readonly rev: number; readonly mention: boolean }[];
  /** Read here, not yet confirmed by the server. */
  readonly reading_seq?: number;
}

/** What the server counted: up to where it is read, and when. */
export interface Count {
  readonly read_seq: number;
  readonly head_seq: number;
  readonly head_rev: number;
  readonly counted: number;
  readonly mentions: number;
}

type Counted = Pick<Conversation, "read_seq" | "unread" | "mentions" | "head">;

export function countOf({ read_seq, unread, mentions = 0, head }: Counted): Count {
  return { read_seq, head_seq: head.seq, head_rev: head.rev, counted: unread, mentions };
}

export function unreadFromServer(count: Count): Unread {
  return { ...count, later: [], later_mentions: [], gone: [] };
}

/** A new count replaces an older one, and keeps what it cannot have seen. */
export function recount(unread: Unread, count: Count): Unread {
  const { read_seq, head_seq, head_rev, counted, mentions } = count;
  const isLater = (seq: number) => seq > head_seq && seq > read_seq;
  const later = unread.later.filter(isLater);
  const later_mentions = unread.later_mentions.filter(isLater);
  const confirmed = unread.reading_seq !== undefined && unread.reading_seq <= read_seq;
  const gone = unread.gone.filter(({ rev }) => rev > head_rev);
  const base = { read_seq, head_seq, head_rev, counted, mentions, later, later_mentions, gone };
  return unread.reading_seq === undefined || confirmed ? base : { ...base, reading_seq: unread.reading_seq };
}

/** `mention`: it is one that mentions us. */
export function countMessage(unread: Unread, message: Message, me: string | undefined, mention: boolean): Unread {
  if (!counts(message, me) || message.deleted_at !== undefined) return unread;
  if (message.seq <= unread.head_seq || message.seq <= unread.read_seq) return unread;
  if (unread.gone.some(({ seq }) => seq === message.seq)) return unread;
  if (unread.later.includes(message.seq)) return unread;
  const later_mentions = mention ? [...unread.later_mentions, message.seq] : unread.later_mentions;
  return { ...unread, later: [...unread.later, message.seq], later_mentions };
}

/** A message was deleted: it counts no more, if it did. */
export function uncountMessage(unread: Unread, message: Message, me: string | undefined, mention: boolean): Unread {
  const { seq, rev } = message;
  if (!counts(message, me)) return unread;
  if (seq <= unread.read_seq || rev <= unread.head_rev || unread.gone.some((other) => other.seq === seq)) return unread;
  const later = unread.later.filter((other) => other !== seq);
  const later_mentions = unread.later_mentions.filter((other) => other !== seq);
  return { ...unread, later, later_mentions, gone: [...unread.gone, { seq, rev, mention }] };
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

/** Whether it takes the message itself to know how many mentions are left when the one of this number is unsent. */
export function mayBeMention(unread: Unread, seq: number): boolean {
  return unread.mentions > 0 && seq > unread.read_seq && seq <= unread.head_seq;
}

/** How many of the unread ones mention us. */
export function unreadMentions(unread: Unread): number {
  const read = readSeq(unread);
  const isGone = ({ seq, mention }: Unread["gone"][number]) =>
    mention && seq > unread.read_seq && seq <= unread.head_seq;
  const counted = read >= unread.head_seq ? 0 : Math.max(0, unread.mentions - unread.gone.filter(isGone).length);
  return counted + unread.later_mentions.filter((seq) => seq > read).length;
}

/** What the badge shows. */
export function unreadTotal(unread: Unread): number {
  const read = readSeq(unread);
  const gone = unread.gone.filter(({ seq }) => seq > unread.read_seq && seq <= unread.head_seq).length;
  const counted = read >= unread.head_seq ? 0 : Math.max(0, unread.counted - gone);
  return counted + unread.later.filter((seq) => seq > read).length;
}
