import { ParlorError } from "@parlor/client";
import { useSettings } from "@parlor/react";
import { useState } from "react";

/** Whether others see how far one has read; who shows nothing is shown nothing. */
export function ReceiptsChoice() {
  const { settings, change } = useSettings();
  const [asked, setAsked] = useState<boolean>();
  const [problem, setProblem] = useState<string>();
  const choose = async (receipts: boolean) => {
    setAsked(receipts);
    setProblem(undefined);
    try {
      await change({ receipts });
    } catch (cause) {
      setProblem(ParlorError.from(cause).message);
    } finally {
      setAsked(undefined);
    }
  };
  if (!settings) return null;
  return (
    <section aria-labelledby="receipts-choice">
      <h3 id="receipts-choice" className="font-semibold">
        Receipts
      </h3>
      <label className="-mx-2 mt-1.5 flex cursor-pointer items-start gap-3 rounded-room px-2 py-2 transition-colors hover:bg-hover">
        <input
          type="checkbox"
          data-testid="receipts-choice"
          checked={asked ?? settings.receipts}
          onChange={(event) => choose(event.currentTarget.checked)}
          className="mt-1 size-4 accent-accent"
        />
        <span>
          Show how far you have read
          <span className="block text-small text-ink-quiet">
            If you do not, you are not shown how far others have read either.
          </span>
        </span>
      </label>
      <p role="alert" className="mt-1 text-small text-danger empty:hidden">
        {problem}
      </p>
    </section>
  );
}
