//! Keeps the index of this process abreast of the database, and answers questions with what the public may read.

use super::index::{Index, IndexError, Question};
use super::words;
use crate::db::{Db, DbConn, Id};
use crate::features::proposals::figures::store::search::{self as store, Document};
use crate::web::{ApiError, ApiResult, ErrorCode};
use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Proposals that are read and indexed at once.
const BATCH: i64 = 500;
/// Steps that are read at once.
const STEPS: i64 = 2_000;
/// Ids are made before their transaction commits: steps this much older than the newest one may still appear.
const LATE_MS: u64 = 120_000;
/// How long a caller waits while the index is made for the first time.
const PATIENCE: Duration = Duration::from_secs(10);

/// A proposal that was found, as the public may read it.
#[derive(Debug, Clone)]
pub struct Hit {
    pub document: Document,
    /// How much of what was asked it has, from 0 to 100.
    pub score: u32,
    /// The words it shares with the question, the most telling first.
    pub shared: Vec<String>,
}

/// The search of this process; clones share it.
#[derive(Clone)]
pub struct Finder {
    db: Db,
    folder: PathBuf,
    state: Arc<Mutex<Option<State>>>,
}

struct State {
    index: Arc<Index>,
    /// Proposals up to here are in it; `None` once all of them are.
    filling: Option<Option<Id>>,
    /// The newest step that was seen.
    newest: Option<Id>,
    /// Steps within the time in which others may still appear before them.
    seen: HashSet<Id>,
}

impl Finder {
    pub fn new(db: &Db, data_dir: &std::path::Path) -> Finder {
        Finder {
            db: db.clone(),
            folder: data_dir.join("search"),
            state: Arc::default(),
        }
    }

    /// Makes the index in the background, so that the first question need not wait for it. An office without proposals
    /// spares the memory of dictionary and index.
    pub fn prepare(&self) {
        let finder = self.clone();
        tokio::spawn(async move {
            let any = finder.db.read(|c| Ok::<_, ApiError>(store::newest_step(c)?)).await;
            if matches!(any, Ok(None)) {
                return;
            }
            if let Err(e) = finder.catch_up().await {
                tracing::warn!(error = %e, "the search index could not be made; the next search tries again");
            }
        });
    }

    /// What fits some words.
    pub async fn search(&self, congress: Id, text: String, limit: usize) -> ApiResult<Vec<Hit>> {
        let whole = text.trim().to_lowercase();
        self.ask(congress, limit, move || {
            let mut counts = words::counted("", &text);
            // A number such as 17-6-建议-0001 stands in the index whole.
            if whole.contains('-') {
                counts.insert(whole, 1);
            }
            counts
        })
        .await
    }

    /// What a text that is to be filed resembles.
    pub async fn similar(&self, congress: Id, title: String, body: String, limit: usize) -> ApiResult<Vec<Hit>> {
        self.ask(congress, limit, move || words::counted(&title, &body)).await
    }

    async fn ask(
        &self,
        congress: Id,
        limit: usize,
        counts: impl FnOnce() -> std::collections::HashMap<String, u32> + Send + 'static,
    ) -> ApiResult<Vec<Hit>> {
        let finder = self.clone();
        // In a task of its own: a caller who goes away does not stop it.
        let ready = tokio::spawn(async move { finder.catch_up().await });
        let index = match tokio::time::timeout(PATIENCE, ready).await {
            Ok(done) => done.map_err(ApiError::internal)??,
            Err(_) => return Err(ApiError::new(ErrorCode::Unavailable).retry_after(10)),
        };
        let asked = index.clone();
        let (question, found) = blocking(move || {
            let question = asked.question(counts())?;
            // Some of them may be withdrawn by now: a few more than are wanted.
            let found = asked.find(congress, &question, limit * 2 + 10)?;
            Ok((question, found))
        })
        .await?;
        let ids = found.clone();
        let documents = self
            .db
            .read(move |c| Ok::<_, ApiError>(store::documents(c, &ids)?))
            .await?;
        let order = |d: &Document| found.iter().position(|id| *id == d.id);
        let mut documents: Vec<Document> = documents.into_iter().filter(|d| d.congress_id == congress).collect();
        documents.sort_by_key(order);
        blocking(move || Ok(hits(&question, documents, limit))).await
    }

