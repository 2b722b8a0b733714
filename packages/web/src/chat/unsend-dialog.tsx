import { ParlorError } from "@parlor/client";
import { useState } from "react";
import { Button } from "../ui/button";
import { Dialog } from "../ui/dialog";

interface UnsendDialogProps {
  unsend(): Promise<void>;
  onClose(): void;
}

/** Asks once, since nobody brings it back. */
export function UnsendDialog({ unsend, onClose }: UnsendDialogProps) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string>();
  const confirm = async () => {
    setBusy(true);
    try {
      await unsend();
      onClose();
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
      setBusy(false);
    }
  };
  return (
    <Dialog label="Unsend this message" onClose={onClose}>
      <div className="p-5">
        <h2 className="text-title font-semibold">Unsend this message?</h2>
        <p className="mt-1 text-ink-soft">
          Nobody here can read it any more. That it was sent stays to be seen, and some may have read it.
        </p>
        {problem && (
          <p role="alert" className="mt-3 text-small text-danger">
            Not unsent: {problem}
          </p>
        )}
        <div className="mt-5 flex justify-end gap-2">
          <Button onClick={(event) => event.currentTarget.closest("dialog")?.close()}>Keep it</Button>
          <Button look="primary" data-focus data-testid="unsend-confirm" disabled={busy} onClick={confirm}>
            Unsend
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
