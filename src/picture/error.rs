//! Why a picture cannot be drawn.

use std::io;

use thiserror::Error;

use super::layout::{MAX_EDGES, MAX_NODES};

/// Why a picture cannot be drawn.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PictureError {
    /// More than `svg` and `html` place on a sheet.
    #[error(
        "a picture of {nodes} nodes and {edges} edges is too large to draw (at most {MAX_NODES} nodes and {MAX_EDGES} edges): choose a part with --focus, draw less of each state with --by resource, module or state, or write dot or json"
    )]
    TooMany {
        /// How many nodes it has.
        nodes: usize,
        /// How many edges it has.
        edges: usize,
    },
    /// An edge whose end is no node.
    #[error("edge {edge} of the picture joins a node that is not among its {count}")]
    NoSuchNode {
        /// The edge's position.
        edge: usize,
        /// How many nodes there are.
        count: usize,
    },
    /// The nodes could not be placed.
    #[error(
        "the picture could not be laid out ({0}): choose a part with --focus, or write dot or json"
    )]
    Layout(String),
    /// The sink does not take what is written.
    #[error("cannot write the picture: {0}")]
    Write(#[from] io::Error),
}
