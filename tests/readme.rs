//! Runs every command of the README and holds what it prints against what the README says, and the
//! pictures that it draws against those that are shown.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

/// How a reader who has only built the program calls it; the test calls what cargo built for it.
const BUILT_BY_CARGO: &str = "cargo run --release --quiet --";

/// A command of the README and what stands below it.
struct Example {
    command: String,
    output: String,
}

#[test]
fn every_command_prints_what_the_readme_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let binary = Path::new(env!("CARGO_BIN_EXE_sgq"));
    let path = format!(
        "{}:{}",
        binary.parent().unwrap().display(),
        env::var("PATH").unwrap_or_default()
    );
    let readme = fs::read_to_string(root.join("README.md")).unwrap();
    let pictures = || {
        fs::read_dir(root.join("docs"))
            .unwrap()
            .map(|file| file.unwrap().path())
            .filter(|path| path.is_file())
    };
    let drawn: Vec<_> = pictures()
        .map(|path| (fs::read(&path).unwrap(), path))
        .collect();
    let examples = examples(&readme);
    assert!(examples.len() > 5, "the README has lost its examples");
    for example in examples {
        let command = example.command.replace(BUILT_BY_CARGO, "sgq");
        if command == "scripts/test" {
            // It runs this test: all that can be said here is that it is there.
            assert!(root.join(command).is_file());
            continue;
        }
        let answer = Command::new("sh")
            .args(["-c", &format!("{command} 2>&1")])
            .current_dir(root)
            .env("PATH", &path)
            .env_remove("SGQ_SOURCES")
            .env_remove("SGQ_MEMORY_LIMIT")
            .env_remove("SGQ_THREADS")
            .output()
            .unwrap();
        let printed = String::from_utf8_lossy(&answer.stdout);
        assert_eq!(
            trimmed(&printed),
            trimmed(&example.output),
            "README: {}",
            example.command
        );
    }
    for (before, path) in drawn {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        assert!(readme.contains(&*name), "the README does not show {name}");
        let is_as_before = fs::read(&path).unwrap() == before;
        assert!(is_as_before, "{name} is drawn anew: look at it");
    }
}

/// The commands of the README's `console` blocks, each with the lines up to the next one. A command
/// goes on over lines that end with `\` and while a quote is open.
fn examples(readme: &str) -> Vec<Example> {
    let mut examples: Vec<Example> = Vec::new();
    let mut in_block = false;
    let mut is_open = false;
    for line in readme.lines() {
        if line.starts_with("```") {
            in_block = line == "```console";
            is_open = false;
        } else if in_block && is_open {
            let example = examples.last_mut().unwrap();
            example.command.push('\n');
            example.command.push_str(line);
            is_open = is_unfinished(&example.command);
        } else if in_block && let Some(command) = line.strip_prefix("$ ") {
            is_open = is_unfinished(command);
            examples.push(Example {
                command: command.to_owned(),
                output: String::new(),
            });
        } else if in_block {
            let example = examples
                .last_mut()
                .expect("output before the first command");
            example.output.push_str(line);
            example.output.push('\n');
        }
    }
    examples
}

fn is_unfinished(command: &str) -> bool {
    command.ends_with('\\') || !command.matches('"').count().is_multiple_of(2)
}

fn trimmed(text: &str) -> Vec<&str> {
    text.trim_end().lines().map(str::trim_end).collect()
}
