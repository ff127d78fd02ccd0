//! What is changed in a parsed statement before it is planned, because the planner cannot do it.
//!
//! - a set-returning function in FROM becomes a lateral one ([`super::relation`] plans it), and what
//!   stands to its left is joined to it by name rather than by comma;
//! - the alias of such a function, used as a value, becomes its column: `e->>'k'` reads `e.value->>'k'`;
//! - a set-returning function in the select list becomes `unnest` of a list;
//! - `x = ANY('{a,b}')`, `'{a,b}'::text[]` and `ARRAY(SELECT ...)` become what the planner knows;
//! - unnamed expressions get the heading a person would write ([`super::headings`]).

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    Array, ArrayElemTypeDef, BinaryOperator, DataType as SqlType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentList, FunctionArguments, Ident, Join, JoinConstraint,
    JoinOperator, ObjectName, OrderByKind, Query, Select, SelectItem, SetExpr, TableAlias,
    TableFactor, TableWithJoins, UnaryOperator, Value, ValueWithSpan, VisitMut, VisitorMut,
};
use datafusion::sql::parser::{CopyToSource, Statement};

use super::headings::Headings;
use super::lists;
use super::relation::SetFunction;
use super::text::parse_text_array;

/// Rewrites a statement, and every statement and query inside it, into what the planner understands.
pub fn rewrite_statement(statement: &mut Statement) {
    let mut rewriter = Rewriter::default();
    // The visitor never breaks.
    let _ = match statement {
        Statement::Statement(statement) => statement.visit(&mut rewriter),
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => query.visit(&mut rewriter),
            CopyToSource::Relation(_) => ControlFlow::Continue(()),
        },
        Statement::Explain(explain) => {
            rewrite_statement(&mut explain.statement);
            ControlFlow::Continue(())
        }
        Statement::CreateExternalTable(_) | Statement::Reset(_) => ControlFlow::Continue(()),
    };
}

/// The table aliases of one SELECT; those that stand for a value name the column that holds it.
type Scope = HashMap<String, Option<Ident>>;

#[derive(Default)]
struct Rewriter {
    scopes: Vec<Scope>,
}

