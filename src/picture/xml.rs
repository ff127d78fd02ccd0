//! Text within XML and HTML.

use std::fmt;

use crate::output::terminal::visible;

/// Displays text so that it is text in XML and HTML, within elements and within attributes in double
/// quotes. Characters that XML forbids or that hide are spelled out.
pub(super) struct Text<'a>(pub(super) &'a str);

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in visible(self.0).chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                // No characters in XML 1.0, and no controls to `visible`.
                '\u{fffe}' | '\u{ffff}' => f.write_str("\u{fffd}")?,
                c => write!(f, "{c}")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_is_escaped() {
        assert_eq!(
            Text("</script> & \"a\" 'b'").to_string(),
            "&lt;/script&gt; &amp; &quot;a&quot; &#39;b&#39;"
        );
    }

    #[test]
    fn what_xml_forbids_is_spelled_out() {
        assert_eq!(
            Text("a\u{0}\u{1b}\u{202e}\u{ffff}b").to_string(),
            "a\\x00\\x1b\\u{202e}\u{fffd}b"
        );
    }
}
