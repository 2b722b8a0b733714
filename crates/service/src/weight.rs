//! How large an answer is on the wire, so that it is cut before it is too large for a connection's queue.

use chat::{
    conversations::Conversation,
    extras::Extras,
    messages::{Message, Quote},
    sync::{News, Replayed, SyncedConversation},
};

/// Names, ids, numbers and punctuation of one item.
const FRAME_BYTES: usize = 400;

/// How many of these one answer holds: as many as `answer_bytes` allow, and one in any case.
pub(crate) fn fitting<T>(items: &[T], answer_bytes: usize, weigh: impl Fn(&T) -> usize) -> usize {
    let mut bytes = 0;
    let fits = items.iter().take_while(|item| {
        bytes += weigh(item);
        bytes <= answer_bytes
    });
    fits.count().max(1).min(items.len())
}

pub(crate) fn message(message: &Message) -> usize {
    FRAME_BYTES
        + message.body.as_deref().map_or(0, text)
        + message.reply_to.as_ref().map_or(0, quote)
        + 120 * message.reactions.len()
        + extras(&message.extras)
        + text(message.sender_id.as_str())
}

fn extras(extras: &Extras) -> usize {
    let Extras { mentions } = extras;
    mentions.users.iter().map(|user| 4 + text(user.as_str())).sum()
}

fn quote(quote: &Quote) -> usize {
    150 + quote.body.as_deref().map_or(0, text) + text(quote.sender_id.as_str())
}

pub(crate) fn conversation(conversation: &Conversation) -> usize {
    let participants = conversation.participants.iter().map(|(user, _)| {
        let profile = &user.profile;
        let shown = [profile.name.as_deref(), profile.avatar_url.as_deref(), Some(user.id.as_str())];
        80 + shown.into_iter().flatten().map(text).sum::<usize>()
    });
    let details = &conversation.details;
    let texts = [&details.name, &details.description, &details.avatar_url];
    let name = texts.into_iter().flatten().map(|said| text(said)).sum::<usize>();
    FRAME_BYTES + name + participants.sum::<usize>() + conversation.last_message.as_ref().map_or(0, message)
}

pub(crate) fn synced(synced: &SyncedConversation) -> usize {
    match &synced.news {
        News::Unknown | News::Reset => FRAME_BYTES + conversation(&synced.conversation),
        News::Changes(changes) => {
            let whole = if synced.is_whole() { conversation(&synced.conversation) } else { 0 };
            let hidden = 20 * synced.hidden.len();
            FRAME_BYTES + whole + hidden + changes.iter().map(replayed).sum::<usize>()
        }
    }
}

fn replayed(change: &Replayed) -> usize {
    change.message().map_or(FRAME_BYTES, message)
}

/// The length of a text as JSON (RFC 8259, section 7).
fn text(text: &str) -> usize {
    let escaped = |byte: u8| match byte {
        b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 8 | 12 => 2,
        0..=0x1f => 6,
        _ => 1,
    };
    text.bytes().map(escaped).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_holds_what_fits_and_one_in_any_case() {
        let weigh = |weight: &usize| *weight;
        assert_eq!(fitting(&[3, 3, 3], 9, weigh), 3);
        assert_eq!(fitting(&[3, 3, 4], 9, weigh), 2);
        assert_eq!(fitting(&[10, 1], 9, weigh), 1);
        assert_eq!(fitting(&[], 9, weigh), 0);
    }

    #[test]
    fn a_text_is_as_long_as_its_json() {
        assert_eq!(text("a\"\\\n\u{1}é"), 1 + 2 + 2 + 2 + 6 + 2);
    }
}
