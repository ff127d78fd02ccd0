//! What is no difference between two states, unless everything is asked for.
//!
//! Two environments of one configuration differ in whatever names their objects. Left out are:
//!
//! - the attributes of [`NAMING_OBJECT`], and those in which the provider puts what names the object
//!   (`url` of a queue, `endpoint` of a database: [`crate::format::is_naming`]);
//! - texts that are the same but for ids of objects that both states have at one address: the id of
//!   the VPC of either state, an ARN in a policy;
//! - texts that are the same but for the names of the two environments, which are known where the
//!   names of the states differ in one part (`shop/staging/app`, `shop/prod/app`);
//! - tags in `tags_all` and its like that repeat a difference in the object's own.

use serde_json::Value;

use super::Lazily;
use crate::format::changes::{Difference, at};
use crate::format::identity::{is_naming, is_unique};
use crate::format::path::PathStep;
use crate::format::pattern::{PathPattern, PatternError};

/// The attributes that name the object itself, or count how often it was written.
const NAMING_OBJECT: [&str; 13] = [
    "id",
    "arn",
    "arns",
    "self_link",
    "self_link_unique",
    "urn",
    "uid",
    "unique_id",
    "owner_id",
    "etag",
    "metadata[0].uid",
    "metadata[0].resource_version",
    "metadata[0].generation",
];

/// Attributes that repeat those of an object's own tags, with the provider's default ones.
const REPEATING_TAGS: [(&str, &str); 3] = [
    ("tags_all", "tags"),
    ("terraform_labels", "labels"),
    ("effective_labels", "labels"),
];

/// What is left out when two states are compared.
#[derive(Debug, Clone, Default)]
pub struct LeftOut {
    patterns: Vec<PathPattern>,
    /// Whether what names objects and environments is left out, too.
    naming: bool,
    /// The words for the environments of the two states.
    environments: Option<(String, String)>,
}

impl LeftOut {
    /// Nothing.
    pub fn nothing() -> LeftOut {
        LeftOut::default()
    }

    /// What names objects and environments, and what `patterns` cover.
    pub fn naming_and(patterns: Vec<PathPattern>) -> LeftOut {
        let own = NAMING_OBJECT.iter().filter_map(|text| text.parse().ok());
        LeftOut {
            patterns: own.chain(patterns).collect(),
            naming: true,
            environments: None,
        }
    }

    /// What a text says: `none`, or patterns with commas between them on top of what names objects.
    ///
    /// # Errors
    ///
    /// When one of them is no pattern.
    pub fn parse(text: &str) -> Result<LeftOut, PatternError> {
        match text.trim() {
            "none" => Ok(LeftOut::nothing()),
            "" => Ok(LeftOut::naming_and(Vec::new())),
            text => PathPattern::list(text).map(LeftOut::naming_and),
        }
    }

    /// The same for two states of these names, which tell their environments.
    pub fn between(&self, a: &str, b: &str) -> LeftOut {
        LeftOut {
            environments: self.naming.then(|| environments(a, b)).flatten(),
            ..self.clone()
        }
    }

    /// The same for two recordings of one state, of which what names objects is compared like the rest.
    pub fn but_names(&self) -> LeftOut {
        LeftOut {
            naming: false,
            ..self.clone()
        }
    }

    /// Whether a difference of two objects of a type, with these attributes, is left out.
    pub(super) fn has_attribute(
        &self,
        type_name: &str,
        difference: &Difference,
        a: &Value,
        b: &Value,
        counterparts: &Lazily<'_>,
    ) -> bool {
        let path = &difference.path;
        if self.patterns.iter().any(|pattern| pattern.covers(path)) {
            return true;
        }
        if !self.naming {
            return false;
        }
        let has_address = |of: &Value| at(of, path).and_then(Value::as_str).is_some_and(is_unique);
        let names_object = match path.as_slice() {
            [PathStep::Key(attribute)] => {
                is_naming(type_name, attribute) && has_address(a) && has_address(b)
            }
            _ => false,
        };
        names_object
            || repeats_tag(path, a, b)
            || repeats_id(path, a, b)
            || self.is_same_text(path, a, b, counterparts)
    }

