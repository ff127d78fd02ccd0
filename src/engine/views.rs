//! The built-in views, each planned when it is first named: a statement that names none pays for none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use datafusion::catalog::TableProvider;
use datafusion::catalog::view::ViewTable;
use datafusion::common::{Result, exec_datafusion_err, plan_datafusion_err};
use datafusion::execution::SessionState;
use datafusion::prelude::SessionContext;
use datafusion::sql::parser::DFParserBuilder;
use datafusion::sql::sqlparser::dialect::PostgreSqlDialect;

use super::{functions, library};

/// The built-in views of a session.
pub(super) struct Views {
    names: BTreeSet<&'static str>,
    /// The session as it is at the time; `None` once it has ended.
    session: Box<dyn Fn() -> Option<SessionState> + Send + Sync>,
    planned: Mutex<BTreeMap<String, Arc<dyn TableProvider>>>,
}

impl fmt::Debug for Views {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Views").field(&self.names).finish()
    }
}

impl Views {
    /// The views of a session, which it may own: they do not keep it alive.
    pub(super) fn of(session: &SessionContext) -> Views {
        let session = session.state_weak_ref();
        Views {
            names: library::view_names().collect(),
            session: Box::new(move || Some(session.upgrade()?.read().clone())),
            planned: Mutex::default(),
        }
    }

    /// Their names, in alphabetical order.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> {
        self.names.iter().copied()
    }

    /// Whether one has a name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.names.contains(name)
    }

    /// A view, planned now if it was not before; `None` if there is none of that name.
    ///
    /// # Errors
    ///
    /// When the view cannot be planned.
    pub(super) async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let Some(text) = library::view_text(name) else {
            return Ok(None);
        };
        let planned = || self.planned.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(view) = planned().get(name) {
            return Ok(Some(Arc::clone(view)));
        }
        let view = self.plan(name, text).await?;
        planned().insert(name.to_owned(), Arc::clone(&view));
        Ok(Some(view))
    }

    async fn plan(&self, name: &str, text: &str) -> Result<Arc<dyn TableProvider>> {
        let session = (self.session)();
        let session = session.ok_or_else(|| exec_datafusion_err!("the session has ended"))?;
        let mut statement = DFParserBuilder::new(text)
            .with_dialect(&PostgreSqlDialect {})
            .build()
            .and_then(|mut parser| parser.parse_statement())?;
        functions::rewrite_statement(&mut statement);
        let plan = session
            .statement_to_plan(statement)
            .await
            .map_err(|error| {
                let error = error.strip_backtrace();
                plan_datafusion_err!("the view {name} cannot be planned: {error}")
            })?;
        Ok(Arc::new(ViewTable::new(plan, Some(text.to_owned()))))
    }
}
