//! The arguments of `sgq store`.

use std::path::PathBuf;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, Subcommand};

/// Keep states in PostgreSQL, as plain relations with every version.
///
/// Everything that is written says who wrote it and why: --author, --message and --tag, and what git and the
/// variables of CI systems tell by themselves.
#[derive(Debug, Args)]
pub(crate) struct StoreArgs {
    /// Where the store is, as a URL or as 'host=... dbname=...'. By default it is SGQ_STORE, else store in
    /// sgq.toml. Its schema is sgq, or what the parameter sgq_schema names.
    #[arg(long, value_name = "POSTGRES", global = true)]
    pub(crate) store: Option<String>,

    #[command(subcommand)]
    pub(crate) command: StoreCommand,
}

/// What can be done with a store.
#[derive(Debug, Subcommand)]
pub(crate) enum StoreCommand {
    /// Make the store, or bring it up to this program's version; safe to run again.
    Init,
    /// List the states.
    States {
        /// Those that were removed, too.
        #[arg(long)]
        all: bool,
    },
    /// Write a state file as the next version of a state.
    ///
    /// What the file changed since the version it was made from is written onto the newest version, unless
    /// somebody else changed the same resources or outputs meanwhile: then nothing is written, and the exit
    /// code is 4.
    Push(Push),
    /// Bring in the states of other places, each with its name there.
    ///
    /// What the store has already stays as it is, so that an import can be run again, and goes on where it
    /// was broken off. A file whose serial is lower than what the store has is left out.
    Import(Import),
    /// Write a version of a state to standard output or --out, secrets included.
    Pull {
        /// The state's name.
        state: String,
        /// This version; otherwise the newest, or the one that held at --as-of.
        #[arg(long, value_name = "N")]
        version: Option<i64>,
    },
    /// Write every state to a file of a folder, secrets included: DIR/NAME.tfstate.
    Export(Export),
    /// Check that what the store holds fits together; rows tell what does not, with exit code 1.
    ///
    /// Every hash is worked out again from the rows, and versions, rows and counts are compared.
    Verify {
        /// This state alone; otherwise all, removed ones too.
        state: Option<String>,
    },
    /// List the versions of a state, the newest first.
    Log {
        /// The state's name.
        state: String,
    },
    /// Tell of one version: who wrote it, and what it changed.
    Show {
        /// The state's name, as in shop, or with a version, as in shop@7.
        version: String,
    },
    /// Tell what differs between two versions or states, as in shop@6 shop@7.
    Diff(crate::cli::args::Diff),
    /// Give a state another name. Its versions stay.
    Rename {
        /// Its name.
        state: String,
        /// The new one.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        to: String,
        #[command(flatten)]
        why: Why,
    },
    /// Remove a state. Its versions stay, and can be asked for and brought back with revert.
    Rm {
        /// Its name.
        state: String,
        #[command(flatten)]
        why: Why,
    },
    /// Make an older version the newest again, as a new version.
    Revert {
        /// The state's name.
        state: String,
        /// The version.
        #[arg(long, value_name = "N")]
        to: i64,
        #[command(flatten)]
        why: Why,
    },
    /// Let a role read some of the states, and nothing else: in sgq, in psql and in dashboards.
    ///
    /// The role is made where there is none; ALTER ROLE gives it a password. What it may read is decided by the
    /// database, row by row.
    Grant {
        /// The role.
        #[arg(value_parser = NonEmptyStringValueParser::new())]
        role: String,
        /// The states, by a pattern of their names, as in 'shop/*'; may be repeated. What was granted before
        /// stays.
        #[arg(
            long = "states",
            value_name = "PATTERN",
            required_unless_present = "remove"
        )]
        states: Vec<String>,
        /// Withhold secrets in the database too: only what sgq shows without --show-sensitive can be read.
        #[arg(long)]
        without_secrets: bool,
        /// Take all that was granted from the role.
        #[arg(long, conflicts_with_all = ["states", "without_secrets"])]
        remove: bool,
    },
    /// Record each write of Terraform's pg backend in the same database as a version, from now on.
    ///
    /// A trigger on its table keeps what Terraform writes, in the same transaction; it never fails a write of
    /// Terraform. The state is called SCHEMA/WORKSPACE in the store.
    Capture {
        /// The schema of the backend, schema_name in its settings; may be repeated.
        #[arg(long = "schema", value_name = "SCHEMA", required = true)]
        schemas: Vec<String>,
        /// Its table, where OpenTofu was told another.
        #[arg(long, value_name = "TABLE", default_value = crate::store::capture::TABLE)]
        table: String,
        /// End it. What was recorded stays.
        #[arg(long)]
        remove: bool,
    },
}

