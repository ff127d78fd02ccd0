//! `compare_states`: what differs between two states, or between all states of two folders.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::{DataFusionError, Result};

use super::WholeTable;
use super::column::{Column, Kind, all_texts, texts};
use crate::engine::known::Known;
use crate::engine::pairs::{Operand, Pair, PairError, Which, pairs};
use crate::format::{Compared, LeftOut, StateDifference, WhatDiffers, compare_states, each_object};
use crate::graph::FindError;
use crate::inventory::{Inventory, Opened, Workspace};

/// The function's name in SQL.
pub const NAME: &str = "compare_states";

/// What one row is, in a sentence.
pub const ABOUT: &str =
    "One row per difference between two states, or two folders of states, by address.";

/// The columns of what it gives.
pub static COLUMNS: [Column; 10] = [
    Column::of_rows(
        "state_a",
        Kind::Text,
        "The first state's name; NULL where only the second folder has such a state.",
    ),
    Column::of_rows(
        "state_b",
        Kind::Text,
        "The second state's name; NULL where only the first folder has such a state.",
    ),
    Column::of_rows(
        "address",
        Kind::Text,
        "The instance's address; output.NAME for an output.",
    ),
    Column::of_rows("type", Kind::Text, "The resource type; NULL for an output."),
    Column::of_rows(
        "deposed",
        Kind::Text,
        "The key of a deposed object; NULL for a current one.",
    ),
    Column::of_rows(
        "difference",
        Kind::Text,
        "only_in_a, only_in_b, or changed.",
    ),
    Column::of_rows(
        "path",
        Kind::Text,
        "The path to what is different, such as ingress[0].from_port; NULL where only one has the object.",
    ),
    Column::of_rows(
        "a",
        Kind::Json,
        "What the first state has there, secrets hidden; NULL where nothing, and for an instance as a whole.",
    ),
    Column::of_rows("b", Kind::Json, "What the second state has there."),
    Column::of_rows(
        "kind",
        Kind::Text,
        "value; order of the same items; emptiness, of one that is empty and one that is not there; \
         spelling of the same JSON. NULL where only one has the object.",
    ),
];

/// How many rows are made into columns at a time.
const ROWS: usize = 1024;

/// Two states or folders of states, to be compared.
#[derive(Debug)]
pub struct Comparison {
    a: String,
    b: String,
    pairs: Vec<Pair>,
    left_out: LeftOut,
    /// Whether each side is one state.
    is_of_states: bool,
}

/// A difference, and the states that have it.
#[derive(Debug)]
pub struct Row {
    /// The states.
    pub pair: Pair,
    /// What differs.
    pub difference: StateDifference,
}

impl Comparison {
    /// A comparison of what two operands, as they were written, name.
    ///
    /// # Errors
    ///
    /// When one is a state and the other a folder of several.
    pub fn of(
        a: (&str, &Operand),
        b: (&str, &Operand),
        left_out: LeftOut,
    ) -> Result<Comparison, PairError> {
        Ok(Comparison {
            a: a.0.to_owned(),
            b: b.0.to_owned(),
            pairs: pairs(a, b)?,
            left_out,
            is_of_states: [a.1, b.1]
                .iter()
                .any(|operand| matches!(operand, Operand::State(_))),
        })
    }

    /// Reads a pair of states after the other and gives each row to `emit`, until that breaks. The
    /// answer is the states that cannot be read, and so were not compared.
    ///
    /// # Errors
    ///
    /// When one of two states cannot be read, or none of a folder.
    pub fn each(
        &self,
        inventory: &Inventory,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<Vec<Which>, PairError> {
        let mut reader = Reader {
            inventory,
            spaces: Default::default(),
            read: [0; 2],
        };
        let mut unread = Vec::new();
        for pair in &self.pairs {
            let left_out = match (pair.a, pair.b) {
                (Some(a), Some(b)) => {
                    let (a, b) = (a.state(inventory), b.state(inventory));
                    match a == b {
                        // What names the objects of one state is as much theirs as the rest.
                        true => self.left_out.but_names(),
                        false => self.left_out.between(a, b),
                    }
                }
                _ => LeftOut::nothing(),
            };
            match reader.compare(*pair, &left_out, emit) {
                Ok(ControlFlow::Continue(())) => {}
                Ok(ControlFlow::Break(())) => return Ok(unread),
                Err(which) if self.is_of_states => {
                    let state = which.name(inventory);
                    return Err(FindError::UnreadableState { state }.into());
                }
                Err(which) => unread.push(which),
            }
        }
        let sides = [&self.a, &self.b].into_iter().zip(reader.read);
        match sides.into_iter().find(|(_, read)| *read == 0) {
            Some((folder, _)) if unread.is_empty() => Err(PairError::NoneBelow {
                folder: folder.clone(),
            }),
            _ => Ok(unread),
        }
    }
}

/// Reads pairs of states.
struct Reader<'i> {
    inventory: &'i Inventory,
    spaces: [Workspace; 2],
    /// How many states were read of each side.
    read: [usize; 2],
}

