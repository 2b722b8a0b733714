import { type ChatItem, mayWriteAlways, type Quote, quoteOf, type User } from "@parlor/client";
import { type ChatView, useChat, useParlor, useSnapshot } from "@parlor/react";
import { useEffect, useState } from "react";
import { nameOf, partner, person, titleOf } from "../lib/names";
import { noteText } from "../lib/notes";
import { BlockedBar } from "../privacy/blocked-bar";
import { PendingBar } from "../requests/pending-bar";
import { closeConversation } from "../shell/use-route";
import { Announcer } from "../ui/announcer";
import { ConversationAvatar } from "../ui/avatar";
import { Button } from "../ui/button";
import { Icon } from "../ui/icon";
import { Bone, Notice, useDelayed } from "../ui/states";
import { ChatHeader } from "./chat-header";
import { Composer } from "./composer";
import { DetailsPane } from "./details-pane";
import { ReadOnlyBar, SlowModeHint } from "./held-back";
import { MessageList } from "./message-list";
import { ReplyBar } from "./quote";

export function ChatPane({ id, me }: { id: string; me: User | undefined }) {
  const chat = useChat(id);
  const [details, setDetails] = useState(false);
  const blocked = useSnapshot((state) => state.blocked);
  const [editing, setEditing] = useState<string>();
  const [replying, setReplying] = useState<Quote>();
  const { conversation } = chat;
  if (!conversation) return chat.state === "missing" ? <Missing /> : <ChatSkeleton />;
  const title = titleOf(conversation, me?.id);
  const other = partner(conversation, me?.id);
  const heldBack = !mayWriteAlways(conversation, me?.id);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: Esc leaves the pane, whatever in it has the focus
    <div
      className="flex h-full"
      data-testid="chat"
      data-conversation-id={id}
      onKeyDown={(event) => {
        if (event.key !== "Escape" || event.nativeEvent.isComposing) return;
        if (details) setDetails(false);
        else focusOpenConversation();
      }}
    >
      <section aria-label={title} className="flex min-w-0 flex-1 flex-col">
        <ChatHeader
          conversation={conversation}
          unread={chat.unread}
          me={me?.id}
          details={details}
          onDetails={() => setDetails(!details)}
        />
        <History
          chat={chat}
          me={me}
          title={title}
          editing={editing}
          setEditing={setEditing}
          onReply={(item) => {
            if (item.seq === undefined) return;
            setReplying(quoteOf({ ...item, seq: item.seq }));
            focusComposer();
          }}
        />
        {other && blocked.has(other.id) ? (
          <BlockedBar user={other} />
        ) : heldBack && conversation.settings.read_only ? (
          <ReadOnlyBar />
        ) : (
          <>
            {heldBack && conversation.settings.slow_mode_s > 0 && <SlowModeHint conversation={conversation} />}
            {conversation.request && <PendingBar user={conversation.request} />}
            {replying && (
              <ReplyBar
                quote={replying}
                name={replying.sender_id === me?.id ? "You" : nameOf(person(conversation, replying.sender_id))}
                onClose={() => {
                  setReplying(undefined);
                  focusComposer();
                }}
              />
            )}
            <Composer
              conversation={conversation}
              me={me?.id}
              placeholder={`Message ${title}`}
              send={(body, mentions) => {
                chat.send(body, { ...(replying && { reply_to: replying }), ...(mentions && { mentions }) });
                setReplying(undefined);
              }}
              onEditLast={() => setEditing(lastOwn(chat, me?.id))}
              onEscape={replying && (() => setReplying(undefined))}
            />
          </>
        )}
        <IncomingAnnouncer id={id} me={me?.id} />
      </section>
      {details && <DetailsPane conversation={conversation} me={me?.id} onClose={() => setDetails(false)} />}
    </div>
  );
}

/** Back to where one writes. */
function focusComposer(): void {
  document.querySelector<HTMLElement>("[data-testid=composer]")?.focus();
}

/** Back to the list, at the place one came from; there the arrows go on. */
function focusOpenConversation(): void {
  document.querySelector<HTMLElement>("nav a[aria-current=page][data-conversation-id]")?.focus();
}

