//! A picture of the window, taken by itself.

use std::cell::RefCell;
use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use egui::{ColorImage, Context, ViewportCommand};

use crate::pipeline::Slot;

/// A picture to be taken.
pub(super) struct Shot {
    path: PathBuf,
    after: Duration,
    /// When the first frame was, in seconds.
    first: Option<f64>,
    asked: bool,
    taken: Arc<Slot<Arc<ColorImage>>>,
    failed: Rc<RefCell<Option<String>>>,
}

impl Shot {
    pub(super) fn new(path: PathBuf, after: Duration) -> Self {
        Shot { path, after, first: None, asked: false, taken: Arc::default(), failed: Rc::default() }
    }

    /// Where the reason goes if it fails.
    pub(super) fn tell_failure_to(&mut self, failed: Rc<RefCell<Option<String>>>) {
        self.failed = failed;
    }

    /// Once a frame: asks for the picture when it is time, and saves it and closes the window when it is there.
    pub(super) fn tick(&mut self, ctx: &Context, now: f64) {
        let left = self.after.as_secs_f64() - (now - *self.first.get_or_insert(now));
        if left > 0.0 {
            ctx.request_repaint_after(Duration::from_secs_f64(left));
            return;
        }
        if !self.asked {
            self.asked = true;
            let (taken, repaint) = (self.taken.clone(), ctx.clone());
            ctx.request_screenshot(move |image| {
                taken.put(image);
                repaint.request_repaint();
            });
        }
        match self.taken.take() {
            Some(image) => {
                if let Err(reason) = save(&self.path, &image) {
                    *self.failed.borrow_mut() = Some(format!("{}: {reason}", self.path.display()));
                }
                ctx.send_viewport_cmd(ViewportCommand::Close);
            }
            None => ctx.request_repaint_after(Duration::from_millis(20)),
        }
    }
}

fn save(path: &Path, image: &ColorImage) -> Result<(), png::EncodingError> {
    let [width, height] = image.size.map(|side| u32::try_from(side).unwrap_or(u32::MAX));
    let mut encoder = png::Encoder::new(BufWriter::new(File::create(path)?), width, height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    let rgb: Vec<u8> = image.pixels.iter().flat_map(|p| [p.r(), p.g(), p.b()]).collect();
    let mut writer = encoder.write_header()?;
    writer.write_image_data(&rgb)?;
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_is_a_png_of_that_size() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x.png");
        let image = ColorImage::filled([3, 2], egui::Color32::from_rgb(1, 2, 3));
        save(&path, &image).unwrap();
        let mut reader = png::Decoder::new(std::io::BufReader::new(File::open(&path).unwrap())).read_info().unwrap();
        let mut pixels = vec![0; 18];
        reader.next_frame(&mut pixels).unwrap();
        assert_eq!((reader.info().width, reader.info().height), (3, 2));
        assert_eq!(pixels, [1, 2, 3].repeat(6));
        assert!(save(&dir.path().join("no/where.png"), &image).is_err());
    }
}
