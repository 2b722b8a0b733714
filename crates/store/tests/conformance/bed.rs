//! A fresh store and a few words of the domain to write tests in.

use std::sync::{
    Arc,
    atomic::{AtomicI64, AtomicU64, Ordering},
};

use chat::{
    Actor, ConversationId, ConversationKey, Decision, Limits, MessageId, Plan, Timestamp, UserId, UserKey,
    Write,
    accounts::{self, AnnounceUser, Profile, User},
    blocks::{self, SetBlock},
    conversations::{
        self, Conversation, ConversationFacts, CreateDirect, CreateGroup, DirectKey, Invitee, Name, Role,
    },
    deletions,
    edits::{self, EditMessage},
    follows::{self, SetFollow},
    hidden::{self, HideMessage},
    messages::{self, Message, MessageBody, SendMessage},
    own_state::{self, OwnState, SetState},
    privacy::Contact,
    receipts::{self, MarkRead},
    settings::{self, ChangeSettings, Chosen, MessagingAccess, UserSettings},
};
use futures_util::future::{BoxFuture, ready};
use store::{
    DatabaseUrl, KeyKind, Operation, Outcome, SimulatedDatabase, Store, StoreError, StoreOptions, Weather,
};
use tempfile::TempDir;
use testkit::Database;
use uuid::Uuid;

pub(crate) struct Bed {
    pub(crate) store: Store,
    pub(crate) url: DatabaseUrl,
    clock: AtomicI64,
    ids: AtomicU64,
    is_simulated: bool,
    _dir: Option<TempDir>,
}

