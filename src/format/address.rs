//! Addresses of modules, resources and instances, as Terraform writes and reads them.
//!
//! A type for each kind of address, each with a writer ([`Display`](fmt::Display)) and a parser
//! ([`FromStr`]) that are each other's inverse. Nothing else in sgq joins or splits address text.
//!
//! Source: Terraform `internal/addrs/instance_key.go`, `module_instance.go`, `resource.go`.

use std::fmt::{self, Write as _};
use std::str::FromStr;

use unicode_general_category::{GeneralCategory, get_general_category};

/// The key of one instance under `count` (a number) or `for_each` (a string).
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum InstanceKey {
    /// A `count` index, written `[0]`.
    Int(i64),
    /// A `for_each` key, written `["key"]`.
    String(String),
}

impl fmt::Display for InstanceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            InstanceKey::Int(index) => write!(f, "[{index}]"),
            InstanceKey::String(key) => {
                f.write_char('[')?;
                write_quoted(f, key)?;
                f.write_char(']')
            }
        }
    }
}

/// Whether a resource is managed by Terraform or only read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mode {
    /// A `resource` block.
    Managed,
    /// A `data` block.
    Data,
}

impl Mode {
    /// The word a state file uses: `managed` or `data`.
    pub fn as_str(self) -> &'static str {
        match self {
            Mode::Managed => "managed",
            Mode::Data => "data",
        }
    }
}

/// One step of a module path: the call's name and, under `count` or `for_each`, its key.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModuleStep {
    /// The name of the module call.
    pub name: String,
    /// The key of the module instance, if the call has any.
    pub key: Option<InstanceKey>,
}

/// The path of a module instance from the root, `module.a["x"].module.b[0]`; empty at the root.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ModulePath(pub Vec<ModuleStep>);

impl ModulePath {
    /// A path that prints as `text`: for a path in a state that does not parse, so that its rows
    /// are not lost.
    pub fn verbatim(text: &str) -> ModulePath {
        ModulePath(vec![ModuleStep {
            name: text.strip_prefix("module.").unwrap_or(text).to_owned(),
            key: None,
        }])
    }

    /// Whether this is the root module.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// How many calls below the root the module stands; 0 at the root.
    pub fn depth(&self) -> usize {
        self.0.len()
    }

    /// The path of the module instance that calls this one; `None` at the root and directly below it.
    pub fn parent(&self) -> Option<ModulePath> {
        let (_, above) = self.0.split_last()?;
        (!above.is_empty()).then(|| ModulePath(above.to_vec()))
    }

    /// Whether a module stands at or below this one, a step without a key standing for all.
    pub fn covers(&self, module: &ModulePath) -> bool {
        module.depth() >= self.depth()
            && module.0.iter().zip(&self.0).all(|(step, wanted)| {
                step.name == wanted.name && (wanted.key.is_none() || step.key == wanted.key)
            })
    }

    /// The same path without any instance key: the path in the configuration.
    pub fn config(&self) -> ModulePath {
        let strip = |step: &ModuleStep| ModuleStep {
            name: step.name.clone(),
            key: None,
        };
        ModulePath(self.0.iter().map(strip).collect())
    }
}

impl fmt::Display for ModulePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (position, step) in self.0.iter().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            write!(f, "{dot}module.{}", step.name)?;
            if let Some(key) = &step.key {
                write!(f, "{key}")?;
            }
        }
        Ok(())
    }
}

/// The address of a resource block in one module instance, `module.a["x"].data.aws_ami.this`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ResourceAddress {
    /// The module instance the resource stands in.
    pub module: ModulePath,
    /// Managed resource or data source.
    pub mode: Mode,
    /// The resource type, `aws_instance`.
    pub type_name: String,
    /// The name in the configuration.
    pub name: String,
}

impl ResourceAddress {
    /// The same address without any module key: what a state's `dependencies` record.
    pub fn config(&self) -> ResourceAddress {
        ResourceAddress {
            module: self.module.config(),
            ..self.clone()
        }
    }
}

impl fmt::Display for ResourceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.module.is_root() {
            write!(f, "{}.", self.module)?;
        }
        if self.mode == Mode::Data {
            f.write_str("data.")?;
        }
        write!(f, "{}.{}", self.type_name, self.name)
    }
}

/// The address of one resource instance, exactly as `terraform state list` prints it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct InstanceAddress {
    /// The resource.
    pub resource: ResourceAddress,
    /// The instance's key under `count` or `for_each`.
    pub key: Option<InstanceKey>,
}

impl fmt::Display for InstanceAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.resource)?;
        match &self.key {
            Some(key) => write!(f, "{key}"),
            None => Ok(()),
        }
    }
}

/// Why a text is no address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{problem} at character {position} of the address")]
pub struct AddressError {
    problem: &'static str,
    position: usize,
}

impl FromStr for ModulePath {
    type Err = AddressError;

