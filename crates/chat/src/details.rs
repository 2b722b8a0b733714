//! What a group is called and how it is kept: name, description, picture, and its settings.

use std::sync::Arc;

use crate::{
    Actor, Change, ConversationId, ConversationKey, Decision, Guard, Limits, MessageId, Plan, Timestamp,
    Write, accounts,
    conversations::{ConversationFacts, History, Kind, Members, Name, Settings, WhoMayAdd},
    notes::Note,
    permissions::{self, Action},
    refusal::{Field, Limit, Refusal},
    text::is_blank,
};

/// What a conversation is called, and how it is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Details {
    /// A group's name.
    pub name: Option<String>,
    /// What it is about.
    pub description: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// How it is kept.
    pub settings: Settings,
}

/// A text that may be taken away again: nothing to see is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Optional(Option<String>);

impl Optional {
    /// A description: at most `description_chars`, on several lines.
    ///
    /// # Errors
    /// `invalid`, naming the field and, where it is too long, the limit.
    pub fn description(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let text = text.trim();
        let chars = text.chars().count();
        if chars > limits.description_chars {
            let limit = Limit { name: "description_chars", allowed: limits.description_chars as u64 };
            let message = format!(
                "description has {chars} characters; at most {} are allowed (description_chars)",
                limit.allowed
            );
            return Err(Refusal::Invalid { field: Field("description"), message, limit: Some(limit) });
        }
        if text.chars().any(|c| c.is_control() && c != '\n') {
            let message = "description must not hold control characters, line breaks excepted".into();
            return Err(Refusal::invalid(Field("description"), message));
        }
        Ok(Self(Some(text.to_owned()).filter(|text| !is_blank(text))))
    }

    /// The address of a picture: at most `url_bytes`.
    ///
    /// # Errors
    /// `invalid`, naming the field and, where it is too long, the limit.
    pub fn avatar_url(url: &str, limits: &Limits) -> Result<Self, Refusal> {
        let url = url.trim();
        if url.is_empty() {
            return Ok(Self(None));
        }
        accounts::check_avatar_url(url, limits)?;
        Ok(Self(Some(url.to_owned())))
    }
}

/// Change what a group is called or how it is kept. What is `None` stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdateConversation {
    /// Which.
    pub conversation: ConversationId,
    /// Another name.
    pub name: Option<Name>,
    /// Another description, or none.
    pub description: Option<Optional>,
    /// Another picture, or none.
    pub avatar_url: Option<Optional>,
    /// Who may add people from now on.
    pub who_may_add: Option<WhoMayAdd>,
    /// What new members see from now on.
    pub history: Option<History>,
    /// Whether only moderators and above may write.
    pub read_only: Option<bool>,
    /// How many seconds a member waits between two messages.
    pub slow_mode_s: Option<i64>,
    /// The id of the message that tells of it.
    pub note_id: MessageId,
}

impl UpdateConversation {
    /// Checks the length of slow mode, given in seconds.
    ///
    /// # Errors
    /// `invalid` for less than none, and beyond `slow_mode_s`.
    pub fn slow_mode(seconds: i64, limits: &Limits) -> Result<i64, Refusal> {
        if (0..=limits.slow_mode_s).contains(&seconds) {
            return Ok(seconds);
        }
        let limit = Limit { name: "slow_mode_s", allowed: limits.slow_mode_s.unsigned_abs() };
        let message = format!("slow_mode_s is {seconds}; 0 to {} are allowed (slow_mode_s)", limit.allowed);
        Err(Refusal::Invalid { field: Field("slow_mode_s"), message, limit: Some(limit) })
    }

    /// These details, with what the command says in place of what was there.
    fn applied_to(&self, before: &Details) -> Details {
        let text = |new: &Option<Optional>, old: &Option<String>| match new {
            Some(Optional(text)) => text.clone(),
            None => old.clone(),
        };
        Details {
            name: self.name.as_ref().map(|name| name.as_str().to_owned()).or_else(|| before.name.clone()),
            description: text(&self.description, &before.description),
            avatar_url: text(&self.avatar_url, &before.avatar_url),
            settings: Settings {
                who_may_add: self.who_may_add.unwrap_or(before.settings.who_may_add),
                history: self.history.unwrap_or(before.settings.history),
                read_only: self.read_only.unwrap_or(before.settings.read_only),
                slow_mode_s: self.slow_mode_s.unwrap_or(before.settings.slow_mode_s),
            },
        }
    }
}

