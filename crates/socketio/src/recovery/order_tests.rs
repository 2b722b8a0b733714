//! Every order of threads (sampled by shuttle): a socket that is cut off and comes back on another shard sees every
//! broadcast once, in one order with those who stayed.

use super::*;
use crate::{Broadcast, Frame, Room, sync::Mutex};
use std::{collections::VecDeque, sync::Arc};
use tokio::time::Instant;

const PID: Pid = [b'p'; 20];
const BROADCASTS: u64 = 3;

/// Mailboxes of two shards, and the log before them.
struct Node {
    log: Log,
    mailboxes: [Mutex<VecDeque<u64>>; 2],
}

impl Node {
    fn broadcast(&self) {
        let broadcast = Broadcast::to(Room::new("room"), Frame::event_raw("/", "e", "1"));
        self.log.publish(&broadcast, Instant::now(), |stamp| {
            for mailbox in &self.mailboxes {
                mailbox.lock().unwrap().push_back(stamp.position);
            }
        });
    }

    fn next(&self, shard: usize) -> Option<u64> {
        self.mailboxes[shard].lock().unwrap().pop_front()
    }
}

/// Receives on shard 0 until it is cut off, then on shard 1; returns the positions that it saw.
fn wanderer(node: &Node, cut_after: u64) -> Vec<u64> {
    let home = |shard| Home { shard, conn: 1 };
    let begun = node.log.begin(PID, None, home(0));
    let mut tracker = Tracker::new(PID, 0, begun);
    let unlogged = tracker.join(&node.log, &Room::new("room"), 0).max(begun);
    let (mut seen, mut reached) = (Vec::new(), 0);
    while reached < cut_after {
        if let Some(position) = node.next(0) {
            reached = position;
            if position <= unlogged {
                tracker.note_unlogged(position);
            }
            seen.push(position);
        }
        shuttle::thread::yield_now();
    }
    tracker.park(&node.log, Room::new("own"), Arc::new(()), reached);
    // The fence: everything that shard 0 has dealt with stands in the mailbox of shard 1.
    let fence = node.mailboxes[1].lock().unwrap().len();
    let mut reached = 0;
    for _ in 0..fence {
        reached = node.next(1).unwrap_or(reached);
    }
    let claim = node.log.claim(&PID, None).unwrap();
    let parked = node.log.take_up(&claim, home(1), reached, Instant::now()).unwrap();
    let offset = seen.last().map_or(Offset::Start, |last| Offset::At(Position::of_broadcast(*last)));
    match node.log.replay(&parked, &offset, reached) {
        Some(missed) => seen.extend(missed.iter().map(position_of)),
        // Not all of it is there: the client fetches its state, up to here.
        None => seen = (1..=reached).collect(),
    }
    while *seen.last().unwrap_or(&0) < BROADCASTS {
        seen.extend(node.next(1));
        shuttle::thread::yield_now();
    }
    seen
}

fn position_of(frame: &Frame) -> u64 {
    let text = String::from_utf8_lossy(&frame.bytes()[2..]).into_owned();
    let offset = text.rsplit('"').nth(1).unwrap().to_owned();
    offset.rsplit('.').next().unwrap().parse().unwrap()
}

#[test]
fn positions_have_one_order_on_all_shards() {
    for cut_after in 0..=2 {
        let run = move || {
            let bounds = Bounds::from(&crate::Limits::default());
            let mailboxes = std::array::from_fn(|_| Mutex::default());
            let node = Arc::new(Node { log: Log::new(Epoch::new("epoch123"), bounds), mailboxes });
            let senders: Vec<_> = (0..BROADCASTS)
                .map(|_| {
                    let node = node.clone();
                    shuttle::thread::spawn(move || node.broadcast())
                })
                .collect();
            let seen = wanderer(&node, cut_after);
            assert_eq!(seen, (1..=BROADCASTS).collect::<Vec<_>>());
            senders.into_iter().for_each(|sender| sender.join().unwrap());
        };
        shuttle::check_random(run, 2_000);
    }
}
