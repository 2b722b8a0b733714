//! Operations at random, and a model in memory that says what must come of them. `PARLOR_TEST_STEPS` for more steps,
//! `PARLOR_TEST_SEED` for others.

use std::collections::{BTreeMap, BTreeSet};

use chat::{
    Actor, ConversationId, MessageId,
    conversations::Conversation,
    settings::UserSettings,
    sync::{Head, News, Position, Replayed},
};
use store::{HistoryRange, Outcome, SyncLimits};

use crate::{
    amount,
    bed::{Bed, Random},
    on_both_engines,
};

on_both_engines!(the_store_does_what_the_model_does);

const PEOPLE: usize = 6;

/// Beyond so many conversations none is made, so that they fill.
const CONVERSATIONS: usize = 40;

/// A conversation as the model has it.
#[derive(Debug, Clone, Default)]
struct Room {
    direct: bool,
    /// By person: up to where each has read.
    read: BTreeMap<usize, i64>,
    messages: Vec<Said>,
    /// What the conversation's stream holds: of which kind, and about which message, by its place.
    changes: Vec<(Kind, usize)>,
    /// Who hid which message from himself, by its place, and the number of that change of his.
    hidden: BTreeMap<(usize, usize), i64>,
    /// Later activity has the greater number.
    active: u64,
}

/// A message as the model has it.
#[derive(Debug, Clone)]
struct Said {
    sender: usize,
    id: MessageId,
    /// `None`: it was unsent.
    body: Option<String>,
    /// What it said before, oldest first.
    before: Vec<String>,
    /// Whom it mentions; `None`: everybody.
    mentions: Vec<Option<usize>>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Kind {
    New,
    Edited,
    Unsent,
    /// What it was is not told.
    Hidden,
}

impl Room {
    /// What a change of this message is told as: what it is now, to who sees it.
    fn told(&self, who: usize, (kind, at): (Kind, usize)) -> (Kind, Option<MessageId>, Option<&str>) {
        if self.is_hidden(who, at) {
            return (Kind::Hidden, None, None);
        }
        let said = &self.messages[at];
        (kind, Some(said.id), said.body.as_deref())
    }

    fn is_hidden(&self, who: usize, at: usize) -> bool {
        self.hidden.contains_key(&(who, at))
    }

    /// What somebody sees, by its place.
    fn seen(&self, who: usize) -> impl DoubleEndedIterator<Item = (usize, &Said)> {
        self.messages.iter().enumerate().filter(move |(at, _)| !self.is_hidden(who, *at))
    }

    fn unread(&self, who: usize) -> i64 {
        let beyond = self.seen(who).filter(|(at, _)| *at >= self.read[&who] as usize);
        beyond.filter(|(_, said)| said.sender != who && said.body.is_some()).count() as i64
    }

    fn mentions(&self, who: usize) -> i64 {
        let beyond = self.seen(who).filter(|(at, _)| *at >= self.read[&who] as usize);
        let names = |said: &Said| said.mentions.iter().any(|one| one.is_none_or(|one| one == who));
        beyond.filter(|(_, said)| said.sender != who && said.body.is_some() && names(said)).count() as i64
    }
}

/// A point that somebody was at: who, his `user_rev`, and how many changes he had of each of his conversations.
type Point = (usize, i64, Vec<(ConversationId, i64)>);

struct Model {
    bed: Bed,
    people: Vec<Actor>,
    rooms: BTreeMap<ConversationId, Room>,
    user_revs: [i64; PEOPLE],
    /// Who blocks whom.
    blocks: BTreeSet<(usize, usize)>,
    /// The number of each one's last change of whom he blocks.
    block_revs: [i64; PEOPLE],
    points: Vec<Point>,
    ticks: u64,
    random: Random,
}

async fn the_store_does_what_the_model_does(bed: Bed) {
    let (steps, seed) = (amount("PARLOR_TEST_STEPS", 800), amount("PARLOR_TEST_SEED", 4));
    let people = bed.people(["ada", "bob", "cleo", "dan", "eve", "fay"]).await.to_vec();
    let random = Random::new(seed);
    let (rooms, points) = (BTreeMap::new(), Vec::new());
    let (user_revs, blocks) = ([0; PEOPLE], BTreeSet::new());
    let mut model =
        Model { bed, people, rooms, user_revs, blocks, block_revs: [0; PEOPLE], points, ticks: 0, random };
    for step in 0..steps {
        model.step().await;
        let who = model.random.below(PEOPLE);
        match step % 4 {
            0 => model.check_list(who).await,
            1 => model.check_history(who).await,
            2 => model.check_sync().await,
            _ => model.remember(who),
        }
    }
    for who in 0..PEOPLE {
        model.check_list(who).await;
    }
}

impl Model {
    async fn step(&mut self) {
        self.ticks += 1;
        match (self.random.below(20), self.rooms.len()) {
            (0, ..CONVERSATIONS) | (_, 0) => self.create_group().await,
            (1, ..CONVERSATIONS) => self.create_direct().await,
            (2..7, _) => self.read().await,
            (7, _) => self.send_again().await,
            (8..11, _) => self.edit().await,
            (11, _) => self.unsend().await,
            (12, _) => self.block().await,
            (13, _) => self.hide().await,
            _ => self.send().await,
        }
    }

