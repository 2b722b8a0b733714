import type { ConversationState, ParlorState } from "@parlor/client";
import { useSnapshot } from "@parlor/react";
import { memo, useCallback } from "react";
import { titleOf } from "../lib/names";
import { shortTime } from "../lib/time";
import { ConversationAvatar } from "../ui/avatar";
import { previewOf } from "./preview";

interface ConversationItemProps {
  entry: ConversationState;
  me: string | undefined;
  selected: boolean;
  /** The one item that Tab reaches; arrows do the rest. */
  reachable: boolean;
}

export const ConversationItem = memo(function ConversationItem(props: ConversationItemProps) {
  const { entry, me, selected, reachable } = props;
  const { conversation, unread } = entry;
  const id = conversation.id;
  const outgoing = useSnapshot(useCallback((state: ParlorState) => state.outgoing.get(id), [id]));
  const preview = previewOf(entry, outgoing, me);
  const fresh = unread > 0;
  return (
    <a
      href={`#/c/${encodeURIComponent(id)}`}
      tabIndex={reachable ? 0 : -1}
      aria-current={selected ? "page" : undefined}
      data-testid="conversation-item"
      data-conversation-id={id}
      className={`flex items-center gap-3 rounded-room px-3 py-2.5 transition-colors [contain-intrinsic-size:auto_64px] [content-visibility:auto] -outline-offset-2 ${
        selected ? "bg-selected" : "hover:bg-hover"
      }`}
    >
      <ConversationAvatar conversation={conversation} me={me} />
      <span className="min-w-0 flex-1">
        <span className="flex items-baseline gap-2">
          <span className={`min-w-0 flex-1 truncate ${fresh ? "font-semibold" : "font-medium"}`}>
            {titleOf(conversation, me)}
          </span>
          <time
            dateTime={conversation.last_activity_at}
            className={`shrink-0 text-meta tabular-nums ${fresh ? "font-medium text-accent-text" : "text-ink-quiet"}`}
          >
            {shortTime(conversation.last_activity_at)}
          </time>
        </span>
        <span className="mt-0.5 flex h-5 items-center gap-2">
          <span className={`min-w-0 flex-1 truncate text-small ${fresh ? "text-ink" : "text-ink-soft"}`}>
            {preview.failed && <span className="font-medium text-danger">Not sent · </span>}
            {preview.author && <span>{preview.author}: </span>}
            {preview.text}
          </span>
          {fresh && <UnreadBadge count={unread} />}
        </span>
      </span>
    </a>
  );
});

function UnreadBadge({ count }: { count: number }) {
  return (
    <span
      data-testid="unread-badge"
      data-count={count}
      className="grid h-5 min-w-5 shrink-0 animate-appear place-items-center rounded-full bg-accent px-1.5 text-meta font-semibold text-accent-ink tabular-nums"
    >
      {count > 99 ? "99+" : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}
