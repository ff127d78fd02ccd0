//! A report: a question with a name, told in the header of its file.

use std::collections::{BTreeMap, VecDeque};

use datafusion::sql::parser::Statement;

use super::bind::{self, BindError};
use super::header::{self, HeaderError};
use super::param::{self, Param, ParamKind, Value};
use crate::engine::closest;

const KEYS: [&str; 5] = ["title", "answers", "table", "param", "action"];

/// A question with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// What it is called on the command line.
    pub name: String,
    /// Its heading.
    pub title: String,
    /// The question it answers.
    pub answers: Option<String>,
    /// The tables it reads that are not of states, each with what is to be in it.
    pub tables: Vec<[String; 2]>,
    /// Its parameters.
    pub params: Vec<Param>,
    /// What to do about a row.
    pub action: Option<String>,
    /// The whole file.
    pub text: String,
}

/// A value for each parameter of a report.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Arguments(BTreeMap<String, Value>);

/// Why arguments are not those of a report, in a sentence that names its parameters.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ArgumentError(String);

impl Arguments {
    /// The value of a parameter.
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name)
    }

    /// The names of the parameters.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

impl Report {
    /// Reads the header of a file of SQL; without one, the report's title is its name.
    ///
    /// # Errors
    ///
    /// When the header is not written as it has to be.
    pub fn parse(name: &str, text: &str) -> Result<Report, HeaderError> {
        let (mut title, mut answers, mut action) = (None, None, None);
        let mut tables: Vec<[String; 2]> = Vec::new();
        let mut params: Vec<Param> = Vec::new();
        for entry in header::entries(text, &KEYS)? {
            match entry.key {
                "title" => title = entry.only(title.as_ref())?,
                "answers" => answers = entry.only(answers.as_ref())?,
                "action" => action = entry.only(action.as_ref())?,
                "table" => {
                    let Some((table, about)) = entry.text.split_once(" :") else {
                        return Err(entry.error("a table is written NAME : WHAT IS IN IT"));
                    };
                    tables.push([table.trim(), about.trim()].map(str::to_owned));
                }
                _ => {
                    let param = Param::parse(&entry.text).map_err(|error| entry.error(error))?;
                    if params.iter().any(|before| before.name == param.name) {
                        return Err(entry.error(format!("{} is declared twice", param.name)));
                    }
                    params.push(param);
                }
            }
        }
        Ok(Report {
            name: name.to_owned(),
            title: title.unwrap_or_else(|| name.to_owned()),
            answers,
            tables,
            params,
            action,
            text: text.to_owned(),
        })
    }

    /// Whether it has a parameter.
    pub fn has(&self, param: &str) -> bool {
        self.params.iter().any(|declared| declared.name == param)
    }

