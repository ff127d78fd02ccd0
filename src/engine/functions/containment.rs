//! PostgreSQL's JSON containment and existence: `@>`, `<@`, `?`, `?|`, `?&`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanBuilder};
use datafusion::arrow::datatypes::{DataType, Field};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::logical_expr::{ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::access::PathArgument;
use super::scalar::{
    TextArgument, boolean_of_text, first_is_text, fixed, is_list, is_text, type_name,
};
use super::text::{self, Kind};

/// `json_contains_json(a, b)`: whether `a @> b`.
pub fn contains() -> Arc<ScalarUDF> {
    fixed(
        "json_contains_json",
        &["jsonb_contains"],
        2,
        boolean_of_two,
        contains_rows,
    )
}

/// `json_has_key(json, key)`: whether `json ? key`.
pub fn has_key() -> Arc<ScalarUDF> {
    fixed(
        "json_has_key",
        &["jsonb_exists"],
        2,
        boolean_of_text,
        |args| {
            let json = TextArgument::new(args, 0)?;
            let keys = TextArgument::new(args, 1)?;
            let mut out = BooleanBuilder::with_capacity(args.number_rows);
            for row in 0..args.number_rows {
                let found = json.get(row).zip(keys.get(row));
                out.append_option(found.and_then(|(json, key)| exists(json, key)));
            }
            Ok(Arc::new(out.finish()))
        },
    )
}

/// `json_has_any_key(json, keys)`: whether `json ?| keys`.
pub fn has_any_key() -> Arc<ScalarUDF> {
    fixed(
        "json_has_any_key",
        &["jsonb_exists_any"],
        2,
        boolean_of_keys,
        |args| {
            keys_rows(args, |json, keys| {
                keys.iter().any(|key| exists(json, key) == Some(true))
            })
        },
    )
}

/// `json_has_all_keys(json, keys)`: whether `json ?& keys`.
pub fn has_all_keys() -> Arc<ScalarUDF> {
    fixed(
        "json_has_all_keys",
        &["jsonb_exists_all"],
        2,
        boolean_of_keys,
        |args| {
            keys_rows(args, |json, keys| {
                keys.iter().all(|key| exists(json, key) == Some(true))
            })
        },
    )
}

fn boolean_of_two(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    match args.arg_fields.get(1).map(|field| field.data_type()) {
        Some(right) if is_text(right) => boolean_of_text(name, args),
        Some(other) => plan_err!(
            "@> and <@ compare JSON with JSON such as '{{\"env\":\"prod\"}}', not with {}",
            type_name(other)
        ),
        None => plan_err!("@> and <@ take two JSON values"),
    }
}

fn boolean_of_keys(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    match args.arg_fields.get(1).map(|field| field.data_type()) {
        Some(keys) if is_list(keys) || is_text(keys) => {
            Ok(Field::new(name, DataType::Boolean, true))
        }
        Some(other) => plan_err!("?| and ?& take a list of keys, not {}", type_name(other)),
        None => plan_err!("?| and ?& take a list of keys"),
    }
}

fn keys_rows(args: &ScalarFunctionArgs, test: fn(&str, &[String]) -> bool) -> Result<ArrayRef> {
    let json = TextArgument::new(args, 0)?;
    let keys = PathArgument::new(args, 1)?;
    let mut out = BooleanBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let answer = match (json.get(row), keys.get(row)?) {
            (Some(json), Some(keys)) => {
                let keys: Vec<String> = keys.into_iter().flatten().collect();
                Kind::of(json).map(|_| test(json, &keys))
            }
            _ => None,
        };
        out.append_option(answer);
    }
    Ok(Arc::new(out.finish()))
}

/// Whether text is a key of an object, a string in an array, or the string itself.
fn exists(json: &str, key: &str) -> Option<bool> {
    let is_key = |value: &str| {
        Kind::of(value) == Some(Kind::String)
            && text::unquote(value).is_some_and(|text| text == key)
    };
    Some(match Kind::of(json)? {
        Kind::Object => text::entries(json)?.iter().any(|(name, _)| name == key),
        Kind::Array => text::elements(json)?.into_iter().any(is_key),
        Kind::String => is_key(json),
        _ => false,
    })
}

fn contains_rows(args: &ScalarFunctionArgs) -> Result<ArrayRef> {
    let outer = TextArgument::new(args, 0)?;
    let inner = TextArgument::new(args, 1)?;
    let constant = match args.args.get(1) {
        Some(ColumnarValue::Scalar(_)) => match inner.get(0) {
            Some(json) if !text::is_valid(json) => {
                return exec_err!(
                    "the right side of @> is no valid JSON; write it as '{{\"key\":\"value\"}}'"
                );
            }
            json => json.and_then(Pattern::of),
        },
        _ => None,
    };
    let mut out = BooleanBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        let answer = match (outer.get(row), &constant) {
            (None, _) => None,
            (Some(json), Some(pattern)) => pattern.is_contained_in(json),
            (Some(json), None) => inner
                .get(row)
                .and_then(Pattern::of)
                .and_then(|pattern| pattern.is_contained_in(json)),
        };
        out.append_option(answer);
    }
    Ok(Arc::new(out.finish()))
}