impl Bed {
    pub(crate) async fn sqlite() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("parlor.db"));
        Self::on(url, false, Some(dir)).await
    }

    /// The store of simulations, on a file so that [`execute`](Self::execute) finds it.
    pub(crate) async fn simulated() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let url = DatabaseUrl::Sqlite(dir.path().join("parlor.db"));
        Store::migrate(&url).await.unwrap();
        Self::on(url, true, Some(dir)).await
    }

    pub(crate) async fn postgres() -> Self {
        Self::on(Database::create().await.unwrap().url, false, None).await
    }

    async fn on(url: DatabaseUrl, is_simulated: bool, dir: Option<TempDir>) -> Self {
        let store = open(&url, is_simulated).await;
        let (clock, ids) = (AtomicI64::new(1_000), AtomicU64::new(1));
        Self { store, url, clock, ids, is_simulated, _dir: dir }
    }

    /// The same database, opened again after everything was closed.
    pub(crate) async fn reopened(self) -> Self {
        self.store.clone().close().await;
        Self { store: open(&self.url, self.is_simulated).await, ..self }
    }

    /// Runs a statement past the store.
    pub(crate) async fn execute(&self, sql: &str) {
        execute(&self.url, sql).await;
    }

    /// How many rows a table has.
    pub(crate) async fn count(&self, table: &str) -> i64 {
        let sql = format!("SELECT count(*) FROM {table}");
        match &self.url {
            DatabaseUrl::Sqlite(path) => {
                rusqlite::Connection::open(path).unwrap().query_row(&sql, [], |row| row.get(0)).unwrap()
            }
            DatabaseUrl::Postgres(url) => {
                let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
                tokio::spawn(connection);
                client.query_one(&sql, &[]).await.unwrap().get(0)
            }
        }
    }

    /// A millisecond later each time.
    pub(crate) fn now(&self) -> Timestamp {
        Timestamp(self.clock.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn uuid(&self) -> Uuid {
        Uuid::from_u128(u128::from(self.ids.fetch_add(1, Ordering::Relaxed)) << 64 | 7)
    }

    pub(crate) async fn commit(&self, plan: Plan) -> Outcome {
        self.store.commit(0, &[Arc::new(plan)]).await.unwrap().pop().unwrap()
    }

    /// Makes users known under these ids and names them so.
    pub(crate) async fn people<const N: usize>(&self, ids: [&str; N]) -> [Actor; N] {
        let mut people = Vec::new();
        for id in ids {
            people.push(self.person(id, id).await);
        }
        people.try_into().unwrap()
    }

    pub(crate) async fn person(&self, id: &str, name: &str) -> Actor {
        let id = UserId::from_stored(id);
        let key = UserKey(self.store.reserve_keys(KeyKind::Users, 1).await.unwrap());
        let command = AnnounceUser {
            id: id.clone(),
            profile: Profile { name: Some(name.into()), ..Profile::default() },
        };
        let Decision::Write(plan) = accounts::announce(None, &command, key, self.now()) else { panic!() };
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)), "{id} is new");
        Actor { key, id }
    }

    /// Gets or creates a direct conversation as the service does.
    pub(crate) async fn direct(&self, actor: &Actor, with: &str) -> ConversationId {
        let with = UserId::from_stored(with);
        loop {
            let command = CreateDirect { id: ConversationId(self.uuid()), with: with.clone() };
            let existing = self.store.direct_conversation(&DirectKey::of(&actor.id, &with)).await.unwrap();
            let other = self.invitee(&with).await;
            let key = ConversationKey(self.store.reserve_keys(KeyKind::Conversations, 1).await.unwrap());
            let contacts = match &other {
                Invitee::Known(user) => self
                    .store
                    .contacts(actor.key, &[actor.key, user.key], UserSettings::default())
                    .await
                    .unwrap(),
                Invitee::Unknown { .. } => Vec::new(),
            };
            let now = self.now();
            match conversations::create_direct(actor, &command, existing, &other, &contacts, key, now)
                .unwrap()
            {
                Decision::Answer(id) => return id,
                Decision::Write(plan) => {
                    if let Outcome::Committed(_) = self.commit(plan).await {
                        return command.id;
                    }
                }
            }
        }
    }

    async fn invitee(&self, id: &UserId) -> Invitee {
        match self.store.users(std::slice::from_ref(id)).await.unwrap().pop() {
            Some(user) => Invitee::Known(user),
            None => Invitee::Unknown {
                key: UserKey(self.store.reserve_keys(KeyKind::Users, 1).await.unwrap()),
                id: id.clone(),
            },
        }
    }

    pub(crate) async fn group(&self, actor: &Actor, with: &[&Actor]) -> ConversationId {
        let key = ConversationKey(self.store.reserve_keys(KeyKind::Conversations, 1).await.unwrap());
        let (id, plan) = self.group_plan(key, actor, with);
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
        id
    }

    /// The plan of a new group, and its id.
    pub(crate) fn group_plan(
        &self,
        key: ConversationKey,
        actor: &Actor,
        with: &[&Actor],
    ) -> (ConversationId, Plan) {
        let limits = Limits::default();
        let id = ConversationId(self.uuid());
        let name = Name::parse("Garden", &limits).unwrap();
        let ids = with.iter().map(|other| other.id.clone()).collect();
        let command = CreateGroup::parse(id, name, ids, &actor.id, &limits).unwrap();
        let known = |other: &&Actor| {
            Invitee::Known(User { key: other.key, id: other.id.clone(), profile: Profile::default() })
        };
        let others: Vec<_> = with.iter().map(known).collect();
        (id, conversations::create_group(actor, &command, &others, &[], key, self.now()).unwrap())
    }

    pub(crate) async fn facts(&self, id: ConversationId) -> ConversationFacts {
        self.store.conversation_facts(&[id]).await.unwrap().pop().unwrap()
    }

    /// The plan of a send on the facts that are given.
    pub(crate) fn send_plan(
        &self,
        actor: &Actor,
        facts: &ConversationFacts,
        id: MessageId,
        body: &str,
    ) -> Plan {
        let body = MessageBody::parse(body, &Limits::default()).unwrap();
        let command =
            SendMessage { conversation: facts.id, id, body, reply_to: None, extras: Default::default() };
        match messages::send(actor, &command, Some(facts), &Default::default(), self.now()).unwrap() {
            Decision::Write(plan) => plan,
            Decision::Answer(_) => panic!("a send without a stored message is written"),
        }
    }

    /// Blocks somebody, or no longer, as the service does.
    pub(crate) async fn block(&self, actor: &Actor, other: &Actor, blocked: bool) {
        let plan = self.block_plan(actor, other, blocked).await;
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
    }

    /// Follows somebody, or no longer, as the service does.
    pub(crate) async fn follow(&self, actor: &Actor, other: &Actor, following: bool) {
        let plan = self.follow_plan(actor, other, following).await;
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
    }

    /// The plan of a follow that is not as wished yet.
    pub(crate) async fn follow_plan(&self, actor: &Actor, other: &Actor, following: bool) -> Plan {
        let facts = self.store.follow_facts(actor.key, &other.id).await.unwrap();
        let command = SetFollow { user: other.id.clone(), following };
        match follows::set_follow(actor, &command, facts.as_ref(), &Limits::default(), self.now()).unwrap() {
            Decision::Write(plan) => plan,
            Decision::Answer(_) => panic!("it is so already"),
        }
    }

    /// Sets whose first message somebody takes, as the service does.
    pub(crate) async fn take_first_messages(&self, actor: &Actor, access: MessagingAccess) {
        let facts = self.store.settings_facts(actor.key, UserSettings::default()).await.unwrap();
        let command = ChangeSettings(Chosen { messaging_access: Some(access), ..Chosen::default() });
        let Decision::Write(plan) = settings::change(actor, &command, &facts) else {
            panic!("it is so already")
        };
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
    }

    /// The plan of a block that is not as wished yet.
    pub(crate) async fn block_plan(&self, actor: &Actor, other: &Actor, blocked: bool) -> Plan {
        let pair = DirectKey::of(&actor.id, &other.id);
        let facts = self.store.block_facts(actor.key, &other.id, &pair).await.unwrap();
        let command = SetBlock { user: other.id.clone(), blocked };
        match blocks::set_block(actor, &command, facts.as_ref(), &Limits::default(), self.now()).unwrap() {
            Decision::Write(plan) => plan,
            Decision::Answer(_) => panic!("it is so already"),
        }
    }

    /// Sends, and returns the message with its numbers.
    pub(crate) async fn send(&self, actor: &Actor, conversation: ConversationId, body: &str) -> Message {
        let facts = self.facts(conversation).await;
        let plan = self.send_plan(actor, &facts, MessageId(self.uuid()), body);
        self.sent(plan).await
    }

    /// Commits a send, and returns the message with its numbers.
    pub(crate) async fn sent(&self, plan: Plan) -> Message {
        let Write::Message(new) = plan.writes[0].clone() else { panic!() };
        match self.commit(plan).await {
            Outcome::Committed(given) => new.numbered(given.seq + 1, given.rev + 1),
            other => panic!("the facts are fresh and the id is new: {other:?}"),
        }
    }

    /// The plan of an edit on the facts that are given, if there is anything to write.
    pub(crate) async fn edit_plan(
        &self,
        actor: &Actor,
        facts: &ConversationFacts,
        id: MessageId,
        body: &str,
    ) -> Option<Plan> {
        let limits = Limits::default();
        let command =
            EditMessage { conversation: facts.id, id, body: MessageBody::parse(body, &limits).unwrap() };
        let seen = self.store.seen_message(actor.key, (facts.key, facts.id), id).await.unwrap();
        match edits::edit(actor, &command, Some(facts), seen.as_ref(), &limits, self.now()).unwrap() {
            Decision::Write(plan) => Some(plan),
            Decision::Answer(_) => None,
        }
    }

    /// Edits a message that has another text; returns it with its new number.
    pub(crate) async fn edit(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        id: MessageId,
        body: &str,
    ) -> Message {
        let facts = self.facts(conversation).await;
        let plan = self.edit_plan(actor, &facts, id, body).await.unwrap();
        let Write::UpdateMessage(updated) = plan.writes[0].clone() else { panic!() };
        match self.commit(plan).await {
            Outcome::Committed(given) => updated.numbered(given.rev + 1),
            other => panic!("the facts are fresh: {other:?}"),
        }
    }

    /// Unsends a message; returns what is left of it.
    pub(crate) async fn unsend(&self, actor: &Actor, conversation: ConversationId, id: MessageId) -> Message {
        let facts = self.facts(conversation).await;
        let seen = self.store.seen_message(actor.key, (facts.key, facts.id), id).await.unwrap();
        let decided =
            deletions::unsend(actor, Some(&facts), seen.as_ref(), &Limits::default(), self.now()).unwrap();
        let Decision::Write(plan) = decided else { panic!("{decided:?}") };
        let Write::UpdateMessage(updated) = plan.writes[0].clone() else { panic!() };
        match self.commit(plan).await {
            Outcome::Committed(given) => updated.numbered(given.rev + 1),
            other => panic!("the facts are fresh: {other:?}"),
        }
    }

    /// Hides a message from somebody, as the service does; false: it was already.
    pub(crate) async fn hide(&self, actor: &Actor, conversation: ConversationId, id: MessageId) -> bool {
        let facts = self.facts(conversation).await;
        let message = self.store.hide_facts(actor.key, facts.key, id).await.unwrap();
        let command = HideMessage { conversation, id };
        match hidden::hide(actor, &command, Some(&facts), message).unwrap() {
            Decision::Answer(()) => false,
            Decision::Write(plan) => {
                assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
                true
            }
        }
    }

    /// Reads up to a message; what the store said of the plan, if there was anything to write.
    pub(crate) async fn read(
        &self,
        actor: &Actor,
        conversation: ConversationId,
        seq: i64,
    ) -> Option<Outcome> {
        let facts = self.facts(conversation).await;
        match self.read_plan(actor, &facts, seq).await {
            Some(plan) => Some(self.commit(plan).await),
            None => None,
        }
    }

    /// The plan of a read mark, if there is anything to write.
    pub(crate) async fn read_plan(&self, actor: &Actor, facts: &ConversationFacts, seq: i64) -> Option<Plan> {
        let read = self.store.read_facts(actor.key, facts.key, seq).await.unwrap();
        let command = MarkRead::parse(facts.id, seq).unwrap();
        let (contacts, now) = (self.listeners(actor, facts).await, Timestamp(1_000 + seq.min(1_000)));
        let known = (read.as_ref(), &contacts[..]);
        match receipts::mark_read(actor, &command, Some(facts), known, &Limits::default(), now).unwrap() {
            Decision::Write(plan) => Some(plan),
            Decision::Answer(_) => None,
        }
    }

    /// Whom a receipt of this one may reach, and he himself.
    pub(crate) async fn listeners(&self, actor: &Actor, facts: &ConversationFacts) -> Vec<Contact> {
        let members: Vec<UserKey> = facts.members.iter().map(|member| member.key).collect();
        self.store.contacts(actor.key, &members, UserSettings::default()).await.unwrap()
    }

    /// Lets others see how far he has come, or not.
    pub(crate) async fn show_receipts(&self, actor: &Actor, receipts: bool) {
        let facts = self.store.settings_facts(actor.key, UserSettings::default()).await.unwrap();
        let command = ChangeSettings(Chosen { receipts: Some(receipts), ..Chosen::default() });
        if let Decision::Write(plan) = settings::change(actor, &command, &facts) {
            assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
        }
    }

    /// Changes what a conversation is for somebody alone, as the service does; what it is then.
    pub(crate) async fn set_state(&self, actor: &Actor, command: &SetState) -> OwnState {
        let facts = self.facts(command.conversation).await;
        let own = self.store.own_state(actor.key, facts.key).await.unwrap();
        let decided = own_state::set_state(actor, command, Some(&facts), own.as_ref(), self.now()).unwrap();
        self.carried_out(decided).await
    }

    /// Deletes a conversation for somebody alone, as the service does; what it is then.
    pub(crate) async fn delete(&self, actor: &Actor, conversation: ConversationId) -> OwnState {
        let facts = self.facts(conversation).await;
        let own = self.store.own_state(actor.key, facts.key).await.unwrap();
        let read = self.store.read_facts(actor.key, facts.key, i64::MAX).await.unwrap();
        let decided = own_state::delete(actor, Some(&facts), own.as_ref(), read.as_ref()).unwrap();
        self.carried_out(decided).await
    }

    async fn carried_out(&self, decided: Decision<OwnState>) -> OwnState {
        let plan = match decided {
            Decision::Answer(state) => return state,
            Decision::Write(plan) => plan,
        };
        let Write::OwnState { state, .. } = plan.writes[0] else { panic!() };
        assert!(matches!(self.commit(plan).await, Outcome::Committed(_)));
        state
    }

    /// A plan that adds somebody to a conversation that exists.
    pub(crate) fn join_plan(&self, actor: &Actor, facts: &ConversationFacts) -> Plan {
        Plan {
            writes: vec![Write::Participant { conversation: facts.key, user: actor.key, role: Role::Member }],
            ..Plan::default()
        }
    }

    pub(crate) async fn seen(&self, actor: &Actor, id: ConversationId) -> Conversation {
        self.store.conversation(actor.key, id).await.unwrap().unwrap()
    }

    /// Every message of a conversation, oldest first.
    pub(crate) async fn all(&self, actor: &Actor, id: ConversationId) -> Vec<Message> {
        let range = store::HistoryRange::default();
        let page = self.store.history(actor.key, id, range, 100_000).await.unwrap().unwrap();
        page.items.into_iter().rev().collect()
    }
}

