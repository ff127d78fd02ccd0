//! Whether what a store holds fits together: every hash is worked out again from the rows.

use std::collections::{BTreeMap, HashMap};

use ::postgres::fallible_iterator::FallibleIterator;
use ::postgres::types::ToSql;
use ::postgres::{IsolationLevel, Row, Transaction};
use jiff::Timestamp;

use super::delta::{ContentSum, Fingerprint, PartKey, fingerprint, fingerprint_of_object};
use super::documents::{instance, resource, top_members};
use super::held::Kind;
use super::lookup::{FoundState, found};
use super::recording::written_output;
use super::{Store, StoreError};
use crate::format::TopMember;

/// Something that does not fit together. Nothing of it is a value of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The state's name; `None` where it is of none.
    pub state: Option<String>,
    /// The version.
    pub version: Option<i64>,
    /// The table whose row it is.
    pub table: &'static str,
    /// What is wrong.
    pub what: String,
}

/// What was looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Verified {
    /// How many states.
    pub states: u64,
    /// How many versions of them.
    pub versions: u64,
}

const STATES: &str = "recorded_states";
const VERSIONS: &str = "recorded_versions";

impl Store {
    /// Looks at all versions of one state, or of all, removed ones too, as they are in one moment, and gives
    /// each problem to `tell`. Memory is taken for one state's versions and resources at a time.
    ///
    /// # Errors
    ///
    /// When no state ever had the name, or the database cannot be asked.
    pub fn verify(
        &mut self,
        state: Option<&str>,
        tell: &mut dyn FnMut(Problem),
    ) -> Result<Verified, StoreError> {
        if let Some(name) = state {
            self.state(name)?;
        }
        self.may_read_exactly()?;
        let transaction = self.client.build_transaction();
        let transaction = transaction
            .isolation_level(IsolationLevel::RepeatableRead)
            .read_only(true);
        let mut transaction = transaction.start()?;
        let states = transaction.query(
            "SELECT state_id, name, newest_version, removed_at IS NOT NULL FROM recorded_states \
             WHERE $1::text IS NULL OR name = $1 ORDER BY name, state_id",
            &[&state],
        )?;
        let mut verified = Verified::default();
        for state in states.iter().map(found) {
            let mut checked = Checked {
                state: &state,
                tell,
                versions: BTreeMap::new(),
                resources: HashMap::new(),
            };
            for kind in Kind::ALL {
                checked.rows(&mut transaction, kind)?;
            }
            verified.versions += checked.versions(&mut transaction)?;
            verified.states += 1;
        }
        if state.is_none() {
            dangling(&mut transaction, tell)?;
        }
        transaction.commit()?;
        Ok(verified)
    }
}

/// Rows that belong to nothing.
fn dangling(
    transaction: &mut Transaction<'_>,
    tell: &mut dyn FnMut(Problem),
) -> Result<(), StoreError> {
    let tables = Kind::ALL.iter().map(|kind| kind.table());
    for table in tables.chain([VERSIONS]) {
        let lost = transaction.query(
            &format!(
                "SELECT state_id, count(*) FROM {table} r WHERE NOT EXISTS \
                 (SELECT FROM recorded_states s WHERE s.state_id = r.state_id) GROUP BY 1 ORDER BY 1"
            ),
            &[],
        )?;
        for row in lost {
            let (state, count): (i64, i64) = (row.get(0), row.get(1));
            tell(Problem {
                state: None,
                version: None,
                table,
                what: format!(
                    "{} of the state number {state}, which there is not",
                    rows(count)
                ),
            });
        }
    }
    Ok(())
}

fn rows(count: i64) -> String {
    match count {
        1 => "a row is".to_owned(),
        count => format!("{count} rows are"),
    }
}

/// What begins or ends with a version.
#[derive(Debug, Clone, Copy, Default)]
struct Turn {
    content: ContentSum,
    /// How many more resources, instances and outputs there are.
    counts: [i64; 3],
    /// How many instances were added, changed and removed.
    changes: [i64; 3],
}

/// The row of a part.
struct Part {
    key: PartKey,
    from: i64,
    to: Option<i64>,
    fingerprint: Fingerprint,
    changed_in: Option<i64>,
}

/// A state that is looked at.
struct Checked<'c> {
    state: &'c FoundState,
    tell: &'c mut dyn FnMut(Problem),
    versions: BTreeMap<i64, Turn>,
    /// When each resource is there, by its address.
    resources: HashMap<String, Vec<(i64, Option<i64>)>>,
}

