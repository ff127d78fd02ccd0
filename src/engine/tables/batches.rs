//! Batches of rows: filtered before columns are made of them, and no more than are wanted.

use std::ops::ControlFlow;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::error::Result;

use super::column::Column;
use super::request::Request;

/// How the rows of one document become columns.
pub(super) trait MakeColumns<R> {
    /// One column that is not costly, for a filter.
    fn column(&self, column: &Column, rows: &[R]) -> Result<ArrayRef>;
    /// The columns of the projection, in its order.
    fn projected(&self, rows: &[R]) -> Result<Vec<ArrayRef>>;
}

/// Where batches go; a break says that there are enough.
pub(super) type Send<'a> = dyn FnMut(RecordBatch) -> ControlFlow<()> + 'a;

/// Sends the wanted ones of the rows that `rows` gives to its argument.
///
/// # Errors
///
/// When a filter cannot be evaluated, or a column cannot be made.
pub(super) fn send_batches<R>(
    request: &Request,
    make: &impl MakeColumns<R>,
    rows: impl FnOnce(&mut dyn FnMut(R) -> ControlFlow<()>) -> ControlFlow<()>,
    send: &mut Send<'_>,
) -> Result<()> {
    let mut pending = Vec::new();
    let mut failure = None;
    let mut left = request.limit.unwrap_or(usize::MAX);
    let mut flush = |rows: &mut Vec<R>| match batch(std::mem::take(rows), request, make, left) {
        Ok(None) => ControlFlow::Continue(()),
        Ok(Some(batch)) => {
            left -= batch.num_rows();
            match send(batch) {
                ControlFlow::Continue(()) if left > 0 => ControlFlow::Continue(()),
                _ => ControlFlow::Break(()),
            }
        }
        Err(error) => {
            failure = Some(error);
            ControlFlow::Break(())
        }
    };
    let enough = match request.limit {
        Some(limit) if request.filters.is_empty() => request.batch_size.min(limit.max(1)),
        _ => request.batch_size,
    };
    let ended = rows(&mut |row| {
        pending.push(row);
        if pending.len() < enough {
            return ControlFlow::Continue(());
        }
        flush(&mut pending)
    });
    if ended.is_continue() {
        let _ = flush(&mut pending);
    }
    failure.map_or(Ok(()), Err)
}

/// The wanted ones of `rows`, `most` of them at most, as a batch of the wanted columns.
fn batch<R>(
    mut rows: Vec<R>,
    request: &Request,
    make: &impl MakeColumns<R>,
    most: usize,
) -> Result<Option<RecordBatch>> {
    for filter in &request.filters {
        if rows.is_empty() {
            return Ok(None);
        }
        let kept = filter.keep(rows.len(), |column| make.column(column, &rows))?;
        rows = kept.choose(rows);
    }
    rows.truncate(most);
    if rows.is_empty() {
        return Ok(None);
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(Some(RecordBatch::try_new_with_options(
        Arc::clone(&request.schema),
        make.projected(&rows)?,
        &options,
    )?))
}