/// A row of `conversations` as it is from now on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UpdatedConversation {
    /// Which, by number.
    pub conversation: ConversationKey,
    /// Which, by id.
    pub conversation_id: ConversationId,
    /// All of its details.
    pub details: Details,
}

/// Details of a conversation that were changed, with the number of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DetailsChanged {
    /// Which.
    pub conversation_id: ConversationId,
    /// The number of the change in the conversation's stream.
    pub rev: i64,
    /// All of its details, as they are.
    pub details: Details,
}

/// What a note says was changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The name.
    Name,
    /// The description.
    Description,
    /// The picture.
    AvatarUrl,
    /// Any of the settings.
    Settings,
}

impl Part {
    /// All of them, with their names outside.
    pub const NAMES: [(&'static str, Self); 4] = [
        ("name", Self::Name),
        ("description", Self::Description),
        ("avatar_url", Self::AvatarUrl),
        ("settings", Self::Settings),
    ];

    fn differs(self, before: &Details, after: &Details) -> bool {
        match self {
            Self::Name => before.name != after.name,
            Self::Description => before.description != after.description,
            Self::AvatarUrl => before.avatar_url != after.avatar_url,
            Self::Settings => before.settings != after.settings,
        }
    }
}

/// Decides [`UpdateConversation`]; `before` is what the conversation is called now. What is so already is no change.
///
/// # Errors
/// `not_found` for who is not in it, `forbidden` for whose role may not, and in direct conversations.
pub fn update(
    actor: &Actor,
    command: &UpdateConversation,
    conversation: Option<&ConversationFacts>,
    before: Option<&Details>,
    now: Timestamp,
) -> Result<Decision<()>, Refusal> {
    let absent = || Refusal::NotFound { what: "conversation" };
    let conversation = conversation.ok_or_else(absent)?;
    let me = conversation.members.get(actor.key).ok_or_else(absent)?;
    let before = before.ok_or_else(absent)?;
    if !permissions::may(conversation.kind, me.role, Action::ChangeConversation) {
        let message = match conversation.kind {
            Kind::Direct => "a direct conversation has no name and no settings",
            Kind::Group => "your role may not change this group",
        };
        return Err(Refusal::Forbidden { message: message.into() });
    }
    let details = command.applied_to(before);
    let changed = |(_, part): &(&str, Part)| part.differs(before, &details).then_some(*part);
    let parts: Vec<Part> = Part::NAMES.iter().filter_map(changed).collect();
    if parts.is_empty() {
        return Ok(Decision::Answer(()));
    }
    let (key, id) = (conversation.key, conversation.id);
    let after: Arc<Members> = Arc::new(conversation.members.touched());
    let name = details.name.clone().filter(|_| parts.contains(&Part::Name));
    let note = Note::Updated(parts, name).message(actor, command.note_id, (key, id), now);
    let updated = Arc::new(UpdatedConversation { conversation: key, conversation_id: id, details });
    Ok(Decision::Write(Plan {
        conversation: Some(key),
        guards: vec![Guard::MembersRev { conversation: key, members_rev: conversation.members.rev }],
        writes: vec![Write::UpdateConversation(updated.clone()), Write::Message(note.clone())],
        changes: vec![
            Change::Details { members: after.clone(), updated },
            Change::MessageNew { members: after, message: note },
        ],
        effects: Vec::new(),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        conversations::{Member, Role},
        fixtures::{actor, direct},
    };
    use uuid::Uuid;

    fn group(role: Role) -> ConversationFacts {
        let ada = actor(1, "ada");
        let member = Member { key: ada.key, id: ada.id, role, position: 0 };
        ConversationFacts { kind: Kind::Group, members: Arc::new(Members::new(4, vec![member])), ..direct() }
    }

    fn nothing() -> UpdateConversation {
        UpdateConversation {
            conversation: direct().id,
            name: None,
            description: None,
            avatar_url: None,
            who_may_add: None,
            history: None,
            read_only: None,
            slow_mode_s: None,
            note_id: MessageId(Uuid::from_u128(3)),
        }
    }

    fn garden() -> Details {
        Details { name: Some("Garden".into()), description: Some("What grows".into()), ..Details::default() }
    }

    fn try_update(role: Role, command: &UpdateConversation) -> Result<Decision<()>, Refusal> {
        update(&actor(1, "ada"), command, Some(&group(role)), Some(&garden()), Timestamp(9))
    }

    #[test]
    fn what_is_not_named_stays_and_what_changed_is_told() {
        let limits = Limits::default();
        let command = UpdateConversation {
            name: Some(Name::parse("Orchard", &limits).unwrap()),
            description: Some(Optional::description(" \n", &limits).unwrap()),
            read_only: Some(true),
            ..nothing()
        };
        let Ok(Decision::Write(plan)) = try_update(Role::Admin, &command) else { panic!("it is new") };
        let [Change::Details { members, updated }, Change::MessageNew { message, .. }] = &plan.changes[..]
        else {
            panic!("{plan:?}")
        };
        let settings = Settings { read_only: true, ..Settings::default() };
        let after = Details { name: Some("Orchard".into()), settings, ..Details::default() };
        assert_eq!((&updated.details, members.rev), (&after, 5));
        let parts = vec![Part::Name, Part::Description, Part::Settings];
        let note = Note::Updated(parts, Some("Orchard".into()));
        assert_eq!(message.body.as_str(), note.to_text());
    }

    #[test]
    fn what_is_so_already_is_no_change() {
        let limits = Limits::default();
        let command = UpdateConversation {
            name: Some(Name::parse("Garden", &limits).unwrap()),
            avatar_url: Some(Optional::avatar_url("", &limits).unwrap()),
            slow_mode_s: Some(0),
            ..nothing()
        };
        assert!(matches!(try_update(Role::Owner, &command), Ok(Decision::Answer(()))));
    }

    #[test]
    fn only_owner_and_admins_change_it_and_nobody_a_direct_one() {
        let command = UpdateConversation { read_only: Some(true), ..nothing() };
        for role in [Role::Moderator, Role::Member] {
            assert!(matches!(try_update(role, &command), Err(Refusal::Forbidden { .. })));
        }
        let direct = update(&actor(1, "ada"), &command, Some(&direct()), Some(&garden()), Timestamp(9));
        assert!(matches!(direct, Err(Refusal::Forbidden { .. })));
        let eve =
            update(&actor(9, "eve"), &command, Some(&group(Role::Owner)), Some(&garden()), Timestamp(9));
        assert_eq!(eve.unwrap_err(), Refusal::NotFound { what: "conversation" });
    }

    #[test]
    fn texts_are_bounded_and_may_be_taken_away() {
        let limits = Limits { description_chars: 3, url_bytes: 9, ..Limits::default() };
        assert_eq!(Optional::description("éàü", &limits), Ok(Optional(Some("éàü".into()))));
        assert_eq!(Optional::description("a\nb", &limits), Ok(Optional(Some("a\nb".into()))));
        assert!(matches!(
            Optional::description("éàüs", &limits),
            Err(Refusal::Invalid { limit: Some(Limit { name: "description_chars", allowed: 3 }), .. })
        ));
        assert!(Optional::description("a\0", &limits).is_err());
        assert_eq!(Optional::avatar_url(" ", &limits), Ok(Optional(None)));
        assert!(Optional::avatar_url("http://ab", &limits).is_ok());
        assert!(Optional::avatar_url("http://abc", &limits).is_err());
        assert!(Optional::avatar_url("ftp://a", &limits).is_err());
        let limits = Limits { slow_mode_s: 60, ..Limits::default() };
        assert_eq!(UpdateConversation::slow_mode(60, &limits), Ok(60));
        assert!(UpdateConversation::slow_mode(61, &limits).is_err());
        assert!(UpdateConversation::slow_mode(-1, &limits).is_err());
    }
}
