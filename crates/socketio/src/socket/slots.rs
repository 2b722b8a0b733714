//! The namespaces of one connection. Most connections are in one, so a slot is small.

use super::{Acks, Socket};
use crate::{recovery::Tracker, rooms::Node, server::Shared};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    sync::Arc,
};
use tokio::task::AbortHandle;

#[derive(Default)]
pub(crate) struct Slots(RefCell<Vec<Slot>>);

/// One namespace of one connection.
struct Slot {
    namespace: u16,
    state: State,
}

enum State {
    Connecting(Box<Connecting>),
    Connected(Rc<Link>),
    /// Was connected. Events that were on their way when the server disconnected are no breach. With the name, if the
    /// namespace is one of a pattern.
    Left(Option<Box<Arc<str>>>),
}

/// `authenticate` is running.
struct Connecting {
    name: Arc<str>,
    task: AbortHandle,
}

/// A connected socket, as its shard holds it.
pub(crate) struct Link {
    pub(crate) socket: Socket,
    pub(crate) node: Rc<Node>,
    pub(crate) acks: RefCell<Option<Box<Acks>>>,
    /// There if the session can be taken up again.
    pub(crate) tracker: RefCell<Option<Box<Tracker>>>,
    /// Whether the application was told of the connection, and so must be told of its end.
    pub(crate) announced: Cell<bool>,
}

/// What a connection is to a namespace.
pub(crate) enum Standing {
    Never,
    Connecting,
    Connected(Rc<Link>),
    Left,
}

impl Slot {
    fn name<'a>(&'a self, shared: &'a Shared) -> &'a str {
        match &self.state {
            State::Connecting(connecting) => &connecting.name,
            State::Connected(link) => link.socket.namespace(),
            State::Left(Some(name)) => name,
            State::Left(None) => shared.namespace(self.namespace).fixed_name(),
        }
    }
}

impl Slots {
    pub(crate) fn standing(&self, shared: &Shared, name: &str) -> Standing {
        let slots = self.0.borrow();
        match slots.iter().find(|slot| slot.name(shared) == name).map(|slot| &slot.state) {
            None => Standing::Never,
            Some(State::Connecting(_)) => Standing::Connecting,
            Some(State::Connected(link)) => Standing::Connected(link.clone()),
            Some(State::Left(_)) => Standing::Left,
        }
    }

    /// The first connected socket of which this is so.
    pub(crate) fn find(&self, is: impl Fn(&Link) -> bool) -> Option<Rc<Link>> {
        self.0.borrow().iter().find_map(|slot| match &slot.state {
            State::Connected(link) if is(link) => Some(link.clone()),
            _ => None,
        })
    }

    pub(crate) fn links(&self) -> Vec<Rc<Link>> {
        let slots = self.0.borrow();
        let links = slots.iter().filter_map(|slot| match &slot.state {
            State::Connected(link) => Some(link.clone()),
            _ => None,
        });
        links.collect()
    }

    /// How many namespaces the connection is in, or about to be.
    pub(crate) fn occupied(&self) -> usize {
        self.0.borrow().iter().filter(|slot| !matches!(slot.state, State::Left(_))).count()
    }

    /// `authenticate` begins. At most `keep` namespaces of patterns are remembered as left, the latest.
    pub(crate) fn begin(
        &self,
        shared: &Shared,
        namespace: u16,
        name: Arc<str>,
        task: AbortHandle,
        keep: usize,
    ) {
        let mut slots = self.0.borrow_mut();
        slots.retain(|slot| slot.name(shared) != &*name);
        let gone = |slot: &Slot| matches!(slot.state, State::Left(Some(_)));
        let mut surplus = slots.iter().filter(|slot| gone(slot)).count().saturating_sub(keep);
        slots.retain(|slot| {
            let goes = surplus > 0 && gone(slot);
            surplus -= usize::from(goes);
            !goes
        });
        // A connection is rarely in more than one namespace.
        slots.reserve_exact(1);
        slots.push(Slot { namespace, state: State::Connecting(Box::new(Connecting { name, task })) });
    }

    /// It is decided: the socket is in.
    pub(crate) fn enter(&self, link: &Rc<Link>) {
        for slot in self.0.borrow_mut().iter_mut() {
            let name = link.socket.namespace();
            if matches!(&slot.state, State::Connecting(connecting) if &*connecting.name == name) {
                slot.state = State::Connected(link.clone());
            }
        }
    }

    /// It is decided, or the client no longer wants to know: it is not in. Ends the task if that still runs.
    pub(crate) fn give_up(&self, name: &str) {
        self.0.borrow_mut().retain(|slot| match &slot.state {
            State::Connecting(connecting) if &*connecting.name == name => {
                connecting.task.abort();
                false
            }
            _ => true,
        });
    }

    pub(crate) fn leave(&self, link: &Rc<Link>) {
        let socket = &link.socket;
        for slot in self.0.borrow_mut().iter_mut() {
            if matches!(&slot.state, State::Connected(connected) if Rc::ptr_eq(connected, link)) {
                let pattern = socket.0.shared.namespace(slot.namespace).is_pattern();
                slot.state = State::Left(pattern.then(|| Box::new(socket.namespace().into())));
            }
        }
    }

    /// The connection ends. Returns the sockets that were connected.
    pub(crate) fn clear(&self) -> Vec<Rc<Link>> {
        let slots = std::mem::take(&mut *self.0.borrow_mut());
        let links = slots.into_iter().filter_map(|slot| match slot.state {
            State::Connecting(connecting) => {
                connecting.task.abort();
                None
            }
            State::Connected(link) => Some(link),
            State::Left(_) => None,
        });
        links.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_cost_other_connections_nothing() {
        assert_eq!(size_of::<Slot>(), 3 * size_of::<usize>());
    }
}
