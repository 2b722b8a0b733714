import { type ReactNode, useEffect, useRef } from "react";

interface DialogProps {
  label: string;
  onClose(): void;
  children: ReactNode;
  /** Near the top, where the eye is when one types a command. */
  high?: boolean;
}

/** The browser's own modal dialog: it keeps the focus in, gives it back, and closes on Esc. */
export function Dialog({ label, onClose, children, high = false }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const dialog = ref.current;
    if (!dialog || dialog.open) return;
    dialog.showModal();
    // The browser would take the first thing that can have the focus, which may be the button that closes.
    dialog.querySelector<HTMLElement>("[data-focus]")?.focus();
  }, []);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: a click beside the dialog closes it; the keyboard has Esc
    <dialog
      ref={ref}
      aria-label={label}
      onClose={onClose}
      onClick={(event) => event.target === ref.current && ref.current?.close()}
      className={`mx-auto w-[min(30rem,calc(100vw-2rem))] animate-rise overflow-hidden rounded-hall border border-line bg-raised text-ink shadow-high ${
        high ? "mt-[12vh]" : "my-auto"
      }`}
    >
      {children}
    </dialog>
  );
}
