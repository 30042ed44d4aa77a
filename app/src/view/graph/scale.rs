//! How large things are drawn: all sizes grow with the logarithm of the rate.

/// Below this rate, sizes hardly grow, in bytes a second.
const LEAST: f32 = 200.0;
/// The radius of an idle and of the busiest host, in points at zoom 1.
const RADII: (f32, f32) = (5.0, 22.0);
/// The width of an idle and of the busiest link, in points at zoom 1.
const WIDTHS: (f32, f32) = (1.0, 6.0);

/// A rate of 10 MB a second and all above it are drawn at full size: the logarithm of one and so many times the least.
const LN_FULL: f32 = 10.819_798;

/// How busy a rate in bytes a second is, from 0 (idle) to 1.
pub(super) fn activity(rate: f32) -> f32 {
    // Most of a large graph is idle, and a logarithm takes as long as all else of a line.
    if rate <= 0.0 { 0.0 } else { ((1.0 + rate / LEAST).ln() / LN_FULL).min(1.0) }
}

/// The radius of a host that is so busy, in points at zoom 1.
pub(super) fn node_radius(activity: f32) -> f32 {
    between(RADII, activity)
}

/// The width of a link that is so busy, in points at zoom 1.
pub(super) fn link_width(activity: f32) -> f32 {
    between(WIDTHS, activity)
}

/// How much larger discs and lines get when the camera goes nearer: less than distances do, so that a far graph is not
/// all dust, and a near one not all discs.
pub(super) fn magnification(zoom: f32) -> f32 {
    zoom.max(0.0).sqrt().clamp(0.31, 1.7)
}

/// The dots that run along a link: their speed in points a second, the way between two, and their radius in points.
pub(super) fn dots(activity: f32) -> (f32, f32, f32) {
    (between((22.0, 120.0), activity), between((96.0, 34.0), activity), between((1.5, 2.8), activity))
}

/// The loop of a host that talks to itself: how far its middle is to the right of and above the disc's, and its radius.
pub(super) fn self_loop(radius: f32) -> (f32, f32) {
    (radius * 0.9 + 4.0, radius * 0.5 + 5.0)
}

/// The number at `part` of the way between two.
pub(super) fn between((from, to): (f32, f32), part: f32) -> f32 {
    from + (to - from) * part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_grow_with_the_rate_and_end() {
        assert!(((1.0 + 1e7 / LEAST).ln() - LN_FULL).abs() < 1e-5);
        let rates = [0.0, 100.0, 1e3, 1e4, 1e5, 1e6, 1e7];
        for pair in rates.windows(2) {
            assert!(node_radius(activity(pair[1])) > node_radius(activity(pair[0])) + 0.5, "{pair:?}");
            assert!(link_width(activity(pair[1])) > link_width(activity(pair[0])), "{pair:?}");
        }
        assert_eq!(node_radius(activity(0.0)), 5.0);
        assert_eq!(node_radius(activity(1e12)), 22.0);
        assert_eq!(activity(-3.0), 0.0);
    }

    #[test]
    fn a_far_graph_is_not_dust() {
        assert!(node_radius(0.0) * magnification(0.01) > 1.5);
        assert!(node_radius(1.0) * magnification(6.0) < 40.0);
    }
}
