//! Unique identifiers that grow with time, made without coordination.
//!
//! The layout is Twitter's Snowflake (2010): a sign bit that stays zero, milliseconds since an epoch, the number of the node, a
//! sequence within the millisecond. Its 41, 10 and 12 bits last for 69.7 years; other splits of the 63 trade nodes and ids per
//! millisecond for years.

/// Nanoseconds in the millisecond that an id counts in.
const MILLISECOND: u64 = 1_000_000;

/// How the 63 bits of an id are split.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Layout {
    /// Bits of the milliseconds.
    pub time: u32,
    /// Bits of the node.
    pub node: u32,
    /// Bits of the sequence.
    pub sequence: u32,
}

impl Layout {
    /// Twitter's: 5 bits of data centre and 5 of worker make 10 of the node.
    pub const TWITTER: Layout = Layout { time: 41, node: 10, sequence: 12 };

    /// A split that leaves the sign bit alone and has a sequence that fits 32 bits, as a node has; `None` for any other.
    pub fn new(time: u32, node: u32, sequence: u32) -> Option<Layout> {
        let fits = time >= 1 && node <= 31 && sequence <= 31 && time + node + sequence == 63;
        fits.then_some(Layout { time, node, sequence })
    }

    /// How many nodes can make ids at the same time.
    pub fn nodes(self) -> u32 {
        1 << self.node
    }

    /// How many ids a node can make in a millisecond.
    pub fn ids_per_millisecond(self) -> u32 {
        1 << self.sequence
    }

    /// For how long ids last, in years of 365.25 days.
    pub fn years(self) -> f64 {
        (1_u64 << self.time) as f64 / (1000.0 * 86_400.0 * 365.25)
    }

    /// Takes an id apart.
    pub fn parts(self, id: u64) -> Parts {
        Parts {
            millisecond: id >> (self.node + self.sequence),
            node: (id >> self.sequence) as u32 % self.nodes(),
            sequence: id as u32 % self.ids_per_millisecond(),
        }
    }

    fn id(self, parts: Parts) -> u64 {
        parts.millisecond << (self.node + self.sequence)
            | u64::from(parts.node) << self.sequence
            | u64::from(parts.sequence)
    }
}

/// What a node does when its clock shows an earlier millisecond than that of its last id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Guard {
    /// It gives no id before the clock has caught up.
    Kept,
    /// It goes on with the clock, and may give away ids again.
    None,
}

/// The maker of ids on one node. It remembers the last id, so a new one after a restart may repeat ids if the
/// clock has gone back over the restart.
#[derive(Clone, Debug)]
pub struct Generator {
    layout: Layout,
    guard: Guard,
    node: u32,
    /// The time of the last id [ms].
    last_millisecond: u64,
    /// The next sequence number in that millisecond.
    sequence: u32,
}

/// The answer to the wish for an id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Issue {
    /// The id.
    Id(u64),
    /// All ids of this millisecond are given away; the next one begins in so many nanoseconds.
    Exhausted {
        /// The wait \[ns\].
        wait_ns: u64,
    },
    /// The clock shows an earlier millisecond than that of the last id; it catches up in so many nanoseconds.
    /// Whether to wait or to refuse is the caller's choice.
    ClockWentBack {
        /// The wait \[ns\].
        wait_ns: u64,
    },
    /// The milliseconds no longer fit 41 bits.
    EpochOver,
}

impl Generator {
    /// The generator of a node of this layout: for Twitter's, 32 x data centre + worker. `None` for a node beyond its bits.
    pub fn new(layout: Layout, guard: Guard, node: u32) -> Option<Generator> {
        let generator = Generator { layout, guard, node, last_millisecond: 0, sequence: 0 };
        (node < layout.nodes()).then_some(generator)
    }

    /// An id at a time of the node's own clock [ns since the epoch].
    pub fn next(&mut self, now_ns: u64) -> Issue {
        let millisecond = now_ns / MILLISECOND;
        if millisecond >> self.layout.time > 0 {
            return Issue::EpochOver;
        }
        if millisecond < self.last_millisecond && self.guard == Guard::Kept {
            return Issue::ClockWentBack { wait_ns: self.last_millisecond * MILLISECOND - now_ns };
        }
        if millisecond != self.last_millisecond {
            (self.last_millisecond, self.sequence) = (millisecond, 0);
        }
        if self.sequence == self.layout.ids_per_millisecond() {
            return Issue::Exhausted { wait_ns: (millisecond + 1) * MILLISECOND - now_ns };
        }
        let parts = Parts { millisecond, node: self.node, sequence: self.sequence };
        self.sequence += 1;
        Issue::Id(self.layout.id(parts))
    }
}

