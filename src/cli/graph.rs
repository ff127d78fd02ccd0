//! `sgq graph`: what depends on what, as a picture.

use std::io::{IsTerminal, Write};
use std::path::Path;

use super::across::Across;
use super::args::{By, Draw};
use super::exit::{Exit, Failure};
use super::settings::Settings;
use super::tell::tell;
use crate::graph::{Arrow, Level, LinkKind, Outline, OutlineBox, Scope, Selection, StepKind};
use crate::picture::{self, Edge, EdgeKind, Node, Picture, PictureError, PictureFormat};

/// How many attributes are named at an arrow.
const NAMED: usize = 3;

pub(super) fn run(settings: &Settings, draw: &Draw, names_rows: bool) -> Result<Exit, Failure> {
    if names_rows {
        return Err(Failure::usage(
            "graph gives a picture and no rows; name its format with --format",
        ));
    }
    let format = format(draw.picture, settings.out.as_deref())?;
    let is_page = matches!(format, PictureFormat::Svg | PictureFormat::Html);
    if is_page && settings.out.is_none() && std::io::stdout().is_terminal() {
        return Err(Failure::usage(format!(
            "{format} is no text for a terminal; name a file with --out"
        )));
    }
    let across = Across::read(settings)?;
    let wanted = selection(&across, draw)?;
    let level = match draw.by {
        By::Instance => Level::Instance,
        By::Resource => Level::Resource,
        By::Module => Level::Module,
        By::State => Level::State,
    };
    let outline = across.graph.outline(&wanted, level).map_err(|error| {
        across.failure(&format!(
            "{error}; choose a part with --focus or --state, or draw less of it with --by"
        ))
    })?;
    let picture = Picture {
        title: title(draw),
        nodes: outline.boxes.iter().map(|of| node(of, level)).collect(),
        edges: edges(&outline),
    };
    let note = match picture.nodes.is_empty() {
        true => Some("there is nothing to draw".to_owned()),
        false => picture::caution(&picture, format),
    };
    let exit = across.write(|out| picture::write(&picture, format, out))?;
    if let Some(note) = note {
        tell!("sgq: {note}");
    }
    Ok(exit)
}

/// The format that is named, else that of the file's ending; dot where there is none.
fn format(named: Option<PictureFormat>, out: Option<&Path>) -> Result<PictureFormat, Failure> {
    let ending = out.and_then(|out| Some((out, out.extension()?)));
    let (out, ending) = match (named, ending) {
        (Some(named), _) => return Ok(named),
        (None, None) => return Ok(PictureFormat::Dot),
        (None, Some(ending)) => ending,
    };
    match ending.to_string_lossy().to_ascii_lowercase().as_str() {
        "mmd" => Ok(PictureFormat::Mermaid),
        "gv" => Ok(PictureFormat::Dot),
        "htm" => Ok(PictureFormat::Html),
        name => name.parse().map_err(|error| {
            Failure::usage(format!(
                "{}: {error}; name one with --format",
                out.display()
            ))
        }),
    }
}

fn selection(across: &Across<'_>, draw: &Draw) -> Result<Selection, Failure> {
    let states = draw.states.iter().map(|name| {
        let found = across.graph.find_state(name);
        found.map_err(|error| across.failure(&error.to_string()))
    });
    let scope = match draw.states.as_slice() {
        [] => Scope::TheOnlyOne,
        states => Scope::States(states),
    };
    let advice = "name one as STATE:ADDRESS";
    let focus = draw.focus.as_deref();
    let focus = focus.map(|address| across.find(address, scope, advice));
    Ok(Selection {
        states: states.collect::<Result<_, _>>()?,
        focus: focus.transpose()?,
        depth: draw.depth,
    })
}

fn title(draw: &Draw) -> String {
    let about = match (&draw.focus, draw.depth) {
        (None, _) => "Dependencies".to_owned(),
        (Some(focus), None) => format!("Dependencies around {focus}"),
        (Some(focus), Some(1)) => format!("Dependencies within 1 step of {focus}"),
        (Some(focus), Some(depth)) => format!("Dependencies within {depth} steps of {focus}"),
    };
    match draw.states.as_slice() {
        [] => about,
        states => format!("{about} in {}", states.join(", ")),
    }
}

fn node(of: &OutlineBox, level: Level) -> Node {
    let label = match (level, of.address.as_str()) {
        (Level::State, _) => &of.state,
        (_, "") => "root module",
        (_, address) => address,
    };
    let kind = match (level, &of.type_name) {
        (_, Some(name)) => name,
        (Level::State, None) => "state",
        (_, None) => "module",
    };
    let counted = level != Level::Instance && (level != Level::Resource || of.instances > 1);
    let detail = counted.then(|| ("instances".to_owned(), of.instances.to_string()));
    Node {
        id: match level {
            Level::State => of.state.clone(),
            _ => format!("{} {label}", of.state),
        },
        label: label.to_owned(),
        group: (level != Level::State).then(|| of.state.clone()),
        kind: kind.to_owned(),
        detail: detail.into_iter().collect(),
        emphasis: of.is_focus,
    }
}

fn edges(outline: &Outline) -> Vec<Edge> {
    let edge = |arrow: &Arrow| Edge {
        from: arrow.from,
        to: arrow.to,
        kind: match arrow.kind {
            StepKind::Dependency => EdgeKind::Dependency,
            StepKind::Link(LinkKind::RemoteState) => EdgeKind::RemoteState,
            StepKind::Link(LinkKind::SharedId) => EdgeKind::SharedId,
        },
        label: label(arrow),
    };
    outline.arrows.iter().map(edge).collect()
}

/// The attributes that carry an arrow: the first ones, and how many more.
fn label(arrow: &Arrow) -> Option<String> {
    let named: Vec<&str> = arrow
        .attributes
        .iter()
        .take(NAMED)
        .map(String::as_str)
        .collect();
    let more = arrow.attributes.len() - named.len();
    match (named.is_empty(), more) {
        (true, _) => None,
        (false, 0) => Some(named.join(", ")),
        (false, more) => Some(format!("{} and {more} more", named.join(", "))),
    }
}

impl Across<'_> {
    /// Writes the answer by `write`.
    fn write(
        self,
        write: impl FnOnce(&mut dyn Write) -> Result<(), PictureError>,
    ) -> Result<Exit, Failure> {
        let written = {
            let mut out = std::io::BufWriter::new(self.target.writer());
            write(&mut out).and_then(|()| Ok(out.flush()?))
        };
        match written {
            Err(PictureError::Write(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => {
                Ok(Exit::Success)
            }
            Err(error) => Err(self.failure(&error.to_string())),
            Ok(()) => self.keep(),
        }
    }
}
