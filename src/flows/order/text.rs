//! Cuts text to NetSuite's field lengths without breaking a character or an emoji.

/// The longest beginning of `text` that fits `limit`, or `None` when all of it fits.
///
/// A field's length is counted in UTF-16 units: where NetSuite counts characters instead, the text
/// is a little shorter than it had to be and never refused. A cut never falls inside a cluster: no
/// joiner, selector or half flag is left at the end.
pub(super) fn cut(text: &str, limit: usize) -> Option<&str> {
    if text.encode_utf16().count() <= limit {
        return None;
    }
    let mut units = 0;
    let mut fits = 0;
    for (at, character) in text.char_indices() {
        if units > limit {
            break;
        }
        if is_boundary(&text[..at], character) {
            fits = at;
        }
        units += character.len_utf16();
    }
    Some(text[..fits].trim_end())
}

/// `text` cut to `limit`, and whether anything was lost.
pub(super) fn fit(text: &str, limit: usize) -> String {
    cut(text, limit).unwrap_or(text).to_owned()
}

/// Whether a cut between `before` and `next` leaves both sides readable.
fn is_boundary(before: &str, next: char) -> bool {
    const JOINER: char = '\u{200d}';
    let extends = matches!(next,
        JOINER | '\u{300}'..='\u{36f}' | '\u{20d0}'..='\u{20ff}' | '\u{fe00}'..='\u{fe0f}'
        | '\u{1f3fb}'..='\u{1f3ff}' | '\u{e0020}'..='\u{e007f}');
    if extends || before.ends_with(JOINER) {
        return false;
    }
    let flags = before.chars().rev().take_while(|c| is_regional(*c)).count();
    !(is_regional(next) && flags % 2 == 1)
}

/// Two of these make one flag.
fn is_regional(character: char) -> bool {
    matches!(character, '\u{1f1e6}'..='\u{1f1ff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_fits_is_not_touched() {
        assert_eq!(cut("1 Sample Street", 15), None);
        assert_eq!(fit("1 Sample Street", 15), "1 Sample Street");
    }

    #[test]
    fn a_cut_counts_characters_and_not_bytes() {
        assert_eq!(cut("Größenstraße", 4), Some("Größ"));
        assert_eq!(cut("東京都千代田区", 3), Some("東京都"));
    }

    #[test]
    fn a_cut_never_breaks_an_emoji_or_leaves_a_lone_joiner() {
        let family = "ab👩\u{200d}👩\u{200d}👧";
        for limit in 2..9 {
            assert_eq!(cut(family, limit), Some("ab"), "{limit}");
        }
        assert_eq!(cut("a👍\u{1f3fd}", 4), Some("a"));
        assert_eq!(cut("e\u{301}e\u{301}", 3), Some("e\u{301}"));
        assert_eq!(cut("🇩🇪🇫🇷", 6), Some("🇩🇪"));
        assert_eq!(cut("🏠🏠", 3), Some("🏠"));
    }
}
