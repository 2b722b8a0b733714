//! Who is in a conversation, as rules see it.

use crate::{UserId, UserKey, conversations::Role};

/// The members of a conversation as of one `members_rev`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Members {
    /// Grows with every join, leave, change of role and change of settings.
    pub rev: i64,
    list: Vec<Member>,
}

/// One member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    /// The database's number.
    pub key: UserKey,
    /// The id outside.
    pub id: UserId,
    /// What he may do.
    pub role: Role,
    /// The order of joining.
    pub position: i64,
}

impl Members {
    /// Members in any order.
    #[must_use]
    pub fn new(rev: i64, mut list: Vec<Member>) -> Self {
        list.sort_unstable_by_key(|member| member.key);
        Self { rev, list }
    }

    /// The member of this key.
    #[must_use]
    pub fn get(&self, key: UserKey) -> Option<&Member> {
        self.list.binary_search_by_key(&key, |member| member.key).ok().map(|i| &self.list[i])
    }

    /// With these as well, as the database has it after their rows are written: each join counts in `rev`.
    #[must_use]
    pub fn with(&self, joining: impl Iterator<Item = (UserKey, UserId)>) -> Self {
        let (mut rev, mut list) = (self.rev, self.list.clone());
        for (key, id) in joining {
            rev += 1;
            list.push(Member { key, id, role: Role::Member, position: rev });
        }
        Self::new(rev, list)
    }

    /// The same people, of whom something else is another than before.
    #[must_use]
    pub fn touched(&self) -> Self {
        Self { rev: self.rev + 1, list: self.list.clone() }
    }

    /// Without this one.
    #[must_use]
    pub fn without(&self, key: UserKey) -> Self {
        let others = self.list.iter().filter(|member| member.key != key).cloned();
        Self { rev: self.rev + 1, list: others.collect() }
    }

    /// With another role for this one.
    #[must_use]
    pub fn with_role(&self, key: UserKey, role: Role) -> Self {
        let given = |member: &Member| match member.key == key {
            true => Member { role, ..member.clone() },
            false => member.clone(),
        };
        Self { rev: self.rev + 1, list: self.list.iter().map(given).collect() }
    }

    /// Who comes after this one as owner: of the others with the highest role the one who joined first.
    #[must_use]
    pub fn heir_of(&self, key: UserKey) -> Option<&Member> {
        let others = self.list.iter().filter(|member| member.key != key);
        others.min_by_key(|member| (crate::permissions::rank(member.role), member.position, member.key))
    }

    /// All, by key.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Member> {
        self.list.iter()
    }
}
