//! From SVG to a file: as it is, or as PNG.

use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};

use egui::{FontDefinitions, Vec2};
use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{self, fontdb};

use crate::theme;

/// No picture is larger, in pixels: it takes four bytes a pixel.
const MOST_PIXELS: f32 = 64e6;
/// No side is longer, in points.
const LONGEST: f32 = 16_384.0;

/// What a picture is kept as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Lines and letters: sharp at any size.
    Svg,
    /// Pixels.
    Png,
}

/// Why a picture was not kept. The text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum PictureError {
    /// Its name does not say what it is to be.
    #[error("{}: pictures are SVG or PNG; end the name with .svg or .png", .0.display())]
    Extension(PathBuf),
    /// A side is too short, too long or no length at all.
    #[error("a picture is 16 to 16384 points wide and high, not {0}×{1}")]
    Size(f32, f32),
    /// It takes too much memory.
    #[error("{0}×{1} pixels are too many for a PNG: at most 64 million; make it smaller, or an SVG, which is sharp at any size")]
    TooLarge(f32, f32),
    /// It cannot be written.
    #[error("{}: {error}. Choose a file in a folder that is there and that you may write to", .path.display())]
    Write {
        /// Where.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// Our SVG is not understood by what makes pixels of it.
    #[error("the picture could not be drawn: {0}. Keep it as SVG")]
    Draw(String),
}

impl Format {
    /// What the name of a file says it is to be.
    ///
    /// # Errors
    /// Where it says nothing, or something else.
    pub fn of(path: &Path) -> Result<Format, PictureError> {
        let extension = path.extension().unwrap_or_default().to_string_lossy().to_lowercase();
        match extension.as_str() {
            "svg" => Ok(Format::Svg),
            "png" => Ok(Format::Png),
            _ => Err(PictureError::Extension(path.to_owned())),
        }
    }

    /// Whether a picture of that size can be made.
    ///
    /// # Errors
    /// What is wrong with the size.
    pub fn allows(self, size: Vec2, scale: f32) -> Result<(), PictureError> {
        let pixels = (size * scale).ceil();
        if [size.x, size.y].iter().any(|side| !(16.0..=LONGEST).contains(side)) {
            return Err(PictureError::Size(size.x, size.y));
        }
        if self == Format::Png && pixels.x * pixels.y > MOST_PIXELS {
            return Err(PictureError::TooLarge(pixels.x, pixels.y));
        }
        Ok(())
    }
}

/// The bytes of a file of that format.
///
/// # Errors
/// Where pixels cannot be made.
pub fn encode(svg: String, format: Format) -> Result<Vec<u8>, PictureError> {
    match format {
        Format::Svg => Ok(svg.into_bytes()),
        Format::Png => png(&svg),
    }
}

/// Writes a picture where its user wants it.
///
/// # Errors
/// Where it cannot be drawn or written.
pub fn keep(path: &Path, svg: String) -> Result<(), PictureError> {
    let bytes = encode(svg, Format::of(path)?)?;
    std::fs::write(path, bytes).map_err(|error| PictureError::Write { path: path.to_owned(), error })
}

fn png(svg: &str) -> Result<Vec<u8>, PictureError> {
    let options = usvg::Options { font_family: "Inter".to_owned(), fontdb: fonts(), ..usvg::Options::default() };
    let tree = usvg::Tree::from_str(svg, &options).map_err(|error| PictureError::Draw(error.to_string()))?;
    let size = tree.size().to_int_size();
    let (width, height) = (size.width(), size.height());
    let too_large = || PictureError::TooLarge(width as f32, height as f32);
    if width as f32 * height as f32 > MOST_PIXELS {
        return Err(too_large());
    }
    let mut pixels = Pixmap::new(width, height).ok_or_else(too_large)?;
    resvg::render(&tree, Transform::identity(), &mut pixels.as_mut());
    let rgb: Vec<u8> = pixels.pixels().iter().flat_map(|pixel| [pixel.red(), pixel.green(), pixel.blue()]).collect();
    encoded(&rgb, width, height).map_err(|error| PictureError::Draw(error.to_string()))
}

/// The ground is opaque, so there are three bytes a pixel.
fn encoded(rgb: &[u8], width: u32, height: u32) -> Result<Vec<u8>, png::EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let mut writer = encoder.write_header()?;
    writer.write_image_data(rgb)?;
    writer.finish()?;
    Ok(bytes)
}

/// The fonts of the window: none of the system's is needed, and a picture is the same everywhere.
fn fonts() -> Arc<fontdb::Database> {
    static FONTS: OnceLock<Arc<fontdb::Database>> = OnceLock::new();
    let load = || {
        let FontDefinitions { font_data, .. } = theme::fonts();
        let mut fonts = fontdb::Database::new();
        for font in font_data.values() {
            fonts.load_font_source(fontdb::Source::Binary(font.font.clone()));
        }
        fonts.set_sans_serif_family("Inter");
        Arc::new(fonts)
    };
    Arc::clone(FONTS.get_or_init(load))
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::vec2;

    const SVG: &str = r##"<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20" viewBox="0 0 20 10" font-family="Inter, sans-serif"><rect width="20" height="10" fill="#102030"/><text x="2" y="9" font-size="10" fill="#ffffff">M東</text></svg>"##;

    fn pixels(bytes: &[u8]) -> (u32, u32, Vec<u8>) {
        let mut reader = png::Decoder::new(std::io::Cursor::new(bytes)).read_info().unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        reader.next_frame(&mut pixels).unwrap();
        (reader.info().width, reader.info().height, pixels)
    }

    #[test]
    fn a_png_has_the_size_the_ground_and_the_letters_of_its_svg() {
        let (width, height, pixels) = pixels(&encode(SVG.to_owned(), Format::Png).unwrap());
        assert_eq!((width, height, &pixels[..3]), (40, 20, &[0x10, 0x20, 0x30][..]));
        assert!(pixels.chunks(3).filter(|pixel| pixel[0] > 200).count() > 20, "no letter was drawn: is Inter there?");
    }

    #[test]
    fn names_say_what_a_picture_is() {
        assert_eq!(Format::of(Path::new("a/b.SVG")).unwrap(), Format::Svg);
        assert_eq!(Format::of(Path::new("b.png")).unwrap(), Format::Png);
        for name in ["b.jpg", "png", ".svg", "b.svg/"] {
            let format = Format::of(Path::new(name));
            assert!(name == "b.svg/" || format.is_err(), "{name}");
        }
        let said = Format::of(Path::new("b.gif")).unwrap_err().to_string();
        assert!(said.starts_with("b.gif: ") && said.contains(".svg or .png"), "{said}");
    }

    #[test]
    fn no_picture_is_nothing_or_eats_the_memory() {
        for size in [vec2(0.0, 0.0), vec2(800.0, 0.0), vec2(1e9, 600.0), vec2(f32::NAN, 600.0), vec2(800.0, f32::INFINITY)] {
            assert!(matches!(Format::Svg.allows(size, 1.0), Err(PictureError::Size(..))), "{size}");
        }
        assert!(Format::Svg.allows(vec2(16_000.0, 16_000.0), 4.0).is_ok());
        assert!(matches!(Format::Png.allows(vec2(16_000.0, 16_000.0), 1.0), Err(PictureError::TooLarge(..))));
        assert!(Format::Png.allows(vec2(2560.0, 1440.0), 2.0).is_ok());
        let large = SVG.replace("width=\"40\" height=\"20\"", "width=\"400000\" height=\"20000\"");
        assert!(matches!(encode(large, Format::Png), Err(PictureError::TooLarge(..))));
    }
}
