//! DataFusion's messages in a person's words.

use std::sync::LazyLock;

use arrow::datatypes::DataType;
use regex::{Captures, Regex};

/// What DataFusion writes, and what is said instead. A group named `t` or `u` is a type, and is
/// written as SQL writes it. The first that matches counts.
const PHRASES: &[(&str, &str)] = &[
    (r"^Divide by zero", "division by zero"),
    // Arrow wraps what DataFusion says of the system's error.
    (
        r"^(?:I[oO] error: )*No space left on device",
        "no space is left on the disk; TMPDIR names another folder for temporary files",
    ),
    // What the readers of files say shows what the files hold, which may be secret.
    (
        r"^Expected JSON record to be an object, found |^expected \{ got ",
        "a JSON file has one object a line; where it is an array, add OPTIONS ('format.newline_delimited' 'false')",
    ),
    (
        r"^(?:whilst decoding field '[^']*': )+(?:expected|failed to parse) ",
        "a value in the JSON file is not of its column's type",
    ),
    (
        r"^expected \S+ got |^failed to parse ",
        "a value in the JSON file is not of its column's type",
    ),
    (
        r"^can't parse the string value ",
        "a value in the file cannot be cast to numeric",
    ),
    (
        r"(?s)^Error while parsing value '.*' as type '(?<t>[^']+)' for column \d+ at line (?<line>\d+)",
        "a value in line $line of the CSV file cannot be cast to $t",
    ),
    (
        r#"column "(?:\w+\.)*(?<name>[^".]+)" must appear in the GROUP BY clause"#,
        "column $name must be in GROUP BY or inside an aggregate function, as in max($name)",
    ),
    (
        r#"column "(?<name>[^"]+)" must appear in the GROUP BY clause"#,
        "$name must be in GROUP BY or inside an aggregate function",
    ),
    (
        r"^Cannot cast (?:string|value) '(?<value>(?s:.*))' to value of (?<t>.+) type$",
        "'$value' cannot be cast to $t; use TRY_CAST for NULL instead",
    ),
    (
        r"^Can't cast value (?<value>.+) to type (?<t>.+)$",
        "$value is out of range for $t",
    ),
    (
        r"^Error parsing (?<t>timestamp|date|time) from '(?<value>.*)': ",
        "'$value' cannot be cast to $t; use TRY_CAST for NULL instead",
    ),
    (
        r#"^Invalid input syntax for type (?<t>\w+): "(?<value>.*)"$"#,
        "'$value' cannot be cast to $t",
    ),
    (
        r"^Arithmetic overflow: ",
        "a number is out of range; cast to numeric first",
    ),
    (
        r"^Cannot coerce arithmetic expression (?:Utf8View|Utf8|LargeUtf8) \+ (?:Utf8View|Utf8|LargeUtf8) to valid types",
        "text is joined with ||, not with +",
    ),
    (
        r"^Cannot coerce arithmetic expression (?<t>.+) (?<operator>[-+*/%]) (?<u>.+) to valid types",
        "$t $operator $u is not possible; cast one of them with ::",
    ),
    (
        r"^There isn't a common type to coerce (?<t>.+) and (?<u>.+) in (?<operator>\w+) expression",
        "$operator takes text on both sides, not $t and $u",
    ),
    (
        r"^Cannot infer common argument type for \w+(?: \w+)* operation (?:(?:Utf8View|Utf8|LargeUtf8) [=<>!]+ Boolean|Boolean [=<>!]+ (?:Utf8View|Utf8|LargeUtf8))$",
        "text cannot be compared with a boolean; compare it with 'true' or 'false', or cast it with ::boolean",
    ),
    (
        r#"^Unsupported binary operator: Custom\("(?<name>.+)"\)"#,
        "there is no operator $name; put a space between signs that are not one operator",
    ),
    (
        r"^Cannot infer common argument type for \w+(?: \w+)* operation (?<t>.+) (?<operator>[=<>!~*]+|AND|OR|IS (?:NOT )?DISTINCT FROM) (?<u>.+)$",
        "$t $operator $u is not possible; cast one of them with ::",
    ),
    (
        r"^Unary operator '(?<operator>.+)' requires a boolean expression, got (?<t>.+)$",
        "$operator takes a boolean, not $t",
    ),
    (
        r"Function '(?<name>\w+)' (?:failed to match any signature, errors: .* )?requires [^,]+, but received \w+ \(DataType: (?<t>[^()]+(?:\([^()]*\))?)\)",
        "$name does not take $t; cast it first",
    ),
    (
        r"Function '(?<name>\w+)' expects (?<count>\d+) arguments? but received (?<given>\d+)",
        "$name was given $given arguments and takes $count",
    ),
    (
        r"^'(?<name>\w+)' does not support zero arguments",
        "$name takes at least one argument",
    ),
    (
        r"(?<name>\w+) must have at least one argument",
        "$name takes at least one argument",
    ),
    (
        r"Failed to coerce arguments to satisfy a call to '(?<name>\w+)' function: coercion from (?<types>.*?) to the signature",
        "$name does not take ($types)",
    ),
    (
        r"^array_element does not support type (?<t>[^.]+)",
        "[ ] takes an element of a list, not of $t; for JSON use ->",
    ),
    (
        r"^Cannot access field at argument \d+: type (?<t>.+) is not",
        "['name'] takes a member of a struct, not of $t; JSON is taken apart with -> and ->>",
    ),
    (
        r"No function matches the given name and argument types '(?<name>\w+)\((?<types>.*?)\)'",
        "$name does not take ($types)",
    ),
    (
        r"^Expected (?<clause>LIMIT|OFFSET) to be an integer or null, but got (?<t>\w+)",
        "$clause takes a whole number, not $t",
    ),
    (
        r"^(?<clause>LIMIT|OFFSET) must be >= ?0, '(?<value>.+)' was provided",
        "$clause takes a number of 0 or more, not $value",
    ),
    (
        r"^(?<name>UNION|INTERSECT|EXCEPT) queries have different number of columns",
        "the sides of $name have different numbers of columns",
    ),
    (
        r"^Too many columns! The subquery should only return one column",
        "a subquery used as a value gives more than one column",
    ),
    (
        r"^Scalar subquery returned more than one row",
        "a subquery used as a value gave more than one row; add LIMIT 1 or an aggregate",
    ),
    (
        r"^Physical plan does not support logical expression (?:\w+Subquery|Exists|OuterReferenceColumn)\(",
        "a subquery that uses a column of the outer query is not supported here; \
         join its table instead, and number its rows with row_number() to keep some of them",
    ),
    (
        r"^Inconsistent data length across values list",
        "the rows of VALUES have different numbers of values",
    ),
    (
        r"^Aggregate functions are not allowed in the WHERE clause",
        "aggregate functions are not allowed in WHERE; use HAVING",
    ),
    (
        r"^Unsupported SQL type (?<name>.+)$",
        "there is no type $name",
    ),
    (
        r"^Table '(?<name>.+)' already exists$",
        "there is a table $name already; choose another name or use CREATE OR REPLACE",
    ),
    (
        r"^(?<kind>Table|View) '(?<name>.+)' doesn't exist$",
        "there is no $kind $name",
    ),
    (
        r#"^could not find config namespace for key "(?<name>.+)"$"#,
        "there is no setting $name; SHOW ALL lists them",
    ),
    (
        r#"^(?:Config value "|')(?<name>.+)(?:" not found|' is not a variable which can be viewed)"#,
        "there is no setting $name; SHOW ALL lists them",
    ),
    (
        r"(?s)regex parse error:.*error: (?<reason>.+)$",
        "that is not a regular expression: $reason",
    ),
    (
        r"^Unsupported SQL statement: (?<name>\w+)",
        "$name is no statement that sgq runs; it answers queries and changes nothing",
    ),
    (
        r"^Unsupported logical plan: Statement\(Transaction",
        "there are no transactions; sgq answers queries and changes nothing",
    ),
    (
        r"^Unsupported logical plan: CreateIndex",
        "CREATE INDEX is no statement that sgq runs",
    ),
    (
        r"^Function factory has not been configured",
        "CREATE FUNCTION is no statement that sgq runs",
    ),
    (
        r"^There is no registered file format with ext (?<name>.*)$",
        "files ending in .$name cannot be written; add STORED AS CSV, JSON, PARQUET or ARROW",
    ),
    (
        r"^Error encountered while finalizing writes|^Generic LocalFileSystem error",
        "the file cannot be written; check its folder, permissions and the free space",
    ),
    (
        r"^Inserting into a ListingTable backed by a single file",
        "rows are inserted into external tables over a folder only; end the location with /",
    ),
    (
        r"^Format not explicitly set",
        "the file's name does not tell its format; add STORED AS CSV, JSON, PARQUET or ARROW",
    ),
    (
        r"^Unable to find factory for (?<name>.+)$",
        "there is no format $name; use CSV, JSON, PARQUET or ARROW",
    ),
    (
        r"^No suitable object store found for (?<name>\w+)://",
        "files are read and written on this machine only, not at $name://",
    ),
    (
        r"^Placeholder '(?<name>.+)' was not provided a value",
        "there is no value for $name; write it into the statement",
    ),
    (
        r"^invalid digit found in string$",
        "that is not a whole number",
    ),
    (
        r"^No files found at (?:file://)?(?<name>.+?)\. Cannot infer schema",
        "there is no file at $name",
    ),
];

