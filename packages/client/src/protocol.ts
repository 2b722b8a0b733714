/**
 * The wire: what the server sends and accepts, word for word. One file, so that the shapes can be replaced by
 * re-exports of `generated/api.ts` (made from the server's OpenAPI document) without touching their users.
 * Names are snake_case because they are the protocol's; times are RFC 3339 UTC; absent rather than null.
 */

export interface User {
  id: string;
  name?: string;
  avatar_url?: string;
}

export type Role = "owner" | "admin" | "moderator" | "member";

export interface Participant {
  user: User;
  role: Role;
}

export interface Message {
  id: string;
  conversation_id: string;
  /** 1, 2, 3 … in its conversation, without a gap. */
  seq: number;
  /** The conversation's revision before this change, so that a missed change shows. */
  prev_rev: number;
  rev: number;
  sender_id: string;
  /** "text", "system", … — an open set: unknown kinds are shown by their body. */
  kind: string;
  body?: string;
  created_at: string;
  edited_at?: string;
}

export interface Head {
  seq: number;
  rev: number;
}

/** A conversation from the point of view of the asker. */
export interface Conversation {
  id: string;
  kind: "direct" | "group";
  /** Absent for direct conversations: show the other participant. */
  name?: string;
  created_by: string;
  created_at: string;
  participants: Participant[];
  head: Head;
  last_message?: Message;
  last_activity_at: string;
  unread: number;
  mentions?: number;
  read_seq: number;
}

export const ERROR_CODES = [
  "unauthenticated",
  "forbidden",
  "not_found",
  "invalid",
  "too_large",
  "limit_reached",
  "rate_limited",
  "not_allowed",
  "request_pending",
  "conflict",
  "read_only",
  "slow_mode",
  "too_late",
  "unavailable",
  "slow_consumer",
  "draining",
  "internal",
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

export interface ErrorBody {
  code: ErrorCode;
  message: string;
  field?: string;
  limit?: number;
  retry_after_ms?: number;
  retryable: boolean;
}

export interface Page<T> {
  items: T[];
  next_cursor?: string;
}

export type CreateConversation =
  | { kind: "direct"; user_id: string }
  | { kind: "group"; name: string; user_ids: string[] };

export interface UnreadChanged {
  conversation_id: string;
  read_seq: number;
  /** `unread` was counted up to this message; later ones come on top. */
  head_seq: number;
  unread: number;
  mentions?: number;
  total: number;
  prev_user_rev: number;
  user_rev: number;
}

export type ConversationNew = Conversation & { prev_user_rev: number; user_rev: number };

/** Server → client. */
export interface ServerEvents {
  "message:new": Message;
  "conversation:new": ConversationNew;
  "unread:changed": UnreadChanged;
  "server:draining": { reconnect_in_ms: number };
  "sync:needed": Record<string, never>;
}

export type ServerEventName = keyof ServerEvents;

/** A server event with its name: what a transport hands over. */
export type ServerEvent = { [E in ServerEventName]: { event: E; data: ServerEvents[E] } }[ServerEventName];

/** A change inside a `sync` answer: the same events as live ones, in `rev` order. */
export interface Change {
  event: string;
  data: unknown;
}

export interface SyncedConversation {
  id: string;
  head: Head;
  conversation?: Conversation;
  read_seq: number;
  unread: number;
  changes?: Change[];
  reset?: true;
}

export interface SyncRequest {
  user_rev?: number;
  heads?: Record<string, number>;
  cursor?: string;
}

export interface SyncAnswer {
  user_rev: number;
  conversations: SyncedConversation[];
  cursor?: string;
}

export interface MessageListRequest {
  conversation_id: string;
  before_seq?: number;
  after_seq?: number;
  cursor?: string;
  limit?: number;
}

/** Client → server: `[request, answer]`; every one is acknowledged. */
export interface ClientEvents {
  "message:send": [{ conversation_id: string; id?: string; body: string }, { message: Message }];
  "conversation:read": [{ id: string; seq: number }, { read_seq: number; unread: number }];
  "conversation:create": [CreateConversation, { conversation: Conversation; created: boolean }];
  "conversation:list": [{ cursor?: string; limit?: number }, Page<Conversation>];
  "message:list": [MessageListRequest, Page<Message>];
  sync: [SyncRequest, SyncAnswer];
}

export type ClientEventName = keyof ClientEvents;
export type RequestOf<E extends ClientEventName> = ClientEvents[E][0];
export type AnswerOf<E extends ClientEventName> = ClientEvents[E][1];

export type Ack<E extends ClientEventName> = ({ ok: true } & AnswerOf<E>) | { ok: false; error: ErrorBody };

export const SERVER_EVENTS: readonly ServerEventName[] = [
  "message:new",
  "conversation:new",
  "unread:changed",
  "server:draining",
  "sync:needed",
];

/** Limits that the client knows beforehand; the server's word is final. */
export const LIMITS = { message_body_bytes: 16 * 1024, name_chars: 100, group_members: 256 } as const;
