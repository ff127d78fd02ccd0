//! A report's parameter: its declaration, and the values it takes.

use std::borrow::Cow;
use std::fmt;

use datafusion::logical_expr::sqlparser::ast::{
    Array, CastKind, DataType, ExactNumberInfo, Expr, UnaryOperator, Value as SqlValue,
};

/// A parameter that a report declares.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// Its name; SQL reads it as `$name`.
    pub name: String,
    /// What values it takes.
    pub kind: ParamKind,
    /// What it is where none is given; `None` if one must be.
    pub default: Option<Value>,
    /// What it does, in a sentence.
    pub about: String,
}

/// The types of parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParamKind {
    /// Any text.
    Text,
    /// A whole number of 64 bits.
    Integer,
    /// A number.
    Number,
    /// True or false.
    Boolean,
    /// Texts with commas between them, one at least.
    TextList,
    /// The name of a state, or no text.
    State,
    /// One of these words, of which there are two at least.
    Word(Vec<String>),
}

/// The value of a parameter.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// Of [`ParamKind::Text`], [`ParamKind::State`] or [`ParamKind::Word`].
    Text(String),
    /// Of [`ParamKind::Integer`].
    Integer(i64),
    /// Of [`ParamKind::Number`].
    Number(f64),
    /// Of [`ParamKind::Boolean`].
    Boolean(bool),
    /// Of [`ParamKind::TextList`].
    TextList(Vec<String>),
}

impl ParamKind {
    /// Those that have a name of their own.
    const NAMED: [(&'static str, ParamKind); 6] = [
        ("text", ParamKind::Text),
        ("integer", ParamKind::Integer),
        ("number", ParamKind::Number),
        ("boolean", ParamKind::Boolean),
        ("text[]", ParamKind::TextList),
        ("state", ParamKind::State),
    ];

    /// Reads what a header calls it.
    fn parse(written: &str) -> Option<ParamKind> {
        let words: Vec<String> = written.split('|').map(str::to_owned).collect();
        if words.len() > 1 {
            return words
                .iter()
                .all(|word| !word.is_empty())
                .then_some(ParamKind::Word(words));
        }
        let mut named = ParamKind::NAMED.into_iter();
        named.find_map(|(name, kind)| (name == written).then_some(kind))
    }

    /// What a header calls it.
    pub fn name(&self) -> Cow<'static, str> {
        if let ParamKind::Word(words) = self {
            return Cow::Owned(words.join("|"));
        }
        let named = ParamKind::NAMED.into_iter().find(|(_, kind)| kind == self);
        Cow::Borrowed(named.map_or("", |(name, _)| name))
    }

    /// What a value of it is called in a sentence.
    pub fn phrase(&self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            ParamKind::Text => "a text",
            ParamKind::Integer => "an integer",
            ParamKind::Number => "a number",
            ParamKind::Boolean => "true or false",
            ParamKind::TextList => "one text or more, with commas between them",
            ParamKind::State => "the name of a state",
            ParamKind::Word(words) => match words.split_last() {
                Some((last, rest)) => return Cow::Owned(format!("{} or {last}", rest.join(", "))),
                None => "",
            },
        })
    }

    /// Reads a value as it is written on the command line; `None` if it is of another type. Whether
    /// there is a state of that name is not known here.
    pub fn read(&self, written: &str) -> Option<Value> {
        match self {
            ParamKind::Text | ParamKind::State => Some(Value::Text(written.to_owned())),
            ParamKind::Word(words) => {
                let word = words.iter().find(|word| *word == written.trim());
                word.cloned().map(Value::Text)
            }
            ParamKind::Integer => written.trim().parse().ok().map(Value::Integer),
            ParamKind::Number => {
                let number: f64 = written.trim().parse().ok()?;
                number.is_finite().then_some(Value::Number(number))
            }
            ParamKind::Boolean => match written.trim().to_ascii_lowercase().as_str() {
                "true" | "yes" | "on" | "1" => Some(Value::Boolean(true)),
                "false" | "no" | "off" | "0" => Some(Value::Boolean(false)),
                _ => None,
            },
            ParamKind::TextList => {
                let texts = written.split(',').map(str::trim);
                let texts: Vec<String> = texts
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
                    .collect();
                (!texts.is_empty()).then_some(Value::TextList(texts))
            }
        }
    }
}

impl Param {
    /// Reads a declaration: `NAME TYPE [= DEFAULT] : WHAT IT DOES`.
    ///
    /// # Errors
    ///
    /// A sentence that says how it is written.
    pub(super) fn parse(text: &str) -> Result<Param, String> {
        let form = "a parameter is written NAME TYPE [= DEFAULT] : WHAT IT DOES";
        let Some((declared, about)) = text.split_once(" :") else {
            return Err(form.to_owned());
        };
        let (declared, default) = match declared.split_once('=') {
            Some((declared, default)) => (declared, Some(default.trim())),
            None => (declared, None),
        };
        let (name, kind) = match declared.split_whitespace().collect::<Vec<_>>()[..] {
            [name, kind] if is_name(name) && !about.trim().is_empty() => (name, kind),
            _ => return Err(form.to_owned()),
        };
        let Some(kind) = ParamKind::parse(kind) else {
            let kinds = ParamKind::NAMED.map(|(name, _)| name).join(", ");
            return Err(format!(
                "{kind} is no type; use one of {kinds}, or the words that are allowed as in a|b"
            ));
        };
        let value = |written| {
            let wrong = || {
                format!(
                    "the default of {name} is to be {}, and {} is not",
                    kind.phrase(),
                    told(written)
                )
            };
            kind.read(written).ok_or_else(wrong)
        };
        let default = default.map(value).transpose()?;
        Ok(Param {
            name: name.to_owned(),
            kind,
            default,
            about: about.trim().to_owned(),
        })
    }
}