    /// A value for each parameter: the one given as text, else the default.
    ///
    /// # Errors
    ///
    /// When one is unknown, given twice, of another type, or missing.
    pub fn arguments<'g>(
        &self,
        given: impl IntoIterator<Item = (&'g str, &'g str)>,
    ) -> Result<Arguments, ArgumentError> {
        let mut values = BTreeMap::new();
        for (name, written) in given {
            let Some(param) = self.params.iter().find(|param| param.name == name) else {
                return Err(self.unknown(name));
            };
            let Some(value) = param.kind.read(written) else {
                return Err(ArgumentError(format!(
                    "the parameter {name} of {} is to be {}, and {} is not; {}",
                    self.name,
                    param.kind.phrase(),
                    param::told(written),
                    self.takes()
                )));
            };
            if values.insert(name.to_owned(), value).is_some() {
                return Err(ArgumentError(format!(
                    "the parameter {name} of {} is given twice",
                    self.name
                )));
            }
        }
        for param in &self.params {
            if values.contains_key(&param.name) {
                continue;
            }
            let Some(default) = &param.default else {
                return Err(ArgumentError(format!(
                    "{} needs the parameter {}; {}",
                    self.name,
                    param.name,
                    self.takes()
                )));
            };
            values.insert(param.name.clone(), default.clone());
        }
        Ok(Arguments(values))
    }

    /// Makes sure that each parameter which is to name a state names one of `states`, or none.
    ///
    /// # Errors
    ///
    /// When one names another: the rows would be none, as if all were well.
    pub fn check_states<'n>(
        &self,
        arguments: &Arguments,
        states: impl Iterator<Item = &'n str> + Clone,
    ) -> Result<(), ArgumentError> {
        let of_states = self
            .params
            .iter()
            .filter(|param| param.kind == ParamKind::State);
        for param in of_states {
            let Some(Value::Text(name)) = arguments.get(&param.name) else {
                continue;
            };
            if name.is_empty() || states.clone().any(|state| state == name) {
                continue;
            }
            let advice = match closest(name, states) {
                Some(near) => format!("did you mean {near}?"),
                None => "sgq sources lists the states".to_owned(),
            };
            return Err(ArgumentError(format!(
                "the parameter {} of {} is to be the name of a state, and there is no state {name}; {advice}",
                param.name, self.name
            )));
        }
        Ok(())
    }

    /// Makes sure that the tables which it reads besides those of states are among `there`.
    ///
    /// # Errors
    ///
    /// When one is not.
    pub fn check_tables(&self, there: &[String]) -> Result<(), ArgumentError> {
        let is_missing = |table: &&[String; 2]| !there.contains(&table[0]);
        match self.tables.iter().find(is_missing) {
            None => Ok(()),
            Some([table, about]) => Err(ArgumentError(format!(
                "{} reads a table {table}, {about}, and there is none",
                self.name
            ))),
        }
    }

    /// That it has no parameter of a name.
    pub fn unknown(&self, name: &str) -> ArgumentError {
        let names = self.params.iter().map(|param| param.name.as_str());
        let near = closest(name, names)
            .map(|near| format!("; did you mean {near}?"))
            .unwrap_or_default();
        let join = if near.is_empty() { "; " } else { " " };
        ArgumentError(format!(
            "{} has no parameter {name}{near}{join}{}",
            self.name,
            self.takes()
        ))
    }

    /// `it takes port integer = 0, env text`.
    fn takes(&self) -> String {
        if self.params.is_empty() {
            return "it takes none".to_owned();
        }
        let params: Vec<String> = self.params.iter().map(Param::to_string).collect();
        format!("it takes {}", params.join(", "))
    }

    /// Puts values where the report's statements, as parsed from its text, say `$name`.
    ///
    /// # Errors
    ///
    /// When the statements read other parameters than the header declares.
    pub fn bind(
        &self,
        statements: &mut VecDeque<Statement>,
        arguments: &Arguments,
    ) -> Result<(), BindError> {
        bind::bind(statements, arguments)
    }
}

#[cfg(test)]
mod tests {
    use datafusion::sql::parser::DFParserBuilder;
    use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

    use super::*;

    const TEXT: &str = "-- title: Open ports\n-- answers: Which?\n-- param: port integer = 0 : one\n\
                        -- param: env text : where\n-- action: Close it.\nSELECT $port, $env";

    fn statements(text: &str) -> VecDeque<Statement> {
        DFParserBuilder::new(text)
            .with_dialect(&PostgreSqlDialect {})
            .build()
            .and_then(|mut parser| parser.parse_statements())
            .unwrap()
    }

    /// What becomes of a report's SQL.
    fn bound(text: &str, given: &[(&str, &str)]) -> Result<String, String> {
        let report = Report::parse("r", text).map_err(|error| error.to_string())?;
        let arguments = report.arguments(given.iter().copied());
        let arguments = arguments.map_err(|error| error.to_string())?;
        let mut statements = statements(text);
        let result = report.bind(&mut statements, &arguments);
        result.map_err(|error| error.to_string())?;
        Ok(statements
            .iter()
            .map(Statement::to_string)
            .collect::<Vec<_>>()
            .join("; "))
    }

    #[test]
    fn a_header_tells_of_a_report() {
        let report = Report::parse("open-ports", TEXT).unwrap();
        assert_eq!(report.title, "Open ports");
        assert_eq!(report.answers.as_deref(), Some("Which?"));
        assert_eq!(report.action.as_deref(), Some("Close it."));
        assert_eq!(report.params.len(), 2);
        let bare = Report::parse("mine", "SELECT 1").unwrap();
        assert_eq!((bare.title.as_str(), bare.params.len()), ("mine", 0));
    }

    #[test]
    fn a_header_says_nothing_twice() {
        let twice = |text: &str| Report::parse("r", text).unwrap_err().to_string();
        assert_eq!(
            twice("-- title: A\n-- title: B"),
            "line 2: title is said twice"
        );
        assert_eq!(
            twice("-- param: a text : x\n-- param: a text : y"),
            "line 2: a is declared twice"
        );
    }

