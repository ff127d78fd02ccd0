//! What the attributes of a type's instances hold, and so which columns its table has.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::BitOrAssign;

use serde_json::{Number, Value};

use super::values::double;
use crate::engine::tables::column::{Column, Kind, Origin};
use crate::format::{HIDDEN, Instance};

/// What was seen of a type's instances, attribute by attribute, as they may be shown.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    attributes: BTreeMap<String, Evidence>,
    /// Whether all attributes of some instance are hidden as one.
    hides_all: bool,
}

/// How values were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Writing {
    /// Each as what it is.
    Typed,
    /// Truth values and numbers as text, as Terraform did before 0.12.
    TextAlone,
}

impl Writing {
    /// How an instance's attributes were written; a state may hold both kinds.
    pub fn of(instance: &Instance<'_>) -> Writing {
        match instance.is_flat {
            true => Writing::TextAlone,
            false => Writing::Typed,
        }
    }
}

/// Which kinds of values an attribute was seen to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Evidence(u16);

impl Evidence {
    const TRUTH: u16 = 1;
    const NUMBER: u16 = 2;
    const TEXT: u16 = 4;
    const NESTED: u16 = 8;
    const HIDDEN: u16 = 16;
    /// Text of a format that writes everything as text: it is of the type of the others.
    const UNTYPED: u16 = 32;
    /// Untyped text that is no truth value.
    const NO_TRUTH: u16 = 64;
    /// What is no integer of 64 bits, among numbers and untyped text.
    const NO_BIGINT: u16 = 128;
    /// What no double holds as it is written, among numbers and untyped text.
    const NO_DOUBLE: u16 = 256;

    const KINDS: u16 = Self::TRUTH | Self::NUMBER | Self::TEXT | Self::NESTED | Self::HIDDEN;
    const NESTED_OR_HIDDEN: u16 = Self::NESTED | Self::HIDDEN;

    fn of(value: &Value, writing: Writing) -> Evidence {
        Evidence(match value {
            Value::Null => 0,
            Value::Bool(_) => Self::TRUTH,
            Value::Number(number) => Self::NUMBER | Self::misfits(number),
            Value::String(text) if text == HIDDEN => Self::HIDDEN,
            Value::String(text) if writing == Writing::TextAlone => {
                Self::UNTYPED
                    | match typed(text) {
                        Some(Value::Bool(_)) => Self::NO_BIGINT | Self::NO_DOUBLE,
                        Some(Value::Number(number)) => Self::NO_TRUTH | Self::misfits(&number),
                        _ => Self::NO_TRUTH | Self::NO_BIGINT | Self::NO_DOUBLE,
                    }
            }
            Value::String(_) => Self::TEXT,
            Value::Array(_) | Value::Object(_) => Self::NESTED,
        })
    }

    fn misfits(number: &Number) -> u16 {
        let as_bigint = number.as_i64().map_or(Self::NO_BIGINT, |_| 0);
        as_bigint | double(number).map_or(Self::NO_DOUBLE, |_| 0)
    }

    fn has(self, flag: u16) -> bool {
        self.0 & flag != 0
    }

    /// The type that holds every value as it is.
    fn kind(self) -> Kind {
        match self.0 & Self::KINDS {
            Self::TRUTH if !self.has(Self::NO_TRUTH) => Kind::Boolean,
            Self::NUMBER if !self.has(Self::NO_BIGINT) => Kind::BigInt,
            Self::NUMBER if !self.has(Self::NO_DOUBLE) => Kind::Double,
            Self::NESTED | Self::NESTED_OR_HIDDEN if !self.has(Self::UNTYPED) => Kind::Json,
            _ => Kind::Text,
        }
    }

    fn about(self) -> &'static str {
        let kinds = self.0 & Self::KINDS;
        let is_text_alone = kinds & !Self::TEXT == 0;
        match self.kind() {
            _ if self.0 == 0 => "An attribute that is null wherever it was found.",
            _ if self.has(Self::HIDDEN) => "An attribute, hidden where it is sensitive.",
            Kind::Text if kinds == Self::NUMBER && !self.has(Self::UNTYPED) => {
                "An attribute of numbers that no other type holds exactly, as text."
            }
            Kind::Text if !is_text_alone => "An attribute of several types, as text.",
            _ => "An attribute.",
        }
    }
}

