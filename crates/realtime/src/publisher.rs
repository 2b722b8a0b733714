use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::{ConversationKey, UserId, conversations::Members};
use socketio::{Broadcast, Frame, Io, Room};

use crate::{Encoder, Event, audience::Audiences, user_room};

/// A vocabulary on the namespaces that speak it.
pub struct Mount {
    /// Puts events in its words.
    pub encoder: Arc<dyn Encoder>,
    /// Where it is spoken.
    pub namespaces: Vec<String>,
}

/// Sends events to the sockets of this node.
pub struct Publisher {
    mounts: Vec<Mount>,
    state: Mutex<State>,
}

struct State {
    io: Option<Io>,
    audiences: Audiences,
}

impl Publisher {
    /// A publisher to these mounts. Until it is [attached](Self::attach) there are no sockets, and what is published
    /// reaches nobody.
    #[must_use]
    pub fn new(mounts: Vec<Mount>) -> Self {
        Self { mounts, state: Mutex::new(State { io: None, audiences: Audiences::new() }) }
    }

    /// From now on there are sockets.
    pub fn attach(&self, io: Io) {
        self.state().io = Some(io);
    }

    /// From now on there are none again.
    pub fn detach(&self) {
        self.state().io = None;
    }

    /// Sends to all sockets of a conversation's members.
    pub fn to_members(&self, conversation: ConversationKey, members: &Members, event: &Event) {
        let (io, rooms) = {
            let mut state = self.state();
            let Some(io) = state.io.clone() else { return };
            (io, state.audiences.rooms(conversation, members))
        };
        self.send(&io, &rooms, event);
    }

    /// Sends to all sockets of a user.
    pub fn to_user(&self, user: &UserId, event: &Event) {
        let Some(io) = self.state().io.clone() else { return };
        let rooms: Arc<[Room]> = Arc::new([user_room(user)]);
        self.send(&io, &rooms, event);
    }

    fn send(&self, io: &Io, rooms: &Arc<[Room]>, event: &Event) {
        for mount in &self.mounts {
            let encoded = match mount.encoder.encode(event) {
                Ok(Some(encoded)) => encoded,
                Ok(None) => continue,
                Err(error) => {
                    // The event is in the stream: clients see the gap and sync.
                    tracing::error!(%error, "an event could not be encoded");
                    continue;
                }
            };
            for namespace in &mount.namespaces {
                let frame = Frame::event_raw(namespace, encoded.name, &encoded.json);
                let broadcast =
                    Broadcast { rooms: rooms.clone(), except: Arc::default(), volatile: false, frame };
                io.broadcast(namespace, broadcast);
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
