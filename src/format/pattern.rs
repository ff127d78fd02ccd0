//! Patterns of paths, as people write them to leave attributes out: `tags.*`, `**.last_modified`.

use std::str::FromStr;

use super::path::PathStep;

/// A pattern of paths. It covers the paths that match, and all that lies below them.
///
/// Written as paths are, with `*` and `?` in names, `*` or `[*]` for any one step and `**` for any
/// number of them. A key in quotes is taken as it is: `tags["a.*"]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PathPattern(Vec<Part>);

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    /// Any number of steps, also none.
    Steps,
    /// Any one step.
    Step,
    /// A key that matches a name with wildcards.
    Name(String),
    /// This key.
    Key(String),
    /// This index.
    Index(usize),
}

/// Why a text is no pattern of paths.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PatternError {
    /// There is nothing between two dots, or in all of it.
    #[error(
        "{0:?} is no pattern of paths: a part of it is empty; write one such as tags.* or **.arn"
    )]
    Empty(String),
    /// What stands in brackets is no key or index.
    #[error(
        "{0:?} is no pattern of paths: brackets hold a number, * or a key in quotes, as in tags[\"a.b\"]"
    )]
    Brackets(String),
}

impl FromStr for PathPattern {
    type Err = PatternError;

    fn from_str(text: &str) -> Result<Self, PatternError> {
        let empty = || PatternError::Empty(text.to_owned());
        let mut parts = Vec::new();
        let mut rest = text.trim();
        let mut is_first = true;
        while !rest.is_empty() || is_first {
            if let Some(inside) = rest.strip_prefix('[') {
                let (part, after) =
                    bracket(inside).ok_or_else(|| PatternError::Brackets(text.to_owned()))?;
                parts.push(part);
                rest = after;
            } else {
                let name = match rest.strip_prefix('.') {
                    Some(name) if !is_first => name,
                    _ if is_first => rest,
                    _ => return Err(PatternError::Brackets(text.to_owned())),
                };
                let end = name.find(['.', '[']).unwrap_or(name.len());
                match &name[..end] {
                    "" => return Err(empty()),
                    "**" => parts.push(Part::Steps),
                    "*" => parts.push(Part::Step),
                    word => parts.push(Part::Name(word.to_owned())),
                }
                rest = &name[end..];
            }
            is_first = false;
        }
        Ok(PathPattern(parts))
    }
}

/// The part that a bracket holds, and what follows it.
fn bracket(inside: &str) -> Option<(Part, &str)> {
    if let Some(quoted) = inside.strip_prefix('"') {
        let mut key = String::new();
        let mut characters = quoted.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => {
                    let after = quoted[at + 1..].strip_prefix(']')?;
                    return Some((Part::Key(key), after));
                }
                '\\' => key.push(characters.next()?.1),
                other => key.push(other),
            }
        }
        return None;
    }
    let (inside, after) = inside.split_once(']')?;
    let part = match inside {
        "*" => Part::Step,
        number => Part::Index(number.parse().ok()?),
    };
    Some((part, after))
}

