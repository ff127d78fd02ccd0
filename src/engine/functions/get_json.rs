//! `json_get_json`, which `->` and `#>` are planned as where their keys are constant.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::datatypes::{DataType, FieldRef};
use datafusion::common::{Result, internal_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
};
use datafusion_functions_json::udfs::json_get_json_udf;

use crate::engine::json::json_field;

/// `json_get_json(json, key, ...)`, also called `json_get`: the value at a path, as JSON.
///
/// It is datafusion-functions-json's own, but for what it returns: that has a mark with one key more,
/// and two marks that differ cannot go into one UNION.
pub fn get_json() -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(GetJson {
        inner: json_get_json_udf(),
        aliases: vec!["json_get".to_owned()],
    }))
}

#[derive(Debug)]
struct GetJson {
    inner: Arc<ScalarUDF>,
    aliases: Vec<String>,
}

impl PartialEq for GetJson {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl Eq for GetJson {}

impl Hash for GetJson {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.inner.hash(state);
    }
}

impl ScalarUDFImpl for GetJson {
    fn name(&self) -> &str {
        self.inner.name()
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        self.inner.signature()
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is asked for its field, not its type", self.name())
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        // Checks the arguments.
        self.inner.return_field_from_args(args)?;
        Ok(Arc::new(json_field(self.name(), true)))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        // Past the check that what comes out is what was promised, which is the cast's type.
        self.inner
            .inner()
            .invoke_with_args(args)?
            .cast_to(&DataType::Utf8View, None)
    }
}
