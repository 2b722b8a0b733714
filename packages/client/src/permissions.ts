import type { Conversation, Role } from "./protocol";

/** The server's table (docs/permissions.md), so that a screen offers only what will be done. Its word is final. */

const RANKS: readonly Role[] = ["owner", "admin", "moderator", "member"];

function rank(role: Role): number {
  return RANKS.indexOf(role);
}

/** What this user is in a conversation; undefined for who is not in it. */
export function roleOf(conversation: Conversation, user_id: string | undefined): Role | undefined {
  return conversation.participants.find(({ user }) => user.id === user_id)?.role;
}

export function mayAdd(conversation: Conversation, me: string | undefined): boolean {
  const role = roleOf(conversation, me);
  const lowest = { owner: "owner", admins: "admin", anyone: "member" } as const;
  const needed = lowest[conversation.settings.who_may_add];
  return conversation.kind === "group" && role !== undefined && rank(role) <= rank(needed);
}

/** Name, description, picture and settings. */
export function mayChange(conversation: Conversation, me: string | undefined): boolean {
  const role = roleOf(conversation, me);
  return conversation.kind === "group" && role !== undefined && rank(role) <= rank("admin");
}

/** Whether one may write while the group is read-only, and without waiting in slow mode. */
export function mayWriteAlways(conversation: Conversation, me: string | undefined): boolean {
  const role = roleOf(conversation, me);
  return conversation.kind !== "group" || (role !== undefined && rank(role) <= rank("moderator"));
}

export function mayRemove(conversation: Conversation, me: string | undefined, other: string): boolean {
  const [mine, theirs] = [roleOf(conversation, me), roleOf(conversation, other)];
  if (conversation.kind !== "group" || !mine || !theirs) return false;
  return rank(mine) <= rank("moderator") && rank(mine) < rank(theirs);
}

/** The roles that I may give somebody, beside the one that he has. */
export function rolesToGive(conversation: Conversation, me: string | undefined, other: string): readonly Role[] {
  const [mine, theirs] = [roleOf(conversation, me), roleOf(conversation, other)];
  if (conversation.kind !== "group" || !mine || !theirs || me === other) return [];
  if (rank(mine) > rank("admin") || rank(mine) >= rank(theirs)) return [];
  return RANKS.filter((role) => role !== theirs && (rank(mine) < rank(role) || mine === "owner"));
}