impl Checked<'_> {
    fn problem(&mut self, version: i64, table: &'static str, what: String) {
        (self.tell)(Problem {
            state: Some(self.state.name.clone()),
            version: Some(version),
            table,
            what,
        });
    }

    /// Looks at the rows of a kind, those of the same part one after another.
    fn rows(&mut self, transaction: &mut Transaction<'_>, kind: Kind) -> Result<(), StoreError> {
        let sql = format!(
            "SELECT r.state_id, r.valid_from, {}, r.valid_to, r.fingerprint, {} FROM {} r \
             WHERE r.state_id = $1 ORDER BY {}, r.valid_from, r.row_id",
            held(kind),
            kind.keys(),
            kind.table(),
            kind.keys()
        );
        let parameters: [&(dyn ToSql + Sync); 1] = [&self.state.id];
        let mut found = transaction.query_raw(&sql, parameters)?;
        let mut last: Option<Part> = None;
        while let Some(row) = found.next()? {
            let part = self.part(&row, kind);
            let before = last.take().filter(|before| before.key == part.key);
            self.follow(kind, before.as_ref(), &part);
            last = Some(part);
        }
        Ok(())
    }

    /// One row by itself.
    fn part(&mut self, row: &Row, kind: Kind) -> Part {
        let first = FIRST + columns(kind);
        let part = Part {
            from: row.get(1),
            to: row.get(first),
            fingerprint: stored(row, first + 1),
            key: kind.key(row, first + 2),
            changed_in: match kind {
                Kind::Object => Some(row.get(FIRST + 14)),
                _ => None,
            },
        };
        let mut wrong = Vec::new();
        if part.fingerprint != worked_out(row, kind) {
            wrong.push("its fingerprint is not that of what the row holds".to_owned());
        }
        let newest = self.state.newest;
        if !(1..=newest).contains(&part.from) {
            wrong.push(format!(
                "it begins with version {}, which there is not",
                part.from
            ));
        }
        if let Some(to) = part.to
            && (to <= part.from || to > newest)
        {
            wrong.push(format!(
                "it ends with version {to}, which does not come after its first"
            ));
        }
        self.check_addresses(row, &part, &mut wrong);
        for what in wrong {
            let what = format!("{}: {what}", part.key);
            self.problem(part.from, kind.table(), what);
        }
        part
    }

    /// Whether the addresses are those of the key, and an instance has its resource.
    fn check_addresses(&mut self, row: &Row, part: &Part, wrong: &mut Vec<String>) {
        let mut check = |column: &str, reads: &str, is: String| {
            if reads != is {
                wrong.push(format!("its {column} reads {reads}"));
            }
        };
        match &part.key {
            PartKey::Resource(key) => {
                let address: String = row.get(FIRST);
                check("address", &address, key.address().to_string());
                let held = self.resources.entry(address).or_default();
                held.push((part.from, part.to));
            }
            PartKey::Object(key) => {
                let resource = key.resource.address().to_string();
                check("resource_address", row.get(FIRST), resource.clone());
                check("address", row.get(FIRST + 15), key.address().to_string());
                check(
                    "config_address",
                    row.get(FIRST + 16),
                    key.resource.config_address(),
                );
                if !self.is_there(&resource, part.from, part.to) {
                    wrong.push("its resource is not there all the time that it is".to_owned());
                }
            }
            PartKey::Top(_) | PartKey::Output(_) | PartKey::Check { .. } => {}
        }
    }

    /// Whether a resource is there from one version up to another.
    fn is_there(&self, resource: &str, from: i64, to: Option<i64>) -> bool {
        let mut reached = from;
        for (begins, ends) in self.resources.get(resource).into_iter().flatten() {
            if *begins > reached {
                return false;
            }
            match ends {
                None => return true,
                Some(ends) => reached = reached.max(*ends),
            }
            if to.is_some_and(|to| reached >= to) {
                return true;
            }
        }
        false
    }

    /// A row after the one before it of the same part.
    fn follow(&mut self, kind: Kind, before: Option<&Part>, part: &Part) {
        if let Some(before) = before
            && before.to.is_none_or(|ended| ended > part.from)
        {
            let what = format!("{}: two rows hold at the same time", part.key);
            self.problem(part.from, kind.table(), what);
        }
        let adjacent = before.filter(|before| before.to == Some(part.from));
        let is_same = adjacent.is_some_and(|before| before.fingerprint == part.fingerprint);
        if let Some(changed_in) = part.changed_in {
            let made = match adjacent {
                Some(before) if is_same => before.changed_in.unwrap_or(part.from),
                _ => part.from,
            };
            if changed_in != made {
                let what = format!(
                    "{}: its changed_in reads {changed_in}, and it is what it is since version {made}",
                    part.key
                );
                self.problem(part.from, kind.table(), what);
            }
        }
        let counted = match kind {
            Kind::Resource => Some(0),
            Kind::Object => Some(1),
            Kind::Output => Some(2),
            Kind::Check => None,
        };
        let begins = self.versions.entry(part.from).or_default();
        begins.content.add(&part.key, part.fingerprint);
        if let Some(at) = counted {
            begins.counts[at] += 1;
        }
        if matches!(kind, Kind::Object) {
            match adjacent {
                None => begins.changes[0] += 1,
                Some(_) => {
                    begins.changes[1] += i64::from(!is_same);
                    // It was taken for one that is gone.
                    begins.changes[2] -= 1;
                }
            }
        }
        if let Some(to) = part.to {
            let ends = self.versions.entry(to).or_default();
            ends.content.remove(&part.key, part.fingerprint);
            if let Some(at) = counted {
                ends.counts[at] -= 1;
            }
            if matches!(kind, Kind::Object) {
                ends.changes[2] += 1;
            }
        }
    }

    /// Looks at the versions, one after another; gives how many there are.
    fn versions(&mut self, transaction: &mut Transaction<'_>) -> Result<u64, StoreError> {
        let parameters: [&(dyn ToSql + Sync); 1] = [&self.state.id];
        let mut found = transaction.query_raw(
            "SELECT v.version, v.status, v.serial, v.lineage, v.recorded_at, v.base_version, v.top, v.document, \
             v.content_hash, v.resource_count, v.instance_count, v.output_count, v.added, v.changed, v.removed, \
             EXISTS (SELECT FROM transactions t WHERE t.transaction_id = v.transaction_id) \
             FROM recorded_versions v WHERE v.state_id = $1 ORDER BY v.version",
            parameters,
        )?;
        let mut count = 0;
        let mut sum = Turn::default();
        let mut last: Option<(i64, Timestamp, String)> = None;
        while let Some(row) = found.next()? {
            count += 1;
            let (version, began): (i64, Timestamp) = (row.get(0), row.get(4));
            let expected = last.as_ref().map_or(1, |(version, ..)| version + 1);
            if version != expected {
                let what = match version - expected {
                    1 => format!("version {expected} is missing"),
                    _ => format!("versions {expected} to {} are missing", version - 1),
                };
                self.problem(version, VERSIONS, what);
            }
            if last.as_ref().is_some_and(|(_, before, _)| *before >= began) {
                let what = "it begins no later than the version before it".to_owned();
                self.problem(version, VERSIONS, what);
            }
            // What begins in a version that is missing holds all the same.
            let turns = self.versions.range(expected.min(version)..=version);
            let mut changes = [0; 3];
            for (_, turn) in turns {
                sum.content.join(turn.content);
                for (count, by) in sum.counts.iter_mut().zip(turn.counts) {
                    *count += by;
                }
                changes = turn.changes;
            }
            for what in version_problems(&row, &sum, changes) {
                self.problem(version, VERSIONS, what);
            }
            last = Some((version, began, row.get(1)));
        }
        self.check_newest(last.map(|(version, _, status)| (version, status)));
        Ok(count)
    }

    /// Whether the state's row tells of its newest version.
    fn check_newest(&mut self, newest: Option<(i64, String)>) {
        let told = self.state.newest;
        let Some((version, status)) = newest else {
            return self.problem(told, STATES, "it has no versions".to_owned());
        };
        if version != told {
            let what =
                format!("its newest_version reads {told}, and its newest version is {version}");
            self.problem(told, STATES, what);
        }
        if (status == "removed") != self.state.is_removed {
            let what = match self.state.is_removed {
                true => "its removed_at says that it was removed, and its newest version does not",
                false => "its newest version says that it was removed, and its removed_at does not",
            };
            self.problem(version, STATES, what.to_owned());
        }
    }
}

