import type { User } from "@parlor/client";
import { useEffect, useRef, useState } from "react";
import { nameOf } from "../lib/names";
import { UserAvatar } from "../ui/avatar";
import { IconButton } from "../ui/button";
import { Icon, Mark } from "../ui/icon";
import { useTheme } from "./use-theme";

interface RailProps {
  me: User | undefined;
  unread: number;
  onSettings(): void;
  leave(): void;
}

export function Rail({ me, unread, onSettings, leave }: RailProps) {
  return (
    <nav aria-label="Sections" className="flex w-16 shrink-0 flex-col items-center bg-canvas py-4 max-md:hidden">
      <Mark size={32} />
      <div className="mt-7 flex flex-col gap-2">
        <a
          href="#/"
          aria-current="page"
          title="Chats"
          className="relative grid size-11 place-items-center rounded-room bg-selected text-ink"
        >
          <Icon name="chats" size={22} />
          <span className="sr-only">Chats</span>
          {unread > 0 && (
            <span className="absolute top-1.5 right-1.5 size-2.5 rounded-full border-2 border-selected bg-accent" />
          )}
        </a>
      </div>
      <div className="mt-auto flex flex-col items-center gap-3">
        <ThemeToggle />
        {me && <MyMenu me={me} onSettings={onSettings} leave={leave} />}
      </div>
    </nav>
  );
}

export function ThemeToggle() {
  const { theme, toggle } = useTheme();
  const other = theme === "dark" ? "Light colours" : "Dark colours";
  return <IconButton icon={theme === "dark" ? "sun" : "moon"} label={other} onClick={toggle} data-testid="theme" />;
}

interface MyMenuProps {
  me: User;
  onSettings(): void;
  leave(): void;
  below?: boolean;
}

export function MyMenu({ me, onSettings, leave, below = false }: MyMenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    const outside = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    const onEscape = (event: KeyboardEvent) => event.key === "Escape" && setOpen(false);
    addEventListener("pointerdown", outside);
    addEventListener("keydown", onEscape);
    return () => {
      removeEventListener("pointerdown", outside);
      removeEventListener("keydown", onEscape);
    };
  }, [open]);
  return (
    <div ref={root} className="relative">
      <button
        type="button"
        aria-expanded={open}
        aria-label={`You: ${nameOf(me)}`}
        data-testid="me"
        onClick={() => setOpen(!open)}
        className="grid rounded-full"
      >
        <UserAvatar user={me} size={36} />
      </button>
      {open && (
        <div
          className={`absolute z-30 w-56 animate-rise rounded-room border border-line bg-raised p-1.5 shadow-high ${
            below ? "top-full right-0 mt-2" : "bottom-0 left-full ml-3"
          }`}
        >
          <div className="px-2.5 pt-1.5 pb-2">
            <div className="truncate font-medium">{nameOf(me)}</div>
            <div className="truncate text-small text-ink-quiet">{me.id}</div>
          </div>
          <button
            type="button"
            data-testid="open-settings"
            onClick={() => {
              setOpen(false);
              onSettings();
            }}
            className="flex h-10 w-full items-center gap-2.5 rounded-soft px-2.5 text-left text-ink-soft hover:bg-hover hover:text-ink"
          >
            <Icon name="settings" /> Settings
          </button>
          <button
            type="button"
            data-testid="log-out"
            onClick={leave}
            className="flex h-10 w-full items-center gap-2.5 rounded-soft px-2.5 text-left text-ink-soft hover:bg-hover hover:text-ink"
          >
            <Icon name="leave" /> Log out
          </button>
        </div>
      )}
    </div>
  );
}
