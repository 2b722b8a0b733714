//! What the rules must know, cached where it is safe: a fact in a plan is guarded, so a stale one only costs a second
//! decision.

use std::{
    collections::{HashMap, HashSet},
    num::NonZeroUsize,
    sync::Arc,
};

use chat::{
    Actor, Command, ConversationId, ConversationKey, MessageId, Timestamp, UserId, UserKey,
    accounts::User,
    blocks::BlockFacts,
    conversations::{ConversationFacts, DirectKey, Invitee},
    details::Details,
    follows::FollowFacts,
    hidden::{HideFacts, HideMessage},
    mentions::Between,
    messages::{Message, StoredMessage},
    own_state::OwnState,
    privacy::Contact,
    receipts::{self, DeliveredFacts, ReadFacts},
    requests::RequestFacts,
    settings::SettingsFacts,
};
use futures_util::future::join_all;
use lru::LruCache;
use store::{KeyKind, StoreError};

use super::sends;
use crate::{ServiceError, Shared, lane::Job};

/// How many conversations a lane remembers.
const CONVERSATIONS_KEPT: NonZeroUsize = NonZeroUsize::new(16_384).unwrap();

/// What one command's rules must know.
pub(super) enum Facts {
    Announce {
        known: Option<User>,
        new_key: UserKey,
    },
    Direct {
        existing: Option<ConversationId>,
        other: Invitee,
        contacts: Vec<Contact>,
        key: ConversationKey,
    },
    Group {
        others: Vec<Invitee>,
        contacts: Vec<Contact>,
        key: ConversationKey,
    },
    Send {
        conversation: Option<Arc<ConversationFacts>>,
        stored: Option<Box<StoredMessage>>,
        request: Option<Box<RequestFacts>>,
        original: Option<Box<Message>>,
        blocks: Vec<Between>,
        /// When the actor last sent, where he may not send as often as he likes.
        last_sent_at: Option<Timestamp>,
    },
    Message {
        conversation: Option<Arc<ConversationFacts>>,
        message: Option<Message>,
    },
    Hide {
        conversation: Option<Arc<ConversationFacts>>,
        message: Option<HideFacts>,
    },
    Participants {
        conversation: Option<Arc<ConversationFacts>>,
        users: Vec<Invitee>,
        contacts: Vec<Contact>,
    },
    Details {
        conversation: Option<Arc<ConversationFacts>>,
        before: Option<Details>,
    },
    Read {
        conversation: Option<Arc<ConversationFacts>>,
        read: Option<ReadFacts>,
        contacts: Vec<Contact>,
    },
    Request {
        conversation: Option<Arc<ConversationFacts>>,
        request: Option<RequestFacts>,
    },
    Delivered {
        conversation: Option<Arc<ConversationFacts>>,
        delivered: Option<DeliveredFacts>,
        contacts: Vec<Contact>,
    },
    Own {
        conversation: Option<Arc<ConversationFacts>>,
        own: Option<OwnState>,
        /// For what counts what is unread.
        read: Option<ReadFacts>,
    },
    Block(Option<BlockFacts>),
    Follow(Option<FollowFacts>),
    Settings(SettingsFacts),
}

/// The facts of a batch, by the position of their command.
pub(super) struct Loaded(Vec<Option<Result<Facts, ServiceError>>>);

impl Loaded {
    /// The facts of the command at this position, once.
    pub(super) fn take(&mut self, position: usize) -> Result<Facts, ServiceError> {
        let facts = self.0.get_mut(position).and_then(Option::take);
        facts.unwrap_or(Err(ServiceError::Internal("facts were asked for twice")))
    }
}

pub(super) struct FactCache {
    conversations: LruCache<ConversationId, Arc<ConversationFacts>>,
}

pub(super) type Conversations = HashMap<ConversationId, Arc<ConversationFacts>>;

impl FactCache {
    pub(super) fn new() -> Self {
        Self { conversations: LruCache::new(CONVERSATIONS_KEPT) }
    }

    /// The facts of all jobs: what several need is read in one query.
    /// `on_read` sees each conversation that was not remembered.
    pub(super) async fn load(
        &mut self,
        shared: &Shared,
        jobs: &[Job],
        on_read: impl FnMut(&ConversationFacts),
    ) -> Loaded {
        let conversations = self.conversations(shared, jobs, on_read).await;
        let conversations = match &conversations {
            Ok(found) => found,
            Err(error) => {
                tracing::warn!(%error, "facts could not be read");
                return Loaded(jobs.iter().map(|_| Some(Err(ServiceError::Unavailable))).collect());
            }
        };
        let facts = join_all(jobs.iter().map(|job| gather(shared, conversations, job))).await;
        Loaded(facts.into_iter().map(|facts| Some(facts.map_err(ServiceError::from))).collect())
    }

