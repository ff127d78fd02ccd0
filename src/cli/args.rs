//! The arguments as they are typed.

use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::time::SystemTime;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{ArgMatches, CommandFactory, FromArgMatches, Parser, Subcommand};

use super::duration::{self, Limit};
use super::limits::{MemoryLimit, Threads};
use crate::inventory::Moment;
use crate::output::Format;
use crate::picture::PictureFormat;

/// Ask SQL of Terraform and OpenTofu state.
///
/// Reads every state below the sources and answers from tables such as states, resources and
/// instances. Without SQL, and on a terminal, it opens a shell.
#[derive(Debug, Parser)]
#[command(
    name = "sgq",
    version,
    subcommand_precedence_over_arg = true,
    args_conflicts_with_subcommands = false
)]
pub(crate) struct Args {
    /// Where states are: a directory, a file, a pattern such as 'envs/**/*.tfstate', git:PATH for a
    /// repository's history, a source's name in sgq.toml, or - for standard input. May be repeated.
    #[arg(short, long = "source", value_name = "SOURCE", global = true)]
    pub(super) source: Vec<String>,

    /// A plan: what terraform plan -out wrote, or terraform show -json printed of it. The state it is
    /// a plan of is told from its folder or its content, unless it is named. May be repeated.
    #[arg(long = "plan", value_name = "[STATE=]FILE", global = true)]
    pub(super) plans: Vec<String>,

    /// The settings file, in place of the nearest sgq.toml upwards.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) config: Option<PathBuf>,

    /// Answer as of this moment, where versions are known: a date (its beginning in UTC) or a time as in
    /// 2026-03-01 or 2026-03-01T12:00:00Z, today, yesterday, '2 hours ago', '3 weeks ago'; a commit of a
    /// git: source by the first 7 or more digits of its id; or the number of a version, as in v12.
    #[arg(long, value_name = "TIME", global = true, value_parser = Moment::parse)]
    pub(super) as_of: Option<Moment>,

    /// Look at histories back to this time only: a date (its beginning in UTC) or a time, as for --as-of.
    /// The version that held then is the oldest.
    #[arg(long, value_name = "TIME", global = true, value_parser = Moment::parse_time)]
    pub(super) since: Option<SystemTime>,

    /// Look at the newest N versions of each state only.
    #[arg(long, value_name = "N", global = true, value_parser = parse_count)]
    pub(super) max_versions: Option<usize>,

    /// The format of rows, table by default; that of a picture is graph's --format.
    #[arg(short = 'o', long = "output", value_name = "FORMAT", global = true)]
    pub(super) format: Option<Format>,

    /// Write results to a file in place of standard output; it is replaced only when all went well.
    #[arg(long, value_name = "FILE", global = true)]
    pub(super) out: Option<PathBuf>,

    /// Exit with 3 when any document that was needed could not be read.
    #[arg(long, global = true)]
    pub(super) strict: bool,

    /// Give up after this long: 90, 90s, 5m, 1h. In the shell each statement has as long.
    #[arg(long, value_name = "TIME", global = true, value_parser = duration::parse)]
    pub(super) timeout: Option<Limit>,

    /// Show secrets in place of (sensitive).
    #[arg(long, global = true)]
    pub(super) show_sensitive: bool,

    /// The largest state that is read: 500MB, 4GB.
    #[arg(long, value_name = "SIZE", global = true, default_value = "2GB", value_parser = duration::parse_size)]
    pub(super) max_state_size: u64,

    /// What sorts, joins and aggregations may hold in memory before they go on in temporary files:
    /// 512MB, 1.5GiB, or a share as in 25%. By default it is SGQ_MEMORY_LIMIT, else memory_limit in
    /// sgq.toml, else 50% of the machine's memory or of what the control group (a container) allows;
    /// 1GB where the system tells neither.
    #[arg(long, value_name = "SIZE", global = true, value_parser = MemoryLimit::parse)]
    pub(super) memory_limit: Option<MemoryLimit>,

    /// How many documents are read, and threads work, at a time. By default it is SGQ_THREADS, else
    /// threads in sgq.toml, else the number of cores.
    #[arg(long, value_name = "N", global = true, value_parser = Threads::parse)]
    pub(super) threads: Option<Threads>,

