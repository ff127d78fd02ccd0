//! Set-returning functions in FROM, planned as relations.
//!
//! `unnest(...)` and its JSON siblings become one list, unnested over a single row:
//!
//! ```text
//! SubqueryAlias: e
//!   Projection: json_value(__items) AS value
//!     Unnest: __items
//!       Projection: json_elements(<argument>) AS __items
//!         EmptyRelation: rows=1
//! ```
//!
//! Where the argument uses columns of relations to its left they are outer references, and
//! [`super::lateral`] moves the whole over those relations.

use std::sync::Arc;

use datafusion::arrow::datatypes::DataType;
use datafusion::common::{
    Column, DFSchema, NullHandling, Result, TableReference, UnnestOptions, plan_err,
};
use datafusion::functions::core::expr_fn::get_field;
use datafusion::logical_expr::planner::{
    PlannedRelation, RelationPlanner, RelationPlannerContext, RelationPlanning,
};
use datafusion::logical_expr::sqlparser::ast::{
    CastKind, Expr as SqlExpr, FunctionArg, FunctionArgExpr, Ident, TableAlias, TableFactor,
};
use datafusion::logical_expr::{
    Expr, ExprSchemable, LogicalPlan, LogicalPlanBuilder, ScalarUDF, col, ident, lit,
};

use super::operators::call;
use super::scalar::is_list;
use super::{access, casts, lists};

/// Plans the set-returning functions of PostgreSQL in FROM.
#[derive(Debug)]
pub struct SetReturning;

/// The column that is unnested.
const ITEMS: &str = "__items";

/// A set-returning function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetFunction {
    /// `unnest(list, ...)`
    Unnest,
    /// `jsonb_array_elements(json)`
    Elements,
    /// `jsonb_array_elements_text(json)`
    ElementsText,
    /// `jsonb_object_keys(json)`
    Keys,
    /// `jsonb_each(json)`
    Entries,
    /// `jsonb_each_text(json)`
    EntriesText,
    /// `jsonb_to_recordset(json) AS t(a int, b text)`
    Records,
    /// `jsonb_to_record(json) AS t(a int, b text)`
    Record,
    /// `string_to_table(text, delimiter)`
    Split,
    /// `generate_series(start, stop, step)`
    Series,
}

impl SetFunction {
    /// The set-returning function with a name, in any case.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name.to_ascii_lowercase().as_str() {
            "unnest" => Self::Unnest,
            "json_array_elements" | "jsonb_array_elements" => Self::Elements,
            "json_array_elements_text" | "jsonb_array_elements_text" => Self::ElementsText,
            "json_object_keys" | "jsonb_object_keys" => Self::Keys,
            "json_each" | "jsonb_each" => Self::Entries,
            "json_each_text" | "jsonb_each_text" => Self::EntriesText,
            "json_to_recordset" | "jsonb_to_recordset" => Self::Records,
            "json_to_record" | "jsonb_to_record" => Self::Record,
            "string_to_table" => Self::Split,
            "generate_series" => Self::Series,
            _ => return None,
        })
    }

    /// The function that gives the same as a list.
    pub fn list(self) -> Option<Arc<ScalarUDF>> {
        match self {
            Self::Elements => Some(lists::elements()),
            Self::ElementsText => Some(lists::elements_text()),
            Self::Keys => Some(lists::keys()),
            Self::Entries => Some(lists::entries()),
            Self::EntriesText => Some(lists::entries_text()),
            Self::Split => Some(datafusion::functions_nested::string::string_to_array_udf()),
            Self::Series => Some(datafusion::functions_nested::range::gen_series_udf()),
            _ => None,
        }
    }

    /// The columns that PostgreSQL names whatever the alias is; otherwise the alias names the column.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Elements | Self::ElementsText => &["value"],
            Self::Entries | Self::EntriesText => &["key", "value"],
            _ => &[],
        }
    }
}

impl RelationPlanner for SetReturning {
    fn plan_relation(
        &self,
        relation: TableFactor,
        context: &mut dyn RelationPlannerContext,
    ) -> Result<RelationPlanning> {
        let call = match &relation {
            TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality,
                ..
            } => Call {
                function: SetFunction::Unnest,
                name: "unnest".to_owned(),
                args: array_exprs.clone(),
                ordinality: *with_ordinality,
                alias: alias.clone(),
            },
            TableFactor::Function {
                name,
                args,
                alias,
                with_ordinality,
                ..
            } => {
                let name = name.to_string();
                let Some(function) = SetFunction::named(&name) else {
                    return Ok(RelationPlanning::Original(Box::new(relation)));
                };
                Call {
                    function,
                    args: positional(&name, args)?,
                    name: name.to_ascii_lowercase(),
                    ordinality: *with_ordinality,
                    alias: alias.clone(),
                }
            }
            _ => return Ok(RelationPlanning::Original(Box::new(relation))),
        };
        let plan = call.plan(context)?;
        Ok(RelationPlanning::Planned(Box::new(PlannedRelation::new(
            plan, None,
        ))))
    }
}