/// As it is declared, without what it does.
impl fmt::Display for Param {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.kind.name())?;
        match &self.default {
            Some(Value::Text(text)) if text.is_empty() => f.write_str(" = ''"),
            Some(default) => write!(f, " = {default}"),
            None => Ok(()),
        }
    }
}

/// As it is written on the command line.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Text(text) => f.write_str(text),
            Value::Integer(number) => write!(f, "{number}"),
            Value::Number(number) => write!(f, "{number}"),
            Value::Boolean(value) => write!(f, "{value}"),
            Value::TextList(texts) => f.write_str(&texts.join(",")),
        }
    }
}

impl Value {
    /// The value as a literal of SQL's syntax tree: it is never text that is parsed again.
    pub(super) fn literal(&self) -> Expr {
        let plain = |value: SqlValue| Expr::Value(value.with_empty_span());
        let text = |text: &str| plain(SqlValue::SingleQuotedString(text.to_owned()));
        match self {
            Value::Text(value) => text(value),
            Value::Integer(value) => signed(*value < 0, plain, value.unsigned_abs().to_string()),
            Value::Number(value) => Expr::Cast {
                kind: CastKind::DoubleColon,
                expr: Box::new(signed(
                    value.is_sign_negative(),
                    plain,
                    value.abs().to_string(),
                )),
                data_type: DataType::Double(ExactNumberInfo::None),
                array: false,
                format: None,
            },
            Value::Boolean(value) => plain(SqlValue::Boolean(*value)),
            Value::TextList(texts) => Expr::Array(Array {
                elem: texts.iter().map(|item| text(item)).collect(),
                named: true,
            }),
        }
    }
}

/// A value as it is told in a sentence.
pub(super) fn told(written: &str) -> &str {
    match written.trim() {
        "" => "an empty text",
        _ => written,
    }
}

fn signed(is_negative: bool, plain: impl Fn(SqlValue) -> Expr, digits: String) -> Expr {
    let number = plain(SqlValue::Number(digits, false));
    if is_negative {
        Expr::UnaryOp {
            op: UnaryOperator::Minus,
            expr: Box::new(number),
        }
    } else {
        number
    }
}

fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_lowercase())
        && name
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_declaration_reads_as_it_is_written() {
        for (text, written) in [
            (
                "port integer = 0 : only this port; 0: all",
                "port integer = 0",
            ),
            ("env text : which", "env text"),
            ("env text = : which", "env text = ''"),
            (
                "keys text[] = owner, env : which",
                "keys text[] = owner,env",
            ),
            ("least number = 2.50 : how many", "least number = 2.5"),
            ("all boolean = no : every one", "all boolean = false"),
            ("of state = : whose", "of state = ''"),
            (
                "mode managed|data|all = data : which",
                "mode managed|data|all = data",
            ),
        ] {
            let param = Param::parse(text);
            assert_eq!(param.map(|param| param.to_string()), Ok(written.to_owned()));
        }
        let about = Param::parse("a text = x : b : c").map(|param| param.about);
        assert_eq!(about, Ok("b : c".to_owned()));
    }

    #[test]
    fn a_wrong_declaration_is_told() {
        let form = "a parameter is written NAME TYPE [= DEFAULT] : WHAT IT DOES";
        for text in [
            "port",
            "port integer",
            "port : x",
            "Port text : x",
            "a text :",
            "a b text : x",
        ] {
            assert_eq!(Param::parse(text), Err(form.to_owned()), "{text}");
        }
        assert_eq!(
            Param::parse("port int : x"),
            Err(
                "int is no type; use one of text, integer, number, boolean, text[], state, or the \
                 words that are allowed as in a|b"
                    .to_owned()
            )
        );
        assert!(Param::parse("mode a||b : x").is_err_and(|error| error.contains("is no type")));
        assert_eq!(
            Param::parse("mode a|b|c = d : x"),
            Err("the default of mode is to be a, b or c, and d is not".to_owned())
        );
        assert_eq!(
            Param::parse("port integer = : x"),
            Err("the default of port is to be an integer, and an empty text is not".to_owned())
        );
        assert_eq!(
            Param::parse("port integer = ssh : x"),
            Err("the default of port is to be an integer, and ssh is not".to_owned())
        );
    }

    #[test]
    fn values_are_of_their_type() {
        assert_eq!(ParamKind::Integer.read("9223372036854775808"), None);
        assert_eq!(ParamKind::Integer.read("1.5"), None);
        assert_eq!(ParamKind::Number.read("inf"), None);
        assert_eq!(ParamKind::Boolean.read("maybe"), None);
        assert_eq!(ParamKind::TextList.read(" , "), None);
        let word = ParamKind::Word(vec!["a".to_owned(), "b".to_owned()]);
        assert_eq!(word.read("b"), Some(Value::Text("b".to_owned())));
        assert_eq!(word.read("B"), None);
        assert_eq!(word.read(""), None);
        assert_eq!(
            ParamKind::Text.read("").map(|value| value.to_string()),
            Some(String::new())
        );
    }

    #[test]
    fn literals_are_of_their_type() {
        let literal = |kind: ParamKind, written: &str| {
            let value = kind.read(written);
            value.map(|value| value.literal().to_string())
        };
        for (kind, written, sql) in [
            (ParamKind::Text, "it's $a", "'it''s $a'"),
            (ParamKind::Integer, "-5", "-5"),
            (ParamKind::Number, "-2.5", "-2.5::DOUBLE"),
            (ParamKind::Boolean, "Yes", "true"),
            (ParamKind::TextList, "a,b'", "ARRAY['a', 'b''']"),
        ] {
            assert_eq!(literal(kind, written).as_deref(), Some(sql));
        }
    }
}
