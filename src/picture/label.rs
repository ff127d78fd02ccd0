//! A label broken into the lines of its box, and how wide a line is.

/// How many columns a line may have before it is broken.
const LONGEST: usize = 34;

/// The lines of a box. Together they are the label, character for character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lines {
    /// Where the node stands: `module.net.module.subnets["a"].`. Written paler.
    pub(super) place: Vec<String>,
    /// What the node is: `aws_subnet.private["a"]`.
    pub(super) name: Vec<String>,
}

impl Lines {
    /// The lines of a label. What stands before the `kind` (with its `data.`) is the place.
    pub(super) fn of(label: &str, kind: &str) -> Self {
        let (place, name) = split_place(label, kind);
        Self {
            place: broken(place),
            name: broken(name),
        }
    }

    /// How many lines there are.
    pub(super) fn count(&self) -> usize {
        self.place.len() + self.name.len()
    }

    /// The columns of the widest.
    pub(super) fn columns(&self) -> usize {
        let lines = self.place.iter().chain(&self.name);
        lines.map(|line| columns(line)).max().unwrap_or_default()
    }
}

/// How many columns of a monospaced font the text takes, or more: a letter that is not of the
/// alphabets counts two, so that no font's wide letters leave their box.
pub(super) fn columns(text: &str) -> usize {
    text.chars()
        .map(|c| match u32::from(c) {
            0..0x1100 => 1,
            _ => 2,
        })
        .sum()
}

fn split_place<'a>(label: &'a str, kind: &str) -> (&'a str, &'a str) {
    if kind.is_empty() {
        return ("", label);
    }
    let own = format!(".{kind}.");
    let Some(at) = outside_quotes(label, &own) else {
        return ("", label);
    };
    let (place, name) = label.split_at(at + 1);
    match place.strip_suffix("data.") {
        Some(rest) if rest.ends_with("module.") => (place, name),
        Some(rest) => (rest, label.get(rest.len()..).unwrap_or(name)),
        None => (place, name),
    }
}

/// Where `part` stands first outside of a `for_each` key.
fn outside_quotes(text: &str, part: &str) -> Option<usize> {
    let quoted = quoted(text);
    text.match_indices(part)
        .map(|(at, _)| at)
        .find(|at| quoted.get(*at) == Some(&false))
}

/// For each byte, whether it is in quotes.
fn quoted(text: &str) -> Vec<bool> {
    let (mut inside, mut escaped) = (false, false);
    text.bytes()
        .map(|byte| {
            let before = inside;
            match byte {
                _ if escaped => escaped = false,
                b'\\' if inside => escaped = true,
                b'"' => inside = !inside,
                _ => {}
            }
            before
        })
        .collect()
}

/// The text in lines of at most [`LONGEST`] columns, broken after a dot or a slash or before a
/// bracket outside of quotes if that is possible, else after any sign that is no letter, else anywhere.
fn broken(text: &str) -> Vec<String> {
    if columns(text) <= LONGEST {
        return match text {
            "" => Vec::new(),
            text => vec![text.to_owned()],
        };
    }
    let mut lines = Vec::new();
    let mut line = String::new();
    for piece in pieces(text) {
        for part in fitting(piece) {
            if columns(&line) + columns(part) > LONGEST && !line.is_empty() {
                lines.push(std::mem::take(&mut line));
            }
            line.push_str(part);
        }
    }
    lines.push(line);
    lines
}

/// The text cut where a reader would break it.
fn pieces(text: &str) -> Vec<&str> {
    let quoted = quoted(text);
    let mut cuts = Vec::new();
    for (at, c) in text.char_indices() {
        if quoted.get(at) == Some(&true) {
            continue;
        }
        match c {
            '.' | '/' => cuts.push(at + 1),
            '[' => cuts.push(at),
            _ => {}
        }
    }
    cut(text, &cuts)
}

/// A piece cut so that each part fits into a line.
fn fitting(piece: &str) -> Vec<&str> {
    if columns(piece) <= LONGEST {
        return vec![piece];
    }
    let mut cuts = Vec::new();
    let (mut start, mut width, mut sign) = (0, 0, None);
    for (at, c) in piece.char_indices() {
        width += columns(c.encode_utf8(&mut [0; 4]));
        if width > LONGEST {
            let end = sign.filter(|sign| *sign > start).unwrap_or(at);
            cuts.push(end);
            start = end;
            width = columns(piece.get(start..at + c.len_utf8()).unwrap_or_default());
            sign = None;
        }
        if !c.is_alphanumeric() {
            sign = Some(at + c.len_utf8());
        }
    }
    cut(piece, &cuts)
}

fn cut<'a>(text: &'a str, cuts: &[usize]) -> Vec<&'a str> {
    let starts = std::iter::once(0).chain(cuts.iter().copied());
    let ends = cuts.iter().copied().chain(std::iter::once(text.len()));
    starts
        .zip(ends)
        .filter_map(|(start, end)| text.get(start..end))
        .filter(|part| !part.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lines(label: &str, kind: &str) -> (Vec<String>, Vec<String>) {
        let lines = Lines::of(label, kind);
        (lines.place, lines.name)
    }

    fn both(place: &[&str], name: &[&str]) -> (Vec<String>, Vec<String>) {
        let owned = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
        (owned(place), owned(name))
    }

    #[test]
    fn a_short_label_is_one_line() {
        assert_eq!(
            lines("aws_vpc.main", "aws_vpc"),
            both(&[], &["aws_vpc.main"])
        );
    }

    #[test]
    fn the_module_path_is_the_place() {
        assert_eq!(
            lines("module.net.aws_subnet.private[\"a\"]", "aws_subnet"),
            both(&["module.net."], &["aws_subnet.private[\"a\"]"])
        );
        assert_eq!(
            lines("module.a.data.aws_ami.x", "aws_ami"),
            both(&["module.a."], &["data.aws_ami.x"])
        );
        assert_eq!(
            lines("module.data.aws_ami.x", "aws_ami"),
            both(&["module.data."], &["aws_ami.x"])
        );
    }

    #[test]
    fn a_key_that_reads_like_a_type_is_no_place() {
        assert_eq!(
            lines("module.a[\"x.aws_vpc.y\"].aws_vpc.b", "aws_vpc"),
            both(&["module.a[\"x.aws_vpc.y\"]."], &["aws_vpc.b"])
        );
    }

    #[test]
    fn a_long_label_breaks_at_dots_and_brackets() {
        assert_eq!(
            lines(
                "aws_iam_role_policy_attachment.node_worker_policy[\"AmazonEKSWorkerNodePolicy\"]",
                "aws_iam_role_policy_attachment"
            ),
            both(
                &[],
                &[
                    "aws_iam_role_policy_attachment.",
                    "node_worker_policy",
                    "[\"AmazonEKSWorkerNodePolicy\"]"
                ]
            )
        );
    }

    proptest! {
        #[test]
        fn lines_are_the_label_and_fit(label in "[a-z.\\[\\]\"\\\\東é/-]{0,120}", kind in "[a-z]{0,2}") {
            let lines = Lines::of(&label, &kind);
            let together: String = lines.place.iter().chain(&lines.name).map(String::as_str).collect();
            prop_assert_eq!(together, label);
            prop_assert!(lines.columns() <= LONGEST);
        }
    }
}
