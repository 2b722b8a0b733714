import type { Conversation, Mentionable, Mentions } from "@parlor/client";
import { matches, nameOf, person } from "./names";

/** What stands after the `@` for all of a conversation. */
export const EVERYBODY = "all";

/** Whom one can mention in a conversation: the others, and all together where there are several. */
export function mentionable(conversation: Conversation, me: string | undefined): readonly Mentionable[] {
  const others = conversation.participants.filter(({ user }) => user.id !== me);
  const people = others.map(({ user }) => ({ label: nameOf(user), user_id: user.id }));
  return conversation.kind === "direct" ? people : [...people, { label: EVERYBODY }];
}

const cache = new WeakMap<Mentions, { conversation: Conversation; people: readonly Mentionable[] }>();

/** Whom a message mentions, under their names of now; the same list as long as nothing changed. */
export function mentioned(mentions: Mentions, conversation: Conversation): readonly Mentionable[] {
  const held = cache.get(mentions);
  if (held?.conversation.participants === conversation.participants) return held.people;
  const users = (mentions.user_ids ?? []).map((id) => ({ label: nameOf(person(conversation, id)), user_id: id }));
  const people = mentions.all ? [...users, { label: EVERYBODY }] : users;
  cache.set(mentions, { conversation, people });
  return people;
}

/** What is being typed after an `@` in front of the caret: from where on, and what. */
export function typing(text: string, caret: number): { start: number; query: string } | undefined {
  const match = /(?:^|[\s(])@([^\s@]{0,40}(?: [^\s@]{0,40})?)$/u.exec(text.slice(0, caret));
  const query = match?.[1];
  return query === undefined ? undefined : { start: caret - query.length - 1, query };
}

/** Those whose name or id goes with what was typed; the ones that begin so first. */
export function suggestions(people: readonly Mentionable[], query: string): readonly Mentionable[] {
  const fitting = people.filter(({ label, user_id }) => matches(label, query) || matches(user_id ?? "", query));
  const begins = ({ label }: Mentionable) => Number(label.toLocaleLowerCase().startsWith(query.toLocaleLowerCase()));
  return fitting.toSorted((a, b) => begins(b) - begins(a)).slice(0, 8);
}
