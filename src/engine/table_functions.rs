//! Table functions, as DataFusion sees them.

use std::sync::Arc;

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, plan_datafusion_err, plan_err};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use super::known::Known;
use super::pairs::Operand;
use super::tables::comparison::{self, Comparison, not_compared};
use super::tables::reach::{FUNCTIONS, Reach, ReachFunction};
use super::whole;
use crate::format::LeftOut;

/// Registers every table function over what is known of an inventory.
pub(super) fn register(context: &SessionContext, known: &Arc<Known>) {
    for function in FUNCTIONS {
        let known = Arc::clone(known);
        context.register_udtf(function.name(), Arc::new(ReachCall { function, known }));
    }
    let known = Arc::clone(known);
    context.register_udtf(comparison::NAME, Arc::new(ComparisonCall { known }));
}

/// An argument of a function, a text that `what` says.
fn text(function: &str, argument: &Expr, what: &str) -> Result<String> {
    let value = match argument {
        Expr::Literal(value, _) => value,
        Expr::Placeholder(placeholder) => {
            return plan_err!(
                "{function} takes {what} as a text in quotes, not {}, which has no value yet when it is planned",
                placeholder.id
            );
        }
        _ => {
            return plan_err!(
                "{function} takes {what} as a text in quotes, not a column or expression"
            );
        }
    };
    match value.try_as_str() {
        Some(Some(text)) => Ok(text.to_owned()),
        _ if value.is_null() => plan_err!("{function} takes {what}, not NULL"),
        _ => plan_err!("{function} takes {what} as a text in quotes, not {value}"),
    }
}

/// What is registered for a function that follows dependencies: a call reads nothing, its rows do.
#[derive(Debug)]
struct ReachCall {
    function: ReachFunction,
    known: Arc<Known>,
}

impl TableFunctionImpl for ReachCall {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let name = self.function.name();
        let (address, state) = match args.exprs() {
            [address] => (text(name, address, "an address")?, None),
            [address, state] => (
                text(name, address, "an address")?,
                Some(text(name, state, "the name of a state")?),
            ),
            others => {
                return plan_err!(
                    "{name} takes an address and, where several states have it, the name of one \
                     or '*' for all, not {} arguments",
                    others.len()
                );
            }
        };
        let table = Reach {
            function: self.function,
            address,
            state,
        };
        whole::provider(Arc::new(table), Arc::clone(&self.known))
    }
}

/// What is registered for `compare_states`: a call knows what is compared, and reads nothing.
#[derive(Debug)]
struct ComparisonCall {
    known: Arc<Known>,
}

impl TableFunctionImpl for ComparisonCall {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let name = comparison::NAME;
        let state = |argument| text(name, argument, "the name of a state or folder");
        let (a, b, left_out) = match args.exprs() {
            [a, b] => (state(a)?, state(b)?, String::new()),
            [a, b, left_out] => (
                state(a)?,
                state(b)?,
                text(name, left_out, "what to ignore")?,
            ),
            others => {
                return plan_err!(
                    "{name} takes the names of two states or two folders of states and, if you like, \
                     paths to ignore or 'none', not {} arguments",
                    others.len()
                );
            }
        };
        let left_out =
            LeftOut::parse(&left_out).map_err(|error| plan_datafusion_err!("{error}"))?;
        let inventory = self.known.inventory();
        let operand = |text: &str| Operand::named(inventory, text).map_err(not_compared);
        let table = Comparison::of((&a, &operand(&a)?), (&b, &operand(&b)?), left_out);
        let table = Arc::new(table.map_err(not_compared)?);
        whole::provider(table, Arc::clone(&self.known))
    }
}
