//! One plan, row by row. The writer is alone, so reading a counter and then writing it is safe.

use chat::{Allocation, ConversationKey, Guard, Plan, Write, accounts::Profile, messages::NewMessage};
use rusqlite::{Connection, OptionalExtension, Params, Result, named_params, params};

use super::{privacy, receipts};
use crate::{
    KeyKind, codes, extras,
    layout::{Layout, created, folded},
    sqlite::{details, hidden, mentions, own_state, updates},
};

const MEMBERS_REV: &str = "SELECT members_rev FROM conversations WHERE key = ?1";
const COUNTERS: &str = "SELECT members_rev, last_seq, last_rev FROM conversations WHERE key = ?1";
const COUNT_SEND: &str = "UPDATE conversations \
     SET last_seq = ?2, last_rev = ?3, last_activity_at = max(last_activity_at, ?4) WHERE key = ?1";
const MESSAGE_PRESENT: &str = "SELECT 1 FROM messages WHERE conversation = ?1 AND id = ?2";
const TAKE_SEQ_AND_REV: &str = "UPDATE conversations \
     SET last_seq = last_seq + ?2, last_rev = last_rev + ?3, last_activity_at = max(last_activity_at, ?4) \
     WHERE key = ?1 RETURNING last_seq - ?2, last_rev - ?3";
const TAKE_USER_REVS: &str = "UPDATE users SET last_user_rev = last_user_rev + ?2 WHERE key = ?1 \
     RETURNING last_user_rev - ?2";
const GAIN_MEMBERS: &str = "UPDATE conversations \
     SET members_rev = members_rev + ?2, member_count = member_count + ?2 WHERE key = ?1 \
     RETURNING members_rev - ?2, last_seq";
const INSERT_USER: &str = "INSERT INTO users \
     (key, subject, subject_folded, display_name, name_folded, email, avatar_url, created_at, last_user_rev) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 0)";
const UPDATE_PROFILE: &str = "UPDATE users SET display_name = COALESCE(?2, display_name), name_folded = COALESCE(?3, name_folded), \
     email = COALESCE(?4, email), avatar_url = COALESCE(?5, avatar_url) WHERE key = ?1";
const INSERT_CONVERSATION: &str = "INSERT INTO conversations \
     (key, id, kind, name, direct_key, created_by, created_at, last_activity_at, last_seq, last_rev, members_rev, \
      member_count) \
     VALUES (:key, :id, :kind, :name, :direct_key, :created_by, :created_at, :created_at, 0, 0, 1, :member_count)";
const CHANGE_MEMBERS: &str = "UPDATE conversations \
     SET members_rev = members_rev + ?2, member_count = member_count - ?3 WHERE key = ?1";
const PUT_PARTICIPANT: &str = "INSERT INTO participants (conversation, user_key, role, joined_seq, position) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (conversation, user_key) DO UPDATE \
     SET role = excluded.role, joined_seq = excluded.joined_seq, position = excluded.position, left_at = NULL \
     WHERE left_at IS NOT NULL";
const DEPART: &str =
    "UPDATE participants SET left_at = ?3 WHERE conversation = ?1 AND user_key = ?2 AND left_at IS NULL";
const GIVE_ROLE: &str =
    "UPDATE participants SET role = ?3 WHERE conversation = ?1 AND user_key = ?2 AND left_at IS NULL";
const INSERT_STATE: &str = "INSERT INTO participant_state (user_key, conversation, read_seq) VALUES (?1, ?2, 0) \
     ON CONFLICT (user_key, conversation) DO UPDATE SET marked_unread = 0";
const INSERT_MESSAGE: &str = "INSERT INTO messages \
     (conversation, seq, rev, id, request_hash, sender, kind, body, created_at, reply_to, extras) \
     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)";
const MOVE_READ_MARK: &str = "INSERT INTO participant_state (user_key, conversation, read_seq) VALUES (?1, ?2, ?3) \
     ON CONFLICT (user_key, conversation) DO UPDATE \
     SET read_seq = max(read_seq, excluded.read_seq), marked_unread = 0";
const INSERT_CHANGE: &str = "INSERT INTO changes (conversation, rev, kind, ref) VALUES (?1, ?2, ?3, ?4)";
const INSERT_USER_CHANGE: &str =
    "INSERT INTO user_changes (user_key, user_rev, kind, ref) VALUES (?1, ?2, ?3, ?4)";
const INSERT_EFFECT: &str = "INSERT INTO outbox (kind, dedupe_key, payload, created_at, due_at) \
     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (dedupe_key) DO NOTHING";