    /// SQL to run; may be repeated, also together with -f.
    #[arg(short = 'c', long = "command", value_name = "SQL")]
    pub(super) commands: Vec<String>,

    /// A file of SQL to run; may be repeated.
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,

    /// SQL to run.
    #[arg(value_name = "SQL")]
    pub(super) sql: Option<String>,

    #[command(subcommand)]
    pub(super) command: Option<Command>,
}

/// What can be asked besides SQL.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// List what was found at the sources, and what was passed over and why.
    Sources,
    /// List the tables, or the columns of one.
    Schema {
        /// A table's name.
        table: Option<String>,
    },
    /// List what depends on an address, in every state: what a change to it can break.
    BlastRadius(Reach),
    /// List what an address depends on, in every state.
    DependsOn(Reach),
    /// List a shortest chain of dependencies between two addresses.
    ///
    /// Each row depends on the next; where only the second address depends on the first, each row is
    /// depended on by the next, and standard error says so. Where neither depends on the other the
    /// exit code is 1.
    Path {
        /// Where the chain begins: an address, or STATE:ADDRESS.
        from: String,
        /// Where it ends.
        to: String,
    },
    /// Tell one resource's life: what was changed, when, by whom and in which commit.
    ///
    /// What it was before it moved, in the same state or another, is told too. Versions come from git:PATH
    /// sources, from backups beside states, and from folders of dated copies.
    History(Lived),
    /// List for each instance of a state the version, author and commit that changed it last.
    Blame {
        /// The state's name.
        state: String,
    },
    /// Draw what depends on what, in every state.
    Graph(Draw),
    /// Tell what differs between two states, or between all states of two folders.
    ///
    /// Objects are matched by their addresses. The table format groups the differences for people; every
    /// other format gives the rows of compare_states.
    Diff(Diff),
    /// Tell what was changed outside of Terraform, by the evidence of plans.
    ///
    /// Plans are looked for among the sources, and named with --plan or --plans; --run makes new ones,
    /// which only refresh. Nothing is ever applied.
    Drift(Drift),
    /// Compare what exists, as an inventory tells, with what the states manage.
    ///
    /// The rows say of each object whether it is managed, unmanaged, or missing in the inventory; a
    /// summary by type follows on standard error. The SQL behind it is sgq queries gaps.
    Gaps(Gaps),
    #[command(name = "store")]
    Store(super::store::args::StoreArgs),
    /// List the reports, or show one: what it answers, its parameters, its SQL.
    #[command(after_help = QUERIES_HELP)]
    Queries {
        /// A report's name, or a file of SQL.
        name: Option<String>,
    },
    /// Run reports.
    Run {
        /// The names of reports; what ends in .sql or has a / is a file.
        #[arg(required = true, value_name = "NAME")]
        names: Vec<String>,
        /// A parameter of a report, as in -p port=22; may be repeated.
        #[arg(short, long = "param", value_name = "KEY=VALUE")]
        params: Vec<String>,
        /// Exit with 4 when any row came.
        #[arg(long)]
        fail_on_rows: bool,
    },
    /// Print a script that completes sgq's arguments in a shell.
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Where dependencies are followed from, and how far.
#[derive(Debug, clap::Args)]
pub(crate) struct Reach {
    /// The address of an instance, a resource (all its instances) or a module (all it holds); or
    /// STATE:ADDRESS.
    pub(super) address: String,
    /// The state that has the address, where several do.
    #[arg(long, value_name = "STATE")]
    pub(super) state: Option<String>,
    /// Start in every state that has the address.
    #[arg(long, conflicts_with = "state")]
    pub(super) all_states: bool,
    /// Go so many steps at most.
    #[arg(long, value_name = "STEPS")]
    pub(super) depth: Option<u32>,
}

/// Whose life is told.
#[derive(Debug, clap::Args)]
pub(crate) struct Lived {
    /// The address of an instance, a resource (all its instances) or a module (all it holds).
    pub(super) address: String,
    /// The state that has the address, where several do.
    #[arg(long, value_name = "STATE")]
    pub(super) state: Option<String>,
    /// Tell of every state that has the address.
    #[arg(long, conflicts_with = "state")]
    pub(super) all_states: bool,
}

