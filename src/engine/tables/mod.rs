//! The SQL tables: one file each, with its columns and how its rows are made from one state.
//!
//! A table says which of its columns are known from a state's place alone, and which are costly;
//! the scan reads, filters and materialises accordingly.

mod attributes;
mod batches;
mod change_risk;
mod check_entries;
mod check_results;
mod code_changes;
mod column;
pub mod comparison;
mod cross_workspace_dependencies;
mod dependencies;
mod drift;
mod duplicate_ownership;
mod history;
mod identities;
mod instances;
mod instances_history;
mod load_errors;
mod locks;
mod module_sources;
mod modules;
mod output_changes;
mod outputs;
mod owner;
mod plan_checks;
mod plan_rows;
mod plans;
mod provider_versions;
mod providers;
pub mod reach;
mod relevant_attributes;
mod remote_states;
mod request;
mod resource_changes;
mod resource_drift;
pub mod resource_type;
mod resources;
mod state_versions;
mod states;
mod tags;
mod told;
mod versions;

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::error::Result;

use self::batches::{MakeColumns, send_batches};
pub use self::column::{Column, Kind, Origin, micros, sql_type};
pub use self::request::{Made, Narrowed, Request, RowFilter};
pub use self::versions::VersionTable;
use crate::engine::known::Known;
use crate::format::{Redacted, State};
use crate::inventory::{Extent, Opened, StateFile};
use crate::store::{InstanceColumn, OneOf};

/// Every table, in the order in which they are listed.
pub fn all() -> Vec<Arc<dyn StateTable>> {
    vec![
        erased::<states::States>(),
        erased::<resources::Resources>(),
        erased::<instances::Instances>(),
        erased::<outputs::Outputs>(),
        erased::<dependencies::Dependencies>(),
        erased::<modules::Modules>(),
        erased::<providers::Providers>(),
        erased::<check_results::CheckResults>(),
        erased::<check_entries::CheckEntries>(),
        erased::<attributes::Attributes>(),
        erased::<tags::Tags>(),
        erased::<identities::Identities>(),
    ]
}

/// Every table whose rows need more than one state at a time, in the order in which they are listed.
pub fn whole() -> Vec<Arc<dyn WholeTable>> {
    vec![
        Arc::new(load_errors::LoadErrors),
        Arc::new(locks::Locks),
        Arc::new(remote_states::RemoteStatesTable),
        Arc::new(cross_workspace_dependencies::CrossWorkspaceDependencies),
        Arc::new(duplicate_ownership::DuplicateOwnership),
        Arc::new(code_changes::CodeChanges),
        Arc::new(plans::Plans),
        Arc::new(resource_changes::ResourceChanges),
        Arc::new(output_changes::OutputChanges),
        Arc::new(plan_checks::PlanChecks),
        Arc::new(relevant_attributes::RelevantAttributes),
        Arc::new(change_risk::ChangeRisk),
        Arc::new(resource_drift::ResourceDrift),
        Arc::new(drift::Drift),
        Arc::new(provider_versions::ProviderVersions),
        Arc::new(module_sources::ModuleSources),
    ]
}

/// Every table of what the versions of states tell, in the order in which they are listed.
pub fn of_versions() -> Vec<Arc<dyn VersionTable>> {
    vec![
        versions::table::<state_versions::StateVersions>(),
        versions::table::<history::HistoryTable>(),
        versions::table::<instances_history::InstancesHistory>(),
    ]
}

/// What is told of a table.
#[derive(Debug, Clone)]
pub struct Description {
    /// Its name.
    pub name: String,
    /// What one row is, in a sentence.
    pub about: String,
    /// Its columns.
    pub columns: Vec<Column>,
}

/// The tables that are there without any state, in the order in which they are listed.
pub fn built_in() -> Vec<Description> {
    let of_states = all();
    let of_states = of_states.iter().map(|table| table.description());
    let of_all = whole();
    let of_all = of_all.iter().map(|table| Description {
        name: table.name().to_owned(),
        about: table.about().to_owned(),
        columns: table.columns().to_vec(),
    });
    let of_versions = of_versions();
    let of_versions = of_versions.iter().map(|table| Description {
        name: table.name().to_owned(),
        about: table.about().to_owned(),
        columns: table.columns().to_vec(),
    });
    of_states.chain(of_all).chain(of_versions).collect()
}