/// What a message begins with and nobody needs to know.
const KINDS: &[&str] = &[
    "Error during planning: ",
    "Execution error: ",
    "Arrow error: ",
    "Schema error: ",
    "Cast error: ",
    "Parser error: ",
    "Internal error: ",
    "Compute error: ",
    "Invalid argument error: ",
    "Object Store error: ",
    "ObjectStore error: ",
    "IO error: ",
    "Csv error: ",
    "Json error: ",
    "Parquet error: ",
    "ParquetError: ",
    "This feature is not implemented: ",
    "Invalid or Unsupported Configuration: ",
    "External error: ",
    "Optimizer rule 'type_coercion' failed",
    "type_coercion",
    "caused by",
];

/// How many characters of a value a message shows.
const LONGEST_VALUE: usize = 60;

static COMPILED: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
    let compile =
        |(pattern, phrase): &(&str, &'static str)| Some((Regex::new(pattern).ok()?, *phrase));
    PHRASES.iter().filter_map(compile).collect()
});

/// The names of Arrow's types, with what stands in brackets behind them.
static TYPES: LazyLock<Option<Regex>> = LazyLock::new(|| {
    let names = r"\b(?:Large|FixedSize)?(?:Utf8View|Utf8|U?Int(?:8|16|32|64)|Float(?:16|32|64)|Boolean|Date(?:32|64)|Binary|List|(?:Timestamp|Decimal(?:32|64|128|256)|Time(?:32|64)|Interval|Duration)\([^()]*\))(?:\([^()]*\))?";
    Regex::new(names).ok()
});

