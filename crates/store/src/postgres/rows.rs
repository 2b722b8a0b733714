//! Plans of any kind as rows, for the statement that takes them all.

use chat::{
    Guard, Plan, UserKey, Write,
    accounts::Profile,
    messages::{MessageVersion, NewMessage, UpdatedMessage},
};
use tokio_postgres::types::ToSql;

use super::statements::{
    AbsentGuards, Changes, Conversations, Departures, Effects, Hidden, MembersGuards, Mentions, Messages,
    Participants, Plans, Profiles, Reactions, ReadMarks, Receipts, RevGuards, Roles, Updates, UserChanges,
    UserStreams, Users,
};
use super::{
    details::{Details, Paced},
    own_state::OwnStates,
    privacy::PrivacyRows,
};
use crate::{
    codes, extras,
    layout::{About, Layout, created, folded},
    reactions,
};

/// Everything that plans can hold, as the statement takes it. The order of fields is that of the parameters.
#[derive(Default)]
pub(super) struct Rows {
    plans: Plans,
    members_guards: MembersGuards,
    absent_guards: AbsentGuards,
    rev_guards: RevGuards,
    user_streams: UserStreams,
    users: Users,
    profiles: Profiles,
    conversations: Conversations,
    participants: Participants,
    departures: Departures,
    roles: Roles,
    messages: Messages,
    updates: Updates,
    reactions: Reactions,
    hidden: Hidden,
    mentions: Mentions,
    read_marks: ReadMarks,
    receipts: Receipts,
    own_states: OwnStates,
    details: Details,
    paced: Paced,
    changes: Changes,
    user_changes: UserChanges,
    effects: Effects,
    privacy: PrivacyRows,
}

