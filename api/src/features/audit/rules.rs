//! What a seal is made of: the canonical bytes of a row, the hash of a seal, and where rows differ from their seal.

use crate::db::{Id, Ts};
use crate::secrets::sha256;
use serde_json::Value;

/// Bytes of one entry in a seal: the row's id and its digest.
pub const ENTRY: usize = 32;

/// A row as a seal remembers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Entry {
    pub id: Id,
    pub digest: [u8; 16],
}

impl Entry {
    /// Entries side by side, as the seal keeps them.
    pub fn join(entries: impl IntoIterator<Item = Entry>) -> Vec<u8> {
        let mut out = vec![];
        for entry in entries {
            out.extend_from_slice(entry.id.bytes());
            out.extend_from_slice(&entry.digest);
        }
        out
    }

    /// Reverses [`Entry::join`]; `None` when the length fits no number of entries.
    pub fn split(bytes: &[u8]) -> Option<Vec<Entry>> {
        if !bytes.len().is_multiple_of(ENTRY) {
            return None;
        }
        let entry = |b: &[u8]| Entry {
            id: Id(uuid::Uuid::from_slice(&b[..16]).expect("16 bytes")),
            digest: b[16..].try_into().expect("16 bytes"),
        };
        Some(bytes.chunks_exact(ENTRY).map(entry).collect())
    }
}

/// Collects the columns of a row in a form that no two different rows share.
pub struct Encoding(Vec<u8>);

impl Encoding {
    /// Begins a row of `source`.
    pub fn of(source: &str) -> Encoding {
        Encoding(b"lvzhi-audit-row-v1\0".to_vec()).text(Some(source))
    }

    fn tagged(mut self, tag: u8, bytes: Option<&[u8]>) -> Encoding {
        match bytes {
            None => self.0.push(0),
            Some(bytes) => {
                self.0.push(tag);
                self.0.extend_from_slice(bytes);
            }
        }
        self
    }

    /// A number, or null.
    pub fn number(self, value: Option<i64>) -> Encoding {
        self.tagged(1, value.map(i64::to_be_bytes).as_ref().map(|b| b.as_slice()))
    }

    /// An id, or null.
    pub fn id(self, value: Option<Id>) -> Encoding {
        self.tagged(2, value.as_ref().map(|id| id.bytes().as_slice()))
    }

    /// Microseconds since 1970.
    pub fn time(self, value: Ts) -> Encoding {
        self.tagged(3, Some(&value.0.timestamp_micros().to_be_bytes()))
    }

    /// A text with its length, or null.
    pub fn text(mut self, value: Option<&str>) -> Encoding {
        match value {
            None => self.0.push(0),
            Some(text) => {
                self.0.push(4);
                sized(&mut self.0, text.as_bytes());
            }
        }
        self
    }

    /// A JSON document, whatever the order of its names and the spelling of its numbers.
    pub fn json(mut self, value: &Value) -> Encoding {
        self.0.push(5);
        json(&mut self.0, value);
        self
    }

    /// The first 16 bytes of SHA-256 over everything.
    pub fn digest(self) -> [u8; 16] {
        sha256(&self.0)[..16].try_into().expect("16 of 32 bytes")
    }
}

fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    out.extend_from_slice(&(bytes.len() as u32).to_be_bytes());
    out.extend_from_slice(bytes);
}

/// The two databases give back the same document in different spellings; this is the one that is hashed.
fn json(out: &mut Vec<u8>, value: &Value) {
    match value {
        Value::Null => out.push(b'n'),
        Value::Bool(false) => out.push(b'f'),
        Value::Bool(true) => out.push(b't'),
        Value::Number(n) => match (n.as_i64(), n.as_u64(), n.as_f64()) {
            (Some(i), ..) => {
                out.push(b'i');
                out.extend_from_slice(&i.to_be_bytes());
            }
            (None, Some(u), _) => {
                out.push(b'u');
                out.extend_from_slice(&u.to_be_bytes());
            }
            (None, None, f) => {
                out.push(b'd');
                out.extend_from_slice(&f.unwrap_or(f64::NAN).to_bits().to_be_bytes());
            }
        },
        Value::String(s) => {
            out.push(b's');
            sized(out, s.as_bytes());
        }
        Value::Array(items) => {
            out.push(b'a');
            out.extend_from_slice(&(items.len() as u32).to_be_bytes());
            items.iter().for_each(|item| json(out, item));
        }
        Value::Object(map) => {
            out.push(b'o');
            out.extend_from_slice(&(map.len() as u32).to_be_bytes());
            let mut names: Vec<&String> = map.keys().collect();
            names.sort();
            for name in names {
                sized(out, name.as_bytes());
                json(out, &map[name]);
            }
        }
    }
}

