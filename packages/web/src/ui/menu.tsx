import { type ReactNode, useEffect, useRef, useState } from "react";
import { IconButton } from "./button";
import { Icon, type IconName } from "./icon";

interface MenuProps {
  icon: IconName;
  label: string;
  testid: string;
  /** The items; `close` before what they do. */
  children(close: () => void): ReactNode;
}

/** A button and what can be done beyond it. Esc and a click elsewhere close it. */
export function Menu({ icon, label, testid, children }: MenuProps) {
  const [open, setOpen] = useState(false);
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (!open) return;
    root.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    const outside = (event: Event) => !root.current?.contains(event.target as Node) && setOpen(false);
    addEventListener("pointerdown", outside);
    return () => removeEventListener("pointerdown", outside);
  }, [open]);
  const close = () => {
    setOpen(false);
    root.current?.querySelector<HTMLElement>("button")?.focus();
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc closes the menu, whatever in it has the focus
    <div
      ref={root}
      className="relative"
      onKeyDown={(event) => {
        if (!open || event.key !== "Escape") return;
        event.stopPropagation();
        close();
      }}
    >
      <IconButton
        icon={icon}
        label={label}
        aria-haspopup="menu"
        aria-expanded={open}
        data-testid={testid}
        onClick={() => setOpen(!open)}
      />
      {open && (
        <div
          role="menu"
          aria-label={label}
          className="absolute top-full right-0 z-30 mt-1 w-60 animate-rise rounded-room border border-line bg-raised p-1.5 shadow-high"
        >
          {children(close)}
        </div>
      )}
    </div>
  );
}

interface MenuItemProps {
  icon: IconName;
  testid: string;
  onClick(): void;
  children: ReactNode;
  /** Takes something away. */
  danger?: boolean | undefined;
}

export function MenuItem({ icon, testid, onClick, children, danger = false }: MenuItemProps) {
  return (
    <button
      type="button"
      role="menuitem"
      data-testid={testid}
      onClick={onClick}
      className={`flex min-h-10 w-full items-center gap-2.5 rounded-soft px-2.5 text-left hover:bg-hover ${danger ? "text-danger" : "text-ink-soft hover:text-ink"}`}
    >
      <Icon name={icon} />
      <span className="min-w-0 flex-1 truncate">{children}</span>
    </button>
  );
}
