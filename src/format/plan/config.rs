//! The variables that a configuration marks as sensitive.

use serde_json::Value;

/// The names of the variables that a file of configuration, HCL or JSON by its name, declares sensitive.
/// What cannot be told counts as sensitive.
pub(super) fn sensitive_variables(file: &str, text: &str) -> Vec<String> {
    if file.ends_with(".json") {
        return in_json(text);
    }
    let mut names = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        let Some(name) = declared(line) else {
            continue;
        };
        // The block ends at a brace as far left as the declaration; on one line within it.
        let indent = line.len() - line.trim_start().len();
        let mut block = String::from(line);
        if !line.trim_end().ends_with('}') {
            for line in lines.by_ref() {
                block.push('\n');
                block.push_str(line);
                let is_end = line.trim_start().starts_with('}')
                    && line.len() - line.trim_start().len() <= indent;
                if is_end {
                    break;
                }
            }
        }
        if is_sensitive(&block) {
            names.push(name.to_owned());
        }
    }
    names
}

/// The name in `variable "name" {`.
fn declared(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("variable")?.trim_start();
    let rest = rest.strip_prefix('"');
    match rest {
        Some(quoted) => quoted.split_once('"').map(|(name, _)| name),
        None => {
            let name = line.trim_start().strip_prefix("variable ")?.trim_start();
            name.split([' ', '{'])
                .next()
                .filter(|name| !name.is_empty())
        }
    }
}

/// Whether a block sets `sensitive` to anything but `false`.
fn is_sensitive(block: &str) -> bool {
    block.match_indices("sensitive").any(|(at, word)| {
        let is_whole = !block[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let rest = block[at + word.len()..].trim_start();
        let value = rest.strip_prefix('=').map(str::trim_start);
        is_whole && value.is_some_and(|value| !value.starts_with("false"))
    })
}

fn in_json(text: &str) -> Vec<String> {
    let Ok(Value::Object(file)) = serde_json::from_str::<Value>(text) else {
        return Vec::new();
    };
    let Some(Value::Object(variables)) = file.get("variable") else {
        return Vec::new();
    };
    let is_marked = |variable: &Value| {
        let variable = match variable {
            Value::Array(blocks) => blocks.first(),
            other => Some(other),
        };
        let sensitive = variable.and_then(|variable| variable.get("sensitive"));
        sensitive.is_some_and(|sensitive| *sensitive != Value::Bool(false))
    };
    let marked = variables.iter().filter(|(_, variable)| is_marked(variable));
    marked.map(|(name, _)| name.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn variables_that_are_marked_are_named() {
        let text = "variable \"a\" {\n  type = string\n  sensitive   = true\n}\n\
            variable \"b\" {\n  validation {\n    condition = true\n  }\n  sensitive = false\n}\n\
            variable \"c\" { sensitive = true }\nvariable \"d\" {}\n\
            resource \"x\" \"y\" {\n  sensitive = true\n}\nvariable e {\n  sensitive = local.x\n}\n\
            variable \"f\" {\n  description = \"not_sensitive = 1\"\n}\n";
        assert_eq!(sensitive_variables("x.tf", text), ["a", "c", "e"]);
    }

    #[test]
    fn variables_in_json_are_named_too() {
        let text =
            r#"{"variable": {"a": {"sensitive": true}, "b": {}, "c": [{"sensitive": true}]}}"#;
        let mut names = sensitive_variables("x.tf.json", text);
        names.sort();
        assert_eq!(names, ["a", "c"]);
        assert!(sensitive_variables("x.tf.json", "{").is_empty());
    }
}
