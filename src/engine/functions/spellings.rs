//! PostgreSQL spellings of single expressions, rewritten into what the planner knows.

use datafusion::logical_expr::sqlparser::ast::{
    Array, ArrayElemTypeDef, BinaryOperator, DataType as SqlType, Expr, Function, FunctionArg,
    FunctionArgExpr, FunctionArgumentClause, FunctionArgumentList, FunctionArguments, GroupByExpr,
    Ident, ObjectName, OrderBy, OrderByKind, Select, SelectItem, SetExpr, TableAlias,
    TableAliasColumnDef, TableFactor, TableWithJoins, UnaryOperator, Value, ValueWithSpan,
};

use super::refused::is_by_bytes;
use super::text::parse_text_array;
use super::to_char;

/// Rewrites one expression; what is inside it is rewritten in its turn.
pub fn rewrite(expr: &mut Expr) {
    while let Expr::Collate {
        expr: inner,
        collation,
    } = expr
        && is_by_bytes(collation)
    {
        *expr = std::mem::replace(inner, null());
    }
    match expr {
        Expr::BinaryOp {
            op: BinaryOperator::Custom(_),
            ..
        } => negate_index(expr),
        Expr::AnyOp { .. } | Expr::AllOp { .. } => {
            compare_with_query(expr);
            compare_with_literal_list(expr);
        }
        Expr::Cast {
            expr: inner,
            data_type,
            ..
        } => read_array_literal(inner, data_type),
        Expr::Substring {
            substring_from: Some(from),
            substring_for: None,
            ..
        } if text_literal(from).is_some() => {
            match_substring(expr);
        }
        Expr::SimilarTo {
            pattern,
            escape_char: None,
            ..
        } if text_literal(pattern).is_some() => {
            match_whole(expr);
        }
        Expr::Function(function) if is_array_of_query(function) => collect_query(expr),
        Expr::Function(_) => rewrite_function(expr),
        _ => {}
    }
}

fn rewrite_function(expr: &mut Expr) {
    let Expr::Function(function) = expr else {
        return;
    };
    let name = function.name.to_string().to_ascii_lowercase();
    let FunctionArguments::List(list) = &mut function.args else {
        return;
    };
    match (name.as_str(), list.args.as_mut_slice()) {
        ("mod", [left, right]) => {
            if let (Some(left), Some(right)) = (take(left), take(right)) {
                *expr = Expr::Nested(Box::new(Expr::BinaryOp {
                    left: Box::new(left),
                    op: BinaryOperator::Modulo,
                    right: Box::new(right),
                }));
            }
        }
        // One argument means "before today's midnight".
        ("age", [_]) => {
            let now = call("now", Vec::new());
            let today = call("date_trunc", vec![text("day"), now]);
            list.args
                .insert(0, FunctionArg::Unnamed(FunctionArgExpr::Expr(today)));
        }
        ("to_char", [_, FunctionArg::Unnamed(FunctionArgExpr::Expr(format))]) => {
            if let Some(pattern) = text_literal(format).and_then(to_char::strftime) {
                *format = text(&pattern);
            }
        }
        _ => {}
    }
}

fn take(arg: &mut FunctionArg) -> Option<Expr> {
    match arg {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(std::mem::replace(expr, null())),
        _ => None,
    }
}

/// `x SIMILAR TO 'a%'` as `x ~ '^(?:a.*)$'`; the planner would take the pattern for a regular expression.
fn match_whole(expr: &mut Expr) {
    let Expr::SimilarTo {
        negated,
        expr: source,
        pattern,
        ..
    } = expr
    else {
        return;
    };
    let Some(similar) = text_literal(pattern) else {
        return;
    };
    let mut regex = String::from("^(?s:");
    for c in similar.chars() {
        match c {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '.' | '^' | '$' => regex.extend(['\\', c]),
            c => regex.push(c),
        }
    }
    regex.push_str(")$");
    let op = if *negated {
        BinaryOperator::PGRegexNotMatch
    } else {
        BinaryOperator::PGRegexMatch
    };
    let left = std::mem::replace(source, Box::new(null()));
    *expr = Expr::Nested(Box::new(Expr::BinaryOp {
        left,
        op,
        right: Box::new(text(&regex)),
    }));
}

