import { type Conversation, mayRemove, type Participant, type Role, rolesToGive } from "@parlor/client";
import { firstName, nameOf } from "../lib/names";
import { ROLES } from "../lib/notes";
import { UserAvatar } from "../ui/avatar";
import { MenuButton, type MenuItem } from "../ui/menu-button";

interface MemberRowProps {
  conversation: Conversation;
  participant: Participant;
  me: string | undefined;
  give(id: string, role: Role): void;
  ask(kind: "remove" | "owner", id: string, name: string): void;
}

const MAKE: Record<Role, string> = {
  owner: "Make owner",
  admin: "Make admin",
  moderator: "Make moderator",
  member: "Make member",
};

/** Somebody in a group, and what one may do about him. */
export function MemberRow({ conversation, participant, me, give, ask }: MemberRowProps) {
  const { user, role } = participant;
  const name = firstName(user);
  const items: MenuItem[] = rolesToGive(conversation, me, user.id).map((given) => ({
    label: MAKE[given],
    testid: `make-${given}`,
    run: () => (given === "owner" ? ask("owner", user.id, name) : give(user.id, given)),
  }));
  if (mayRemove(conversation, me, user.id)) {
    const run = () => ask("remove", user.id, name);
    items.push({ label: "Remove from the group", testid: "remove-member", danger: true, run });
  }
  return (
    <li
      data-testid="member"
      data-user-id={user.id}
      data-role={role}
      className="flex min-h-[52px] items-center gap-3 px-2 py-2"
    >
      <UserAvatar user={user} size={36} />
      <span className="min-w-0 flex-1 truncate">
        {nameOf(user)}
        {user.id === me && <span className="text-ink-quiet"> (you)</span>}
      </span>
      {role !== "member" && <span className="text-small text-ink-quiet">{ROLES[role]}</span>}
      {items.length > 0 && (
        <MenuButton
          icon="more"
          label={`What to do about ${name}`}
          items={items}
          testid="member-menu"
          className="-mr-2 -my-1"
        />
      )}
    </li>
  );
}
