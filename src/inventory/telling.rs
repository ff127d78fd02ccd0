//! Telling by a file's text that it holds what states and plans hold, even where it is none that
//! could be read: damaged, wrapped into something else, or printed by another command.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::LazyLock;

use regex::bytes::Regex;

/// How much of a file is looked at in one go, and how much of it again in the next, in bytes: a key
/// and what follows it may lie across.
const PIECE: u64 = 1 << 20;
const AGAIN: usize = 512;

/// What alone tells nothing, and by which two of it together a file is told. Keys count only where
/// a colon follows, so a table that has such a heading is none; rows that sgq printed have
/// `resources` as a number and are none either.
const SIGNS: [(&str, &str); 14] = [
    ("outputs", r#""outputs"\s*:\s*\{\s*""#),
    ("resources", r#""resources"\s*:\s*(\{\s*"|\[\s*\{)"#),
    (
        "planned",
        r#""(planned_values|prior_state|root_module)"\s*:\s*\{"#,
    ),
    ("changes", r#""resource_changes"\s*:\s*\[\s*\{"#),
    ("older", r#""(modules|backend)"\s*:\s*(\{|\[\s*\{)"#),
    (
        "head",
        r#""(terraform_version|lineage|serial|format_version)"\s*:"#,
    ),
    ("instances", r#""instances"\s*:\s*\[\s*\{"#),
    (
        "of instance",
        r#""(schema_version|sensitive_attributes|sensitive_values)"\s*:"#,
    ),
    ("encrypted", r#""encrypted_data"\s*:"#),
    (
        "encryption",
        r#""(serial|lineage|encryption_version|meta)"\s*:"#,
    ),
    ("named value", r#":\s*\{\s*"(sensitive|type|value)"\s*:"#),
    ("sensitive", r#""sensitive"\s*:\s*(true|false)"#),
    ("value", r#""value"\s*:"#),
    ("archived", r"tfstate|tfplan"),
];

static COMPILED: LazyLock<Vec<(&str, Regex)>> = LazyLock::new(|| {
    let compile = |(name, pattern): &(&'static str, &str)| {
        Some((*name, Regex::new(&format!("(?-u){pattern}")).ok()?))
    };
    SIGNS.iter().filter_map(compile).collect()
});

/// Whether the text of a file has the keys of a state, a plan or `terraform output -json`. All of
/// it is read, however long it is, a piece at a time.
///
/// # Errors
///
/// When the file cannot be read.
pub(super) fn is_telling(path: &Path) -> io::Result<bool> {
    let mut file = File::open(path)?;
    let mut found = vec![false; COMPILED.len()];
    let mut is_archive = None;
    let mut piece = Vec::new();
    let mut text = Vec::new();
    loop {
        if (&mut file).take(PIECE).read_to_end(&mut piece)? == 0 {
            return Ok(false);
        }
        // Tables in columns are no text, and large.
        let has_columns = piece.starts_with(b"PAR1") || piece.starts_with(b"ARROW1");
        if is_archive.is_none() && has_columns {
            return Ok(false);
        }
        let is_archive = *is_archive.get_or_insert_with(|| piece.starts_with(b"PK"));
        unescape(&piece, &mut text);
        for ((_, sign), found) in COMPILED.iter().zip(&mut found) {
            *found = *found || sign.is_match(&text);
        }
        let has = |name: &str| {
            let signs = COMPILED.iter().zip(&found);
            signs
                .filter(|(_, found)| **found)
                .any(|((sign, _), _)| *sign == name)
        };
        if is_told(&has) || is_archive && has("archived") {
            return Ok(true);
        }
        piece.drain(..piece.len().saturating_sub(AGAIN));
    }
}

fn is_told(has: &impl Fn(&str) -> bool) -> bool {
    let parts = ["outputs", "resources", "planned", "changes"];
    let parts = parts.into_iter().filter(|part| has(part)).count();
    let has_part = parts > 0 || has("older");
    parts > 1
        || has_part && has("head")
        || (has("instances") || has("resources")) && has("of instance")
        || has("encrypted") && has("encryption")
        || has("named value") && has("sensitive") && has("value")
}

/// The text as ASCII has it: UTF-16 without its zeros, and `\u0041` as the letter it stands for.
fn unescape(bytes: &[u8], text: &mut Vec<u8>) {
    text.clear();
    text.extend(bytes.iter().filter(|byte| **byte != 0));
    if memchr::memmem::find(text, b"\\u00").is_none() {
        return;
    }
    let escaped = std::mem::take(text);
    let mut rest = escaped.as_slice();
    while let Some(start) = memchr::memmem::find(rest, b"\\u00") {
        let (before, escape) = rest.split_at(start);
        text.extend_from_slice(before);
        let code = escape
            .get(4..6)
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(letter) => {
                text.push(letter);
                rest = &escape[6..];
            }
            None => {
                text.push(b'\\');
                rest = &escape[1..];
            }
        }
    }
    text.extend_from_slice(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATE: &str = r#"{"version": 4, "terraform_version": "1.9.0", "serial": 1, "lineage": "l", "outputs": {"pw": {"value": "x", "type": "string", "sensitive": true}}, "resources": []}"#;

    fn telling(content: impl AsRef<[u8]>) -> bool {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        std::fs::write(&path, content).unwrap();
        is_telling(&path).unwrap()
    }

    #[test]
    fn every_sign_compiles() {
        assert_eq!(COMPILED.len(), SIGNS.len());
    }

    #[test]
    fn damaged_and_wrapped_states_are_told() {
        let utf16: Vec<u8> = STATE.encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert!(telling([b"\xff\xfe", utf16.as_slice()].concat()));
        for state in [
            STATE[..STATE.len() - 5].to_owned(),
            format!("\u{feff}{STATE}"),
            format!("[{STATE}]"),
            format!("{{\"state\":{STATE}}}"),
            format!("{STATE}\n{STATE}\n"),
            format!("downloading\n{STATE}"),
            STATE.replace("\"serial\": 1", "\"serial\": \"1\""),
            STATE.replace("\"version\": 4", "\"version\": 4, \"version\": 4"),
            STATE
                .replace("lineage", "lineag\\u0065")
                .replace("terraform", "\\u0074erraform"),
            format!("{{\"a\":\"{}\",{}", "y".repeat(3 << 20), &STATE[1..]),
        ] {
            assert!(telling(&state), "{}", &state[..80]);
        }
    }

    #[test]
    fn plans_and_printed_outputs_are_told() {
        for plan in [
            r#"{"applyable":true,"configuration":{},"format_version":"1.2","planned_values":{"outputs":{}}}"#,
            r#"{"pw": {"sensitive": true, "type": "string", "value": "x"}}"#,
            r#"[{"mode":"managed","instances":[{"schema_version":0,"attributes":{}}]}]"#,
            r#"{"serial":1,"lineage":"l","meta":{},"encrypted_data":"x","encryption_version":"v0"}"#,
            "PK\u{3}\u{4}tfstate\u{1}tfplan",
        ] {
            assert!(telling(plan), "{plan}");
        }
    }

    #[test]
    fn files_of_other_kinds_are_not_told() {
        for other in [
            "id,price\ni-0,10\n",
            "state,serial,lineage,terraform_version,resources,outputs\na,1,l,1.9.0,3,1\n",
            "address,attributes\na,\"{\"\"outputs\"\":{\"\"a\"\":1},\"\"serial\"\":1}\"\n",
            r#"{"Reservations":[{"Instances":[{"InstanceId":"i-0","Tags":[{"Key":"a","Value":"b"}]}]}]}"#,
            r#"{"state":"a","terraform_version":"1.9.0","serial":1,"lineage":"l","resources":3,"outputs":1}"#,
            r#"[{"state":"a","name":"pw","value":"(sensitive)","type":"string","sensitive":true}]"#,
            r#"{"type":"vpc","schema_version":1,"sensitive_attributes":["a"],"attributes":{"instances":["i"]}}"#,
            "PAR1\"outputs\":{\"serial\":",
            "",
        ] {
            assert!(!telling(other), "{other}");
        }
    }
}
