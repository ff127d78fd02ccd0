//! What the attributes of a type's instances hold, and so which columns its table has.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::BitOrAssign;

use serde_json::{Number, Value};

use super::values::double;
use crate::engine::tables::column::{Column, Kind, Origin};
use crate::format::HIDDEN;

/// What was seen of a type's instances, attribute by attribute, as they may be shown.
#[derive(Debug, Clone, Default)]
pub struct Shape {
    attributes: BTreeMap<String, Evidence>,
    /// Whether all attributes of some instance are hidden as one.
    hides_all: bool,
}

/// Which kinds of values an attribute was seen to have.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct Evidence(u8);

impl Evidence {
    const TRUTH: u8 = 1;
    const NUMBER: u8 = 2;
    const TEXT: u8 = 4;
    const NESTED: u8 = 8;
    const HIDDEN: u8 = 16;
    /// A number that is no integer of 64 bits.
    const BEYOND_BIGINT: u8 = 32;
    /// A number that a double does not hold as it is written.
    const BEYOND_DOUBLE: u8 = 64;

    const KINDS: u8 = Self::TRUTH | Self::NUMBER | Self::TEXT | Self::NESTED | Self::HIDDEN;
    const NESTED_OR_HIDDEN: u8 = Self::NESTED | Self::HIDDEN;

    fn of(value: &Value) -> Evidence {
        Evidence(match value {
            Value::Null => 0,
            Value::Bool(_) => Self::TRUTH,
            Value::Number(number) => Self::NUMBER | Self::beyond(number),
            Value::String(text) if text == HIDDEN => Self::HIDDEN,
            Value::String(_) => Self::TEXT,
            Value::Array(_) | Value::Object(_) => Self::NESTED,
        })
    }

    fn beyond(number: &Number) -> u8 {
        let of_bigint = match number.as_i64() {
            Some(_) => 0,
            None => Self::BEYOND_BIGINT,
        };
        match double(number) {
            Some(_) => of_bigint,
            None => of_bigint | Self::BEYOND_DOUBLE,
        }
    }

    fn has(self, flag: u8) -> bool {
        self.0 & flag != 0
    }

    /// The type that holds every value as it is.
    fn kind(self) -> Kind {
        match self.0 & Self::KINDS {
            Self::TRUTH => Kind::Boolean,
            Self::NUMBER if !self.has(Self::BEYOND_BIGINT) => Kind::BigInt,
            Self::NUMBER if !self.has(Self::BEYOND_DOUBLE) => Kind::Double,
            Self::NESTED | Self::NESTED_OR_HIDDEN => Kind::Json,
            _ => Kind::Text,
        }
    }

    fn about(self) -> &'static str {
        match self.0 & Self::KINDS {
            0 => "An attribute that is null wherever it was found.",
            kinds if kinds & Self::HIDDEN != 0 => "An attribute, hidden where it is sensitive.",
            kinds if kinds.count_ones() > 1 => "An attribute of several types, as text.",
            Self::NUMBER if self.kind() == Kind::Text => {
                "An attribute of numbers that no other type holds exactly, as text."
            }
            _ => "An attribute.",
        }
    }
}

impl BitOrAssign for Evidence {
    fn bitor_assign(&mut self, other: Evidence) {
        self.0 |= other.0;
    }
}

impl Shape {
    /// Takes an instance's attributes into account, as they may be shown.
    pub fn see(&mut self, attributes: &Value) {
        match attributes {
            Value::Object(attributes) => {
                for (name, value) in attributes {
                    self.add(name, Evidence::of(value));
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

    /// The type of an attribute that has these values.
    fn kind(values: &str) -> Kind {
        let values: Vec<Value> = serde_json::from_str(values).expect("a list");
        let mut shape = Shape::default();
        for value in values {
            let mut one = Shape::default();
            one.see(&serde_json::json!({"a": value}));
            shape.merge(&one);
        }
        shape.columns().next().expect("a column").kind
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
    fn attributes_hidden_as_one_hide_each() {
        let mut shape = Shape::default();
        shape.see(&serde_json::json!({"a": 1, "b": []}));
        let hidden = Value::String(HIDDEN.to_owned());
        shape.see(&hidden);
        let kinds: Vec<Kind> = shape.columns().map(|column| column.kind).collect();
        assert_eq!(kinds, [Kind::Text, Kind::Json]);
        assert_eq!(attribute(&hidden, "a"), &hidden);
    }

    #[test]
    fn columns_come_in_the_order_of_their_names() {
        let mut shape = Shape::default();
        shape.see(&serde_json::json!({"b": 1, "B": 1, "a.b": 1, "a": 1}));
        let names: Vec<_> = shape.columns().map(|column| column.name).collect();
        assert_eq!(names, ["B", "a", "a.b", "b"]);
    }
}
