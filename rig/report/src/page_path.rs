//! SVG paths with no more points than are visible.

use std::fmt::Write as _;

/// Maximum deviation of a simplified line from its points. Unit: px.
const TOLERANCE: f64 = 0.15;

/// A path through points with monotonic x, without those within `TOLERANCE` of a straight line.
pub(crate) fn path(points: impl Iterator<Item = (f64, f64)>) -> String {
    let mut path = String::new();
    let (mut anchor, mut last) = (None::<(f64, f64)>, None::<(f64, f64)>);
    let (mut low, mut high) = (f64::NEG_INFINITY, f64::INFINITY);
    for (x, y) in points {
        let Some((anchor_x, anchor_y)) = anchor else {
            put(&mut path, 'M', (x, y));
            anchor = Some((x, y));
            continue;
        };
        let run = (x - anchor_x).abs().max(1e-6);
        let slope = (y - anchor_y) / run;
        if let Some((last_x, last_y)) = last
            && !(low..=high).contains(&slope)
        {
            put(&mut path, 'L', (last_x, last_y));
            anchor = Some((last_x, last_y));
            let run = (x - last_x).abs().max(1e-6);
            let slope = (y - last_y) / run;
            (low, high) = (slope - TOLERANCE / run, slope + TOLERANCE / run);
        } else {
            low = low.max(slope - TOLERANCE / run);
            high = high.min(slope + TOLERANCE / run);
        }
        last = Some((x, y));
    }
    if let Some(point) = last {
        put(&mut path, 'L', point);
    }
    path
}

fn put(path: &mut String, letter: char, (x, y): (f64, f64)) {
    let _infallible = write!(path, "{letter}{x:.1} {y:.1}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_straight_line_is_two_points_and_a_peak_stays() {
        let straight = (0..100).map(|n| (f64::from(n), f64::from(n) * 0.5));
        assert_eq!(path(straight), "M0.0 0.0L99.0 49.5");
        let peak = (0..100).map(|n| (f64::from(n), if n == 40 { 9.0 } else { 1.0 }));
        assert_eq!(path(peak), "M0.0 1.0L39.0 1.0L40.0 9.0L41.0 1.0L99.0 1.0");
    }
}
