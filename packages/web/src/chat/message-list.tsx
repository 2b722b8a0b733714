import type { ChatItem, User } from "@parlor/client";
import { type ChatView, useReceipts, useSnapshot } from "@parlor/react";
import { useCallback, useEffect, useMemo, useRef, useState } from "react";
import { Confirm } from "../dialogs/confirm";
import { mentioned } from "../lib/mentionable";
import { nameOf, person } from "../lib/names";
import { noteText } from "../lib/notes";
import { usePageVisible } from "../shell/use-browser";
import { Icon } from "../ui/icon";
import { DayRow, MessageRow, type RowActions, UnreadRow } from "./message-row";
import { type Reached, reachedOf } from "./reached";
import { type Row, rowsOf } from "./rows";
import { SeenByDialog } from "./seen-by-dialog";
import { UnsendDialog } from "./unsend-dialog";
import { useMessageScroll } from "./use-message-scroll";
import { useWidth } from "./use-snug";
import { useUnreadLine } from "./use-unread-line";
import { VersionsDialog } from "./versions-dialog";

interface MessageListProps {
  chat: ChatView;
  me: User | undefined;
  /** The message whose text is edited. */
  editing: string | undefined;
  setEditing(id: string | undefined): void;
  onReply(item: ChatItem): void;
}

export function MessageList({ chat, me, editing, setEditing, onReply }: MessageListProps) {
  const { conversation, messages, markRead, loadOlder } = chat;
  const visible = usePageVisible();
  const blocked = useSnapshot((state) => state.blocked);
  const unread_after = useUnreadLine(chat.readSeq, visible);
  const rows = useMemo(() => rowsOf(messages, me?.id, unread_after), [messages, me?.id, unread_after]);
  const [versions_of, setVersionsOf] = useState<string>();
  const [unsending, setUnsending] = useState<string>();
  const [hiding, setHiding] = useState<string>();
  const [seen_by_of, setSeenByOf] = useState<string>();
  const { progresses, seenBy } = useReceipts(conversation?.id ?? "");
  const { retry, discard, edit, react, versions } = chat;
  const go = useRef((_: number) => {});
  const actions = useMemo<RowActions>(
    () => ({
      retry,
      discard,
      save: edit,
      reply: onReply,
      react,
      edit: setEditing,
      unsend: setUnsending,
      hide: setHiding,
      stopEditing: () => setEditing(undefined),
      showVersions: setVersionsOf,
      showSeenBy: setSeenByOf,
      goTo: (seq) => go.current(seq),
    }),
    [retry, discard, edit, react, setEditing, onReply],
  );
  const loadVersions = useCallback((cursor?: string) => versions(versions_of ?? "", cursor), [versions, versions_of]);
  const loadSeenBy = useCallback((cursor?: string) => seenBy(seen_by_of ?? "", cursor), [seenBy, seen_by_of]);
  const scroller = useRef<HTMLDivElement>(null);
  const room_px = useWidth(scroller);
  const virtualizer = useMessageScroll({ rows, scroller, loadOlder });
  go.current = (seq) => {
    const index = rows.findIndex((row) => row.kind === "message" && row.item.seq === seq);
    if (index >= 0) virtualizer.scrollToIndex(index, { align: "center" });
  };
  // Asked for now: what it has of the last time does not know the newest rows.
  const seen = seqAt(rows, virtualizer.calculateRange()?.endIndex);
  const at_end = rows.length === 0 || virtualizer.scrollOffset === null || virtualizer.isAtEnd();

  useEffect(() => {
    if (visible && seen > 0) markRead(seen);
  }, [visible, seen, markRead]);

  const newest = messages.findLast((item) => item.sender_id === me?.id && item.delivery === "sent" && !item.deleted_at);
  const reached = useMemo(
    () => conversation && newest?.seq && reachedOf(conversation, progresses, newest.seq),
    [conversation, progresses, newest?.seq],
  );
  return (
    <div className="relative min-h-0 flex-1">
      <div
        ref={scroller}
        data-testid="message-list"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolling region has to be reachable by keyboard
        tabIndex={0}
        role="log"
        aria-live="off"
        aria-label="Messages"
        className="flex h-full flex-col overflow-y-auto overscroll-contain -outline-offset-2 [overflow-anchor:none]"
      >
        <div
          className="relative mx-auto mt-auto w-full max-w-[51rem] shrink-0"
          style={{ height: virtualizer.getTotalSize() }}
        >
          {virtualizer.getVirtualItems().map(({ index, key, start }) => {
            const row = rows[index];
            return row ? (
              <div
                key={key}
                ref={virtualizer.measureElement}
                data-index={index}
                className="absolute inset-x-0 top-0 px-4 sm:px-6"
                style={{ transform: `translateY(${start}px)` }}
              >
                <RowView
                  row={row}
                  chat={chat}
                  me={me?.id}
                  named={conversation?.kind === "group"}
                  newest={newest?.id}
                  reached={reached || undefined}
                  blocked={blocked}
                  room_px={room_px}
                  editing={editing}
                  actions={actions}
                />
              </div>
            ) : null;
          })}
        </div>
      </div>
      {unsending && <UnsendDialog unsend={() => chat.unsend(unsending)} onClose={() => setUnsending(undefined)} />}
      {hiding && (
        <Confirm
          title="Delete this message for you?"
          action="Delete"
          run={() => chat.hide(hiding)}
          onClose={() => setHiding(undefined)}
        >
          It goes from all of your devices. For everybody else nothing changes.
        </Confirm>
      )}
      {seen_by_of && <SeenByDialog load={loadSeenBy} onClose={() => setSeenByOf(undefined)} />}
      {versions_of && <VersionsDialog load={loadVersions} onClose={() => setVersionsOf(undefined)} />}
      {chat.older === "loading" && <OlderLoading />}
      {!at_end && <ToBottom unread={chat.unread} go={() => virtualizer.scrollToEnd()} />}
    </div>
  );
}