    async fn conversations(
        &mut self,
        shared: &Shared,
        jobs: &[Job],
        mut on_read: impl FnMut(&ConversationFacts),
    ) -> Result<Conversations, StoreError> {
        let mut found = HashMap::new();
        let mut missing = HashSet::new();
        for job in jobs {
            let Some(id) = conversation_of(&job.command) else { continue };
            match self.conversations.get(&id) {
                Some(facts) if !changes_members(&job.command) => drop(found.insert(id, facts.clone())),
                _ => drop(missing.insert(id)),
            }
        }
        if !missing.is_empty() {
            let missing: Vec<ConversationId> = missing.into_iter().collect();
            for facts in shared.store.conversation_facts(&missing).await? {
                on_read(&facts);
                let facts = Arc::new(facts);
                self.conversations.put(facts.id, facts.clone());
                found.insert(facts.id, facts);
            }
        }
        Ok(found)
    }

    /// What is remembered of a conversation.
    pub(super) fn conversation(&self, id: ConversationId) -> Option<Arc<ConversationFacts>> {
        self.conversations.peek(&id).cloned()
    }

    /// Whether a command was decided on a conversation that is remembered from before; `fresh` were read for it.
    pub(super) fn remembered(&self, command: &Command, fresh: &HashSet<ConversationId>) -> bool {
        conversation_of(command).is_some_and(|id| !fresh.contains(&id) && self.conversations.contains(&id))
    }

    /// Whether a command is about a message, which one that is decided beside it may be about to write.
    pub(super) fn is_about_message(command: &Command) -> bool {
        match command {
            Command::EditMessage(_)
            | Command::UnsendMessage(_)
            | Command::ReactMessage(_)
            | Command::HideMessage(_) => true,
            Command::SendMessage(send) => send.reply_to.is_some(),
            _ => false,
        }
    }

    /// Drops what a command was decided on.
    pub(super) fn forget(&mut self, command: &Command) {
        if let Some(id) = conversation_of(command) {
            self.conversations.pop(&id);
        }
    }
}

fn conversation_of(command: &Command) -> Option<ConversationId> {
    match command {
        Command::SendMessage(send) => Some(send.conversation),
        Command::EditMessage(edit) => Some(edit.conversation),
        Command::UnsendMessage(unsend) => Some(unsend.conversation),
        Command::ReactMessage(react) => Some(react.conversation),
        Command::HideMessage(hide) => Some(hide.conversation),
        Command::MarkRead(mark) => Some(mark.conversation),
        Command::MarkDelivered(mark) => Some(mark.conversation),
        Command::SetState(set) => Some(set.conversation),
        Command::DeleteConversation(delete) => Some(delete.conversation),
        Command::UpdateConversation(update) => Some(update.conversation),
        Command::AnswerRequest(answer) => Some(answer.conversation),
        Command::AddParticipants(add) => Some(add.conversation),
        Command::RemoveParticipant(remove) => Some(remove.conversation),
        Command::ChangeRole(change) => Some(change.conversation),
        Command::AnnounceUser(_)
        | Command::CreateDirect(_)
        | Command::CreateGroup(_)
        | Command::SetBlock(_)
        | Command::SetFollow(_)
        | Command::ChangeSettings(_) => None,
    }
}

/// Whether a command is about who is in a conversation, or how it is kept: such ones are few, and that there is nothing to
/// do is answered without a guard, so they are decided on what is read for them.
pub(super) fn changes_members(command: &Command) -> bool {
    matches!(
        command,
        Command::AddParticipants(_)
            | Command::RemoveParticipant(_)
            | Command::ChangeRole(_)
            | Command::UpdateConversation(_)
            | Command::AnswerRequest(_)
    )
}

