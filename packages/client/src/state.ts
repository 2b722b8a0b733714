import { type ConnectionState, IDLE } from "./connection";
import type { ParlorError } from "./errors";
import type {
  Conversation,
  Mentions,
  Message,
  MessageRequest,
  Note,
  Quote,
  Reaction,
  Settings,
  User,
} from "./protocol";
import type { Progresses } from "./receipts";
import type { Timeline } from "./timeline";
import type { Unread } from "./unread";

/** A message that waits to be accepted by the server. It keeps its id whatever happens. */
export interface OutboxEntry {
  readonly id: string;
  readonly conversation_id: string;
  readonly sender_id: string;
  readonly body: string;
  /** The message that it answers. */
  readonly reply_to?: Quote;
  /** Whom it names. */
  readonly mentions?: Mentions;
  /** By this device's clock; the server's takes over when the message is accepted. */
  readonly created_at: string;
  readonly status: "waiting" | "sending" | "failed";
  readonly error?: ParlorError;
}

/** What a message list shows: accepted messages, then the ones on their way. The `id` stays from first to last. */
export interface ChatItem {
  readonly id: string;
  readonly sender_id: string;
  readonly kind: string;
  readonly body: string;
  /** What a message of kind `system` says, instead of a body. */
  readonly note?: Note;
  readonly created_at: string;
  /** The message that it answers, as that one is now. */
  readonly reply_to?: Quote;
  readonly reactions?: readonly Reaction[];
  /** Whom it names. */
  readonly mentions?: Mentions;
  readonly edited_at?: string;
  /** It was unsent: there is nothing to read. */
  readonly deleted_at?: string;
  /** Absent until the server gave it a place. */
  readonly seq?: number;
  readonly delivery: "sent" | "waiting" | "sending" | "failed";
  readonly error?: ParlorError;
}

export interface ConversationState {
  readonly conversation: Conversation;
  /** Messages of others beyond the read mark. */
  readonly unread: number;
  /** Those of them that mention us. */
  readonly mentions: number;
  readonly read_seq: number;
  readonly unread_parts: Unread;
  /** Numbers of messages that we deleted for ourselves, as far as we were told. None of them is shown. */
  readonly hidden: ReadonlySet<number>;
  readonly timeline: Timeline;
  readonly items: readonly ChatItem[];
}

/** Everything the SDK knows. Immutable; what did not change keeps its identity. */
export interface ParlorState {
  readonly connection: ConnectionState;
  readonly me: User | undefined;
  /** Whether the conversations are there: false until the first sync came through. */
  readonly synced: boolean;
  readonly conversations: ReadonlyMap<string, ConversationState>;
  /** The same, latest activity first. */
  readonly list: readonly ConversationState[];
  readonly outgoing: ReadonlyMap<string, readonly OutboxEntry[]>;
  readonly unread_total: number;
  readonly mentions_total: number;
  /** Ids of those whom we block. */
  readonly blocked: ReadonlySet<string>;
  /** Our own settings; absent until the first sync came through. */
  readonly settings: Settings | undefined;
  /** Who asks to write to us, the newest first. */
  readonly requests: readonly MessageRequest[];
  /** How far others have come, by conversation; of those that are looked at. */
  readonly receipts: ReadonlyMap<string, Progresses>;
}

export function emptyState(me?: User): ParlorState {
  return {
    connection: IDLE,
    me,
    synced: false,
    conversations: new Map(),
    list: [],
    outgoing: new Map(),
    unread_total: 0,
    mentions_total: 0,
    blocked: new Set(),
    settings: undefined,
    requests: [],
    receipts: new Map(),
  };
}

const itemOfMessage = new WeakMap<Message, ChatItem>();
const itemOfEntry = new WeakMap<OutboxEntry, ChatItem>();

/** Messages and outgoing entries as one list; unchanged ones give the same object as before. */
export function chatItems(messages: readonly Message[], outgoing: readonly OutboxEntry[]): readonly ChatItem[] {
  const accepted = new Set(outgoing.length > 0 ? messages.map((message) => message.id) : []);
  const pending = outgoing.filter((entry) => !accepted.has(entry.id));
  return [
    ...messages.map((message) => cached(itemOfMessage, message, sentItem)),
    ...pending.map((entry) => cached(itemOfEntry, entry, pendingItem)),
  ];
}

function sentItem(message: Message): ChatItem {
  const { id, sender_id, kind, body = "", created_at, seq } = message;
  const { reply_to, reactions, mentions, edited_at, deleted_at, note } = message;
  return {
    ...{ id, sender_id, kind, body, created_at, seq, delivery: "sent" as const },
    ...(note && { note }),
    ...(reply_to !== undefined && { reply_to }),
    ...(reactions !== undefined && { reactions }),
    ...(mentions !== undefined && { mentions }),
    ...(edited_at !== undefined && { edited_at }),
    ...(deleted_at !== undefined && { deleted_at }),
  };
}

function pendingItem(entry: OutboxEntry): ChatItem {
  const { id, sender_id, body, created_at, status } = entry;
  const given = {
    ...(entry.reply_to && { reply_to: entry.reply_to }),
    ...(entry.mentions && { mentions: entry.mentions }),
  };
  const item: ChatItem = { id, sender_id, kind: "text", body, created_at, delivery: status, ...given };
  return entry.error === undefined ? item : { ...item, error: entry.error };
}

function cached<K extends object>(cache: WeakMap<K, ChatItem>, key: K, make: (key: K) => ChatItem): ChatItem {
  let item = cache.get(key);
  if (!item) {
    item = make(key);
    cache.set(key, item);
  }
  return item;
}
