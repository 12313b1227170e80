//! What is kept of times and of single instances cell by cell: little enough for every cell of a run.

use crate::station::Load;

/// A distribution of times in short.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Brief {
    count: u64,
    sum: u128,
    max: u64,
}

impl Brief {
    /// One more time \[ns\].
    #[inline]
    pub fn record(&mut self, time: u64) {
        self.count += 1;
        self.sum += u128::from(time);
        self.max = self.max.max(time);
    }

    /// Their mean \[ns\]; none of none.
    pub fn mean(&self) -> Option<f64> {
        (self.count > 0).then(|| self.sum as f64 / self.count as f64)
    }

    /// The longest \[ns\]; none of none.
    pub fn max(&self) -> Option<u64> {
        (self.count > 0).then_some(self.max)
    }
}

/// The instance of a component that had most to do within a cell.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Busiest {
    /// Which of the component's instances.
    pub instance: u32,
    /// Its busy workers, integrated over time \[worker ns\].
    pub busy: u128,
    /// Those who waited there, integrated \[ns\].
    pub queued: u128,
}

impl Busiest {
    /// An instance had this load in the cell. Said once for each of them; of two with equal loads it is the first.
    pub fn note(&mut self, instance: u32, load: &Load) {
        if (load.queued, load.busy) > (self.queued, self.busy) {
            *self = Busiest { instance, busy: load.busy, queued: load.queued };
        }
    }
}

/// Of components with more instances than this only the busiest instance of each cell is kept.
const APART_MAX: u32 = 8;

/// How the visits served by a component are spread over its instances, cell by cell.
#[derive(Clone, Debug)]
pub struct Spread {
    /// One for each instance, or one for all of them; none if nobody asks.
    lanes: usize,
    served: Vec<u64>,
}

impl Spread {
    /// Nothing served yet by so many instances, none if nobody asks; one alone has no spread.
    pub fn new(instances: u32, cells: usize) -> Spread {
        let lanes = match instances {
            0 | 1 => 0,
            2..=APART_MAX => instances as usize,
            _ => 1,
        };
        Spread { lanes, served: vec![0; lanes * cells] }
    }

    /// An instance has served so many in a cell. Said once for each of them.
    pub fn note(&mut self, instance: u32, cell: usize, served: u64) {
        if self.lanes > 0 {
            let most = &mut self.served[cell * self.lanes + instance as usize % self.lanes];
            *most = served.max(*most);
        }
    }

    /// What the instances served in a cell: each of them, or only the busiest one.
    pub fn served(&self, cell: usize) -> &[u64] {
        &self.served[cell * self.lanes..(cell + 1) * self.lanes]
    }
}

/// What groups of the instances of a component served, cell by cell.
#[derive(Clone, Default, Debug)]
pub struct GroupsServed {
    groups: usize,
    /// The instances of each.
    size: u32,
    served: Vec<u64>,
}

impl GroupsServed {
    /// Nothing served yet by so many groups of so many instances in a row; no groups if nobody asks.
    pub fn new(groups: u32, size: u32, cells: usize) -> GroupsServed {
        GroupsServed { groups: groups as usize, size, served: vec![0; groups as usize * cells] }
    }

    /// An instance has served so many in a cell.
    pub fn note(&mut self, instance: u32, cell: usize, served: u64) {
        if self.groups > 0 {
            self.served[cell * self.groups + (instance / self.size) as usize] += served;
        }
    }

    /// What each group served in a cell.
    pub fn served(&self, cell: usize) -> &[u64] {
        &self.served[cell * self.groups..(cell + 1) * self.groups]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_in_short() {
        for (times, mean, max) in [
            (&[][..], None, None),
            (&[0], Some(0.0), Some(0)),
            (&[3, 8, 1], Some(4.0), Some(8)),
            (&[u64::MAX, u64::MAX], Some(u64::MAX as f64), Some(u64::MAX)),
        ] {
            let mut brief = Brief::default();
            times.iter().for_each(|time| brief.record(*time));
            assert_eq!((brief.mean(), brief.max()), (mean, max), "{times:?}");
        }
    }

    #[test]
    fn few_instances_are_kept_apart_and_of_many_the_busiest() {
        for (instances, first, second) in [
            (0, &[][..], &[][..]),
            (1, &[], &[]),
            (2, &[7, 8], &[0, 3]),
            (8, &[7, 8, 9, 10, 11, 12, 13, 14], &[0, 3, 0, 0, 0, 0, 0, 0]),
            (9, &[15], &[3]),
        ] {
            let mut spread = Spread::new(instances, 2);
            (0..instances).for_each(|instance| spread.note(instance, 0, 7 + u64::from(instance)));
            if instances > 1 {
                spread.note(1, 1, 3);
            }
            assert_eq!((spread.served(0), spread.served(1)), (first, second), "of {instances}");
        }
    }
}
