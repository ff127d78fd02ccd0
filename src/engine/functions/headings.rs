//! Column headings for expressions that were given no name: the expression as it was written.

use std::collections::HashSet;

use datafusion::logical_expr::sqlparser::ast::{Expr, SelectItem};

/// The headings of one select list, each used once.
#[derive(Default)]
pub struct Headings {
    used: HashSet<String>,
    has_wildcard: bool,
}

impl Headings {
    /// Starts with the names that a select list has anyway.
    pub fn new(items: &[SelectItem]) -> Self {
        let mut headings = Self::default();
        for item in items {
            match item {
                SelectItem::UnnamedExpr(expr) => headings.used.extend(column_name(expr)),
                SelectItem::ExprWithAlias { alias, .. } => {
                    headings.used.insert(alias.value.clone());
                }
                SelectItem::Wildcard(_) | SelectItem::QualifiedWildcard(..) => {
                    headings.has_wildcard = true;
                }
                SelectItem::ExprWithAliases { .. } => {}
            }
        }
        headings
    }

    /// The heading of an unnamed select item, or `None` for a plain column, which has its own.
    pub fn next(&mut self, expr: &Expr) -> Option<String> {
        if column_name(expr).is_some() {
            return None;
        }
        let whole = tight_arrows(&expr.to_string());
        let short = short(expr)
            .filter(|short| !self.has_wildcard && !self.used.contains(short))
            .unwrap_or_else(|| whole.clone());
        let mut heading = short;
        let mut count = 1;
        while !self.used.insert(heading.clone()) {
            count += 1;
            heading = format!("{whole} ({count})");
        }
        Some(heading)
    }
}

/// PostgreSQL names a cast after what is cast.
fn short(expr: &Expr) -> Option<String> {
    match expr {
        Expr::Nested(inner) => short(inner),
        Expr::Cast { expr: inner, .. } => short(inner)
            .or_else(|| column_name(inner))
            .or_else(|| Some(tight_arrows(&unnested(inner).to_string()))),
        _ => None,
    }
}

fn unnested(expr: &Expr) -> &Expr {
    match expr {
        Expr::Nested(inner) => unnested(inner),
        expr => expr,
    }
}

/// The name of a plain column.
fn column_name(expr: &Expr) -> Option<String> {
    match unnested(expr) {
        Expr::Identifier(name) => Some(name.value.clone()),
        Expr::CompoundIdentifier(names) => names.last().map(|name| name.value.clone()),
        _ => None,
    }
}

/// `a ->> 'b'` as `a->>'b'`; text in quotes stays as it is.
fn tight_arrows(sql: &str) -> String {
    let mut out = String::with_capacity(sql.len());
    let mut quote = None;
    let mut rest = sql;
    while let Some(c) = rest.chars().next() {
        if quote.is_none()
            && let Some(arrow) = [" ->> ", " -> ", " #>> ", " #> ", " ->- ", " ->>- "]
                .into_iter()
                .find(|arrow| rest.starts_with(arrow))
        {
            out.push_str(arrow.trim());
            rest = &rest[arrow.len()..];
            continue;
        }
        match quote {
            Some(open) if open == c => quote = None,
            None if matches!(c, '\'' | '"') => quote = Some(c),
            _ => {}
        }
        out.push(c);
        rest = &rest[c.len_utf8()..];
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrows_lose_their_blanks_outside_quotes() {
        assert_eq!(
            tight_arrows("a -> 'b -> c' ->> 'it''s -> d'"),
            "a->'b -> c'->>'it''s -> d'"
        );
        assert_eq!(tight_arrows("a #>> '{x}'"), "a#>>'{x}'");
    }
}
