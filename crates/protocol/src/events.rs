//! The names of all Socket.IO events. Tests walk these lists: an event without documentation, schema or
//! authorisation row fails them.

/// Send a message: [`SendMessage`](crate::SendMessage) → [`Sent`](crate::Sent).
pub const MESSAGE_SEND: &str = "message:send";
/// Give a message another text: [`EditMessage`](crate::EditMessage) → [`Sent`](crate::Sent).
pub const MESSAGE_EDIT: &str = "message:edit";
/// Take a message back, or delete it for oneself: [`DeleteMessage`](crate::DeleteMessage) → [`Deleted`](crate::Deleted).
pub const MESSAGE_DELETE: &str = "message:delete";
/// React to a message, or no longer: [`ReactMessage`](crate::ReactMessage) → [`Sent`](crate::Sent).
pub const MESSAGE_REACT: &str = "message:react";
/// Read a message's earlier texts: [`ListVersions`](crate::ListVersions) → [`Page`](crate::Page) of
/// [`MessageVersion`](crate::MessageVersion).
pub const MESSAGE_VERSIONS: &str = "message:versions";
/// Read history: [`ListMessages`](crate::ListMessages) → [`Page`](crate::Page) of [`Message`](crate::Message).
pub const MESSAGE_LIST: &str = "message:list";
/// Move the read mark: [`MarkRead`](crate::MarkRead) → [`ReadState`](crate::ReadState).
pub const CONVERSATION_READ: &str = "conversation:read";
/// Say what has reached this device: [`MarkDelivered`](crate::MarkDelivered) → [`DeliveredState`](crate::DeliveredState).
pub const CONVERSATION_DELIVERED: &str = "conversation:delivered";
/// Create or find: [`CreateConversation`](crate::CreateConversation) → [`ConversationCreated`](crate::ConversationCreated).
pub const CONVERSATION_CREATE: &str = "conversation:create";
/// List: [`ListConversations`](crate::ListConversations) → [`Page`](crate::Page) of [`Conversation`](crate::Conversation).
pub const CONVERSATION_LIST: &str = "conversation:list";
/// Archive, mute, pin or mark as unread, for oneself: [`SetState`](crate::SetState) → [`StateSet`](crate::StateSet).
pub const STATE_SET: &str = "state:set";
/// Delete for oneself: [`DeleteConversation`](crate::DeleteConversation) → [`StateSet`](crate::StateSet).
pub const CONVERSATION_DELETE: &str = "conversation:delete";
/// Change name, description, picture or settings: [`UpdateConversation`](crate::UpdateConversation) →
/// [`ConversationChanged`](crate::ConversationChanged).
pub const CONVERSATION_UPDATE: &str = "conversation:update";
/// Take a request: [`AnswerRequest`](crate::AnswerRequest) → [`ConversationChanged`](crate::ConversationChanged).
pub const REQUEST_ACCEPT: &str = "request:accept";
/// Refuse it: [`AnswerRequest`](crate::AnswerRequest) → [`Nothing`](crate::Nothing).
pub const REQUEST_DECLINE: &str = "request:decline";
/// Nothing more of somebody: [`BlockUser`](crate::BlockUser) → [`BlockState`](crate::BlockState).
pub const USER_BLOCK: &str = "user:block";
/// The opposite: [`BlockUser`](crate::BlockUser) → [`BlockState`](crate::BlockState).
pub const USER_UNBLOCK: &str = "user:unblock";
/// Add people to a group: [`AddParticipants`](crate::AddParticipants) → [`ConversationChanged`](crate::ConversationChanged).
pub const PARTICIPANT_ADD: &str = "participant:add";
/// Remove somebody, or leave: [`RemoveParticipant`](crate::RemoveParticipant) → [`Nothing`](crate::Nothing).
pub const PARTICIPANT_REMOVE: &str = "participant:remove";
/// Give a role, or the group: [`UpdateParticipant`](crate::UpdateParticipant) → [`ConversationChanged`](crate::ConversationChanged).
pub const PARTICIPANT_UPDATE: &str = "participant:update";
/// Catch up: [`Sync`](crate::Sync) → [`Synced`](crate::Synced).
pub const SYNC: &str = "sync";

