//! A graph as a picture: `dot`, `mermaid`, `json`, `svg` and `html`.
//!
//! A [`Picture`] is nodes in groups, and edges between them; what they stand for is the caller's
//! business. [`write()`] gives the same bytes for the same picture, whatever the machine.

mod dot;
mod error;
mod family;
mod format;
mod html;
mod json;
mod label;
mod layout;
mod mermaid;
mod model;
mod svg;
mod xml;

#[cfg(test)]
mod examples;

use std::io;

pub use error::PictureError;
pub use format::PictureFormat;
pub use model::{Edge, EdgeKind, Node, Picture};

/// What whoever draws the picture from the format should know; `None` where there is nothing.
pub fn caution(picture: &Picture, format: PictureFormat) -> Option<String> {
    match format {
        PictureFormat::Mermaid => mermaid::caution(picture),
        PictureFormat::Dot | PictureFormat::Json | PictureFormat::Svg | PictureFormat::Html => None,
    }
}

/// Writes the picture in the format.
///
/// `svg` and `html` place every node, which costs time and gives a sheet nobody can read when there
/// are thousands: they refuse more than [`PictureError::TooMany`] says. The other formats leave the
/// placing to another program and take any number.
///
/// # Errors
///
/// An edge whose end is no node; more nodes or edges than can be drawn; a sink that does not take
/// what is written.
pub fn write(
    picture: &Picture,
    format: PictureFormat,
    out: &mut dyn io::Write,
) -> Result<(), PictureError> {
    picture.check()?;
    match format {
        PictureFormat::Dot => dot::write(picture, out)?,
        PictureFormat::Mermaid => mermaid::write(picture, out)?,
        PictureFormat::Json => json::write(picture, out)?,
        PictureFormat::Svg => svg::write(picture, &layout::Layout::of(picture)?, out)?,
        PictureFormat::Html => html::write(picture, &layout::Layout::of(picture)?, out)?,
    }
    Ok(())
}