    /// Whether a difference of two outputs with these values is left out.
    pub(super) fn has_output(
        &self,
        difference: &Difference,
        a: &Value,
        b: &Value,
        counterparts: &Lazily<'_>,
    ) -> bool {
        let mut path = vec![PathStep::Key("value".to_owned())];
        path.extend(difference.path.iter().cloned());
        self.patterns.iter().any(|pattern| pattern.covers(&path))
            || self.naming && self.is_same_text(&difference.path, a, b, counterparts)
    }

    fn is_same_text(
        &self,
        path: &[PathStep],
        a: &Value,
        b: &Value,
        counterparts: &Lazily<'_>,
    ) -> bool {
        let (Some(Value::String(a)), Some(Value::String(b))) = (at(a, path), at(b, path)) else {
            return false;
        };
        if counterparts.are_same(a, b) {
            return true;
        }
        let Some((of_a, of_b)) = &self.environments else {
            return false;
        };
        let (a, b) = counterparts.marked(a, b);
        without_word(&a, of_a) == without_word(&b, of_b)
    }
}

/// Whether a difference of tags repeats that of the object's own.
fn repeats_tag(path: &[PathStep], a: &Value, b: &Value) -> bool {
    let [PathStep::Key(attribute), key] = path else {
        return false;
    };
    let repeated = REPEATING_TAGS.iter().find(|(name, _)| name == attribute);
    repeated.is_some_and(|(_, own)| {
        let own = [PathStep::Key((*own).to_owned()), key.clone()];
        at(a, &own) == at(a, path) && at(b, &own) == at(b, path)
    })
}

/// Whether an attribute has the object's own id on both sides: `bucket` of a bucket.
fn repeats_id(path: &[PathStep], a: &Value, b: &Value) -> bool {
    let is_id = |of: &Value| {
        let id = of.get("id").and_then(Value::as_str);
        id.is_some_and(|id| !id.is_empty()) && id == at(of, path).and_then(Value::as_str)
    };
    matches!(path, [PathStep::Key(_)]) && is_id(a) && is_id(b)
}

/// The words in which the names of two states differ, where that is one part among several.
fn environments(a: &str, b: &str) -> Option<(String, String)> {
    let (of_a, of_b): (Vec<&str>, Vec<&str>) = (a.split('/').collect(), b.split('/').collect());
    if of_a.len() != of_b.len() || of_a.len() < 2 {
        return None;
    }
    let mut different = of_a.iter().zip(&of_b).filter(|(a, b)| a != b);
    let (one, other) = different.next()?;
    let is_word = |word: &str| word.len() > 1 && word.chars().all(char::is_alphanumeric);
    let is_clear = different.next().is_none() && is_word(one) && is_word(other);
    is_clear.then(|| ((*one).to_owned(), (*other).to_owned()))
}

/// A text with a mark in place of a word, wherever that is no part of a longer one.
fn without_word(text: &str, word: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for (start, _) in text.match_indices(word) {
        let end = start + word.len();
        let is_part = |character: Option<char>| character.is_some_and(char::is_alphanumeric);
        if start >= done
            && !is_part(text[..start].chars().next_back())
            && !is_part(text[end..].chars().next())
        {
            out.push_str(&text[done..start]);
            out.push('\u{1}');
            done = end;
        }
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_states_tell_their_environments() {
        let told = |a: &str, b: &str| environments(a, b);
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(
            told("shop/staging/app", "shop/prod/app"),
            pair("staging", "prod")
        );
        assert_eq!(told("envs/dev", "envs/prod"), pair("dev", "prod"));
        assert_eq!(told("old", "new"), None);
        assert_eq!(told("a/b/c", "x/b/y"), None);
        assert_eq!(told("a/b", "a/b/c"), None);
        assert_eq!(told("a/my-dev", "a/prod"), None);
    }

    #[test]
    fn a_word_is_no_part_of_another() {
        assert_eq!(without_word("x-prod-a", "prod"), "x-\u{1}-a");
        assert_eq!(without_word("prod.prod", "prod"), "\u{1}.\u{1}");
        assert_eq!(without_word("product", "prod"), "product");
    }
}
