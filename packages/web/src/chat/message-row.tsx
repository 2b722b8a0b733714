import type { ChatItem, Mentionable, User } from "@parlor/client";
import { type CSSProperties, memo, useRef, useState } from "react";
import { hueOf, nameOf } from "../lib/names";
import { clockTime, dayLabel, fullTime } from "../lib/time";
import { UserAvatar } from "../ui/avatar";
import { Delivery } from "./delivery";
import { MessageEditor } from "./message-editor";
import { type MessageActions, useMessageMenu } from "./message-menu";
import { isJumbo, MessageText } from "./message-text";
import { QuoteInBubble } from "./quote";
import type { Reached } from "./reached";
import { Reactions } from "./reactions";
import { useSnug } from "./use-snug";

interface MessageRowProps {
  item: ChatItem;
  /** Who wrote what it answers: "You", or a name. */
  answered: string;
  sender: User;
  first: boolean;
  last: boolean;
  own: boolean;
  /** In groups one has to see who speaks. */
  named: boolean;
  /** How wide the list is. */
  room_px: number;
  /** How far the newest of one's own messages got: that is worth a word. */
  reached: Reached | undefined;
  /** We block who wrote it. */
  blocked: boolean;
  /** Whom it mentions. */
  mentions: readonly Mentionable[] | undefined;
  /** Who we are. */
  me: string | undefined;
  /** What a system message says. */
  note: string | undefined;
  /** Its text is being edited, in its place. */
  editing: boolean;
  actions: RowActions;
}

export interface RowActions extends MessageActions {
  retry(id: string): void;
  discard(id: string): void;
  save(id: string, body: string): Promise<void>;
  stopEditing(): void;
  /** To the message of this number, where it is loaded. */
  goTo(seq: number): void;
  showVersions(id: string): void;
}

export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  return props.item.kind === "system" ? (
    <SystemRow item={props.item} text={props.note ?? props.item.body} />
  ) : (
    <WrittenRow {...props} />
  );
});

function WrittenRow(props: MessageRowProps) {
  const { item, sender, first, last, own, named, actions } = props;
  const { onContextMenu, menu } = useMessageMenu(item, own, actions);
  const [shown, setShown] = useState(false);
  const folded = props.blocked && named && !own && !shown;
  // Where the sender is named, the time stands beside the name; elsewhere under the group.
  const headed = named && first && !own;
  const foot = (last && !(named && !own)) || item.delivery === "failed";
  return (
    <article
      data-testid="message"
      data-message-id={item.id}
      data-seq={item.seq}
      data-own={own}
      data-delivery={item.delivery}
      aria-label={`${own ? "You" : nameOf(sender)}, ${clockTime(item.created_at)}`}
      className={`flex ${own ? "justify-end pl-12" : named ? "pr-12 pl-10" : "pr-12"} ${first ? "pt-3" : "pt-0.5"} ${last ? "pb-1" : ""}`}
    >
      <div className={`group/row relative flex min-w-0 flex-col ${own ? "items-end" : "items-start"}`}>
        {headed && <SenderName user={sender} at={item.created_at} />}
        <div className="relative max-w-[min(34rem,100%)]">
          {headed && (
            <span className="absolute top-0 -left-10">
              <UserAvatar user={sender} size={30} />
            </span>
          )}
          {folded ? (
            <Folded show={() => setShown(true)} />
          ) : props.editing ? (
            <MessageEditor
              body={item.body}
              save={(body) => actions.save(item.id, body)}
              onClose={actions.stopEditing}
            />
          ) : (
            // biome-ignore lint/a11y/noStaticElementInteractions: the button beside it opens the same menu
            <div onContextMenu={onContextMenu}>
              {item.deleted_at ? (
                <Unsent own={own} />
              ) : (
                <Bubble
                  item={item}
                  look={bubble(item, own, first, last)}
                  room_px={props.room_px}
                  answered={props.answered}
                  mentions={props.mentions}
                  me={props.me}
                  goTo={actions.goTo}
                />
              )}
              {menu}
            </div>
          )}
        </div>
        {item.reactions && (
          <Reactions reactions={item.reactions} react={(emoji, on) => actions.react(item.id, emoji, on)} />
        )}
        <div className="flex flex-wrap items-center">
          {foot && (
            <Delivery
              item={item}
              own={own}
              reached={props.reached}
              onSeenBy={actions.showSeenBy}
              onRetry={actions.retry}
              onDiscard={actions.discard}
            />
          )}
          {item.edited_at && <Edited at={item.edited_at} show={() => actions.showVersions(item.id)} />}
        </div>
      </div>
    </article>
  );
}

