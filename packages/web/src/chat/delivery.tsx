import type { ChatItem } from "@parlor/client";
import { clockTime, fullTime } from "../lib/time";
import { Icon } from "../ui/icon";
import type { Reached } from "./reached";

interface DeliveryProps {
  item: ChatItem;
  own: boolean;
  /** How far it got with the others, where that is worth a word. */
  reached: Reached | undefined;
  onSeenBy(id: string): void;
  onRetry(id: string): void;
  onDiscard(id: string): void;
}

/** The quiet line under a group: when, and for one's own how far it got. Only a failure raises its voice. */
export function Delivery({ item, own, reached, onSeenBy, onRetry, onDiscard }: DeliveryProps) {
  if (item.delivery === "failed") return <Failed item={item} onRetry={onRetry} onDiscard={onDiscard} />;
  return (
    <div className="mx-1 mt-1 flex h-4 items-center gap-1 text-meta text-ink-quiet">
      <time dateTime={item.created_at} className="tabular-nums">
        {clockTime(item.created_at)}
      </time>
      {own && item.delivery !== "sent" && <OnItsWay delivery={item.delivery} />}
      {own && item.delivery === "sent" && reached && <Arrived reached={reached} show={() => onSeenBy(item.id)} />}
    </div>
  );
}

/** One tick: the server has it. Two: it has reached somebody; in colour: somebody has read it. */
function Arrived({ reached, show }: { reached: Reached; show(): void }) {
  const { state, text, at } = reached;
  const title = at ? `${text} ${fullTime(at)}` : text;
  if (state === "sent") {
    return (
      <span data-testid="sent" className="flex animate-appear items-center" title={title}>
        <Icon name="check" size={14} />
        <span className="sr-only">{text}</span>
      </span>
    );
  }
  return (
    <button
      type="button"
      data-testid={state}
      title={title}
      onClick={show}
      className={`flex animate-appear items-center gap-0.5 rounded-joint hover:underline ${state === "read" ? "text-accent-text" : ""}`}
    >
      <Icon name="checks" size={16} />
      {text}
    </button>
  );
}

function OnItsWay({ delivery }: { delivery: "waiting" | "sending" }) {
  // Most sends are over before this becomes visible.
  return (
    <span data-testid="sending" className="flex animate-[appear_160ms_500ms_both] items-center gap-1">
      <Icon name="clock" size={14} />
      {delivery === "sending" ? "Sending" : "Waiting"}
    </span>
  );
}

function Failed({ item, onRetry, onDiscard }: Pick<DeliveryProps, "item" | "onRetry" | "onDiscard">) {
  const button = "rounded-joint font-medium underline decoration-1 underline-offset-2 hover:decoration-2";
  return (
    <div
      role="alert"
      data-testid="failed"
      className="mx-1 mt-1 flex flex-wrap items-center justify-end gap-x-2 gap-y-0.5 text-meta text-danger"
    >
      <span className="flex items-center gap-1">
        <Icon name="alert" size={14} />
        Not sent{item.error ? `: ${item.error.message}` : ""}
      </span>
      <button type="button" data-testid="retry" className={button} onClick={() => onRetry(item.id)}>
        Try again
      </button>
      <button type="button" data-testid="discard" className={button} onClick={() => onDiscard(item.id)}>
        Discard
      </button>
    </div>
  );
}
