import type { Conversation, Progresses } from "@parlor/client";
import { firstName, person } from "../lib/names";

/** How far a message of one's own got with the others. */
export interface Reached {
  readonly state: "sent" | "delivered" | "read";
  /** In a few words. */
  readonly text: string;
  /** Since when, in a direct conversation. */
  readonly at?: string;
}

const SENT: Reached = { state: "sent", text: "Sent" };

export function reachedOf(conversation: Conversation, progresses: Progresses, seq: number): Reached {
  const readers = [...progresses].filter(([, { read }]) => (read?.seq ?? 0) >= seq);
  if (conversation.kind === "group") {
    const others = conversation.participants.length - 1;
    const names = readers.map(([id]) => firstName(person(conversation, id)));
    return names.length > 0 ? { state: "read", text: `Seen by ${several(names, others)}` } : SENT;
  }
  const read = readers[0]?.[1].read;
  if (read) return { state: "read", text: "Read", at: read.at };
  const delivered = [...progresses.values()].find((one) => (one.delivered?.seq ?? 0) >= seq)?.delivered;
  return delivered ? { state: "delivered", text: "Delivered", at: delivered.at } : SENT;
}

function several(names: readonly string[], all: number): string {
  if (names.length > 1 && names.length === all) return "everybody";
  if (names.length > 2) return `${names.length}`;
  return names.join(" and ");
}
