//! What is done to the points of a line before it is drawn: thinning, and cutting into dashes.

use super::canvas::Point;

/// Lines with more points than this are thinned.
const MOST_POINTS: usize = 2000;

/// Lengths of strokes and gaps in turn [px], by number of pattern; none for a solid line.
const PATTERNS: [&[f64]; 5] = [&[], &[18.0, 8.0], &[6.0, 7.0], &[22.0, 7.0, 5.0, 7.0], &[30.0, 6.0]];

/// Longer lines have longer dashes, so that their number stays bounded.
const MOST_PERIODS: f64 = 150.0;

/// The indices of the points to draw: at most four for each column of pixels, its first, lowest, highest and last, so
/// that no peak is lost.
pub(super) fn thinned(points: &[Point]) -> Vec<usize> {
    if points.len() <= MOST_POINTS {
        return (0..points.len()).collect();
    }
    let mut kept = Vec::with_capacity(MOST_POINTS);
    let mut start = 0;
    for column in points.chunk_by(|a, b| a.0.floor() == b.0.floor()) {
        let index_of = |better: fn(f64, f64) -> bool| {
            (1..column.len())
                .fold(0, |best, index| if better(column[index].1, column[best].1) { index } else { best })
        };
        let mut indices = [0, index_of(|y, best| y < best), index_of(|y, best| y > best), column.len() - 1];
        indices.sort_unstable();
        kept.extend(indices.map(|index| start + index));
        start += column.len();
    }
    kept.dedup();
    kept
}

/// The strokes of a line in one of the patterns, which begin anew after the last one.
pub(super) fn dashed(points: Vec<Point>, pattern: usize) -> Vec<Vec<Point>> {
    let lengths = PATTERNS[pattern % PATTERNS.len()];
    if lengths.is_empty() {
        return vec![points];
    }
    let total: f64 = points.windows(2).map(|pair| distance(pair[0], pair[1])).sum();
    let stretch = (total / (lengths.iter().sum::<f64>() * MOST_PERIODS)).max(1.0);
    let mut pieces = Vec::new();
    let mut piece: Vec<Point> = points.first().copied().into_iter().collect();
    let mut phase = 0;
    let mut left = lengths[0] * stretch;
    for pair in points.windows(2) {
        let (mut from, to) = (pair[0], pair[1]);
        let mut rest = distance(from, to);
        while rest > left {
            let share = left / rest;
            from = (from.0 + (to.0 - from.0) * share, from.1 + (to.1 - from.1) * share);
            rest -= left;
            // Even phases are strokes: at the end of one it is kept, at the end of a gap a new one begins.
            if phase % 2 == 0 {
                piece.push(from);
                pieces.push(std::mem::take(&mut piece));
            } else {
                piece.push(from);
            }
            phase = (phase + 1) % lengths.len();
            left = lengths[phase] * stretch;
        }
        left -= rest;
        if phase % 2 == 0 {
            piece.push(to);
        }
    }
    pieces.push(piece);
    pieces.retain(|piece| piece.len() > 1);
    pieces
}

fn distance(a: Point, b: Point) -> f64 {
    ((b.0 - a.0) * (b.0 - a.0) + (b.1 - a.1) * (b.1 - a.1)).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dashes_follow_the_line() {
        let corner = vec![(0.0, 0.0), (20.0, 0.0), (20.0, 20.0)];
        let expected = vec![vec![(0.0, 0.0), (18.0, 0.0)], vec![(20.0, 6.0), (20.0, 20.0)]];
        assert_eq!(dashed(corner.clone(), 1), expected);
        assert_eq!(dashed(corner.clone(), 0), vec![corner]);
        assert_eq!(dashed(Vec::new(), 1), Vec::<Vec<Point>>::new());
    }

    #[test]
    fn long_lines_have_a_bounded_number_of_dashes() {
        let zigzag = (0..4000).map(|index| (f64::from(index) / 5.0, f64::from(index % 2) * 400.0)).collect();
        let pieces = dashed(zigzag, 2).len();
        assert!((100..=151).contains(&pieces), "{pieces}");
    }

    #[test]
    fn thinning_keeps_every_peak() {
        let mut points: Vec<Point> = (0..100_000).map(|index| (f64::from(index) / 125.0, 50.0)).collect();
        points[31_415].1 = 0.0;
        points[92_653].1 = 99.0;
        let thin = thinned(&points);
        assert!(thin.len() <= 3200, "{}", thin.len());
        for peak in [0, 31_415, 92_653, 99_999] {
            assert!(thin.contains(&peak), "{peak}");
        }
        assert_eq!(thinned(&points[..2000]).len(), 2000);
    }
}