/// One sentence, without a full stop.
pub(super) fn sentence(message: &str) -> String {
    let message = without_kind(message.trim());
    for (pattern, phrase) in COMPILED.iter() {
        if let Some(captures) = pattern.captures(message) {
            return filled(phrase, pattern, &captures);
        }
    }
    let first = message.lines().find(|line| !line.trim().is_empty());
    let first = first.unwrap_or(message).trim().trim_end_matches('.');
    printable(&types_in_sql(first))
}

/// A text on one line, without characters that a terminal would obey.
fn printable(text: &str) -> String {
    let escape = |c: char| match c.is_control() {
        true => c.escape_default().to_string(),
        false => c.to_string(),
    };
    text.chars().map(escape).collect()
}

/// A value as a message shows it: its beginning is enough.
fn shortened(value: &str) -> String {
    match value.char_indices().nth(LONGEST_VALUE) {
        Some((end, _)) => printable(&value[..end]) + "…",
        None => printable(value),
    }
}

fn without_kind(mut message: &str) -> &str {
    while let Some(rest) = KINDS.iter().find_map(|kind| message.strip_prefix(kind)) {
        message = rest.trim_start();
    }
    message
}

/// A phrase with its names replaced by what the pattern's groups of those names hold.
fn filled(phrase: &str, pattern: &Regex, captures: &Captures<'_>) -> String {
    let mut sentence = phrase.to_owned();
    for name in pattern.capture_names().flatten() {
        let Some(held) = captures.name(name) else {
            continue;
        };
        let held = match name {
            "t" | "u" => type_in_sql(held.as_str()),
            "types" => types_in_sql(held.as_str()),
            "kind" => held.as_str().to_lowercase(),
            "value" => shortened(held.as_str()),
            _ => printable(held.as_str()),
        };
        sentence = sentence.replace(&format!("${name}"), &held);
    }
    sentence
}