async fn gather(shared: &Shared, conversations: &Conversations, job: &Job) -> Result<Facts, StoreError> {
    match &job.command {
        Command::AnnounceUser(announce) => {
            // Never from memory: that nothing is to be written is answered without a guard.
            let known = shared.store.users(std::slice::from_ref(&announce.id)).await?.into_iter().next();
            let new_key = match &known {
                Some(known) => known.key,
                None => UserKey(shared.keys.next(KeyKind::Users).await?),
            };
            Ok(Facts::Announce { known, new_key })
        }
        Command::CreateDirect(create) => direct(shared, &job.actor, &create.with).await,
        Command::CreateGroup(create) => {
            let others = invitees(shared, &create.with).await?;
            let contacts = contacts(shared, &job.actor, &others).await?;
            Ok(Facts::Group {
                others,
                contacts,
                key: ConversationKey(shared.keys.next(KeyKind::Conversations).await?),
            })
        }
        Command::AddParticipants(add) => {
            let conversation = conversations.get(&add.conversation).cloned();
            // A stranger may not make users by naming them.
            let is_in = conversation.as_ref().is_some_and(|facts| facts.members.get(job.actor.key).is_some());
            let users = if is_in { invitees(shared, &add.users).await? } else { Vec::new() };
            let is_new = |user: &&Invitee| {
                conversation.as_ref().is_some_and(|facts| facts.members.get(user.key()).is_none())
            };
            let new: Vec<Invitee> = users.iter().filter(is_new).cloned().collect();
            let contacts = contacts(shared, &job.actor, &new).await?;
            Ok(Facts::Participants { conversation, users, contacts })
        }
        Command::UpdateConversation(update) => {
            let conversation = conversations.get(&update.conversation).cloned();
            let before = shared.store.conversation(job.actor.key, update.conversation).await?;
            Ok(Facts::Details { conversation, before: before.map(|conversation| conversation.details) })
        }
        Command::RemoveParticipant(remove) => Ok(Facts::Participants {
            conversation: conversations.get(&remove.conversation).cloned(),
            users: Vec::new(),
            contacts: Vec::new(),
        }),
        Command::ChangeRole(change) => Ok(Facts::Participants {
            conversation: conversations.get(&change.conversation).cloned(),
            users: Vec::new(),
            contacts: Vec::new(),
        }),
        Command::SendMessage(send) => sends::facts(shared, conversations, job, send).await,
        Command::EditMessage(edit) => {
            let conversation = conversations.get(&edit.conversation).cloned();
            seen(shared, conversation, &job.actor, edit.id).await
        }
        Command::UnsendMessage(unsend) => {
            let conversation = conversations.get(&unsend.conversation).cloned();
            seen(shared, conversation, &job.actor, unsend.id).await
        }
        Command::ReactMessage(react) => {
            let conversation = conversations.get(&react.conversation).cloned();
            seen(shared, conversation, &job.actor, react.id).await
        }
        Command::HideMessage(hide) => to_hide(shared, conversations, &job.actor, hide).await,
        Command::MarkRead(mark) => {
            let conversation = conversations.get(&mark.conversation).cloned();
            let read = match &conversation {
                Some(facts) => shared.store.read_facts(job.actor.key, facts.key, mark.seq).await?,
                None => None,
            };
            let moves = read.as_ref().is_some_and(|read| mark.seq.min(read.last_seq) > read.read_seq);
            let contacts = listeners(shared, &job.actor, conversation.as_deref().filter(|_| moves)).await?;
            Ok(Facts::Read { conversation, read, contacts })
        }
        Command::AnswerRequest(answer) => {
            let conversation = conversations.get(&answer.conversation).cloned();
            let request = match &conversation {
                Some(facts) => shared.store.request_facts(facts.key).await?,
                None => None,
            };
            Ok(Facts::Request { conversation, request })
        }
        Command::MarkDelivered(mark) => {
            let conversation = conversations.get(&mark.conversation).cloned();
            let delivered = match &conversation {
                Some(facts) => shared.store.delivered_facts(job.actor.key, facts.key).await?,
                None => None,
            };
            let is_new =
                delivered.as_ref().is_some_and(|facts| mark.seq.min(facts.last_seq) > facts.known_seq);
            let contacts = listeners(shared, &job.actor, conversation.as_deref().filter(|_| is_new)).await?;
            Ok(Facts::Delivered { conversation, delivered, contacts })
        }
        Command::SetState(set) => own(shared, conversations.get(&set.conversation), &job.actor, false).await,
        Command::DeleteConversation(delete) => {
            own(shared, conversations.get(&delete.conversation), &job.actor, true).await
        }
        Command::SetFollow(follow) => {
            Ok(Facts::Follow(shared.store.follow_facts(job.actor.key, &follow.user).await?))
        }
        Command::ChangeSettings(_) => {
            let default = shared.user_settings;
            Ok(Facts::Settings(shared.store.settings_facts(job.actor.key, default).await?))
        }
        Command::SetBlock(block) => {
            let pair = DirectKey::of(&job.actor.id, &block.user);
            Ok(Facts::Block(shared.store.block_facts(job.actor.key, &block.user, &pair).await?))
        }
    }
}

