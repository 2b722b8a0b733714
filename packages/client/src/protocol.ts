/**
 * The wire: what the server sends and accepts. The shapes come from `generated/api.ts`, which is made from the server's
 * own types; here are their names for the SDK, and the events that they belong to. Names are snake_case because they
 * are the protocol's; times are RFC 3339 UTC.
 */
import type * as api from "./generated/api";

/** The generator knows optional fields as "or null"; on the wire they are absent rather than null. */
type Wire<T> = T extends readonly (infer Item)[]
  ? readonly Wire<Item>[]
  : T extends object
    ? { [K in keyof T]: Wire<Exclude<T[K], null>> }
    : T;

export type User = Wire<api.User>;
export type Role = api.Role;
export type Participant = Wire<api.Participant>;
export type Head = Wire<api.Head>;
/** A conversation from the point of view of the asker. */
export type Conversation = Wire<api.Conversation>;
export type CreateConversation = Wire<api.CreateConversation>;
export type ConversationNew = Wire<api.ConversationNew>;
export type ConversationRemoved = Wire<api.ConversationRemoved>;
/** How a conversation is kept. */
export type ConversationSettings = Wire<api.ConversationSettings>;
export type ConversationUpdated = Wire<api.ConversationUpdated>;
/** What is to change; what is absent stays as it is, an empty text takes away. */
export type ConversationChange = Wire<api.PatchConversation>;
export type WhoMayAdd = api.WhoMayAdd;
export type ParticipantJoined = Wire<api.ParticipantJoined>;
export type ParticipantLeft = Wire<api.ParticipantLeft>;
export type ParticipantUpdated = Wire<api.ParticipantUpdated>;
/** What a message of kind `system` says. */
export type Note = Wire<api.Note>;
export type Message = Wire<api.Message>;
/** How often people reacted with an emoji, and whether we did. */
export type Reaction = Wire<api.Reaction>;
export type ReactionChanged = Wire<api.ReactionChanged>;
/** Whom a message names. */
export type Mentions = Wire<api.Mentions>;
/** We deleted a message for ourselves. */
export type MessageHidden = Wire<api.MessageHidden>;
/** A message that another one answers, as it is shown there. */
export type Quote = Wire<api.Quote>;
/** A text that a message had before. */
export type MessageVersion = Wire<api.MessageVersion>;
/** Somebody has come as far as a message. */
export type Receipt = Wire<api.Receipt>;
export type ReceiptState = Wire<api.ReceiptState>;
/** The number of a message, and since when. */
export type Mark = Wire<api.Mark>;
/** Somebody whom a message has reached. */
export type SeenBy = Wire<api.SeenBy>;
export type UnreadChanged = Wire<api.UnreadChanged>;
/** What a conversation is for us alone. */
export type OwnState = Wire<api.OwnState>;
export type StateChanged = Wire<api.StateChanged>;
/** What is to change; what is absent stays as it is. */
export type StateChange = Wire<api.PatchState>;
/** Somebody asks to write to us. */
export type MessageRequest = Wire<api.MessageRequest>;
export type OpenedRequest = Wire<api.OpenedRequest>;
export type RequestNew = Wire<api.RequestNew>;
export type RequestUpdated = Wire<api.RequestUpdated>;
export type BlockChanged = Wire<api.BlockChanged>;
export type MessagingAccess = api.MessagingAccess;
export type Settings = Wire<api.Settings>;
export type SettingsChanged = Wire<api.SettingsChanged>;
/** Somebody, and what is between him and us. */
export type Profile = Wire<api.Profile>;
export type BlockState = Wire<api.BlockState>;
/** How far a conversation, or the user's own stream, has come. */
export type StreamHead = Wire<api.StreamHead>;
export type SyncRequest = Wire<api.Sync>;
export type SyncAnswer = Omit<Wire<api.Synced>, "conversations"> & {
  readonly conversations: readonly SyncedConversation[];
};
/** Changes inside a `sync` answer are the same events as live ones; those that this version does not know are passed. */
export type SyncedConversation = Omit<Wire<api.SyncedConversation>, "changes"> & {
  readonly changes?: readonly Change[];
};
export type ErrorBody = Wire<api.Error>;
export type ErrorCode = api.ErrorCode;

export interface Change {
  readonly event: string;
  readonly data: unknown;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly next_cursor?: string;
}

