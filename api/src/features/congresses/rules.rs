//! Pure rules of congresses: levels, dates, quorum by kind of body, titles, and what a name may hold.

use super::{BodyKind, Level, QuorumRule};
pub use crate::sheets::is_invisible;
use chrono::NaiveDate;

/// True when a congress of level `child` may be founded below one of level `parent`.
pub fn below(child: Level, parent: Level) -> bool {
    child > parent
}

/// The quorum that the law gives a body of this kind.
pub fn default_quorum(kind: BodyKind) -> QuorumRule {
    match kind {
        BodyKind::Plenary => QuorumRule::TwoThirds,
        BodyKind::StandingCommittee | BodyKind::Presidium | BodyKind::Committee => QuorumRule::Majority,
    }
}

/// True when the first span lies within the second; both ends count.
pub fn within(inner: (NaiveDate, NaiveDate), outer: (NaiveDate, NaiveDate)) -> bool {
    outer.0 <= inner.0 && inner.1 <= outer.1
}

/// The usual title of a congress session: 十四届人大六次会议.
pub fn session_title(term: i32, session: i32) -> String {
    format!("{}届人大{}次会议", chinese_number(term), chinese_number(session))
}

/// 1 to 99 as people write it; anything else in digits.
fn chinese_number(n: i32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    match n {
        1..=9 => DIGITS[n as usize].to_owned(),
        10..=99 => {
            let tens = if n < 20 { "" } else { DIGITS[(n / 10) as usize] };
            format!("{tens}十{}", DIGITS[(n % 10) as usize])
        }
        _ => n.to_string(),
    }
}

/// True for text without control characters and invisible marks, which could forge lines or look like another name.
pub fn is_plain(text: &str) -> bool {
    !text.chars().any(|c| c.is_control() || is_invisible(c)) && text.trim() == text
}

/// A pattern for LIKE (with `\` as escape) that finds `text` anywhere.
pub fn contains_pattern(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_congress_is_founded_only_below_a_higher_level() {
        assert!(below(Level::Township, Level::County));
        assert!(below(Level::County, Level::Province));
        assert!(!below(Level::County, Level::County));
        assert!(!below(Level::Province, Level::City));
    }

    #[test]
    fn titles_read_as_people_write_them() {
        assert_eq!(session_title(14, 6), "十四届人大六次会议");
        assert_eq!(session_title(20, 10), "二十届人大十次会议");
        assert_eq!(session_title(1, 21), "一届人大二十一次会议");
    }

    #[test]
    fn quorum_by_kind() {
        assert_eq!(default_quorum(BodyKind::Plenary), QuorumRule::TwoThirds);
        for kind in [BodyKind::StandingCommittee, BodyKind::Presidium, BodyKind::Committee] {
            assert_eq!(default_quorum(kind), QuorumRule::Majority);
        }
    }

    #[test]
    fn names_hold_no_hidden_characters() {
        assert!(is_plain("第一代表团"));
        for bad in ["第一\u{200b}团", "a\nb", " x", "x\u{3000}", "\u{202e}abc"] {
            assert!(!is_plain(bad), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn a_pattern_has_no_wildcards_of_its_own(text in "[%_\\\\a-c一]{0,12}") {
            let pattern = contains_pattern(&text);
            let inner = &pattern[1..pattern.len() - 1];
            let mut chars = inner.chars();
            let mut plain = String::new();
            while let Some(c) = chars.next() {
                prop_assert!(c != '%' && c != '_');
                plain.push(if c == '\\' { chars.next().unwrap() } else { c });
            }
            prop_assert_eq!(plain, text);
        }
    }
}