    /// Somebody and a conversation of his.
    fn somewhere(&mut self) -> (usize, ConversationId) {
        let at = self.random.below(self.rooms.len());
        let (id, room) = self.rooms.iter().nth(at).unwrap();
        let members: Vec<usize> = room.read.keys().copied().collect();
        (members[self.random.below(members.len())], *id)
    }

    async fn create_group(&mut self) {
        let maker = self.random.below(PEOPLE);
        let others: Vec<usize> =
            (0..PEOPLE).filter(|who| *who != maker).filter(|_| self.random.below(2) == 0).collect();
        let with: Vec<&Actor> = others.iter().map(|who| &self.people[*who]).collect();
        let id = self.bed.group(&self.people[maker], &with).await;
        self.created(id, false, &[&others[..], &[maker]].concat());
    }

    async fn create_direct(&mut self) {
        let (one, other) = (self.random.below(PEOPLE), self.random.below(PEOPLE));
        if one == other {
            return;
        }
        let there = self
            .rooms
            .iter()
            .find(|(_, room)| room.direct && room.read.contains_key(&one) && room.read.contains_key(&other));
        let there = there.map(|(id, _)| *id);
        let keys = [self.people[one].key, self.people[other].key];
        let contacts = self.bed.store.contacts(keys[0], &keys, UserSettings::default()).await.unwrap();
        assert_eq!(contacts.iter().any(|contact| contact.blocked), self.is_blocked(one, other));
        if there.is_none() && self.is_blocked(one, other) {
            return;
        }
        let id = self.bed.direct(&self.people[one], self.people[other].id.as_str()).await;
        match there {
            Some(there) => assert_eq!(id, there),
            None => self.created(id, true, &[one, other]),
        }
    }

    fn created(&mut self, id: ConversationId, direct: bool, members: &[usize]) {
        let read = members.iter().map(|who| (*who, 0)).collect();
        let room = Room { direct, read, active: self.ticks, ..Room::default() };
        assert!(self.rooms.insert(id, room).is_none());
        members.iter().for_each(|who| self.user_revs[*who] += 1);
    }

    fn is_blocked(&self, one: usize, other: usize) -> bool {
        self.blocks.contains(&(one, other)) || self.blocks.contains(&(other, one))
    }

    /// Whether a block is between the two of a direct conversation.
    fn is_across(&self, who: usize, id: ConversationId) -> bool {
        let room = &self.rooms[&id];
        room.direct && room.read.keys().any(|other| self.is_blocked(who, *other))
    }

