import { type KeyboardEvent, type ReactNode, useLayoutEffect, useRef } from "react";
import { Icon, type IconName } from "./icon";

export interface MenuItem {
  key: string;
  label: string;
  icon: IconName;
  /** Takes something away. */
  danger?: boolean;
  run(): void;
}

export interface Point {
  x: number;
  y: number;
}

interface MenuProps {
  label: string;
  items: readonly MenuItem[];
  /** Where it opens: below this point, or above where there is no room. */
  at: Point;
  onClose(): void;
  /** Above the items. */
  children?: ReactNode;
}

const EDGE_PX = 8;

/** A menu in the browser's top layer: a click beside it or Esc closes it, arrows walk through it. */
export function FloatingMenu({ label, items, at, onClose, children }: MenuProps) {
  const ref = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const menu = ref.current;
    if (!menu || menu.matches(":popover-open")) return;
    menu.showPopover();
    const { width, height } = menu.getBoundingClientRect();
    const below = at.y + height + EDGE_PX <= innerHeight;
    menu.style.left = `${Math.max(EDGE_PX, Math.min(at.x, innerWidth - width - EDGE_PX))}px`;
    menu.style.top = `${Math.max(EDGE_PX, below ? at.y : at.y - height)}px`;
    menu.querySelector<HTMLElement>("[role=menuitem]")?.focus();
  }, [at]);
  return (
    <div
      ref={ref}
      popover="auto"
      role="menu"
      tabIndex={-1}
      aria-label={label}
      data-testid="menu"
      onToggle={(event) => event.newState === "closed" && onClose()}
      onKeyDown={walk}
      className="fixed inset-auto m-0 min-w-44 animate-rise rounded-room border border-line bg-raised p-1 text-ink shadow-high"
    >
      {children}
      {items.map((item) => (
        <button
          key={item.key}
          type="button"
          role="menuitem"
          tabIndex={-1}
          data-testid={`menu-${item.key}`}
          onClick={() => {
            ref.current?.hidePopover();
            item.run();
          }}
          className={`flex h-9 w-full items-center gap-3 rounded-soft px-3 text-left outline-none hover:bg-hover focus-visible:bg-hover ${item.danger ? "text-danger" : ""}`}
        >
          <Icon name={item.icon} size={18} />
          {item.label}
        </button>
      ))}
    </div>
  );
}

/** Esc and the arrows belong to the menu, not to what is below it. */
function walk(event: KeyboardEvent<HTMLDivElement>): void {
  event.stopPropagation();
  const items = [...event.currentTarget.querySelectorAll<HTMLElement>("[role=menuitem]")];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const next = {
    ArrowDown: at + 1,
    ArrowUp: at - 1,
    Home: 0,
    End: items.length - 1,
    Tab: at + (event.shiftKey ? -1 : 1),
  }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items.at(next % items.length)?.focus();
}
