import type { ReactNode } from "react";

/** Speaks to screen readers only, without moving the focus. */
export function Announcer({ children }: { children: ReactNode }) {
  return (
    <div role="status" aria-live="polite" className="sr-only">
      {children}
    </div>
  );
}