    /// Reads `module.a["x"].module.b[0]`; the empty text is the root.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::new(text);
        if text.is_empty() {
            return Ok(ModulePath::default());
        }
        let path = parser.module_path()?;
        if path.is_root() || !parser.at_end() {
            return Err(parser.error("expected `module.NAME`"));
        }
        Ok(path)
    }
}

impl FromStr for ResourceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::new(text);
        let address = parser.resource()?;
        parser.end()?;
        Ok(address)
    }
}

impl FromStr for InstanceAddress {
    type Err = AddressError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut parser = Parser::new(text);
        let resource = parser.resource()?;
        let key = parser.key()?;
        parser.end()?;
        Ok(InstanceAddress { resource, key })
    }
}

/// A cursor over address text.
struct Parser<'a> {
    text: &'a str,
    position: usize,
}

impl<'a> Parser<'a> {
    fn new(text: &'a str) -> Self {
        Parser { text, position: 0 }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.position..]
    }

    fn at_end(&self) -> bool {
        self.position == self.text.len()
    }

    fn error(&self, problem: &'static str) -> AddressError {
        AddressError {
            problem,
            position: self.text[..self.position].chars().count() + 1,
        }
    }

    fn end(&self) -> Result<(), AddressError> {
        if self.at_end() {
            Ok(())
        } else {
            Err(self.error("unexpected text"))
        }
    }

    fn accept(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.position += token.len();
        }
        found
    }

    fn name(&mut self) -> Result<String, AddressError> {
        let rest = self.rest();
        let length = rest.find(['.', '[', ']', '"']).unwrap_or(rest.len());
        if length == 0 {
            return Err(self.error("expected a name"));
        }
        self.position += length;
        Ok(rest[..length].to_owned())
    }

    /// Zero or more `module.NAME[KEY]`, joined by dots; leaves the dot before what follows unread.
    fn module_path(&mut self) -> Result<ModulePath, AddressError> {
        let mut steps = Vec::new();
        loop {
            let start = self.position;
            if !steps.is_empty() && !self.accept(".") {
                break;
            }
            if !self.accept("module.") {
                self.position = start;
                break;
            }
            let name = self.name()?;
            let key = self.key()?;
            steps.push(ModuleStep { name, key });
        }
        Ok(ModulePath(steps))
    }

    fn resource(&mut self) -> Result<ResourceAddress, AddressError> {
        let module = self.module_path()?;
        if !module.is_root() && !self.accept(".") {
            return Err(self.error("expected `.` and a resource"));
        }
        let mode = if self.accept("data.") {
            Mode::Data
        } else {
            Mode::Managed
        };
        let type_name = self.name()?;
        if !self.accept(".") {
            return Err(self.error("expected `.` and the resource's name"));
        }
        let name = self.name()?;
        Ok(ResourceAddress {
            module,
            mode,
            type_name,
            name,
        })
    }

    fn key(&mut self) -> Result<Option<InstanceKey>, AddressError> {
        if !self.accept("[") {
            return Ok(None);
        }
        let key = if self.accept("\"") {
            InstanceKey::String(self.quoted()?)
        } else {
            let rest = self.rest();
            let length = rest.find(']').unwrap_or(rest.len());
            let index = rest[..length]
                .parse()
                .map_err(|_| self.error("expected a whole number or a quoted key"))?;
            self.position += length;
            InstanceKey::Int(index)
        };
        if !self.accept("]") {
            return Err(self.error("expected `]`"));
        }
        Ok(Some(key))
    }

    /// The rest of a quoted key, up to and with its closing quote.
    fn quoted(&mut self) -> Result<String, AddressError> {
        let mut key = String::new();
        loop {
            let rest = self.rest();
            if rest.starts_with("$${") || rest.starts_with("%%{") {
                key.push_str(&rest[1..3]);
                self.position += 3;
                continue;
            }
            let Some(next) = rest.chars().next() else {
                return Err(self.error("expected a closing quote"));
            };
            match next {
                '"' => {
                    self.position += 1;
                    return Ok(key);
                }
                '\\' => key.push(self.escape()?),
                other => {
                    key.push(other);
                    self.position += other.len_utf8();
                }
            }
        }
    }

    fn escape(&mut self) -> Result<char, AddressError> {
        let rest = self.rest();
        let (character, length) = match rest.chars().nth(1) {
            Some('n') => (Some('\n'), 2),
            Some('r') => (Some('\r'), 2),
            Some('t') => (Some('\t'), 2),
            Some('"') => (Some('"'), 2),
            Some('\\') => (Some('\\'), 2),
            Some('u') => (code_point(rest, 4), 6),
            Some('U') => (code_point(rest, 8), 10),
            _ => (None, 0),
        };
        let character = character.ok_or_else(|| self.error("unknown escape"))?;
        self.position += length;
        Ok(character)
    }
}

/// The character of `\uXXXX` or `\UXXXXXXXX` at the start of `text`.
fn code_point(text: &str, digits: usize) -> Option<char> {
    let hex = text.get(2..2 + digits)?;
    char::from_u32(u32::from_str_radix(hex, 16).ok()?)
}

