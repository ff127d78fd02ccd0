//! Words on stderr.

/// Writes a line to stderr as `eprintln!` does. Where nobody reads it any more, or its disk is full,
/// nothing is said: what was asked for is answered all the same, and the exit code stays true.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        _ = writeln!(std::io::stderr(), $($words)*);
    }};
}

pub(crate) use tell;
