//! Numbers without gaps, whatever is rolled back; and counts that are what counting gives.

use std::sync::Arc;

use chat::{Actor, Guard, MessageId, UserKey, sync::Position};
use store::{Outcome, SyncLimits};

use crate::{
    amount,
    bed::{Bed, Random},
    on_both_engines,
};

on_both_engines!(sixty_four_writers_leave_no_gap);

const WRITERS: u64 = 64;

/// How often each writer writes; `PARLOR_TEST_WRITES` for more.
fn writes() -> usize {
    amount("PARLOR_TEST_WRITES", 25) as usize
}

async fn sixty_four_writers_leave_no_gap(bed: Bed) {
    let people = bed.people(["ada", "bob", "cleo", "dan"]).await;
    let [ada, bob, cleo, dan] = &people;
    let mut rooms = Vec::new();
    for others in [&[bob, cleo, dan][..], &[bob, cleo], &[bob, dan]] {
        rooms.push(bed.group(ada, others).await);
    }
    let taken = MessageId(bed.uuid());
    for room in &rooms {
        let facts = bed.facts(*room).await;
        let outcome = bed.commit(bed.send_plan(ada, &facts, taken, "the first")).await;
        assert!(matches!(outcome, Outcome::Committed(_)));
    }
    let (bed, people, rooms) = (Arc::new(bed), Arc::new(people), Arc::new(rooms));
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        let (bed, people, rooms) = (bed.clone(), people.clone(), rooms.clone());
        writers.spawn(async move {
            let mut random = Random::new(writer);
            let mut rolled_back = 0;
            for _ in 0..writes() {
                let room = random.below(rooms.len());
                let facts = bed.facts(rooms[room]).await;
                let members: Vec<&Actor> =
                    people.iter().filter(|who| facts.members.get(who.key).is_some()).collect();
                let who = members[random.below(members.len())];
                let mut forced = false;
                let plan = match random.below(20) {
                    // Its message is there: rolled back after its numbers were taken.
                    0 => {
                        forced = true;
                        bed.send_plan(who, &facts, taken, "again")
                    }
                    // Its facts are stale.
                    1 => {
                        forced = true;
                        let mut plan = bed.send_plan(who, &facts, MessageId(bed.uuid()), "stale");
                        for guard in &mut plan.guards {
                            if let Guard::MembersRev { members_rev, .. } = guard {
                                *members_rev += 1;
                            }
                        }
                        plan
                    }
                    2..8 => match bed.read_plan(who, &facts, 1 + random.below(50) as i64).await {
                        Some(plan) => plan,
                        None => continue,
                    },
                    _ => bed.send_plan(who, &facts, MessageId(bed.uuid()), "hi"),
                };
                let outcome = bed.store.commit(room, &[Arc::new(plan)]).await.unwrap().remove(0);
                assert_eq!(matches!(outcome, Outcome::GuardMissed), forced, "{outcome:?}");
                rolled_back += usize::from(forced);
            }
            rolled_back
        });
    }
    let rolled_back: usize = writers.join_all().await.into_iter().sum();
    assert!(rolled_back * 20 > writes() * WRITERS as usize, "{rolled_back} rolled back");
    for who in people.iter() {
        no_gap_for(&bed, who).await;
    }
}

/// Every number of every stream of somebody is there, and what is unread is what one counts.
async fn no_gap_for(bed: &Bed, who: &Actor) {
    let page = bed.store.conversations(who.key, None, 100).await.unwrap();
    for seen in page.items {
        let messages = bed.all(who, seen.id).await;
        assert!(messages.iter().map(|message| message.seq).eq(1..=seen.last_seq));
        let changes = bed.store.conversation_changes(seen.key, 0, 1_000_000).await.unwrap();
        assert!(changes.iter().map(|change| change.rev).eq(1..=seen.last_rev));
        assert!(messages.iter().map(|message| message.rev).eq(1..=seen.last_rev));
        let others =
            |message: &&chat::messages::Message| message.sender_id != who.id && message.seq > seen.read_seq;
        assert_eq!(seen.unread, messages.iter().filter(others).count() as i64, "the plain count");
    }
    let last = bed.store.user_rev(who.key).await.unwrap();
    assert!(last > 0);
    for user_rev in 0..=last {
        assert!(follows(bed, who.key, user_rev).await, "user_rev {}", user_rev + 1);
    }
}

/// Is the change after this one there? (`sync` looks.)
async fn follows(bed: &Bed, user: UserKey, user_rev: i64) -> bool {
    let position = Position {
        user_rev: Some(user_rev),
        upto: Some(chat::ConversationId(uuid::Uuid::nil())),
        ..Position::default()
    };
    let limits = SyncLimits { rows: 10, changes_per_conversation: 10 };
    !bed.store.sync(user, &position, &limits).await.unwrap().reset
}
