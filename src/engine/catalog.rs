//! The schema that holds the tables and views, in the order of their names.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use datafusion::catalog::{SchemaProvider, TableProvider};
use datafusion::common::{Result, exec_err};
use datafusion::logical_expr::TableType;

use super::kept::Kept;
use super::provider::StateTableProvider;
use super::tables;
use super::types::Types;
use super::views::Views;
use crate::inventory::Inventory;

/// Tables by name. DataFusion's own schema lists them in an order that differs from run to run.
///
/// A name that is not registered may be that of a built-in view, which is planned when it is named,
/// or of a resource type's table.
#[derive(Debug)]
pub(super) struct Tables {
    tables: RwLock<BTreeMap<String, Arc<dyn TableProvider>>>,
    views: Views,
    types: Arc<Types>,
    inventory: Arc<Inventory>,
    kept: Arc<Kept>,
}

impl Tables {
    /// No table but the built-in views and those of types.
    pub(super) fn new(
        views: Views,
        types: Arc<Types>,
        inventory: Arc<Inventory>,
        kept: Arc<Kept>,
    ) -> Tables {
        Tables {
            tables: RwLock::default(),
            views,
            types,
            inventory,
            kept,
        }
    }

    /// Whether a name is taken by a table or view that is no resource type's.
    pub(super) fn is_registered(&self, name: &str) -> bool {
        self.read().contains_key(name) || self.views.has(name)
    }

    /// Whether a name is that of a view of sgq's own.
    pub(super) fn is_own_view(&self, name: &str) -> bool {
        self.views.has(name)
    }

    /// Whether a name is that of a table of sgq's own: one that is built in, or a known type's.
    pub(super) fn is_own(&self, name: &str) -> bool {
        if self.is_registered(name) {
            tables::is_built_in(name)
        } else {
            self.types.has(name)
        }
    }

    /// Every registered table by its name, those that are built in too.
    pub(super) fn registered(&self) -> BTreeMap<String, Arc<dyn TableProvider>> {
        self.read().clone()
    }

    /// The table of a known type, where no other table has its name.
    fn of_type(&self, name: &str) -> Option<Arc<dyn TableProvider>> {
        let table = self.types.table(name)?;
        let inventory = Arc::clone(&self.inventory);
        let kept = Arc::clone(&self.kept);
        Some(Arc::new(StateTableProvider::new(table, inventory, kept)))
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<dyn TableProvider>>> {
        self.tables.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<dyn TableProvider>>> {
        self.tables.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl SchemaProvider for Tables {
    fn table_names(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = self.types.names().into_keys().collect();
        names.extend(self.read().keys().cloned());
        names.extend(self.views.names().map(str::to_owned));
        names.into_iter().collect()
    }

    async fn table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        let registered = self.read().get(name).cloned();
        if registered.is_none() && self.views.has(name) {
            return self.views.table(name).await;
        }
        Ok(registered.or_else(|| self.of_type(name)))
    }

    /// Known without planning a view, and without the columns of a type.
    async fn table_type(&self, name: &str) -> Result<Option<TableType>> {
        let registered = self.read().get(name).map(|table| table.table_type());
        let view = self.views.has(name).then_some(TableType::View);
        Ok(registered
            .or(view)
            .or_else(|| self.types.has(name).then_some(TableType::Base)))
    }

    fn register_table(
        &self,
        name: String,
        table: Arc<dyn TableProvider>,
    ) -> Result<Option<Arc<dyn TableProvider>>> {
        let mut tables = self.write();
        if tables.contains_key(&name) || self.views.has(&name) {
            return exec_err!("there is a table {name} already");
        }
        Ok(tables.insert(name, table))
    }

    fn deregister_table(&self, name: &str) -> Result<Option<Arc<dyn TableProvider>>> {
        Ok(self.write().remove(name))
    }

    fn table_exist(&self, name: &str) -> bool {
        self.is_registered(name) || self.types.has(name)
    }
}
