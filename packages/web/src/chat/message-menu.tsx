import type { ChatItem } from "@parlor/client";
import { type MouseEvent, useRef, useState } from "react";
import { FloatingMenu, type MenuItem, type Point } from "../ui/floating-menu";
import { Icon } from "../ui/icon";
import { ReactionPicker } from "./reactions";

/** What can be done with messages; the same object as long as the conversation is open. */
export interface MessageActions {
  reply(item: ChatItem): void;
  react(id: string, emoji: string, on: boolean): Promise<void>;
  edit(id: string): void;
  unsend(id: string): void;
  hide(id: string): void;
  showSeenBy(id: string): void;
}

/** The button beside a message, and the menu that it and a right click open. */
export function useMessageMenu(item: ChatItem, own: boolean, actions: MessageActions) {
  const [at, setAt] = useState<Point>();
  const button = useRef<HTMLButtonElement>(null);
  if (item.delivery !== "sent") return { onContextMenu: undefined, menu: null };
  const close = () => {
    setAt(undefined);
    if (document.activeElement === document.body) button.current?.focus();
  };
  const menu = (
    <>
      <button
        ref={button}
        type="button"
        aria-label="What to do with this message"
        aria-haspopup="menu"
        aria-expanded={at !== undefined}
        data-testid="message-more"
        onClick={() => {
          const box = button.current?.getBoundingClientRect();
          if (box) setAt({ x: box.left, y: box.bottom + 4 });
        }}
        className={`absolute top-1/2 grid size-8 -translate-y-1/2 place-items-center rounded-room text-ink-soft opacity-0 transition-opacity group-hover/row:opacity-100 hover:bg-hover hover:text-ink focus-visible:opacity-100 aria-expanded:opacity-100 pointer-coarse:opacity-60 ${own ? "right-full mr-1" : "left-full ml-1"}`}
      >
        <Icon name="more" size={18} />
      </button>
      {at && (
        <FloatingMenu label="Message" items={itemsOf(item, own, actions)} at={at} onClose={close}>
          {!item.deleted_at && (
            <ReactionPicker
              pick={(emoji) => {
                close();
                actions.react(item.id, emoji, true).catch(() => undefined);
              }}
            />
          )}
        </FloatingMenu>
      )}
    </>
  );
  const onContextMenu = (event: MouseEvent) => {
    // A link and a selection keep the browser's own menu.
    if ((event.target as Element).closest("a") || getSelection()?.isCollapsed === false) return;
    event.preventDefault();
    setAt({ x: event.clientX, y: event.clientY });
  };
  return { onContextMenu, menu };
}

function itemsOf(item: ChatItem, own: boolean, actions: MessageActions): MenuItem[] {
  const hide: MenuItem = {
    key: "hide",
    label: "Delete for me",
    icon: "trash",
    danger: true,
    run: () => actions.hide(item.id),
  };
  if (item.deleted_at) return [hide];
  const items: MenuItem[] = [
    { key: "reply", label: "Reply", icon: "reply", run: () => actions.reply(item) },
    { key: "copy", label: "Copy text", icon: "copy", run: () => void navigator.clipboard?.writeText(item.body) },
  ];
  if (own) {
    items.push(
      { key: "seen-by", label: "Seen by", icon: "checks", run: () => actions.showSeenBy(item.id) },
      { key: "edit", label: "Edit", icon: "edit", run: () => actions.edit(item.id) },
      { key: "unsend", label: "Unsend", icon: "undo", danger: true, run: () => actions.unsend(item.id) },
    );
  }
  items.push(hide);
  return items;
}