/// A message that the actor wants to hide from himself.
async fn to_hide(
    shared: &Shared,
    conversations: &Conversations,
    actor: &Actor,
    hide: &HideMessage,
) -> Result<Facts, StoreError> {
    let conversation = conversations.get(&hide.conversation).cloned();
    let message = match &conversation {
        Some(facts) => shared.store.hide_facts(actor.key, facts.key, hide.id).await?,
        None => None,
    };
    Ok(Facts::Hide { conversation, message })
}

/// What a conversation is for the actor alone. Never from memory: that nothing is to be written is answered without a guard.
async fn own(
    shared: &Shared,
    conversation: Option<&Arc<ConversationFacts>>,
    actor: &Actor,
    counts: bool,
) -> Result<Facts, StoreError> {
    let (mut own, mut read) = (None, None);
    if let Some(facts) = conversation {
        own = shared.store.own_state(actor.key, facts.key).await?;
        if counts {
            read = shared.store.read_facts(actor.key, facts.key, i64::MAX).await?;
        }
    }
    Ok(Facts::Own { conversation: conversation.cloned(), own, read })
}

/// A message that is to be changed, as the actor sees it. Never from memory: its text is not kept.
async fn seen(
    shared: &Shared,
    conversation: Option<Arc<ConversationFacts>>,
    actor: &Actor,
    id: MessageId,
) -> Result<Facts, StoreError> {
    let message = match &conversation {
        Some(facts) => shared.store.seen_message(actor.key, (facts.key, facts.id), id).await?,
        None => None,
    };
    Ok(Facts::Message { conversation, message })
}

async fn direct(shared: &Shared, actor: &Actor, with: &UserId) -> Result<Facts, StoreError> {
    let existing = shared.store.direct_conversation(&DirectKey::of(&actor.id, with)).await?;
    let other = invitees(shared, std::slice::from_ref(with)).await?.into_iter().next();
    let other = other.unwrap_or_else(|| Invitee::Unknown { key: actor.key, id: with.clone() });
    // Nothing more is needed for what is there.
    let (contacts, key) = match existing {
        Some(_) => (Vec::new(), ConversationKey(0)),
        None => (
            contacts(shared, actor, std::slice::from_ref(&other)).await?,
            ConversationKey(shared.keys.next(KeyKind::Conversations).await?),
        ),
    };
    Ok(Facts::Direct { existing, other, contacts, key })
}

/// The actor and those whom he wants to come close to.
async fn contacts(shared: &Shared, actor: &Actor, others: &[Invitee]) -> Result<Vec<Contact>, StoreError> {
    let known = others.iter().filter_map(|other| match other {
        Invitee::Known(user) if user.key != actor.key => Some(user.key),
        _ => None,
    });
    let known: Vec<UserKey> = std::iter::once(actor.key).chain(known).collect();
    let mut contacts = shared.store.contacts(actor.key, &known, shared.user_settings).await?;
    contacts.extend(others.iter().filter_map(|other| match other {
        Invitee::Unknown { key, id } if *id != actor.id => Some(Contact::unknown(*key, shared.user_settings)),
        _ => None,
    }));
    Ok(contacts)
}

/// Whom a receipt of the actor may reach, and he himself; only he, where nobody is told.
async fn listeners(
    shared: &Shared,
    actor: &Actor,
    conversation: Option<&ConversationFacts>,
) -> Result<Vec<Contact>, StoreError> {
    let Some(conversation) = conversation else { return Ok(Vec::new()) };
    let users: Vec<UserKey> = match receipts::is_told(conversation, &shared.limits) {
        true => conversation.members.iter().map(|member| member.key).collect(),
        false => vec![actor.key],
    };
    shared.store.contacts(actor.key, &users, shared.user_settings).await
}

async fn invitees(shared: &Shared, ids: &[UserId]) -> Result<Vec<Invitee>, StoreError> {
    let known = shared.store.users(ids).await?;
    let mut known: HashMap<UserId, User> = known.into_iter().map(|user| (user.id.clone(), user)).collect();
    let mut invitees = Vec::with_capacity(ids.len());
    for id in ids {
        invitees.push(match known.remove(id) {
            Some(user) => Invitee::Known(user),
            None => {
                let key = UserKey(shared.keys.next(KeyKind::Users).await?);
                Invitee::Unknown { key, id: id.clone() }
            }
        });
    }
    Ok(invitees)
}