async fn open(url: &DatabaseUrl, is_simulated: bool) -> Store {
    match url {
        DatabaseUrl::Sqlite(path) if is_simulated => {
            Store::simulated(&SimulatedDatabase::in_file(path).unwrap(), 1, Arc::new(Calm))
        }
        _ => Store::open(url, patient()).await.unwrap(),
    }
}

/// Nothing happens on the way.
struct Calm;

impl Weather for Calm {
    fn before(&self, _: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }

    fn after(&self, _: Operation) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(ready(Ok(())))
    }
}

/// A machine that is busy with other tests is no fault.
fn patient() -> StoreOptions {
    StoreOptions { read_timeout: std::time::Duration::from_secs(60), ..StoreOptions::default() }
}

/// Numbers that look random and are the same for the same seed (SplitMix64).
pub(crate) struct Random(u64);

impl Random {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % bound as u64) as usize
    }
}

pub(crate) fn committed(outcome: &Outcome) -> &chat::Allocation {
    match outcome {
        Outcome::Committed(given) => given,
        other => panic!("{other:?}"),
    }
}

/// Runs a statement past the store.
pub(crate) async fn execute(url: &DatabaseUrl, sql: &str) {
    match url {
        DatabaseUrl::Sqlite(path) => {
            rusqlite::Connection::open(path).unwrap().execute_batch(sql).unwrap();
        }
        DatabaseUrl::Postgres(url) => {
            let (client, connection) = tokio_postgres::connect(url, tokio_postgres::NoTls).await.unwrap();
            tokio::spawn(connection);
            client.batch_execute(sql).await.unwrap();
        }
    }
}
