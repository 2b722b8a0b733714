use std::sync::Arc;

use chat::{
    Actor, Change, ConversationId, ConversationKey, Limits, MessageId, Plan, UserId, UserKey, Write,
    accounts::{NewUser, Profile},
    conversations::{self, CreateGroup, Name},
    messages::{self, MessageBody, SendMessage},
    uuid::Uuid,
};
use service::jobs::{
    schedules::Scheduler,
    trimming::{self, Kept, trim},
};
use store::{Outcome, Streams};

use crate::{Bed, on_both_engines};

on_both_engines!(
    a_stream_at_the_limit_stays_and_one_beyond_loses_its_oldest,
    a_long_stream_goes_in_chunks_and_later_changes_count_on,
    streams_of_users_are_trimmed_alike,
    what_is_old_goes_however_little_it_is,
    streams_of_users_age_alike,
);

const KEPT: Kept = Kept { changes: 10, user_changes: 3, days: 0 };

const DAY_MS: i64 = 86_400_000;

async fn commit(bed: &Bed, plan: Plan) {
    let outcomes = bed.store.commit(0, &[Arc::new(plan)]).await.unwrap();
    assert!(matches!(outcomes[0], Outcome::Committed(_)), "{outcomes:?}");
}

async fn ada(bed: &Bed) -> Actor {
    use chat::Environment;
    let (key, id) = (UserKey(1), UserId::from_stored("ada"));
    let user = NewUser { key, id: id.clone(), profile: Profile::default(), created_at: bed.clock.now() };
    commit(bed, Plan { writes: vec![Write::User(user)], ..Plan::default() }).await;
    Actor { key, id }
}

async fn group(bed: &Bed, actor: &Actor, number: i64) -> ConversationId {
    use chat::Environment;
    let limits = Limits::default();
    let id = ConversationId(Uuid::from_u128(number as u128));
    let command =
        CreateGroup::parse(id, Name::parse("Garden", &limits).unwrap(), vec![], &actor.id, &limits).unwrap();
    let (key, now) = (ConversationKey(number), bed.clock.now());
    commit(bed, conversations::create_group(actor, &command, &[], &[], key, now).unwrap()).await;
    id
}

async fn send(bed: &Bed, actor: &Actor, room: ConversationId, count: i64) {
    use chat::Environment;
    let facts = bed.store.conversation_facts(&[room]).await.unwrap().pop().unwrap();
    let body = MessageBody::parse("hi", &Limits::default()).unwrap();
    let plans: Vec<_> = (0..count)
        .map(|_| {
            let id = MessageId(bed.clock.new_uuid());
            let command = SendMessage {
                conversation: room,
                id,
                body: body.clone(),
                reply_to: None,
                extras: Default::default(),
            };
            match messages::send(actor, &command, Some(&facts), &Default::default(), bed.clock.now()).unwrap()
            {
                chat::Decision::Write(plan) => Arc::new(plan),
                chat::Decision::Answer(_) => panic!(),
            }
        })
        .collect();
    bed.store.commit(0, &plans).await.unwrap();
}

async fn tick(bed: &Bed) {
    tick_keeping(bed, KEPT).await;
    bed.clock.advance_ms(trimming::PERIOD_MS);
}

async fn tick_keeping(bed: &Bed, kept: Kept) {
    let store = bed.store.clone();
    let node = Scheduler::new(store.clone(), bed.environment(), "test".into()).with(
        trimming::NAME,
        trimming::PERIOD_MS,
        move |run| trim(store.clone(), kept, run),
    );
    assert_eq!(node.tick().await.unwrap(), [trimming::NAME]);
}

/// The numbers of the changes that are kept.
async fn kept(bed: &Bed, key: i64) -> Vec<i64> {
    let changes = bed.store.conversation_changes(ConversationKey(key), 0, 100_000).await.unwrap();
    changes.iter().map(|change| change.rev).collect()
}

async fn a_stream_at_the_limit_stays_and_one_beyond_loses_its_oldest(bed: Bed) {
    let ada = ada(&bed).await;
    for (key, sends) in [(1, 9), (2, 10), (3, 11), (4, 15)] {
        let room = group(&bed, &ada, key).await;
        send(&bed, &ada, room, sends).await;
    }
    tick(&bed).await;
    assert_eq!(kept(&bed, 1).await, (1..=9).collect::<Vec<_>>());
    assert_eq!(kept(&bed, 2).await, (1..=10).collect::<Vec<_>>());
    assert_eq!(kept(&bed, 3).await, (2..=11).collect::<Vec<_>>());
    assert_eq!(kept(&bed, 4).await, (6..=15).collect::<Vec<_>>());
}

