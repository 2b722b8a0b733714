//! Reactions: the sums in a message's own row.

use chat::messages::Reaction;

use crate::StoreError;

/// The sums as they are stored, `[["emoji",count],…]`; nothing where there are none. Emoji hold no quotes.
pub(crate) fn write(reactions: &[Reaction]) -> Option<String> {
    let sums: Vec<String> =
        reactions.iter().map(|one| format!("[\"{}\",{}]", one.emoji, one.count)).collect();
    (!sums.is_empty()).then(|| format!("[{}]", sums.join(",")))
}

/// Reads the sums; `mine` are the reader's own, parted by spaces.
pub(crate) fn read(sums: Option<String>, mine: Option<String>) -> Result<Vec<Reaction>, StoreError> {
    let Some(sums) = sums else { return Ok(Vec::new()) };
    let mine = mine.unwrap_or_default();
    let corrupt = || StoreError::Corrupt(format!("{sums:?} are no sums of reactions"));
    let list = sums.strip_prefix("[[").and_then(|rest| rest.strip_suffix("]]")).ok_or_else(corrupt)?;
    let one = |sum: &str| {
        let (emoji, count) = sum.strip_prefix('"')?.rsplit_once("\",")?;
        let (emoji, count) = (emoji.to_owned(), count.parse().ok()?);
        Some(Reaction { mine: mine.split(' ').any(|own| own == emoji), emoji, count })
    };
    list.split("],[").map(|sum| one(sum).ok_or_else(corrupt)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_read_as_they_were_written() {
        let sum = |emoji: &str, count, mine| Reaction { emoji: emoji.into(), count, mine };
        let sums = [sum("👍", 12, true), sum("1️⃣", 1, false), sum("+1", 3, true)];
        assert_eq!(read(write(&sums), Some("+1 👍".into())), Ok(sums.to_vec()));
        assert_eq!((write(&[]), read(None, None)), (None, Ok(Vec::new())));
        assert!(read(Some("x".into()), None).is_err());
    }
}
