//! Functions of PostgreSQL that DataFusion lacks and people write.

use std::sync::Arc;

use datafusion::arrow::array::{
    Array, ArrayRef, AsArray, IntervalMonthDayNanoBuilder, StringViewArray, StringViewBuilder,
};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{
    DataType, Field, FieldRef, IntervalMonthDayNano, IntervalUnit, TimeUnit,
    TimestampMicrosecondType,
};
use datafusion::common::{Result, exec_err, plan_err};
use datafusion::functions::math::signum;
use datafusion::functions::string::uuid;
use datafusion::logical_expr::{ReturnFieldArgs, ScalarFunctionArgs, ScalarUDF};

use super::scalar::{
    TextArgument, argument_array, fixed, is_list, is_text, text_array, text_of_anything, variadic,
};
use crate::engine::json::is_json;
use crate::engine::names::identifier;

/// All functions of this file, and the names that are only understood elsewhere in a query.
pub fn all() -> Vec<Arc<ScalarUDF>> {
    let mut functions = vec![
        age(),
        format(),
        pg_typeof(),
        fixed("quote_ident", &[], 1, text_of_anything, |args| {
            each_text(args, identifier)
        }),
        fixed("quote_literal", &[], 1, text_of_anything, |args| {
            each_text(args, quote_literal)
        }),
        Arc::new(signum().as_ref().clone().with_aliases(["sign"])),
        Arc::new(uuid().as_ref().clone().with_aliases(["gen_random_uuid"])),
    ];
    functions.extend(
        [
            ("jsonb_array_elements", "json_array_elements"),
            ("jsonb_array_elements_text", "json_array_elements_text"),
            ("jsonb_each", "json_each"),
            ("jsonb_each_text", "json_each_text"),
            ("jsonb_object_keys", "jsonb_object_keys"),
            ("jsonb_to_recordset", "json_to_recordset"),
            ("string_to_table", "string_to_table"),
        ]
        .map(|(name, alias)| misplaced(name, alias)),
    );
    functions
}

/// A set-returning function where rows cannot come from.
fn misplaced(name: &'static str, alias: &str) -> Arc<ScalarUDF> {
    variadic(
        name,
        &[alias],
        true,
        |name, _| plan_err!("{name} gives rows; use it in FROM or in the select list"),
        |_| exec_err!("a set-returning function was not planned as rows"),
    )
}

fn each_text(args: &ScalarFunctionArgs, write: fn(&str) -> String) -> Result<ArrayRef> {
    let values = TextArgument::new(args, 0)?;
    let mut out = StringViewBuilder::with_capacity(args.number_rows);
    for row in 0..args.number_rows {
        out.append_option(values.get(row).map(write));
    }
    Ok(Arc::new(out.finish()))
}

fn quote_literal(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('\'', "''");
    if text.contains('\\') {
        format!(" E'{escaped}'")
    } else {
        format!("'{escaped}'")
    }
}

/// `format(template, value, ...)` with `%s`, `%I`, `%L`, `%%` and positions such as `%2$s`.
fn format() -> Arc<ScalarUDF> {
    variadic("format", &[], false, text_of_anything, |args| {
        let template = TextArgument::new(args, 0)?;
        let values = (1..args.args.len())
            .map(|index| text_array(&argument_array(args, index)?))
            .collect::<Result<Vec<_>>>()?;
        let mut out = StringViewBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            match template.get(row) {
                Some(template) => out.append_value(formatted(template, &values, row)?),
                None => out.append_null(),
            }
        }
        Ok(Arc::new(out.finish()))
    })
}

fn formatted(template: &str, values: &[StringViewArray], row: usize) -> Result<String> {
    let mut out = String::with_capacity(template.len());
    let mut next = 0;
    let mut rest = template;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            out.push('%');
            rest = after;
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if let Some(after) = rest[digits..].strip_prefix('$') {
            match rest[..digits]
                .parse::<usize>()
                .ok()
                .and_then(|n| n.checked_sub(1))
            {
                Some(position) => next = position,
                None => return exec_err!("format counts its arguments from 1, as in %1$s"),
            }
            rest = after;
        }
        let Some(values) = values.get(next) else {
            return exec_err!("format has more places than values");
        };
        next += 1;
        let value = values.is_valid(row).then(|| values.value(row));
        let mut chars = rest.chars();
        match (chars.next(), value) {
            (Some('s'), value) => out.push_str(value.unwrap_or("")),
            (Some('I'), Some(value)) => out.push_str(&identifier(value)),
            (Some('I'), None) => return exec_err!("format cannot make an identifier of NULL"),
            (Some('L'), value) => {
                out.push_str(&value.map_or_else(|| "NULL".to_owned(), quote_literal));
            }
            _ => return exec_err!("format knows %s, %I, %L and %%"),
        }
        rest = chars.as_str();
    }
    out.push_str(rest);
    Ok(out)
}

/// `pg_typeof(value)`: the type's name in PostgreSQL.
fn pg_typeof() -> Arc<ScalarUDF> {
    fixed("pg_typeof", &[], 1, text_of_anything, |args| {
        let name = args.arg_fields.first().map_or_else(String::new, type_name);
        Ok(Arc::new(StringViewArray::from_iter_values(
            std::iter::repeat_n(name, args.number_rows),
        )))
    })
}