/// What is wrong with a version of which the rows are known.
fn version_problems(row: &Row, sum: &Turn, changes: [i64; 3]) -> Vec<String> {
    let mut wrong = Vec::new();
    let status: &str = row.get(1);
    let document: Option<&str> = row.get(7);
    let content: &[u8] = row.get(8);
    let (version, base): (i64, Option<i64>) = (row.get(0), row.get(5));
    let is_right = match (status, document) {
        ("removed", _) => content.is_empty() && sum.content == ContentSum::default(),
        (_, Some(document)) => content == blake3::hash(document.as_bytes()).as_bytes(),
        (_, None) => content == sum.content.to_bytes(),
    };
    if !is_right {
        wrong.push("its content_hash is not that of what it holds".to_owned());
    }
    if !row.get::<_, bool>(15) {
        wrong.push("its transaction is not there".to_owned());
    }
    if base.is_some_and(|base| base < 1 || base >= version) {
        wrong.push("its base_version does not come before it".to_owned());
    }
    let counts = ["resource_count", "instance_count", "output_count"];
    for (at, column) in counts.into_iter().enumerate() {
        let told: Option<i64> = row.get(9 + at);
        let is = (status == "ok").then_some(sum.counts[at]);
        if told != is {
            let word =
                |count: Option<i64>| count.map_or("NULL".to_owned(), |count| count.to_string());
            wrong.push(format!(
                "its {column} reads {}, and it holds {}",
                word(told),
                word(is)
            ));
        }
    }
    let columns = ["added", "changed", "removed"];
    for (at, column) in columns.into_iter().enumerate() {
        let told: i64 = row.get(12 + at);
        if told != changes[at] {
            wrong.push(format!(
                "its {column} reads {told}, and its rows tell of {}",
                changes[at]
            ));
        }
    }
    if status == "ok" && document.is_none() {
        match row.get::<_, Option<&str>>(6).and_then(top_members) {
            Some(members) => wrong.extend(unlike_members(row, &members)),
            None => wrong.push("its top cannot be read".to_owned()),
        }
    }
    wrong
}

