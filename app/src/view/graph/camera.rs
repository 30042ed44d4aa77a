//! The camera: which part of the layout is on the screen.

use egui::{Pos2, Rect, Vec2, vec2};

/// Nearer than this nothing is shown, in points a layout unit.
const NEAREST: f32 = 6.0;
/// A fit does not come nearer than this: few hosts need not fill the screen.
const NEAREST_FIT: f32 = 2.0;
/// One may go this much farther away than where all is in view.
const FARTHER_THAN_FIT: f32 = 0.5;
/// Free space around what is fitted, in points: room for labels.
const MARGIN: Vec2 = vec2(72.0, 64.0);
/// The camera follows growth only when something would leave the screen, and shrinking only by this factor.
const SHRUNK: f32 = 1.35;
/// And where its middle is farther from the screen's, as a part of the screen.
const ASIDE: f32 = 0.15;
/// A flight covers all but 1/e of its way in this time.
const FLIGHT_SECS: f32 = 0.16;
/// Following is slower than flying: growth is not news.
const FOLLOW_SECS: f32 = 0.45;

/// What is in the middle of the screen, and how large.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Sight {
    /// What is in the middle, in layout units.
    pub centre: Pos2,
    /// Points a layout unit.
    pub zoom: f32,
}

impl Sight {
    /// Where a place of the layout is on the screen.
    pub fn to_screen(&self, screen: Rect, place: Pos2) -> Pos2 {
        screen.center() + (place - self.centre) * self.zoom
    }

    /// Which place of the layout is at a point of the screen.
    pub fn to_layout(&self, screen: Rect, point: Pos2) -> Pos2 {
        self.centre + (point - screen.center()) / self.zoom
    }

    /// Nearer by `factor`, with the place under `point` staying there.
    pub fn zoomed_about(&self, screen: Rect, point: Pos2, factor: f32) -> Sight {
        let place = self.to_layout(screen, point);
        let zoom = self.zoom * factor;
        Sight { centre: place - (point - screen.center()) / zoom, zoom }
    }

    /// All of `bounds` on the screen, with a margin.
    pub fn fitting(screen: Rect, bounds: Rect) -> Sight {
        let room = (screen.size() - 2.0 * MARGIN).max(screen.size() * 0.5).max(Vec2::splat(1.0));
        let size = bounds.size().max(Vec2::splat(1.0));
        let zoom = (room.x / size.x).min(room.y / size.y).min(NEAREST_FIT);
        Sight { centre: bounds.center(), zoom }
    }

    /// Which part of the layout is on the screen.
    pub fn seen(&self, screen: Rect) -> Rect {
        Rect::from_center_size(self.centre, screen.size() / self.zoom)
    }

    /// Within limits: neither so far away that all is a speck, nor beside everything there is.
    fn limited(self, screen: Rect, bounds: Rect) -> Sight {
        let farthest = (Sight::fitting(screen, bounds).zoom * FARTHER_THAN_FIT).min(FARTHER_THAN_FIT);
        Sight { centre: self.centre.clamp(bounds.min, bounds.max), zoom: self.zoom.clamp(farthest, NEAREST) }
    }

    fn nearly(&self, other: &Sight) -> bool {
        let off = (self.centre - other.centre).length() * self.zoom;
        off < 0.2 && (self.zoom / other.zoom).ln().abs() < 0.0005
    }

    /// Some of the way to another sight.
    fn towards(&self, to: &Sight, part: f32) -> Sight {
        Sight { centre: self.centre + (to.centre - self.centre) * part, zoom: self.zoom * (to.zoom / self.zoom).powf(part) }
    }
}

/// Who moves the camera.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    /// Nobody has yet: it follows the graph, so that all is in view. The sight it settles on, once there is a graph.
    Follow(Option<Sight>),
    /// It shall follow the graph, from a sight of all of it on.
    Show,
    /// It is on its way.
    Fly(Sight),
    /// It keeps something in the middle, wherever that goes.
    Hold(Sight),
    /// The user moved it, and there it stays.
    Stay,
}

/// The camera.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Camera {
    sight: Sight,
    mode: Mode,
}

impl Default for Camera {
    fn default() -> Self {
        Camera { sight: Sight { centre: Pos2::ZERO, zoom: 1.0 }, mode: Mode::Follow(None) }
    }
}

impl Camera {
    /// What it sees now.
    pub fn sight(&self) -> Sight {
        self.sight
    }

