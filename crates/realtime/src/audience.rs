use std::{num::NonZeroUsize, sync::Arc};

use chat::{ConversationKey, UserId, conversations::Members};
use lru::LruCache;
use socketio::Room;

/// The room that holds every socket of a user.
#[must_use]
pub fn user_room(user: &UserId) -> Room {
    Room::new(format!("user:{user}"))
}

/// How many conversations' rooms are kept ready.
const AUDIENCES_KEPT: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// The rooms of conversations' members, made once per `members_rev`.
pub(crate) struct Audiences {
    kept: LruCache<ConversationKey, (i64, Arc<[Room]>)>,
}

impl Audiences {
    pub(crate) fn new() -> Self {
        Self { kept: LruCache::new(AUDIENCES_KEPT) }
    }

    /// The rooms of these members. `members` is who was in it at the commit, so a kept list is used only when it
    /// was made of the same `members_rev`.
    pub(crate) fn rooms(&mut self, conversation: ConversationKey, members: &Members) -> Arc<[Room]> {
        if let Some((rev, rooms)) = self.kept.get(&conversation)
            && *rev == members.rev
        {
            return rooms.clone();
        }
        let rooms: Arc<[Room]> = members.iter().map(|member| user_room(&member.id)).collect();
        self.kept.put(conversation, (members.rev, rooms.clone()));
        rooms
    }
}