/// What is compared, and what of it is left out.
#[derive(Debug, clap::Args)]
pub(crate) struct Diff {
    /// A state's name, NAME@MOMENT for a version of it (shop@v3, shop@2026-03-01, shop@4f2a91c), the
    /// path of a state file, or a folder of states as in envs/staging.
    pub(super) a: String,
    /// The other one.
    pub(super) b: String,
    /// Leave out paths that match, such as 'tags.*' or '**.last_modified'; may be repeated.
    #[arg(long, value_name = "PATTERN")]
    pub(super) ignore: Vec<String>,
    /// Leave out nothing: by default ids, arns and other names of the objects and environments
    /// themselves are.
    #[arg(long, conflicts_with = "ignore")]
    pub(super) all: bool,
    /// Exit with 4 when anything differs.
    #[arg(long)]
    pub(super) fail_on_rows: bool,
}

/// Where the evidence of drift comes from, and what is told of it.
#[derive(Debug, clap::Args)]
pub(crate) struct Drift {
    /// Where states and plans are, as with -s.
    #[arg(value_name = "SOURCE")]
    pub(super) sources: Vec<String>,
    /// Plans elsewhere: files that match, such as 'plans/**/*.tfplan'.
    #[arg(long = "plans", value_name = "GLOB")]
    pub(super) more_plans: Option<String>,
    /// Make a plan that only refreshes in each of these folders, which must be initialised.
    #[arg(long, value_name = "DIR", num_args = 1.., conflicts_with_all = ["before", "after"])]
    pub(super) run: Vec<PathBuf>,
    /// The program that makes them; else terraform, or tofu, whichever is on PATH.
    #[arg(long, value_name = "PROGRAM", requires = "run")]
    pub(super) tool: Option<String>,
    /// How many are made at a time.
    #[arg(long, value_name = "N", default_value = "4", requires = "run")]
    pub(super) jobs: NonZeroUsize,
    /// How long each may take: 90s, 10m.
    #[arg(long, value_name = "TIME", requires = "run", value_parser = duration::parse)]
    pub(super) timeout_per_dir: Option<Limit>,
    /// A snapshot of a state from before a refresh, in place of plans.
    #[arg(long, value_name = "FILE", requires = "after")]
    pub(super) before: Option<PathBuf>,
    /// The snapshot of the same state from after it.
    #[arg(long, value_name = "FILE", requires = "before")]
    pub(super) after: Option<PathBuf>,
    /// Tell of the states alone.
    #[arg(long, conflicts_with = "all")]
    pub(super) summary: bool,
    /// Tell of differences that say nothing too, with the rule by which they do not.
    #[arg(long)]
    pub(super) all: bool,
    /// Exit with 4 when anything drifted that says something.
    #[arg(long)]
    pub(super) fail_on_rows: bool,
}

/// Which inventory is compared with the states, and how it is read.
#[derive(Debug, clap::Args)]
pub(crate) struct Gaps {
    /// What exists: CSV, JSON, JSON lines or Parquet with a column of ids, as AWS Config, Cloud Asset
    /// Inventory or az resource list export it.
    #[arg(long, value_name = "FILE")]
    pub(super) inventory: PathBuf,
    /// The column of ids, arns, self links or names.
    #[arg(long, value_name = "COLUMN")]
    pub(super) id: Option<String>,
    /// The column of types.
    #[arg(long = "type", value_name = "COLUMN")]
    pub(super) type_column: Option<String>,
    /// A type of the inventory and the resource type that stands for it, as in
    /// AWS::EC2::VPC=aws_vpc; may be repeated.
    #[arg(long = "match", value_name = "TYPE=TYPE")]
    pub(super) matches: Vec<String>,
    /// Give a row for each type in place of one for each object.
    #[arg(long)]
    pub(super) summary: bool,
    /// Exit with 4 when anything is unmanaged or missing.
    #[arg(long)]
    pub(super) fail_on_rows: bool,
}

/// How a report is written.
const QUERIES_HELP: &str = "\
A report is a file of SQL. Comments at its top tell of it, each on a line that begins with its key; a
line that is indented by two blanks or more goes on with the one above:

    -- title: Open ports
    -- answers: Which instances listen on a port?
    -- param: port integer = 22 : the port
    -- param: env text : the environment; without a default it must be given
    -- action: Close the port.
    SELECT ... WHERE ... = $port

