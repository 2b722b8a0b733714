//! What waits to be written to one connection: shared frames, within a budget.

use crate::{
    Frame, Limits,
    codec::{engine, websocket},
};
use std::{collections::VecDeque, io::IoSlice};

/// Frames gathered in one vectored write.
pub(crate) const GATHERED: usize = 64;
/// A queue that grew beyond this gives its memory back once it is empty and the connection idle.
const KEPT_CAPACITY: usize = 4;

#[derive(Default)]
pub(crate) struct Outbox {
    queue: VecDeque<Queued>,
    /// Bytes of all frames in the queue, whatever of the first is written already.
    bytes: usize,
    /// Bytes of the first frame that are written already.
    written: usize,
    /// Frames of the queue that are acks, and their bytes.
    answers: u32,
    answer_bytes: usize,
    /// Frames of the queue that may be dropped.
    volatile: u32,
}

struct Queued {
    frame: Frame,
    volatile: bool,
}

/// The budget is passed even without the volatile frames.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Outbox {
    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    /// An empty queue has room for any frame: that one is larger than the budget says nothing of the peer.
    pub(crate) fn has_room(&self, frame: &Frame, limits: &Limits) -> bool {
        self.queue.is_empty()
            || self.queue.len() < limits.outbound_queue_frames
                && self.bytes + frame.bytes().len() <= limits.outbound_queue_bytes
    }

    /// Queues a frame without looking at the budget.
    pub(crate) fn push(&mut self, frame: Frame, volatile: bool) {
        let len = frame.bytes().len();
        self.bytes += len;
        self.volatile += u32::from(volatile);
        if frame.is_answer() {
            self.answers += 1;
            self.answer_bytes += len;
        }
        self.queue.push_back(Queued { frame, volatile });
    }

    /// A frame is no longer in the queue.
    fn forget(&mut self, queued: &Queued) {
        let len = queued.frame.bytes().len();
        self.bytes -= len;
        self.volatile -= u32::from(queued.volatile);
        if queued.frame.is_answer() {
            self.answers -= 1;
            self.answer_bytes -= len;
        }
    }

    /// Drops what is meant, but for a frame that is half on the wire. Returns how many went.
    fn drop_if(&mut self, is_meant: impl Fn(&Queued) -> bool) -> usize {
        let (before, mut is_started) = (self.queue.len(), self.written > 0);
        let mut kept = VecDeque::with_capacity(before);
        for queued in std::mem::take(&mut self.queue) {
            if std::mem::take(&mut is_started) || !is_meant(&queued) {
                kept.push_back(queued);
            } else {
                self.forget(&queued);
            }
        }
        self.queue = kept;
        before - self.queue.len()
    }

    /// Makes room for a frame by dropping volatile ones. Returns how many went.
    pub(crate) fn make_room(&mut self, frame: &Frame, limits: &Limits) -> Result<usize, Full> {
        let dropped = if self.volatile > 0 { self.drop_if(|queued| queued.volatile) } else { 0 };
        let fits = self.has_room(frame, limits) || self.has_room_beside(frame, limits);
        if fits { Ok(dropped) } else { Err(Full) }
    }

    /// Acks and all else have a budget each. Only asked when the common one is passed.
    fn has_room_beside(&self, frame: &Frame, limits: &Limits) -> bool {
        let answers = self.answers as usize;
        let (frames, bytes, most) = match frame.is_answer() {
            true => (answers, self.answer_bytes, limits.outbound_answer_bytes),
            false => {
                (self.queue.len() - answers, self.bytes - self.answer_bytes, limits.outbound_queue_bytes)
            }
        };
        frames < limits.outbound_queue_frames && bytes + frame.bytes().len() <= most
    }

    /// More than half of the budget is used: time to stop reading what the client asks for.
    pub(crate) fn is_congested(&self, limits: &Limits) -> bool {
        self.bytes > limits.outbound_queue_bytes / 2 || self.queue.len() > limits.outbound_queue_frames / 2
    }

    /// Drops every event that waits, but for one that is half on the wire. Returns how many went.
    pub(crate) fn drop_events(&mut self) -> usize {
        self.drop_if(|queued| queued.frame.is_event())
    }

    /// The only frame, if there is just one.
    pub(crate) fn single(&self) -> Option<&[u8]> {
        match self.queue.len() {
            1 => Some(&self.queue[0].frame.bytes()[self.written..]),
            _ => None,
        }
    }

    /// Points slices at what is to be written next; returns how many it set.
    pub(crate) fn gather<'a>(&'a self, slices: &mut [IoSlice<'a>; GATHERED]) -> usize {
        let mut start = self.written;
        let mut count = 0;
        for (slice, queued) in slices.iter_mut().zip(&self.queue) {
            *slice = IoSlice::new(&queued.frame.bytes()[start..]);
            start = 0;
            count += 1;
        }
        count
    }

    /// Takes off what was written; returns how many frames that finished.
    pub(crate) fn advance(&mut self, written: usize) -> usize {
        let mut rest = self.written + written;
        let mut done = 0;
        while let Some(first) = self.queue.front() {
            let len = first.frame.bytes().len();
            if rest < len {
                break;
            }
            rest -= len;
            if let Some(queued) = self.queue.pop_front() {
                self.forget(&queued);
            }
            done += 1;
        }
        self.written = rest;
        done
    }

    /// Takes packets for one polling response, at least one if there is any, else no more than `max` bytes.
    pub(crate) fn take_payload(&mut self, max: usize) -> Vec<u8> {
        let mut payload = Vec::new();
        while let Some(first) = self.queue.front() {
            if !payload.is_empty() && payload.len() + first.frame.bytes().len() * 4 / 3 + 8 > max {
                break;
            }
            append_packets(&mut payload, first.frame.bytes());
            let len = first.frame.bytes().len();
            self.advance(len);
        }
        payload
    }

    /// Changes whenever bytes are taken.
    pub(crate) fn position(&self) -> (usize, usize) {
        (self.queue.len(), self.written)
    }

    /// Forgets everything.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// Gives back memory that only a burst needed. Called now and then, not per write: a busy queue keeps its own.
    pub(crate) fn shrink(&mut self) {
        if self.queue.is_empty() && self.queue.capacity() > KEPT_CAPACITY {
            self.queue = VecDeque::new();
        }
    }
}

