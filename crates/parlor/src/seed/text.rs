//! What seeded people say: words of a small dictionary, common ones oftener, mostly a line and sometimes a paragraph.

use super::chance::Chance;

const WORDS: &[&str] = &[
    "the",
    "to",
    "and",
    "a",
    "is",
    "we",
    "it",
    "in",
    "you",
    "for",
    "that",
    "of",
    "on",
    "have",
    "this",
    "can",
    "with",
    "be",
    "are",
    "not",
    "at",
    "will",
    "do",
    "but",
    "what",
    "from",
    "so",
    "if",
    "just",
    "was",
    "there",
    "when",
    "now",
    "up",
    "today",
    "yes",
    "no",
    "then",
    "about",
    "tomorrow",
    "me",
    "they",
    "one",
    "more",
    "good",
    "thanks",
    "time",
    "please",
    "know",
    "how",
    "see",
    "think",
    "look",
    "here",
    "who",
    "back",
    "after",
    "before",
    "morning",
    "evening",
    "meeting",
    "coffee",
    "lunch",
    "train",
    "garden",
    "release",
    "ticket",
    "invoice",
    "window",
    "river",
    "weather",
    "parcel",
    "kitchen",
    "printer",
    "draft",
    "picture",
    "number",
    "bicycle",
    "holiday",
    "contract",
    "password",
    "neighbour",
    "bridge",
    "letter",
    "library",
    "orchard",
    "museum",
    "violin",
    "harbour",
    "lantern",
    "compass",
    "saffron",
    "glacier",
    "thimble",
    "walnut",
    "quartz",
];

/// Words in most messages, and in few.
const USUAL_WORDS: usize = 12;
const MANY_WORDS: usize = 80;

/// One message in so many is long.
const LONG_ONE_IN: usize = 25;

/// Text of a message, never blank.
pub(super) fn body(chance: &mut Chance) -> String {
    let most = if chance.below(LONG_ONE_IN) == 0 { MANY_WORDS } else { USUAL_WORDS };
    let mut text = String::new();
    for number in 0..=chance.below(most) {
        if number > 0 {
            text.push(' ');
        }
        text.push_str(WORDS[chance.favouring(WORDS.len())]);
    }
    text
}
