//! The common shape of this folder's scalar functions, so that each is a name, a return type and a body.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StringViewArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, FieldRef};
use datafusion::common::{Result, ScalarValue, exec_err, internal_err, plan_err};
use datafusion::logical_expr::{
    ColumnarValue, ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature,
    Volatility,
};

use crate::engine::json::json_field;

/// What a function returns, given its arguments' fields.
pub type Returns = fn(&str, &ReturnFieldArgs<'_>) -> Result<Field>;
/// A function's work on one batch.
pub type Body = fn(&ScalarFunctionArgs) -> Result<ArrayRef>;

/// A scalar function made of function pointers.
#[derive(Debug)]
struct Function {
    name: &'static str,
    aliases: Vec<String>,
    signature: Signature,
    returns: Returns,
    body: Body,
}

impl PartialEq for Function {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Function {}

impl Hash for Function {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}

impl ScalarUDFImpl for Function {
    fn name(&self) -> &str {
        self.name
    }

    fn aliases(&self) -> &[String] {
        &self.aliases
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> Result<DataType> {
        internal_err!("{} is asked for its field, not its type", self.name)
    }

    fn return_field_from_args(&self, args: ReturnFieldArgs<'_>) -> Result<FieldRef> {
        (self.returns)(self.name, &args).map(Arc::new)
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args
            .args
            .iter()
            .all(|arg| matches!(arg, ColumnarValue::Scalar(_)));
        if constant && !args.args.is_empty() {
            let one = ScalarFunctionArgs {
                number_rows: 1,
                ..args
            };
            let result = (self.body)(&one)?;
            return ScalarValue::try_from_array(&result, 0).map(ColumnarValue::Scalar);
        }
        (self.body)(&args).map(ColumnarValue::Array)
    }
}

/// A function of exactly `count` arguments, whose types `returns` checks.
pub fn fixed(
    name: &'static str,
    aliases: &[&str],
    count: usize,
    returns: Returns,
    body: Body,
) -> Arc<ScalarUDF> {
    let signature = if count == 0 {
        Signature::nullary(Volatility::Immutable)
    } else {
        Signature::any(count, Volatility::Immutable)
    };
    with_signature(name, aliases, signature, returns, body)
}

/// A function of any number of arguments (of at least one, unless `or_none`).
pub fn variadic(
    name: &'static str,
    aliases: &[&str],
    or_none: bool,
    returns: Returns,
    body: Body,
) -> Arc<ScalarUDF> {
    let signature = if or_none {
        Signature::one_of(
            vec![
                datafusion::logical_expr::TypeSignature::Nullary,
                datafusion::logical_expr::TypeSignature::VariadicAny,
            ],
            Volatility::Immutable,
        )
    } else {
        Signature::variadic_any(Volatility::Immutable)
    };
    with_signature(name, aliases, signature, returns, body)
}

/// A function with a signature of its own.
pub fn with_signature(
    name: &'static str,
    aliases: &[&str],
    signature: Signature,
    returns: Returns,
    body: Body,
) -> Arc<ScalarUDF> {
    Arc::new(ScalarUDF::new_from_impl(Function {
        name,
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        signature,
        returns,
        body,
    }))
}

/// Returns JSON, NULL only where the first argument is; that has to be text.
pub fn same_as_json(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(json_field(name, args.arg_fields[0].is_nullable()))
}

/// Returns plain text, NULL only where the first argument is; that has to be text.
pub fn same_as_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(Field::new(
        name,
        DataType::Utf8View,
        args.arg_fields[0].is_nullable(),
    ))
}

/// Returns JSON; the first argument has to be text.
pub fn json_of_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(json_field(name, true))
}

/// Returns plain text; the first argument has to be text.
pub fn text_of_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(Field::new(name, DataType::Utf8View, true))
}

/// Returns a boolean; the first argument has to be text.
pub fn boolean_of_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    first_is_text(name, args)?;
    Ok(Field::new(name, DataType::Boolean, true))
}

/// Returns JSON, whatever it is given; NULL only where an argument can be.
pub fn json_of_anything(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    Ok(json_field(
        name,
        args.arg_fields.iter().any(|field| field.is_nullable()),
    ))
}

/// Returns plain text, whatever it is given.
pub fn text_of_anything(name: &str, _: &ReturnFieldArgs<'_>) -> Result<Field> {
    Ok(Field::new(name, DataType::Utf8View, true))
}

/// Fails when a function that reads JSON is given something that is no text.
pub fn first_is_text(name: &str, args: &ReturnFieldArgs<'_>) -> Result<()> {
    match args.arg_fields.first() {
        Some(field) if is_text(field.data_type()) => Ok(()),
        Some(field) => plan_err!(
            "{name} takes JSON, not {}; give it a JSON column or to_json(...)",
            type_name(field.data_type())
        ),
        None => plan_err!("{name} takes at least one argument"),
    }
}

/// Whether values of a type can be read as text without converting them.
pub fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View | DataType::Null => true,
        DataType::Dictionary(_, value) => is_text(value),
        _ => false,
    }
}

/// Whether a type is a list of some kind.
pub fn is_list(data_type: &DataType) -> bool {
    matches!(
        data_type,
        DataType::List(_)
            | DataType::LargeList(_)
            | DataType::FixedSizeList(_, _)
            | DataType::ListView(_)
            | DataType::LargeListView(_)
    )
}

/// A type's name as a person would say it.
pub fn type_name(data_type: &DataType) -> String {
    match data_type {
        data_type if is_list(data_type) => "a list".to_owned(),
        DataType::Struct(_) => "a struct".to_owned(),
        DataType::Map(_, _) => "a map".to_owned(),
        DataType::Boolean => "a boolean".to_owned(),
        data_type if data_type.is_numeric() => "a number".to_owned(),
        data_type if is_text(data_type) => "text".to_owned(),
        other => other.to_string(),
    }
}

/// An argument read as text, row by row; a constant is kept once.
pub struct TextArgument {
    values: StringViewArray,
    constant: bool,
}

impl TextArgument {
    /// Reads argument `index` of a call.
    pub fn new(args: &ScalarFunctionArgs, index: usize) -> Result<Self> {
        let Some(value) = args.args.get(index) else {
            return exec_err!("argument {} is missing", index + 1);
        };
        let (array, constant) = match value {
            ColumnarValue::Array(array) => (Arc::clone(array), false),
            ColumnarValue::Scalar(scalar) => (scalar.to_array()?, true),
        };
        Ok(Self {
            values: text_array(&array)?,
            constant,
        })
    }

    /// The text in a row, `None` where it is NULL.
    pub fn get(&self, row: usize) -> Option<&str> {
        let row = if self.constant { 0 } else { row };
        self.values.is_valid(row).then(|| self.values.value(row))
    }
}

/// Any array as text.
pub fn text_array(array: &ArrayRef) -> Result<StringViewArray> {
    let array = cast(array, &DataType::Utf8View)?;
    match array.as_any().downcast_ref::<StringViewArray>() {
        Some(text) => Ok(text.clone()),
        None => internal_err!("a cast to text gave {}", array.data_type()),
    }
}

/// Argument `index` of a call as an array with a value for each row.
pub fn argument_array(args: &ScalarFunctionArgs, index: usize) -> Result<ArrayRef> {
    match args.args.get(index) {
        Some(value) => value.to_array(args.number_rows),
        None => exec_err!("argument {} is missing", index + 1),
    }
}
