//! Places labels: none over another, none over a disc, the important ones first, and where they were before if they can.

use egui::{Pos2, Rect, Vec2, vec2};

use super::occupancy::Occupancy;

/// Free space between a disc and its label, in points.
const GAP: f32 = 3.0;
/// So much more room a label needs where it comes than where it is: sizes wobble, and a label shall not jump for that. In points.
const SLACK: f32 = 3.0;

/// On which side of its disc a label is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Side {
    /// Below, in the middle.
    #[default]
    Below,
    /// To the right.
    Right,
    /// Above, in the middle.
    Above,
    /// To the left.
    Left,
    /// Below, and to the right.
    BelowRight,
    /// Below, and to the left.
    BelowLeft,
    /// Above, and to the right.
    AboveRight,
    /// Above, and to the left.
    AboveLeft,
}

impl Side {
    /// All of them, the one that looks best first.
    const ALL: [Side; 8] =
        [Side::Below, Side::Right, Side::Above, Side::Left, Side::BelowRight, Side::BelowLeft, Side::AboveRight, Side::AboveLeft];

    /// The side of a disc that is away from a centre.
    pub(super) fn away_from(centre: Pos2, disc: Pos2) -> Side {
        let way = disc - centre;
        match (way.x.abs() > 0.4 * way.y.abs(), way.x > 0.0, way.y > 0.0) {
            (true, true, _) => Side::Right,
            (true, false, _) => Side::Left,
            (false, _, true) => Side::Below,
            (false, _, false) => Side::Above,
        }
    }

    /// Where a label of that size is. On a slant it starts at the edge of the disc.
    fn rect(self, disc: Pos2, radius: f32, size: Vec2) -> Rect {
        let (away, half) = (Vec2::splat(radius + GAP) + size / 2.0, size / 2.0);
        let slant = vec2(radius * 0.5 + half.x, away.y);
        let off = match self {
            Side::Below => vec2(0.0, away.y),
            Side::Right => vec2(away.x, 0.0),
            Side::Above => vec2(0.0, -away.y),
            Side::Left => vec2(-away.x, 0.0),
            Side::BelowRight => slant,
            Side::BelowLeft => vec2(-slant.x, slant.y),
            Side::AboveRight => vec2(slant.x, -slant.y),
            Side::AboveLeft => -slant,
        };
        Rect::from_center_size(disc + off, size)
    }
}

/// A label that would like to be shown.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Wish {
    /// The middle of its disc.
    pub disc: Pos2,
    /// The disc's radius, in points.
    pub radius: f32,
    /// The label's size, in points.
    pub size: Vec2,
    /// Whether it is shown even over discs and links, though never over another label.
    pub must: bool,
    /// Where it was in the last frame.
    pub before: Option<Side>,
    /// Where it is tried first, if it was not there before or cannot stay.
    pub first: Side,
}

/// Whether there is room for a label on any side: where a small one has none, a larger one has none either.
pub(super) fn has_room(wish: &Wish, area: Rect, labels: &Occupancy, discs: &Occupancy) -> bool {
    let free = |rect: Rect| area.contains_rect(rect) && labels.is_free(rect) && discs.is_free(rect);
    Side::ALL.into_iter().any(|side| free(side.rect(wish.disc, wish.radius, wish.size)))
}

/// Finds a place for a label and takes it.
pub(super) fn place(wish: &Wish, area: Rect, labels: &mut Occupancy, discs: &Occupancy) -> Option<(Side, Rect)> {
    let at = |side: Side| (side, side.rect(wish.disc, wish.radius, wish.size));
    let free = |rect: Rect| area.contains_rect(rect) && labels.is_free(rect);
    let stays = |(_, rect): &(Side, Rect)| free(*rect) && discs.is_free(rect.shrink(SLACK));
    let comes = |(_, rect): &(Side, Rect)| area.contains_rect(*rect) && labels.is_free(rect.expand(SLACK)) && discs.is_free(*rect);
    let places = || std::iter::once(wish.first).chain(Side::ALL.into_iter().filter(|side| *side != wish.first)).map(at);
    let stay = || wish.before.map(at).filter(stays);
    let (side, rect) = stay().or_else(|| places().find(comes)).or_else(|| places().find(|(_, rect)| wish.must && free(*rect)))?;
    labels.take(rect);
    Some((side, rect))
}

