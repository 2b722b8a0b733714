import { type KeyboardEvent, type ReactNode, useEffect, useRef, useState } from "react";
import { IconButton } from "./button";
import type { IconName } from "./icon";

export interface MenuItem {
  label: string;
  danger?: boolean;
  testid?: string;
  run(): void;
}

interface MenuProps {
  icon: IconName;
  label: string;
  items: readonly MenuItem[];
  testid?: string;
  className?: string;
}

/** A button that opens a few commands below it: arrows move, Enter does, Esc gives the focus back. */
export function MenuButton({ icon, label, items, testid, className }: MenuProps) {
  const [at, setAt] = useState<{ top: number; right: number }>();
  const button = useRef<HTMLSpanElement>(null);
  const close = () => {
    setAt(undefined);
    button.current?.querySelector("button")?.focus();
  };
  const open = () => {
    const box = button.current?.getBoundingClientRect();
    if (!box) return;
    const height = items.length * 40 + 8;
    const top = box.bottom + 4 + height > innerHeight ? Math.max(8, box.top - 4 - height) : box.bottom + 4;
    setAt({ top, right: innerWidth - box.right });
  };
  return (
    <span ref={button}>
      <IconButton
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={at !== undefined}
        onClick={at ? close : open}
        data-testid={testid}
        className={className ?? ""}
      />
      {at && (
        <MenuSheet close={close} style={{ top: at.top, right: at.right }} label={label}>
          {items.map((item) => (
            <button
              key={item.label}
              type="button"
              role="menuitem"
              data-testid={item.testid}
              onClick={() => {
                close();
                item.run();
              }}
              className={`block h-10 w-full rounded-soft px-3 text-left hover:bg-hover focus-visible:bg-hover focus-visible:outline-none ${item.danger ? "text-danger" : ""}`}
            >
              {item.label}
            </button>
          ))}
        </MenuSheet>
      )}
    </span>
  );
}

interface MenuSheetProps {
  label: string;
  style: { top: number; right: number };
  close(): void;
  children: ReactNode;
}

function MenuSheet({ label, style, close, children }: MenuSheetProps) {
  const sheet = useRef<HTMLDivElement>(null);
  const closing = useRef(close);
  closing.current = close;
  useEffect(() => {
    sheet.current?.querySelector("button")?.focus();
    const away = (event: PointerEvent) => {
      if (event.target instanceof Node && !sheet.current?.contains(event.target)) closing.current();
    };
    document.addEventListener("pointerdown", away);
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const onKeyDown = (event: KeyboardEvent) => {
    const buttons: Element[] = [...(sheet.current?.querySelectorAll("button") ?? [])];
    const here = document.activeElement ? buttons.indexOf(document.activeElement) : -1;
    const focus = (to: Element | undefined) => to instanceof HTMLElement && to.focus();
    if (event.key === "ArrowDown") focus(buttons[(here + 1) % buttons.length]);
    else if (event.key === "ArrowUp") focus(buttons.at(here - 1));
    else if (event.key === "Escape" || event.key === "Tab") close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <div
      ref={sheet}
      role="menu"
      aria-label={label}
      tabIndex={-1}
      onKeyDown={onKeyDown}
      style={style}
      className="fixed z-20 min-w-48 animate-rise rounded-room border border-line bg-raised p-1 shadow-high"
    >
      {children}
    </div>
  );
}