impl PathPattern {
    /// Reads patterns with commas between them; a comma in brackets is part of a key.
    ///
    /// # Errors
    ///
    /// When one of them is none.
    pub fn list(text: &str) -> Result<Vec<PathPattern>, PatternError> {
        let mut depth = 0_usize;
        let parts = text.split(|character| {
            match character {
                '[' => depth += 1,
                ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            character == ',' && depth == 0
        });
        parts.map(str::parse).collect()
    }

    /// Whether a path matches, or lies below one that does.
    pub fn covers(&self, path: &[PathStep]) -> bool {
        let parts = &self.0;
        // The parts at which the steps so far can have arrived; the last stands for the end.
        let mut reached = vec![false; parts.len() + 1];
        reached[0] = true;
        self.pass_any(&mut reached);
        for step in path {
            if reached[parts.len()] {
                return true;
            }
            let mut next = vec![false; parts.len() + 1];
            for (position, part) in parts.iter().enumerate().filter(|(at, _)| reached[*at]) {
                match part {
                    Part::Steps => next[position] = true,
                    part if part.takes(step) => next[position + 1] = true,
                    _ => {}
                }
            }
            reached = next;
            self.pass_any(&mut reached);
        }
        reached[parts.len()]
    }

    /// A part for any number of steps may stand for none.
    fn pass_any(&self, reached: &mut [bool]) {
        for (position, part) in self.0.iter().enumerate() {
            if *part == Part::Steps && reached[position] {
                reached[position + 1] = true;
            }
        }
    }
}

impl Part {
    fn takes(&self, step: &PathStep) -> bool {
        match (self, step) {
            (Part::Step | Part::Steps, _) => true,
            (Part::Name(pattern), PathStep::Key(key)) => is_like(pattern, key),
            (Part::Key(wanted), PathStep::Key(key)) => wanted == key,
            (Part::Index(wanted), PathStep::Index(index)) => wanted == index,
            _ => false,
        }
    }
}

/// Whether a text is what `pattern` says, where `*` stands for any characters and `?` for one.
fn is_like(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut of) = (0, 0);
    // Where the last star stands, and up to where it was taken to reach.
    let mut star = None;
    while at < text.len() {
        match pattern.get(of) {
            Some('*') => {
                star = Some((of, at));
                of += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[at] => {
                at += 1;
                of += 1;
            }
            _ => match star {
                Some((of_star, reached)) => {
                    star = Some((of_star, reached + 1));
                    at = reached + 1;
                    of = of_star + 1;
                }
                None => return false,
            },
        }
    }
    pattern[of..].iter().all(|character| *character == '*')
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn path(text: &str) -> Vec<PathStep> {
        let steps = text.split('.').filter(|step| !step.is_empty());
        steps
            .map(|step| match step.parse() {
                Ok(index) => PathStep::Index(index),
                Err(_) => PathStep::Key(step.to_owned()),
            })
            .collect()
    }

    fn covers(pattern: &str, steps: &str) -> bool {
        pattern
            .parse::<PathPattern>()
            .is_ok_and(|pattern| pattern.covers(&path(steps)))
    }

    #[test]
    fn a_pattern_covers_what_matches_and_what_lies_below() {
        for (pattern, steps) in [
            ("tags", "tags"),
            ("tags", "tags.Name"),
            ("tags.*", "tags.Name"),
            ("tags.*", "tags.Name.deeper"),
            ("**.last_modified", "last_modified"),
            ("**.last_modified", "a.0.last_modified"),
            ("ingress[0].from_port", "ingress.0.from_port"),
            ("ingress[*].from_port", "ingress.3.from_port"),
            ("ingress.*.from_port", "ingress.3.from_port"),
            ("*_id", "vpc_id"),
            ("a?c", "abc"),
            (r#"tags["Name"]"#, "tags.Name"),
            ("**", "a"),
            ("a.**.d", "a.b.c.d"),
            ("a.**.d", "a.d"),
        ] {
            assert!(covers(pattern, steps), "{pattern} {steps}");
        }
        for (pattern, steps) in [
            ("tags", "tags_all"),
            ("tags.*", "tags"),
            ("ingress[0]", "ingress.1"),
            ("*_id", "a.vpc_id"),
            (r#"tags["N*"]"#, "tags.Name"),
            ("a.**.d", "a.b.c"),
            ("0", "0"),
        ] {
            assert!(!covers(pattern, steps), "{pattern} {steps}");
        }
    }

    #[test]
    fn what_is_no_pattern_says_why() {
        let error = |text: &str| {
            text.parse::<PathPattern>()
                .map_err(|error| error.to_string())
        };
        for text in ["", ".a", "a..b", "a."] {
            let told = error(text).unwrap_err();
            assert!(told.contains("a part of it is empty"), "{told}");
        }
        for text in ["a[", "a[x]", "a[\"x]", "a[0]b"] {
            let told = error(text).unwrap_err();
            assert!(told.contains("brackets hold"), "{told}");
        }
    }

    #[test]
    fn patterns_stand_with_commas_between_them() {
        let listed = PathPattern::list(r#"tags["a,b"], **.arn"#).unwrap();
        assert_eq!(listed.len(), 2);
        assert!(listed[0].covers(&[
            PathStep::Key("tags".to_owned()),
            PathStep::Key("a,b".to_owned())
        ]));
        assert!(PathPattern::list("a,").is_err());
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in ".{0,40}") {
            let _ = PathPattern::list(&text);
        }

        #[test]
        fn a_path_covers_itself(steps in prop::collection::vec("[a-z]{1,5}|[0-9]{1,3}", 1..6)) {
            let steps: Vec<PathStep> = steps
                .iter()
                .map(|step| match step.parse() {
                    Ok(index) => PathStep::Index(index),
                    Err(_) => PathStep::Key(step.clone()),
                })
                .collect();
            let written = crate::format::AttributePath(steps.clone()).to_string();
            prop_assert!(written.parse::<PathPattern>().unwrap().covers(&steps));
        }
    }
}