const RESERVE_KEYS: &str =
    "UPDATE key_blocks SET next_key = next_key + ?2 WHERE name = ?1 RETURNING next_key - ?2";

/// Every text above, for the test that prepares them.
pub(crate) const STATEMENTS: &[&str] = &[
    MEMBERS_REV,
    COUNTERS,
    COUNT_SEND,
    MESSAGE_PRESENT,
    TAKE_SEQ_AND_REV,
    TAKE_USER_REVS,
    GAIN_MEMBERS,
    INSERT_USER,
    UPDATE_PROFILE,
    INSERT_CONVERSATION,
    CHANGE_MEMBERS,
    PUT_PARTICIPANT,
    DEPART,
    GIVE_ROLE,
    INSERT_STATE,
    INSERT_MESSAGE,
    MOVE_READ_MARK,
    INSERT_CHANGE,
    INSERT_USER_CHANGE,
    INSERT_EFFECT,
    RESERVE_KEYS,
    hidden::INSERT_HIDDEN,
    own_state::SET_STATE,
    mentions::INSERT_MENTION,
    mentions::DELETE_MENTIONS,
    own_state::PACED,
    details::UPDATE_CONVERSATION,
    updates::MESSAGE_REV,
    updates::UPDATE_MESSAGE,
    updates::INSERT_VERSION,
    updates::UNCOUNT_MESSAGE,
    updates::DELETE_REACTIONS,
    updates::DELETE_REACTION,
    updates::INSERT_REACTION,
    receipts::INSERT_MARK,
    receipts::DELETE_EARLIER,
];

/// Writes a plan and tells its numbers. `None`: a guard missed, and what was written is to be rolled back.
pub(super) fn apply(connection: &Connection, plan: &Plan) -> Result<Option<Allocation>> {
    let layout = Layout::of(plan);
    for guard in &plan.guards {
        if !holds(connection, guard, &layout)? {
            return Ok(None);
        }
    }
    for write in &plan.writes {
        if let Write::User(_) | Write::Conversation(_) = write {
            write_row(connection, write)?;
        }
    }
    let Some(allocation) = allocate(connection, plan, &layout)? else { return Ok(None) };
    for write in &plan.writes {
        if let Write::Profile { .. }
        | Write::ReadMark { .. }
        | Write::OwnState { .. }
        | Write::Paced { .. }
        | Write::UpdateConversation(_)
        | Write::Reaction { .. }
        | Write::Receipt(_)
        | Write::Privacy(_) = write
        {
            write_row(connection, write)?;
        }
    }
    let seq = plan.conversation.map(|key| (key, allocation.seq));
    if !write_participants(connection, plan, &layout, seq)?
        || !change_participants(connection, plan, &layout)?
    {
        return Ok(None);
    }
    for (i, (message, rev_offset)) in layout.messages.iter().enumerate() {
        let seq = allocation.seq + 1 + i as i64;
        let rev = allocation.rev + rev_offset;
        insert_message(connection, message, seq, rev)?;
        mentions::write(connection, message, seq)?;
    }
    hidden::write(connection, &layout, &allocation)?;
    for (message, rev_offset) in &layout.updates {
        updates::write(connection, message, allocation.rev + rev_offset)?;
    }
    if let Some(conversation) = plan.conversation {
        for (i, change) in layout.changes.iter().enumerate() {
            let (rev, about) = (allocation.rev + 1 + i as i64, change.about.number(allocation.seq));
            execute(connection, INSERT_CHANGE, params![conversation.0, rev, change.kind, about])?;
        }
    }
    for change in &layout.user_changes {
        let base =
            allocation.user_revs.iter().find(|(user, _)| *user == change.user).map_or(0, |(_, base)| *base);
        let row = params![change.user.0, base + change.offset, change.kind, change.about];
        execute(connection, INSERT_USER_CHANGE, row)?;
    }
    for effect in &plan.effects {
        let row =
            params![effect.kind, effect.dedupe_key, effect.payload, effect.created_at.0, effect.due_at.0];
        execute(connection, INSERT_EFFECT, row)?;
    }
    Ok(Some(allocation))
}

/// What became of a plan that is applied without a savepoint.
pub(super) enum Sent {
    /// It has these numbers.
    Written(Allocation),
    /// A guard missed, or its id is taken; nothing was written.
    Missed,
}

