//! The commands that begin with a backslash.

use crate::engine::{closest, unqualified};
use crate::output::Format;

/// A meta-command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Meta {
    /// List the tables, or describe one.
    Describe(Option<String>),
    /// List what was found at the sources.
    Sources,
    /// Search the sources again.
    Refresh,
    /// List the reports, or show one.
    Queries(Option<String>),
    /// Run a report with parameters, `key=value` each.
    Run(String, Vec<String>),
    /// Turn the line format on or off.
    Line,
    /// Say the format of results, or set it.
    Format(Option<Format>),
    /// Turn timing on or off.
    Timing,
    /// Say what can be typed.
    Help,
    /// Leave.
    Quit,
}

/// What `\?` says.
pub(super) const HELP: &str = "\
\\d           the tables
\\d TABLE     the columns of a table or view
\\s           what was found at the sources, also \\sources
\\refresh     search the sources again; databases are looked at before each statement
\\queries     the reports; \\queries NAME shows one
\\run NAME    a report, with its parameters as in \\run NAME key=value
\\x           results in lines, `column = value`; again to go back
\\o FORMAT    results as table, line, csv, tsv, json, ndjson, markdown or html
\\timing      how long each statement takes; again to stop
\\?           this help
\\q           leave, also exit, quit and ctrl-D

A statement ends with a semicolon and may span lines. Ctrl-C stops a statement, or drops the lines
that are typed.";

/// Every name, for suggestions.
const NAMES: [&str; 11] = [
    "d", "s", "sources", "refresh", "queries", "run", "x", "o", "timing", "?", "q",
];

/// Reads a line that begins with a backslash.
///
/// # Errors
///
/// A sentence that says what can be typed instead.
pub(super) fn parse(line: &str) -> Result<Meta, String> {
    let line = line.trim().trim_end_matches(';').trim_end();
    let line = line.strip_prefix('\\').unwrap_or(line);
    let (name, argument) = match line.split_once(char::is_whitespace) {
        Some((name, argument)) => (name, Some(argument.trim())),
        None => (line, None),
    };
    let alone = |meta: Meta| match argument {
        None => Ok(meta),
        Some(_) => Err(format!("\\{name} stands alone")),
    };
    match name {
        "d" => Ok(Meta::Describe(argument.map(table_name))),
        "s" | "sources" => alone(Meta::Sources),
        "refresh" => alone(Meta::Refresh),
        "queries" => Ok(Meta::Queries(argument.map(str::to_owned))),
        "run" => run(argument.unwrap_or_default()),
        "x" => alone(Meta::Line),
        "o" => argument.map(format).transpose().map(Meta::Format),
        "timing" => alone(Meta::Timing),
        "?" | "h" | "help" => alone(Meta::Help),
        "q" | "quit" => alone(Meta::Quit),
        _ => Err(unknown(name)),
    }
}

/// A table's name as SQL takes it: in lower case unless it is quoted, without its schema.
fn table_name(written: &str) -> String {
    let written = unqualified(written);
    match written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(quoted) => quoted.replace("\"\"", "\""),
        None => written.to_lowercase(),
    }
}

/// A report and its parameters, separated by blanks; within single quotes a blank is one of a value,
/// and two single quotes are one.
fn run(written: &str) -> Result<Meta, String> {
    let mut words = vec![String::new()];
    let mut in_quotes = false;
    let mut chars = written.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, words.last_mut()) {
            ('\'', Some(word)) if in_quotes && chars.next_if_eq(&'\'').is_some() => word.push(c),
            ('\'', _) => in_quotes = !in_quotes,
            (c, Some(word)) if in_quotes || !c.is_whitespace() => word.push(c),
            _ => words.push(String::new()),
        }
    }
    if in_quotes {
        return Err("a quote is open; write it as in \\run NAME key=\'two words\'".to_owned());
    }
    let mut words = words.into_iter().filter(|word| !word.is_empty());
    match words.next() {
        Some(name) => Ok(Meta::Run(name, words.collect())),
        None => Err("\\run takes the name of a report; \\queries lists them".to_owned()),
    }
}