/// What text reads as, if that is a truth value or a number.
pub(super) fn typed(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        // JSON's white space is none of a number's.
        _ if text.ends_with(|last: char| last.is_ascii_digit()) => {
            let number: Number = serde_json::from_str(text).ok()?;
            (number.to_string() == text).then_some(Value::Number(number))
        }
        _ => None,
    }
}

impl BitOrAssign for Evidence {
    fn bitor_assign(&mut self, other: Evidence) {
        self.0 |= other.0;
    }
}

impl Shape {
    /// Takes an instance's attributes into account, as they may be shown.
    pub fn see(&mut self, attributes: &Value, writing: Writing) {
        match attributes {
            Value::Object(attributes) => {
                for (name, value) in attributes {
                    self.add(name, Evidence::of(value, writing));
                }
            }
            Value::Null => {}
            _ => self.hides_all = true,
        }
    }

    /// Takes into account what another shape was made of.
    pub fn merge(&mut self, other: &Shape) {
        for (name, evidence) in &other.attributes {
            self.add(name, *evidence);
        }
        self.hides_all |= other.hides_all;
    }

    fn add(&mut self, name: &str, evidence: Evidence) {
        match self.attributes.get_mut(name) {
            Some(known) => *known |= evidence,
            None => {
                self.attributes.insert(name.to_owned(), evidence);
            }
        }
    }

    /// A column for each attribute, in the order of their names.
    pub(super) fn columns(&self) -> impl Iterator<Item = Column> {
        self.attributes.iter().map(|(name, evidence)| {
            let mut evidence = *evidence;
            if self.hides_all {
                evidence |= Evidence(Evidence::HIDDEN);
            }
            Column {
                name: Cow::Owned(name.clone()),
                kind: evidence.kind(),
                about: evidence.about(),
                origin: Origin::CostlyRows,
            }
        })
    }
}

