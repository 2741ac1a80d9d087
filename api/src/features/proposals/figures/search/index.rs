//! The index itself: a folder that belongs to one process, and what is put into it and found in it.

use super::words;
use crate::db::Id;
use crate::features::proposals::figures::store::search::Document;
use std::collections::HashMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value};
use tantivy::{IndexReader, IndexWriter, ReloadPolicy, Searcher, TantivyDocument, TantivyError, Term};

/// Memory of the writer while it works, the least that the library allows; nothing is held in between.
const ARENA: usize = 15_000_000;
/// Words of a question that are looked for: the rarest of a long text say what it is about.
const WORDS: usize = 60;
/// How much more a word of the title weighs.
const TITLE: f32 = 3.0;

/// Why the index cannot do it; for the log.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    #[error("search index: {0}")]
    Tantivy(#[from] TantivyError),
    #[error("search index: {0}")]
    Io(#[from] std::io::Error),
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    congress: Field,
    title: Field,
    body: Field,
}

/// One process's index. The folder goes when it is dropped, or when the next process starts after a crash.
pub struct Index {
    index: tantivy::Index,
    reader: IndexReader,
    fields: Fields,
    folder: Folder,
}

struct Folder {
    path: PathBuf,
    /// Locked as long as the process lives.
    _lock: File,
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

impl Folder {
    /// A fresh folder below `parent`; those of processes that are gone are swept away.
    fn create(parent: &Path) -> std::io::Result<Folder> {
        std::fs::create_dir_all(parent)?;
        for entry in std::fs::read_dir(parent)?.flatten() {
            let lock = File::open(entry.path().join("lock"));
            if lock.is_ok_and(|lock| lock.try_lock().is_ok()) {
                let _ = std::fs::remove_dir_all(entry.path());
            }
        }
        let path = parent.join(Id::new().to_string());
        std::fs::create_dir(&path)?;
        let lock = File::create(path.join("lock"))?;
        lock.lock()?;
        Ok(Folder { path, _lock: lock })
    }
}

/// What is looked for.
#[derive(Debug, Clone)]
pub struct Question {
    /// Words that some proposal has, with their weights, the heaviest first.
    pub words: Vec<(String, f32)>,
    /// The weight of all words that were asked, also of those that no proposal has.
    pub weight: f32,
}

impl Index {
    pub fn create(parent: &Path) -> Result<Index, IndexError> {
        let folder = Folder::create(parent)?;
        let words = TextFieldIndexing::default()
            .set_tokenizer("whitespace")
            .set_index_option(IndexRecordOption::WithFreqs);
        let words = TextOptions::default().set_indexing_options(words);
        let mut schema = Schema::builder();
        let fields = Fields {
            id: schema.add_text_field("id", STRING | STORED),
            congress: schema.add_text_field("congress", STRING),
            title: schema.add_text_field("title", words.clone()),
            body: schema.add_text_field("body", words),
        };
        let data = folder.path.join("index");
        std::fs::create_dir(&data)?;
        let index = tantivy::Index::create_in_dir(&data, schema.build())?;
        let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
        Ok(Index {
            index,
            reader,
            fields,
            folder,
        })
    }

    /// Replaces documents; those that are not public any more are taken out.
    pub fn put(&self, gone: &[Id], documents: &[Document]) -> Result<(), IndexError> {
        let mut writer: IndexWriter = self.index.writer_with_num_threads(1, ARENA)?;
        let f = self.fields;
        for id in gone.iter().copied().chain(documents.iter().map(|d| d.id)) {
            writer.delete_term(Term::from_field_text(f.id, &id.to_string()));
        }
        for document in documents {
            let mut doc = TantivyDocument::default();
            doc.add_text(f.id, document.id.to_string());
            doc.add_text(f.congress, document.congress_id.to_string());
            // A number is looked for whole.
            let number = document.number.as_deref().unwrap_or_default().to_lowercase();
            doc.add_text(f.title, format!("{} {number}", words::cut(&document.title).join(" ")));
            doc.add_text(f.body, words::cut(&document.body).join(" "));
            writer.add_document(doc)?;
        }
        writer.commit()?;
        writer.wait_merging_threads()?;
        self.reader.reload()?;
        Ok(())
    }

    /// The words of a text by what they weigh: how often they stand in it, times how rare they are among all proposals.
    pub fn question(&self, counts: HashMap<String, u32>) -> Result<Question, IndexError> {
        let searcher = self.reader.searcher();
        let (mut words, mut unknown) = (vec![], 0.0);
        for (word, count) in counts {
            let known = self.having(&searcher, &word)?;
            // A word that nobody used yet weighs as much as one that was used once.
            let weight = rarity(known.max(1), searcher.num_docs()) * (1.0 + (count as f32).ln());
            if known > 0 {
                words.push((word, weight));
            } else {
                unknown += weight;
            }
        }
        words.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        words.truncate(WORDS);
        let weight = words.iter().map(|(_, weight)| weight).sum::<f32>() + unknown;
        Ok(Question { words, weight })
    }

    /// How many proposals have a word.
    fn having(&self, searcher: &Searcher, word: &str) -> Result<u64, IndexError> {
        let title = searcher.doc_freq(&Term::from_field_text(self.fields.title, word))?;
        let body = searcher.doc_freq(&Term::from_field_text(self.fields.body, word))?;
        Ok(title.max(body))
    }

    /// The proposals of a congress that fit a question best, the best first.
    pub fn find(&self, congress: Id, question: &Question, limit: usize) -> Result<Vec<Id>, IndexError> {
        if question.words.is_empty() {
            return Ok(vec![]);
        }
        let f = self.fields;
        let word = |field, text: &str| -> Box<dyn Query> {
            Box::new(TermQuery::new(
                Term::from_field_text(field, text),
                IndexRecordOption::WithFreqs,
            ))
        };
        let mut any: Vec<(Occur, Box<dyn Query>)> = vec![];
        for (text, _) in &question.words {
            any.push((Occur::Should, Box::new(BoostQuery::new(word(f.title, text), TITLE))));
            any.push((Occur::Should, word(f.body, text)));
        }
        let here = TermQuery::new(
            Term::from_field_text(f.congress, &congress.to_string()),
            IndexRecordOption::Basic,
        );
        let here: Box<dyn Query> = Box::new(BoostQuery::new(Box::new(here), 0.0));
        let fits: Box<dyn Query> = Box::new(BooleanQuery::new(any));
        let query = BooleanQuery::new(vec![(Occur::Must, here), (Occur::Must, fits)]);
        let searcher = self.reader.searcher();
        let mut found = vec![];
        for (_, at) in searcher.search(&query, &TopDocs::with_limit(limit.max(1)).order_by_score())? {
            let doc: TantivyDocument = searcher.doc(at)?;
            let id = doc
                .get_first(f.id)
                .and_then(|v| v.as_str())
                .and_then(|id| id.parse().ok());
            found.extend::<Option<Id>>(id);
        }
        Ok(found)
    }

    /// Where it lies, for the log.
    pub fn path(&self) -> &Path {
        &self.folder.path
    }
}

/// ln(1 + (N − n + ½) / (n + ½)), as BM25 has it.
fn rarity(n: u64, all: u64) -> f32 {
    let (n, all) = (n as f32, all as f32);
    (1.0 + ((all - n).max(0.0) + 0.5) / (n + 0.5)).ln()
}

impl Question {
    /// How much of what is asked a text has, from 0 to 100, and the words it shares, the heaviest first.
    pub fn shared(&self, title: &str, body: &str) -> (u32, Vec<String>) {
        let has = words::counted(title, body);
        let shared: Vec<&(String, f32)> = self.words.iter().filter(|(word, _)| has.contains_key(word)).collect();
        let part: f32 = shared.iter().map(|(_, weight)| weight).sum();
        let percent = if self.weight > 0.0 {
            (100.0 * part / self.weight).round() as u32
        } else {
            0
        };
        (
            percent.min(100),
            shared.into_iter().map(|(word, _)| word.clone()).collect(),
        )
    }
}
