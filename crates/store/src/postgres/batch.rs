//! A batch of plans as rows, and its way through the database.

use std::sync::Arc;

use chat::{
    Allocation, Guard, Plan, UserKey, Write,
    privacy::{PrivacyGuard, PrivacyWrite},
};
use tokio_postgres::{Row, error::SqlState};

use super::{connection::Session, rows::Rows, statements::Sends};
use crate::{
    Outcome, codes,
    layout::{Layout, as_send, created},
};

/// Cuts a batch where a plan changes who is in a conversation that exists, or who may reach whom: guards are checked against what was
/// there before the statement, so whatever follows such a plan needs a statement of its own.
pub(super) fn groups(plans: &[Arc<Plan>]) -> impl Iterator<Item = &[Arc<Plan>]> {
    plans.chunk_by(|a, b| !changes_guarded(a) && !changes_guarded(b))
}

fn changes_guarded(plan: &Plan) -> bool {
    plan.writes.iter().any(|write| match write {
        Write::Participant { conversation, .. } => created(plan, *conversation).is_none(),
        Write::Departure { .. } | Write::Role { .. } | Write::UpdateConversation(_) | Write::Privacy(_) => {
            true
        }
        _ => false,
    })
}

/// Commits the plans together, once more if the database chose this transaction to end a deadlock.
pub(super) async fn commit(
    session: &Session,
    plans: &[Arc<Plan>],
) -> Result<Vec<Outcome>, tokio_postgres::Error> {
    match attempt(session, plans).await {
        Err(error) if is_to_be_repeated(&error) => attempt(session, plans).await,
        result => result,
    }
}

/// Whether the same statement may succeed when it is tried again.
pub(super) fn is_to_be_repeated(error: &tokio_postgres::Error) -> bool {
    let repeat = [SqlState::T_R_DEADLOCK_DETECTED, SqlState::T_R_SERIALIZATION_FAILURE];
    error.code().is_some_and(|code| repeat.contains(code))
}

async fn attempt(session: &Session, plans: &[Arc<Plan>]) -> Result<Vec<Outcome>, tokio_postgres::Error> {
    let layouts: Vec<Layout<'_>> = plans.iter().map(|plan| Layout::of(plan)).collect();
    let (conversations, users) = locks(plans, &layouts);
    let mut parameters = Vec::new();
    let rows = if let Some(sends) = sends(plans) {
        sends.parameters(&mut parameters);
        parameters.push(&conversations);
        session.commit_sends(&parameters).await?
    } else {
        let mut rows = Rows::default();
        for (ord, (plan, layout)) in (0_i64..).zip(plans.iter().zip(&layouts)) {
            rows.add(ord, plan, layout);
        }
        rows.parameters(&mut parameters);
        parameters.push(&conversations);
        parameters.push(&users);
        session.commit(&conversations, &users, &parameters).await?
    };
    outcomes(&layouts, &rows)
}

/// The rows to lock: of conversations, then of users, each in the order of keys, so that no two lanes wait for each
/// other in a circle.
fn locks(plans: &[Arc<Plan>], layouts: &[Layout<'_>]) -> (Vec<i64>, Vec<i64>) {
    let (mut conversations, mut users) = (Vec::new(), Vec::new());
    for (plan, layout) in plans.iter().zip(layouts) {
        conversations.extend(plan.conversation.map(|key| key.0));
        for guard in &plan.guards {
            match guard {
                Guard::MembersRev { conversation, .. }
                | Guard::MessageAbsent { conversation, .. }
                | Guard::MessageRev { conversation, .. } => conversations.push(conversation.0),
                Guard::Privacy(PrivacyGuard::Rev { user, .. }) => users.push(user.0),
                // Who makes one locks the users of the pair, as who guards this does.
                Guard::Privacy(PrivacyGuard::DirectAbsent { .. }) => {}
            }
        }
        conversations.extend(layout.members_of(plan).map(|key| key.0));
        users.extend(layout.users.iter().map(|(key, _)| key.0));
        users.extend(plan.writes.iter().filter_map(|write| match write {
            Write::Profile { user, .. } | Write::Privacy(PrivacyWrite::Rev { user }) => Some(user.0),
            _ => None,
        }));
        conversations.extend(plan.writes.iter().filter_map(|write| match write {
            Write::Privacy(PrivacyWrite::MembersRev { conversation }) => Some(conversation.0),
            _ => None,
        }));
    }
    for keys in [&mut conversations, &mut users] {
        keys.sort_unstable();
        keys.dedup();
    }
    (conversations, users)
}

/// The batch as sends, if it is nothing else.
fn sends(plans: &[Arc<Plan>]) -> Option<Sends> {
    let mut sends = Sends::default();
    for (ord, plan) in (0_i64..).zip(plans) {
        let (members_rev, message) = as_send(plan)?;
        sends.push(
            ord,
            message.conversation.0,
            members_rev,
            message.id.0,
            message.request_hash.0.to_vec(),
            message.sender.0,
            codes::message_kind(message.kind),
            message.body.as_str().to_owned(),
            message.created_at.0,
        );
    }
    Some(sends)
}

/// Reads `(ord, user or null, seq or user_rev, rev)`; a plan without a row missed a guard.
fn outcomes(layouts: &[Layout<'_>], rows: &[Row]) -> Result<Vec<Outcome>, tokio_postgres::Error> {
    let mut outcomes = vec![Outcome::GuardMissed; layouts.len()];
    let mut user_revs: Vec<Vec<(UserKey, i64)>> = layouts.iter().map(|_| Vec::new()).collect();
    for row in rows {
        let (ord, user, first, rev): (i64, Option<i64>, i64, i64) =
            (row.try_get(0)?, row.try_get(1)?, row.try_get(2)?, row.try_get(3)?);
        let at = usize::try_from(ord).unwrap_or(usize::MAX);
        let (Some(outcome), Some(user_revs)) = (outcomes.get_mut(at), user_revs.get_mut(at)) else {
            continue;
        };
        match user {
            Some(user) => user_revs.push((UserKey(user), first)),
            None => *outcome = Outcome::Committed(Allocation { seq: first, rev, user_revs: Vec::new() }),
        }
    }
    for ((outcome, layout), given) in outcomes.iter_mut().zip(layouts).zip(user_revs) {
        if let Outcome::Committed(allocation) = outcome {
            // In the order that the plan names them.
            allocation.user_revs = layout
                .users
                .iter()
                .filter_map(|(user, _)| given.iter().find(|(key, _)| key == user).copied())
                .collect();
        }
    }
    Ok(outcomes)
}