function Edited({ at, show }: { at: string; show(): void }) {
  return (
    <button
      type="button"
      data-testid="edited"
      title={`Edited ${fullTime(at)}`}
      onClick={show}
      className="mx-1 mt-1 h-4 rounded-joint text-meta text-ink-quiet hover:underline"
    >
      Edited
    </button>
  );
}

interface BubbleProps {
  item: ChatItem;
  look: string;
  room_px: number;
  answered: string;
  mentions: readonly Mentionable[] | undefined;
  me: string | undefined;
  goTo(seq: number): void;
}

function Bubble({ item, look, room_px, answered, mentions, me, goTo }: BubbleProps) {
  const box = useRef<HTMLDivElement>(null);
  useSnug(box, item.body, room_px);
  const text = (
    <div ref={box} dir="auto" className={item.reply_to ? "" : look} title={fullTime(item.created_at)}>
      <MessageText body={item.body} mentions={mentions} me={me} />
    </div>
  );
  if (!item.reply_to) return text;
  return (
    <div className={look}>
      <QuoteInBubble quote={item.reply_to} name={answered} go={goTo} />
      {text}
    </div>
  );
}

/** In groups all is there for everybody; what somebody wrote whom one blocks waits until it is asked for. */
function Folded({ show }: { show(): void }) {
  return (
    <button
      type="button"
      data-testid="folded"
      onClick={show}
      className="rounded-bubble border border-line px-3.5 py-2 text-small text-ink-quiet hover:bg-hover hover:text-ink"
    >
      From somebody you block · Show
    </button>
  );
}

/** Only its place is left. */
function Unsent({ own }: { own: boolean }) {
  return (
    <div data-testid="unsent" className="rounded-bubble border border-line px-3.5 py-2 text-ink-quiet italic">
      {own ? "You unsent a message" : "Message unsent"}
    </div>
  );
}

function bubble(item: ChatItem, own: boolean, first: boolean, last: boolean): string {
  if (isJumbo(item.body)) return "text-[36px] leading-[44px] select-text";
  const joints = own
    ? `${first ? "" : "rounded-tr-joint"} ${last ? "" : "rounded-br-joint"}`
    : `${first ? "" : "rounded-tl-joint"} ${last ? "" : "rounded-bl-joint"}`;
  const tint = item.delivery === "failed" ? "bg-danger-tint" : own ? "bg-accent-tint" : "bg-bubble";
  return `max-w-full rounded-bubble px-3.5 py-2 whitespace-pre-wrap [overflow-wrap:anywhere] ${tint} ${joints}`;
}

function SenderName({ user, at }: { user: User; at: string }) {
  const style = { "--hue": hueOf(user.id) } as CSSProperties;
  return (
    <div className="mb-1 ml-0.5 flex max-w-full items-baseline gap-2">
      <span style={style} className="hued-text truncate text-small font-semibold">
        {nameOf(user)}
      </span>
      <time dateTime={at} className="shrink-0 text-meta text-ink-quiet tabular-nums">
        {clockTime(at)}
      </time>
    </div>
  );
}

function SystemRow({ item, text }: { item: ChatItem; text: string }) {
  return (
    <div
      data-testid="system-message"
      className="py-2 text-center text-small text-ink-quiet"
      title={fullTime(item.created_at)}
    >
      {text}
    </div>
  );
}

export function DayRow({ at }: { at: string }) {
  return (
    <div
      className="pt-6 pb-2 text-center text-meta font-medium text-ink-quiet"
      role="separator"
      aria-label={dayLabel(at)}
    >
      {dayLabel(at)}
    </div>
  );
}

export function UnreadRow() {
  return (
    <div
      data-testid="unread-line"
      role="separator"
      aria-label="New messages"
      className="flex items-center gap-3 pt-4 pb-1 text-accent-text"
    >
      <span className="h-px flex-1 bg-current opacity-30" />
      <span className="text-meta font-semibold">New messages</span>
      <span className="h-px flex-1 bg-current opacity-30" />
    </div>
  );
}
