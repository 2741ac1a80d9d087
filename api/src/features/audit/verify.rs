//! Verification: walks the chain from its first seal and compares every row with what was sealed.

use super::rules::{Difference, Entry, SealContent, first_difference, signed};
use super::store::{self, SealRow};
use super::{Breach, Source};
use crate::auth::Keyring;
use crate::db::{DbConn, Id, QueryResult, Ts};
use crate::secrets::b64;
use chrono::TimeDelta;

/// Seals follow within seconds: rows that wait longer mean that no worker runs, or that the newest seals were removed.
pub const OVERDUE: TimeDelta = TimeDelta::minutes(30);

/// Seals held in memory at a time.
const PAGE: i64 = 16;

/// What a walk through the whole audit found.
#[derive(Debug, Clone, Default)]
pub struct Verdict {
    /// Good seals, from the first on.
    pub seals: i64,
    /// Rows that are as they were sealed.
    pub rows: i64,
    /// The first thing that is not as it was.
    pub broken: Option<Broken>,
    /// Rows written after the newest seal.
    pub unsealed: i64,
    /// Those of them that wait for longer than [`OVERDUE`].
    pub overdue: i64,
    /// Seals made later than [`OVERDUE`] after a row of theirs: no worker ran then, or newer seals were removed and
    /// their rows sealed again.
    pub late_seals: i64,
    /// Number and hash of the newest good seal; who notes them can prove later that nothing before was exchanged.
    pub head: Option<(i64, String)>,
}

impl Verdict {
    /// True when nothing was touched, removed or inserted.
    pub fn is_whole(&self) -> bool {
        self.broken.is_none()
    }
}

/// The first thing found that is not as it was sealed.
#[derive(Debug, Clone)]
pub struct Broken {
    pub breach: Breach,
    /// Number of the seal.
    pub seal: i64,
    pub source: Option<Source>,
    /// The line, or the roster entry of the attendance.
    pub row_id: Option<Id>,
    pub key: Option<i64>,
    /// Whose it is, where that can still be known.
    pub congress_id: Option<Id>,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at seal {}", self.breach, self.seal)?;
        if let Some(source) = self.source {
            write!(f, " of {source}")?;
        }
        if let Some(id) = self.row_id {
            write!(f, ", row {id}")?;
        }
        if let Some(key) = self.key {
            write!(f, ", key {key}")?;
        }
        Ok(())
    }
}

/// Walks through everything. The keyring must know the newest keys ([`Keyring::reload`]).
pub fn verify(c: &mut DbConn, keys: &Keyring, now: Ts) -> QueryResult<Verdict> {
    let mut verdict = Verdict::default();
    let mut walk = Walk {
        no: 0,
        hash: vec![0; 32],
        sealed_to: [0; Source::ALL.len()],
    };
    'chain: loop {
        let seals = store::seals_after(c, walk.no, PAGE)?;
        if seals.is_empty() {
            break;
        }
        for seal in seals {
            if let Some(broken) = walk.step(c, keys, &seal, &mut verdict)? {
                verdict.broken = Some(broken);
                break 'chain;
            }
        }
    }
    if verdict.broken.is_none() {
        for source in Source::ALL {
            let from = walk.sealed_to[*source as usize];
            let (waiting, overdue) = store::unsealed(c, *source, from, now - OVERDUE)?;
            verdict.unsealed += waiting;
            verdict.overdue += overdue;
        }
    }
    verdict.head = (walk.no > 0).then(|| (walk.no, b64(&walk.hash)));
    Ok(verdict)
}

/// The state between two seals.
struct Walk {
    no: i64,
    hash: Vec<u8>,
    sealed_to: [i64; Source::ALL.len()],
}

impl Walk {
    fn step(
        &mut self,
        c: &mut DbConn,
        keys: &Keyring,
        seal: &SealRow,
        verdict: &mut Verdict,
    ) -> QueryResult<Option<Broken>> {
        let from = self.sealed_to[seal.source as usize];
        if let Some(breach) = self.chain_breach(keys, seal, from) {
            return Ok(Some(Broken {
                breach,
                seal: if breach == Breach::SealRemoved {
                    self.no + 1
                } else {
                    seal.no
                },
                source: None,
                row_id: None,
                key: None,
                congress_id: None,
            }));
        }
        let rows = store::rows(c, seal.source, from, seal.to_key, i64::MAX)?;
        let sealed = Entry::split(&seal.digests).unwrap_or_default();
        let found: Vec<Entry> = rows.iter().map(|r| r.entry).collect();
        if let Some(difference) = first_difference(&sealed, &found) {
            let (breach, row_id, at) = match difference {
                Difference::Changed(n) => (Breach::RowChanged, found[n].id, Some(n)),
                Difference::Inserted(n) => (Breach::RowInserted, found[n].id, Some(n)),
                Difference::Removed(n) => (Breach::RowRemoved, sealed[n].id, None),
            };
            let congress_id = match at {
                Some(n) => Some(rows[n].congress_id),
                None if seal.source == Source::Attendances => store::congress_of_entry(c, row_id)?,
                None => None,
            };
            return Ok(Some(Broken {
                breach,
                seal: seal.no,
                source: Some(seal.source),
                row_id: Some(row_id),
                key: at.map(|n| rows[n].key),
                congress_id,
            }));
        }
        let late = |at: Ts| seal.sealed_at - at > OVERDUE;
        verdict.late_seals += i64::from(rows.iter().filter_map(|r| r.written_at).any(late));
        verdict.seals += 1;
        verdict.rows += rows.len() as i64;
        self.no = seal.no;
        self.hash = seal.hash.clone();
        self.sealed_to[seal.source as usize] = seal.to_key;
        Ok(None)
    }

    fn chain_breach(&self, keys: &Keyring, seal: &SealRow, from: i64) -> Option<Breach> {
        if seal.no != self.no + 1 {
            return Some(Breach::SealRemoved);
        }
        let hash = SealContent {
            previous_hash: &self.hash,
            no: seal.no,
            source: seal.source.as_str(),
            from_key: seal.from_key,
            to_key: seal.to_key,
            entries: &seal.digests,
            sealed_at: seal.sealed_at,
        }
        .hash();
        let good = seal.hash == hash
            && seal.previous_hash == self.hash
            && seal.from_key == from
            && seal.to_key > from
            && Entry::split(&seal.digests).is_some_and(|e| e.len() == seal.row_count as usize)
            && keys.check(&seal.kid, &signed(&hash), &seal.signature);
        (!good).then_some(Breach::SealChanged)
    }
}
