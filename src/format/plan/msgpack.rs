//! Values of a binary plan: MessagePack as cty writes it, read without a provider's schema.
//!
//! Source: go-cty `cty/msgpack/marshal.go`. A value that is not known yet is an extension; a number that
//! no float holds is a text; a value of dynamic type is a list of its type, as JSON in bytes, and itself.

use rmpv::Value as Packed;
use rmpv::decode::read_value_with_max_depth;
use serde_json::{Map, Number, Value};

use crate::format::read::MAX_DEPTH;

/// A value as far as it is known, and what of it is not.
#[derive(Debug, PartialEq)]
pub(super) struct Decoded {
    /// Without members that are not known; null where an item or the whole is not.
    pub(super) value: Value,
    /// `true` where something is not known, in the shape of the value: `false` for what is, objects
    /// without such members, lists item by item.
    pub(super) unknown: Value,
    pub(super) is_wholly_known: bool,
}

impl Decoded {
    fn known(value: Value) -> Decoded {
        Decoded {
            value,
            unknown: Value::Bool(false),
            is_wholly_known: true,
        }
    }
}

/// Reads one value.
///
/// # Errors
///
/// When the bytes are no MessagePack, or nest too deep.
pub(super) fn decode(bytes: &[u8]) -> Result<Decoded, &'static str> {
    let mut rest = bytes;
    let packed = read_value_with_max_depth(&mut rest, MAX_DEPTH)
        .map_err(|_| "a value in it is no MessagePack")?;
    if !rest.is_empty() {
        return Err("a value in it has something after its end");
    }
    Ok(decoded(packed, None))
}

fn decoded(packed: Packed, value_type: Option<&Value>) -> Decoded {
    match packed {
        Packed::Nil => Decoded::known(Value::Null),
        Packed::Boolean(value) => Decoded::known(Value::Bool(value)),
        Packed::Integer(number) => Decoded::known(match (number.as_i64(), number.as_u64()) {
            (Some(number), _) => number.into(),
            (None, Some(number)) => number.into(),
            (None, None) => Value::Null,
        }),
        Packed::F32(number) => Decoded::known(float(number.into())),
        Packed::F64(number) => Decoded::known(float(number)),
        Packed::String(text) => {
            let text = String::from_utf8_lossy(text.as_bytes()).into_owned();
            let is_number = value_type.is_some_and(|value_type| value_type == "number");
            let number = match is_number {
                true => serde_json::from_str::<Number>(&text).ok(),
                false => None,
            };
            Decoded::known(number.map_or(Value::String(text), Value::Number))
        }
        // Only a type is written in bytes, and only before the value that has it.
        Packed::Binary(bytes) => {
            Decoded::known(Value::String(String::from_utf8_lossy(&bytes).into_owned()))
        }
        Packed::Ext(..) => Decoded {
            value: Value::Null,
            unknown: Value::Bool(true),
            is_wholly_known: false,
        },
        Packed::Array(items) => array(items, value_type),
        Packed::Map(members) => object(members, value_type),
    }
}

fn array(mut items: Vec<Packed>, value_type: Option<&Value>) -> Decoded {
    if let [Packed::Binary(json), _] = items.as_slice()
        && let Ok(own_type) = serde_json::from_slice::<Value>(json)
        && let Some(value) = items.pop()
    {
        return decoded(value, Some(&own_type));
    }
    let mut values = Vec::with_capacity(items.len());
    let mut unknown = Vec::with_capacity(items.len());
    let mut is_wholly_known = true;
    for (index, item) in items.into_iter().enumerate() {
        let item = decoded(item, item_type(value_type, index));
        is_wholly_known &= item.is_wholly_known;
        values.push(item.value);
        unknown.push(item.unknown);
    }
    Decoded {
        value: Value::Array(values),
        unknown: Value::Array(unknown),
        is_wholly_known,
    }
}

fn object(members: Vec<(Packed, Packed)>, value_type: Option<&Value>) -> Decoded {
    let mut values = Map::with_capacity(members.len());
    let mut unknown = Map::new();
    let mut is_wholly_known = true;
    for (name, member) in members {
        let name = match name {
            Packed::String(name) => String::from_utf8_lossy(name.as_bytes()).into_owned(),
            other => other.to_string(),
        };
        let member = decoded(member, member_type(value_type, &name));
        is_wholly_known &= member.is_wholly_known;
        if member.unknown != Value::Bool(false) {
            unknown.insert(name.clone(), member.unknown.clone());
        }
        if member.unknown != Value::Bool(true) {
            values.insert(name, member.value);
        }
    }
    Decoded {
        value: Value::Object(values),
        unknown: Value::Object(unknown),
        is_wholly_known,
    }
}

fn float(number: f64) -> Value {
    Number::from_f64(number).map_or(Value::Null, Value::Number)
}

/// The type of a list's item: `["list", T]`, `["set", T]`, `["tuple", [T, …]]`.
fn item_type(value_type: Option<&Value>, index: usize) -> Option<&Value> {
    let value_type = value_type?;
    match value_type.get(0)?.as_str()? {
        "tuple" => value_type.get(1)?.get(index),
        _ => value_type.get(1),
    }
}

/// The type of a member: `["map", T]`, `["object", {…}]`.
fn member_type<'t>(value_type: Option<&'t Value>, name: &str) -> Option<&'t Value> {
    let value_type = value_type?;
    match value_type.get(0)?.as_str()? {
        "object" => value_type.get(1)?.get(name),
        _ => value_type.get(1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn packed(value: &Packed) -> Vec<u8> {
        let mut bytes = Vec::new();
        rmpv::encode::write_value(&mut bytes, value).unwrap();
        bytes
    }

    fn text(text: &str) -> Packed {
        Packed::from(text)
    }

    #[test]
    fn what_is_not_known_is_told_beside_what_is() {
        let unknown = || Packed::Ext(0, vec![0]);
        let value = Packed::Map(vec![
            (text("id"), unknown()),
            (text("refined"), Packed::Ext(12, vec![0x80])),
            (text("size"), Packed::from(1)),
            (text("list"), Packed::Array(vec![text("a"), unknown()])),
        ]);
        let decoded = decode(&packed(&value)).unwrap();
        assert_eq!(decoded.value, json!({"size": 1, "list": ["a", null]}));
        assert_eq!(
            decoded.unknown,
            json!({"id": true, "refined": true, "list": [false, true]})
        );
        assert!(!decoded.is_wholly_known);
    }

    #[test]
    fn a_value_of_dynamic_type_loses_its_type_and_keeps_its_numbers() {
        let own_type = br#"["object",{"big":"number","text":"string"}]"#;
        let value = Packed::Array(vec![
            Packed::Binary(own_type.to_vec()),
            Packed::Map(vec![
                (text("big"), text("123456789012345678901234567890")),
                (text("text"), text("123456789012345678901234567890")),
            ]),
        ]);
        let decoded = decode(&packed(&value)).unwrap().value.to_string();
        assert_eq!(
            decoded,
            r#"{"big":123456789012345678901234567890,"text":"123456789012345678901234567890"}"#
        );
    }

    #[test]
    fn what_nests_too_deep_or_breaks_off_is_refused() {
        assert!(decode(&[0x91; 100_000]).is_err());
        assert!(decode(&[0x92, 0xc0]).is_err());
        assert!(decode(&[0xdd, 0xff, 0xff, 0xff, 0xff]).is_err());
        assert!(decode(&[0xc0, 0xc0]).is_err());
        assert!(decode(&[]).is_err());
    }
}
