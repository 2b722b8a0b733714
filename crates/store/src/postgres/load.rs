//! Writing plans in bulk, where nobody else writes: a statement for each table instead of one for all, and no guards.

use std::collections::HashMap;

use chat::{Plan, Write, accounts::Profile};
use deadpool_postgres::Transaction;
use tokio_postgres::types::ToSql;
use uuid::Uuid;

use super::{
    jobs::Jobs,
    relation::{Shape, relation, unnest},
};
use crate::{
    StoreError, codes,
    layout::{Layout, created, folded},
};

relation!(Users as "rows" {
    key: i64 => "bigint", subject: String => "text", subject_folded: String => "text",
    display_name: Option<String> => "text", name_folded: Option<String> => "text", email: Option<String> => "text",
    avatar_url: Option<String> => "text", created_at: i64 => "bigint",
});
relation!(Conversations as "rows" {
    key: i64 => "bigint", id: Uuid => "uuid", kind: i64 => "bigint", name: Option<String> => "text",
    direct_key: Option<String> => "text", created_by: i64 => "bigint", created_at: i64 => "bigint",
    member_count: i64 => "bigint",
});
relation!(Participants as "rows" {
    conversation: i64 => "bigint", user_key: i64 => "bigint", role: i64 => "bigint", joined_seq: i64 => "bigint",
    position: i64 => "bigint",
});
relation!(Marks as "rows" {
    user_key: i64 => "bigint", conversation: i64 => "bigint", read_seq: i64 => "bigint",
});
relation!(Messages as "rows" {
    conversation: i64 => "bigint", seq: i64 => "bigint", rev: i64 => "bigint", id: Uuid => "uuid",
    request_hash: Vec<u8> => "bytea", sender: i64 => "bigint", kind: i64 => "bigint", body: String => "text",
    created_at: i64 => "bigint", reply_to: Option<i64> => "bigint",
});
relation!(Changes as "rows" {
    stream: i64 => "bigint", number: i64 => "bigint", kind: i64 => "bigint", about: i64 => "bigint",
});
relation!(Taken as "rows" {
    key: i64 => "bigint", seqs: i64 => "bigint", revs: i64 => "bigint", active_at: i64 => "bigint",
});

const INSERT_USERS: &str = "INSERT INTO users (key, subject, subject_folded, display_name, name_folded, email, avatar_url, \
     created_at, last_user_rev) \
     SELECT key, subject, subject_folded, display_name, name_folded, email, avatar_url, created_at, 0 FROM rows";
const INSERT_CONVERSATIONS: &str = "INSERT INTO conversations (key, id, kind, name, direct_key, created_by, created_at, \
     last_activity_at, last_seq, last_rev, members_rev, member_count) \
     SELECT key, id, kind, name, direct_key, created_by, created_at, created_at, 0, 0, 1, member_count FROM rows";
const INSERT_PARTICIPANTS: &str = "INSERT INTO participants (conversation, user_key, role, joined_seq, position) \
     SELECT conversation, user_key, role, joined_seq, position FROM rows";
const INSERT_MARKS: &str = "INSERT INTO participant_state (user_key, conversation, read_seq) \
     SELECT user_key, conversation, read_seq FROM rows ON CONFLICT (user_key, conversation) \
     DO UPDATE SET read_seq = GREATEST(participant_state.read_seq, excluded.read_seq)";
const INSERT_MESSAGES: &str = "INSERT INTO messages (conversation, seq, rev, id, request_hash, sender, kind, body, created_at, reply_to) \
     SELECT conversation, seq, rev, id, request_hash, sender, kind, body, created_at, reply_to FROM rows";
const INSERT_CHANGES: &str =
    "INSERT INTO changes (conversation, rev, kind, ref) SELECT stream, number, kind, about FROM rows";
const INSERT_USER_CHANGES: &str =
    "INSERT INTO user_changes (user_key, user_rev, kind, ref) SELECT stream, number, kind, about FROM rows";
const TAKE_SEQ_AND_REV: &str = "UPDATE conversations c SET last_seq = c.last_seq + t.seqs, last_rev = c.last_rev + t.revs, \
     last_activity_at = GREATEST(c.last_activity_at, t.active_at) FROM rows t WHERE c.key = t.key \
     RETURNING c.key, c.last_seq - t.seqs, c.last_rev - t.revs";
const TAKE_USER_REVS: &str = "UPDATE users u SET last_user_rev = u.last_user_rev + t.revs FROM rows t WHERE u.key = t.key \
     RETURNING u.key, 0::bigint, u.last_user_rev - t.revs";