impl VisitorMut for Rewriter {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        // ORDER BY is visited after its SELECT's names are gone, so it is done here.
        let Query { body, order_by, .. } = query;
        if let (SetExpr::Select(select), Some(order_by)) = (body.as_ref(), order_by.as_mut())
            && let OrderByKind::Expressions(keys) = &mut order_by.kind
        {
            let mut scope = scope_of(select);
            for item in &select.projection {
                if let SelectItem::ExprWithAlias { alias, .. } = item {
                    scope.remove(&normal(alias));
                }
            }
            self.scopes.push(scope);
            for key in keys {
                let _ = key.expr.visit(self);
            }
            self.scopes.pop();
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_select(&mut self, select: &mut Select) -> ControlFlow<()> {
        for table in &mut select.from {
            make_lateral(table);
        }
        join_by_name(&mut select.from);
        let scope = scope_of(select);
        let mut headings = Headings::new(&select.projection);
        for item in &mut select.projection {
            name_item(item, &scope, &mut headings);
            if let SelectItem::UnnamedExpr(expr) | SelectItem::ExprWithAlias { expr, .. } = item {
                unnest_in_select_list(expr, true);
            }
        }
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        match expr {
            Expr::Identifier(name) => {
                if let Some(column) = self.column_for(name) {
                    *expr = Expr::CompoundIdentifier(vec![name.clone(), column]);
                }
            }
            Expr::BinaryOp {
                op: BinaryOperator::Custom(_),
                ..
            } => negate_index(expr),
            Expr::AnyOp { .. } | Expr::AllOp { .. } => compare_with_literal_list(expr),
            Expr::Cast {
                expr: inner,
                data_type,
                ..
            } => read_array_literal(inner, data_type),
            Expr::Function(function) if is_array_of_query(function) => collect_query(expr),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

impl Rewriter {
    fn column_for(&self, name: &Ident) -> Option<Ident> {
        let name = normal(name);
        self.scopes
            .iter()
            .rev()
            .find_map(|scope| scope.get(&name))?
            .clone()
    }
}

/// An identifier as the planner compares it.
fn normal(ident: &Ident) -> String {
    match ident.quote_style {
        Some(_) => ident.value.clone(),
        None => ident.value.to_ascii_lowercase(),
    }
}

/// Marks set-returning functions in FROM as lateral, which PostgreSQL takes them for anyway.
fn make_lateral(table: &mut TableWithJoins) {
    make_factor_lateral(&mut table.relation);
    for join in &mut table.joins {
        make_factor_lateral(&mut join.relation);
    }
}

fn make_factor_lateral(factor: &mut TableFactor) {
    match factor {
        TableFactor::Table {
            name,
            alias,
            args: Some(args),
            with_ordinality,
            ..
        } if SetFunction::named(&name.to_string()).is_some() => {
            *factor = TableFactor::Function {
                lateral: true,
                name: name.clone(),
                args: std::mem::take(&mut args.args),
                with_ordinality: *with_ordinality,
                alias: alias.take(),
            };
        }
        TableFactor::Function { lateral, name, .. }
            if SetFunction::named(&name.to_string()).is_some() =>
        {
            *lateral = true;
        }
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => make_lateral(table_with_joins),
        _ => {}
    }
}

/// Turns `FROM a, lateral_of(a)` into `FROM a CROSS JOIN lateral_of(a)`, up to the last lateral item.
///
/// The planner would otherwise join each comma's item by itself first, and what a lateral function
/// refers to would not be in the join that it is the right side of.
fn join_by_name(from: &mut Vec<TableWithJoins>) {
    let Some(last) = from.iter().rposition(has_lateral).filter(|&last| last > 0) else {
        return;
    };
    if from[1..=last]
        .iter()
        .any(|table| has_lateral(table) && has_full_join(table))
    {
        return;
    }
    let mut rest = from.split_off(1);
    let after = rest.split_off(last);
    let first = &mut from[0];
    for table in rest {
        if has_lateral(&table) || table.joins.is_empty() {
            first.joins.push(cross_join(table.relation));
            first.joins.extend(table.joins);
        } else {
            first.joins.push(cross_join(TableFactor::NestedJoin {
                table_with_joins: Box::new(table),
                alias: None,
            }));
        }
    }
    from.extend(after);
}

fn cross_join(relation: TableFactor) -> Join {
    Join {
        relation,
        global: false,
        join_operator: JoinOperator::CrossJoin(JoinConstraint::None),
    }
}

fn has_lateral(table: &TableWithJoins) -> bool {
    let is_lateral = |factor: &TableFactor| {
        matches!(
            factor,
            TableFactor::UNNEST { .. }
                | TableFactor::Function { lateral: true, .. }
                | TableFactor::Derived { lateral: true, .. }
        )
    };
    is_lateral(&table.relation) || table.joins.iter().any(|join| is_lateral(&join.relation))
}

fn has_full_join(table: &TableWithJoins) -> bool {
    table.joins.iter().any(|join| {
        matches!(
            join.join_operator,
            JoinOperator::Right(_) | JoinOperator::RightOuter(_) | JoinOperator::FullOuter(_)
        )
    })
}

fn scope_of(select: &Select) -> Scope {
    let mut scope = Scope::new();
    for table in &select.from {
        add_aliases(table, &mut scope);
    }
    scope
}

fn add_aliases(table: &TableWithJoins, scope: &mut Scope) {
    add_alias(&table.relation, scope);
    for join in &table.joins {
        add_alias(&join.relation, scope);
    }
}

fn add_alias(factor: &TableFactor, scope: &mut Scope) {
    let (function, alias, ordinality) = match factor {
        TableFactor::UNNEST {
            alias,
            with_ordinality,
            ..
        } => (Some(SetFunction::Unnest), alias, *with_ordinality),
        TableFactor::Function {
            name,
            alias,
            with_ordinality,
            ..
        }
        | TableFactor::Table {
            name,
            alias,
            args: Some(_),
            with_ordinality,
            ..
        } => (
            SetFunction::named(&simple_name(name)),
            alias,
            *with_ordinality,
        ),
        TableFactor::Table { alias, .. } | TableFactor::Derived { alias, .. } => {
            (None, alias, false)
        }
        TableFactor::NestedJoin {
            table_with_joins, ..
        } => {
            return add_aliases(table_with_joins, scope);
        }
        _ => return,
    };
    if let Some(alias) = alias {
        let column = function.and_then(|function| value_column(function, alias, ordinality));
        scope.insert(normal(&alias.name), column);
    }
}

/// The one column that an alias used as a value stands for, unless that column has its name already.
fn value_column(function: SetFunction, alias: &TableAlias, ordinality: bool) -> Option<Ident> {
    if ordinality {
        return None;
    }
    let column = match (function.columns(), alias.columns.as_slice()) {
        ([_, _, ..], _) => return None,
        (_, [column]) => column.name.clone(),
        ([column], []) => Ident::new(*column),
        _ => return None,
    };
    (normal(&column) != normal(&alias.name)).then_some(column)
}

fn simple_name(name: &ObjectName) -> String {
    name.to_string()
}

/// Gives an unnamed select item its heading; `e` that is about to become `e.value` stays `e`.
fn name_item(item: &mut SelectItem, scope: &Scope, headings: &mut Headings) {
    let SelectItem::UnnamedExpr(expr) = item else {
        return;
    };
    let alias = match &*expr {
        Expr::Identifier(name) if matches!(scope.get(&normal(name)), Some(Some(_))) => name.clone(),
        expr => match headings.next(expr) {
            Some(heading) => Ident::with_quote('"', heading),
            None => return,
        },
    };
    let expr = std::mem::replace(expr, null());
    *item = SelectItem::ExprWithAlias { expr, alias };
}

/// Turns set-returning functions of the select list into `unnest(list)`.
///
/// `json_object_keys` is also a function that gives a list, so it is only taken for PostgreSQL's where
/// it is the whole item.
fn unnest_in_select_list(expr: &mut Expr, whole_item: bool) {
    match expr {
        Expr::Nested(inner) => unnest_in_select_list(inner, whole_item),
        Expr::Cast { expr: inner, .. } => unnest_in_select_list(inner, false),
        Expr::BinaryOp { left, right, .. } => {
            unnest_in_select_list(left, false);
            unnest_in_select_list(right, false);
        }
        Expr::CompoundFieldAccess { root, .. } => unnest_in_select_list(root, false),
        Expr::Function(function) => {
            let name = simple_name(&function.name);
            let list = SetFunction::named(&name).and_then(SetFunction::list);
            let is_list_function = name.eq_ignore_ascii_case("json_object_keys") && !whole_item;
            match list {
                Some(list) if !is_list_function => {
                    function.name = ObjectName::from(vec![Ident::new(list.name())]);
                    let is_json = list.name() == lists::elements().name();
                    let inner = std::mem::replace(expr, null());
                    *expr = call("unnest", vec![inner]);
                    if is_json {
                        let inner = std::mem::replace(expr, null());
                        *expr = call("json_value", vec![inner]);
                    }
                }
                _ if name.eq_ignore_ascii_case("unnest") => {}
                _ => {
                    if let FunctionArguments::List(list) = &mut function.args {
                        for arg in &mut list.args {
                            if let FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)) = arg {
                                unnest_in_select_list(arg, false);
                            }
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

/// `a->-1`, which the tokenizer takes for one operator `->-`, as `a -> -1`.
fn negate_index(expr: &mut Expr) {
    let Expr::BinaryOp { op, right, .. } = expr else {
        return;
    };
    let meant = match op {
        BinaryOperator::Custom(symbol) if symbol == "->-" => BinaryOperator::Arrow,
        BinaryOperator::Custom(symbol) if symbol == "->>-" => BinaryOperator::LongArrow,
        _ => return,
    };
    let index = std::mem::replace(right, Box::new(null()));
    **right = Expr::UnaryOp {
        op: UnaryOperator::Minus,
        expr: index,
    };
    *op = meant;
}

/// `x = ANY('{a,b}')` as `x IN ('a', 'b')`, and `x <> ALL('{a,b}')` as `x NOT IN ('a', 'b')`.
fn compare_with_literal_list(expr: &mut Expr) {
    let (left, right, negated) = match expr {
        Expr::AnyOp {
            left,
            compare_op: BinaryOperator::Eq,
            right,
            ..
        } => (left, right, false),
        Expr::AllOp {
            left,
            compare_op: BinaryOperator::NotEq,
            right,
        } => (left, right, true),
        _ => return,
    };
    let Some(items) = literal_items(right) else {
        return;
    };
    *expr = if items.is_empty() {
        Expr::Value(Value::Boolean(negated).with_empty_span())
    } else {
        Expr::InList {
            expr: std::mem::replace(left, Box::new(null())),
            list: items,
            negated,
        }
    };
}

/// `'{a,b}'::text[]` as `['a', 'b']::text[]`.
fn read_array_literal(inner: &mut Expr, data_type: &SqlType) {
    let is_array = matches!(
        data_type,
        SqlType::Array(ArrayElemTypeDef::SquareBracket(..) | ArrayElemTypeDef::AngleBracket(_))
    );
    if is_array && let Some(elem) = literal_items(inner) {
        *inner = Expr::Array(Array { elem, named: true });
    }
}

/// The items of a list written as text, `'{a,b}'`.
fn literal_items(expr: &Expr) -> Option<Vec<Expr>> {
    let Expr::Value(ValueWithSpan {
        value: Value::SingleQuotedString(literal),
        ..
    }) = expr
    else {
        return None;
    };
    let items = parse_text_array(literal)?;
    let item = |item: Option<String>| {
        let value = item.map_or(Value::Null, Value::SingleQuotedString);
        Expr::Value(value.with_empty_span())
    };
    Some(items.into_iter().map(item).collect())
}

fn is_array_of_query(function: &Function) -> bool {
    matches!(function.args, FunctionArguments::Subquery(_))
        && simple_name(&function.name).eq_ignore_ascii_case("array")
}

/// `ARRAY(SELECT x ...)` as `(SELECT array_agg(item) FROM (SELECT x ...) AS items(item))`.
fn collect_query(expr: &mut Expr) {
    let Expr::Function(Function {
        args: FunctionArguments::Subquery(query),
        ..
    }) = expr
    else {
        return;
    };
    let mut outer = query.clone();
    let collected = call("array_agg", vec![Expr::Identifier(Ident::new("item"))]);
    let items = TableFactor::Derived {
        lateral: false,
        subquery: query.clone(),
        alias: Some(TableAlias {
            explicit: true,
            name: Ident::new("items"),
            columns: vec![
                datafusion::logical_expr::sqlparser::ast::TableAliasColumnDef::from_name("item"),
            ],
            at: None,
        }),
        sample: None,
    };
    let SetExpr::Select(select) = outer.body.as_mut() else {
        return;
    };
    **select = Select {
        distinct: None,
        projection: vec![SelectItem::UnnamedExpr(collected)],
        from: vec![TableWithJoins {
            relation: items,
            joins: Vec::new(),
        }],
        selection: None,
        group_by: datafusion::logical_expr::sqlparser::ast::GroupByExpr::Expressions(
            Vec::new(),
            Vec::new(),
        ),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        ..select.as_ref().clone()
    };
    outer.with = None;
    outer.order_by = None;
    outer.limit_clause = None;
    outer.fetch = None;
    *expr = Expr::Subquery(outer);
}

fn null() -> Expr {
    Expr::Value(Value::Null.with_empty_span())
}

/// A call of a function by its name.
fn call(name: &str, args: Vec<Expr>) -> Expr {
    let args = args
        .into_iter()
        .map(|arg| FunctionArg::Unnamed(FunctionArgExpr::Expr(arg)))
        .collect();
    Expr::Function(Function {
        name: ObjectName::from(vec![Ident::new(name)]),
        uses_odbc_syntax: false,
        parameters: FunctionArguments::None,
        args: FunctionArguments::List(FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        filter: None,
        null_treatment: None,
        over: None,
        within_group: Vec::new(),
    })
}
