//! The size of a picture, as it is typed.

use std::str::FromStr;

use egui::{Vec2, vec2};

/// So many points wide and high.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    width: u16,
    height: u16,
}

impl Size {
    /// As the graph takes it.
    pub fn points(self) -> Vec2 {
        vec2(self.width.into(), self.height.into())
    }
}

impl FromStr for Size {
    type Err = String;

    /// Reads `1600x1000`.
    fn from_str(text: &str) -> Result<Size, String> {
        let side = |side: &str| side.parse::<u16>().ok().filter(|side| (16..=16_384).contains(side));
        let sides = text.split_once(['x', 'X', '×']).and_then(|(width, height)| Some((side(width)?, side(height)?)));
        let (width, height) = sides.ok_or("WIDTHxHEIGHT, such as 1600x1000; each from 16 to 16384")?;
        Ok(Size { width, height })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_read_or_refused() {
        assert_eq!("800x600".parse(), Ok(Size { width: 800, height: 600 }));
        for wrong in ["", "800", "0x0", "800x0", "-1x5", "99999x99999", "800x600x3", "1e3x600", "15x16"] {
            assert!(wrong.parse::<Size>().unwrap_err().contains("1600x1000"), "{wrong}");
        }
    }
}