/// A set-returning function as it is written in FROM.
struct Call {
    function: SetFunction,
    name: String,
    args: Vec<SqlExpr>,
    ordinality: bool,
    alias: Option<TableAlias>,
}

fn positional(name: &str, args: &[FunctionArg]) -> Result<Vec<SqlExpr>> {
    args.iter()
        .map(|arg| match arg {
            FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Ok(expr.clone()),
            other => plan_err!("{name} takes its arguments by position, not as {other}"),
        })
        .collect()
}

impl Call {
    fn plan(self, context: &mut dyn RelationPlannerContext) -> Result<LogicalPlan> {
        let empty = DFSchema::empty();
        let args = self
            .args
            .iter()
            .map(|arg| context.sql_to_expr(arg.clone(), &empty))
            .collect::<Result<Vec<_>>>()?;
        let table = match &self.alias {
            Some(alias) => context.normalize_ident(alias.name.clone()),
            None => self.name.clone(),
        };
        let (plan, columns) = match self.function {
            SetFunction::Record => self.record(context, args)?,
            SetFunction::Series if !args.iter().any(Expr::contains_outer) => {
                self.series(context, args)?
            }
            _ => self.unnested(context, args, &table)?,
        };
        let columns = self.renamed(context, columns)?;
        LogicalPlanBuilder::from(plan)
            .project(columns)?
            .alias(TableReference::bare(table))?
            .build()
    }

    /// The unnested list and the columns to be taken from each of its items.
    fn unnested(
        &self,
        context: &mut dyn RelationPlannerContext,
        args: Vec<Expr>,
        table: &str,
    ) -> Result<(LogicalPlan, Vec<(Expr, String)>)> {
        let lists = self.lists(args)?;
        let zipped = lists.len() > 1 || self.ordinality;
        let list = match <[Expr; 1]>::try_from(lists.clone()) {
            Ok([list]) if !zipped => list,
            _ => call(lists::zip(), lists.clone()),
        };
        let plan = LogicalPlanBuilder::empty(true)
            .project([list.alias(ITEMS)])?
            .unnest_columns_with_options(
                vec![Column::from_name(ITEMS)],
                UnnestOptions::new().with_null_handling(NullHandling::Drop),
            )?
            .build()?;
        let mut columns = Vec::new();
        for index in 0..lists.len() {
            let item = if zipped {
                get_field(ident(ITEMS), format!("c{index}"))
            } else {
                ident(ITEMS)
            };
            self.item_columns(context, &plan, item, table, &mut columns)?;
        }
        if self.ordinality {
            columns.push((
                get_field(ident(ITEMS), "ordinality"),
                "ordinality".to_owned(),
            ));
        }
        Ok((plan, columns))
    }

    fn lists(&self, args: Vec<Expr>) -> Result<Vec<Expr>> {
        let empty = DFSchema::empty();
        if self.function == SetFunction::Unnest {
            if args.is_empty() {
                return plan_err!("unnest takes at least one list");
            }
            for arg in &args {
                let data_type = arg.get_type(&empty)?;
                if !is_list(&data_type) {
                    return plan_err!(
                        "unnest takes lists, not {}; for JSON use jsonb_array_elements",
                        super::scalar::type_name(&data_type)
                    );
                }
            }
            return Ok(args);
        }
        if let (SetFunction::Split | SetFunction::Series, Some(list)) =
            (self.function, self.function.list())
        {
            return Ok(vec![call(list, args)]);
        }
        let [argument] = <[Expr; 1]>::try_from(args)
            .or_else(|_| plan_err!("{} takes one argument", self.name))?;
        let list = match self.function {
            SetFunction::Records => lists::elements(),
            function => match function.list() {
                Some(list) => list,
                None => return plan_err!("{} cannot be used in FROM", self.name),
            },
        };
        let data_type = argument.get_type(&empty)?;
        if !super::scalar::is_text(&data_type) {
            return plan_err!(
                "{} takes JSON, not {}; for lists use unnest",
                self.name,
                super::scalar::type_name(&data_type)
            );
        }
        Ok(vec![call(list, vec![argument])])
    }

