//! How the time of a run is cut: warm-up, bins of the plots, windows of the expectations.
//!
//! All edges together cut the time axis into *cells*; what is counted is counted per cell, and a window is a set of cells.
//! Neither bins nor windows are events: whoever records looks at the time. Latency distributions are kept per *segment*, a
//! run of cells between two edges of windows, because they weigh more than counts.

use crate::units::{Span, Time};

/// The cut of the time axis. Cell 0 is the warm-up (empty without one), the last cell begins at the end of the measured time.
#[derive(Clone, Debug)]
pub struct Timeline {
    edges: Vec<Time>,
    segments: Vec<u16>,
    start: Time,
    end: Time,
}

/// A set of consecutive cells: a stretch of the measured time.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Window {
    /// Its first cell.
    pub first: usize,
    /// The cell behind its last one.
    pub end: usize,
}

/// More cells than this would say nothing and cost memory.
const CELLS_MAX: usize = 4096;

impl Timeline {
    /// Cuts a run with this warm-up and measured time into about `bins` equal bins and at the edges of windows, given in
    /// time since the start of the run. Edges outside the measured time are ignored.
    pub fn new(warm_up: Span, measured: Span, bins: u64, windows: &[Time]) -> Timeline {
        let (start, end) = (Time(warm_up.0), Time(warm_up.0 + measured.0));
        let inside = |time: &Time| *time > start && *time < end;
        let mut cuts: Vec<Time> = windows.iter().copied().filter(inside).collect();
        cuts.sort_unstable();
        cuts.dedup();
        let mut edges: Vec<Time> = (0..=bins)
            .map(|bin| {
                start + Span((u128::from(measured.0) * u128::from(bin) / u128::from(bins.max(1))) as u64)
            })
            .chain(cuts.iter().copied())
            .chain([start, end])
            .collect();
        edges.sort_unstable();
        edges.dedup();
        edges.insert(0, Time(0));
        edges.push(Time::NEVER);
        assert!(edges.len() <= CELLS_MAX, "{} cells are too many", edges.len());
        let mut segments = vec![0];
        let measured = &edges[1..edges.len() - 2];
        let mut segment = 1;
        for edge in measured {
            segment += u16::from(cuts.contains(edge));
            segments.push(segment);
        }
        segments.push(segment + 1);
        Timeline { edges, segments, start, end }
    }

    /// The number of cells, the warm-up and what follows the end included.
    pub fn cells(&self) -> usize {
        self.edges.len() - 1
    }

    /// The number of segments, likewise.
    pub fn segments(&self) -> usize {
        usize::from(*self.segments.last().expect("there is a cell")) + 1
    }

    /// When a cell ends.
    #[inline]
    pub fn end_of(&self, cell: usize) -> Time {
        self.edges[cell + 1]
    }

    /// When a cell begins.
    pub fn start_of(&self, cell: usize) -> Time {
        self.edges[cell]
    }

    /// The segment of a cell.
    #[inline]
    pub fn segment_of(&self, cell: usize) -> usize {
        usize::from(self.segments[cell])
    }

    /// When the measured time begins.
    #[inline]
    pub fn start(&self) -> Time {
        self.start
    }

    /// When it ends.
    #[inline]
    pub fn end(&self) -> Time {
        self.end
    }

    /// All of the measured time.
    pub fn whole(&self) -> Window {
        Window { first: 1, end: self.cells() - 1 }
    }

    /// The cells between two instants, which must be edges of cells or lie outside the measured time.
    pub fn window(&self, from: Time, to: Time) -> Window {
        let whole = self.whole();
        let cell = |time: Time| self.edges.partition_point(|edge| *edge < time).clamp(whole.first, whole.end);
        let first = cell(from);
        Window { first, end: cell(to).max(first) }
    }

    /// Whether a cell belongs to the measured time.
    #[inline]
    pub fn is_measured(&self, cell: usize) -> bool {
        cell >= 1 && cell + 2 < self.edges.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_are_sets_of_cells() {
        let timeline = Timeline::new(Span(100), Span(1000), 4, &[Time(300), Time(0), Time(850), Time(5000)]);
        assert_eq!(timeline.edges, [0, 100, 300, 350, 600, 850, 1100, u64::MAX].map(Time));
        assert_eq!(timeline.segments, [0, 1, 2, 2, 2, 3, 4]);
        assert_eq!(timeline.whole(), Window { first: 1, end: 6 });
        assert_eq!(timeline.window(Time(300), Time(850)), Window { first: 2, end: 5 });
        assert_eq!(timeline.window(Time(850), Time(9000)), Window { first: 5, end: 6 });
        assert_eq!((0..7).filter(|cell| timeline.is_measured(*cell)).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    }

    #[test]
    fn without_warm_up_the_first_cell_is_empty() {
        let timeline = Timeline::new(Span(0), Span(10), 1, &[]);
        assert_eq!(
            (timeline.start_of(1), timeline.end_of(0), timeline.whole()),
            (Time(0), Time(0), Window { first: 1, end: 2 })
        );
    }
}
