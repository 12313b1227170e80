//! Weighted turns: everyone's turn comes as often as its weight says, spread as evenly as can be.

/// Smooth weighted round robin, as nginx has it since 1.3.1 (2012): at each turn everyone gains its weight, and who has most
/// pays what all of them gained. After as many turns as the weights add up to, all credits are what they were.
#[derive(Clone, Debug)]
pub struct Turns {
    credits: Vec<i64>,
    first: u32,
}

impl Turns {
    /// Nobody among `count` has had a turn; of equals the one at or after `first` comes first.
    pub fn new(count: u32, first: u32) -> Turns {
        Turns { credits: vec![0; count as usize], first }
    }

    /// Whose turn it is among those at these indices, which ascend; there is at least one. Takes time proportional to their
    /// number.
    pub fn next(&mut self, weights: &[u32], among: &[u32]) -> u32 {
        let start = among.partition_point(|index| *index < self.first);
        let (before, after) = among.split_at(start);
        let (mut sum, mut richest) = (0, None);
        for &index in after.iter().chain(before) {
            let weight = i64::from(weights[index as usize]);
            let credit = &mut self.credits[index as usize];
            *credit += weight;
            sum += weight;
            if richest.is_none_or(|(_, most)| *credit > most) {
                richest = Some((index, *credit));
            }
        }
        let (index, _) = richest.expect("there is at least one");
        self.credits[index as usize] -= sum;
        index
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turns(weights: &[u32], first: u32, count: usize) -> Vec<u32> {
        let all: Vec<u32> = (0..weights.len() as u32).collect();
        let mut turns = Turns::new(weights.len() as u32, first);
        (0..count).map(|_| turns.next(weights, &all)).collect()
    }

    #[test]
    fn turns_are_spread() {
        // nginx's own example: not a a a a a b c.
        assert_eq!(turns(&[5, 1, 1], 0, 7), [0, 0, 1, 0, 2, 0, 0]);
        assert_eq!(turns(&[1, 1, 1], 1, 6), [1, 2, 0, 1, 2, 0], "equals take turns");
    }

    #[test]
    fn every_round_is_exact() {
        for weights in [&[3, 1][..], &[7, 5, 3, 1], &[1000, 1, 500], &[2; 9]] {
            let sum = weights.iter().sum::<u32>() as usize;
            for round in turns(weights, 0, 3 * sum).chunks(sum) {
                for (index, weight) in weights.iter().enumerate() {
                    let count = round.iter().filter(|turn| **turn == index as u32).count();
                    assert_eq!(count, *weight as usize, "{weights:?} at {index}");
                }
            }
        }
    }

    #[test]
    fn who_is_away_has_no_turn() {
        let mut turns = Turns::new(3, 0);
        let without: Vec<u32> = (0..8).map(|_| turns.next(&[2, 9, 6], &[0, 2])).collect();
        assert_eq!(without, [2, 0, 2, 2, 2, 0, 2, 2]);
    }
}
