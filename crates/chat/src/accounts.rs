//! Users: made known by a token's claims, by the host app, or by being written to.

use crate::{
    Decision, Limits, Plan, Timestamp, UserId, UserKey, Write,
    refusal::{Field, Limit, Refusal},
    text::one_line,
};

/// What is shown of a user, and how to reach him.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Profile {
    /// The name that others see.
    pub name: Option<String>,
    /// Where mail goes. Shown to nobody else.
    pub email: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
}

/// What is known of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The database's number.
    pub key: UserKey,
    /// The id outside.
    pub id: UserId,
    /// What is shown.
    pub profile: Profile,
}

/// A row for `users`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewUser {
    /// The number it will have.
    pub key: UserKey,
    /// The id outside; unique.
    pub id: UserId,
    /// What is shown.
    pub profile: Profile,
    /// When.
    pub created_at: Timestamp,
}

/// Make a user known, or bring his profile up to date. Absent values leave what is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AnnounceUser {
    /// Who.
    pub id: UserId,
    /// What is said of him.
    pub profile: Profile,
}

impl Profile {
    /// Checks lengths. E-mail addresses are bounded by RFC 5321, section 4.5.3.1 (254 octets).
    ///
    /// # Errors
    /// `invalid`, naming the field and the limit.
    pub fn parse(
        name: Option<String>,
        email: Option<String>,
        avatar_url: Option<String>,
        limits: &Limits,
    ) -> Result<Self, Refusal> {
        if let Some(name) = &name {
            within(
                "name",
                name.chars().count(),
                "characters",
                Limit { name: "name_chars", allowed: limits.name_chars as u64 },
            )?;
        }
        if let Some(url) = &avatar_url {
            check_avatar_url(url, limits)?;
        }
        if let Some(email) = &email {
            within("email", email.len(), "bytes", Limit { name: "email_bytes", allowed: 254 })?;
        }
        for (field, value) in [("name", &name), ("email", &email), ("avatar_url", &avatar_url)] {
            one_line(value.as_deref().unwrap_or_default(), field)?;
        }
        let text = |value: Option<String>| value.map(|v| v.trim().to_owned()).filter(|v| !v.is_empty());
        Ok(Self { name: text(name), email: text(email), avatar_url: text(avatar_url) })
    }

    /// This, with what is said in place of what was there.
    #[must_use]
    pub fn updated_by(&self, said: &Self) -> Self {
        let newer = |old: &Option<String>, new: &Option<String>| new.as_ref().or(old.as_ref()).cloned();
        Self {
            name: newer(&self.name, &said.name),
            email: newer(&self.email, &said.email),
            avatar_url: newer(&self.avatar_url, &said.avatar_url),
        }
    }
}

/// Checks the address of a picture: its length, that it is one of the web, and on one line.
///
/// # Errors
/// `invalid`, field `avatar_url`.
pub fn check_avatar_url(url: &str, limits: &Limits) -> Result<(), Refusal> {
    let limit = Limit { name: "url_bytes", allowed: limits.url_bytes as u64 };
    within("avatar_url", url.len(), "bytes", limit)?;
    if !(url.starts_with("https://") || url.starts_with("http://") || url.starts_with('/')) {
        return Err(Refusal::invalid(
            Field("avatar_url"),
            "avatar_url must be an http(s) address or a path that starts with /".into(),
        ));
    }
    one_line(url, "avatar_url")
}

fn within(field: &'static str, given: usize, unit: &str, limit: Limit) -> Result<(), Refusal> {
    if given as u64 <= limit.allowed {
        return Ok(());
    }
    Err(Refusal::Invalid {
        field: Field(field),
        message: format!(
            "{field} has {given} {unit}; at most {} are allowed ({})",
            limit.allowed, limit.name
        ),
        limit: Some(limit),
    })
}

/// Decides [`AnnounceUser`]. `known` is what is stored; `new_key` is the number to use if nothing is.
#[must_use]
pub fn announce(
    known: Option<&User>,
    command: &AnnounceUser,
    new_key: UserKey,
    now: Timestamp,
) -> Decision<User> {
    let Some(known) = known else {
        return Decision::Write(Plan {
            writes: vec![Write::User(NewUser {
                key: new_key,
                id: command.id.clone(),
                profile: command.profile.clone(),
                created_at: now,
            })],
            ..Plan::default()
        });
    };
    if known.profile.updated_by(&command.profile) == known.profile {
        return Decision::Answer(known.clone());
    }
    // What was said and no more: what another announcement wrote since then stays.
    let profile = command.profile.clone();
    Decision::Write(Plan { writes: vec![Write::Profile { user: known.key, profile }], ..Plan::default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ada(name: &str) -> AnnounceUser {
        AnnounceUser {
            id: UserId::from_stored("ada"),
            profile: Profile { name: Some(name.into()), ..Profile::default() },
        }
    }

    #[test]
    fn a_user_seen_again_with_the_same_claims_writes_nothing() {
        let known = User { key: UserKey(1), id: UserId::from_stored("ada"), profile: ada("Ada").profile };
        assert!(
            matches!(announce(Some(&known), &ada("Ada"), UserKey(2), Timestamp(0)), Decision::Answer(u) if u == known)
        );
    }

    #[test]
    fn claims_that_are_absent_leave_what_is_stored() {
        let profile =
            Profile { name: Some("Ada".into()), email: Some("ada@example.org".into()), avatar_url: None };
        let known = User { key: UserKey(1), id: UserId::from_stored("ada"), profile };
        let Decision::Write(plan) = announce(Some(&known), &ada("Ada L."), UserKey(2), Timestamp(0)) else {
            panic!("a new name is written")
        };
        let [Write::Profile { user: UserKey(1), profile }] = &plan.writes[..] else { panic!("{plan:?}") };
        assert_eq!(*profile, ada("Ada L.").profile, "only what was said");
        assert_eq!(known.profile.updated_by(profile).email.as_deref(), Some("ada@example.org"));
    }

    #[test]
    fn names_and_urls_are_bounded() {
        let limits = Limits::default();
        assert!(Profile::parse(Some("x".repeat(100)), None, None, &limits).is_ok());
        assert!(Profile::parse(Some("x".repeat(101)), None, None, &limits).is_err());
        assert!(Profile::parse(None, None, Some("javascript:alert(1)".into()), &limits).is_err());
        assert!(Profile::parse(Some("a\0b".into()), None, None, &limits).is_err());
        assert!(Profile::parse(None, Some("a@example.org\r\nBcc: b".into()), None, &limits).is_err());
    }
}
