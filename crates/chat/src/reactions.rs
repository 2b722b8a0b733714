//! Reactions: an emoji of many. A user has one or several on a message, as it is configured.

use crate::{
    Actor, ConversationId, Decision, Limits, MessageId, Refusal, Timestamp, Write,
    conversations::ConversationFacts,
    edits::{changing, visible},
    messages::{Kind, Message, MessageChange, Reaction, UpdatedMessage},
    refusal::{Field, Limit},
};

/// The most bytes of an emoji: families and flags of regions are long.
const EMOJI_BYTES: usize = 64;

/// An emoji that may be reacted with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Emoji(String);

impl Emoji {
    /// Checks that it is an emoji, and one of the configured ones where there are such.
    ///
    /// # Errors
    /// `invalid`.
    pub fn parse(text: &str, limits: &Limits) -> Result<Self, Refusal> {
        let set = &limits.reaction_set;
        if !set.is_empty() && !set.iter().any(|one| one == text) {
            let message = format!("here one reacts with {} (reactions.set)", set.join(" "));
            return Err(Refusal::invalid(Field("emoji"), message));
        }
        if set.is_empty() && !is_emoji(text) {
            return Err(Refusal::invalid(Field("emoji"), "a reaction must be one emoji".into()));
        }
        Ok(Self(text.to_owned()))
    }
}

/// Pictures, with what joins and varies them (Unicode technical standard 51). It need not be one that fonts have.
fn is_emoji(text: &str) -> bool {
    let picture = |c: char| {
        matches!(c, '\u{a9}' | '\u{ae}' | '\u{203c}'..='\u{2bff}' | '\u{3030}' | '\u{303d}' | '\u{3297}' | '\u{3299}'
            | '\u{1f000}'..='\u{1faff}')
    };
    let part = |c: char| matches!(c, '\u{200d}' | '\u{20e3}' | '\u{fe0f}' | '\u{e0020}'..='\u{e007f}');
    let keycap =
        text.ends_with('\u{20e3}') && text.starts_with(|c: char| c.is_ascii_digit() || c == '#' || c == '*');
    let pictures = text.chars().skip(usize::from(keycap));
    text.len() <= EMOJI_BYTES
        && pictures.clone().all(|c| picture(c) || part(c))
        && (keycap || pictures.clone().any(picture) && text.starts_with(picture))
}

/// React to a message, or no longer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReactMessage {
    /// Where it is.
    pub conversation: ConversationId,
    /// Which.
    pub id: MessageId,
    /// With what.
    pub emoji: Emoji,
    /// False: no longer.
    pub on: bool,
}

/// Decides [`ReactMessage`]. `message` is the message as this user sees it, if he does.
///
/// # Errors
/// `not_found` for who is no participant, and for a message that is not there or was unsent; `not_allowed` where a block is
/// between the two; `forbidden` for what no user wrote; `invalid` beyond `reactions_per_message`.
pub fn react(
    actor: &Actor,
    command: &ReactMessage,
    conversation: Option<&ConversationFacts>,
    message: Option<&Message>,
    limits: &Limits,
    now: Timestamp,
) -> Result<Decision<Message>, Refusal> {
    let (conversation, message) = visible(actor, conversation, message)?;
    if conversation.blocked {
        return Err(Refusal::NotAllowed);
    }
    if message.kind != Kind::Text {
        return Err(Refusal::Forbidden { message: "one reacts to what somebody wrote".into() });
    }
    let Emoji(emoji) = &command.emoji;
    let is_on = |reactions: &[Reaction]| reactions.iter().any(|one| one.mine && one.emoji == *emoji);
    if is_on(&message.reactions) == command.on {
        return Ok(Decision::Answer(message.clone()));
    }
    let mut reactions = message.reactions.clone();
    let mut gone = Vec::new();
    for one in reactions.iter_mut().filter(|one| one.mine) {
        if one.emoji == *emoji || (command.on && limits.one_reaction_per_user) {
            (one.count, one.mine) = (one.count - 1, false);
            gone.push(one.emoji.clone());
        }
    }
    reactions.retain(|one| one.count > 0);
    if command.on {
        add(&mut reactions, emoji, limits)?;
    }
    let emojis = reactions.iter().filter(|one| one.mine).map(|one| one.emoji.clone()).collect();
    let updated = UpdatedMessage {
        conversation: conversation.key,
        message: Message { reactions, ..message.clone() },
        replaced: None,
    };
    let how = MessageChange::Reacted { user_id: actor.id.clone(), emojis };
    let mut plan = changing(conversation, updated, how);
    let row = |emoji: String, at| Write::Reaction {
        conversation: conversation.key,
        seq: message.seq,
        user: actor.key,
        emoji,
        at,
    };
    plan.writes.extend(gone.into_iter().map(|emoji| row(emoji, None)));
    plan.writes.extend(command.on.then(|| row(emoji.clone(), Some(now))));
    Ok(Decision::Write(plan))
}

fn add(reactions: &mut Vec<Reaction>, emoji: &str, limits: &Limits) -> Result<(), Refusal> {
    if let Some(there) = reactions.iter_mut().find(|one| one.emoji == emoji) {
        (there.count, there.mine) = (there.count + 1, true);
        return Ok(());
    }
    if reactions.len() >= limits.reactions_per_message {
        let allowed = limits.reactions_per_message as u64;
        return Err(Refusal::Invalid {
            field: Field("emoji"),
            message: format!("a message has at most {allowed} kinds of reactions (reactions_per_message)"),
            limit: Some(Limit { name: "reactions_per_message", allowed }),
        });
    }
    reactions.push(Reaction { emoji: emoji.to_owned(), count: 1, mine: true });
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emoji_are_told_from_text() {
        let limits = Limits::default();
        for emoji in ["👍", "❤️", "👩‍👩‍👧", "🏳️‍🌈", "🇫🇷", "1️⃣", "👍🏽", "©️", "🏴󠁧󠁢󠁥󠁮󠁧󠁿"]
        {
            assert!(Emoji::parse(emoji, &limits).is_ok(), "{emoji}");
        }
        for text in
            ["", "a", "1", "lol", " ", "👍a", "<b>", "\u{200d}", "\u{fe0f}", "é", "字", &"👍".repeat(17)]
        {
            assert!(Emoji::parse(text, &limits).is_err(), "{text}");
        }
    }

    #[test]
    fn a_configured_set_is_all_there_is() {
        let limits = Limits { reaction_set: vec!["👍".into(), "+1".into()], ..Limits::default() };
        assert!(Emoji::parse("+1", &limits).is_ok());
        assert!(Emoji::parse("👎", &limits).is_err());
    }

    #[test]
    fn a_kind_more_than_the_limit_is_refused_and_another_of_a_kind_is_not() {
        let limits = Limits { reactions_per_message: 1, ..Limits::default() };
        let mut reactions = Vec::new();
        add(&mut reactions, "👍", &limits).unwrap();
        add(&mut reactions, "👍", &limits).unwrap();
        assert_eq!(reactions, [Reaction { emoji: "👍".into(), count: 2, mine: true }]);
        assert!(matches!(add(&mut reactions, "👎", &limits), Err(Refusal::Invalid { limit: Some(_), .. })));
    }
}
