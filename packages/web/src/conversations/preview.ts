import type { ConversationState, OutboxEntry } from "@parlor/client";
import { firstName, person } from "../lib/names";
import { noteText } from "../lib/notes";

export interface Preview {
  /** "You", or who wrote it in a group. */
  author?: string;
  text: string;
  failed: boolean;
}

/** The one line under a conversation's name. What is on its way comes last, so it shows. */
export function previewOf(
  entry: ConversationState,
  outgoing: readonly OutboxEntry[] | undefined,
  me: string | undefined,
): Preview {
  const { conversation } = entry;
  const waiting = outgoing?.at(-1);
  if (waiting) return { author: "You", text: oneLine(waiting.body), failed: waiting.status === "failed" };
  const last = conversation.last_message;
  if (!last) return { text: "No messages yet", failed: false };
  if (last.note) return { text: noteText(last.note, last.sender_id, conversation, me), failed: false };
  const text = last.deleted_at ? "Message unsent" : oneLine(last.body ?? "");
  if (last.kind === "system") return { text, failed: false };
  if (last.sender_id === me) return { author: "You", text, failed: false };
  if (conversation.kind === "direct") return { text, failed: false };
  return { author: firstName(person(conversation, last.sender_id)), text, failed: false };
}

function oneLine(body: string): string {
  return body.slice(0, 200).replace(/\s+/g, " ").trim();
}
