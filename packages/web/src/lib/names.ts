import type { Conversation, User } from "@parlor/client";

export function nameOf(user: User): string {
  return user.name?.trim() || user.id;
}

/** "Ada Lovelace" → "Ada": what one says in a sentence. */
export function firstName(user: User): string {
  return nameOf(user).split(/\s+/)[0] ?? user.id;
}

export function initials(name: string): string {
  const words = name.split(/[\s._@-]+/).filter(Boolean);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : [words[0]];
  return letters.map((word) => [...(word ?? "?")][0]?.toLocaleUpperCase() ?? "").join("");
}

/** The other one in a direct conversation, also while he has not accepted; oneself in a conversation with oneself. */
export function partner(conversation: Conversation, me: string | undefined): User | undefined {
  if (conversation.kind !== "direct") return undefined;
  if (conversation.request) return conversation.request;
  const users = conversation.participants.map(({ user }) => user);
  return users.find(({ id }) => id !== me) ?? users[0];
}

export function titleOf(conversation: Conversation, me: string | undefined): string {
  if (conversation.name) return conversation.name;
  const other = partner(conversation, me);
  if (other) return nameOf(other);
  const names = conversation.participants.filter(({ user }) => user.id !== me).map(({ user }) => firstName(user));
  return names.join(", ") || "Conversation";
}

/** People whom somebody saw in a conversation: who left it keeps his name for as long as the page is open. */
const met = new Map<string, User>();

export function person(conversation: Conversation, id: string): User {
  const there = conversation.participants.find(({ user }) => user.id === id)?.user;
  if (there) met.set(id, there);
  return there ?? met.get(id) ?? { id };
}

/** A hue for life, from the id alone, so that everybody sees the same one. Spread so that neighbours differ. */
const HUES = [18, 42, 66, 138, 162, 192, 222, 250, 278, 306, 338];

export function hueOf(id: string): number {
  let hash = 2_166_136_261;
  for (const char of id) hash = Math.imul(hash ^ (char.codePointAt(0) ?? 0), 16_777_619);
  // One more stir: the low bits of FNV alone put short names close together.
  const stirred = Math.imul(hash ^ (hash >>> 15), 2_246_822_519) >>> 0;
  return HUES[stirred % HUES.length] ?? 162;
}

/** Accents and case aside: "tomas" finds "Tomás". */
export function matches(text: string, query: string): boolean {
  return fold(text).includes(fold(query.trim()));
}

function fold(text: string): string {
  return text.normalize("NFD").replace(/\p{M}/gu, "").toLocaleLowerCase();
}
