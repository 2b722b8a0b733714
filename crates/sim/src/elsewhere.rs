//! What others than the node write: somebody is added to a group, as another node or a later version would. The node's
//! facts are stale then, and only their guards tell.

use std::{rc::Rc, sync::Arc};

use chat::{
    Change, Guard, Plan, UserId, Write,
    accounts::User,
    conversations::{Conversation, Kind, Role},
};
use store::{Outcome, Store, StoreError};
use tokio::time::sleep;

use crate::{
    weather::Calm,
    world::{Phase, World},
};

/// Adds people now and then, until everybody is to come to an end.
pub(crate) async fn run(world: Rc<World>) {
    let store = Store::simulated(&world.database, 1, Arc::new(Calm));
    while world.phase() == Phase::Busy {
        sleep(world.chance.millis(100..1_500)).await;
        match add(&world, &store).await {
            Ok(Some(user)) => world.tell_of_elsewhere(user.id.as_str()),
            Ok(None) => {}
            Err(error) => world.record.found(format!("nobody can be added: {error}")),
        }
    }
}

/// Adds somebody to a group; whom, if there was anybody to add.
async fn add(world: &World, store: &Store) -> Result<Option<User>, StoreError> {
    let ids: Vec<UserId> = world.users.iter().map(|user| UserId::from_stored(user)).collect();
    let users = store.users(&ids).await?;
    let (Some(inside), Some(outside)) = (world.chance.pick(&users), world.chance.pick(&users)) else {
        return Ok(None);
    };
    let groups = store.conversations(inside.key, None, 100).await?.items.into_iter().filter(|group| {
        group.kind == Kind::Group && group.participants.iter().all(|(user, _)| user.key != outside.key)
    });
    let groups: Vec<Conversation> = groups.collect();
    let Some(group) = world.chance.pick(&groups) else { return Ok(None) };
    let facts = store.conversation_facts(&[group.id]).await?;
    let guards = facts
        .iter()
        .map(|facts| Guard::MembersRev { conversation: facts.key, members_rev: facts.members.rev });
    let plan = Plan {
        guards: guards.collect(),
        writes: vec![Write::Participant { conversation: group.key, user: outside.key, role: Role::Member }],
        changes: vec![Change::ConversationJoined {
            user: outside.key,
            user_id: outside.id.clone(),
            conversation: group.key,
            conversation_id: group.id,
        }],
        ..Plan::default()
    };
    world.record.trace(format_args!("elsewhere, {} is added to {}", outside.id, group.id));
    let outcomes = store.commit(0, &[Arc::new(plan)]).await?;
    Ok(matches!(outcomes[..], [Outcome::Committed(_)]).then(|| outside.clone()))
}
