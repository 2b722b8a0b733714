use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chat::{ConversationKey, UserId, conversations::Members};
use socketio::{Broadcast, Frame, Io, Room};

use crate::{Encoded, Encoder, Event, audience::Audiences, user_room};

/// A vocabulary on the namespaces that speak it.
pub struct Mount {
    /// Puts events in its words.
    pub encoder: Arc<dyn Encoder>,
    /// Where it is spoken.
    pub namespaces: Vec<String>,
}

/// Who is told.
#[derive(Debug, Clone)]
pub enum Audience {
    /// All sockets of a conversation's members.
    Members(ConversationKey, Arc<Members>),
    /// All sockets of a user.
    User(UserId),
    /// All sockets of these.
    Users(Arc<[UserId]>),
}

/// An event on its way.
#[derive(Debug, Clone)]
pub struct Publication {
    /// To whom.
    pub audience: Audience,
    /// What.
    pub event: Event,
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

impl State {
    fn rooms(&mut self, audience: &Audience) -> Arc<[Room]> {
        match audience {
            Audience::Members(conversation, members) => self.audiences.rooms(*conversation, members),
            Audience::User(user) => Arc::new([user_room(user)]),
            Audience::Users(users) => users.iter().map(user_room).collect(),
        }
    }
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

    /// Sends everything that one commit made, in its order and at once: a connection that gets several events of it
    /// is written to once.
    pub fn publish(&self, publications: &[Publication]) {
        let (io, rooms) = {
            let mut state = self.state();
            let Some(io) = state.io.clone() else { return };
            let rooms: Vec<Arc<[Room]>> =
                publications.iter().map(|publication| state.rooms(&publication.audience)).collect();
            (io, rooms)
        };
        for mount in &self.mounts {
            let encoded: Vec<_> = publications
                .iter()
                .zip(&rooms)
                // To no room at all would be to everybody: of a group that the last one left nobody is told.
                .filter(|(_, rooms)| !rooms.is_empty())
                .filter_map(|(Publication { event, .. }, rooms)| {
                    Some((encode(mount, event)?, event.is_volatile(), rooms))
                })
                .collect();
            for namespace in &mount.namespaces {
                let broadcasts = encoded.iter().map(|(encoded, volatile, rooms)| Broadcast {
                    rooms: (*rooms).clone(),
                    except: Arc::default(),
                    volatile: *volatile,
                    frame: Frame::event_raw(namespace, encoded.name, &encoded.json),
                });
                io.broadcast_all(namespace, broadcasts.collect());
            }
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn encode(mount: &Mount, event: &Event) -> Option<Encoded> {
    mount.encoder.encode(event).unwrap_or_else(|error| {
        // The event is in the stream: clients see the gap and sync.
        tracing::error!(%error, "an event could not be encoded");
        None
    })
}
