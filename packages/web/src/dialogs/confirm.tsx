import { ParlorError } from "@parlor/client";
import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

interface ConfirmProps {
  title: string;
  /** What follows from it. */
  children: string;
  /** The verb on the button. */
  action: string;
  run(): Promise<void>;
  onClose(): void;
}

/** Asks before what cannot be taken back. It stays open, with the reason, when that did not work. */
export function Confirm({ title, children, action, run, onClose }: ConfirmProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async () => {
    setBusy(true);
    setProblem(undefined);
    try {
      await run();
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  return (
    <Dialog label={title} onClose={onClose}>
      <div className="p-5" data-testid="confirm-dialog">
        <h2 className="text-title font-semibold">{title}</h2>
        <p className="mt-2 text-ink-soft">{children}</p>
        <p role="alert" className="mt-2 min-h-5 text-small text-danger">
          {problem}
        </p>
        <div className="mt-2 flex justify-end gap-3">
          <Button onClick={onClose} data-focus>
            Cancel
          </Button>
          <Button look="danger" disabled={busy} onClick={confirm} data-testid="confirm">
            {action}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
