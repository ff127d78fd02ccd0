//! `history`: one row per change of an instance from one version of its state to the next.

use std::ops::ControlFlow;

use arrow::array::ArrayRef;
use datafusion::error::Result;

use super::batches::MakeColumns;
use super::column::{Column, Kind, all_texts, optional_text_lists, texts};
use super::versions::{self, ChangeRow, Make, VersionRows};
use crate::history::{Change, History, Reader, Shown, Wanted};
use crate::parallel;

const OWN_COLUMNS: &[Column] = &[
    Column::of_rows(
        "address",
        Kind::Text,
        "The instance; where it left for another state, the address it had.",
    ),
    Column::of_rows("type", Kind::Text, "Its resource type."),
    Column::of_rows(
        "deposed",
        Kind::Text,
        "The key of a deposed object, as in instances.deposed.",
    ),
    Column::of_rows(
        "action",
        Kind::Text,
        "create, update, replace, taint, untaint, depose, move, delete, or forget where the state itself was removed.",
    ),
    Column::of_rows(
        "previous_address",
        Kind::Text,
        "The address it had before a move; NULL where it did not arrive by one.",
    ),
    Column::of_rows(
        "previous_state",
        Kind::Text,
        "The state it came from; NULL where that is this one.",
    ),
    Column::of_rows(
        "new_address",
        Kind::Text,
        "The address it has in the state it left for; NULL where it did not leave.",
    ),
    Column::of_rows("new_state", Kind::Text, "The state it left for."),
    Column::costly(
        "changed_paths",
        Kind::TextList,
        "The attributes that differ, such as ingress[0].from_port; NULL where there is no before or no after.",
    ),
    Column::costly(
        "before",
        Kind::Json,
        "Its attributes before, secrets hidden; NULL where there were none.",
    ),
    Column::costly(
        "after",
        Kind::Json,
        "Its attributes after, secrets hidden; NULL where there are none.",
    ),
];

#[derive(Debug)]
pub(super) struct HistoryTable;

impl VersionRows for HistoryTable {
    type Row<'h> = ChangeRow<'h>;
    const NAME: &'static str = "history";
    const ABOUT: &'static str =
        "One row per change of an instance from one version of its state to the next.";

    fn columns() -> Vec<Column> {
        versions::columns(OWN_COLUMNS)
    }

    fn rows<'h>(
        history: &'h History,
        emit: &mut dyn FnMut(Self::Row<'h>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let chronicles = history.chronicles.iter().enumerate();
        chronicles
            .flat_map(|(life, chronicle)| {
                let changes = chronicle.changes.iter().filter(|change| !change.is_base);
                changes.map(move |change| ChangeRow { life, change })
            })
            .try_for_each(emit)
    }
}

impl Make<'_> {
    /// What the rows' changes changed, as far as it is asked for.
    fn shown(&self, rows: &[ChangeRow<'_>]) -> Vec<Shown> {
        let is_asked = |name: &str| self.wanted().any(|column| column.name == name);
        let wanted = Wanted {
            before: is_asked("before"),
            after: is_asked("after"),
            paths: is_asked("changed_paths"),
        };
        if wanted == Wanted::default() {
            return Vec::new();
        }
        let of_one_version = |one: &ChangeRow<'_>, other: &ChangeRow<'_>| {
            (one.life, one.change.version) == (other.life, other.change.version)
        };
        let groups: Vec<&[ChangeRow<'_>]> = rows.chunk_by(of_one_version).collect();
        let inventory = self.known.inventory();
        let show = |reader: &mut Reader<'_>, group: &&[ChangeRow<'_>]| {
            let changes: Vec<&Change> = group.iter().map(|row| row.change).collect();
            reader.show(group[0].life, &changes, wanted)
        };
        let shown = parallel::map(
            self.known.threads(),
            &groups,
            || Reader::new(inventory),
            show,
        );
        shown.into_iter().flatten().collect()
    }
}

impl<'r> MakeColumns<ChangeRow<'r>> for Make<'_> {
    fn column(&self, column: &Column, rows: &[ChangeRow<'r>]) -> Result<ArrayRef> {
        let lives = self.known.inventory().lives();
        let name = |life: usize| &lives[life].name;
        let changes = rows.iter().map(|row| row.change);
        Ok(match column.name.as_ref() {
            "address" => all_texts(changes.map(|change| &change.address)),
            "type" => all_texts(changes.map(|change| &change.type_name)),
            "deposed" => texts(changes.map(|change| change.deposed.as_ref())),
            "action" => all_texts(changes.map(|change| change.action.as_str())),
            "previous_address" => texts(changes.map(|change| {
                let from = change.from.as_ref()?;
                Some(&from.place.address)
            })),
            "previous_state" => texts(rows.iter().map(|row| {
                let from = row.change.from.as_ref()?;
                (from.place.life != row.life).then(|| name(from.place.life))
            })),
            "new_address" => texts(changes.map(|change| Some(&change.to.as_ref()?.address))),
            "new_state" => texts(changes.map(|change| Some(name(change.to.as_ref()?.life)))),
            of_version => {
                let places = rows.iter().map(|row| (row.life, row.change.version));
                versions::array(of_version, self.known, self.history, places)
            }
        })
    }

    fn projected(&self, rows: &[ChangeRow<'r>]) -> Result<Vec<ArrayRef>> {
        let shown = self.shown(rows);
        let json = |value: Option<&serde_json::Value>| value.map(ToString::to_string);
        let arrays = self.wanted().map(|column| match column.name.as_ref() {
            "before" => Ok(texts(shown.iter().map(|shown| json(shown.before.as_ref())))),
            "after" => Ok(texts(shown.iter().map(|shown| json(shown.after.as_ref())))),
            "changed_paths" => Ok(optional_text_lists(shown.iter().map(|shown| {
                let changes = shown.paths.as_ref()?.iter();
                Some(changes.map(|change| change.path.to_string()).collect())
            }))),
            _ => self.column(column, rows),
        });
        arrays.collect()
    }
}