#[cfg(test)]
mod tests {
    use super::super::occupancy::overlap;
    use super::*;
    use egui::pos2;

    const AREA: Rect = Rect { min: pos2(0.0, 0.0), max: pos2(400.0, 300.0) };

    fn wish(x: f32, y: f32) -> Wish {
        Wish { disc: pos2(x, y), radius: 6.0, size: vec2(60.0, 14.0), must: false, before: None, first: Side::Below }
    }

    fn place_all(wishes: &[Wish]) -> Vec<Option<(Side, Rect)>> {
        let (mut labels, mut discs) = (Occupancy::default(), Occupancy::default());
        labels.clear(AREA);
        discs.clear(AREA);
        for w in wishes {
            discs.take(Rect::from_center_size(w.disc, Vec2::splat(2.0 * w.radius)));
        }
        wishes.iter().map(|w| place(w, AREA, &mut labels, &discs)).collect()
    }

    /// Many discs, closer together than their labels are wide.
    fn crowd() -> Vec<Wish> {
        (0..400).map(|i| wish((i * 37 % 391) as f32 + 5.0, (i * 53 % 293) as f32 + 4.0)).collect()
    }

    #[test]
    fn no_two_overlap_and_none_hides_a_disc() {
        let wishes = crowd();
        let placed: Vec<Rect> = place_all(&wishes).into_iter().flatten().map(|(_, rect)| rect).collect();
        assert!(placed.len() > 5, "{}", placed.len());
        for (i, a) in placed.iter().enumerate() {
            assert!(AREA.contains_rect(*a));
            assert!(placed.iter().skip(i + 1).all(|b| !overlap(*a, *b)));
            assert!(wishes.iter().all(|w| !overlap(*a, Rect::from_center_size(w.disc, Vec2::splat(2.0 * w.radius)))));
        }
    }

    #[test]
    fn who_comes_first_is_shown() {
        let twice = place_all(&[wish(200.0, 150.0), wish(203.0, 152.0), wish(200.0, 148.0), wish(198.0, 150.0), wish(201.0, 150.0)]);
        assert!(twice[0].is_some());
        assert!(twice[1..].iter().any(Option::is_none));
    }

    #[test]
    fn what_must_be_shown_may_hide_discs() {
        let mut wishes = crowd();
        wishes.rotate_left(200);
        let hidden = place_all(&wishes).iter().position(Option::is_none).unwrap();
        let mut first = wishes.remove(hidden);
        first.must = true;
        wishes.insert(0, first);
        assert!(place_all(&wishes)[0].is_some());
    }

    #[test]
    fn a_label_stays_where_it_was() {
        for side in Side::ALL {
            let before = Wish { before: Some(side), ..wish(200.0, 150.0) };
            assert_eq!(place_all(&[before])[0].map(|(side, _)| side), Some(side));
        }
        let off_screen = Wish { before: Some(Side::Left), ..wish(20.0, 150.0) };
        assert_ne!(place_all(&[off_screen])[0].map(|(side, _)| side), Some(Side::Left));
    }

    #[test]
    fn what_wobbles_does_not_jump() {
        let mut wishes = crowd();
        let mut before: Vec<Option<Side>> = place_all(&wishes).iter().map(|placed| placed.map(|(side, _)| side)).collect();
        let shown: Vec<bool> = before.iter().map(Option::is_some).collect();
        for frame in 0..100 {
            for (nth, wish) in wishes.iter_mut().enumerate() {
                // Less than a point and a half, so that two of them meet by less than the slack.
                wish.radius = 6.0 + 1.4 * ((frame * 7 + nth * 13) as f32).sin();
                wish.before = before[nth];
            }
            // Who was shown comes first, as it does in a frame.
            let (first, rest): (Vec<_>, Vec<_>) = wishes.iter().copied().enumerate().partition(|(nth, _)| shown[*nth]);
            let order: Vec<usize> = first.iter().chain(&rest).map(|(nth, _)| *nth).collect();
            let placed = place_all(&order.iter().map(|nth| wishes[*nth]).collect::<Vec<_>>());
            for (nth, placed) in order.into_iter().zip(placed) {
                let side = placed.map(|(side, _)| side);
                assert!(!shown[nth] || side == before[nth], "{nth} in frame {frame}: {side:?} after {:?}", before[nth]);
                before[nth] = side;
            }
        }
    }
}