/// Writes a plan that is one send. Whatever makes it miss does so before its first row stands, so that it needs no
/// savepoint, which would copy every page that it touches.
///
/// # Errors
/// Then rows of it may stand: the transaction is to be rolled back.
pub(super) fn send(connection: &Connection, members_rev: i64, message: &NewMessage) -> Result<Sent> {
    let key = message.conversation.0;
    let counters: Option<(i64, i64, i64)> = connection
        .prepare_cached(COUNTERS)?
        .query_row([key], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let Some((stored, seq, rev)) = counters else { return Ok(Sent::Missed) };
    if members_rev != stored {
        return Ok(Sent::Missed);
    }
    match insert_message(connection, message, seq + 1, rev + 1) {
        Err(error) if is_taken(&error) => return Ok(Sent::Missed),
        inserted => inserted?,
    }
    execute(connection, COUNT_SEND, [key, seq + 1, rev + 1, message.created_at.0])?;
    execute(connection, INSERT_CHANGE, [key, rev + 1, codes::MESSAGE_NEW, seq + 1])?;
    Ok(Sent::Written(Allocation { seq, rev, user_revs: Vec::new() }))
}

fn insert_message(connection: &Connection, message: &NewMessage, seq: i64, rev: i64) -> Result<()> {
    let row = params![
        message.conversation.0,
        seq,
        rev,
        message.id.0.as_bytes(),
        message.request_hash.0,
        message.sender.0,
        codes::message_kind(message.kind),
        message.body.as_str(),
        message.created_at.0,
        message.reply_to.as_ref().map(|quote| quote.seq),
        extras::write(&message.extras)
    ];
    execute(connection, INSERT_MESSAGE, row)
}

/// Whether a new row met one that is there.
pub(super) fn is_taken(error: &rusqlite::Error) -> bool {
    use rusqlite::ffi::{SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE};
    error.sqlite_extended_error_code().is_some_and(|code| {
        [SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_ROWID, SQLITE_CONSTRAINT_UNIQUE].contains(&code)
    })
}

fn holds(connection: &Connection, guard: &Guard, layout: &Layout<'_>) -> Result<bool> {
    match guard {
        Guard::MembersRev { conversation, members_rev } => {
            let stored: Option<i64> = first(connection, MEMBERS_REV, [conversation.0])?;
            Ok(stored == Some(*members_rev))
        }
        // The insert meets the unique index anyway.
        Guard::MessageAbsent { id, .. } if layout.messages.iter().any(|(new, _)| new.id == *id) => Ok(true),
        Guard::MessageAbsent { conversation, id } => {
            let present: Option<i64> =
                first(connection, MESSAGE_PRESENT, params![conversation.0, id.0.as_bytes()])?;
            Ok(present.is_none())
        }
        Guard::Privacy(guard) => privacy::holds(connection, guard),
        Guard::MessageRev { conversation, seq, rev } => {
            Ok(first(connection, updates::MESSAGE_REV, [conversation.0, *seq])? == Some(*rev))
        }
    }
}

/// Takes the numbers. `None`: the plan rests on a conversation or a user that is not there.
fn allocate(connection: &Connection, plan: &Plan, layout: &Layout<'_>) -> Result<Option<Allocation>> {
    let mut allocation = Allocation::default();
    if let Some(conversation) = plan.conversation {
        let (seqs, revs) = (layout.messages.len() as i64, layout.changes.len() as i64);
        let active_at = layout.active_at().unwrap_or(i64::MIN);
        let taken = connection
            .prepare_cached(TAKE_SEQ_AND_REV)?
            .query_row(params![conversation.0, seqs, revs, active_at], |row| Ok((row.get(0)?, row.get(1)?)))
            .optional()?;
        let Some((seq, rev)) = taken else { return Ok(None) };
        (allocation.seq, allocation.rev) = (seq, rev);
    }
    for (user, count) in &layout.users {
        let Some(base) = first(connection, TAKE_USER_REVS, [user.0, *count])? else { return Ok(None) };
        allocation.user_revs.push((*user, base));
    }
    Ok(Some(allocation))
}

/// Writes who joins. `seq` is the last message of the plan's own conversation before the plan. False: one is there.
fn write_participants(
    connection: &Connection,
    plan: &Plan,
    layout: &Layout<'_>,
    seq: Option<(ConversationKey, i64)>,
) -> Result<bool> {
    // The order of joining goes on where `members_rev` is; who founds a conversation comes before 1.
    let mut positions = Vec::with_capacity(layout.joins.len());
    for (conversation, count) in &layout.joins {
        let base = match created(plan, *conversation) {
            Some(_) => Some((-count, 0)),
            None => connection
                .prepare_cached(GAIN_MEMBERS)?
                .query_row([conversation.0, *count], |row| Ok((row.get(0)?, row.get(1)?)))
                .optional()?,
        };
        let Some((base, last_seq)) = base else { return Ok(false) };
        let before = seq.filter(|(key, _)| key == conversation).map_or(last_seq, |(_, seq)| seq);
        positions.push((*conversation, base, before + 1));
    }
    for write in &plan.writes {
        let Write::Participant { conversation, user, role } = write else { continue };
        let Some((_, position, joined_seq)) = positions.iter_mut().find(|(key, ..)| key == conversation)
        else {
            continue;
        };
        *position += 1;
        let row = params![conversation.0, user.0, codes::role(*role), *joined_seq, *position];
        if connection.prepare_cached(PUT_PARTICIPANT)?.execute(row)? == 0 {
            return Ok(false);
        }
        execute(connection, INSERT_STATE, [user.0, conversation.0])?;
    }
    Ok(true)
}

/// Writes who leaves and who is given another role. False: one of them is not there.
fn change_participants(connection: &Connection, plan: &Plan, layout: &Layout<'_>) -> Result<bool> {
    let departures = layout.departures.iter().map(|(key, count)| (key, *count, *count));
    let roles = layout.roles.iter().map(|(key, count)| (key, *count, 0));
    for (conversation, steps, left) in departures.chain(roles) {
        execute(connection, CHANGE_MEMBERS, [conversation.0, steps, left])?;
    }
    for write in &plan.writes {
        let (sql, row) = match write {
            Write::Departure { conversation, user, left_at } => (DEPART, [conversation.0, user.0, left_at.0]),
            Write::Role { conversation, user, role } => {
                (GIVE_ROLE, [conversation.0, user.0, codes::role(*role)])
            }
            _ => continue,
        };
        if connection.prepare_cached(sql)?.execute(row)? == 0 {
            return Ok(false);
        }
    }
    Ok(true)
}

fn write_row(connection: &Connection, write: &Write) -> Result<()> {
    match write {
        Write::User(user) => {
            let Profile { name, email, avatar_url } = &user.profile;
            let row = params![
                user.key.0,
                user.id.as_str(),
                folded(user.id.as_str()),
                name,
                name.as_deref().map(folded),
                email,
                avatar_url,
                user.created_at.0
            ];
            execute(connection, INSERT_USER, row)
        }
        Write::Profile { user, profile: Profile { name, email, avatar_url } } => {
            let row = params![user.0, name, name.as_deref().map(folded), email, avatar_url];
            execute(connection, UPDATE_PROFILE, row)
        }
        Write::Conversation(new) => {
            let row = named_params! {
                ":key": new.key.0,
                ":id": new.id.0.as_bytes(),
                ":kind": codes::kind(new.kind),
                ":name": new.name,
                ":direct_key": new.direct_key.as_ref().map(|key| key.as_str()),
                ":created_by": new.created_by.0,
                ":created_at": new.created_at.0,
                ":member_count": new.member_count,
            };
            execute(connection, INSERT_CONVERSATION, row)
        }
        Write::ReadMark { user, conversation, read_seq } => {
            execute(connection, MOVE_READ_MARK, [user.0, conversation.0, *read_seq])
        }
        Write::OwnState { user, conversation, state } => {
            own_state::write(connection, *user, *conversation, state)
        }
        Write::Paced { user, conversation, at } => {
            execute(connection, own_state::PACED, [user.0, conversation.0, at.0])
        }
        Write::UpdateConversation(updated) => details::write(connection, updated),
        Write::Privacy(row) => privacy::write(connection, row),
        Write::Receipt(mark) => receipts::write(connection, mark),
        Write::Reaction { conversation, seq, user, emoji, at } => {
            updates::react(connection, (conversation.0, *seq), user.0, emoji, at.map(|at| at.0))
        }
        // Written with their numbers.
        Write::Hidden(_)
        | Write::Participant { .. }
        | Write::Departure { .. }
        | Write::Role { .. }
        | Write::Message(_)
        | Write::UpdateMessage(_) => Ok(()),
    }
}

/// Sets aside `count` keys and tells the first.
pub(super) fn reserve_keys(connection: &Connection, kind: KeyKind, count: i64) -> Result<i64> {
    connection.prepare_cached(RESERVE_KEYS)?.query_row(params![kind.name(), count], |row| row.get(0))
}

pub(super) fn execute(connection: &Connection, sql: &str, params: impl Params) -> Result<()> {
    connection.prepare_cached(sql)?.execute(params).map(drop)
}

pub(super) fn first(connection: &Connection, sql: &str, params: impl Params) -> Result<Option<i64>> {
    connection.prepare_cached(sql)?.query_row(params, |row| row.get(0)).optional()
}