/// What the hash of a seal covers.
pub struct SealContent<'a> {
    pub previous_hash: &'a [u8],
    pub no: i64,
    pub source: &'a str,
    pub from_key: i64,
    pub to_key: i64,
    pub entries: &'a [u8],
    pub sealed_at: Ts,
}

impl SealContent<'_> {
    /// SHA-256 over the domain, the previous hash and every field.
    pub fn hash(&self) -> [u8; 32] {
        let mut out = b"lvzhi-audit-seal-v1\0".to_vec();
        sized(&mut out, self.previous_hash);
        out.extend_from_slice(&self.no.to_be_bytes());
        sized(&mut out, self.source.as_bytes());
        out.extend_from_slice(&self.from_key.to_be_bytes());
        out.extend_from_slice(&self.to_key.to_be_bytes());
        sized(&mut out, self.entries);
        out.extend_from_slice(&self.sealed_at.0.timestamp_micros().to_be_bytes());
        sha256(&out)
    }
}

/// What the server key signs.
pub fn signed(hash: &[u8]) -> Vec<u8> {
    [b"lvzhi-audit-seal-v1\0".as_slice(), hash].concat()
}

/// How rows differ from what was sealed; the number is a position in the sealed list (`Removed`) or in the
/// rows found now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Difference {
    Changed(usize),
    Removed(usize),
    Inserted(usize),
}

/// The first place where the rows found now differ from the sealed ones.
pub fn first_difference(sealed: &[Entry], found: &[Entry]) -> Option<Difference> {
    let same = sealed.iter().zip(found).take_while(|(a, b)| a == b).count();
    match (sealed.get(same), found.get(same)) {
        (None, None) => None,
        (Some(_), None) => Some(Difference::Removed(same)),
        (None, Some(_)) => Some(Difference::Inserted(same)),
        (Some(was), Some(is)) if was.id == is.id => Some(Difference::Changed(same)),
        (Some(was), Some(is)) => {
            let still_there = found[same..].iter().position(|e| e.id == was.id);
            let was_there = sealed[same..].iter().any(|e| e.id == is.id);
            Some(match (still_there, was_there) {
                (None, _) => Difference::Removed(same),
                (Some(_), false) => Difference::Inserted(same),
                // Both lists know both rows, in another order: the sealed row got another key.
                (Some(n), true) => Difference::Changed(same + n),
            })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn entries(n: usize) -> Vec<Entry> {
        (0..n)
            .map(|k| Entry {
                id: Id(uuid::Uuid::from_u128(k as u128 * 2)),
                digest: [k as u8; 16],
            })
            .collect()
    }

    #[test]
    fn nulls_and_borders_count() {
        let one = |f: fn(Encoding) -> Encoding| f(Encoding::of("x")).digest();
        let all = [
            one(|e| e.text(None).text(Some("a"))),
            one(|e| e.text(Some("a")).text(None)),
            one(|e| e.text(Some("")).text(Some("a"))),
            one(|e| e.text(Some("a")).text(Some(""))),
            one(|e| e.number(Some(0))),
            one(|e| e.number(None)),
            one(|e| e.json(&json!({"a": 1}))),
            one(|e| e.json(&json!({"a": "1"}))),
            one(|e| e.json(&json!([["a"], []]))),
            one(|e| e.json(&json!([["a", []]]))),
            one(|e| e.json(&json!(1.5))),
        ];
        for (n, a) in all.iter().enumerate() {
            assert!(all[n + 1..].iter().all(|b| a != b), "{n}");
        }
    }

    #[test]
    fn the_order_of_names_does_not_count() {
        let a: Value = serde_json::from_str(r#"{"a":1,"b":{"c":2,"d":[3]}}"#).unwrap();
        let b: Value = serde_json::from_str(r#"{"b":{"d":[3],"c":2},"a":1}"#).unwrap();
        assert_eq!(Encoding::of("x").json(&a).digest(), Encoding::of("x").json(&b).digest());
    }

    proptest! {
        #[test]
        fn one_touched_row_is_named(n in 1usize..40, at in 0usize..40, what in 0..3) {
            let sealed = entries(n);
            let at = at % n;
            let mut found = sealed.clone();
            let expected = match what {
                0 => { found[at].digest[3] ^= 1; Difference::Changed(at) }
                1 => { found.remove(at); Difference::Removed(at) }
                _ => {
                    found.insert(at, Entry { id: Id(uuid::Uuid::from_u128(at as u128 * 2 + 1)), digest: [9; 16] });
                    Difference::Inserted(at)
                }
            };
            prop_assert_eq!(first_difference(&sealed, &sealed), None);
            prop_assert_eq!(first_difference(&sealed, &found), Some(expected));
            prop_assert_eq!(Entry::split(&Entry::join(found.clone())), Some(found));
        }
    }
}
