//! What is changed in a parsed statement before it is planned, because the planner cannot do it.
//!
//! - a set-returning function in FROM becomes a lateral one ([`super::relation`] plans it), and what
//!   stands to its left is joined to it by name rather than by comma;
//! - the alias of such a function, used as a value, becomes its column: `e->>'k'` reads `e.value->>'k'`;
//! - a set-returning function in the select list becomes `unnest` of a list;
//! - PostgreSQL's own spellings of single expressions become the planner's ([`super::spellings`]);
//! - `a IS DISTINCT FROM b AND c` is read as PostgreSQL reads it ([`super::precedence`]);
//! - a table function is called by its name in any case, in sgq's schema or without one, and is known
//!   by that name where it has no alias;
//! - unnamed expressions get the heading a person would write ([`super::headings`]).

use std::collections::HashMap;
use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    AccessExpr, Expr, Fetch, FunctionArg, FunctionArgExpr, FunctionArguments, GroupByExpr, Ident,
    Join, JoinConstraint, JoinOperator, LimitClause, ObjectName, ObjectNamePart, OrderByKind,
    Query, Select, SelectItem, SetExpr, TableAlias, TableFactor, TableWithJoins, Value, VisitMut,
    VisitorMut,
};
use datafusion::sql::parser::{CopyToSource, Statement};

use super::headings::Headings;
use super::precedence;
use super::relation::SetFunction;
use super::spellings::{self, call, null};
use crate::engine::session::SCHEMA;
use crate::engine::tables::function_names;

/// Rewrites a statement, and every statement and query inside it, into what the planner understands.
pub fn rewrite_statement(statement: &mut Statement) {
    let mut rewriter = Rewriter::default();
    // The visitor never breaks.
    let _ = match statement {
        Statement::Statement(statement) => {
            precedence::repair(statement.as_mut());
            statement.visit(&mut rewriter)
        }
        Statement::CopyTo(copy) => match &mut copy.source {
            CopyToSource::Query(query) => {
                precedence::repair(query.as_mut());
                query.visit(&mut rewriter)
            }
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
        limit_by_fetch(query);
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
            if select.distinct.is_some() {
                keys.iter_mut()
                    .for_each(|key| order_by_position(&mut key.expr, select));
            }
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
        if let GroupByExpr::Expressions(keys, _) = &mut select.group_by {
            keys.iter_mut()
                .for_each(|key| unnest_in_select_list(key, true));
        }
        self.scopes.push(scope);
        ControlFlow::Continue(())
    }

    fn post_visit_select(&mut self, _: &mut Select) -> ControlFlow<()> {
        self.scopes.pop();
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<()> {
        name_call(factor);
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if let Expr::Identifier(name) = expr
            && let Some(column) = self.column_for(name)
        {
            *expr = Expr::CompoundIdentifier(vec![name.clone(), column]);
        }
        spellings::rewrite(expr);
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

/// Gives a call of a table function the function's own name, which is its alias too if it has none.
fn name_call(factor: &mut TableFactor) {
    let TableFactor::Table {
        name,
        alias,
        args: Some(_),
        ..
    } = factor
    else {
        return;
    };
    let parts: Option<Vec<&Ident>> = name.0.iter().map(ObjectNamePart::as_ident).collect();
    let called = match parts.as_deref() {
        Some([called]) => *called,
        Some([schema, called]) if normal(schema) == SCHEMA => *called,
        _ => return,
    };
    let is_called = |function: &&str| *function == normal(called);
    if let Some(function) = function_names().find(is_called) {
        let own = Ident {
            value: function.to_owned(),
            ..called.clone()
        };
        *name = ObjectName::from(vec![own.clone()]);
        alias.get_or_insert_with(|| TableAlias {
            explicit: true,
            name: own,
            columns: Vec::new(),
            at: None,
        });
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
            SetFunction::named(&name.to_string()),
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

/// `FETCH FIRST 10 ROWS ONLY` as `LIMIT 10`.
fn limit_by_fetch(query: &mut Query) {
    let countable = |fetch: &Fetch| !fetch.with_ties && !fetch.percent;
    if !query.fetch.as_ref().is_some_and(countable) {
        return;
    }
    let clause = query.limit_clause.get_or_insert(LimitClause::LimitOffset {
        limit: None,
        offset: None,
        limit_by: Vec::new(),
    });
    if let LimitClause::LimitOffset {
        limit: limit @ None,
        ..
    } = clause
        && let Some(fetch) = query.fetch.take()
    {
        let one = || Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
        *limit = Some(fetch.quantity.unwrap_or_else(one));
    }
}

/// `SELECT DISTINCT f(x) ... ORDER BY f(x)` as `ORDER BY 1`: the select list is about to get names, under
/// which the planner would not find the expression again.
fn order_by_position(key: &mut Expr, select: &Select) {
    if matches!(
        key,
        Expr::Identifier(_) | Expr::CompoundIdentifier(_) | Expr::Value(_)
    ) {
        return;
    }
    let position = select
        .projection
        .iter()
        .position(|item| matches!(item, SelectItem::UnnamedExpr(expr) if expr == key));
    if let Some(position) = position {
        let number = Value::Number((position + 1).to_string(), false);
        *key = Expr::Value(number.with_empty_span());
    }
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
/// `json_object_keys` and `generate_series` are also functions that give a list, so they are only taken
/// for PostgreSQL's where they are the whole item.
fn unnest_in_select_list(expr: &mut Expr, whole_item: bool) {
    match expr {
        Expr::Nested(inner) => unnest_in_select_list(inner, whole_item),
        Expr::Cast { expr: inner, .. } => unnest_in_select_list(inner, false),
        Expr::BinaryOp { left, right, .. } => {
            unnest_in_select_list(left, false);
            unnest_in_select_list(right, false);
        }
        Expr::CompoundFieldAccess { .. } => unnest_member(expr),
        Expr::Function(function) => {
            let name = function.name.to_string();
            let set_function = SetFunction::named(&name);
            let is_list_function = !whole_item
                && (name.eq_ignore_ascii_case("json_object_keys")
                    || set_function == Some(SetFunction::Series));
            match set_function.and_then(SetFunction::list) {
                Some(list) if !is_list_function => {
                    function.name = ObjectName::from(vec![Ident::new(list.name())]);
                    let is_json = set_function == Some(SetFunction::Elements);
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

/// `(jsonb_each(x)).key` as a member of what `unnest` gives.
fn unnest_member(expr: &mut Expr) {
    let Expr::CompoundFieldAccess { root, access_chain } = expr else {
        return;
    };
    let unnested = |root: &Expr| root.to_string().contains("unnest(json_entries");
    let before = unnested(root);
    unnest_in_select_list(root, false);
    let member = match access_chain.as_slice() {
        [AccessExpr::Dot(Expr::Identifier(member))] if !before && unnested(root) => normal(member),
        _ => return,
    };
    let is_json = member == "value" && !root.to_string().contains("json_entries_text");
    let root = std::mem::replace(root, Box::new(null()));
    let name = Expr::Value(Value::SingleQuotedString(member).with_empty_span());
    *expr = call("get_field", vec![*root, name]);
    if is_json {
        let inner = std::mem::replace(expr, null());
        *expr = call("json_value", vec![inner]);
    }
}