    /// What it sees, or will see in a moment; none while it follows the graph.
    pub fn goal(&self) -> Option<Sight> {
        match self.mode {
            Mode::Follow(_) | Mode::Show => None,
            Mode::Fly(to) => Some(to),
            Mode::Hold(_) | Mode::Stay => Some(self.sight),
        }
    }

    /// The user moves the picture by `delta` points.
    pub fn pan(&mut self, delta: Vec2) {
        self.sight.centre -= delta / self.sight.zoom;
        self.mode = Mode::Stay;
    }

    /// The user goes nearer by `factor`; what is under `point` stays there.
    pub fn zoom(&mut self, screen: Rect, point: Pos2, factor: f32) {
        self.sight = self.sight.zoomed_about(screen, point, factor);
        self.mode = Mode::Stay;
    }

    /// Nearer by `factor`, about the middle, in a smooth move; a second one adds to it.
    pub fn fly_nearer(&mut self, factor: f32) {
        let from = match self.mode {
            Mode::Fly(to) => to,
            Mode::Follow(_) | Mode::Show | Mode::Hold(_) | Mode::Stay => self.sight,
        };
        self.mode = Mode::Fly(Sight { zoom: from.zoom * factor, ..from });
    }

    /// Goes there in a smooth move, and stays.
    pub fn fly_to(&mut self, to: Sight) {
        self.mode = Mode::Fly(to);
    }

    /// The user puts a place into the middle, and there it stays.
    pub fn look_at(&mut self, place: Pos2) {
        self.sight.centre = place;
        self.mode = Mode::Stay;
    }

    /// Brings a place to the middle, unless it is well in view anyway.
    pub fn reveal(&mut self, screen: Rect, place: Pos2) {
        if !self.sight.seen(screen).scale_from_center(0.8).contains(place) {
            self.fly_to(Sight { centre: place, zoom: self.sight.zoom.max(0.6) });
        }
    }

    /// Brings a place to the middle and keeps it there, until the user moves the camera.
    pub fn hold(&mut self, place: Pos2) {
        self.mode = Mode::Hold(Sight { centre: place, zoom: self.sight.zoom.max(0.8) });
    }

    /// What is kept in the middle is here now; or it is no longer to be kept there.
    pub fn keep(&mut self, place: Option<Pos2>) {
        if let Mode::Hold(sight) = self.mode {
            self.mode = place.map_or(Mode::Stay, |place| Mode::Hold(Sight { centre: place, ..sight }));
        }
    }

    /// From now on all is in view, until the user moves the camera.
    pub fn follow(&mut self) {
        if self.mode != Mode::Follow(None) {
            self.mode = Mode::Show;
        }
    }

    /// Moves on by `dt` seconds over a graph within `bounds`. Returns whether it is still moving.
    pub fn advance(&mut self, dt: f32, screen: Rect, bounds: Option<Rect>, smooth: bool) -> bool {
        let Some(bounds) = bounds.filter(|b| b.is_finite()) else { return false };
        let (to, secs) = match self.mode {
            Mode::Stay => {
                self.sight = self.sight.limited(screen, bounds);
                return false;
            }
            Mode::Follow(None) => {
                self.sight = Sight::fitting(screen, bounds);
                self.mode = Mode::Follow(Some(self.sight));
                return false;
            }
            Mode::Show => {
                let goal = Sight::fitting(screen, bounds);
                self.mode = Mode::Follow(Some(goal));
                (goal, FOLLOW_SECS)
            }
            Mode::Follow(Some(goal)) => {
                let goal = followed(goal, screen, bounds);
                self.mode = Mode::Follow(Some(goal));
                (goal, FOLLOW_SECS)
            }
            Mode::Fly(to) | Mode::Hold(to) => (to.limited(screen, bounds), FLIGHT_SECS),
        };
        if !smooth || self.sight.nearly(&to) {
            self.sight = to;
            if matches!(self.mode, Mode::Fly(_)) {
                self.mode = Mode::Stay;
            }
            return false;
        }
        self.sight = self.sight.towards(&to, 1.0 - (-dt / secs).exp());
        true
    }
}

/// The goal of a camera that follows: the old one, as long as all is in view, not much too small, and not all at one side.
fn followed(goal: Sight, screen: Rect, bounds: Rect) -> Sight {
    let fit = Sight::fitting(screen, bounds);
    let inner = Rect::from_center_size(goal.centre, (screen.size() - 1.2 * MARGIN).max(screen.size() * 0.5) / goal.zoom);
    let aside = (bounds.center() - goal.centre) * goal.zoom / screen.size();
    let good = inner.contains_rect(bounds) && fit.zoom / goal.zoom < SHRUNK && aside.x.abs().max(aside.y.abs()) < ASIDE;
    if good { goal } else { fit }
}