    #[test]
    fn values_are_put_in_as_literals() {
        assert_eq!(
            bound(TEXT, &[("env", "x'; DROP TABLE y; --")]).as_deref(),
            Ok("SELECT 0, 'x''; DROP TABLE y; --'")
        );
        let everywhere = "-- param: n integer : n\nSELECT * FROM f($n) WHERE a IN (SELECT $n) LIMIT $n; SELECT $n";
        assert_eq!(
            bound(everywhere, &[("n", "-3")]).as_deref(),
            Ok("SELECT * FROM f(-3) WHERE a IN (SELECT -3) LIMIT -3; SELECT -3")
        );
        let quoted = "-- param: n integer : n\nSELECT '$n', $n";
        assert_eq!(
            bound(quoted, &[("n", "1")]).as_deref(),
            Ok("SELECT '$n', 1")
        );
    }

    #[test]
    fn arguments_are_those_of_the_report() {
        let error = |given: &[(&str, &str)]| bound(TEXT, given).unwrap_err();
        assert_eq!(
            error(&[]),
            "r needs the parameter env; it takes port integer = 0, env text"
        );
        assert_eq!(
            error(&[("env", "a"), ("prot", "1")]),
            "r has no parameter prot; did you mean port? it takes port integer = 0, env text"
        );
        assert_eq!(
            error(&[("env", "a"), ("port", "ssh")]),
            "the parameter port of r is to be an integer, and ssh is not; it takes port integer = 0, env text"
        );
        assert_eq!(
            error(&[("env", "a"), ("port", "")]),
            "the parameter port of r is to be an integer, and an empty text is not; it takes port integer = 0, env text"
        );
        assert_eq!(
            error(&[("env", "a"), ("env", "b")]),
            "the parameter env of r is given twice"
        );
        assert_eq!(
            bound("SELECT 1", &[("x", "1")]),
            Err("r has no parameter x; it takes none".to_owned())
        );
    }

    #[test]
    fn a_state_is_one_that_there_is_or_none() {
        let report = Report::parse("r", "-- param: of state = : whose\nSELECT $of").unwrap();
        let check = |state: &str| {
            let arguments = report.arguments([("of", state)]).unwrap();
            let states = ["shop/prod/app", "shop/staging/app"].into_iter();
            let checked = report.check_states(&arguments, states);
            checked.map_err(|error| error.to_string())
        };
        assert_eq!(check("shop/prod/app"), Ok(()));
        assert_eq!(check(""), Ok(()));
        assert_eq!(
            check("shop/prod/ap"),
            Err("the parameter of of r is to be the name of a state, and there is no state shop/prod/ap; did you mean shop/prod/app?".to_owned())
        );
        assert_eq!(
            check("zebra"),
            Err("the parameter of of r is to be the name of a state, and there is no state zebra; sgq sources lists the states".to_owned())
        );
    }

    #[test]
    fn a_parameter_stands_for_a_value_and_a_list_for_an_array() {
        let list = "-- param: l text[] = a,b : l\nSELECT ";
        assert_eq!(
            bound(&format!("{list}1 IN ($l)"), &[]),
            Err("$l is a list: write = ANY($l) in place of IN ($l)".to_owned())
        );
        assert_eq!(
            bound(&format!("{list}1 NOT IN (2, $l)"), &[]),
            Err("$l is a list: write <> ALL($l) in place of NOT IN ($l)".to_owned())
        );
        assert_eq!(
            bound(&format!("{list}1 = ANY($l)"), &[]).as_deref(),
            Ok("SELECT 1 = ANY(ARRAY['a', 'b'])")
        );
        assert_eq!(
            bound("-- param: t text = a : t\nSELECT $t.name FROM states", &[]),
            Err("$t is a value and has no columns, so that $t.name means nothing; name the table itself".to_owned())
        );
    }

    #[test]
    fn what_is_declared_is_what_is_read() {
        assert_eq!(
            bound("SELECT $a", &[]),
            Err("it reads $a and does not declare it; add a line such as -- param: a text : what it is".to_owned())
        );
        assert_eq!(
            bound("-- param: a text = b : c\nSELECT 1", &[]),
            Err("it declares the parameter a and does not read $a".to_owned())
        );
    }
}