/// Each text with the columns of its rows, for the test that prepares them.
fn statements() -> [(&'static str, Shape); 9] {
    [
        (INSERT_USERS, Users::SHAPE),
        (INSERT_CONVERSATIONS, Conversations::SHAPE),
        (INSERT_PARTICIPANTS, Participants::SHAPE),
        (INSERT_MARKS, Marks::SHAPE),
        (INSERT_MESSAGES, Messages::SHAPE),
        (INSERT_CHANGES, Changes::SHAPE),
        (INSERT_USER_CHANGES, Changes::SHAPE),
        (TAKE_SEQ_AND_REV, Taken::SHAPE),
        (TAKE_USER_REVS, Taken::SHAPE),
    ]
}

/// Every text as PostgreSQL gets it.
pub(super) fn texts() -> Vec<String> {
    statements().iter().map(|(text, shape)| with_rows(text, *shape)).collect()
}

fn with_rows(text: &str, shape: Shape) -> String {
    format!("WITH {} {text}", unnest(shape, &mut 1))
}

/// Writes all of them in one transaction.
pub(super) async fn load(jobs: &Jobs, plans: &[impl AsRef<Plan>]) -> Result<(), StoreError> {
    let layouts: Vec<Layout<'_>> = plans.iter().map(|plan| Layout::of(plan.as_ref())).collect();
    let plans: Vec<(&Plan, &Layout<'_>)> = plans.iter().map(AsRef::as_ref).zip(&layouts).collect();
    let mut connection = jobs.connection().await?;
    let transaction = connection.client()?.transaction().await?;
    transaction.batch_execute("SET LOCAL statement_timeout = 0").await?;
    make(&transaction, &plans).await?;
    let mut conversations = take_seqs(&transaction, &plans).await?;
    let mut users = take_user_revs(&transaction, &plans).await?;
    write_streams(&transaction, &plans, &mut conversations, &mut users).await?;
    transaction.commit().await?;
    connection.give_back();
    Ok(())
}

/// New users and conversations, with nothing in their streams yet, and who is in them.
async fn make(transaction: &Transaction<'_>, plans: &[(&Plan, &Layout<'_>)]) -> Result<(), StoreError> {
    let (mut users, mut conversations) = (Users::default(), Conversations::default());
    let (mut participants, mut states) = (Participants::default(), Marks::default());
    for (plan, layout) in plans {
        if !plan.effects.is_empty() {
            return Err(not_in_bulk());
        }
        // Who founds a conversation comes before 1.
        let mut position = 0;
        for write in &plan.writes {
            match write {
                Write::User(user) => {
                    let Profile { name, email, avatar_url } = user.profile.clone();
                    let (id, name_folded) = (user.id.as_str(), name.as_deref().map(folded));
                    let created_at = user.created_at.0;
                    users.push(
                        user.key.0,
                        id.to_owned(),
                        folded(id),
                        name,
                        name_folded,
                        email,
                        avatar_url,
                        created_at,
                    );
                }
                Write::Conversation(new) => {
                    let direct_key = new.direct_key.as_ref().map(|key| key.as_str().to_owned());
                    let (kind, name) = (codes::kind(new.kind), new.name.clone());
                    let (maker, at) = (new.created_by.0, new.created_at.0);
                    conversations.push(
                        new.key.0,
                        new.id.0,
                        kind,
                        name,
                        direct_key,
                        maker,
                        at,
                        new.member_count,
                    );
                }
                Write::Participant { conversation, user, role } if created(plan, *conversation).is_some() => {
                    position += 1;
                    let place = position - layout.joining(*conversation);
                    participants.push(conversation.0, user.0, codes::role(*role), 1, place);
                    states.push(user.0, conversation.0, 0);
                }
                Write::Participant { .. }
                | Write::Departure { .. }
                | Write::Role { .. }
                | Write::Profile { .. }
                | Write::UpdateMessage(_)
                | Write::Reaction { .. }
                | Write::Receipt(_)
                | Write::Hidden(_)
                | Write::OwnState { .. }
                | Write::Paced { .. }
                | Write::UpdateConversation(_)
                | Write::Privacy(_) => return Err(not_in_bulk()),
                Write::Message(message) if !message.extras.is_empty() => return Err(not_in_bulk()),
                Write::Message(_) | Write::ReadMark { .. } => {}
            }
        }
    }
    execute(transaction, INSERT_USERS, Users::SHAPE, |out| users.parameters(out)).await?;
    execute(transaction, INSERT_CONVERSATIONS, Conversations::SHAPE, |out| conversations.parameters(out))
        .await?;
    execute(transaction, INSERT_PARTICIPANTS, Participants::SHAPE, |out| participants.parameters(out))
        .await?;
    execute(transaction, INSERT_MARKS, Marks::SHAPE, |out| states.parameters(out)).await
}

/// The last `seq` and `rev` before what is given out now, by key.
type Bases = HashMap<i64, (i64, i64)>;

