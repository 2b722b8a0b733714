//! What every text that people write must hold to.

use crate::refusal::{Field, Refusal};

/// Is there nothing to see?
#[must_use]
pub fn is_blank(text: &str) -> bool {
    text.chars().all(draws_nothing)
}

/// One line: no control characters, of which some no database takes and none belongs into a name or an address.
///
/// # Errors
/// `invalid`, naming the field.
pub fn one_line(text: &str, field: &'static str) -> Result<(), Refusal> {
    if text.chars().any(char::is_control) {
        return Err(Refusal::invalid(Field(field), format!("{field} must not hold control characters")));
    }
    Ok(())
}

/// White space, control characters, and the zero-width and directional characters that draw nothing
/// (Unicode `Default_Ignorable_Code_Point`, the part that text uses).
fn draws_nothing(c: char) -> bool {
    c.is_whitespace()
        || c.is_control()
        || matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{e0000}'..='\u{e0fff}')
}
