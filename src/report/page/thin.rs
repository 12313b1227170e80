//! Fewer points for the same line: in each column of points the lowest and the highest stay, so that no peak is lost.

/// Lines over the same points of time, ascending.
#[derive(Clone, PartialEq, Debug, Default)]
pub(super) struct Lines {
    pub(super) times: Vec<f64>,
    /// One value per time each; none where there is nothing to tell.
    pub(super) values: Vec<Vec<Option<f64>>>,
}

impl Lines {
    /// The same lines with at most two points in each of so many columns. A column's points stand at its quarters: first that
    /// of its lowest and highest value which came first.
    pub(super) fn thinned(self, columns: usize) -> Lines {
        if self.times.len() <= 2 * columns {
            return self;
        }
        let length = self.times.len();
        let bounds: Vec<usize> = (0..=columns).map(|column| column * length / columns).collect();
        let mut thin = Lines { times: Vec::new(), values: vec![Vec::new(); self.values.len()] };
        for pair in bounds.windows(2) {
            let times = &self.times[pair[0]..pair[1]];
            let (first, last) = (times[0], times[times.len() - 1]);
            thin.times.extend([first + (last - first) * 0.25, first + (last - first) * 0.75]);
            for (line, values) in thin.values.iter_mut().zip(&self.values) {
                line.extend(extremes(&values[pair[0]..pair[1]]));
            }
        }
        thin
    }
}

/// The lowest and the highest value, in the order in which they come.
fn extremes(values: &[Option<f64>]) -> [Option<f64>; 2] {
    let present = || values.iter().enumerate().filter_map(|(index, value)| Some((index, (*value)?)));
    let lowest = present().reduce(|best, one| if one.1 < best.1 { one } else { best });
    let highest = present().reduce(|best, one| if one.1 > best.1 { one } else { best });
    match lowest.zip(highest) {
        None => [None, None],
        Some((low, high)) if low.0 <= high.0 => [Some(low.1), Some(high.1)],
        Some((low, high)) => [Some(high.1), Some(low.1)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    #[test]
    fn short_lines_stay_as_they_are() {
        let lines =
            Lines { times: vec![0.0, 1.0, 2.0, 3.0], values: vec![vec![Some(1.0), None, Some(3.0), None]] };
        assert_eq!(lines.clone().thinned(2), lines);
    }

    /// Whatever the line, every column shows its lowest and its highest value and nothing else.
    #[test]
    fn no_peak_is_lost() {
        for seed in 0..200_u64 {
            let draw = |index: u64, bound: u64| mix13(seed << 32 | index) % bound;
            let (length, columns) = (50 + draw(0, 3000) as usize, 1 + draw(1, 20) as usize);
            let value = |index: usize| match draw(2 + index as u64, 50) {
                0 => None,
                1 => Some(1000.0 + index as f64),
                2 => Some(-1000.0 - index as f64),
                other => Some(other as f64),
            };
            let line: Vec<Option<f64>> = (0..length).map(value).collect();
            let thin =
                Lines { times: (0..length).map(|index| index as f64).collect(), values: vec![line.clone()] }
                    .thinned(columns);
            if length <= 2 * columns {
                continue;
            }
            assert_eq!((thin.times.len(), thin.values[0].len()), (2 * columns, 2 * columns));
            assert!(thin.times.windows(2).all(|pair| pair[0] <= pair[1]));
            for column in 0..columns {
                let of = &line[column * length / columns..(column + 1) * length / columns];
                let mut expected = [
                    of.iter().flatten().copied().reduce(f64::min),
                    of.iter().flatten().copied().reduce(f64::max),
                ];
                let mut found = [thin.values[0][2 * column], thin.values[0][2 * column + 1]];
                expected.sort_by(|a, b| a.partial_cmp(b).expect("they are numbers"));
                found.sort_by(|a, b| a.partial_cmp(b).expect("they are numbers"));
                assert_eq!(found, expected, "seed {seed}, column {column}");
            }
        }
    }
}
