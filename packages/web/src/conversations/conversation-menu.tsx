import { type Conversation, type ConversationState, isMuted } from "@parlor/client";
import { type OwnStateView, useOwnState, useParlor } from "@parlor/react";
import { type MouseEvent, type ReactNode, useRef, useState } from "react";
import { Confirm } from "../dialogs/confirm";
import { titleOf } from "../lib/names";
import { closeConversation } from "../shell/use-route";
import { FloatingMenu, type MenuItem, type Point } from "../ui/floating-menu";
import { Icon } from "../ui/icon";
import { MenuItem as Item } from "../ui/menu";

const EIGHT_HOURS_MS = 8 * 3_600_000;

type Listed = Pick<ConversationState, "conversation" | "unread">;

/** What can be done with a conversation for oneself, and the question before the last of it. */
export function useConversationActions(entry: Listed, me: string | undefined, open: boolean) {
  const { conversation } = entry;
  const client = useParlor();
  const own = useOwnState(conversation.id);
  const [asking, setAsking] = useState(false);
  const items = itemsOf(entry, own, {
    markRead: () => client.markRead(conversation.id),
    // What one looks at is read: it is closed first.
    markUnread: () => {
      if (open) closeConversation();
      void own.set({ marked_unread: true }).catch(() => undefined);
    },
    remove: () => setAsking(true),
  });
  const dialog: ReactNode = asking && (
    <Confirm
      title={`Delete ${titleOf(conversation, me)} for you?`}
      action="Delete"
      run={async () => {
        await own.remove();
        if (open) closeConversation();
      }}
      onClose={() => setAsking(false)}
    >
      {consequence(conversation)}
    </Confirm>
  );
  return { items, dialog };
}

function consequence({ kind }: Conversation): string {
  const others = kind === "direct" ? "The other one keeps it." : "Everybody else keeps it, and you stay in the group.";
  return `What was said until now is gone on all of your devices. ${others} It is back in your list with the next message.`;
}

interface Actions {
  markRead(): void;
  markUnread(): void;
  remove(): void;
}

function itemsOf({ conversation, unread }: Listed, own: OwnStateView, actions: Actions): MenuItem[] {
  const { archived = false, pinned_at, marked_unread = false } = own.state;
  // What is refused changes nothing, and the next look at the list shows it.
  const set = (change: Parameters<OwnStateView["set"]>[0]) => () => void own.set(change).catch(() => undefined);
  const later = () => new Date(Date.now() + EIGHT_HOURS_MS).toISOString();
  const pin: MenuItem = pinned_at
    ? { key: "unpin", label: "Unpin", icon: "pin", run: set({ pinned: false }) }
    : { key: "pin", label: "Pin", icon: "pin", run: set({ pinned: true }) };
  const mark: MenuItem =
    unread > 0 || marked_unread
      ? { key: "mark-read", label: "Mark as read", icon: "check", run: actions.markRead }
      : { key: "mark-unread", label: "Mark as unread", icon: "unread", run: actions.markUnread };
  const mute: MenuItem[] = isMuted(conversation)
    ? [{ key: "unmute", label: "Unmute", icon: "bell", run: set({ muted: false }) }]
    : [
        { key: "mute-8h", label: "Mute for 8 hours", icon: "clock", run: () => set({ muted_until: later() })() },
        { key: "mute", label: "Mute", icon: "mute", run: set({ muted: true }) },
      ];
  const archive: MenuItem = archived
    ? { key: "unarchive", label: "Back to chats", icon: "archive", run: set({ archived: false }) }
    : { key: "archive", label: "Archive", icon: "archive", run: set({ archived: true }) };
  const remove: MenuItem = { key: "delete", label: "Delete for me", icon: "trash", danger: true, run: actions.remove };
  return [pin, mark, ...mute, archive, remove];
}

/** The same items in the menu of an open conversation. */
export function ConversationItems({ items, close }: { items: readonly MenuItem[]; close(): void }) {
  return items.map((item) => (
    <Item
      key={item.key}
      icon={item.icon}
      testid={`menu-${item.key}`}
      danger={item.danger}
      onClick={() => {
        close();
        item.run();
      }}
    >
      {item.label}
    </Item>
  ));
}

interface MenuProps {
  entry: ConversationState;
  me: string | undefined;
  open: boolean;
  reachable: boolean;
}

/** The button on an item of the list, and the menu that it and a right click open. */
export function useConversationMenu({ entry, me, open, reachable }: MenuProps) {
  const { items, dialog } = useConversationActions(entry, me, open);
  const [at, setAt] = useState<Point>();
  const button = useRef<HTMLButtonElement>(null);
  const below = (element: HTMLElement | null) => {
    const box = element?.getBoundingClientRect();
    if (box) setAt({ x: box.left, y: box.bottom + 4 });
  };
  const menu = (
    <>
      <button
        ref={button}
        type="button"
        tabIndex={reachable ? 0 : -1}
        aria-label={`What to do with ${titleOf(entry.conversation, me)}`}
        aria-haspopup="menu"
        aria-expanded={at !== undefined}
        data-testid="conversation-more"
        onClick={() => below(button.current)}
        className="absolute top-1/2 right-2 grid size-8 -translate-y-1/2 place-items-center rounded-room bg-raised text-ink-soft opacity-0 shadow-low transition-opacity group-hover/item:opacity-100 hover:text-ink focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:hidden"
      >
        <Icon name="more" size={18} />
      </button>
      {at && (
        <FloatingMenu
          label="Conversation"
          items={items}
          at={at}
          onClose={() => {
            setAt(undefined);
            if (document.activeElement === document.body) button.current?.focus();
          }}
        />
      )}
      {dialog}
    </>
  );
  const onContextMenu = (event: MouseEvent<HTMLElement>) => {
    event.preventDefault();
    // The menu key has no place of its own.
    if (event.clientX === 0 && event.clientY === 0) below(event.currentTarget);
    else setAt({ x: event.clientX, y: event.clientY });
  };
  return { menu, onContextMenu };
}
