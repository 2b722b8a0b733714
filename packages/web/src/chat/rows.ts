import type { ChatItem } from "@parlor/client";
import { dayKey } from "../lib/time";

/** What the list draws, in order. Keys stay the same while a message goes from waiting to sent. */
export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "unread"; key: string }
  | { kind: "message"; key: string; item: ChatItem; first: boolean; last: boolean; own: boolean };

const GROUP_MS = 5 * 60_000;

/**
 * Groups by sender and five minutes, parts days, and draws the line before the first message of somebody else
 * beyond `unread_after_seq`.
 */
export function rowsOf(items: readonly ChatItem[], me: string | undefined, unread_after_seq: number): Row[] {
  const rows: Row[] = [];
  const line = items.find((item) => isUnread(item, me, unread_after_seq));
  items.forEach((item, index) => {
    const before = items[index - 1];
    const after = items[index + 1];
    const new_day = !before || dayKey(before.created_at) !== dayKey(item.created_at);
    if (new_day) rows.push({ kind: "day", key: `day:${dayKey(item.created_at)}`, at: item.created_at });
    if (item === line) rows.push({ kind: "unread", key: "unread" });
    const first = new_day || item === line || !joined(before, item);
    const last = !after || after === line || !joined(item, after);
    rows.push({ kind: "message", key: item.id, item, first, last, own: item.sender_id === me });
  });
  return rows;
}

function isUnread(item: ChatItem, me: string | undefined, after_seq: number): boolean {
  return (
    item.seq !== undefined &&
    item.seq > after_seq &&
    item.sender_id !== me &&
    item.kind !== "system" &&
    !item.deleted_at
  );
}

function joined(before: ChatItem, after: ChatItem): boolean {
  if (before.sender_id !== after.sender_id || before.kind === "system" || after.kind === "system") return false;
  if (dayKey(before.created_at) !== dayKey(after.created_at)) return false;
  return Math.abs(Date.parse(after.created_at) - Date.parse(before.created_at)) < GROUP_MS;
}