fn type_name(field: &FieldRef) -> String {
    match field.data_type() {
        _ if is_json(field) => "jsonb".to_owned(),
        DataType::List(item) | DataType::LargeList(item) => format!("{}[]", type_name(item)),
        text if is_text(text) => "text".to_owned(),
        list if is_list(list) => "anyarray".to_owned(),
        DataType::Boolean => "boolean".to_owned(),
        DataType::Int8 | DataType::Int16 | DataType::UInt8 => "smallint".to_owned(),
        DataType::Int32 | DataType::UInt16 => "integer".to_owned(),
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => "bigint".to_owned(),
        DataType::Float32 | DataType::Float16 => "real".to_owned(),
        DataType::Float64 => "double precision".to_owned(),
        decimal if decimal.is_numeric() => "numeric".to_owned(),
        DataType::Timestamp(_, Some(_)) => "timestamp with time zone".to_owned(),
        DataType::Timestamp(_, None) => "timestamp without time zone".to_owned(),
        DataType::Date32 | DataType::Date64 => "date".to_owned(),
        DataType::Interval(_) | DataType::Duration(_) => "interval".to_owned(),
        DataType::Struct(_) => "record".to_owned(),
        other => other.to_string().to_lowercase(),
    }
}

/// `age(later, earlier)`: the interval between two times in years, months, days and the rest.
fn age() -> Arc<ScalarUDF> {
    fixed("age", &[], 2, interval_of_times, |args| {
        let later = micros(args, 0)?;
        let earlier = micros(args, 1)?;
        let later = later.as_primitive::<TimestampMicrosecondType>();
        let earlier = earlier.as_primitive::<TimestampMicrosecondType>();
        let mut out = IntervalMonthDayNanoBuilder::with_capacity(args.number_rows);
        for row in 0..args.number_rows {
            if later.is_null(row) || earlier.is_null(row) {
                out.append_null();
            } else {
                out.append_value(between(later.value(row), earlier.value(row)));
            }
        }
        Ok(Arc::new(out.finish()))
    })
}

fn interval_of_times(name: &str, args: &ReturnFieldArgs<'_>) -> Result<Field> {
    for field in args.arg_fields {
        match field.data_type() {
            DataType::Timestamp(_, _) | DataType::Date32 | DataType::Date64 => {}
            data_type if is_text(data_type) => {}
            _ => return plan_err!("{name} takes times; cast its arguments to timestamp"),
        }
    }
    Ok(Field::new(
        name,
        DataType::Interval(IntervalUnit::MonthDayNano),
        true,
    ))
}

fn micros(args: &ScalarFunctionArgs, index: usize) -> Result<ArrayRef> {
    let array = argument_array(args, index)?;
    let utc = DataType::Timestamp(TimeUnit::Microsecond, Some("+00:00".into()));
    let naive = DataType::Timestamp(TimeUnit::Microsecond, None);
    // A time with a zone is compared as it reads in UTC.
    let array = match array.data_type() {
        DataType::Timestamp(_, Some(_)) => cast(&array, &utc)?,
        _ => array,
    };
    Ok(cast(&array, &naive)?)
}

const DAY: i64 = 86_400_000_000;

/// PostgreSQL's `timestamp_age`: field by field, borrowing the days of the earlier month.
fn between(a: i64, b: i64) -> IntervalMonthDayNano {
    let (later, earlier, sign) = if a >= b { (a, b, 1) } else { (b, a, -1) };
    let (later_year, later_month, later_day) = civil(later.div_euclid(DAY));
    let (year, month, day) = civil(earlier.div_euclid(DAY));
    let mut micros = later.rem_euclid(DAY) - earlier.rem_euclid(DAY);
    let mut days = later_day - day;
    let mut months = (later_year - year) * 12 + later_month - month;
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    while days < 0 {
        days += days_in_month(year, month);
        months -= 1;
    }
    let small = |value: i64| i32::try_from(sign * value).unwrap_or(i32::MAX);
    IntervalMonthDayNano::new(small(months), small(days), sign * micros * 1000)
}

/// The year, month and day of a day counted from 1970-01-01.
fn civil(days: i64) -> (i64, i64, i64) {
    // Counted in 400-year eras that begin on 1 March, so that leap days come last.
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let day_of_era = days.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted_month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
    let month = if shifted_month < 10 {
        shifted_month + 3
    } else {
        shifted_month - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_turned_into_dates() {
        assert_eq!(civil(0), (1970, 1, 1));
        assert_eq!(civil(19_782), (2024, 2, 29));
        assert_eq!(civil(-1), (1969, 12, 31));
    }

    #[test]
    fn age_borrows_the_days_of_the_earlier_month() {
        let march_1 = 19_783 * DAY;
        let january_31 = 19_753 * DAY;
        assert_eq!(
            between(march_1, january_31),
            IntervalMonthDayNano::new(1, 1, 0)
        );
        assert_eq!(
            between(january_31, march_1),
            IntervalMonthDayNano::new(-1, -1, 0)
        );
    }
}