interface HistoryProps {
  chat: ChatView;
  me: User | undefined;
  title: string;
  editing: string | undefined;
  setEditing(id: string | undefined): void;
  onReply(item: ChatItem): void;
}

/** What ↑ in an empty composer edits. */
function lastOwn(chat: ChatView, me: string | undefined): string | undefined {
  return chat.messages.findLast(
    (item) => item.sender_id === me && item.kind === "text" && item.delivery === "sent" && !item.deleted_at,
  )?.id;
}

function History({ chat, me, title, editing, setEditing, onReply }: HistoryProps) {
  const late = useDelayed(chat.state === "loading");
  if (chat.messages.length > 0 && chat.state !== "failed") {
    const finish = (id: string | undefined) => {
      setEditing(id);
      if (id === undefined) focusComposer();
    };
    return <MessageList chat={chat} me={me} editing={editing} setEditing={finish} onReply={onReply} />;
  }
  return (
    <div className="min-h-0 flex-1 overflow-hidden">
      {chat.state === "failed" ? (
        <Notice
          art={<Icon name="alert" size={36} />}
          title="These messages did not load"
          action={<Button onClick={chat.reload}>Try again</Button>}
        >
          {chat.error?.message}
        </Notice>
      ) : chat.state === "loading" ? (
        late && <MessagesSkeleton />
      ) : (
        <Empty chat={chat} me={me} title={title} />
      )}
    </div>
  );
}

function Empty({ chat, me, title }: { chat: ChatView; me: User | undefined; title: string }) {
  const { conversation } = chat;
  if (!conversation) return null;
  const group = conversation.kind === "group";
  return (
    <Notice art={<ConversationAvatar conversation={conversation} me={me?.id} size={64} />} title={title}>
      {group ? "Everybody is here. Somebody has to go first." : "Nothing said yet. A hello is a good beginning."}
    </Notice>
  );
}

function Missing() {
  return (
    <Notice
      art={<Icon name="door" size={44} />}
      title="This door does not open"
      action={<Button onClick={closeConversation}>Back to chats</Button>}
    >
      The conversation does not exist, or you are not part of it.
    </Notice>
  );
}

/** Says what comes in while the conversation is open; older messages that load are not news. */
function IncomingAnnouncer({ id, me }: { id: string; me: string | undefined }) {
  const client = useParlor();
  const [text, setText] = useState("");
  useEffect(
    () =>
      client.on("message", (message) => {
        const held = client.getSnapshot().conversations.get(id);
        if (message.conversation_id !== id || message.sender_id === me || !held) return;
        const { conversation } = held;
        const note = message.note && noteText(message.note, message.sender_id, conversation, me);
        setText(note ?? `${nameOf(person(conversation, message.sender_id))}: ${message.body ?? ""}`);
      }),
    [client, id, me],
  );
  return <Announcer>{text}</Announcer>;
}

function ChatSkeleton() {
  const late = useDelayed(true);
  if (!late) return null;
  return (
    <div className="flex h-full animate-appear flex-col" aria-hidden="true">
      <div className="flex h-16 shrink-0 items-center gap-3 border-b border-line px-5">
        <Bone className="size-[38px]" round="rounded-full" />
        <Bone className="h-3.5 w-36" />
      </div>
      <div className="min-h-0 flex-1">
        <MessagesSkeleton />
      </div>
      <div className="mx-auto w-full max-w-[51rem] px-4 pt-2 pb-4 sm:px-6">
        <Bone className="h-[46px]" round="rounded-bubble" />
      </div>
    </div>
  );
}

const BONES = ["w-64", "w-40", "self-end w-72", "w-80", "w-52", "self-end w-44", "self-end w-60"];

function MessagesSkeleton() {
  return (
    <div
      aria-hidden="true"
      className="mx-auto flex h-full w-full max-w-[51rem] animate-appear flex-col justify-end gap-2 px-6 pb-4"
    >
      {BONES.map((bone) => (
        <Bone key={bone} className={`h-[38px] max-w-full ${bone}`} round="rounded-bubble" />
      ))}
    </div>
  );
}
