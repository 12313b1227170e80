//! Unique identifiers that grow with time, made without coordination.
//!
//! The layout is Twitter's Snowflake (2010): a sign bit that stays zero, 41 bits of milliseconds since an
//! epoch (69.7 years), 5 bits of data centre, 5 bits of worker, 12 bits of sequence within the millisecond.

/// Bits of the sequence.
const SEQUENCE_BITS: u32 = 12;
/// Bits of the worker in its data centre, and of the data centre.
const WORKER_BITS: u32 = 5;
/// Bits of the data centre and the worker together: the node.
const NODE_BITS: u32 = 2 * WORKER_BITS;
/// Bits of the milliseconds.
const TIME_BITS: u32 = 41;

/// Nanoseconds in the millisecond that an id counts in.
const MILLISECOND: u64 = 1_000_000;

/// How many nodes can make ids at the same time.
pub const NODES: u32 = 1 << NODE_BITS;
/// How many ids a node can make in a millisecond.
pub const IDS_PER_MILLISECOND: u32 = 1 << SEQUENCE_BITS;

/// The maker of ids on one node. It remembers the last id, so a new one after a restart may repeat ids if the
/// clock has gone back over the restart.
#[derive(Clone, Debug)]
pub struct Generator {
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
    /// The generator of a node below [`NODES`]: 32 x data centre + worker. `None` for other numbers.
    pub fn new(node: u32) -> Option<Generator> {
        (node < NODES).then_some(Generator { node, last_millisecond: 0, sequence: 0 })
    }

    /// An id at a time of the node's own clock [ns since the epoch].
    pub fn next(&mut self, now_ns: u64) -> Issue {
        let millisecond = now_ns / MILLISECOND;
        if millisecond >> TIME_BITS > 0 {
            return Issue::EpochOver;
        }
        if millisecond < self.last_millisecond {
            return Issue::ClockWentBack { wait_ns: self.last_millisecond * MILLISECOND - now_ns };
        }
        if millisecond > self.last_millisecond {
            (self.last_millisecond, self.sequence) = (millisecond, 0);
        }
        if self.sequence == IDS_PER_MILLISECOND {
            return Issue::Exhausted { wait_ns: (millisecond + 1) * MILLISECOND - now_ns };
        }
        let parts = Parts { millisecond, node: self.node, sequence: self.sequence };
        self.sequence += 1;
        Issue::Id(parts.id())
    }
}

/// What an id says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Parts {
    /// Milliseconds since the epoch.
    pub millisecond: u64,
    /// 32 x data centre + worker.
    pub node: u32,
    /// Number within the millisecond.
    pub sequence: u32,
}

impl Parts {
    /// Takes an id apart.
    pub fn of(id: u64) -> Parts {
        Parts {
            millisecond: id >> (NODE_BITS + SEQUENCE_BITS),
            node: (id >> SEQUENCE_BITS) as u32 % NODES,
            sequence: id as u32 % IDS_PER_MILLISECOND,
        }
    }

    fn id(self) -> u64 {
        self.millisecond << (NODE_BITS + SEQUENCE_BITS)
            | u64::from(self.node) << SEQUENCE_BITS
            | u64::from(self.sequence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(issue: Issue) -> u64 {
        match issue {
            Issue::Id(id) => id,
            other => panic!("no id but {other:?}"),
        }
    }

    #[test]
    fn bits_are_where_they_belong() {
        let mut generator = Generator::new(32 * 3 + 7).unwrap();
        let first = id(generator.next(5 * MILLISECOND + 999));
        assert_eq!(first, 5 << 22 | 3 << 17 | 7 << 12);
        assert_eq!(id(generator.next(5 * MILLISECOND + 999)), first + 1);
        assert_eq!(Parts::of(first + 1), Parts { millisecond: 5, node: 103, sequence: 1 });
    }

    #[test]
    fn a_millisecond_has_4096_ids() {
        let mut generator = Generator::new(0).unwrap();
        let mut ids: Vec<u64> = (0..4096).map(|_| id(generator.next(7 * MILLISECOND + 250_000))).collect();
        assert_eq!(generator.next(7 * MILLISECOND + 250_000), Issue::Exhausted { wait_ns: 750_000 });
        assert_eq!(generator.next(8 * MILLISECOND - 1), Issue::Exhausted { wait_ns: 1 });
        ids.push(id(generator.next(8 * MILLISECOND)));
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]), "ids ascend");
    }

    #[test]
    fn a_thousand_nodes_never_agree() {
        let ids = (0..1024).map(|node| id(Generator::new(node).unwrap().next(MILLISECOND)));
        assert_eq!(ids.collect::<std::collections::BTreeSet<u64>>().len(), 1024);
        assert!(Generator::new(1024).is_none());
    }

    #[test]
    fn a_clock_that_goes_back_gets_no_id() {
        let mut generator = Generator::new(1).unwrap();
        let before = id(generator.next(10 * MILLISECOND));
        assert_eq!(
            generator.next(4 * MILLISECOND + 1),
            Issue::ClockWentBack { wait_ns: 6 * MILLISECOND - 1 }
        );
        assert_eq!(id(generator.next(10 * MILLISECOND)), before + 1, "it goes on where it was");
    }

    #[test]
    fn the_epoch_lasts_69_years() {
        let last = (1_u64 << 41) - 1;
        let years = (last + 1) as f64 / (1000.0 * 86_400.0 * 365.25);
        assert!((years - 69.7).abs() < 0.05, "{years}");
        let mut generator = Generator::new(NODES - 1).unwrap();
        assert_eq!(id(generator.next(last * MILLISECOND)) >> 63, 0, "the sign bit stays zero");
        assert_eq!(generator.next((last + 1) * MILLISECOND), Issue::EpochOver);
    }
}
