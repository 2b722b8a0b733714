//! Which namespaces there are. One that a pattern stands for shares its index, and so its rooms, with all the others of
//! that pattern: inside, the names of its rooms begin with its own. Nothing is kept of it once its sockets are gone.

use crate::{Broadcast, Handler, Room};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

pub(crate) struct Namespace {
    pub(crate) name: Name,
    pub(crate) handler: Arc<dyn Handler>,
}

pub(crate) enum Name {
    One(Arc<str>),
    Pattern(Box<Matches>),
}

pub(crate) type Matches = dyn Fn(&str) -> bool + Send + Sync;

/// Between the name of a namespace and that of a room in it; no namespace of a pattern has it in its name.
const SEPARATOR: char = '\0';

impl Namespace {
    pub(crate) fn is_pattern(&self) -> bool {
        matches!(self.name, Name::Pattern(_))
    }

    /// Its name, if it has one of its own.
    pub(crate) fn fixed_name(&self) -> &str {
        match &self.name {
            Name::One(name) => name,
            Name::Pattern(_) => "",
        }
    }

    /// The name that a client asked for, shared where it can be.
    pub(crate) fn shared_name(&self, asked: &str) -> Arc<str> {
        match &self.name {
            Name::One(name) => name.clone(),
            Name::Pattern(_) => asked.into(),
        }
    }

    /// For a socket in it, whose own room this is.
    pub(crate) fn name_for<'a>(&'a self, own: &'a Room) -> &'a str {
        match &self.name {
            Name::One(name) => name,
            Name::Pattern(_) => name_of(own),
        }
    }

    /// The id of a socket, whose own room this is.
    pub(crate) fn id_in<'a>(&self, own: &'a Room) -> &'a str {
        match &self.name {
            Name::One(_) => own.name(),
            Name::Pattern(_) => own.name().split_once(SEPARATOR).map_or("", |(_, id)| id),
        }
    }

    /// Whether it goes by this name.
    fn is(&self, name: &str) -> bool {
        match &self.name {
            Name::One(own) => **own == *name,
            // Code of the application, given what a client wrote: a panic there must not be one of the shard.
            Name::Pattern(matches) => {
                !name.contains(SEPARATOR)
                    && catch_unwind(AssertUnwindSafe(|| matches(name))).unwrap_or_else(|_| {
                        tracing::error!(name, "a pattern of namespaces panicked");
                        false
                    })
            }
        }
    }

    /// A room as it is kept.
    pub(crate) fn scoped(&self, namespace: &str, room: Room) -> Room {
        let scoped =
            |room: &Room| room.name().strip_prefix(namespace).is_some_and(|rest| rest.starts_with(SEPARATOR));
        if !self.is_pattern() || scoped(&room) {
            return room;
        }
        Room::new(format!("{namespace}{SEPARATOR}{}", room.name()))
    }

    pub(crate) fn scoped_all(&self, namespace: &str, rooms: &Arc<[Room]>) -> Arc<[Room]> {
        if !self.is_pattern() {
            return rooms.clone();
        }
        rooms.iter().map(|room| self.scoped(namespace, room.clone())).collect()
    }

    /// The same for rooms of which none means all sockets.
    pub(crate) fn scoped_or_all(&self, namespace: &str, rooms: &Arc<[Room]>) -> Arc<[Room]> {
        match self.everybody(namespace) {
            Some(everybody) if rooms.is_empty() => [everybody].into(),
            _ => self.scoped_all(namespace, rooms),
        }
    }

    pub(crate) fn scoped_broadcast(&self, namespace: &str, broadcast: Broadcast) -> Broadcast {
        if !self.is_pattern() {
            return broadcast;
        }
        let rooms = self.scoped_or_all(namespace, &broadcast.rooms);
        let except = self.scoped_all(namespace, &broadcast.except);
        Broadcast { rooms, except, ..broadcast }
    }

    /// The room of all sockets of a namespace, where the index does not say who they are. No scoped name is like it.
    pub(crate) fn everybody(&self, namespace: &str) -> Option<Room> {
        self.is_pattern().then(|| Room::new(namespace))
    }
}

/// The namespace that a scoped room is in.
pub(crate) fn name_of(room: &Room) -> &str {
    room.name().split(SEPARATOR).next().unwrap_or_default()
}

/// The namespace of this name: one that is called so comes before one of a pattern, and earlier patterns before later.
pub(crate) fn find(namespaces: &[Namespace], name: &str) -> Option<u16> {
    let at = |pattern: bool| {
        namespaces.iter().position(|namespace| namespace.is_pattern() == pattern && namespace.is(name))
    };
    at(false).or_else(|| at(true)).map(|index| index as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Accept, ConnectRequest, Event, Frame, Refusal, Socket};
    use futures_util::future::BoxFuture;

    struct Nothing;

    impl Handler for Nothing {
        fn authenticate<'a>(&'a self, _: &'a ConnectRequest) -> BoxFuture<'a, Result<Accept, Refusal>> {
            Box::pin(async { Ok(Accept::new(())) })
        }

        fn event(&self, _: &Socket, _: Event<'_>) {}
    }

    fn namespace(name: Name) -> Namespace {
        Namespace { name, handler: Arc::new(Nothing) }
    }

    fn pattern(prefix: &'static str) -> Namespace {
        namespace(Name::Pattern(Box::new(move |name| name.starts_with(prefix))))
    }

    #[test]
    fn names_come_before_patterns_and_those_in_their_order() {
        let all = [pattern("/a"), pattern("/"), namespace(Name::One("/ab".into()))];
        let found = ["/ab", "/abc", "/b", "/ab\0c", "x"].map(|name| find(&all, name));
        assert_eq!(found, [Some(2), Some(0), Some(1), None, None]);
    }

    #[test]
    fn rooms_are_scoped_once_and_never_look_like_the_room_of_all() {
        let pattern = pattern("/");
        let room = pattern.scoped("/a", Room::new("r"));
        assert_eq!(room.name(), "/a\0r");
        assert_eq!((pattern.name_for(&room), pattern.id_in(&room)), ("/a", "r"));
        assert_eq!(pattern.scoped("/a", room.clone()), room);
        assert_eq!(pattern.scoped("/b", room).name(), "/b\0/a\0r");
        assert_eq!(pattern.scoped("/a", Room::new("/a")).name(), "/a\0/a");
        let to_all = pattern.scoped_broadcast("/a", Broadcast::to_all(Frame::event_raw("/a", "x", "1")));
        assert_eq!(to_all.rooms[..], [Room::new("/a")]);
        let one = namespace(Name::One("/a".into()));
        assert_eq!((one.scoped("/a", Room::new("r")).name(), one.everybody("/a")), ("r", None));
    }
}