/// `substring(x from 'a(.)b')` as the first group, or else the whole, of `regexp_match`.
fn match_substring(expr: &mut Expr) {
    let Expr::Substring {
        expr: source,
        substring_from: Some(pattern),
        ..
    } = expr
    else {
        return;
    };
    let source = std::mem::replace(source, Box::new(null()));
    let pattern = std::mem::replace(pattern, Box::new(null()));
    let matched = call("regexp_match", vec![*source, *pattern]);
    let first = Expr::Value(Value::Number("1".to_owned(), false).with_empty_span());
    *expr = call("array_element", vec![matched, first]);
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

/// The sides of `x = ANY(...)`, or of `x <> ALL(...)`, which negates it.
fn membership(expr: &mut Expr) -> Option<(&mut Box<Expr>, &mut Box<Expr>, bool)> {
    match expr {
        Expr::AnyOp {
            left,
            compare_op: BinaryOperator::Eq,
            right,
            ..
        } => Some((left, right, false)),
        Expr::AllOp {
            left,
            compare_op: BinaryOperator::NotEq,
            right,
        } => Some((left, right, true)),
        _ => None,
    }
}

/// `x = ANY(SELECT ...)` as `x IN (SELECT ...)`, whether or not `ARRAY` is around the query.
fn compare_with_query(expr: &mut Expr) {
    let Some((left, right, negated)) = membership(expr) else {
        return;
    };
    let subquery = match right.as_ref() {
        Expr::Subquery(query) => query.clone(),
        Expr::Function(function) if is_array_of_query(function) => match &function.args {
            FunctionArguments::Subquery(query) => query.clone(),
            _ => return,
        },
        _ => return,
    };
    let left = std::mem::replace(left, Box::new(null()));
    *expr = Expr::InSubquery {
        expr: left,
        subquery,
        negated,
    };
}

/// `x = ANY('{a,b}')` as `x IN ('a', 'b')`, and `x <> ALL('{a,b}')` as `x NOT IN ('a', 'b')`.
fn compare_with_literal_list(expr: &mut Expr) {
    let Some((left, right, negated)) = membership(expr) else {
        return;
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
    let items = parse_text_array(text_literal(expr)?)?;
    let item = |item: Option<String>| {
        let value = item.map_or(Value::Null, Value::SingleQuotedString);
        Expr::Value(value.with_empty_span())
    };
    Some(items.into_iter().map(item).collect())
}

fn is_array_of_query(function: &Function) -> bool {
    matches!(function.args, FunctionArguments::Subquery(_))
        && function.name.to_string().eq_ignore_ascii_case("array")
}

/// `ARRAY(SELECT x ... ORDER BY y)` as `(SELECT array_agg(item ORDER BY key) FROM (SELECT x, y ...) AS
/// items(item, key))`, or an empty list for no rows.
fn collect_query(expr: &mut Expr) {
    let Expr::Function(Function {
        args: FunctionArguments::Subquery(query),
        ..
    }) = expr
    else {
        return;
    };
    let mut items = query.clone();
    let mut outer = query.clone();
    let (SetExpr::Select(inner), SetExpr::Select(select)) =
        (items.body.as_mut(), outer.body.as_mut())
    else {
        return;
    };
    let mut columns = vec![TableAliasColumnDef::from_name("item")];
    let mut order = Vec::new();
    if let Some(OrderBy {
        kind: OrderByKind::Expressions(keys),
        ..
    }) = &query.order_by
    {
        for key in keys {
            let mut key = key.clone();
            if !is_item(&key.expr, inner.projection.first()) {
                let name = format!("key{}", columns.len());
                inner.projection.push(SelectItem::UnnamedExpr(key.expr));
                key.expr = Expr::Identifier(Ident::new(name.clone()));
                columns.push(TableAliasColumnDef::from_name(name));
            } else {
                key.expr = Expr::Identifier(Ident::new("item"));
            }
            order.push(key);
        }
    }
    if items.limit_clause.is_none() && items.fetch.is_none() {
        items.order_by = None;
    }
    let mut collected = call("array_agg", vec![Expr::Identifier(Ident::new("item"))]);
    if let Expr::Function(Function {
        args: FunctionArguments::List(list),
        ..
    }) = &mut collected
        && !order.is_empty()
    {
        list.clauses.push(FunctionArgumentClause::OrderBy(order));
    }
    let relation = TableFactor::Derived {
        lateral: false,
        subquery: items,
        alias: Some(TableAlias {
            explicit: true,
            name: Ident::new("items"),
            columns,
            at: None,
        }),
        sample: None,
    };
    **select = Select {
        distinct: None,
        projection: vec![SelectItem::UnnamedExpr(collected)],
        from: vec![TableWithJoins {
            relation,
            joins: Vec::new(),
        }],
        selection: None,
        group_by: GroupByExpr::Expressions(Vec::new(), Vec::new()),
        having: None,
        named_window: Vec::new(),
        qualify: None,
        ..select.as_ref().clone()
    };
    outer.with = None;
    outer.order_by = None;
    outer.limit_clause = None;
    outer.fetch = None;
    *expr = call(
        "coalesce",
        vec![Expr::Subquery(outer), call("make_array", Vec::new())],
    );
}

/// Whether a key of ORDER BY is the selected item itself.
fn is_item(key: &Expr, item: Option<&SelectItem>) -> bool {
    if matches!(key, Expr::Value(ValueWithSpan { value: Value::Number(n, _), .. }) if n == "1") {
        return true;
    }
    match item {
        Some(SelectItem::UnnamedExpr(expr)) => key == expr,
        Some(SelectItem::ExprWithAlias { expr, alias }) => {
            key == expr || *key == Expr::Identifier(alias.clone())
        }
        _ => false,
    }
}

fn text_literal(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Value(ValueWithSpan {
            value: Value::SingleQuotedString(literal),
            ..
        }) => Some(literal),
        _ => None,
    }
}

fn text(literal: &str) -> Expr {
    Expr::Value(Value::SingleQuotedString(literal.to_owned()).with_empty_span())
}

/// NULL; also what is left where an expression is taken out.
pub fn null() -> Expr {
    Expr::Value(Value::Null.with_empty_span())
}

/// A call of a function by its name.
pub fn call(name: &str, args: Vec<Expr>) -> Expr {
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