    /// Reads what is new; gives the index.
    async fn catch_up(&self) -> ApiResult<Arc<Index>> {
        let mut held = self.state.lock().await;
        if held.is_none() {
            let folder = self.folder.clone();
            let index = blocking(move || Index::create(&folder)).await?;
            tracing::debug!(folder = %index.path().display(), "a search index is made");
            // Taken before the first proposal is read: whatever is done meanwhile comes with its step.
            let newest = self.db.read(|c| Ok::<_, ApiError>(store::newest_step(c)?)).await?;
            *held = Some(State {
                index: Arc::new(index),
                filling: Some(None),
                newest,
                seen: HashSet::new(),
            });
        }
        let state = held.as_mut().expect("made above");
        while let Some(after) = state.filling {
            let page = self
                .db
                .read(move |c| Ok::<_, ApiError>(store::page(c, after, BATCH)?))
                .await?;
            let last = page.last().map(|d| d.id);
            put(&state.index, vec![], page).await?;
            state.filling = last.map(Some);
        }
        self.follow(state).await?;
        Ok(state.index.clone())
    }

    async fn follow(&self, state: &mut State) -> ApiResult<()> {
        let mut after = state.newest.map(|newest| earlier(newest, LATE_MS));
        loop {
            let steps = self
                .db
                .read(move |c| Ok::<_, ApiError>(store::steps_after(c, after, STEPS)?))
                .await?;
            let Some((last, _)) = steps.last().copied() else { break };
            let fresh: HashSet<Id> = steps
                .iter()
                .filter(|(step, _)| !state.seen.contains(step))
                .map(|(_, p)| *p)
                .collect();
            let fresh: Vec<Id> = fresh.into_iter().collect();
            for ids in fresh.chunks(BATCH as usize) {
                let ids = ids.to_vec();
                let (gone, documents) = self.db.read(move |c| changed(c, &ids)).await?;
                put(&state.index, gone, documents).await?;
            }
            state.newest = state.newest.max(Some(last));
            state.seen.extend(steps.iter().map(|(step, _)| *step));
            after = Some(last);
            if (steps.len() as i64) < STEPS {
                break;
            }
        }
        if let Some(newest) = state.newest {
            let floor = earlier(newest, LATE_MS);
            state.seen.retain(|step| *step > floor);
        }
        Ok(())
    }
}

/// Of some proposals, those that are public, and the ids of the others.
fn changed(c: &mut DbConn, ids: &[Id]) -> ApiResult<(Vec<Id>, Vec<Document>)> {
    let documents = store::documents(c, ids)?;
    let public: HashSet<Id> = documents.iter().map(|d| d.id).collect();
    Ok((
        ids.iter().copied().filter(|id| !public.contains(id)).collect(),
        documents,
    ))
}

async fn put(index: &Arc<Index>, gone: Vec<Id>, documents: Vec<Document>) -> ApiResult<()> {
    if gone.is_empty() && documents.is_empty() {
        return Ok(());
    }
    let index = index.clone();
    blocking(move || index.put(&gone, &documents)).await
}

async fn blocking<T: Send + 'static>(f: impl FnOnce() -> Result<T, IndexError> + Send + 'static) -> ApiResult<T> {
    let done = tokio::task::spawn_blocking(f).await.map_err(ApiError::internal)?;
    done.map_err(ApiError::internal)
}

/// The least id that could be made so many milliseconds before another.
fn earlier(id: Id, ms: u64) -> Id {
    let mut bytes = [0; 16];
    let made = u64::from_be_bytes([
        0,
        0,
        id.bytes()[0],
        id.bytes()[1],
        id.bytes()[2],
        id.bytes()[3],
        id.bytes()[4],
        id.bytes()[5],
    ]);
    bytes[..6].copy_from_slice(&made.saturating_sub(ms).to_be_bytes()[2..]);
    Id(uuid::Uuid::from_bytes(bytes))
}

/// The order of the index decides which are looked at, the weight of shared words how they are shown.
fn hits(question: &Question, documents: Vec<Document>, limit: usize) -> Vec<Hit> {
    let mut hits: Vec<Hit> = documents
        .into_iter()
        .map(|document| {
            let title = format!("{} {}", document.title, document.number.as_deref().unwrap_or_default());
            let (score, shared) = question.shared(&title, &document.body);
            Hit {
                document,
                score,
                shared,
            }
        })
        .filter(|hit| {
            hit.score > 0
                || question
                    .words
                    .iter()
                    .any(|(word, _)| Some(word.as_str()) == hit.document.number.as_deref())
        })
        .collect();
    hits.sort_by_key(|hit| std::cmp::Reverse(hit.score));
    hits.truncate(limit);
    hits
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_earlier_id_lies_before_all_of_its_time() {
        let now = Id::new();
        let before = earlier(now, 120_000);
        assert!(before < now && earlier(before, 0) <= before);
        let ms = |id: Id| {
            u64::from_be_bytes([
                0,
                0,
                id.bytes()[0],
                id.bytes()[1],
                id.bytes()[2],
                id.bytes()[3],
                id.bytes()[4],
                id.bytes()[5],
            ])
        };
        assert_eq!(ms(now) - ms(before), 120_000);
    }
}