    /// Somebody blocks another, or no longer. What was decided in their conversation before misses.
    async fn block(&mut self) {
        let (one, other) = (self.random.below(PEOPLE), self.random.below(PEOPLE));
        if one == other {
            return;
        }
        let between =
            |room: &Room| room.direct && room.read.contains_key(&one) && room.read.contains_key(&other);
        let direct = self.rooms.iter().find(|(_, room)| between(room)).map(|(id, _)| *id);
        let decided = match direct {
            Some(id) if !self.is_blocked(one, other) => {
                let facts = self.bed.facts(id).await;
                Some(self.bed.send_plan(&self.people[one], &facts, MessageId(self.bed.uuid()), "too late"))
            }
            _ => None,
        };
        let blocked = !self.blocks.remove(&(one, other));
        if blocked {
            self.blocks.insert((one, other));
        }
        self.bed.block(&self.people[one], &self.people[other], blocked).await;
        self.user_revs[one] += 1;
        self.block_revs[one] = self.user_revs[one];
        if let Some(plan) = decided {
            assert!(matches!(self.bed.commit(plan).await, Outcome::GuardMissed));
        }
        let held = self.bed.store.blocked(self.people[one].key, None, PEOPLE).await.unwrap();
        assert_eq!(held.items.len(), self.blocks.iter().filter(|(blocker, _)| *blocker == one).count());
    }

    async fn send(&mut self) {
        let (who, id) = self.somewhere();
        let across = self.is_across(who, id);
        assert_eq!(self.bed.facts(id).await.blocked, across);
        if across {
            return;
        }
        let body = format!("tick {}", self.ticks);
        let named: Vec<Option<usize>> = match self.random.below(6) {
            0 => vec![None],
            1 | 2 => self.rooms[&id]
                .read
                .keys()
                .copied()
                .map(Some)
                .filter(|_| !self.ticks.is_multiple_of(3))
                .collect(),
            _ => Vec::new(),
        };
        let (users, all) = (named.iter().flatten(), named.contains(&None));
        let users: Vec<&Actor> = users.map(|who| &self.people[*who]).collect();
        let message = self.bed.mention(&self.people[who], id, &body, &users, all).await;
        let is_blocked = |other: &Option<usize>| other.is_some_and(|other| self.is_blocked(who, other));
        let mentions = named.iter().filter(|other| !is_blocked(other)).copied().collect();
        let room = self.rooms.get_mut(&id).unwrap();
        room.changes.push((Kind::New, room.messages.len()));
        room.messages.push(Said {
            sender: who,
            id: message.id,
            body: Some(body),
            before: Vec::new(),
            mentions,
        });
        room.active = self.ticks;
        assert_eq!((message.seq, message.rev), (room.messages.len() as i64, room.changes.len() as i64));
    }

    /// Somebody edits any message of a conversation: its writer, of course.
    async fn edit(&mut self) {
        let (who, id) = self.somewhere();
        let count = self.rooms[&id].messages.len();
        if count == 0 || self.is_across(who, id) {
            return;
        }
        let at = self.random.below(count);
        let said = self.rooms[&id].messages[at].clone();
        let Some(before) = said.body else { return };
        if self.rooms[&id].is_hidden(said.sender, at) {
            return;
        }
        let body = format!("edited at {}", self.ticks);
        let message = self.bed.edit(&self.people[said.sender], id, said.id, &body).await;
        let room = self.rooms.get_mut(&id).unwrap();
        room.changes.push((Kind::Edited, at));
        room.messages[at].before.push(before);
        room.messages[at].body = Some(body);
        assert_eq!((message.seq, message.rev), (at as i64 + 1, room.changes.len() as i64));
        let Some(who) = room.read.keys().find(|who| !room.is_hidden(**who, at)) else { return };
        let who = &self.people[*who];
        let kept = self.bed.store.message_versions(who.key, id, said.id, None, 1_000).await.unwrap().unwrap();
        let kept = kept.items.iter().rev().map(|version| &version.body);
        assert!(kept.eq(&room.messages[at].before));
    }

    /// Somebody takes a message back, and nobody reads it again.
    async fn unsend(&mut self) {
        let (who, id) = self.somewhere();
        let count = self.rooms[&id].messages.len();
        if count == 0 {
            return;
        }
        let at = self.random.below(count);
        let said = self.rooms[&id].messages[at].clone();
        if said.body.is_none() || self.rooms[&id].is_hidden(said.sender, at) {
            return;
        }
        let message = self.bed.unsend(&self.people[said.sender], id, said.id).await;
        let room = self.rooms.get_mut(&id).unwrap();
        room.changes.push((Kind::Unsent, at));
        room.messages[at].body = None;
        assert_eq!((message.seq, message.rev), (at as i64 + 1, room.changes.len() as i64));
        let kept =
            self.bed.store.message_versions(self.people[who].key, id, said.id, None, 10).await.unwrap();
        assert_eq!(kept, None);
    }

