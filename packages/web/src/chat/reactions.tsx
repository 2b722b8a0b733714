import type { Reaction } from "@parlor/client";
import { useState } from "react";

/** What is at hand; any other emoji can be sent by those who have a keyboard for it. */
const AT_HAND = ["👍", "❤️", "😂", "😮", "😢", "🎉", "🙏", "👀"];

type React = (emoji: string, on: boolean) => Promise<void>;

/** Under a message: how often and with what. A click joins in, or takes one's own back. */
export function Reactions({ reactions, react }: { reactions: readonly Reaction[]; react: React }) {
  const [problem, setProblem] = useState(false);
  return (
    <div className="mt-1 flex flex-wrap items-center gap-1" data-testid="reactions">
      {reactions.map(({ emoji, count, mine = false }) => (
        <button
          key={emoji}
          type="button"
          data-testid="reaction"
          aria-pressed={mine}
          aria-label={`${emoji}, ${count}`}
          onClick={() =>
            react(emoji, !mine).then(
              () => setProblem(false),
              () => setProblem(true),
            )
          }
          className={`flex h-7 items-center gap-1 rounded-full border px-2 text-small tabular-nums ${mine ? "border-accent bg-accent-tint text-ink" : "border-line bg-surface text-ink-soft hover:bg-hover"}`}
        >
          <span aria-hidden="true">{emoji}</span> {count}
        </button>
      ))}
      {problem && <span className="text-meta text-danger">That did not work</span>}
    </div>
  );
}

/** On top of a message's menu. */
export function ReactionPicker({ pick }: { pick(emoji: string): void }) {
  return (
    <div className="mb-1 flex border-b border-line pb-1">
      {AT_HAND.map((emoji) => (
        <button
          key={emoji}
          type="button"
          role="menuitem"
          tabIndex={-1}
          aria-label={`React with ${emoji}`}
          data-testid={`react-${emoji}`}
          onClick={() => pick(emoji)}
          className="grid size-9 place-items-center rounded-soft text-[18px] outline-none hover:bg-hover focus-visible:bg-hover"
        >
          {emoji}
        </button>
      ))}
    </div>
  );
}
