//! Takes `a IS DISTINCT FROM b AND c` for what PostgreSQL takes it for.
//!
//! sqlparser 0.62 reads everything to the end of the expression as what follows FROM (parser/mod.rs,
//! `parse_infix`): `b AND c`. What stands in parentheses it keeps apart, so an AND or OR found there
//! without any came from outside.

use std::ops::ControlFlow;

use datafusion::logical_expr::sqlparser::ast::{
    BinaryOperator, Expr, UnaryOperator, VisitMut, VisitorMut,
};

use super::spellings::null;

/// Repairs every such expression of a freshly parsed statement or query.
pub fn repair(parsed: &mut impl VisitMut) {
    // The visitor never breaks.
    let _ = parsed.visit(&mut Repair);
}

struct Repair;

impl VisitorMut for Repair {
    type Break = ();

    /// What is below has been repaired already.
    fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        if is_misread(expr) {
            let misread = std::mem::replace(expr, null());
            *expr = regrouped(misread);
        }
        ControlFlow::Continue(())
    }
}

fn is_misread(expr: &Expr) -> bool {
    match expr {
        Expr::IsDistinctFrom(_, right) | Expr::IsNotDistinctFrom(_, right) => is_logic(right),
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } => is_logic(expr),
        Expr::BinaryOp {
            op: BinaryOperator::And,
            right,
            ..
        } => is_or(right),
        _ => false,
    }
}

fn is_logic(expr: &Expr) -> bool {
    let Expr::BinaryOp { op, .. } = expr else {
        return false;
    };
    matches!(op, BinaryOperator::And | BinaryOperator::Or)
}

fn is_or(expr: &Expr) -> bool {
    let Expr::BinaryOp { op, .. } = expr else {
        return false;
    };
    matches!(op, BinaryOperator::Or)
}

/// The same words, with the AND or OR on the right over what it was read into.
fn regrouped(expr: Expr) -> Expr {
    match expr {
        Expr::IsDistinctFrom(left, right) if is_logic(&right) => {
            over(*right, |inner| Expr::IsDistinctFrom(left, inner))
        }
        Expr::IsNotDistinctFrom(left, right) if is_logic(&right) => {
            over(*right, |inner| Expr::IsNotDistinctFrom(left, inner))
        }
        Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr,
        } if is_logic(&expr) => over(*expr, |inner| Expr::UnaryOp {
            op: UnaryOperator::Not,
            expr: inner,
        }),
        Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right,
        } if is_or(&right) => over(*right, |inner| Expr::BinaryOp {
            left,
            op: BinaryOperator::And,
            right: inner,
        }),
        other => other,
    }
}

/// `logic`, with its left side put into `inner`.
fn over(logic: Expr, inner: impl FnOnce(Box<Expr>) -> Expr) -> Expr {
    match logic {
        Expr::BinaryOp { left, op, right } => Expr::BinaryOp {
            left: Box::new(regrouped(inner(left))),
            op,
            right,
        },
        other => inner(Box::new(other)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::logical_expr::sqlparser::ast::Statement;
    use datafusion::logical_expr::sqlparser::dialect::PostgreSqlDialect;
    use datafusion::logical_expr::sqlparser::parser::Parser;

    fn parse(text: &str) -> Vec<Statement> {
        let parsed = Parser::parse_sql(&PostgreSqlDialect {}, &format!("SELECT {text}"));
        let mut statements = parsed.unwrap_or_else(|error| panic!("{text}: {error}"));
        statements.iter_mut().for_each(repair);
        statements
    }

    #[test]
    fn and_and_or_bind_more_weakly_than_distinct_from() {
        for (text, meant) in [
            ("a IS DISTINCT FROM b AND c", "(a IS DISTINCT FROM b) AND c"),
            (
                "a IS NOT DISTINCT FROM b OR c AND d",
                "(a IS NOT DISTINCT FROM b) OR (c AND d)",
            ),
            (
                "x AND a IS DISTINCT FROM b OR c",
                "(x AND (a IS DISTINCT FROM b)) OR c",
            ),
            (
                "x AND a IS DISTINCT FROM b OR c OR d",
                "((x AND (a IS DISTINCT FROM b)) OR c) OR d",
            ),
            (
                "NOT a IS DISTINCT FROM b AND c",
                "(NOT (a IS DISTINCT FROM b)) AND c",
            ),
            (
                "a IS DISTINCT FROM b AND c IS DISTINCT FROM d OR e",
                "((a IS DISTINCT FROM b) AND (c IS DISTINCT FROM d)) OR e",
            ),
            (
                "x OR a IS DISTINCT FROM b AND c",
                "x OR ((a IS DISTINCT FROM b) AND c)",
            ),
            (
                "a IS DISTINCT FROM b = c AND d",
                "(a IS DISTINCT FROM (b = c)) AND d",
            ),
        ] {
            assert_eq!(grouped(&parse(text)), grouped(&parse(meant)), "{text}");
        }
    }

    #[test]
    fn parentheses_stay_where_they_are() {
        for text in [
            "a IS DISTINCT FROM (b AND c)",
            "NOT (a AND b)",
            "x AND (a OR b)",
        ] {
            assert_eq!(parse(text)[0].to_string(), format!("SELECT {text}"));
        }
    }

    /// The expressions with nothing but their structure: parentheses are taken out of the tree.
    fn grouped(statements: &[Statement]) -> String {
        struct Unwrap;
        impl VisitorMut for Unwrap {
            type Break = ();
            fn post_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
                while let Expr::Nested(inner) = expr {
                    *expr = (**inner).clone();
                }
                ControlFlow::Continue(())
            }
        }
        let mut statements = statements.to_vec();
        for statement in &mut statements {
            let _ = statement.visit(&mut Unwrap);
        }
        let text = format!("{statements:?}");
        // Places in the text differ with the parentheses.
        regex::Regex::new(r"Span\([^)]*\)|Location\([^)]*\)")
            .map(|places| places.replace_all(&text, "").into_owned())
            .unwrap_or(text)
    }
}
