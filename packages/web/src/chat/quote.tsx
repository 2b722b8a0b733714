import type { Quote } from "@parlor/client";
import type { CSSProperties } from "react";
import { hueOf } from "../lib/names";
import { IconButton } from "../ui/button";

interface QuoteProps {
  quote: Quote;
  /** Who wrote it: "You", or a name. */
  name: string;
}

/** The first line of what is answered, behind a line in its writer's hue. */
function QuotedText({ quote, name }: QuoteProps) {
  const style = { "--hue": hueOf(quote.sender_id) } as CSSProperties;
  return (
    <span style={style} className="hued-text block min-w-0 border-l-2 border-current pl-2.5 text-left text-small">
      <span className="block truncate font-semibold">{name}</span>
      <span dir="auto" className="line-clamp-2 text-ink-soft [overflow-wrap:anywhere]">
        {quote.body === undefined ? <i>Message unsent</i> : quote.body.replace(/\s+/g, " ")}
      </span>
    </span>
  );
}

/** Above an answer's text; a click goes to what it answers. */
export function QuoteInBubble({ quote, name, go }: QuoteProps & { go(seq: number): void }) {
  return (
    <button
      type="button"
      data-testid="quote"
      aria-label={`Answers ${name}`}
      onClick={() => go(quote.seq)}
      className="mb-1 block max-w-full rounded-joint"
    >
      <QuotedText quote={quote} name={name} />
    </button>
  );
}

/** Above the composer, while an answer is written. */
export function ReplyBar({ quote, name, onClose }: QuoteProps & { onClose(): void }) {
  return (
    <div data-testid="reply-bar" className="mx-auto flex w-full max-w-[51rem] items-center gap-2 px-4 pt-2 sm:px-6">
      <div className="min-w-0 flex-1">
        <QuotedText quote={quote} name={name === "You" ? "You" : `Answer ${name}`} />
      </div>
      <IconButton icon="close" label="Do not answer it" data-testid="reply-cancel" onClick={onClose} />
    </div>
  );
}