fn format(written: &str) -> Result<Format, String> {
    let format: Format = written
        .parse()
        .map_err(|error: crate::output::UnknownFormat| error.to_string())?;
    if format.is_binary() {
        return Err(format!(
            "{format} is no text; write it with sgq -o {format} --out FILE SQL"
        ));
    }
    Ok(format)
}

fn unknown(name: &str) -> String {
    match closest(name, NAMES) {
        Some(near) => format!("there is no command \\{name}; did you mean \\{near}?"),
        None => format!("there is no command \\{name}; \\? lists them"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_read_with_and_without_arguments() {
        assert_eq!(parse("\\d"), Ok(Meta::Describe(None)));
        assert_eq!(
            parse("\\d  Instances ;"),
            Ok(Meta::Describe(Some("instances".into())))
        );
        assert_eq!(
            parse("\\d \"My \"\"View\""),
            Ok(Meta::Describe(Some("My \"View".into())))
        );
        assert_eq!(
            parse("\\d public.Instances"),
            Ok(Meta::Describe(Some("instances".into())))
        );
        assert_eq!(parse("\\sources"), Ok(Meta::Sources));
        assert_eq!(parse("\\s"), Ok(Meta::Sources));
        assert_eq!(parse("\\x"), Ok(Meta::Line));
        assert_eq!(parse("\\refresh"), Ok(Meta::Refresh));
        assert_eq!(parse("\\o"), Ok(Meta::Format(None)));
        assert_eq!(parse("\\o CSV"), Ok(Meta::Format(Some(Format::Csv))));
        assert_eq!(parse("\\timing"), Ok(Meta::Timing));
        assert_eq!(parse("\\queries"), Ok(Meta::Queries(None)));
        assert_eq!(
            parse("\\queries open-ingress;"),
            Ok(Meta::Queries(Some("open-ingress".into())))
        );
        assert_eq!(parse("\\?"), Ok(Meta::Help));
        assert_eq!(parse("\\q;"), Ok(Meta::Quit));
    }

    #[test]
    fn a_report_is_run_with_parameters() {
        let run = |name: &str, params: &[&str]| {
            let params = params.iter().map(|param| (*param).to_owned()).collect();
            Ok(Meta::Run(name.to_owned(), params))
        };
        assert_eq!(parse("\\run a;"), run("a", &[]));
        assert_eq!(parse("\\run a  x=1 y='b c'"), run("a", &["x=1", "y=b c"]));
        assert_eq!(
            parse("\\run a x='it''s b' y=''"),
            run("a", &["x=it's b", "y="])
        );
        assert!(parse("\\run").is_err_and(|error| error.contains("\\queries lists them")));
        assert!(parse("\\run a x='b").is_err_and(|error| error.contains("a quote is open")));
    }

    #[test]
    fn an_unknown_command_names_the_closest() {
        for (line, near) in [
            ("\\dt", "; did you mean \\d?"),
            ("\\source", "; did you mean \\sources?"),
            ("\\tming", "; did you mean \\timing?"),
            ("\\X", "; did you mean \\x?"),
            ("\\e", "; \\? lists them"),
            ("\\", "; \\? lists them"),
            ("\\copy", "; \\? lists them"),
        ] {
            assert_eq!(
                parse(line),
                Err(format!("there is no command {line}{near}"))
            );
        }
    }

    #[test]
    fn a_format_that_is_no_text_is_refused() {
        assert_eq!(
            parse("\\o parquet"),
            Err("parquet is no text; write it with sgq -o parquet --out FILE SQL".into())
        );
        assert!(parse("\\o xml").is_err_and(|error| error.contains("use one of")));
    }

    #[test]
    fn a_command_without_arguments_takes_none() {
        assert_eq!(parse("\\x on"), Err("\\x stands alone".into()));
    }
}
