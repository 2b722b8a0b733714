use super::*;
use crate::{
    ConversationKey,
    conversations::{Kind, Settings, WhoMayAdd},
};
use uuid::Uuid;

const EVERYBODY: [usize; 4] = [0, 1, 2, 3];
const NAMES: [&str; 4] = ["olga", "adam", "mona", "mel"];

fn id(text: &str) -> UserId {
    UserId::from_stored(text)
}

fn actor(number: usize) -> Actor {
    Actor { key: UserKey(number as i64 + 1), id: id(NAMES[number]) }
}

/// An owner, an admin, a moderator and a member.
fn group() -> ConversationFacts {
    let roles = permissions::ROLES;
    let member = |(number, role): (usize, &Role)| {
        let Actor { key, id } = actor(number);
        Member { key, id, role: *role, position: number as i64 }
    };
    ConversationFacts {
        key: ConversationKey(5),
        id: ConversationId(Uuid::from_u128(5)),
        kind: Kind::Group,
        settings: Settings::default(),
        members: Arc::new(Members::new(7, roles.iter().enumerate().map(member).collect())),
        last_rev: 0,
        blocked: false,
        requested: false,
    }
}

fn removing(by: usize, whom: usize, group: &ConversationFacts) -> Result<Plan, Refusal> {
    let command =
        RemoveParticipant { conversation: group.id, user: id(NAMES[whom]), note_id: MessageId(Uuid::nil()) };
    plan(remove(&actor(by), &command, Some(group), Timestamp(9)))
}

fn giving(by: usize, whom: usize, role: Role, group: &ConversationFacts) -> Result<Plan, Refusal> {
    let command =
        ChangeRole { conversation: group.id, user: id(NAMES[whom]), role, note_id: MessageId(Uuid::nil()) };
    plan(change_role(&actor(by), &command, Some(group), Timestamp(9)))
}

fn adding(by: usize, whom: &[&str], group: &ConversationFacts, limits: &Limits) -> Result<Plan, Refusal> {
    let users = whom.iter().map(|name| id(name)).collect();
    let command = AddParticipants::parse(group.id, users, MessageId(Uuid::nil()), limits)?;
    let invitee =
        |(at, id): (usize, &UserId)| Invitee::Unknown { key: UserKey(100 + at as i64), id: id.clone() };
    let users: Vec<Invitee> = command.users.iter().enumerate().map(invitee).collect();
    plan(add(&actor(by), &command, Some(group), (&users, &[]), limits, Timestamp(9)))
}

fn plan(decided: Result<Decision<()>, Refusal>) -> Result<Plan, Refusal> {
    Ok(match decided? {
        Decision::Write(plan) => plan,
        Decision::Answer(()) => Plan::default(),
    })
}

fn audience(plan: &Plan) -> &Members {
    plan.changes
        .iter()
        .find_map(|change| match change {
            Change::Participant { members, .. } => Some(members),
            _ => None,
        })
        .unwrap()
}

#[test]
fn a_lower_role_is_removed_by_who_ranks_above_and_may() {
    let group = group();
    for by in EVERYBODY {
        for whom in EVERYBODY.into_iter().filter(|whom| *whom != by) {
            let removed = removing(by, whom, &group);
            assert_eq!(removed.is_ok(), by < whom && by < 3, "{} removes {}", NAMES[by], NAMES[whom]);
        }
    }
}

#[test]
fn roles_below_ones_own_are_given_to_lower_ones_and_ownership_by_the_owner() {
    let group = group();
    for by in EVERYBODY {
        for whom in EVERYBODY.into_iter().filter(|whom| *whom != by) {
            for (rank, role) in permissions::ROLES.into_iter().enumerate() {
                let may = if rank == 0 { by == 0 } else { by < 2 && by < whom && by < rank };
                let given = giving(by, whom, role, &group);
                assert_eq!(given.is_ok(), may, "{} makes {} {role:?}", NAMES[by], NAMES[whom]);
            }
        }
    }
}

#[test]
fn who_gives_a_group_away_is_an_admin_of_it() {
    let group = group();
    let plan = giving(0, 3, Role::Owner, &group).unwrap();
    let after = audience(&plan);
    assert_eq!(
        (after.get(UserKey(4)).unwrap().role, after.get(UserKey(1)).unwrap().role),
        (Role::Owner, Role::Admin)
    );
    assert_eq!(after.rev, group.members.rev + 2, "each role that is written counts");
    assert!(matches!(giving(0, 0, Role::Member, &group), Err(Refusal::Invalid { field: Field("role"), .. })));
}

