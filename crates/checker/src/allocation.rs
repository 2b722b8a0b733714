//! Numbers: every one is given out once, none is left out, and counts agree with what is counted.

use crate::{Conversation, Dump, Promise, Violation, verdict::broken};

pub(crate) fn check(dump: &Dump, found: &mut Vec<Violation>) {
    for conversation in &dump.conversations {
        let id = &conversation.id;
        let seqs = conversation.messages.iter().map(|row| row.message.seq);
        contiguous(seqs, 0, conversation.last_seq, &format!("seq of {id}"), Promise::G1, found);
        let revs = conversation.changes.iter().copied();
        let (from, to) = (conversation.trimmed_to, conversation.last_rev);
        contiguous(revs, from, to, &format!("rev of {id}"), Promise::G4, found);
        changes_of_messages(conversation, found);
        unread(conversation, found);
    }
    for user in &dump.users {
        let what = format!("user_rev of {}", user.id);
        contiguous(
            user.changes.iter().copied(),
            user.trimmed_to,
            user.last_user_rev,
            &what,
            Promise::G4,
            found,
        );
    }
}

/// `numbers` must be `after + 1 ..= last`, in this order.
fn contiguous(
    numbers: impl Iterator<Item = u64>,
    after: u64,
    last: u64,
    what: &str,
    promise: Promise,
    found: &mut Vec<Violation>,
) {
    let mut at = after;
    for number in numbers {
        if number != at + 1 {
            broken(found, promise, format!("{what}: {number} comes after {at}"));
        }
        at = number;
    }
    if at != last {
        broken(found, promise, format!("{what}: ends at {at}, its row counts {last}"));
    }
}

/// A message is a change, and later messages are later changes.
fn changes_of_messages(conversation: &Conversation, found: &mut Vec<Violation>) {
    let mut before = 0;
    for row in &conversation.messages {
        let message = &row.message;
        if message.rev <= before {
            let what = format!("{} (seq {}) has rev {} after {before}", message.id, message.seq, message.rev);
            broken(found, Promise::G4, what);
        }
        before = message.rev;
        if message.rev > conversation.trimmed_to && conversation.changes.binary_search(&message.rev).is_err()
        {
            let what = format!("{} has rev {}, which is no change", message.id, message.rev);
            broken(found, Promise::G4, what);
        }
    }
}

/// What the server says is unread is what a plain count gives.
fn unread(conversation: &Conversation, found: &mut Vec<Violation>) {
    for member in &conversation.members {
        let Some(said) = member.unread else { continue };
        let beyond = member.read_seq.max(member.joined_seq.saturating_sub(1));
        let others = conversation
            .messages
            .iter()
            .filter(|row| row.counts && row.message.seq > beyond && row.message.sender != member.user);
        let counted = others.count() as u64;
        if said != counted {
            let (user, id) = (&member.user, &conversation.id);
            let what = format!("{user} is said to have {said} unread in {id}; counted are {counted}");
            broken(found, Promise::G6, what);
        }
    }
}
