import type { Conversation, Role } from "@parlor/client";
import { nameOf } from "../lib/names";
import { UserAvatar } from "../ui/avatar";
import { IconButton } from "../ui/button";

const ROLES: Record<Role, string> = { owner: "Owner", admin: "Admin", moderator: "Moderator", member: "" };

interface DetailsPaneProps {
  conversation: Conversation;
  me: string | undefined;
  onClose(): void;
}

export function DetailsPane({ conversation, me, onClose }: DetailsPaneProps) {
  return (
    <aside
      aria-label="People in this conversation"
      data-testid="details"
      className="flex w-80 shrink-0 animate-appear flex-col border-l border-line bg-panel max-lg:absolute max-lg:inset-y-0 max-lg:right-0 max-lg:z-10 max-lg:w-full max-lg:max-w-80 max-lg:shadow-high max-sm:max-w-none"
    >
      <header className="flex h-16 shrink-0 items-center pr-3 pl-5">
        <h3 className="flex-1 font-semibold">
          People <span className="font-normal text-ink-quiet">{conversation.participants.length}</span>
        </h3>
        <IconButton icon="close" label="Close" onClick={onClose} />
      </header>
      <ul className="min-h-0 flex-1 overflow-y-auto px-3 pb-4">
        {conversation.participants.map(({ user, role }) => (
          <li key={user.id} className="flex items-center gap-3 px-2 py-2">
            <UserAvatar user={user} size={36} />
            <span className="min-w-0 flex-1 truncate">
              {nameOf(user)}
              {user.id === me && <span className="text-ink-quiet"> (you)</span>}
            </span>
            <span className="text-small text-ink-quiet">{ROLES[role]}</span>
          </li>
        ))}
      </ul>
    </aside>
  );
}
