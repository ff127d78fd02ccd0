//! What the tables of states' versions share.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;

use super::batches::{MakeColumns, send_batches};
use super::column::{Column, Kind, all_texts, nulls, numbers, texts, timestamps};
use super::request::Request;
use crate::engine::known::Known;
use crate::history::{Change, History};

/// A table of what the versions of states tell, made a part at a time.
pub trait VersionTable: Debug + Send + Sync {
    /// The table's name.
    fn name(&self) -> &'static str;
    /// What one row is, in a sentence.
    fn about(&self) -> &'static str;
    /// The columns, all of them.
    fn columns(&self) -> &[Column];
    /// Gives the rows that are asked for to `send`, in batches and in an order that is the same each
    /// time, until that breaks.
    ///
    /// # Errors
    ///
    /// When a filter cannot be evaluated, or the columns do not fit together.
    fn scan(
        &self,
        known: &Known,
        request: &Request,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()>;
    /// The columns as Arrow sees them.
    fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self.columns().iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }
}

/// How one table of versions finds its rows.
pub(super) trait VersionRows: Debug + Send + Sync + 'static {
    /// A row not yet made into columns.
    type Row<'h>;
    /// The table's name.
    const NAME: &'static str;
    /// What one row is, in a sentence.
    const ABOUT: &'static str;

    /// The columns, all of them.
    fn columns() -> Vec<Column>;
    /// Gives every row to `emit`, until that breaks.
    fn rows<'h>(
        history: &'h History,
        emit: &mut dyn FnMut(Self::Row<'h>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;
}

/// A table of versions with its columns.
#[derive(Debug)]
struct Table<T> {
    columns: Vec<Column>,
    rows: PhantomData<T>,
}

/// A table whose rows are those of `T`.
pub(super) fn table<T: VersionRows>() -> Arc<dyn VersionTable>
where
    for<'a, 'h> Make<'a>: MakeColumns<T::Row<'h>>,
{
    Arc::new(Table::<T> {
        columns: T::columns(),
        rows: PhantomData,
    })
}

impl<T: VersionRows> VersionTable for Table<T>
where
    for<'a, 'h> Make<'a>: MakeColumns<T::Row<'h>>,
{
    fn name(&self) -> &'static str {
        T::NAME
    }

    fn about(&self) -> &'static str {
        T::ABOUT
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn scan(
        &self,
        known: &Known,
        request: &Request,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()> {
        let history = known.history();
        let make = Make {
            known,
            history: &history,
            columns: &self.columns,
            request,
        };
        send_batches(request, &make, |emit| T::rows(&history, emit), send)
    }
}

/// A change of an instance of one of the states.
#[derive(Debug, Clone, Copy)]
pub(super) struct ChangeRow<'h> {
    /// The position of the state among those with versions.
    pub(super) life: usize,
    /// The change.
    pub(super) change: &'h Change,
}

/// The columns that rows of a version begin with.
pub(super) static OF_VERSION: [Column; 8] = [
    Column::of_rows("state_id", Kind::Text, "The state's id, as in states.id."),
    Column::of_rows(
        "state",
        Kind::Text,
        "The state's name, as in states.name; where its file was renamed, the latest.",
    ),
    Column::of_rows(
        "version",
        Kind::BigInt,
        "Counts the state's known versions, 1 the oldest.",
    ),
    Column::of_rows(
        "serial",
        Kind::BigInt,
        "The serial that Terraform gave the version.",
    ),
    Column::of_rows(
        "recorded_at",
        Kind::Timestamp,
        "When it was recorded: the time of the commit, of the copy or of the file.",
    ),
    Column::of_rows(
        "author",
        Kind::Text,
        "Who recorded it; NULL where that is not known.",
    ),
    Column::of_rows(
        "commit",
        Kind::Text,
        "The commit that recorded it; NULL where no commit did.",
    ),
    Column::of_rows(
        "message",
        Kind::Text,
        "The first line of that commit's message.",
    ),
];

/// The columns that tie a version to the configuration it came from.
pub(super) static OF_CODE: [Column; 2] = [
    Column::costly(
        "code_commit",
        Kind::Text,
        "The commit of the configuration it was made from, as in code_changes.commit.",
    ),
    Column::costly(
        "commit_confidence",
        Kind::Text,
        "How that is known: same_commit, it changed both; newest_before, it was the last to touch the folder.",
    ),
];

/// The columns of a table of versions whose own stand between those of the version and of its code.
pub(super) fn columns(own: &[Column]) -> Vec<Column> {
    let columns = OF_VERSION.iter().chain(own).chain(&OF_CODE);
    columns.cloned().collect()
}

/// Makes the columns that a scan of a table of versions asks for.
pub(super) struct Make<'a> {
    pub(super) known: &'a Known,
    pub(super) history: &'a History,
    /// The table's columns.
    pub(super) columns: &'a [Column],
    pub(super) request: &'a Request,
}

impl<'a> Make<'a> {
    /// The columns of the projection, in its order.
    pub(super) fn wanted(&self) -> impl Iterator<Item = &'a Column> {
        let projection = self.request.projection.iter();
        projection.map(|position| &self.columns[*position])
    }
}

/// A column of versions, each given by the position of its state and its own.
pub(super) fn array(
    column: &str,
    known: &Known,
    history: &History,
    places: impl ExactSizeIterator<Item = (usize, usize)>,
) -> ArrayRef {
    let lives = known.inventory().lives();
    let rows = places.len();
    let version = |(life, version): (usize, usize)| &lives[life].versions[version];
    let facts = |(life, version): (usize, usize)| &history.chronicles[life].facts[version];
    match column {
        "state_id" => all_texts(places.map(|(life, _)| &lives[life].id)),
        "state" => all_texts(places.map(|(life, _)| &lives[life].name)),
        "version" => numbers(places.map(|place| Some(version(place).number))),
        "serial" => numbers(places.map(|place| facts(place).serial)),
        "recorded_at" => timestamps(places.map(|place| version(place).recorded.at)),
        "author" => texts(places.map(|place| version(place).recorded.author.as_ref())),
        "commit" => texts(places.map(|place| version(place).recorded.commit.as_ref())),
        "message" => texts(places.map(|place| version(place).recorded.message.as_ref())),
        "code_commit" => {
            let code = known.code();
            texts(places.map(|(life, version)| code.commit_of(life, version).map(|it| it.0)))
        }
        "commit_confidence" => {
            let code = known.code();
            let confidence = |(life, version)| Some(code.commit_of(life, version)?.1.as_str());
            texts(places.map(confidence))
        }
        _ => nulls(rows),
    }
}