fn append_packets(payload: &mut Vec<u8>, mut bytes: &[u8]) {
    while let Some((opcode, packet, rest)) = websocket::split_server_frame(bytes) {
        match opcode {
            websocket::opcode::BINARY => engine::append_binary(payload, packet),
            websocket::opcode::TEXT => engine::append_text(payload, packet),
            _ => {}
        }
        bytes = rest;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn frame(len: usize) -> Frame {
        Frame::engine_text(&"x".repeat(len))
    }

    #[test]
    fn volatile_frames_go_first() {
        let limits = Limits { outbound_queue_frames: 3, ..Limits::default() };
        let mut outbox = Outbox::default();
        for volatile in [true, false, true] {
            assert!(outbox.has_room(&frame(5), &limits));
            outbox.push(frame(5), volatile);
        }
        assert!(!outbox.has_room(&frame(5), &limits));
        assert_eq!(outbox.make_room(&frame(5), &limits), Ok(2));
        outbox.push(frame(5), false);
        outbox.push(frame(5), false);
        assert_eq!(outbox.make_room(&frame(5), &limits), Err(Full));
    }

    #[test]
    fn a_frame_that_is_half_written_is_not_dropped() {
        let limits = Limits { outbound_queue_bytes: 30, ..Limits::default() };
        let mut outbox = Outbox::default();
        outbox.push(frame(10), true);
        outbox.push(frame(10), true);
        assert_eq!(outbox.advance(3), 0);
        assert_eq!(outbox.make_room(&frame(10), &limits), Ok(1));
        assert_eq!(outbox.single().map(<[u8]>::len), Some(9));
    }

    #[test]
    fn events_can_be_dropped_and_answers_stay() {
        let mut outbox = Outbox::default();
        let event = Frame::event_raw("/", "a", "1");
        let frames =
            [event.clone(), Frame::ack("/", 1, &[], &[]), event.clone(), Frame::engine_text("2"), event];
        frames.into_iter().for_each(|frame| outbox.push(frame, false));
        outbox.advance(1);
        assert_eq!(outbox.drop_events(), 2);
        assert_eq!(outbox.take_payload(1000), b"42[\"a\",1]\x1e431[]\x1e2");
        assert_eq!(outbox.bytes, 0);
    }

    #[test]
    fn answers_have_a_budget_of_their_own() {
        let answer = Frame::ack("/", 1, &[&"1".repeat(90)], &[]);
        let len = answer.bytes().len();
        let limits = Limits {
            outbound_queue_bytes: 2 * len,
            outbound_queue_frames: 3,
            outbound_answer_bytes: 3 * len,
            ..Limits::default()
        };
        let mut outbox = Outbox::default();
        for congested in [false, true, true] {
            assert!(outbox.has_room(&answer, &limits) || outbox.make_room(&answer, &limits).is_ok());
            outbox.push(answer.clone(), false);
            assert_eq!(outbox.is_congested(&limits), congested);
        }
        assert_eq!(outbox.make_room(&answer, &limits), Err(Full));
        // They are in nobody's way, nor is anybody in theirs.
        for _ in 0..2 {
            assert_eq!(outbox.make_room(&frame(len - 2), &limits), Ok(0));
            outbox.push(frame(len - 2), false);
        }
        assert_eq!(outbox.make_room(&frame(1), &limits), Err(Full));
        outbox.advance(len);
        assert_eq!(outbox.make_room(&answer, &limits), Ok(0));
    }

    #[test]
    fn payloads_hold_what_fits() {
        let mut outbox = Outbox::default();
        outbox.push(Frame::engine_text("4a"), false);
        outbox.push(Frame::binary(&[1, 2, 3, 4]), false);
        assert_eq!(outbox.take_payload(1000), b"4a\x1ebAQIDBA==");
        outbox.push(frame(100), false);
        outbox.push(frame(100), false);
        assert_eq!(outbox.take_payload(50).len(), 100);
        assert!(!outbox.is_empty());
    }

    proptest! {
        #[test]
        fn bytes_come_out_in_order(lens in proptest::collection::vec(1..200_usize, 1..100), step in 1..500_usize) {
            let mut outbox = Outbox::default();
            let mut expected = Vec::new();
            for len in &lens {
                expected.extend_from_slice(frame(*len).bytes());
                outbox.push(frame(*len), false);
            }
            let (mut seen, mut frames) = (Vec::new(), 0);
            while !outbox.is_empty() {
                let mut slices = [IoSlice::new(&[]); GATHERED];
                let count = outbox.gather(&mut slices);
                let all: Vec<u8> = slices[..count].iter().flat_map(|slice| slice.iter().copied()).collect();
                let taken = step.min(all.len());
                seen.extend_from_slice(&all[..taken]);
                frames += outbox.advance(taken);
            }
            prop_assert_eq!(seen, expected);
            prop_assert_eq!(frames, lens.len());
            prop_assert_eq!(outbox.bytes, 0);
        }
    }
}