async fn take_seqs(
    transaction: &Transaction<'_>,
    plans: &[(&Plan, &Layout<'_>)],
) -> Result<Bases, StoreError> {
    let mut sums: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    for (plan, layout) in plans {
        if let Some(conversation) = plan.conversation {
            let sum = sums.entry(conversation.0).or_insert((0, 0, i64::MIN));
            sum.0 += layout.messages.len() as i64;
            sum.1 += layout.changes.len() as i64;
            sum.2 = sum.2.max(layout.active_at().unwrap_or(i64::MIN));
        }
    }
    take(transaction, TAKE_SEQ_AND_REV, sums).await
}

async fn take_user_revs(
    transaction: &Transaction<'_>,
    plans: &[(&Plan, &Layout<'_>)],
) -> Result<Bases, StoreError> {
    let mut sums: HashMap<i64, (i64, i64, i64)> = HashMap::new();
    for (user, count) in plans.iter().flat_map(|(_, layout)| &layout.users) {
        sums.entry(user.0).or_default().1 += count;
    }
    take(transaction, TAKE_USER_REVS, sums).await
}

async fn take(
    transaction: &Transaction<'_>,
    text: &str,
    sums: HashMap<i64, (i64, i64, i64)>,
) -> Result<Bases, StoreError> {
    let mut taken = Taken::default();
    for (key, (seqs, revs, active_at)) in &sums {
        taken.push(*key, *seqs, *revs, *active_at);
    }
    let mut parameters = Vec::new();
    taken.parameters(&mut parameters);
    let statement = transaction.prepare_cached(&with_rows(text, Taken::SHAPE)).await?;
    let mut bases = HashMap::with_capacity(sums.len());
    for row in transaction.query(&statement, &parameters).await? {
        bases.insert(row.try_get(0)?, (row.try_get(1)?, row.try_get(2)?));
    }
    if bases.len() == sums.len() {
        Ok(bases)
    } else {
        Err(StoreError::Internal("a row that counts is not there".into()))
    }
}

/// What takes numbers, each in the order of the plans.
async fn write_streams(
    transaction: &Transaction<'_>,
    plans: &[(&Plan, &Layout<'_>)],
    conversations: &mut Bases,
    users: &mut Bases,
) -> Result<(), StoreError> {
    let (mut messages, mut marks) = (Messages::default(), HashMap::new());
    let (mut changes, mut user_changes) = (Changes::default(), Changes::default());
    for (plan, layout) in plans {
        if let Some((key, base)) =
            plan.conversation.and_then(|key| Some((key.0, conversations.get_mut(&key.0)?)))
        {
            for (seq, (message, rev_offset)) in (base.0 + 1..).zip(&layout.messages) {
                let (sender, kind) = (message.sender.0, codes::message_kind(message.kind));
                let (hash, body) = (message.request_hash.0.to_vec(), message.body.as_str().to_owned());
                let (rev, at) = (base.1 + rev_offset, message.created_at.0);
                let reply_to = message.reply_to.as_ref().map(|quote| quote.seq);
                messages.push(key, seq, rev, message.id.0, hash, sender, kind, body, at, reply_to);
            }
            for (rev, change) in (base.1 + 1..).zip(&layout.changes) {
                changes.push(key, rev, change.kind, change.about.number(base.0));
            }
            base.0 += layout.messages.len() as i64;
            base.1 += layout.changes.len() as i64;
        }
        for change in &layout.user_changes {
            let base = users.get(&change.user.0).map_or(0, |base| base.1);
            user_changes.push(change.user.0, base + change.offset, change.kind, change.about);
        }
        for (user, count) in &layout.users {
            if let Some(base) = users.get_mut(&user.0) {
                base.1 += count;
            }
        }
        for write in &plan.writes {
            if let Write::ReadMark { user, conversation, read_seq } = write {
                let mark = marks.entry((user.0, conversation.0)).or_insert(0);
                *mark = read_seq.max(mark).to_owned();
            }
        }
    }
    let mut moved = Marks::default();
    for ((user, conversation), read_seq) in marks {
        moved.push(user, conversation, read_seq);
    }
    execute(transaction, INSERT_MESSAGES, Messages::SHAPE, |out| messages.parameters(out)).await?;
    execute(transaction, INSERT_CHANGES, Changes::SHAPE, |out| changes.parameters(out)).await?;
    execute(transaction, INSERT_USER_CHANGES, Changes::SHAPE, |out| user_changes.parameters(out)).await?;
    execute(transaction, INSERT_MARKS, Marks::SHAPE, |out| moved.parameters(out)).await
}

async fn execute<'r>(
    transaction: &Transaction<'_>,
    text: &str,
    shape: Shape,
    rows: impl FnOnce(&mut Vec<&'r (dyn ToSql + Sync)>),
) -> Result<(), StoreError> {
    let mut parameters = Vec::new();
    rows(&mut parameters);
    let statement = transaction.prepare_cached(&with_rows(text, shape)).await?;
    transaction.execute(&statement, &parameters).await?;
    Ok(())
}

fn not_in_bulk() -> StoreError {
    StoreError::Internal(
        "profiles, effects, changed messages, receipts, and members of conversations that exist are not written in bulk".into(),
    )
}
