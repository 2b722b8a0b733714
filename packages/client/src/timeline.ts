import type { ParlorError } from "./errors";
import type { Message } from "./protocol";

/** The loaded part of a conversation's history: always its newest end, without a gap, oldest first. */
export interface Timeline {
  readonly status: "unloaded" | "loading" | "ready" | "failed";
  readonly messages: readonly Message[];
  readonly older: "more" | "loading" | "end" | "failed";
  readonly error?: ParlorError;
}

export const UNLOADED: Timeline = { status: "unloaded", messages: [], older: "more" };

/** Puts messages in their places by `seq`. Known ones are kept as they are, unless the other is a later revision. */
export function mergeMessages(held: readonly Message[], arriving: readonly Message[]): readonly Message[] {
  let result = held;
  for (const message of arriving) result = mergeOne(result, message);
  return result;
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