/// Writes `text` as an HCL string literal, the way Terraform quotes `for_each` keys:
/// template starts doubled, what does not print as `\uXXXX`, all else as it is.
pub(super) fn write_quoted(f: &mut impl fmt::Write, text: &str) -> fmt::Result {
    f.write_char('"')?;
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\n' => f.write_str("\\n")?,
            '\r' => f.write_str("\\r")?,
            '\t' => f.write_str("\\t")?,
            '"' => f.write_str("\\\"")?,
            '\\' => f.write_str("\\\\")?,
            '$' | '%' if characters.peek() == Some(&'{') => {
                f.write_char(character)?;
                f.write_char(character)?;
            }
            printable if is_print(printable) => f.write_char(printable)?,
            other if (other as u32) < 0x1_0000 => write!(f, "\\u{:04x}", other as u32)?,
            other => write!(f, "\\U{:08x}", other as u32)?,
        }
    }
    f.write_char('"')
}

/// Go's `unicode.IsPrint`: letters, marks, numbers, punctuation, symbols and the ASCII space.
fn is_print(character: char) -> bool {
    use GeneralCategory as C;
    if character.is_ascii() {
        return (' '..='~').contains(&character);
    }
    !matches!(
        get_general_category(character),
        C::Control
            | C::Format
            | C::Surrogate
            | C::PrivateUse
            | C::Unassigned
            | C::LineSeparator
            | C::ParagraphSeparator
            | C::SpaceSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(key: &str) -> String {
        InstanceKey::String(key.to_owned()).to_string()
    }

    #[test]
    fn keys_are_quoted_as_terraform_quotes_them() {
        let cases = [
            ("a", r#"["a"]"#),
            ("", r#"[""]"#),
            ("${x}", r#"["$${x}"]"#),
            ("%{x}", r#"["%%{x}"]"#),
            ("$x", r#"["$x"]"#),
            ("[0]", r#"["[0]"]"#),
            ("b.c", r#"["b.c"]"#),
            ("q\"uote", r#"["q\"uote"]"#),
            ("back\\slash", r#"["back\\slash"]"#),
            ("line\nend\t", r#"["line\nend\t"]"#),
            ("ünï 😀 漢", r#"["ünï 😀 漢"]"#),
            ("zero\u{200b}width", r#"["zero\u200bwidth"]"#),
            ("\u{a0}", r#"["\u00a0"]"#),
            ("\u{e0001}", r#"["\U000e0001"]"#),
        ];
        for (key, expected) in cases {
            assert_eq!(written(key), expected);
        }
    }

    #[test]
    fn nested_modules_and_data_sources_parse() {
        let text = r#"module.a["y.z"].module.b[0].data.aws_ami.this["k"]"#;
        let address: InstanceAddress = text.parse().unwrap();
        assert_eq!(address.resource.module.depth(), 2);
        assert_eq!(address.resource.mode, Mode::Data);
        assert_eq!(address.to_string(), text);
        assert_eq!(
            address.resource.config().to_string(),
            "module.a.module.b.data.aws_ami.this"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "aws_vpc",
            "aws_vpc.",
            "module.a",
            "a.b[",
            "a.b[\"x]",
            "a.b[x]",
            "a.b c[0]x",
        ] {
            assert!(text.parse::<InstanceAddress>().is_err(), "{text}");
        }
    }

    fn key() -> impl Strategy<Value = Option<InstanceKey>> {
        proptest::option::of(prop_oneof![
            (0..i64::MAX).prop_map(InstanceKey::Int),
            any::<String>().prop_map(InstanceKey::String),
            r#"[$%{}"\\.\[\]a]{0,8}"#.prop_map(InstanceKey::String),
        ])
    }

    prop_compose! {
        fn step()(name in "[a-z_][a-z0-9_-]{0,6}", key in key()) -> ModuleStep {
            ModuleStep { name, key }
        }
    }

    prop_compose! {
        fn address()(
            module in proptest::collection::vec(step(), 0..4),
            data in any::<bool>(),
            type_name in "[a-z][a-z0-9_]{0,10}".prop_filter("a keyword", |t| t != "module" && t != "data"),
            name in "[a-z_][a-z0-9_-]{0,10}",
            key in key(),
        ) -> InstanceAddress {
            let mode = if data { Mode::Data } else { Mode::Managed };
            let resource = ResourceAddress { module: ModulePath(module), mode, type_name, name };
            InstanceAddress { resource, key }
        }
    }

    proptest! {
        #[test]
        fn writer_and_parser_are_inverse(address in address()) {
            let text = address.to_string();
            prop_assert_eq!(text.parse::<InstanceAddress>().unwrap(), address);
        }

        #[test]
        fn the_parser_takes_any_text(text in any::<String>()) {
            if let Ok(address) = text.parse::<InstanceAddress>() {
                prop_assert_eq!(address.to_string().parse::<InstanceAddress>().unwrap(), address);
            }
        }
    }
}