impl StoreArgs {
    /// Whether an option that says what is read, and of which moment, has a meaning for the command.
    pub(crate) fn takes(&self, option: &str) -> bool {
        match self.command {
            StoreCommand::Import(_) => option != "--plan",
            StoreCommand::Show { .. } | StoreCommand::Diff(_) => option != "--source",
            StoreCommand::Pull { .. } | StoreCommand::Export(_) => option == "--as-of",
            _ => false,
        }
    }

    /// The sources that are named behind the command, which are meant as those of -s.
    pub(crate) fn take_sources(&mut self) -> Vec<String> {
        match &mut self.command {
            StoreCommand::Import(import) => std::mem::take(&mut import.sources),
            _ => Vec::new(),
        }
    }
}

impl StoreCommand {
    /// Whether it writes values of states, of which columns show what may be shown.
    pub(super) fn writes_values(&self) -> bool {
        matches!(
            self,
            StoreCommand::Push(_)
                | StoreCommand::Import(_)
                | StoreCommand::Revert { .. }
                | StoreCommand::Capture { .. }
        )
    }
}

/// What is imported.
#[derive(Debug, Args)]
pub(crate) struct Import {
    /// Where the states are, as after -s; without any, those of -s, SGQ_SOURCES or sgq.toml, else the
    /// current directory.
    #[arg(value_name = "SOURCE")]
    pub(crate) sources: Vec<String>,
    /// Every version that is known of each state, with its time and, of a git: source, its author, message
    /// and commit; the removal of states, too.
    #[arg(long)]
    pub(crate) history: bool,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// What is exported.
#[derive(Debug, Args)]
pub(crate) struct Export {
    /// The folder, which is made if it is not there.
    pub(crate) dir: PathBuf,
    /// Every version of each state as DIR/NAME/TIME.tfstate, removed states too, with an sgq.toml that makes
    /// them versions again.
    #[arg(long)]
    pub(crate) history: bool,
    /// Write into a folder that holds something, and over files of the same names.
    #[arg(long)]
    pub(crate) force: bool,
}

/// What is pushed.
#[derive(Debug, Args)]
pub(crate) struct Push {
    /// The state file, or - for standard input.
    pub(crate) file: PathBuf,
    /// The state's name in the store.
    #[arg(long, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) state: String,
    /// The version that the file was made from, which pull tells; not needed for a state that is new.
    #[arg(long, value_name = "N")]
    pub(crate) base: Option<i64>,
    /// The workspace it is of; else what the state's name tells, as in app/terraform.tfstate.d/WORKSPACE.
    #[arg(long, value_name = "NAME")]
    pub(crate) workspace: Option<String>,
    #[command(flatten)]
    pub(crate) why: Why,
}

/// Who writes, and why.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct Why {
    /// Who makes the change; else what the CI system tells, else the name and address in git's settings.
    #[arg(long, value_name = "NAME")]
    pub(crate) author: Option<String>,
    /// Why.
    #[arg(short, long, value_name = "TEXT")]
    pub(crate) message: Option<String>,
    /// A further word to find it by; may be repeated.
    #[arg(long = "tag", value_name = "TEXT")]
    pub(crate) tags: Vec<String>,
}
