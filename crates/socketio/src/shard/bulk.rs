//! This shard's part of what is done to many sockets.

use super::Shard;
use crate::{
    Room,
    bulk::Bulk,
    conn::Conn,
    namespaces::name_of,
    recovery::Removal,
    socket::{Unnumbered, Waiter, slots::Link},
};
use std::rc::Rc;

type Member = (Rc<Conn>, Rc<Link>);

impl Shard {
    pub(crate) fn bulk(self: &Rc<Self>, namespace: u16, bulk: Bulk) {
        match bulk {
            Bulk::Ask(broadcast, timeout, answers) => {
                let Some(event) = Unnumbered::new(&broadcast.frame) else { return };
                for (conn, link) in self.members(namespace, &broadcast.rooms, &broadcast.except) {
                    self.ask(&conn, &link, &event, timeout, Waiter::many(&answers));
                }
            }
            Bulk::Join(of, rooms) => {
                for (conn, link) in self.members(namespace, &of, &[]) {
                    rooms.iter().for_each(|room| self.join(&conn, &link, room.clone()));
                }
            }
            Bulk::Collect(of, sockets) => {
                for (_, link) in self.members(namespace, &of, &[]) {
                    let _ = sockets.send(link.socket.clone());
                }
            }
        }
    }

    pub(crate) fn remove(self: &Rc<Self>, namespace: u16, removal: &Removal, position: Option<u64>) {
        match removal {
            Removal::Leave { of, rooms } => {
                for (_, link) in self.members(namespace, of, &[]) {
                    rooms.iter().for_each(|room| self.leave(&link, room));
                }
            }
            Removal::Disconnect { of } => {
                for (conn, link) in self.members(namespace, of, &[]) {
                    self.disconnect(&conn, &link);
                }
            }
        }
        // Reached only now: what the application did meanwhile may have cut off some of them.
        if let (Some(log), Some(position)) = (self.log(namespace), position) {
            self.reach(namespace, position);
            log.removed(position);
        }
    }

    /// Those of any of `rooms`, or all if there is none, who are in none of `except`. A list of them, since what is
    /// done to one may change the rooms.
    fn members(&self, namespace: u16, rooms: &[Room], except: &[Room]) -> Vec<Member> {
        // A connection may be in several namespaces of a pattern.
        let name = rooms.first().filter(|_| self.shared.namespace(namespace).is_pattern()).map(name_of);
        let meant = |link: &Link| {
            link.socket.0.namespace == namespace && name.is_none_or(|name| link.socket.namespace() == name)
        };
        let link = |conn: &Conn| conn.client()?.slots.find(meant);
        let mut conns = Vec::new();
        let mut members = self.rooms(namespace).borrow_mut();
        if rooms.is_empty() {
            let walk = members.mark(except);
            let unseen = |link: Rc<Link>| !link.node.seen_in(walk);
            let all = self.conns.borrow();
            let all = all.iter().map(|(_, conn)| conn);
            conns.extend(all.filter(|conn| link(conn).is_some_and(unseen)).cloned());
        } else {
            members.walk(rooms, except, |conn, _| conns.push(conn.clone()));
        }
        conns.into_iter().filter_map(|conn| link(&conn).map(|link| (conn, link))).collect()
    }
}