A parameter is a text, integer, number, boolean, text[] (texts with commas between them), state (the
name of a state, or none) or one of the words that are allowed, as in managed|data|all. SQL reads it
as $name. Comments without any of these keys are no header: such a file has no parameters,
and its name for a title.

Reports of your own lie in the folder that sgq.toml names: queries = \"my/queries\". A file
open-ports.sql there is the report open-ports, in place of a built-in one of that name.";

/// What is drawn, and how.
#[derive(Debug, clap::Args)]
pub(crate) struct Draw {
    /// Draw this state alone; may be repeated. --focus is looked for in them, unless it names a
    /// state itself.
    #[arg(long = "state", value_name = "STATE")]
    pub(super) states: Vec<String>,
    /// Draw only what depends on this address and what it depends on: an instance, a resource, a
    /// module, or STATE:ADDRESS.
    #[arg(long, value_name = "ADDRESS")]
    pub(super) focus: Option<String>,
    /// Go so many steps from the focus at most.
    #[arg(long, value_name = "STEPS", requires = "focus")]
    pub(super) depth: Option<u32>,
    /// What one box stands for.
    #[arg(long, value_enum, value_name = "LEVEL", default_value = "resource")]
    pub(super) by: By,
    /// The format of the picture; else the ending of --out tells it, else it is dot.
    #[arg(long = "format", value_name = "FORMAT", value_parser = picture_format())]
    pub(super) picture: Option<PictureFormat>,
}

/// What one box of a picture stands for.
#[derive(Debug, Clone, Copy, clap::ValueEnum)]
pub(crate) enum By {
    /// An instance.
    Instance,
    /// A resource, whatever the number of its instances.
    Resource,
    /// A module instance.
    Module,
    /// A state.
    State,
}

fn parse_count(text: &str) -> Result<usize, String> {
    let count = text.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| "expected a number above zero".to_owned())
}

fn picture_format() -> impl TypedValueParser<Value = PictureFormat> {
    PossibleValuesParser::new(PictureFormat::ALL.map(PictureFormat::name))
        .try_map(|name| name.parse::<PictureFormat>())
}

/// A text of SQL, in the order in which it was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Text {
    /// On the command line.
    Sql(String),
    /// In a file.
    File(PathBuf),
}

/// Parses the process's arguments; also gives the texts of SQL in the order they were typed.
pub(super) fn parse() -> Result<(Args, Vec<Text>), clap::Error> {
    let matches = Args::command().try_get_matches()?;
    let args = Args::from_arg_matches(&matches)?;
    let texts = texts(&args, &matches);
    Ok((args, texts))
}

fn texts(args: &Args, matches: &ArgMatches) -> Vec<Text> {
    let positions = |id: &str| {
        matches
            .indices_of(id)
            .map(Iterator::collect::<Vec<_>>)
            .unwrap_or_default()
    };
    let mut texts: Vec<(usize, Text)> = Vec::new();
    texts.extend(
        positions("commands")
            .into_iter()
            .zip(args.commands.iter().cloned().map(Text::Sql)),
    );
    texts.extend(
        positions("files")
            .into_iter()
            .zip(args.files.iter().cloned().map(Text::File)),
    );
    texts.extend(
        positions("sql")
            .into_iter()
            .zip(args.sql.iter().cloned().map(Text::Sql)),
    );
    texts.sort_by_key(|(position, _)| *position);
    texts.into_iter().map(|(_, text)| text).collect()
}

/// The completion script of a shell.
pub(super) fn completions(shell: clap_complete::Shell) -> Vec<u8> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Args::command(), "sgq", &mut script);
    script
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Args::command().debug_assert();
    }

    #[test]
    fn texts_keep_the_order_they_were_typed_in() {
        let matches =
            Args::command().get_matches_from(["sgq", "-c", "a", "-f", "b", "-c", "c", "d"]);
        let args = Args::from_arg_matches(&matches).unwrap();
        let sql = |text: &str| Text::Sql(text.into());
        assert_eq!(
            texts(&args, &matches),
            [sql("a"), Text::File("b".into()), sql("c"), sql("d")]
        );
    }
}
