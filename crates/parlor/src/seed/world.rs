//! Who is there, and who talks with whom.

use std::{collections::HashSet, sync::Arc};

use service::chat::{
    Actor, ConversationId, ConversationKey, Decision, Limits, Plan, Timestamp, UserId, UserKey, Write,
    accounts::{NewUser, Profile, User},
    conversations::{
        ConversationFacts, CreateDirect, CreateGroup, Invitee, Kind, Member, Members, Name, Role, Settings,
        create_direct, create_group,
    },
};

use super::{Conversations, SeedOptions, chance::Chance};
use crate::Failure;

/// Of ten conversations so many are direct ones.
const DIRECT_OF_TEN: usize = 4;

/// People in the largest groups, where the limit allows it; most groups are much smaller.
const GROUP_MEMBERS: usize = 256;

/// How often another pair is drawn when the one drawn has its conversation already.
const ATTEMPTS: usize = 8;

/// Seeded people: `{prefix}-0`, `{prefix}-1` and so on, under consecutive keys.
pub(super) struct People {
    prefix: String,
    first_key: i64,
    pub(super) count: usize,
}

impl People {
    pub(super) fn new(options: &SeedOptions, first_key: i64) -> Self {
        Self { prefix: options.prefix.clone(), first_key, count: options.users }
    }

    fn key(&self, number: usize) -> UserKey {
        UserKey(self.first_key + number as i64)
    }

    fn id(&self, number: usize) -> UserId {
        UserId::from_stored(&format!("{}-{number}", self.prefix))
    }

    fn user(&self, number: usize) -> User {
        let name = Some(format!("{} {number}", self.prefix));
        let profile = Profile { name, ..Profile::default() };
        User { key: self.key(number), id: self.id(number), profile }
    }

    fn actor(&self, number: usize) -> Actor {
        Actor { key: self.key(number), id: self.id(number) }
    }

    /// Makes some of them known.
    pub(super) fn plan(&self, numbers: std::ops::Range<usize>, now: Timestamp) -> Plan {
        let write = |number| {
            let User { key, id, profile } = self.user(number);
            Write::User(NewUser { key, id, profile, created_at: now })
        };
        Plan { writes: numbers.map(write).collect(), ..Plan::default() }
    }
}

/// Who is in a conversation that is to be made, by number; its maker first.
pub(super) enum Circle {
    Pair([usize; 2]),
    Group(Vec<usize>),
}

/// Draws the circles of all conversations.
pub(super) fn circles(options: &SeedOptions, chance: &mut Chance) -> Vec<Circle> {
    match options.conversations {
        Conversations::PerUser(each) => ring(options.users, each),
        Conversations::Mixed(count) => mixed(options, count, chance),
    }
}

/// People stand in a ring and know the next ones on both sides: each has as many direct conversations as the others.
fn ring(users: usize, each: usize) -> Vec<Circle> {
    let next =
        move |person| (1..=each / 2).map(move |steps| Circle::Pair([person, (person + steps) % users]));
    (0..users).flat_map(next).collect()
}

/// Pairs and groups, of which small ones come oftener. The first people are in many of them, most are in few.
fn mixed(options: &SeedOptions, count: usize, chance: &mut Chance) -> Vec<Circle> {
    let largest = options.group_members.min(GROUP_MEMBERS).min(options.users);
    let mut pairs = HashSet::new();
    let mut all = Vec::with_capacity(count);
    for _ in 0..count {
        let pair =
            (chance.below(10) < DIRECT_OF_TEN).then(|| new_pair(options.users, &mut pairs, chance)).flatten();
        all.push(match pair {
            Some(pair) => Circle::Pair(pair),
            None => {
                let most = chance.favouring(largest.saturating_sub(2)) + 1;
                let wanted = 3 + chance.favouring(most);
                let mut members: Vec<usize> =
                    (0..wanted.min(largest)).map(|_| chance.favouring(options.users)).collect();
                let maker = members[0];
                members.sort_unstable();
                members.dedup();
                members.retain(|&member| member != maker);
                members.insert(0, maker);
                Circle::Group(members)
            }
        });
    }
    all
}

fn new_pair(users: usize, known: &mut HashSet<[usize; 2]>, chance: &mut Chance) -> Option<[usize; 2]> {
    for _ in 0..ATTEMPTS {
        let (a, b) = (chance.favouring(users), chance.favouring(users));
        if a != b && known.insert([a.min(b), a.max(b)]) {
            return Some([a, b]);
        }
    }
    None
}

/// The plan that makes a conversation, and what the rules must know to send in it.
pub(super) fn found(
    circle: &Circle,
    people: &People,
    key: ConversationKey,
    now: Timestamp,
    chance: &mut Chance,
) -> Result<(Plan, ConversationFacts), Failure> {
    let id = ConversationId(chance.uuid(now.0));
    let (kind, numbers, plan) = match circle {
        Circle::Pair(pair) => {
            let (maker, other) = (people.actor(pair[0]), people.user(pair[1]));
            let command = CreateDirect { id, with: other.id.clone() };
            // Nobody blocks anybody in a world that is new.
            match create_direct(&maker, &command, None, &Invitee::Known(other), &[], key, now)
                .map_err(refused)?
            {
                Decision::Write(plan) => (Kind::Direct, &pair[..], plan),
                Decision::Answer(_) => {
                    return Err(Failure::Outside("a new pair has a conversation already".into()));
                }
            }
        }
        Circle::Group(members) => {
            let limits = Limits::default();
            let name = Name::parse(&format!("Group {}", key.0), &limits).map_err(refused)?;
            let (maker, others) =
                members.split_first().ok_or_else(|| Failure::Outside("a group of nobody".into()))?;
            let others: Vec<_> = others.iter().map(|&other| people.user(other)).collect();
            let with = others.iter().map(|other| other.id.clone()).collect();
            let command = CreateGroup { id, name, with };
            let others: Vec<_> = others.into_iter().map(Invitee::Known).collect();
            let plan =
                create_group(&people.actor(*maker), &command, &others, &[], key, now).map_err(refused)?;
            (Kind::Group, &members[..], plan)
        }
    };
    let member = |(place, &number): (usize, &usize)| Member {
        key: people.key(number),
        id: people.id(number),
        role: if place == 0 && kind == Kind::Group { Role::Owner } else { Role::Member },
        position: place as i64,
    };
    let members = Arc::new(Members::new(1, numbers.iter().enumerate().map(member).collect()));
    let settings = Settings::default();
    Ok((
        plan,
        ConversationFacts { key, id, kind, settings, members, last_rev: 0, blocked: false, requested: false },
    ))
}

pub(super) fn refused(refusal: impl std::fmt::Display) -> Failure {
    Failure::Config(refusal.to_string())
}