impl Rows {
    /// All columns, in the order of the statement's parameters.
    pub(super) fn parameters<'a>(&'a self, out: &mut Vec<&'a (dyn ToSql + Sync)>) {
        self.plans.parameters(out);
        self.members_guards.parameters(out);
        self.absent_guards.parameters(out);
        self.rev_guards.parameters(out);
        self.user_streams.parameters(out);
        self.users.parameters(out);
        self.profiles.parameters(out);
        self.conversations.parameters(out);
        self.participants.parameters(out);
        self.departures.parameters(out);
        self.roles.parameters(out);
        self.messages.parameters(out);
        self.updates.parameters(out);
        self.reactions.parameters(out);
        self.hidden.parameters(out);
        self.mentions.parameters(out);
        self.read_marks.parameters(out);
        self.receipts.parameters(out);
        self.own_states.parameters(out);
        self.details.parameters(out);
        self.paced.parameters(out);
        self.changes.parameters(out);
        self.user_changes.parameters(out);
        self.effects.parameters(out);
        self.privacy.parameters(out);
    }

    /// Adds a plan, which is the `ord`-th of its batch.
    pub(super) fn add(&mut self, ord: i64, plan: &Plan, layout: &Layout<'_>) {
        let founds = plan.conversation.is_some_and(|key| created(plan, key).is_some());
        let (seqs, revs) = (layout.messages.len() as i64, layout.changes.len() as i64);
        self.plans.push(ord, plan.conversation.map(|key| key.0), founds, seqs, revs, layout.active_at());
        for guard in &plan.guards {
            match guard {
                Guard::MembersRev { conversation, members_rev } => {
                    self.members_guards.push(ord, conversation.0, *members_rev);
                }
                Guard::MessageAbsent { conversation, id } => {
                    self.absent_guards.push(ord, conversation.0, id.0);
                }
                Guard::MessageRev { conversation, seq, rev } => {
                    self.rev_guards.push(ord, conversation.0, *seq, *rev);
                }
                Guard::Privacy(guard) => self.privacy.guard(ord, guard),
            }
        }
        for (user, count) in &layout.users {
            self.user_streams.push(ord, user.0, *count, is_new(plan, *user));
        }
        let mut positions: Vec<_> = layout.joins.iter().map(|(key, _)| (*key, 0)).collect();
        for write in &plan.writes {
            match write {
                Write::Participant { conversation, user, role } => {
                    let Some((_, position)) = positions.iter_mut().find(|(key, _)| key == conversation)
                    else {
                        continue;
                    };
                    *position += 1;
                    let founds = created(plan, *conversation).is_some();
                    // Who founds a conversation comes before 1; who joins later, after its `members_rev`.
                    let position = if founds { *position - layout.joining(*conversation) } else { *position };
                    let role = codes::role(*role);
                    self.participants.push(ord, conversation.0, user.0, role, position, founds);
                }
                write => self.add_write(ord, plan, layout, write),
            }
        }
        for (seq_offset, (message, rev_offset)) in (1_i64..).zip(&layout.messages) {
            self.add_message(ord, message, seq_offset, *rev_offset);
        }
        for (message, rev_offset) in &layout.updates {
            self.add_update(ord, message, *rev_offset);
        }
        for (hidden, rev_offset) in &layout.hidden {
            self.hidden.push(ord, hidden.user.0, hidden.conversation.0, hidden.seq, *rev_offset);
        }
        for (rev_offset, change) in (1_i64..).zip(&layout.changes) {
            let (seq_offset, row) = match change.about {
                About::NewMessage(offset) => (Some(offset), None),
                About::Row(number) => (None, Some(number)),
            };
            self.changes.push(ord, rev_offset, change.kind, seq_offset, row);
        }
        for change in &layout.user_changes {
            self.user_changes.push(ord, change.user.0, change.offset, change.kind, change.about);
        }
        for effect in &plan.effects {
            self.effects.push(
                ord,
                effect.kind.to_owned(),
                effect.dedupe_key.clone(),
                effect.payload.clone(),
                effect.created_at.0,
                effect.due_at.0,
            );
        }
    }

    fn add_write(&mut self, ord: i64, plan: &Plan, layout: &Layout<'_>, write: &Write) {
        match write {
            Write::User(user) => {
                let Profile { name, email, avatar_url } = user.profile.clone();
                let taken = layout.taken_of(user.key);
                let id = user.id.as_str();
                let name_folded = name.as_deref().map(folded);
                self.users.push(
                    ord,
                    user.key.0,
                    id.to_owned(),
                    folded(id),
                    name,
                    name_folded,
                    email,
                    avatar_url,
                    user.created_at.0,
                    taken,
                );
            }
            Write::Profile { user, profile } => {
                let Profile { name, email, avatar_url } = profile.clone();
                let name_folded = name.as_deref().map(folded);
                self.profiles.push(ord, user.0, name, name_folded, email, avatar_url);
            }
            Write::Conversation(new) => {
                let here = plan.conversation == Some(new.key);
                let (seqs, revs) =
                    if here { (layout.messages.len() as i64, layout.changes.len() as i64) } else { (0, 0) };
                let active_at = layout.active_at().filter(|_| here).unwrap_or(new.created_at.0);
                let direct_key = new.direct_key.as_ref().map(|key| key.as_str().to_owned());
                self.conversations.push(
                    ord,
                    new.key.0,
                    new.id.0,
                    codes::kind(new.kind),
                    new.name.clone(),
                    direct_key,
                    new.created_by.0,
                    new.created_at.0,
                    active_at.max(new.created_at.0),
                    seqs,
                    revs,
                    new.member_count,
                );
            }
            Write::ReadMark { user, conversation, read_seq } => {
                self.read_marks.push(ord, user.0, conversation.0, *read_seq);
            }
            Write::OwnState { user, conversation, state } => {
                self.own_states.add(ord, *user, *conversation, state);
            }
            Write::UpdateConversation(updated) => self.details.add(ord, updated),
            Write::Paced { user, conversation, at } => {
                self.paced.push(ord, user.0, conversation.0, at.0);
            }
            Write::Privacy(row) => self.privacy.write(ord, row),
            Write::Receipt(mark) => self.receipts.push(
                ord,
                mark.conversation.0,
                mark.user.0,
                codes::receipt_kind(mark.kind),
                mark.seq,
                mark.at.0,
                mark.keeps_earlier,
            ),
            Write::Departure { conversation, user, left_at } => {
                self.departures.push(ord, conversation.0, user.0, left_at.0);
            }
            Write::Role { conversation, user, role } => {
                self.roles.push(ord, conversation.0, user.0, codes::role(*role));
            }
            Write::Reaction { conversation, seq, user, emoji, at } => {
                let at = at.map(|at| at.0);
                self.reactions.push(ord, conversation.0, *seq, user.0, emoji.clone(), at);
            }
            Write::Hidden(_) | Write::Participant { .. } | Write::Message(_) | Write::UpdateMessage(_) => {}
        }
    }

    fn add_message(&mut self, ord: i64, message: &NewMessage, seq_offset: i64, rev_offset: i64) {
        self.messages.push(
            ord,
            message.conversation.0,
            seq_offset,
            rev_offset,
            message.id.0,
            message.request_hash.0.to_vec(),
            message.sender.0,
            codes::message_kind(message.kind),
            message.body.as_str().to_owned(),
            message.created_at.0,
            message.reply_to.as_ref().map(|quote| quote.seq),
            extras::write(&message.extras),
        );
        for mentioned in &message.mentioned {
            let user = mentioned.user.map_or(0, |user| user.0);
            self.mentions.push(ord, mentioned.conversation.0, user, seq_offset, mentioned.sender.0);
        }
    }

    fn add_update(&mut self, ord: i64, updated: &UpdatedMessage, rev_offset: i64) {
        let message = &updated.message;
        let (replaced, written_at) = match updated.replaced.clone() {
            Some(MessageVersion { body, written_at }) => (Some(body), Some(written_at.0)),
            None => (None, None),
        };
        self.updates.push(
            ord,
            updated.conversation.0,
            message.seq,
            rev_offset,
            message.body.clone(),
            message.edited_at.map(|at| at.0),
            message.deleted_at.map(|at| at.0),
            reactions::write(&message.reactions),
            replaced,
            written_at,
        );
    }
}

fn is_new(plan: &Plan, user: UserKey) -> bool {
    plan.writes.iter().any(|write| matches!(write, Write::User(new) if new.key == user))
}