    /// Somebody hides any message of a conversation from himself; a second time changes nothing.
    async fn hide(&mut self) {
        let (who, id) = self.somewhere();
        let count = self.rooms[&id].messages.len();
        if count == 0 {
            return;
        }
        let at = self.random.below(count);
        let room = self.rooms.get_mut(&id).unwrap();
        let committed = self.bed.hide(&self.people[who], id, room.messages[at].id).await;
        assert_eq!(committed, !room.is_hidden(who, at));
        if committed {
            self.user_revs[who] += 1;
            room.hidden.insert((who, at), self.user_revs[who]);
        }
    }

    /// An id that was used before is stored once.
    async fn send_again(&mut self) {
        let (_, id) = self.somewhere();
        let Some(Said { sender, id: message, .. }) = self.rooms[&id].messages.last().cloned() else { return };
        let facts = self.bed.facts(id).await;
        if facts.blocked {
            return;
        }
        let plan = self.bed.send_plan(&self.people[sender], &facts, message, "something else");
        assert!(matches!(self.bed.commit(plan).await, Outcome::GuardMissed));
    }

    async fn read(&mut self) {
        let (who, id) = self.somewhere();
        let head = self.rooms[&id].messages.len() as i64;
        let seq = self.random.below(head as usize + 3) as i64;
        let outcome = self.bed.read(&self.people[who], id, seq).await;
        let read = self.rooms.get_mut(&id).unwrap().read.get_mut(&who).unwrap();
        let moved = seq.min(head) > *read;
        assert_eq!(matches!(outcome, Some(Outcome::Committed(_))), moved, "{outcome:?}");
        if moved {
            *read = seq.min(head);
            self.user_revs[who] += 1;
        }
    }

    /// What a conversation must be to one of its members.
    fn check_seen(&self, who: usize, seen: &Conversation) {
        let room = &self.rooms[&seen.id];
        let head = room.messages.len() as i64;
        let last = seen.last_message.as_ref().and_then(|message| message.body.as_deref());
        let rev = room.changes.len() as i64;
        assert_eq!((seen.last_seq, seen.last_rev, seen.read_seq), (head, rev, room.read[&who]));
        assert_eq!(last, room.seen(who).next_back().and_then(|(_, said)| said.body.as_deref()));
        let hidden = room.hidden.keys().filter(|(from, at)| *from == who && *at as i64 >= room.read[&who]);
        assert!(seen.hidden.iter().copied().eq(hidden.map(|(_, at)| *at as i64 + 1)));
        assert_eq!((seen.unread, seen.mentions), (room.unread(who), room.mentions(who)));
        let mut members: Vec<&str> = seen.participants.iter().map(|(user, _)| user.id.as_str()).collect();
        members.sort_unstable();
        let expected: Vec<&str> = room.read.keys().map(|who| self.people[*who].id.as_str()).collect();
        assert_eq!(members, expected);
    }

    async fn check_list(&self, who: usize) {
        let page = self.bed.store.conversations(self.people[who].key, None, 1_000).await.unwrap();
        let mine = self.rooms.iter().filter(|(_, room)| room.read.contains_key(&who));
        let mut expected: Vec<_> = mine.map(|(id, room)| (room.active, *id)).collect();
        expected.sort_unstable_by(|a, b| b.cmp(a));
        assert!(page.items.iter().map(|seen| seen.id).eq(expected.into_iter().map(|(_, id)| id)));
        page.items.iter().for_each(|seen| self.check_seen(who, seen));
        let user_rev = self.bed.store.user_rev(self.people[who].key).await.unwrap();
        assert_eq!(user_rev, self.user_revs[who]);
    }

