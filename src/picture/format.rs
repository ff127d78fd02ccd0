//! The formats of pictures, by name.

use std::fmt;
use std::str::FromStr;

/// What a picture is written as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PictureFormat {
    /// Graphviz.
    Dot,
    /// A Mermaid flowchart.
    Mermaid,
    /// Nodes and edges as a JSON object.
    Json,
    /// A drawing.
    Svg,
    /// A page with the drawing in it, to search and walk through.
    Html,
}

impl PictureFormat {
    /// Every format, in the order of help texts.
    pub const ALL: [Self; 5] = [Self::Dot, Self::Mermaid, Self::Json, Self::Svg, Self::Html];

    /// The format's name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Dot => "dot",
            Self::Mermaid => "mermaid",
            Self::Json => "json",
            Self::Svg => "svg",
            Self::Html => "html",
        }
    }
}

impl fmt::Display for PictureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for PictureFormat {
    type Err = String;

    /// The format of that name; the error says which there are.
    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|format| format.name() == name)
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::name).join(", ");
                format!("no picture format is named '{name}': there are {names}")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_format_is_found_by_its_name() {
        for format in PictureFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
    }

    #[test]
    fn an_unknown_format_is_told_the_known() {
        assert_eq!(
            "png".parse::<PictureFormat>(),
            Err("no picture format is named 'png': there are dot, mermaid, json, svg, html".into())
        );
    }
}