/// The table functions, in the order in which they are listed.
pub fn functions() -> Vec<Description> {
    let reach = reach::FUNCTIONS.into_iter().map(|function| Description {
        name: function.name().to_owned(),
        about: function.about().to_owned(),
        columns: reach::COLUMNS.to_vec(),
    });
    let comparison = Description {
        name: comparison::NAME.to_owned(),
        about: comparison::ABOUT.to_owned(),
        columns: comparison::COLUMNS.to_vec(),
    };
    reach.chain([comparison]).collect()
}

/// The names of the table functions.
pub(super) fn function_names() -> impl Iterator<Item = &'static str> {
    let reach = reach::FUNCTIONS.into_iter().map(|function| function.name());
    reach.chain([comparison::NAME])
}

/// What is told of a built-in table or table function of a name.
pub fn described(name: &str) -> Option<Description> {
    let mut all = built_in().into_iter().chain(functions());
    all.find(|described| described.name == name)
}

/// Whether one of those tables has a name.
pub fn is_built_in(name: &str) -> bool {
    all().iter().any(|table| table.name() == name)
        || whole().iter().any(|table| table.name() == name)
        || of_versions().iter().any(|table| table.name() == name)
}

/// A document at hand: its place, what was in it, and what is asked of it.
pub struct OpenedFile<'s> {
    /// Its place.
    pub file: &'s StateFile,
    /// Its content.
    pub opened: Opened<'s>,
    /// What is asked of it.
    pub request: &'s Request,
    /// Where costly values are counted.
    pub made: &'s Made,
}

impl<'s> OpenedFile<'s> {
    /// The state and its values as they may be shown, where it is one that can be read.
    fn state(&self) -> Option<(&'s State<'s>, &'s Redacted<'s>)> {
        match self.opened {
            Opened::State(state, redacted) => Some((state, redacted)),
            Opened::Encrypted(_) | Opened::Nothing(_) => None,
        }
    }
}

/// How one table makes its rows.
trait TableRows: Debug + Send + Sync + 'static {
    /// A row not yet made into columns.
    type Row<'s>;
    /// The table's name.
    const NAME: &'static str;
    /// What one row is, in a sentence.
    const ABOUT: &'static str;
    /// The columns, without `state_id` and `state`.
    const COLUMNS: &'static [Column];
    /// Whether its rows are of a state's contents, and so begin with `state_id` and `state`; else a
    /// row is about a document as a whole.
    const BELONGS_TO_STATE: bool = true;
    /// How much of a document its rows need where no costly column is asked for.
    const EXTENT: Extent = Extent::Values;
    /// The column of instances' attributes, of which a request may look at a part only.
    const ATTRIBUTES: Option<&'static str> = None;
    /// Whether each row is made of one instance and of nothing else of its state.
    const OF_ONE_INSTANCE: bool = false;

    /// Gives the rows of one document to `emit`, until that breaks.
    fn rows<'s>(
        file: &'s OpenedFile<'s>,
        emit: &mut dyn FnMut(Self::Row<'s>) -> ControlFlow<()>,
    ) -> ControlFlow<()>;

    /// One column of some rows; `column` is the name of one whose origin is the rows.
    fn array(column: &str, rows: &[Self::Row<'_>], file: &OpenedFile<'_>) -> ArrayRef;
}

