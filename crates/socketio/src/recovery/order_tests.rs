//! Every order of threads (sampled by shuttle): a socket that is cut off and comes back on another shard sees every
//! broadcast once, in one order with those who stayed.

use super::*;
use crate::{Broadcast, Frame, Room, sync::Mutex};
use std::{collections::VecDeque, sync::Arc};
use tokio::time::Instant;

const PID: Pid = [b'p'; 20];
const BROADCASTS: u64 = 3;

/// What a shard's mailbox holds: a broadcast to the room, or that all who are in it leave it.
#[derive(Clone, Copy)]
enum Mail {
    Broadcast(u64),
    Leave(u64),
}

/// Mailboxes of two shards, and the log before them.
struct Node {
    log: Log,
    mailboxes: [Mutex<VecDeque<Mail>>; 2],
}

impl Node {
    fn new() -> Arc<Self> {
        let bounds = Bounds::from(&crate::Limits::default());
        let mailboxes = std::array::from_fn(|_| Mutex::default());
        Arc::new(Self { log: Log::new(Epoch::new("epoch123"), bounds), mailboxes })
    }

    fn post(&self, mail: Mail) {
        self.mailboxes.iter().for_each(|mailbox| mailbox.lock().unwrap().push_back(mail));
    }

    fn broadcast(&self) {
        let broadcast = Broadcast::to(Room::new("room"), Frame::event_raw("/", "e", "1"));
        self.log.publish(&broadcast, Instant::now(), |stamp| self.post(Mail::Broadcast(stamp.position)));
    }

    fn leave(&self) {
        let removal = Removal::Leave { of: Arc::new([]), rooms: Arc::new([Room::new("room")]) };
        self.log.remove(&removal, 2, |position| self.post(Mail::Leave(position)));
    }

    fn next(&self, shard: usize) -> Option<Mail> {
        self.mailboxes[shard].lock().unwrap().pop_front()
    }
}

/// A socket on its shard, and what it saw.
struct Socket<'a> {
    node: &'a Node,
    tracker: Tracker,
    unlogged: u64,
    reached: u64,
    seen: Vec<u64>,
    /// Not all that was missed was there.
    fetched: bool,
}

impl Socket<'_> {
    fn on(&mut self, mail: Mail) {
        match mail {
            Mail::Broadcast(position) => {
                self.reached = position;
                if position <= self.unlogged {
                    self.tracker.note_unlogged(position);
                }
                if self.tracker.is_in(&Room::new("room")) {
                    self.seen.push(position);
                }
            }
            Mail::Leave(position) => {
                self.tracker.leave(&self.node.log, &Room::new("room"), self.reached);
                self.reached = position;
                self.node.log.removed(position);
            }
        }
    }
}

/// Is in the room on shard 0 until it has come to so many messages there and is cut off, then on shard 1 until it has
/// come to `last`.
fn wanderer(node: &Node, cut_after: u64, last: u64) -> Socket<'_> {
    let home = |shard| Home { shard, conn: 1 };
    let begun = node.log.begin(PID, None, home(0));
    let mut tracker = Tracker::new(PID, 0, begun);
    let unlogged = tracker.join(&node.log, &Room::new("room"), 0).max(begun);
    let mut socket = Socket { node, tracker, unlogged, reached: 0, seen: Vec::new(), fetched: false };
    while socket.reached < cut_after {
        node.next(0).into_iter().for_each(|mail| socket.on(mail));
        shuttle::thread::yield_now();
    }
    let Socket { tracker, reached, mut seen, .. } = socket;
    tracker.park(&node.log, Room::new("own"), Arc::new(()), reached);
    // The fence: everything that shard 0 has dealt with stands in the mailbox of shard 1.
    let fence = node.mailboxes[1].lock().unwrap().len();
    let mut reached = 0;
    for _ in 0..fence {
        match node.next(1) {
            Some(Mail::Broadcast(position)) => reached = position,
            Some(Mail::Leave(position)) => {
                reached = position;
                node.log.removed(position);
            }
            None => {}
        }
    }
    let claim = node.log.claim(&PID, None).unwrap();
    let parked = node.log.take_up(&claim, home(1), reached, Instant::now()).unwrap();
    let offset = seen.last().map_or(Offset::Start, |last| Offset::At(Position::of_broadcast(*last)));
    let replay = node.log.replay(&parked, &offset, reached);
    let fetched = replay.is_none();
    match replay {
        Some(missed) => seen.extend(missed.iter().map(position_of)),
        // The client fetches its state, up to here.
        None => seen = (1..=reached).collect(),
    }
    let mut socket =
        Socket { node, tracker: Tracker::resumed(PID, parked), unlogged: 0, reached, seen, fetched };
    while socket.reached < last {
        node.next(1).into_iter().for_each(|mail| socket.on(mail));
        shuttle::thread::yield_now();
    }
    socket
}

fn position_of(frame: &Frame) -> u64 {
    let text = String::from_utf8_lossy(&frame.bytes()[2..]).into_owned();
    let offset = text.rsplit('"').nth(1).unwrap().to_owned();
    offset.rsplit('.').next().unwrap().parse().unwrap()
}

fn in_many_orders(run: impl Fn(u64) + Copy + Send + Sync + 'static) {
    for cut_after in 0..=2 {
        shuttle::check_random(move || run(cut_after), 2_000);
    }
}

#[test]
fn positions_have_one_order_on_all_shards() {
    in_many_orders(|cut_after| {
        let node = Node::new();
        let broadcast = || {
            let node = node.clone();
            shuttle::thread::spawn(move || node.broadcast())
        };
        let senders: Vec<_> = (0..BROADCASTS).map(|_| broadcast()).collect();
        let seen = wanderer(&node, cut_after, BROADCASTS).seen;
        assert_eq!(seen, (1..=BROADCASTS).collect::<Vec<_>>());
        senders.into_iter().for_each(|sender| sender.join().unwrap());
    });
}

#[test]
fn who_is_taken_out_of_a_room_while_it_changes_shards_is_out_of_it() {
    in_many_orders(|cut_after| {
        let node = Node::new();
        let sender = node.clone();
        let sender = shuttle::thread::spawn(move || {
            sender.broadcast();
            sender.leave();
            sender.broadcast();
        });
        let socket = wanderer(&node, cut_after, 3);
        assert!(!socket.tracker.is_in(&Room::new("room")));
        assert!(socket.fetched || !socket.seen.contains(&3), "it was out of the room by then");
        sender.join().unwrap();
    });
}
