import type { ReactNode } from "react";
import { useEffect, useState } from "react";

/** True once `waiting` has lasted for a while: what is there at once needs no skeleton. */
export function useDelayed(waiting: boolean, delay_ms = 300): boolean {
  const [late, setLate] = useState(false);
  useEffect(() => {
    if (!waiting) return setLate(false);
    const timer = setTimeout(() => setLate(true), delay_ms);
    return () => clearTimeout(timer);
  }, [waiting, delay_ms]);
  return waiting && late;
}

interface NoticeProps {
  art?: ReactNode;
  title: string;
  children?: ReactNode;
  action?: ReactNode;
}

/** The middle of an empty place: what it is, and what one can do. */
export function Notice({ art, title, children, action }: NoticeProps) {
  return (
    <div className="grid h-full place-items-center p-8">
      <div className="flex max-w-80 animate-appear flex-col items-center text-center">
        {art && <div className="mb-5 text-ink-quiet">{art}</div>}
        <h2 className="text-title font-semibold text-balance">{title}</h2>
        {children && <p className="mt-1.5 text-ink-soft text-balance">{children}</p>}
        {action && <div className="mt-5">{action}</div>}
      </div>
    </div>
  );
}

/** The ground of something to come. It has that thing's size and corners. */
export function Bone({ className, round = "rounded-soft" }: { className: string; round?: string }) {
  return <span className={`block animate-breathe bg-line ${round} ${className}`} />;
}
