//! Who is in which room of one namespace, on one shard. A walk takes no search; joining and leaving look through the
//! member's own rooms.

use crate::{Room, room::Prehashed};
use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    hash::BuildHasherDefault,
    rc::Rc,
};

/// Rooms for which there is place, however few there are.
const KEPT_CAPACITY: usize = 64;

/// A member's side: where it stands in each of its rooms.
#[derive(Default)]
pub(crate) struct Node {
    memberships: RefCell<Vec<Membership>>,
    /// The walk that saw this member last.
    seen: Cell<u64>,
    recovers: bool,
}

struct Membership {
    room: Room,
    position: u32,
}

struct Entry<T> {
    /// Beside the node, so that a walk over one room touches nothing else of the member.
    target: T,
    node: Rc<Node>,
    /// Where the node notes this membership.
    back: u32,
    /// Whether the member gets offsets.
    recovers: bool,
}

/// What became of a wish to join.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Joined {
    Now,
    Before,
    /// The member is in as many rooms as it may be.
    Full,
}

pub(crate) struct Rooms<T> {
    rooms: HashMap<Room, Vec<Entry<T>>, BuildHasherDefault<Prehashed>>,
    walks: u64,
}

impl<T: Clone> Rooms<T> {
    pub(crate) fn new() -> Self {
        Self { rooms: HashMap::default(), walks: 0 }
    }

    pub(crate) fn join(&mut self, target: &T, node: &Rc<Node>, room: Room, limit: usize) -> Joined {
        let mut memberships = node.memberships.borrow_mut();
        if memberships.iter().any(|membership| membership.room == room) {
            return Joined::Before;
        }
        if memberships.len() >= limit {
            return Joined::Full;
        }
        // Most rooms have one member: a user's own, a socket's own.
        let members = self.rooms.entry(room.clone()).or_insert_with(|| Vec::with_capacity(1));
        let back = memberships.len() as u32;
        if memberships.len() < 4 {
            // Most sockets stay in a few rooms.
            memberships.reserve_exact(1);
        }
        memberships.push(Membership { room, position: members.len() as u32 });
        members.push(Entry { target: target.clone(), node: node.clone(), back, recovers: node.recovers });
        Joined::Now
    }

    pub(crate) fn leave(&mut self, node: &Rc<Node>, room: &Room) {
        let at = node.memberships.borrow().iter().position(|membership| membership.room == *room);
        if let Some(at) = at {
            let left = node.memberships.borrow_mut().swap_remove(at);
            self.remove(&left);
            if let Some(moved) = node.memberships.borrow().get(at)
                && let Some(entry) =
                    self.rooms.get_mut(&moved.room).and_then(|room| room.get_mut(moved.position as usize))
            {
                entry.back = at as u32;
            }
        }
    }

    pub(crate) fn leave_all(&mut self, node: &Rc<Node>) {
        loop {
            let Some(left) = node.memberships.borrow_mut().pop() else { break };
            self.remove(&left);
        }
        *node.memberships.borrow_mut() = Vec::new();
    }

    fn remove(&mut self, left: &Membership) {
        let Some(members) = self.rooms.get_mut(&left.room) else { return };
        let position = left.position as usize;
        members.swap_remove(position);
        if let Some(moved) = members.get(position)
            && let Some(membership) = moved.node.memberships.borrow_mut().get_mut(moved.back as usize)
        {
            membership.position = left.position;
        }
        if members.is_empty() {
            self.rooms.remove(&left.room);
            if self.rooms.len() * 4 < self.rooms.capacity() && self.rooms.capacity() > KEPT_CAPACITY {
                self.rooms.shrink_to(self.rooms.len() * 2);
            }
        } else if members.len() * 4 < members.capacity() {
            members.shrink_to(members.len() * 2);
        }
    }

    /// Calls `visit` once for every member of any of `rooms` that is in none of `except`, and says whether it gets
    /// offsets.
    pub(crate) fn walk(&mut self, rooms: &[Room], except: &[Room], mut visit: impl FnMut(&T, bool)) {
        if let ([room], []) = (rooms, except) {
            for entry in self.rooms.get(room).into_iter().flatten() {
                visit(&entry.target, entry.recovers);
            }
            return;
        }
        let walk = self.mark(except);
        for entry in rooms.iter().filter_map(|room| self.rooms.get(room)).flatten() {
            if entry.node.seen.replace(walk) != walk {
                visit(&entry.target, entry.recovers);
            }
        }
    }

    /// Starts a walk that counts the members of `except` as seen; see [`Node::seen_in`].
    pub(crate) fn mark(&mut self, except: &[Room]) -> u64 {
        self.walks += 1;
        for entry in except.iter().filter_map(|room| self.rooms.get(room)).flatten() {
            entry.node.seen.set(self.walks);
        }
        self.walks
    }

    #[cfg(test)]
    fn is_empty(&self) -> bool {
        self.rooms.is_empty()
    }
}

impl Node {
    pub(crate) fn new(recovers: bool) -> Rc<Self> {
        Rc::new(Self { recovers, ..Self::default() })
    }

    /// Whether the member gets offsets.
    pub(crate) fn recovers(&self) -> bool {
        self.recovers
    }

    /// Whether a walk has seen this member.
    pub(crate) fn seen_in(&self, walk: u64) -> bool {
        self.seen.get() == walk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    fn visited(rooms: &mut Rooms<usize>, union: &[Room], except: &[Room]) -> Vec<usize> {
        let mut seen = Vec::new();
        rooms.walk(union, except, |member, _| seen.push(*member));
        seen.sort_unstable();
        seen
    }

    #[test]
    fn rooms_per_socket_at_the_limit_and_beyond() {
        let (mut rooms, node) = (Rooms::new(), Rc::default());
        let mut join = |room: &str| rooms.join(&1, &node, room.into(), 2);
        assert_eq!([join("a"), join("b"), join("a")], [Joined::Now, Joined::Now, Joined::Before]);
        assert_eq!(join("c"), Joined::Full);
    }

    proptest! {
        #[test]
        fn behaves_as_sets_do(steps in proptest::collection::vec((0..3_u8, 0..6_usize, 0..5_usize), 1..200)) {
            let mut rooms = Rooms::new();
            let nodes: Vec<Rc<Node>> = (0..6).map(|_| Rc::default()).collect();
            let names: Vec<Room> = (0..5).map(|name| Room::new(format!("r{name}"))).collect();
            let mut model = vec![BTreeSet::new(); 5];
            for (step, member, room) in steps {
                match step {
                    0 => { rooms.join(&member, &nodes[member], names[room].clone(), 10); model[room].insert(member); }
                    1 => { rooms.leave(&nodes[member], &names[room]); model[room].remove(&member); }
                    _ => { rooms.leave_all(&nodes[member]); for room in &mut model { room.remove(&member); } }
                }
                let one: Vec<_> = model[0].iter().copied().collect();
                prop_assert_eq!(visited(&mut rooms, &names[..1], &[]), one);
                let union: Vec<_> = (&(&model[0] | &model[1]) - &model[2]).into_iter().collect();
                prop_assert_eq!(visited(&mut rooms, &names[..2], &names[2..3]), union);
            }
            for node in &nodes { rooms.leave_all(node); }
            prop_assert!(rooms.is_empty());
        }
    }
}