async fn a_long_stream_goes_in_chunks_and_later_changes_count_on(bed: Bed) {
    let ada = ada(&bed).await;
    let room = group(&bed, &ada, 1).await;
    send(&bed, &ada, room, 2_310).await;
    tick(&bed).await;
    assert_eq!(kept(&bed, 1).await, (2_301..=2_310).collect::<Vec<_>>());
    send(&bed, &ada, room, 4).await;
    assert_eq!(kept(&bed, 1).await, (2_301..=2_314).collect::<Vec<_>>());
    tick(&bed).await;
    assert_eq!(kept(&bed, 1).await, (2_305..=2_314).collect::<Vec<_>>());
    assert_eq!(bed.store.overlong(Streams::Conversations, 0, KEPT.changes).await.unwrap().overlong, []);
}

async fn streams_of_users_are_trimmed_alike(bed: Bed) {
    let ada = ada(&bed).await;
    let joined = |n: i64| Change::ConversationJoined {
        user: ada.key,
        user_id: ada.id.clone(),
        conversation: ConversationKey(n),
        conversation_id: ConversationId(Uuid::from_u128(n as u128)),
    };
    commit(&bed, Plan { changes: (1..=3).map(joined).collect(), ..Plan::default() }).await;
    let overlong = async || bed.store.overlong(Streams::Users, 0, KEPT.user_changes).await.unwrap().overlong;
    assert_eq!(overlong().await, []);
    commit(&bed, Plan { changes: (4..=5).map(joined).collect(), ..Plan::default() }).await;
    let [found] = overlong().await[..] else { panic!() };
    assert_eq!((found.key, found.after, found.upto), (ada.key.0, 0, 2));
    tick(&bed).await;
    assert_eq!(overlong().await, []);
    assert_eq!(bed.store.user_rev(ada.key).await.unwrap(), 5, "the count goes on");
}

/// Two days, and more rows than there are.
const DAYS: Kept = Kept { changes: 1_000, user_changes: 1_000, days: 2 };

async fn what_is_old_goes_however_little_it_is(bed: Bed) {
    let ada = ada(&bed).await;
    let room = group(&bed, &ada, 1).await;
    send(&bed, &ada, room, 3).await;
    tick_keeping(&bed, DAYS).await;
    bed.clock.advance_ms(2 * DAY_MS - 1 - trimming::PERIOD_MS);
    send(&bed, &ada, room, 2).await;
    bed.clock.advance_ms(trimming::PERIOD_MS);
    tick_keeping(&bed, DAYS).await;
    assert_eq!(kept(&bed, 1).await, [1, 2, 3, 4, 5], "a millisecond is missing");
    bed.clock.advance_ms(trimming::PERIOD_MS);
    tick_keeping(&bed, DAYS).await;
    assert_eq!(kept(&bed, 1).await, [4, 5], "these are of today");
    send(&bed, &ada, room, 1).await;
    bed.clock.advance_ms(2 * DAY_MS);
    tick_keeping(&bed, DAYS).await;
    assert_eq!(kept(&bed, 1).await, [6], "what came after the mark stays until the next");
    bed.clock.advance_ms(2 * DAY_MS);
    tick_keeping(&bed, KEPT).await;
    assert_eq!(kept(&bed, 1).await, [6], "without a number of days nothing is too old");
    bed.clock.advance_ms(2 * DAY_MS);
    tick_keeping(&bed, DAYS).await;
    assert_eq!(kept(&bed, 1).await, [0; 0]);
    send(&bed, &ada, room, 1).await;
    assert_eq!(kept(&bed, 1).await, [7], "the count goes on");
}

async fn streams_of_users_age_alike(bed: Bed) {
    let ada = ada(&bed).await;
    for number in 1..=3 {
        group(&bed, &ada, number).await;
    }
    tick_keeping(&bed, DAYS).await;
    bed.clock.advance_ms(2 * DAY_MS);
    tick_keeping(&bed, DAYS).await;
    assert_eq!(bed.store.overlong(Streams::Users, 0, 0).await.unwrap().overlong, []);
    assert_eq!(bed.store.user_rev(ada.key).await.unwrap(), 3);
}
