import { type ConversationState, isMuted, ownState, type ParlorState } from "@parlor/client";
import { useSnapshot } from "@parlor/react";
import { memo, useCallback } from "react";
import { titleOf } from "../lib/names";
import { shortTime } from "../lib/time";
import { ConversationAvatar } from "../ui/avatar";
import { Icon } from "../ui/icon";
import { useConversationMenu } from "./conversation-menu";
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
  const { conversation, unread, mentions } = entry;
  const id = conversation.id;
  const outgoing = useSnapshot(useCallback((state: ParlorState) => state.outgoing.get(id), [id]));
  const preview = previewOf(entry, outgoing, me);
  const { marked_unread = false, pinned_at } = ownState(conversation);
  const muted = isMuted(conversation);
  const fresh = unread > 0 || marked_unread;
  const { menu, onContextMenu } = useConversationMenu({ entry, me, open: selected, reachable });
  return (
    <div className="group/item relative" data-pinned={pinned_at !== undefined}>
      <a
        onContextMenu={onContextMenu}
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
            {muted && (
              <span data-testid="muted" className="-ml-1 self-center text-ink-quiet">
                <Icon name="mute" size={14} />
                <span className="sr-only">muted</span>
              </span>
            )}
            <time
              dateTime={conversation.last_activity_at}
              className={`shrink-0 text-meta tabular-nums ${fresh && !muted ? "font-medium text-accent-text" : "text-ink-quiet"}`}
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
            {mentions > 0 && <MentionBadge />}
            {unread > 0 && <UnreadBadge count={unread} muted={muted} />}
            {unread === 0 && marked_unread && <UnreadDot muted={muted} />}
            {pinned_at && (
              <span data-testid="pinned" className="shrink-0 text-ink-quiet">
                <Icon name="pin" size={14} />
                <span className="sr-only">pinned</span>
              </span>
            )}
          </span>
        </span>
      </a>
      {menu}
    </div>
  );
});

/** Among what is unread somebody called us. */
function MentionBadge() {
  return (
    <span
      data-testid="mention-badge"
      className="grid size-5 shrink-0 animate-appear place-items-center rounded-full bg-accent text-meta font-semibold text-accent-ink"
    >
      <span aria-hidden="true">@</span>
      <span className="sr-only">You were mentioned.</span>
    </span>
  );
}

function UnreadDot({ muted }: { muted: boolean }) {
  return (
    <span
      data-testid="unread-dot"
      className={`size-2.5 shrink-0 animate-appear rounded-full ${muted ? "bg-line-strong" : "bg-accent"}`}
    >
      <span className="sr-only">marked as unread</span>
    </span>
  );
}

function UnreadBadge({ count, muted }: { count: number; muted: boolean }) {
  return (
    <span
      data-testid="unread-badge"
      data-count={count}
      className={`grid h-5 min-w-5 shrink-0 animate-appear place-items-center rounded-full px-1.5 text-meta font-semibold tabular-nums ${muted ? "bg-line-strong text-ink" : "bg-accent text-accent-ink"}`}
    >
      {count > 99 ? "99+" : count}
      <span className="sr-only"> unread</span>
    </span>
  );
}