/// A text with the names of Arrow's types in it written as SQL writes them.
fn types_in_sql(text: &str) -> String {
    match TYPES.as_ref() {
        Some(types) => types
            .replace_all(text, |captures: &Captures<'_>| type_in_sql(&captures[0]))
            .into_owned(),
        None => text.to_owned(),
    }
}

fn type_in_sql(name: &str) -> String {
    let name = name.trim();
    match name.parse() {
        Ok(parsed) => sql_name(&parsed),
        Err(_) if name.starts_with("Struct(") => "a struct".to_owned(),
        Err(_) => printable(name),
    }
}

fn sql_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => "text".to_owned(),
        DataType::Int8 | DataType::Int16 => "smallint".to_owned(),
        DataType::Int32 => "integer".to_owned(),
        DataType::Int64 => "bigint".to_owned(),
        DataType::UInt8 | DataType::UInt16 | DataType::UInt32 => "integer unsigned".to_owned(),
        DataType::UInt64 => "bigint unsigned".to_owned(),
        DataType::Float16 | DataType::Float32 => "real".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Time32(_) | DataType::Time64(_) => "time".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamptz".to_owned(),
        DataType::Timestamp(_, None) => "timestamp".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "interval".to_owned(),
        DataType::Decimal32(precision, scale)
        | DataType::Decimal64(precision, scale)
        | DataType::Decimal128(precision, scale)
        | DataType::Decimal256(precision, scale) => format!("numeric({precision},{scale})"),
        DataType::List(item) | DataType::LargeList(item) | DataType::FixedSizeList(item, _) => {
            format!("{}[]", sql_name(item.data_type()))
        }
        DataType::Struct(_) => "a struct".to_owned(),
        DataType::Null => "NULL".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!(COMPILED.len(), PHRASES.len());
        assert!(TYPES.is_some());
    }

    #[test]
    fn messages_are_told_in_sql_words() {
        let told = [
            (
                "Arrow error: Cast error: Cannot cast string 'a' to value of Int64 type",
                "'a' cannot be cast to bigint; use TRY_CAST for NULL instead",
            ),
            (
                "Arrow error: Io error: IO error: No space left on device (os error 28)",
                "no space is left on the disk; TMPDIR names another folder for temporary files",
            ),
            (
                "Internal error: Function 'sum' failed to match any signature, errors: Error during planning: Function 'sum' requires Decimal, but received String (DataType: Utf8View).",
                "sum does not take text; cast it first",
            ),
            (
                "Cannot coerce arithmetic expression Utf8View + Int64 to valid types",
                "text + bigint is not possible; cast one of them with ::",
            ),
            (
                "Error during planning: 'nothing known' of Utf8 and Timestamp(ns, \"+00:00\").\nmore",
                "'nothing known' of text and timestamptz",
            ),
        ];
        for (message, expected) in told {
            assert_eq!(sentence(message), expected);
        }
    }

    #[test]
    fn a_long_value_is_cut_and_stays_on_one_line() {
        let value = format!("a\n\u{1b}[2J{}", "x".repeat(100));
        let told = sentence(&format!(
            "Cannot cast string '{value}' to value of Int64 type"
        ));
        assert!(told.starts_with("'a\\n\\u{1b}[2Jxxx"), "{told}");
        assert!(told.contains("x…' cannot be cast to bigint"), "{told}");
    }

    #[test]
    fn a_regular_expression_s_error_is_one_line() {
        let message = "regex parse error:\n    (\n    ^\nerror: unclosed group";
        assert_eq!(
            sentence(message),
            "that is not a regular expression: unclosed group"
        );
    }
}