/// What an id says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts {
    /// Milliseconds since the epoch.
    pub millisecond: u64,
    /// Which node; for Twitter's layout, 32 x data centre + worker.
    pub node: u32,
    /// Number within the millisecond.
    pub sequence: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn generator(node: u32) -> Generator {
        Generator::new(Layout::TWITTER, Guard::Kept, node).expect("a node of the layout")
    }

    fn id(issue: Issue) -> u64 {
        match issue {
            Issue::Id(id) => id,
            other => panic!("no id but {other:?}"),
        }
    }

    #[test]
    fn bits_are_where_they_belong() {
        let mut generator = generator(32 * 3 + 7);
        let first = id(generator.next(5 * MILLISECOND + 999));
        assert_eq!(first, 5 << 22 | 3 << 17 | 7 << 12);
        assert_eq!(id(generator.next(5 * MILLISECOND + 999)), first + 1);
        assert_eq!(Layout::TWITTER.parts(first + 1), Parts { millisecond: 5, node: 103, sequence: 1 });
    }

    #[test]
    fn a_millisecond_has_4096_ids() {
        let mut generator = generator(0);
        let mut ids: Vec<u64> = (0..4096).map(|_| id(generator.next(7 * MILLISECOND + 250_000))).collect();
        assert_eq!(generator.next(7 * MILLISECOND + 250_000), Issue::Exhausted { wait_ns: 750_000 });
        assert_eq!(generator.next(8 * MILLISECOND - 1), Issue::Exhausted { wait_ns: 1 });
        ids.push(id(generator.next(8 * MILLISECOND)));
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "ids ascend");
    }

    #[test]
    fn a_thousand_nodes_never_agree() {
        let ids = (0..1024).map(|node| id(generator(node).next(MILLISECOND)));
        assert_eq!(ids.collect::<std::collections::BTreeSet<u64>>().len(), 1024);
        assert!(Generator::new(Layout::TWITTER, Guard::Kept, 1024).is_none());
    }

    #[test]
    fn a_clock_that_goes_back_gets_no_id() {
        let mut generator = generator(1);
        let before = id(generator.next(10 * MILLISECOND));
        assert_eq!(
            generator.next(4 * MILLISECOND + 1),
            Issue::ClockWentBack { wait_ns: 6 * MILLISECOND - 1 }
        );
        assert_eq!(id(generator.next(10 * MILLISECOND)), before + 1, "it goes on where it was");
    }

    #[test]
    fn without_a_guard_ids_are_given_away_again() {
        let mut generator = Generator::new(Layout::TWITTER, Guard::None, 1).unwrap();
        let [first, later] = [4, 10].map(|millisecond| id(generator.next(millisecond * MILLISECOND)));
        assert_eq!(id(generator.next(4 * MILLISECOND)), first);
        assert!(later > first);
    }

    #[test]
    fn bits_are_a_budget() {
        // time, node and sequence bits; nodes, ids per millisecond and years
        for (bits, expected) in [
            ((41, 10, 12), Some((1024, 4096, 69.7))),
            ((43, 10, 10), Some((1024, 1024, 278.7))),
            ((41, 0, 22), Some((1, 1 << 22, 69.7))),
            ((42, 10, 12), None),
            ((0, 31, 32), None),
            ((40, 10, 12), None),
        ] {
            let layout = Layout::new(bits.0, bits.1, bits.2);
            let actual = layout.map(|layout| {
                (layout.nodes(), layout.ids_per_millisecond(), (layout.years() * 10.0).round() / 10.0)
            });
            assert_eq!(actual, expected, "{bits:?}");
        }
    }

    #[test]
    fn the_epoch_lasts_69_years() {
        let last = (1_u64 << 41) - 1;
        assert!((Layout::TWITTER.years() - 69.7).abs() < 0.05);
        let mut generator = generator(1023);
        assert_eq!(id(generator.next(last * MILLISECOND)) >> 63, 0, "the sign bit stays zero");
        assert_eq!(generator.next((last + 1) * MILLISECOND), Issue::EpochOver);
    }
}