/// An attribute of an instance; where all of them are hidden as one, that.
pub(super) fn attribute<'v>(attributes: &'v Value, name: &str) -> &'v Value {
    match attributes {
        Value::Object(attributes) => attributes.get(name).unwrap_or(&Value::Null),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an attribute is found to be that has these values, and these in old states.
    fn column(values: &str, old: &str) -> Column {
        let mut shape = Shape::default();
        for (values, writing) in [(values, Writing::Typed), (old, Writing::TextAlone)] {
            let values: Vec<Value> = serde_json::from_str(values).expect("a list");
            for value in values {
                let mut one = Shape::default();
                one.see(&serde_json::json!({"a": value}), writing);
                shape.merge(&one);
            }
        }
        shape.columns().next().expect("a column")
    }

    fn kind(values: &str) -> Kind {
        column(values, "[]").kind
    }

    #[test]
    fn a_column_has_the_type_of_its_values() {
        assert_eq!(kind("[true, false, null]"), Kind::Boolean);
        assert_eq!(kind(r#"["a", null, ""]"#), Kind::Text);
        assert_eq!(kind(r#"[{}, ["a"], null]"#), Kind::Json);
        assert_eq!(kind("[null, null]"), Kind::Text);
    }

    #[test]
    fn numbers_are_integers_where_all_fit_and_doubles_where_none_changes() {
        assert_eq!(
            kind("[1, -9223372036854775808, 9223372036854775807]"),
            Kind::BigInt
        );
        assert_eq!(kind("[1, 0.1]"), Kind::Double);
        assert_eq!(kind("[1.0]"), Kind::Double);
        assert_eq!(kind("[1e3, 2.50]"), Kind::Double);
        assert_eq!(kind("[10000000000000000000]"), Kind::Double);
        assert_eq!(kind("[18446744073709551615]"), Kind::Text);
        assert_eq!(kind("[9007199254740993]"), Kind::BigInt);
        assert_eq!(kind("[9007199254740993, 0.5]"), Kind::Text);
        assert_eq!(kind("[1e400]"), Kind::Text);
        assert_eq!(kind("[0.10000000000000000001]"), Kind::Text);
    }

    #[test]
    fn values_of_several_types_are_text() {
        assert_eq!(kind(r#"[1, "1"]"#), Kind::Text);
        assert_eq!(kind("[true, 1]"), Kind::Text);
        assert_eq!(kind(r#"[{}, "a"]"#), Kind::Text);
    }

    #[test]
    fn a_hidden_value_is_text_but_among_json() {
        assert_eq!(kind(r#"["(sensitive)", 1]"#), Kind::Text);
        assert_eq!(kind(r#"["(sensitive)", true, null]"#), Kind::Text);
        assert_eq!(kind(r#"["(sensitive)", null]"#), Kind::Text);
        assert_eq!(kind(r#"["(sensitive)", {}]"#), Kind::Json);
    }

    #[test]
    fn text_of_old_states_is_of_the_type_of_the_others_where_it_reads_as_that() {
        assert_eq!(column("[true]", r#"["false"]"#).kind, Kind::Boolean);
        assert_eq!(column("[1]", r#"["20"]"#).kind, Kind::BigInt);
        assert_eq!(column("[0.5]", r#"["20"]"#).kind, Kind::Double);
        assert_eq!(column("[1]", r#"["0.5"]"#).kind, Kind::Double);
        for (values, old) in [
            ("[]", r#"["true", "20"]"#),
            ("[true]", r#"["1"]"#),
            ("[true]", r#"[""]"#),
            ("[1]", r#"["true"]"#),
            ("[1]", r#"["020"]"#),
            ("[1]", r#"["20 "]"#),
            ("[1]", r#"["9007199254740993", "0.5"]"#),
            (r#"["a"]"#, r#"["20"]"#),
            (r#"[["a"]]"#, r#"["20"]"#),
        ] {
            assert_eq!(column(values, old).kind, Kind::Text, "{values} {old}");
        }
        assert_eq!(column("[[1]]", r#"[["1"]]"#).kind, Kind::Json);
    }

    #[test]
    fn a_description_says_why_a_column_is_text() {
        for (values, old, about) in [
            ("[1]", r#"["2"]"#, "An attribute."),
            (r#"["a"]"#, r#"["2"]"#, "An attribute."),
            ("[]", r#"["2"]"#, "An attribute."),
            (
                "[null]",
                "[]",
                "An attribute that is null wherever it was found.",
            ),
            ("[1, true]", "[]", "An attribute of several types, as text."),
            ("[1]", r#"["a"]"#, "An attribute of several types, as text."),
            (
                "[1e400]",
                "[]",
                "An attribute of numbers that no other type holds exactly, as text.",
            ),
            (
                r#"["(sensitive)", {}]"#,
                "[]",
                "An attribute, hidden where it is sensitive.",
            ),
        ] {
            assert_eq!(column(values, old).about, about, "{values} {old}");
        }
    }

    #[test]
    fn attributes_hidden_as_one_hide_each() {
        let mut shape = Shape::default();
        shape.see(&serde_json::json!({"a": 1, "b": []}), Writing::Typed);
        let hidden = Value::String(HIDDEN.to_owned());
        shape.see(&hidden, Writing::Typed);
        let kinds: Vec<Kind> = shape.columns().map(|column| column.kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Json]);
        assert_eq!(attribute(&hidden, "a"), &hidden);
    }

    #[test]
    fn columns_come_in_the_order_of_their_names() {
        let mut shape = Shape::default();
        shape.see(
            &serde_json::json!({"b": 1, "B": 1, "a.b": 1, "a": 1}),
            Writing::Typed,
        );
        let names: Vec<_> = shape.columns().map(|column| column.name).collect();
        assert_eq!(names, ["B", "a", "a.b", "b"]);
    }
}
