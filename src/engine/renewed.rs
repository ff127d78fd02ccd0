//! The same session over an inventory that was found anew.

use std::sync::Arc;

use datafusion::catalog::SchemaProvider;

use super::session::{Engine, EngineOptions};
use super::{QueryError, tables};
use crate::inventory::Inventory;

impl Engine {
    /// A session over `inventory` with the settings, the tables and the views that were made in this one.
    /// Tables keep their rows; a view whose tables are not there any more is left out, and prepared
    /// statements are forgotten.
    ///
    /// # Errors
    ///
    /// When DataFusion refuses its own set-up.
    pub async fn renewed(
        &self,
        inventory: Arc<Inventory>,
        options: &EngineOptions,
    ) -> Result<Engine, QueryError> {
        let engine = Engine::new(inventory, options)?;
        engine.take_settings_of(self);
        let mut views = Vec::new();
        for (name, table) in self.tables().registered() {
            if tables::is_built_in(&name) {
                continue;
            }
            match table.get_table_definition() {
                Some(definition) => views.push(definition.to_owned()),
                None => {
                    // Nothing else has the name: it was none of a table of sgq's before.
                    let _ = engine.tables().register_table(name, table);
                }
            }
        }
        // One may stand on another.
        loop {
            let before = views.len();
            let mut left = Vec::new();
            for view in views {
                if engine.make_view(&view).await.is_err() {
                    left.push(view);
                }
            }
            if left.is_empty() || left.len() == before {
                return Ok(engine);
            }
            views = left;
        }
    }

    async fn make_view(&self, definition: &str) -> Result<(), QueryError> {
        for statement in self.parse(definition)? {
            self.run(statement, definition).await?;
        }
        Ok(())
    }
}
