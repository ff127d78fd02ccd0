//! The library of questions: views and reports, each a file of SQL with a header in its comments.
//!
//! A header is the comment lines at the top of a file, an entry each, `-- key: text`; a line that is
//! indented by two blanks or more goes on with the entry above it. The files of sgq's own lie in
//! `queries/` and are part of the binary.

mod bind;
mod built_in;
mod header;
mod param;
mod report;
mod view;

pub use self::bind::BindError;
pub use self::built_in::{reports, views};
pub(in crate::engine) use self::built_in::{view_names, view_text};
pub use self::header::HeaderError;
pub use self::param::{Param, Value};
pub use self::report::{ArgumentError, Arguments, Report};
pub use self::view::{View, ViewColumn};