#[cfg(test)]
mod tests {
    use super::*;
    use egui::pos2;

    const SCREEN: Rect = Rect { min: pos2(200.0, 50.0), max: pos2(1000.0, 650.0) };
    const BOUNDS: Rect = Rect { min: pos2(-3000.0, -100.0), max: pos2(500.0, 900.0) };

    fn settle(camera: &mut Camera, bounds: Rect) {
        for _ in 0..1000 {
            if !camera.advance(0.02, SCREEN, Some(bounds), true) {
                return;
            }
        }
        panic!("never at rest");
    }

    #[test]
    fn zooming_keeps_what_is_under_the_pointer() {
        let mut camera = Camera::default();
        settle(&mut camera, BOUNDS);
        for (x, y, factor) in [(300.0, 100.0, 2.0), (900.0, 600.0, 0.7), (555.0, 70.0, 1.4)] {
            let under = camera.sight().to_layout(SCREEN, pos2(x, y));
            camera.zoom(SCREEN, pos2(x, y), factor);
            let now = camera.sight().to_screen(SCREEN, under);
            assert!((now - pos2(x, y)).length() < 0.01, "{now}");
        }
    }

    #[test]
    fn fitting_shows_everything() {
        for bounds in [BOUNDS, Rect::from_min_max(pos2(5.0, 5.0), pos2(5.0, 5.0)), Rect::from_min_max(pos2(0.0, 0.0), pos2(1.0, 1e5))] {
            let sight = Sight::fitting(SCREEN, bounds);
            let shown = Rect::from_two_pos(sight.to_screen(SCREEN, bounds.min), sight.to_screen(SCREEN, bounds.max));
            assert!(SCREEN.shrink(60.0).contains_rect(shown), "{shown}");
        }
    }

    #[test]
    fn it_follows_growth_until_the_user_moves_it_and_then_again() {
        let mut camera = Camera::default();
        settle(&mut camera, BOUNDS);
        let before = camera.sight();
        settle(&mut camera, BOUNDS.expand(2.0));
        assert_eq!(camera.sight(), before, "a little growth moves nothing");
        let grown = BOUNDS.scale_from_center(3.0);
        settle(&mut camera, grown);
        assert!(camera.sight().seen(SCREEN).contains_rect(grown));

        camera.pan(vec2(10.0, 0.0));
        let stays = camera.sight();
        settle(&mut camera, grown.scale_from_center(2.0));
        assert_eq!(camera.sight(), stays);
        camera.follow();
        settle(&mut camera, grown);
        assert!(camera.sight().seen(SCREEN).contains_rect(grown));
    }

    #[test]
    fn what_it_follows_does_not_stay_at_one_side() {
        let mut camera = Camera::default();
        let all = |left: f32| Rect::from_min_max(pos2(left, -2000.0), pos2(3000.0, 2000.0));
        settle(&mut camera, all(-3000.0));
        let before = camera.sight();
        settle(&mut camera, all(-2000.0));
        assert_eq!(camera.sight(), before, "a little is nothing");
        // Its right half alone is left: all of it is in view, and not too small.
        settle(&mut camera, all(0.0));
        assert!((camera.sight().to_screen(SCREEN, all(0.0).center()) - SCREEN.center()).length() < 1.0);
    }

    #[test]
    fn nobody_gets_lost() {
        let mut camera = Camera::default();
        settle(&mut camera, BOUNDS);
        camera.pan(vec2(1e7, 1e7));
        camera.zoom(SCREEN, SCREEN.center(), 1e-6);
        settle(&mut camera, BOUNDS);
        assert!(BOUNDS.contains(camera.sight().centre));
        assert!(BOUNDS.width() * camera.sight().zoom > 200.0);
        camera.zoom(SCREEN, SCREEN.center(), 1e6);
        settle(&mut camera, BOUNDS);
        assert_eq!(camera.sight().zoom, NEAREST);
    }

    #[test]
    fn without_smooth_moves_it_is_there_at_once() {
        let mut camera = Camera::default();
        settle(&mut camera, BOUNDS);
        let to = Sight { centre: pos2(7.0, 7.0), zoom: 2.0 };
        camera.fly_to(to);
        assert!(!camera.advance(0.001, SCREEN, Some(BOUNDS), false));
        assert_eq!(camera.sight(), to);
    }
}
