//! What the law asks of a motion, and how proposals and replies are numbered.

use super::super::ProposalKind;
use crate::features::congresses::Level;

/// Co-signers a motion needs beside its author: 组织法: ten representatives together at county level and above, five in a
/// township. The author is one of them.
pub fn signatures_needed(kind: ProposalKind, level: Level) -> usize {
    match (kind, level) {
        (ProposalKind::Motion, Level::Township) => 5,
        (ProposalKind::Motion, _) => 10,
        _ => 1,
    }
}

/// What is missing in a text, by field; a motion has its case in the title and body, its grounds and its plan.
pub fn missing(
    kind: ProposalKind,
    title: &str,
    body: &str,
    grounds: Option<&str>,
    plan: Option<&str>,
) -> Vec<&'static str> {
    let blank = |text: Option<&str>| text.is_none_or(|t| t.trim().is_empty());
    let motion = kind == ProposalKind::Motion;
    let mut missing = vec![];
    for (field, absent) in [
        ("title", blank(Some(title))),
        ("body", blank(Some(body))),
        ("grounds", motion && blank(grounds)),
        ("plan", motion && blank(plan)),
    ] {
        if absent {
            missing.push(field);
        }
    }
    missing
}

/// The number of a proposal: term, session, kind and its place among them, such as `17-6-建议-0001`.
pub fn number(term: i32, session: i32, kind: ProposalKind, seq: i32) -> String {
    format!("{term}-{session}-{}-{seq:04}", kind.chinese())
}

/// The number of a proposal's `nth` reply.
pub fn reply_number(proposal: &str, nth: usize) -> String {
    format!("{proposal}-复{nth}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn motions_need_the_legal_number() {
        assert_eq!(signatures_needed(ProposalKind::Motion, Level::Township), 5);
        for level in [Level::County, Level::City, Level::Province] {
            assert_eq!(signatures_needed(ProposalKind::Motion, level), 10);
        }
        for kind in [ProposalKind::Suggestion, ProposalKind::Criticism, ProposalKind::Comment] {
            assert_eq!(signatures_needed(kind, Level::City), 1);
        }
    }

    #[test]
    fn a_motion_has_case_grounds_and_plan() {
        let full = missing(ProposalKind::Motion, "案由", "正文", Some("案据"), Some("方案"));
        assert!(full.is_empty());
        assert_eq!(
            missing(ProposalKind::Motion, "案由", "正文", Some(" "), None),
            ["grounds", "plan"]
        );
        assert!(missing(ProposalKind::Suggestion, "题", "文", None, None).is_empty());
        assert_eq!(
            missing(ProposalKind::Suggestion, "", "\n", None, None),
            ["title", "body"]
        );
    }

    proptest! {
        // Two proposals of a congress never have one number.
        #[test]
        fn numbers_are_one_to_one(a in (1..30i32, 1..9i32, 0..4usize, 1..20_000i32), b in (1..30i32, 1..9i32, 0..4usize, 1..20_000i32)) {
            let of = |x: (i32, i32, usize, i32)| number(x.0, x.1, ProposalKind::ALL[x.2], x.3);
            prop_assert_eq!(of(a) == of(b), a == b);
        }
    }
}
