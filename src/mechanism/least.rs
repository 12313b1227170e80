//! Finds who has the least: counts by index, and the first of the smallest from any place on.

/// Counts with a tournament over them: a change and a search take time logarithmic in the number of counts.
///
/// A complete binary tree in one vector: the leaves are the counts, every other node is the smaller of the two below it.
/// It takes 8 to 16 bytes per count.
#[derive(Clone, Debug)]
pub struct Least {
    /// The node `i` stands above `2 i` and `2 i + 1`; the root is 1, and the leaves are the second half.
    nodes: Vec<u32>,
    count: u32,
}

/// Stands where there is no count, and loses against every count.
const NOBODY: u32 = u32::MAX;

impl Least {
    /// Zeros at the indices below `count`, of which there must be at least one.
    pub fn new(count: u32) -> Least {
        assert!(count > 0, "there is no least of none");
        let leaves = (count as usize).next_power_of_two();
        let mut nodes = vec![NOBODY; 2 * leaves];
        nodes[leaves..leaves + count as usize].fill(0);
        (1..leaves).rev().for_each(|node| nodes[node] = nodes[2 * node].min(nodes[2 * node + 1]));
        Least { nodes, count }
    }

    /// The count at an index.
    #[inline]
    pub fn get(&self, index: u32) -> u32 {
        self.nodes[self.leaf(index)]
    }

    /// Changes the count at an index, which must stay from 0 to 2^32 - 2.
    #[inline]
    pub fn add(&mut self, index: u32, delta: i32) {
        let count = self.get(index);
        let sum = count.checked_add_signed(delta).filter(|sum| *sum != NOBODY);
        self.set(
            index,
            sum.unwrap_or_else(|| panic!("the count {count} at {index} cannot change by {delta}")),
        );
    }

    /// The first index, at or after `from` and around the end, whose count is the smallest of all.
    #[inline]
    pub fn next_least(&self, from: u32) -> u32 {
        let least = self.nodes[1];
        let mut node = self.leaf(from);
        if self.nodes[node] != least {
            // Upwards until there is one with the least to the right; from the root it is around the end.
            while node > 1 && (node % 2 == 1 || self.nodes[node + 1] != least) {
                node /= 2;
            }
            node = if node == 1 { 1 } else { node + 1 };
        }
        let leaves = self.nodes.len() / 2;
        while node < leaves {
            node = if self.nodes[2 * node] == least { 2 * node } else { 2 * node + 1 };
        }
        (node - leaves) as u32
    }

    #[inline]
    fn leaf(&self, index: u32) -> usize {
        assert!(index < self.count, "index {index} of {}", self.count);
        self.nodes.len() / 2 + index as usize
    }

    #[inline]
    fn set(&mut self, index: u32, count: u32) {
        let mut node = self.leaf(index);
        self.nodes[node] = count;
        while node > 1 {
            node /= 2;
            let least = self.nodes[2 * node].min(self.nodes[2 * node + 1]);
            if self.nodes[node] == least {
                break;
            }
            self.nodes[node] = least;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    /// The slow twin: looks at every index.
    fn search(counts: &[u32], from: u32) -> u32 {
        let indices = (from..counts.len() as u32).chain(0..from);
        // The first of several equal ones is taken.
        indices.min_by_key(|index| counts[*index as usize]).unwrap()
    }

    #[test]
    fn it_finds_what_a_search_finds() {
        for count in [1, 2, 3, 5, 8, 13, 64, 100] {
            let (mut least, mut counts) = (Least::new(count), vec![0_u32; count as usize]);
            for turn in 0..4000 {
                let [bits, from] = [0, 1].map(|draw| mix13(mix13(turn) + draw));
                let index = (bits >> 32) as u32 % count;
                // Few different counts, so that there are many ties.
                let up = counts[index as usize] == 0 || bits % 2 == 0 && counts[index as usize] < 3;
                let delta = if up { 1 } else { -1 };
                least.add(index, delta);
                counts[index as usize] = counts[index as usize].checked_add_signed(delta).unwrap();
                let from = from as u32 % count;
                assert_eq!(least.get(index), counts[index as usize]);
                assert_eq!(least.next_least(from), search(&counts, from), "{counts:?} from {from}");
            }
        }
    }

    #[test]
    fn equals_take_turns() {
        let mut least = Least::new(5);
        let mut cursor = 3;
        let turns: Vec<u32> = (0..7)
            .map(|_| {
                let index = least.next_least(cursor);
                cursor = (index + 1) % 5;
                least.add(index, 1);
                index
            })
            .collect();
        assert_eq!(turns, [3, 4, 0, 1, 2, 3, 4]);
    }

    #[test]
    fn the_only_one_is_always_found() {
        let mut least = Least::new(1);
        least.add(0, 7);
        assert_eq!(least.next_least(0), 0);
    }

    #[test]
    #[should_panic(expected = "the count 0 at 1 cannot change by -1")]
    fn counts_are_not_negative() {
        Least::new(2).add(1, -1);
    }
}