    /// The columns that one item of a list becomes.
    fn item_columns(
        &self,
        context: &mut dyn RelationPlannerContext,
        plan: &LogicalPlan,
        item: Expr,
        table: &str,
        columns: &mut Vec<(Expr, String)>,
    ) -> Result<()> {
        match self.function {
            SetFunction::Elements => {
                columns.push((call(casts::json_value(), vec![item]), "value".to_owned()));
            }
            SetFunction::Entries => {
                columns.push((get_field(item.clone(), "key"), "key".to_owned()));
                let value = call(casts::json_value(), vec![get_field(item, "value")]);
                columns.push((value, "value".to_owned()));
            }
            SetFunction::EntriesText => {
                columns.push((get_field(item.clone(), "key"), "key".to_owned()));
                columns.push((get_field(item, "value"), "value".to_owned()));
            }
            SetFunction::ElementsText => columns.push((item, "value".to_owned())),
            SetFunction::Records => {
                let item = call(casts::json_value(), vec![item]);
                columns.extend(self.typed_columns(context, &item)?);
            }
            SetFunction::Unnest => match item.get_type(plan.schema().as_ref())? {
                // A list of structs gives one column for each field, as a composite type does.
                DataType::Struct(fields) => columns.extend(fields.iter().map(|field| {
                    (
                        get_field(item.clone(), field.name().as_str()),
                        field.name().clone(),
                    )
                })),
                _ => columns.push((item, table.to_owned())),
            },
            SetFunction::Keys | SetFunction::Split | SetFunction::Series | SetFunction::Record => {
                columns.push((item, table.to_owned()));
            }
        }
        Ok(())
    }

    fn record(
        &self,
        context: &mut dyn RelationPlannerContext,
        args: Vec<Expr>,
    ) -> Result<(LogicalPlan, Vec<(Expr, String)>)> {
        let [json] = <[Expr; 1]>::try_from(args)
            .or_else(|_| plan_err!("{} takes one argument", self.name))?;
        let plan = LogicalPlanBuilder::empty(true).build()?;
        let columns = self.typed_columns(context, &json)?;
        Ok((plan, columns))
    }

    /// The columns that the alias declares with their types, each read from a JSON object's member.
    fn typed_columns(
        &self,
        context: &mut dyn RelationPlannerContext,
        json: &Expr,
    ) -> Result<Vec<(Expr, String)>> {
        let declared = self.alias.iter().flat_map(|alias| &alias.columns);
        let columns = declared
            .map(|column| {
                let Some(data_type) = &column.data_type else {
                    return plan_err!(
                        "{} needs the types of its columns, as in AS t(name text, port int)",
                        self.name
                    );
                };
                let name = context.normalize_ident(column.name.clone());
                let cast = SqlExpr::Cast {
                    kind: CastKind::Cast,
                    expr: Box::new(SqlExpr::Identifier(Ident::with_quote('"', ITEMS))),
                    data_type: data_type.clone(),
                    array: false,
                    format: None,
                };
                let schema = typing_schema()?;
                let cast = context.sql_to_expr(cast, &schema)?;
                let member = call(access::member(), vec![json.clone(), lit(name.as_str())]);
                let text = call(
                    access::member_text(),
                    vec![json.clone(), lit(name.as_str())],
                );
                Ok((read_as(cast, member, text), name))
            })
            .collect::<Result<Vec<_>>>()?;
        if columns.is_empty() {
            return plan_err!(
                "{} needs its columns, as in AS t(name text, port int)",
                self.name
            );
        }
        Ok(columns)
    }

    /// `generate_series` over constants stays DataFusion's own, which makes its rows one by one.
    fn series(
        &self,
        context: &mut dyn RelationPlannerContext,
        args: Vec<Expr>,
    ) -> Result<(LogicalPlan, Vec<(Expr, String)>)> {
        let source = context
            .context_provider()
            .get_table_function_source("generate_series", args)?;
        let plan = LogicalPlanBuilder::scan("generate_series", source, None)?.build()?;
        let name = match &self.alias {
            Some(alias) => context.normalize_ident(alias.name.clone()),
            None => self.name.clone(),
        };
        Ok((plan, vec![(col("value"), name)]))
    }

    /// The columns under the names that the alias gives them; it may name fewer than there are.
    fn renamed(
        &self,
        context: &mut dyn RelationPlannerContext,
        columns: Vec<(Expr, String)>,
    ) -> Result<Vec<Expr>> {
        let given = self.alias.as_ref().map_or(&[][..], |alias| &alias.columns);
        if given.len() > columns.len() {
            return plan_err!(
                "{} gives {} columns but its alias names {}",
                self.name,
                columns.len(),
                given.len()
            );
        }
        Ok(columns
            .into_iter()
            .enumerate()
            .map(|(index, (expr, name))| {
                let name = match given.get(index) {
                    Some(column) => context.normalize_ident(column.name.clone()),
                    None => name,
                };
                expr.alias(name)
            })
            .collect())
    }
}

/// A schema in which a declared column's cast can be planned, of which only its type is kept.
fn typing_schema() -> Result<DFSchema> {
    let field = datafusion::arrow::datatypes::Field::new(ITEMS, DataType::Utf8View, true);
    DFSchema::from_unqualified_fields(vec![field].into(), Default::default())
}

/// A planned cast with its input replaced: the JSON member where JSON is asked for, its text otherwise.
fn read_as(cast: Expr, member: Expr, text: Expr) -> Expr {
    match cast {
        Expr::Cast(mut cast) => {
            if crate::engine::json::is_json(&cast.field) {
                return member;
            }
            cast.expr = Box::new(text);
            Expr::Cast(cast)
        }
        _ => text,
    }
}