/// What a client may emit; each is acknowledged.
pub const CLIENT: &[&str] = &[
    MESSAGE_SEND,
    MESSAGE_EDIT,
    MESSAGE_DELETE,
    MESSAGE_REACT,
    MESSAGE_VERSIONS,
    MESSAGE_LIST,
    CONVERSATION_READ,
    CONVERSATION_DELIVERED,
    CONVERSATION_CREATE,
    CONVERSATION_LIST,
    STATE_SET,
    CONVERSATION_DELETE,
    CONVERSATION_UPDATE,
    REQUEST_ACCEPT,
    REQUEST_DECLINE,
    USER_BLOCK,
    USER_UNBLOCK,
    PARTICIPANT_ADD,
    PARTICIPANT_REMOVE,
    PARTICIPANT_UPDATE,
    SYNC,
];

/// A message was added: [`Message`](crate::Message).
pub const MESSAGE_NEW: &str = "message:new";
/// A message is another now: [`Message`](crate::Message).
pub const MESSAGE_UPDATED: &str = "message:updated";
/// A message was unsent: [`Message`](crate::Message), without its text.
pub const MESSAGE_DELETED: &str = "message:deleted";
/// The user deleted a message for himself: [`MessageHidden`](crate::MessageHidden).
pub const MESSAGE_HIDDEN: &str = "message:hidden";
/// Somebody reacted to a message, or does no longer: [`ReactionChanged`](crate::ReactionChanged).
pub const REACTION_CHANGED: &str = "reaction:changed";
/// The user gained a conversation: [`ConversationNew`](crate::ConversationNew).
pub const CONVERSATION_NEW: &str = "conversation:new";
/// The user lost a conversation: [`ConversationRemoved`](crate::ConversationRemoved).
pub const CONVERSATION_REMOVED: &str = "conversation:removed";
/// A conversation has other details: [`ConversationUpdated`](crate::ConversationUpdated).
pub const CONVERSATION_UPDATED: &str = "conversation:updated";
/// Somebody joined: [`ParticipantJoined`](crate::ParticipantJoined).
pub const PARTICIPANT_JOINED: &str = "participant:joined";
/// Somebody left or was removed: [`ParticipantLeft`](crate::ParticipantLeft).
pub const PARTICIPANT_LEFT: &str = "participant:left";
/// Somebody has another role: [`ParticipantUpdated`](crate::ParticipantUpdated).
pub const PARTICIPANT_UPDATED: &str = "participant:updated";
/// Counts changed: [`UnreadChanged`](crate::UnreadChanged).
pub const UNREAD_CHANGED: &str = "unread:changed";
/// Messages have reached somebody: [`Receipt`](crate::Receipt).
pub const RECEIPT_DELIVERED: &str = "receipt:delivered";
/// Somebody has read: [`Receipt`](crate::Receipt).
pub const RECEIPT_READ: &str = "receipt:read";
/// What a conversation is for the user alone is another now: [`StateChanged`](crate::StateChanged).
pub const STATE_CHANGED: &str = "state:changed";
/// Somebody asks to write to the user: [`RequestNew`](crate::RequestNew).
pub const REQUEST_NEW: &str = "request:new";
/// A request waits no longer: [`RequestUpdated`](crate::RequestUpdated).
pub const REQUEST_UPDATED: &str = "request:updated";
/// The user blocks somebody, or no longer does: [`BlockChanged`](crate::BlockChanged).
pub const BLOCK_CHANGED: &str = "block:changed";
/// The user changed his settings: [`SettingsChanged`](crate::SettingsChanged).
pub const SETTINGS_CHANGED: &str = "settings:changed";
/// How far streams have come, some time after they changed: a list of [`StreamHead`](crate::StreamHead).
pub const HEADS_DIGEST: &str = "heads:digest";
/// Events for this connection were dropped, since it took them too slowly: an empty object. Only for clients that said
/// `sync: true` when they connected; others are closed instead.
pub const SYNC_NEEDED: &str = "sync:needed";
/// The node is going away: [`Draining`](crate::Draining).
pub const SERVER_DRAINING: &str = "server:draining";

/// What the server emits.
pub const SERVER: &[&str] = &[
    MESSAGE_NEW,
    MESSAGE_UPDATED,
    MESSAGE_DELETED,
    MESSAGE_HIDDEN,
    REACTION_CHANGED,
    CONVERSATION_NEW,
    CONVERSATION_REMOVED,
    CONVERSATION_UPDATED,
    PARTICIPANT_JOINED,
    PARTICIPANT_LEFT,
    PARTICIPANT_UPDATED,
    UNREAD_CHANGED,
    RECEIPT_DELIVERED,
    RECEIPT_READ,
    STATE_CHANGED,
    REQUEST_NEW,
    REQUEST_UPDATED,
    BLOCK_CHANGED,
    SETTINGS_CHANGED,
    HEADS_DIGEST,
    SYNC_NEEDED,
    SERVER_DRAINING,
];
