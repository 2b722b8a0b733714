import type { Conversation } from "@parlor/client";
import { ConversationItems, useConversationActions } from "../conversations/conversation-menu";
import { firstName, partner, titleOf } from "../lib/names";
import { PersonMenu } from "../privacy/person-menu";
import { closeConversation } from "../shell/use-route";
import { ConversationAvatar } from "../ui/avatar";
import { IconButton } from "../ui/button";
import { Menu } from "../ui/menu";

interface ChatHeaderProps {
  conversation: Conversation;
  unread: number;
  me: string | undefined;
  details: boolean;
  onDetails(): void;
}

export function ChatHeader({ conversation, unread, me, details, onDetails }: ChatHeaderProps) {
  const other = partner(conversation, me);
  const { items, dialog } = useConversationActions({ conversation, unread }, me, true);
  const more = (close: () => void) => <ConversationItems items={items} close={close} />;
  return (
    <header className="flex h-16 shrink-0 items-center gap-3 border-b border-line px-3 sm:px-5">
      <IconButton
        icon="back"
        label="Back to chats"
        onClick={closeConversation}
        className="-mr-1 md:hidden"
        data-testid="back"
      />
      <ConversationAvatar conversation={conversation} me={me} size={38} />
      <div className="min-w-0 flex-1">
        <h2 className="truncate font-semibold" data-testid="chat-title">
          {titleOf(conversation, me)}
        </h2>
        <p className="truncate text-small text-ink-quiet">{subtitle(conversation, me)}</p>
      </div>
      {other && other.id !== me ? (
        <PersonMenu user={other}>{more}</PersonMenu>
      ) : (
        <Menu icon="more" label="More about this conversation" testid="conversation-menu">
          {more}
        </Menu>
      )}
      {dialog}
      {conversation.kind === "group" && (
        <IconButton
          icon="people"
          label={details ? "Hide the group's details" : "About this group"}
          aria-expanded={details}
          onClick={onDetails}
          data-testid="details-toggle"
          className={details ? "bg-selected text-ink" : ""}
        />
      )}
    </header>
  );
}

function subtitle(conversation: Conversation, me: string | undefined): string {
  if (conversation.request) return "Has not accepted yet";
  if (conversation.kind === "direct") return "Just the two of you";
  const others = conversation.participants.filter(({ user }) => user.id !== me).map(({ user }) => firstName(user));
  if (others.length === 0) return "Only you";
  if (others.length <= 4) return `You, ${others.join(", ")}`;
  return `You, ${others.slice(0, 3).join(", ")} and ${others.length - 3} more`;
}
