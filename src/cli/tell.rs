//! Words on stderr.

/// Writes a line to stderr as `eprintln!` does. Where nobody reads it any more, or its disk is full,
/// nothing is said: what was asked for is answered all the same, and the exit code stays true.
macro_rules! tell {
    ($($words:tt)*) => {{
        use std::io::Write as _;
        // Written at once, so that no other line gets between its words.
        let line = format!($($words)*) + "\n";
        _ = std::io::stderr().write_all(line.as_bytes());
    }};
}

pub(crate) use tell;
