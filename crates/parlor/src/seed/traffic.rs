//! Who says what when, and who has read it.

use service::chat::{
    Actor, Decision, Limits, MessageId, Plan, Timestamp,
    conversations::ConversationFacts,
    messages::{MessageBody, SendMessage, send},
    receipts::{MarkRead, ReadFacts, mark_read},
};

use super::{chance::Chance, text, world::refused};
use crate::Failure;

/// People talk in bursts of up to so many messages.
const BURST: usize = 64;

/// Some messages of one conversation, one after the other.
pub(super) struct Burst {
    pub(super) conversation: usize,
    pub(super) messages: usize,
}

/// Shares the messages out: the conversation in the n-th place of busyness gets a share of 1/n, and each gets its share
/// in bursts over the whole time.
pub(super) fn bursts(conversations: usize, messages: u64, chance: &mut Chance) -> Vec<Burst> {
    let mut order: Vec<usize> = (0..conversations).collect();
    chance.shuffle(&mut order);
    let weights: f64 = (1..=conversations).map(|place| 1.0 / place as f64).sum();
    let (mut sum, mut given) = (0.0, 0);
    let mut bursts = Vec::new();
    for (place, conversation) in order.into_iter().enumerate() {
        sum += 1.0 / (place + 1) as f64;
        // Rounded along the sum, so that all together are exactly what was asked for.
        let last = place + 1 == conversations;
        let upto = if last { messages } else { (messages as f64 * sum / weights) as u64 };
        let mut left = usize::try_from(upto - given).unwrap_or(usize::MAX);
        given = upto;
        while left > 0 {
            let some = (1 + chance.below(BURST)).min(left);
            bursts.push(Burst { conversation, messages: some });
            left -= some;
        }
    }
    chance.shuffle(&mut bursts);
    bursts
}

/// One plan that sends all messages of a burst, each decided as a client's.
pub(super) fn say(
    burst: &Burst,
    facts: &ConversationFacts,
    mut clock: impl FnMut() -> Timestamp,
    chance: &mut Chance,
) -> Result<Plan, Failure> {
    let limits = Limits::default();
    let mut plan = Plan { conversation: Some(facts.key), ..Plan::default() };
    for _ in 0..burst.messages {
        // A few people say most of it.
        let speaker = chance.favouring(facts.members.iter().len());
        let speaker =
            facts.members.iter().nth(speaker).ok_or_else(|| Failure::Outside("nobody to speak".into()))?;
        let actor = Actor { key: speaker.key, id: speaker.id.clone() };
        let now = clock();
        let command = SendMessage {
            conversation: facts.id,
            id: MessageId(chance.uuid(now.0)),
            body: MessageBody::parse(&text::body(chance), &limits).map_err(refused)?,
            reply_to: None,
            extras: Default::default(),
        };
        add(&mut plan, send(&actor, &command, Some(facts), &Default::default(), now).map_err(refused)?);
    }
    Ok(plan)
}

/// One plan in which the members of a conversation have read as far as people do: most of them nearly all, some a part,
/// a few nothing.
pub(super) fn read(facts: &ConversationFacts, last_seq: i64, chance: &mut Chance) -> Result<Plan, Failure> {
    let mut plan = Plan::default();
    for member in facts.members.iter() {
        let seq = match chance.below(20) {
            0 => 0,
            1..=3 => (last_seq as f64 * chance.unit()) as i64,
            4..=8 => last_seq - chance.below(40) as i64,
            _ => last_seq,
        };
        let actor = Actor { key: member.key, id: member.id.clone() };
        let command = MarkRead::parse(facts.id, seq.max(0)).map_err(refused)?;
        // Counts are for those who are told of the mark. Nobody is.
        let known = ReadFacts {
            last_seq,
            last_rev: last_seq,
            read_seq: 0,
            unread: 0,
            mentions: 0,
            unread_elsewhere: 0,
            marked_unread: false,
        };
        // What others may know of it is not seeded: nobody is asked whether he shows it.
        let mark =
            mark_read(&actor, &command, Some(facts), (Some(&known), &[]), &Limits::default(), Timestamp(0));
        add(&mut plan, mark.map_err(refused)?);
    }
    Ok(plan)
}

/// Nobody else writes, so what plans rest on cannot have changed: their guards are left out.
fn add<A>(plan: &mut Plan, decision: Decision<A>) {
    if let Decision::Write(one) = decision {
        plan.writes.extend(one.writes);
        plan.changes.extend(one.changes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_shared_out_to_the_last_and_unequally() {
        let mut chance = Chance::new(1);
        for (conversations, messages) in [(1, 0), (1, 100), (7, 3), (100, 20_000)] {
            let bursts = bursts(conversations, messages, &mut chance);
            let mut each = vec![0; conversations];
            for burst in &bursts {
                each[burst.conversation] += burst.messages;
            }
            assert_eq!(each.iter().sum::<usize>() as u64, messages);
            each.sort_unstable();
            if conversations == 100 {
                assert!(each[99] > 3000 && each[0] < 50, "{each:?}");
            }
        }
    }
}