impl Reader<'_> {
    /// Gives what differs in a pair to `emit`. What is no state at all counts as not there.
    ///
    /// # Errors
    ///
    /// The state that cannot be read.
    fn compare(
        &mut self,
        pair: Pair,
        left_out: &LeftOut,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Which> {
        let answer = match (pair.a, pair.b) {
            (Some(a), Some(b)) => self.both(a, b, left_out, emit),
            (Some(a), None) => self.alone(a, 0, WhatDiffers::OnlyInA, pair, emit),
            (None, Some(b)) => self.alone(b, 1, WhatDiffers::OnlyInB, pair, emit),
            (None, None) => Ok(ControlFlow::Continue(())),
        };
        let which = match answer {
            Ok(flow) => return Ok(flow),
            Err(which) => which,
        };
        if !which.is_no_state(self.inventory) {
            return Err(which);
        }
        let is_other = |side: Option<Which>| side.filter(|other| *other != which);
        let rest = Pair {
            a: is_other(pair.a),
            b: is_other(pair.b),
        };
        self.compare(rest, left_out, emit)
    }

    fn both(
        &mut self,
        a: Which,
        b: Which,
        left_out: &LeftOut,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Which> {
        let inventory = self.inventory;
        let pair = Pair {
            a: Some(a),
            b: Some(b),
        };
        let [space_a, space_b] = &mut self.spaces;
        let answer = a.open(inventory, space_a, |opened| {
            let Opened::State(state, redacted) = opened else {
                return Err(a);
            };
            let of_a = Compared { state, redacted };
            b.open(inventory, space_b, |opened| {
                let Opened::State(state, redacted) = opened else {
                    return Err(b);
                };
                let of_b = Compared { state, redacted };
                let mut row = |difference| emit(Row { pair, difference });
                Ok(compare_states(of_a, of_b, left_out, &mut row))
            })
        });
        self.read = self.read.map(|read| read + usize::from(answer.is_ok()));
        answer
    }

    fn alone(
        &mut self,
        which: Which,
        side: usize,
        only_in: fn(Option<serde_json::Value>) -> WhatDiffers,
        pair: Pair,
        emit: &mut dyn FnMut(Row) -> ControlFlow<()>,
    ) -> Result<ControlFlow<()>, Which> {
        let inventory = self.inventory;
        let answer = which.open(inventory, &mut self.spaces[0], |opened| {
            let Opened::State(state, redacted) = opened else {
                return Err(which);
            };
            let of = Compared { state, redacted };
            let mut row = |difference| emit(Row { pair, difference });
            Ok(each_object(of, only_in, &mut row))
        });
        self.read[side] += usize::from(answer.is_ok());
        answer
    }
}

/// Some rows as columns of [`COLUMNS`].
///
/// # Errors
///
/// When the columns do not fit together.
pub fn batch(inventory: &Inventory, rows: &[Row]) -> Result<RecordBatch> {
    let name = |which: Option<Which>| which.map(|which| which.name(inventory));
    let differences = || rows.iter().map(|row| &row.difference);
    let changes = || {
        differences().map(|difference| match &difference.what {
            WhatDiffers::Changed(change) => Some(change),
            WhatDiffers::OnlyInA(_) | WhatDiffers::OnlyInB(_) => None,
        })
    };
    let columns = COLUMNS.iter().map(|column| -> ArrayRef {
        match &*column.name {
            "state_a" => texts(rows.iter().map(|row| name(row.pair.a))),
            "state_b" => texts(rows.iter().map(|row| name(row.pair.b))),
            "address" => all_texts(differences().map(|found| &found.address)),
            "type" => texts(differences().map(|found| found.type_name.as_ref())),
            "deposed" => texts(differences().map(|found| found.deposed.as_ref())),
            "difference" => all_texts(differences().map(|found| found.what.as_str())),
            "path" => texts(changes().map(|change| change.map(|change| change.path.to_string()))),
            "a" => texts(differences().map(|found| found.what.a().map(ToString::to_string))),
            "b" => texts(differences().map(|found| found.what.b().map(ToString::to_string))),
            _ => texts(changes().map(|change| change.map(|change| change.kind.as_str()))),
        }
    });
    Ok(RecordBatch::try_new(schema(), columns.collect())?)
}

/// The columns as Arrow sees them.
pub fn schema() -> SchemaRef {
    let fields: Vec<_> = COLUMNS.iter().map(Column::field).collect();
    Arc::new(Schema::new(fields))
}

impl WholeTable for Comparison {
    fn name(&self) -> &'static str {
        NAME
    }

    fn about(&self) -> &'static str {
        ABOUT
    }

    fn columns(&self) -> &[Column] {
        &COLUMNS
    }

    fn rows(&self, known: &Known) -> Result<RecordBatch> {
        let mut batches = Vec::new();
        self.send(known, &mut |batch| {
            batches.push(batch);
            ControlFlow::Continue(())
        })?;
        Ok(concat_batches(&schema(), &batches)?)
    }

    fn send(
        &self,
        known: &Known,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()> {
        let inventory = known.inventory();
        let mut rows = Vec::with_capacity(ROWS);
        let mut made = Ok(());
        let mut give = |rows: &mut Vec<Row>| match batch(inventory, &std::mem::take(rows)) {
            Ok(batch) => send(batch),
            Err(error) => {
                made = Err(error);
                ControlFlow::Break(())
            }
        };
        let read = self.each(inventory, &mut |row| {
            rows.push(row);
            match rows.len() < ROWS {
                true => ControlFlow::Continue(()),
                false => give(&mut rows),
            }
        });
        if !rows.is_empty() {
            let _ = give(&mut rows);
        }
        made?;
        read.map(|_| ()).map_err(not_compared)
    }
}

/// That two operands cannot be compared, as an error of a statement.
pub(in crate::engine) fn not_compared(error: PairError) -> DataFusionError {
    match error {
        PairError::Find(error) => DataFusionError::External(Box::new(error)),
        other => DataFusionError::Plan(other.to_string()),
    }
}
