import type { Conversation } from "@parlor/client";

/** Stands where the composer would be: only others write here. */
export function ReadOnlyBar() {
  return (
    <p
      data-testid="read-only-bar"
      className="mx-auto w-full max-w-[51rem] px-4 pt-3 pb-[max(1.25rem,env(safe-area-inset-bottom))] text-center text-small text-ink-soft sm:px-6"
    >
      Only moderators and above write here. You can read and react.
    </p>
  );
}

/** Says why a message may wait: it goes by itself when its turn has come. */
export function SlowModeHint({ conversation }: { conversation: Conversation }) {
  const { slow_mode_s } = conversation.settings;
  return (
    <p data-testid="slow-mode" className="mx-auto w-full max-w-[51rem] px-5 text-meta text-ink-quiet sm:px-7">
      Slow mode: one message every {span(slow_mode_s)}. What you write earlier waits for its turn.
    </p>
  );
}

function span(seconds: number): string {
  if (seconds % 3600 === 0) return seconds === 3600 ? "hour" : `${seconds / 3600} hours`;
  if (seconds % 60 === 0) return seconds === 60 ? "minute" : `${seconds / 60} minutes`;
  return seconds === 1 ? "second" : `${seconds} seconds`;
}