    async fn check_history(&mut self, stranger: usize) {
        let (who, id) = self.somewhere();
        let room = &self.rooms[&id];
        let before = 1 + self.random.below(room.messages.len() + 1) as i64;
        let range = HistoryRange { before_seq: Some(before), ..HistoryRange::default() };
        let page = self.bed.store.history(self.people[who].key, id, range, 20).await.unwrap().unwrap();
        let expected = room.seen(who).filter(|(at, _)| *at < before as usize - 1).map(|(_, said)| said);
        let expected: Vec<_> = expected.rev().take(20).collect();
        let given = page.items.iter().map(|message| (message.id, message.body.as_deref()));
        assert!(given.eq(expected.into_iter().map(|said| (said.id, said.body.as_deref()))));
        let seen = self.bed.store.history(self.people[stranger].key, id, range, 20).await.unwrap();
        assert_eq!(seen.is_some(), room.read.contains_key(&stranger));
    }

    fn remember(&mut self, who: usize) {
        let mine = self.rooms.iter().filter(|(_, room)| room.read.contains_key(&who));
        let heads = mine.map(|(id, room)| (*id, room.changes.len() as i64)).collect();
        let point = (who, self.user_revs[who], heads);
        if self.points.len() < 200 {
            self.points.push(point);
        } else {
            let at = self.random.below(200);
            self.points[at] = point;
        }
    }

    /// From a point that somebody was at, a sync tells what the model has beyond.
    async fn check_sync(&mut self) {
        if self.points.is_empty() {
            return;
        }
        let at = self.random.below(self.points.len());
        let (who, user_rev, held) = &self.points[at];
        let heads = held.iter().map(|(id, rev)| Head { conversation: *id, rev: *rev }).collect();
        let position = Position { user_rev: Some(*user_rev), heads: Some(heads), ..Position::default() };
        let limits = SyncLimits { rows: 1_000_000, changes_per_conversation: 1_000_000 };
        let page = self.bed.store.sync(self.people[*who].key, &position, &limits).await.unwrap();
        assert_eq!((page.reset, page.user_rev), (false, self.user_revs[*who]));
        let told = page
            .privacy
            .as_ref()
            .map(|privacy| privacy.blocked.iter().map(|id| id.as_str().to_owned()).collect::<BTreeSet<_>>());
        let blocked = self.blocks.iter().filter(|(blocker, _)| blocker == who);
        let blocked = blocked.map(|(_, other)| self.people[*other].id.as_str().to_owned()).collect();
        assert_eq!(told, (self.block_revs[*who] > *user_rev).then_some(blocked));
        let held: BTreeMap<_, _> = held.iter().copied().collect();
        let mut told: BTreeMap<ConversationId, &News> = BTreeMap::new();
        let mut told_hidden: BTreeMap<ConversationId, &[i64]> = BTreeMap::new();
        for one in &page.conversations {
            self.check_seen(*who, &one.conversation);
            told.insert(one.conversation.id, &one.news);
            told_hidden.insert(one.conversation.id, &one.hidden);
        }
        for (id, room) in self.rooms.iter().filter(|(_, room)| room.read.contains_key(who)) {
            let Some(rev) = held.get(id) else {
                assert_eq!(told.get(id), Some(&&News::Unknown));
                continue;
            };
            let missed = &room.changes[*rev as usize..];
            let hidden = room.hidden.iter().filter(|((from, _), rev)| from == who && **rev > *user_rev);
            let hidden: Vec<i64> = hidden.map(|((_, at), _)| *at as i64 + 1).collect();
            assert_eq!(told_hidden.get(id).copied().unwrap_or_default(), hidden);
            match told.get(id) {
                Some(News::Changes(changes)) => {
                    let given = changes.iter().map(|change| {
                        let message = change.message();
                        let body = message.and_then(|message| message.body.as_deref());
                        (kind_of(change), message.map(|message| message.id), body)
                    });
                    assert!(given.eq(missed.iter().map(|change| room.told(*who, *change))));
                }
                Some(news) => panic!("{news:?}"),
                None => assert!(missed.is_empty()),
            }
        }
    }
}

fn kind_of(change: &Replayed) -> Kind {
    match change {
        Replayed::MessageNew(_) => Kind::New,
        Replayed::MessageUpdated(_) => Kind::Edited,
        Replayed::MessageDeleted(_) => Kind::Unsent,
        Replayed::Hidden { .. } => Kind::Hidden,
        Replayed::Participant(_) => panic!("nobody joins or leaves here"),
        Replayed::Details(_) => panic!("nothing is renamed here"),
        Replayed::Reacted(_) => panic!("nobody reacts here"),
    }
}