#[test]
fn an_owner_who_leaves_is_followed_by_the_highest_role_and_of_several_by_the_first() {
    let everybody = group();
    let plan = removing(0, 0, &everybody).unwrap();
    let after = audience(&plan);
    assert_eq!((after.get(UserKey(2)).unwrap().role, after.iter().len()), (Role::Owner, 3));
    let mut equals: Vec<Member> = everybody.members.iter().cloned().collect();
    for member in &mut equals[1..] {
        (member.role, member.position) = (Role::Member, 10 - member.key.0);
    }
    let equals = ConversationFacts { members: Arc::new(Members::new(7, equals)), ..group() };
    assert_eq!(audience(&removing(0, 0, &equals).unwrap()).get(UserKey(4)).unwrap().role, Role::Owner);
    let alone = equals.members.without(UserKey(2)).without(UserKey(3)).without(UserKey(4));
    let alone = ConversationFacts { members: Arc::new(alone), ..group() };
    assert_eq!(audience(&removing(0, 0, &alone).unwrap()).iter().len(), 0);
}

#[test]
fn who_may_add_is_a_setting() {
    for (who, allowed) in [(WhoMayAdd::Owner, 1), (WhoMayAdd::Admins, 2), (WhoMayAdd::Anyone, 4)] {
        let settings = Settings { who_may_add: who, ..Settings::default() };
        let group = ConversationFacts { settings, ..group() };
        for by in EVERYBODY {
            let added = adding(by, &["new"], &group, &Limits::default());
            assert_eq!(added.is_ok(), by < allowed, "{} adds while {who:?} may", NAMES[by]);
        }
    }
}

#[test]
fn a_group_is_filled_to_its_limit_and_not_beyond() {
    let limits = Limits { group_members: 6, ..Limits::default() };
    let plan = adding(0, &["eve", "fay", "eve"], &group(), &limits).unwrap();
    let joins = plan.writes.iter().filter(|write| matches!(write, Write::Participant { .. })).count();
    assert_eq!((joins, audience(&plan).iter().len()), (2, 6));
    assert!(matches!(
        adding(0, &["eve", "fay", "gil"], &group(), &limits),
        Err(Refusal::LimitReached { .. })
    ));
}

#[test]
fn strangers_and_missing_ones_look_alike() {
    let group = group();
    let stranger = Actor { key: UserKey(50), id: id("sam") };
    let command =
        RemoveParticipant { conversation: group.id, user: id("mel"), note_id: MessageId(Uuid::nil()) };
    let by_stranger = remove(&stranger, &command, Some(&group), Timestamp(9)).unwrap_err();
    let of_nothing = remove(&actor(0), &command, None, Timestamp(9)).unwrap_err();
    assert_eq!(by_stranger, of_nothing);
}

#[test]
fn a_direct_conversation_stays_as_it_is() {
    let direct = ConversationFacts { kind: Kind::Direct, ..group() };
    assert!(matches!(adding(0, &["eve"], &direct, &Limits::default()), Err(Refusal::Forbidden { .. })));
    assert!(matches!(removing(0, 0, &direct), Err(Refusal::Forbidden { .. })));
    assert!(matches!(giving(0, 1, Role::Member, &direct), Err(Refusal::Forbidden { .. })));
}

#[test]
fn nobody_is_added_across_a_block() {
    let (group, limits) = (group(), Limits::default());
    let command = AddParticipants::parse(group.id, vec![id("eve")], MessageId(Uuid::nil()), &limits).unwrap();
    let eve = [Invitee::Unknown { key: UserKey(9), id: id("eve") }];
    let added = |blocked| {
        let access = crate::settings::MessagingAccess::Everyone;
        let (user, privacy_rev) = (UserKey(9), 3);
        let contacts = [Contact {
            user,
            privacy_rev: Some(privacy_rev),
            blocked,
            access,
            receipts: true,
            follows: false,
            followed: false,
        }];
        plan(add(&actor(0), &command, Some(&group), (&eve, &contacts), &limits, Timestamp(9)))
    };
    assert_eq!(added(true).unwrap_err(), Refusal::NotAllowed);
    assert!(added(false).unwrap().guards.contains(&privacy::guard_rev(UserKey(9), 3)));
}
