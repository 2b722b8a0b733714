import type { Mentions, Message } from "./protocol";

/** Somebody who can be mentioned, as the text has it after the `@`. */
export interface Mentionable {
  readonly label: string;
  /** Absent: everybody in the conversation. */
  readonly user_id?: string;
}

/** Where a text mentions somebody: `@` and the label, from `start` up to `end`. */
export interface MentionRange {
  readonly start: number;
  readonly end: number;
  readonly user_id?: string;
}

/** Finds the mentions in a text. Of two labels that fit the longer one is meant; "ada@example.org" mentions nobody. */
export function findMentions(body: string, people: readonly Mentionable[]): readonly MentionRange[] {
  if (people.length === 0 || !body.includes("@")) return [];
  const longest_first = people.toSorted((a, b) => b.label.length - a.label.length);
  const found: MentionRange[] = [];
  let at = body.indexOf("@");
  while (at >= 0) {
    const start = at;
    const one = isWord(body[start - 1]) ? undefined : longest_first.find(({ label }) => isAt(body, start + 1, label));
    const end = start + 1 + (one?.label.length ?? 0);
    if (one) found.push({ start, end, ...(one.user_id !== undefined && { user_id: one.user_id }) });
    at = body.indexOf("@", end);
  }
  return found;
}

/** Whom these ranges mention, each once; `undefined`: nobody. */
export function mentionsOf(ranges: readonly MentionRange[]): Mentions | undefined {
  const user_ids = [...new Set(ranges.flatMap(({ user_id }) => user_id ?? []))];
  const all = ranges.some(({ user_id }) => user_id === undefined);
  if (user_ids.length === 0 && !all) return undefined;
  return { ...(user_ids.length > 0 && { user_ids }), ...(all && { all }) };
}

/** Whether a message counts as one that mentions us: whom we block does not reach us by name. */
export function mentionsUs(message: Message, me: string | undefined, blocked: ReadonlySet<string>): boolean {
  const { mentions, sender_id } = message;
  if (!mentions || me === undefined || sender_id === me) return false;
  return mentions.all === true || ((mentions.user_ids ?? []).includes(me) && !blocked.has(sender_id));
}

function isAt(body: string, start: number, label: string): boolean {
  const end = start + label.length;
  if (label === "" || isWord(body[end])) return false;
  return body.slice(start, end).toLocaleLowerCase() === label.toLocaleLowerCase();
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /[\p{L}\p{N}_]/u.test(char);
}
