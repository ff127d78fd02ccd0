//! Table functions, as DataFusion sees them.

use std::sync::Arc;

use datafusion::catalog::{TableFunctionArgs, TableFunctionImpl, TableProvider};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::Expr;
use datafusion::prelude::SessionContext;

use super::known::Known;
use super::tables::reach::{FUNCTIONS, Reach, ReachFunction};
use super::whole;

/// Registers every table function over what is known of an inventory.
pub(super) fn register(context: &SessionContext, known: &Arc<Known>) {
    for function in FUNCTIONS {
        let known = Arc::clone(known);
        context.register_udtf(function.name(), Arc::new(Call { function, known }));
    }
}

/// What is registered for such a function: a call reads nothing, its rows do.
#[derive(Debug)]
struct Call {
    function: ReachFunction,
    known: Arc<Known>,
}

impl Call {
    /// The argument at a position, a text that `what` says.
    fn text(&self, argument: &Expr, what: &str) -> Result<String> {
        let name = self.function.name();
        let value = match argument {
            Expr::Literal(value, _) => value,
            Expr::Placeholder(placeholder) => {
                return plan_err!(
                    "{name} takes {what} as a text in quotes, not {}, which has no value yet when it is planned",
                    placeholder.id
                );
            }
            _ => {
                return plan_err!(
                    "{name} takes {what} as a text in quotes, not a column or expression"
                );
            }
        };
        match value.try_as_str() {
            Some(Some(text)) => Ok(text.to_owned()),
            _ if value.is_null() => plan_err!("{name} takes {what}, not NULL"),
            _ => plan_err!("{name} takes {what} as a text in quotes, not {value}"),
        }
    }
}

impl TableFunctionImpl for Call {
    fn call_with_args(&self, args: TableFunctionArgs<'_, '_>) -> Result<Arc<dyn TableProvider>> {
        let (address, state) = match args.exprs() {
            [address] => (self.text(address, "an address")?, None),
            [address, state] => (
                self.text(address, "an address")?,
                Some(self.text(state, "the name of a state")?),
            ),
            others => {
                let name = self.function.name();
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
