import type { Conversation, Note, Role } from "@parlor/client";
import { firstName, person } from "./names";

export const ROLES: Record<Role, string> = { owner: "Owner", admin: "Admin", moderator: "Moderator", member: "Member" };

const AS: Record<Role, string> = {
  owner: "the owner",
  admin: "an admin",
  moderator: "a moderator",
  member: "a member",
};

/** What Parlor says in a conversation, in a sentence. */
export function noteText(
  note: Note,
  sender_id: string,
  conversation: Conversation | undefined,
  me: string | undefined,
): string {
  const name = (id: string, you: string) => (id === me ? you : conversation ? firstName(person(conversation, id)) : id);
  const who = name(sender_id, "You");
  const whom = list((note.user_ids ?? []).map((id) => name(id, "you")));
  switch (note.event) {
    case "added":
      return `${who} added ${whom}`;
    case "removed":
      return `${who} removed ${whom}`;
    case "left":
      return whom === ""
        ? `${who} left`
        : `${who} left. ${capital(whom)} ${whom === "you" ? "own" : "owns"} the group now`;
    case "role_changed":
      return `${who} made ${whom} ${AS[note.role ?? "member"]}`;
    case "owner_changed":
      return `${who} made ${whom} the owner`;
    case "updated":
      return `${who} ${changed(note)}`;
  }
}

/** What was changed, in the order in which it is told. */
function changed({ fields = [], name }: Note): string {
  const parts = [
    name !== undefined && `renamed the group to “${name}”`,
    fields.includes("description") && "changed what it is about",
    fields.includes("avatar_url") && "changed its picture",
    fields.includes("settings") && "changed its settings",
  ].filter((part) => part !== false);
  return list(parts);
}

function list(names: readonly string[]): string {
  if (names.length > 4) return `${names.slice(0, 3).join(", ")} and ${names.length - 3} more`;
  const last = names.at(-1) ?? "";
  return names.length > 1 ? `${names.slice(0, -1).join(", ")} and ${last}` : last;
}

function capital(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