/// The columns that tell something else than the members of the document.
fn unlike_members(row: &Row, members: &[TopMember]) -> Vec<String> {
    let text = |name: &str| {
        let member = members.iter().find(|member| member.name == name);
        member.map(|member| member.text.as_str())
    };
    let mut wrong = Vec::new();
    let serial = text("serial").and_then(|text| text.parse::<u64>().ok());
    let serial = serial.map(|serial| i64::try_from(serial).unwrap_or(i64::MAX));
    if serial.is_some() && serial != row.get(2) {
        wrong.push("its serial is not that of its document".to_owned());
    }
    let lineage = text("lineage").and_then(|text| serde_json::from_str::<String>(text).ok());
    let lineage = lineage.filter(|lineage| !lineage.is_empty() && !lineage.contains('\0'));
    if lineage.is_some() && lineage.as_deref() != row.get(3) {
        wrong.push("its lineage is not that of its document".to_owned());
    }
    wrong
}

/// Where the columns begin that hold a part.
const FIRST: usize = 2;

/// The columns that hold a part, in the order in which it is put together of them, and what else is looked
/// at.
fn held(kind: Kind) -> &'static str {
    match kind {
        Kind::Resource => "r.address, r.module, r.mode, r.type, r.name, r.provider_text, r.rest",
        Kind::Object => {
            "r.resource_address, coalesce(r.attributes_exact, r.attributes::text), \
             coalesce(r.attributes_exact = '', false), r.index_json, r.status, r.deposed, r.schema_version, \
             r.sensitive_attributes::text, r.identity_schema_version, r.identity::text, r.dependencies, \
             r.create_before_destroy, r.private, r.rest, r.changed_in, r.address, r.config_address"
        }
        Kind::Output => "r.name, r.value::text, r.type::text, r.sensitive, r.rest",
        Kind::Check => "r.rest",
    }
}

/// How many these are.
fn columns(kind: Kind) -> usize {
    match kind {
        Kind::Resource => 7,
        Kind::Object => 17,
        Kind::Output => 5,
        Kind::Check => 1,
    }
}

/// What stands for the part that a row holds.
fn worked_out(row: &Row, kind: Kind) -> Fingerprint {
    match kind {
        Kind::Resource => fingerprint(&[&resource(row, Vec::new()).text]),
        Kind::Object => fingerprint_of_object(&instance(row)),
        Kind::Output => match row.get::<_, Option<&str>>(FIRST + 4) {
            Some(rest) => fingerprint(&[rest]),
            None => {
                let (value, of) = (row.get(FIRST + 1), row.get(FIRST + 2));
                fingerprint(&[&written_output(value, of, row.get(FIRST + 3))])
            }
        },
        Kind::Check => fingerprint(&[row.get(FIRST)]),
    }
}

/// What stands for it in the row; a hash of another length is none.
fn stored(row: &Row, column: usize) -> Fingerprint {
    let bytes: &[u8] = row.get(column);
    Fingerprint(bytes.try_into().unwrap_or_default())
}