/** Server → client. */
export interface ServerEvents {
  "message:new": Message;
  "message:updated": Message;
  "message:deleted": Message;
  "message:hidden": MessageHidden;
  "reaction:changed": ReactionChanged;
  "conversation:new": ConversationNew;
  "conversation:removed": ConversationRemoved;
  "conversation:updated": ConversationUpdated;
  "participant:joined": ParticipantJoined;
  "participant:left": ParticipantLeft;
  "participant:updated": ParticipantUpdated;
  "unread:changed": UnreadChanged;
  "receipt:delivered": Receipt;
  "receipt:read": Receipt;
  "state:changed": StateChanged;
  "request:new": RequestNew;
  "request:updated": RequestUpdated;
  "block:changed": BlockChanged;
  "settings:changed": SettingsChanged;
  "heads:digest": readonly StreamHead[];
  "server:draining": Wire<api.Draining>;
  "sync:needed": Record<string, never>;
}

export type ServerEventName = keyof ServerEvents;

/** A server event with its name: what a transport hands over. */
export type ServerEvent = { [E in ServerEventName]: { event: E; data: ServerEvents[E] } }[ServerEventName];

/** Client → server: `[request, answer]`; every one is acknowledged. */
export interface ClientEvents {
  "message:send": [Wire<api.SendMessage>, Wire<api.Sent>];
  "message:edit": [Wire<api.EditMessage>, Wire<api.Sent>];
  "message:delete": [Wire<api.DeleteMessage>, Wire<api.Deleted>];
  "message:react": [Wire<api.ReactMessage>, Wire<api.Sent>];
  "message:versions": [Wire<api.ListVersions>, Page<MessageVersion>];
  "conversation:read": [Wire<api.MarkRead>, Wire<api.ReadState>];
  "conversation:delivered": [Wire<api.MarkDelivered>, Wire<api.DeliveredState>];
  "conversation:create": [CreateConversation, Wire<api.ConversationCreated>];
  "state:set": [Wire<api.SetState>, Wire<api.StateSet>];
  "conversation:delete": [Wire<api.DeleteConversation>, Wire<api.StateSet>];
  "conversation:update": [Wire<api.UpdateConversation>, Wire<api.ConversationChanged>];
  "request:accept": [Wire<api.AnswerRequest>, Wire<api.ConversationChanged>];
  "request:decline": [Wire<api.AnswerRequest>, Wire<api.Nothing>];
  "user:block": [Wire<api.BlockUser>, BlockState];
  "user:unblock": [Wire<api.BlockUser>, BlockState];
  "conversation:list": [Wire<api.ListConversations>, Page<Conversation>];
  "participant:add": [Wire<api.AddParticipants>, Wire<api.ConversationChanged>];
  "participant:remove": [Wire<api.RemoveParticipant>, Wire<api.Nothing>];
  "participant:update": [Wire<api.UpdateParticipant>, Wire<api.ConversationChanged>];
  "message:list": [Wire<api.ListMessages>, Page<Message>];
  sync: [SyncRequest, SyncAnswer];
}

export type ClientEventName = keyof ClientEvents;
export type RequestOf<E extends ClientEventName> = ClientEvents[E][0];
export type AnswerOf<E extends ClientEventName> = ClientEvents[E][1];

export type Ack<E extends ClientEventName> = ({ ok: true } & AnswerOf<E>) | { ok: false; error: ErrorBody };

export const SERVER_EVENTS: readonly ServerEventName[] = [
  "message:new",
  "message:updated",
  "message:deleted",
  "message:hidden",
  "reaction:changed",
  "conversation:new",
  "conversation:removed",
  "conversation:updated",
  "participant:joined",
  "participant:left",
  "participant:updated",
  "unread:changed",
  "receipt:delivered",
  "receipt:read",
  "state:changed",
  "request:new",
  "request:updated",
  "block:changed",
  "settings:changed",
  "heads:digest",
  "server:draining",
  "sync:needed",
];

/** Every code there is; a new one in the server's document is a compile error here until it is listed. */
const ERRORS: Record<ErrorCode, true> = {
  unauthenticated: true,
  forbidden: true,
  not_found: true,
  invalid: true,
  too_large: true,
  limit_reached: true,
  rate_limited: true,
  not_allowed: true,
  request_pending: true,
  conflict: true,
  read_only: true,
  slow_mode: true,
  too_late: true,
  unavailable: true,
  slow_consumer: true,
  draining: true,
  internal: true,
};

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** Limits that the client knows beforehand; the server's word is final. */
export const LIMITS = {
  message_body_bytes: 16 * 1024,
  name_chars: 100,
  description_chars: 1000,
  url_bytes: 500,
  group_members: 256,
} as const;