/// The contained side of `@>`, taken apart once so that it can be held against many values.
enum Pattern<'j> {
    Object(Vec<(std::borrow::Cow<'j, str>, Pattern<'j>)>),
    Array(Vec<Pattern<'j>>),
    Scalar(Scalar<'j>),
}

impl<'j> Pattern<'j> {
    fn of(json: &'j str) -> Option<Self> {
        Self::within(json, text::MAX_DEPTH)
    }

    fn within(json: &'j str, depth: usize) -> Option<Self> {
        let depth = depth.checked_sub(1)?;
        Some(match Kind::of(json)? {
            Kind::Object => Self::Object(
                text::entries(json)?
                    .into_iter()
                    .map(|(key, value)| Some((key, Self::within(value, depth)?)))
                    .collect::<Option<_>>()?,
            ),
            Kind::Array => Self::Array(
                text::elements(json)?
                    .into_iter()
                    .map(|element| Self::within(element, depth))
                    .collect::<Option<_>>()?,
            ),
            _ => Self::Scalar(Scalar::of(json)?),
        })
    }

    /// PostgreSQL's rule at the top: an array also contains a bare scalar that is one of its elements.
    fn is_contained_in(&self, json: &str) -> Option<bool> {
        match (self, Kind::of(json)?) {
            (Self::Scalar(scalar), Kind::Array) => Some(
                text::elements(json)?
                    .into_iter()
                    .any(|element| scalar.equals(element)),
            ),
            _ => self.matches(json),
        }
    }

    fn matches(&self, json: &str) -> Option<bool> {
        Some(match (self, Kind::of(json)?) {
            (Self::Object(wanted), Kind::Object) => {
                let members = text::entries(json)?;
                wanted.iter().all(|(key, pattern)| {
                    members
                        .iter()
                        .rev()
                        .find(|(name, _)| name == key)
                        .is_some_and(|(_, value)| pattern.matches(value) == Some(true))
                })
            }
            (Self::Array(wanted), Kind::Array) => {
                let elements = text::elements(json)?;
                wanted.iter().all(|pattern| {
                    elements
                        .iter()
                        .any(|element| pattern.matches(element) == Some(true))
                })
            }
            (Self::Scalar(scalar), _) => scalar.equals(json),
            _ => false,
        })
    }
}

/// A JSON value that is neither object nor array, in a form that can be compared.
#[derive(PartialEq)]
enum Scalar<'j> {
    Null,
    Boolean(bool),
    Number(Decimal),
    String(std::borrow::Cow<'j, str>),
}

impl<'j> Scalar<'j> {
    fn of(json: &'j str) -> Option<Self> {
        let json = json.trim_ascii();
        Some(match Kind::of(json)? {
            Kind::Null => Self::Null,
            Kind::Boolean => Self::Boolean(json == "true"),
            Kind::Number => Self::Number(Decimal::of(json)?),
            Kind::String => Self::String(text::unquote(json)?),
            Kind::Array | Kind::Object => return None,
        })
    }

    fn equals(&self, json: &str) -> bool {
        Scalar::of(json).is_some_and(|other| *self == other)
    }
}

/// A JSON number's value without rounding: digits without outer zeros, and the power of ten they
/// are multiplied by.
#[derive(Debug, PartialEq)]
struct Decimal {
    negative: bool,
    digits: String,
    exponent: i64,
}

impl Decimal {
    fn of(json: &str) -> Option<Self> {
        let (negative, rest) = match json.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, json),
        };
        let (mantissa, exponent) = match rest.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i64>().ok()?),
            None => (rest, 0),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let digits = format!("{whole}{fraction}");
        let mut exponent = exponent.checked_sub(i64::try_from(fraction.len()).ok()?)?;
        let kept = digits.trim_end_matches('0');
        exponent = exponent.checked_add(i64::try_from(digits.len() - kept.len()).ok()?)?;
        let digits = kept.trim_start_matches('0').to_owned();
        if digits.is_empty() {
            return Some(Self {
                negative: false,
                digits,
                exponent: 0,
            });
        }
        Some(Self {
            negative,
            digits,
            exponent,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn holds(outer: &str, inner: &str) -> bool {
        Pattern::of(inner).and_then(|pattern| pattern.is_contained_in(outer)) == Some(true)
    }

    #[test]
    fn an_object_contains_its_members_at_any_depth() {
        let outer = r#"{"a":{"b":1,"c":[1,2]},"d":null}"#;
        assert!(holds(outer, r#"{"a":{"c":[2]}}"#));
        assert!(holds(outer, r#"{"d":null}"#));
        assert!(!holds(outer, r#"{"b":1}"#));
    }

    #[test]
    fn arrays_are_compared_as_sets() {
        assert!(holds("[1,2,3]", "[3,1,1]"));
        assert!(!holds("[1,2]", "[1,4]"));
        assert!(holds("[]", "[]"));
    }

    #[test]
    fn an_array_contains_a_bare_scalar_at_the_top_only() {
        assert!(holds(r#"["a","b"]"#, r#""a""#));
        assert!(!holds(r#"{"x":["a"]}"#, r#"{"x":"a"}"#));
        assert!(!holds(r#""a""#, r#"["a"]"#));
    }

    #[test]
    fn numbers_are_compared_by_value() {
        assert!(holds("[1.0]", "1"));
        assert!(holds("[1e3, -0.0]", "[1000, 0]"));
        assert!(!holds("[123456789012345678901]", "123456789012345678902"));
    }

    #[test]
    fn keys_exist_in_objects_and_strings_in_arrays() {
        assert_eq!(exists(r#"{"a":1}"#, "a"), Some(true));
        assert_eq!(exists(r#"["a"]"#, "a"), Some(true));
        assert_eq!(exists(r#"{"b":{"a":1}}"#, "a"), Some(false));
        assert_eq!(exists("[1]", "1"), Some(false));
    }
}