/// A table whose rows come from states, one state at a time.
pub trait StateTable: Debug + Send + Sync {
    /// The table's name.
    fn name(&self) -> &str;
    /// What one row is, in a sentence.
    fn about(&self) -> &str;
    /// The columns, all of them.
    fn columns(&self) -> &[Column];
    /// The columns as Arrow sees them.
    fn schema(&self) -> SchemaRef;
    /// Whether a document gives one row at most.
    fn has_one_row_a_document(&self) -> bool;
    /// The position of the column of instances' attributes, if it has one of which a request may look at
    /// a part only.
    fn attributes(&self) -> Option<usize> {
        None
    }
    /// Which instances its rows are made of, where each is made of one instance and of nothing else of its
    /// state: those that have one of the values in each of the columns.
    fn instances(&self) -> Option<Vec<OneOf>> {
        None
    }
    /// Which column of instances one of its columns is, if it is one that a store can ask for.
    fn instance_column(&self, name: &str) -> Option<InstanceColumn> {
        InstanceColumn::named(name)
    }
    /// How much of a document it needs for what a request asks.
    fn extent(&self, request: &Request) -> Extent;
    /// Gives the rows of one document that its request asks for to `send`, in batches, until that
    /// breaks.
    ///
    /// # Errors
    ///
    /// When the filter cannot be evaluated.
    fn scan(
        &self,
        file: &OpenedFile<'_>,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()>;
    /// What is told of the table.
    fn description(&self) -> Description {
        Description {
            name: self.name().to_owned(),
            about: self.about().to_owned(),
            columns: self.columns().to_vec(),
        }
    }
}

/// A table whose rows need more than one state at a time.
pub trait WholeTable: Debug + Send + Sync {
    /// The table's name.
    fn name(&self) -> &'static str;
    /// What one row is, in a sentence.
    fn about(&self) -> &'static str;
    /// The columns, all of them.
    fn columns(&self) -> &[Column];
    /// All rows, in an order that is the same each time.
    ///
    /// # Errors
    ///
    /// When the columns do not fit together.
    fn rows(&self, known: &Known) -> Result<RecordBatch>;
    /// Gives the same rows to `send`, until that breaks: at once, unless the table can make some of
    /// them before the others.
    ///
    /// # Errors
    ///
    /// As [`rows`](Self::rows).
    fn send(
        &self,
        known: &Known,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()> {
        let _ = send(self.rows(known)?);
        Ok(())
    }
    /// The columns as Arrow sees them.
    fn schema(&self) -> SchemaRef {
        let fields: Vec<_> = self.columns().iter().map(Column::field).collect();
        Arc::new(Schema::new(fields))
    }
}

#[derive(Debug)]
struct Erased<T> {
    columns: Vec<Column>,
    schema: SchemaRef,
    rows: PhantomData<T>,
}

fn erased<T: TableRows>() -> Arc<dyn StateTable> {
    let leading: &[Column] = if T::BELONGS_TO_STATE {
        &column::OF_STATE
    } else {
        &[]
    };
    let columns: Vec<Column> = leading.iter().chain(T::COLUMNS).cloned().collect();
    let schema = Arc::new(Schema::new(
        columns.iter().map(Column::field).collect::<Vec<_>>(),
    ));
    Arc::new(Erased::<T> {
        columns,
        schema,
        rows: PhantomData,
    })
}

impl<T: TableRows> StateTable for Erased<T> {
    fn name(&self) -> &str {
        T::NAME
    }

    fn about(&self) -> &str {
        T::ABOUT
    }

    fn columns(&self) -> &[Column] {
        &self.columns
    }

    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn has_one_row_a_document(&self) -> bool {
        !T::BELONGS_TO_STATE
    }

    fn attributes(&self) -> Option<usize> {
        let is_it = |column: &Column| Some(column.name.as_ref()) == T::ATTRIBUTES;
        self.columns.iter().position(is_it)
    }

    fn instances(&self) -> Option<Vec<OneOf>> {
        T::OF_ONE_INSTANCE.then(Vec::new)
    }

    fn extent(&self, request: &Request) -> Extent {
        let is_costly =
            |position: &usize| matches!(self.columns[*position].origin, Origin::CostlyRows);
        match T::EXTENT {
            Extent::Outline if request.projection.iter().any(is_costly) => Extent::Values,
            extent => extent,
        }
    }

    fn scan(
        &self,
        file: &OpenedFile<'_>,
        send: &mut dyn FnMut(RecordBatch) -> ControlFlow<()>,
    ) -> Result<()> {
        let make = Make::<T> { table: self, file };
        send_batches(file.request, &make, |emit| T::rows(file, emit), send)
    }
}

/// Makes columns of the rows of one document.
struct Make<'a, T> {
    table: &'a Erased<T>,
    file: &'a OpenedFile<'a>,
}

impl<'s, T: TableRows> MakeColumns<T::Row<'s>> for Make<'_, T> {
    fn column(&self, column: &Column, rows: &[T::Row<'s>]) -> Result<ArrayRef> {
        match column.origin {
            Origin::File(value) => value(self.file.file).to_array_of_size(rows.len()),
            Origin::Instance | Origin::Rows | Origin::CostlyRows => {
                Ok(T::array(&column.name, rows, self.file))
            }
        }
    }

    fn projected(&self, rows: &[T::Row<'s>]) -> Result<Vec<ArrayRef>> {
        let arrays = self.file.request.projection.iter().map(|position| {
            let column = &self.table.columns[*position];
            if matches!(column.origin, Origin::CostlyRows) {
                self.file.made.add(&column.name, rows.len());
            }
            self.column(column, rows)
        });
        arrays.collect()
    }
}
