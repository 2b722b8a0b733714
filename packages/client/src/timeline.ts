import type { ParlorError } from "./errors";
import type { Message, Quote } from "./protocol";

/** The loaded part of a conversation's history: always its newest end, without a gap, oldest first. */
export interface Timeline {
  readonly status: "unloaded" | "loading" | "ready" | "failed";
  readonly messages: readonly Message[];
  readonly older: "more" | "loading" | "end" | "failed";
  readonly error?: ParlorError;
  /** Messages that changed while a page was on its way, which may hold them as they were. */
  readonly changed?: readonly Message[];
}

export const UNLOADED: Timeline = { status: "unloaded", messages: [], older: "more" };

/** Puts messages in their places by `seq`. Known ones are kept as they are, unless the other is a later revision. */
export function mergeMessages(held: readonly Message[], arriving: readonly Message[]): readonly Message[] {
  let result = held;
  for (const message of arriving) result = mergeOne(result, message);
  return result;
}

/** Shows messages as they are now. One that is not held is none of this part of the history. */
export function replaceMessages(held: readonly Message[], changed: readonly Message[]): readonly Message[] {
  let result = held;
  for (const message of changed) {
    const index = placeOf(result, message.seq);
    const there = result[index];
    if (there?.seq === message.seq && message.rev > there.rev) result = result.with(index, message);
    if (result.some((other) => other.reply_to?.id === message.id)) {
      result = result.map((other) => quoting(other, message));
    }
  }
  return result;
}

/** What answers a message quotes it as it is now. */
export function quoting(reply: Message, message: Message): Message {
  return reply.reply_to?.id === message.id ? { ...reply, reply_to: quoteOf(message) } : reply;
}

const QUOTE_CHARS = 200;

/** How a message is shown in one that answers it. */
export function quoteOf(message: Pick<Message, "id" | "seq" | "sender_id" | "body" | "deleted_at">): Quote {
  const { id, seq, sender_id, body = "" } = message;
  const quote = { id, seq, sender_id };
  // By characters, as the server does.
  return message.deleted_at === undefined ? { ...quote, body: [...body].slice(0, QUOTE_CHARS).join("") } : quote;
}

function mergeOne(held: readonly Message[], message: Message): readonly Message[] {
  const index = placeOf(held, message.seq);
  const there = held[index];
  if (there?.seq !== message.seq) return held.toSpliced(index, 0, message);
  return message.rev > there.rev ? held.with(index, message) : held;
}

/** Index of the first message with this `seq` or a later one. */
function placeOf(held: readonly Message[], seq: number): number {
  let low = 0;
  let high = held.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((held[middle]?.seq ?? Number.POSITIVE_INFINITY) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}
