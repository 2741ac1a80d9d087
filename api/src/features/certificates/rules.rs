//! What a certificate says, and how its text is made and read back.

use crate::db::{Id, Ts};
use crate::text_enum;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Says what a signed text is, so that no signed text can be taken for another kind.
const KIND: &str = "lvzhi-certificate-v1";

text_enum! {
    /// How someone attended.
    AttendedAs { Present = "present", Late = "late" }
}

/// One sitting that was attended.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct CertificateItem {
    pub sitting_id: Id,
    #[schema(example = "第一次全体会议")]
    pub sitting_title: String,
    #[schema(example = "区人民大会堂")]
    pub place: String,
    pub starts_at: Ts,
    pub ends_at: Ts,
    /// When they signed in.
    pub at: Ts,
    pub state: AttendedAs,
}

/// What is signed: the fields in this order as JSON without spaces are the text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Statement {
    #[serde(rename = "type")]
    kind: String,
    pub id: Id,
    pub congress_id: Id,
    pub congress_name: String,
    pub representative_id: Id,
    pub representative_name: String,
    pub representative_number: String,
    pub title: String,
    pub items: Vec<CertificateItem>,
    pub issued_at: Ts,
}

/// What a statement is made of.
pub struct Attended {
    pub congress_id: Id,
    pub congress_name: String,
    pub representative_id: Id,
    pub representative_name: String,
    pub representative_number: String,
    pub title: String,
    pub items: Vec<CertificateItem>,
}

impl Statement {
    pub fn new(id: Id, attended: Attended, issued_at: Ts) -> Statement {
        Statement {
            kind: KIND.to_owned(),
            id,
            congress_id: attended.congress_id,
            congress_name: attended.congress_name,
            representative_id: attended.representative_id,
            representative_name: attended.representative_name,
            representative_number: attended.representative_number,
            title: attended.title,
            items: attended.items,
            issued_at,
        }
    }

    /// The text that is signed and kept, byte by byte.
    pub fn text(&self) -> String {
        serde_json::to_string(self).expect("a statement is plain data")
    }

    /// Reads a text whose signature was checked. One that belongs to another certificate says nothing here.
    pub fn read(text: &str, id: Id) -> Option<Statement> {
        let statement: Statement = serde_json::from_str(text).ok()?;
        (statement.kind == KIND && statement.id == id).then_some(statement)
    }
}

/// When someone signed in: the earliest of what was recorded and what gates proved later, or not at all when that
/// was voided and they did not sign in anew. `moves` are kind and time, in the order they were written.
pub fn signed_in_at<'a>(recorded: Ts, moves: impl IntoIterator<Item = (&'a str, Ts)>) -> Option<Ts> {
    let mut first = Some(recorded);
    for (kind, at) in moves {
        match kind {
            "void" => first = None,
            "earlier" | "again" => first = Some(first.map_or(at, |first| first.min(at))),
            _ => (),
        }
    }
    first
}

/// Late is who signed in after the limit.
pub fn attended_as(at: Ts, late_after: Ts) -> AttendedAs {
    if at > late_after {
        AttendedAs::Late
    } else {
        AttendedAs::Present
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ts(secs: i64) -> Ts {
        Ts::from_millis(1_772_413_500_000 + secs * 1_000).unwrap()
    }

    fn statement(id: Id) -> Statement {
        let item = CertificateItem {
            sitting_id: Id::new(),
            sitting_title: "第一次\"全体\"会议".into(),
            place: "大会堂".into(),
            starts_at: ts(0),
            ends_at: ts(7_200),
            at: ts(-60),
            state: AttendedAs::Present,
        };
        let attended = Attended {
            congress_id: Id::new(),
            congress_name: "滨江区人民代表大会".into(),
            representative_id: Id::new(),
            representative_name: "张伟".into(),
            representative_number: "0042".into(),
            title: "十七届六次会议".into(),
            items: vec![item],
        };
        Statement::new(id, attended, ts(9_000))
    }

    #[test]
    fn a_statement_is_read_back_as_it_was_written_and_only_for_its_own_certificate() {
        let id = Id::new();
        let made = statement(id);
        let text = made.text();
        assert!(text.starts_with("{\"type\":\"lvzhi-certificate-v1\",\"id\":"));
        let read = Statement::read(&text, id).unwrap();
        assert_eq!(read, made);
        assert_eq!(read.text(), text);
        assert_eq!(Statement::read(&text, Id::new()), None);
        assert_eq!(Statement::read(&text.replace("certificate-v1", "other-v1"), id), None);
        assert_eq!(Statement::read("{}", id), None);
    }

    #[test]
    fn the_limit_itself_is_in_time() {
        assert_eq!(attended_as(ts(0), ts(0)), AttendedAs::Present);
        assert_eq!(attended_as(ts(1), ts(0)), AttendedAs::Late);
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn the_earliest_since_the_last_void_counts(
            moves in prop::collection::vec((prop::sample::select(vec!["earlier", "again", "out", "back", "void"]), -99i64..99), 0..8),
        ) {
            let at = signed_in_at(ts(0), moves.iter().map(|(kind, secs)| (*kind, ts(*secs))));
            let last_void = moves.iter().rposition(|(kind, _)| *kind == "void");
            let proved = moves[last_void.map_or(0, |n| n + 1)..].iter().filter(|(kind, _)| ["earlier", "again"].contains(kind));
            let recorded = if last_void.is_none() { Some(0) } else { None };
            prop_assert_eq!(at, proved.map(|(_, secs)| *secs).chain(recorded).min().map(ts));
        }
    }
}
