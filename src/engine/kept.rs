//! Rows that scans made, kept for when the same is asked again of documents that are as they were.
//!
//! What is kept is what a scan gives: redacted values only.

use std::collections::{BTreeSet, HashMap};
use std::hash::{Hash, Hasher};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::physical_expr::PhysicalExpr;

use super::tables::{Request, StateTable};
use crate::format::Needle;
use crate::inventory::{Stamp, StateFile};

/// A document that was written less long ago may be written again without its time showing it: some
/// file systems count in steps of two seconds.
const SETTLED: Duration = Duration::from_secs(2);

/// What scans made, up to so many bytes.
#[derive(Debug)]
pub(super) struct Kept {
    limit: usize,
    scans: Mutex<Scans>,
}

#[derive(Debug, Default)]
struct Scans {
    by_question: HashMap<Question, Scan>,
    bytes: usize,
    /// Counts up with each question, so that it is known which was asked last.
    asked: u64,
}

/// What one scan made of each document, by its position in the inventory.
#[derive(Debug, Default)]
struct Scan {
    files: HashMap<usize, (Stamp, Arc<[RecordBatch]>)>,
    bytes: usize,
    last_asked: u64,
}

/// What a scan was asked.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Question {
    table: String,
    projection: Vec<usize>,
    /// A type's table has other columns when other states are there, and then a position means another.
    schema: SchemaRef,
    filters: Vec<Predicate>,
    members: Option<BTreeSet<String>>,
    needles: Vec<String>,
    batch_size: usize,
}

/// An expression by what it says rather than by where it lies.
#[derive(Debug, Clone)]
struct Predicate(Arc<dyn PhysicalExpr>);

impl PartialEq for Predicate {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_ref() == other.0.as_ref()
    }
}

impl Eq for Predicate {}

impl Hash for Predicate {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.as_ref().hash(state);
    }
}

impl Question {
    /// What a request asks of a table; `None` if it may not ask the same when it looks the same.
    pub(super) fn of(table: &dyn StateTable, request: &Request) -> Option<Question> {
        let filters = request.filters.iter();
        // A scan that ends early has not made all that there is.
        request.limit.is_none().then(|| Question {
            table: table.name().to_owned(),
            projection: request.projection.clone(),
            schema: Arc::clone(&request.schema),
            filters: filters
                .map(|filter| Predicate(Arc::clone(&filter.predicate)))
                .collect(),
            members: request.narrowed.members.clone(),
            needles: request.narrowed.needles.iter().map(Needle::text).collect(),
            batch_size: request.batch_size,
        })
    }
}

/// Stands for a document as it is at its place; `None` if it is not known that it stays so.
pub(super) fn stamp(file: &StateFile) -> Option<Stamp> {
    let stamp = file.found.stamp()?;
    if let Stamp::File { modified, .. } = stamp {
        let age = SystemTime::now().duration_since(modified?).ok()?;
        return (age > SETTLED).then_some(stamp);
    }
    Some(stamp)
}

impl Kept {
    /// Nothing yet, and never more than `limit` bytes.
    pub(super) fn new(limit: usize) -> Kept {
        Kept {
            limit,
            scans: Mutex::default(),
        }
    }

    /// Whether anything is kept at all.
    pub(super) fn is_on(&self) -> bool {
        self.limit > 0
    }

    /// What was made of a document when the same was asked and it was the same.
    pub(super) fn get(
        &self,
        question: &Question,
        position: usize,
        stamp: Stamp,
    ) -> Option<Arc<[RecordBatch]>> {
        let mut scans = self.scans();
        scans.asked += 1;
        let asked = scans.asked;
        let scan = scans.by_question.get_mut(question)?;
        scan.last_asked = asked;
        let (kept, batches) = scan.files.get(&position)?;
        (*kept == stamp).then(|| Arc::clone(batches))
    }

    /// Keeps what was made of a document, if need be in the place of what was asked longest ago.
    pub(super) fn put(
        &self,
        question: &Question,
        position: usize,
        stamp: Stamp,
        batches: Vec<RecordBatch>,
    ) {
        let bytes = bytes(&batches);
        if bytes > self.limit {
            return;
        }
        let mut scans = self.scans();
        scans.asked += 1;
        let asked = scans.asked;
        while scans.bytes + bytes > self.limit {
            if !scans.drop_oldest(question) {
                return;
            }
        }
        let scan = scans.by_question.entry(question.clone()).or_default();
        scan.last_asked = asked;
        let old = scan.files.insert(position, (stamp, batches.into()));
        let old = old.map_or(0, |(_, old)| self::bytes(&old));
        scan.bytes = scan.bytes + bytes - old;
        scans.bytes = scans.bytes + bytes - old;
    }

    fn scans(&self) -> MutexGuard<'_, Scans> {
        self.scans.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Scans {
    /// Forgets the question that was asked longest ago, but not `current`; `false` if there is no other.
    fn drop_oldest(&mut self, current: &Question) -> bool {
        let others = self.by_question.iter();
        let others = others.filter(|(question, _)| *question != current);
        let oldest = others.min_by_key(|(_, scan)| scan.last_asked);
        let Some(oldest) = oldest.map(|(question, _)| question.clone()) else {
            return false;
        };
        if let Some(scan) = self.by_question.remove(&oldest) {
            self.bytes -= scan.bytes;
        }
        true
    }
}

/// What keeping the batches of a document takes.
fn bytes(batches: &[RecordBatch]) -> usize {
    let of_batch = |batch: &RecordBatch| size_of::<RecordBatch>() + batch.get_array_memory_size();
    size_of::<Stamp>() + batches.iter().map(of_batch).sum::<usize>()
}