interface RowViewProps {
  row: Row;
  chat: ChatView;
  me: string | undefined;
  named: boolean;
  newest: string | undefined;
  reached: Reached | undefined;
  blocked: ReadonlySet<string>;
  room_px: number;
  editing: string | undefined;
  actions: RowActions;
}

function RowView({ row, chat, me, named, newest, reached, blocked, room_px, editing, actions }: RowViewProps) {
  switch (row.kind) {
    case "day":
      return <DayRow at={row.at} />;
    case "unread":
      return <UnreadRow />;
    case "message": {
      const { item, first, last, own } = row;
      const somebody = (id: string) => (chat.conversation ? person(chat.conversation, id) : { id });
      const sender = somebody(item.sender_id);
      const answered_id = item.reply_to?.sender_id;
      return (
        <MessageRow
          item={item}
          sender={sender}
          answered={answered_id === undefined ? "" : answered_id === me ? "You" : nameOf(somebody(answered_id))}
          first={first}
          last={last}
          own={own}
          named={named}
          reached={item.id === newest ? reached : undefined}
          blocked={blocked.has(item.sender_id)}
          room_px={room_px}
          mentions={item.mentions && chat.conversation && mentioned(item.mentions, chat.conversation)}
          me={me}
          note={item.note && noteText(item.note, item.sender_id, chat.conversation, me)}
          editing={item.id === editing}
          actions={actions}
        />
      );
    }
  }
}

/** The newest message that has come into sight. */
function seqAt(rows: readonly Row[], index = -1): number {
  for (let at = Math.min(index, rows.length - 1); at >= 0; at--) {
    const row = rows[at];
    if (row?.kind === "message" && row.item.seq !== undefined) return row.item.seq;
  }
  return 0;
}

function OlderLoading() {
  return (
    <div className="pointer-events-none absolute inset-x-0 top-2 flex justify-center">
      <span className="animate-[appear_140ms_300ms_both] rounded-full border border-line bg-raised px-3 py-1 text-meta text-ink-soft shadow-float">
        Loading earlier messages
      </span>
    </div>
  );
}

function ToBottom({ unread, go }: { unread: number; go(): void }) {
  return (
    <button
      type="button"
      data-testid="to-bottom"
      onClick={go}
      aria-label={unread > 0 ? `${unread} new messages below` : "To the newest message"}
      className="absolute right-5 bottom-3 flex h-10 min-w-10 animate-rise items-center justify-center gap-1.5 rounded-full border border-line bg-raised px-2.5 text-ink-soft shadow-float hover:text-ink"
    >
      {unread > 0 && <span className="pl-1 text-small font-semibold text-accent-text tabular-nums">{unread}</span>}
      <Icon name="down" size={18} />
    </button>
  );
}
