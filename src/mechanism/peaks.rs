//! Response times as they were lately: averages that rise at once and are forgotten with time.

/// An average per index, in which what is older weighs exponentially less.
///
/// A longer time than the average replaces it at once, a shorter one pulls it down slowly, and without news it fades, so that
/// who was slow is tried again (the "peak EWMA" of Finagle's balancer, 2015). All averages fade at one rate, so their order
/// does not change meanwhile: they are kept as they will have been worth at one instant (forward decay; Cormode, Shkapenyuk,
/// Srivastava and Xu, 2009), and a comparison needs no exponential.
#[derive(Clone, Debug)]
pub struct Peaks {
    /// In which time an average fades to 1 / e \[ns\].
    decay: f64,
    /// The instant to which the averages are scaled \[ns\].
    epoch: u64,
    peaks: Vec<Peak>,
}

#[derive(Clone, Copy, Default, Debug)]
struct Peak {
    /// The average, times e to the time since the epoch over `decay`; zero if nothing is known.
    scaled: f64,
    /// When it was observed last \[ns\].
    at: u64,
}

/// The scale is set anew before it leaves the range of numbers.
const EXPONENT_MAX: f64 = 300.0;

/// The least response time \[ns\]: a zero would stay the best for ever.
const LEAST: f64 = 1.0;

impl Peaks {
    /// Nothing is known of any of `count`; averages fade to 1 / e in `decay` nanoseconds.
    pub fn new(count: usize, decay: u64) -> Peaks {
        Peaks { decay: decay as f64, epoch: 0, peaks: vec![Peak::default(); count] }
    }

    /// A response took so long \[ns\]. Instants do not go back.
    pub fn observe(&mut self, index: u32, now: u64, response: u64) {
        let mut exponent = (now - self.epoch) as f64 / self.decay;
        if exponent > EXPONENT_MAX {
            let shrink = libm::exp(-exponent);
            self.peaks.iter_mut().for_each(|peak| peak.scaled *= shrink);
            (self.epoch, exponent) = (now, 0.0);
        }
        let growth = libm::exp(exponent);
        let peak = &mut self.peaks[index as usize];
        let faded = peak.scaled / growth;
        let old = libm::exp(-((now - peak.at) as f64) / self.decay);
        let response = (response as f64).max(LEAST);
        let average = if response > faded { response } else { faded + response * (1.0 - old) };
        *peak = Peak { scaled: average * growth, at: now };
    }

    /// What is known of an index is forgotten.
    pub fn forget(&mut self, index: u32) {
        self.peaks[index as usize] = Peak::default();
    }

    /// Which of those at these positions has the least average times its work, the first of equals; `index` and `work` are
    /// those of a position. Who has not been observed counts as the quickest of the others.
    pub fn least(
        &self,
        positions: impl Iterator<Item = u32> + Clone,
        index: impl Fn(u32) -> u32,
        work: impl Fn(u32) -> u32,
    ) -> Option<u32> {
        let average = |position| self.peaks[index(position) as usize].scaled;
        let quickest = positions.clone().map(average).filter(|known| *known > 0.0).reduce(f64::min);
        let unknown = quickest.unwrap_or(1.0);
        let mut best: Option<(u32, f64)> = None;
        for position in positions {
            let known = average(position);
            let cost = if known > 0.0 { known } else { unknown } * f64::from(work(position));
            if best.is_none_or(|(_, least)| cost < least) {
                best = Some((position, cost));
            }
        }
        best.map(|(position, _)| position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    impl Peaks {
        /// The average at an instant.
        fn at(&self, index: usize, now: u64) -> f64 {
            self.peaks[index].scaled / libm::exp((now - self.epoch) as f64 / self.decay)
        }
    }

    fn near(value: f64, expected: f64) {
        assert!((value / expected - 1.0).abs() < 1e-9, "{value}, not {expected}");
    }

    #[test]
    fn it_rises_at_once_and_falls_slowly() {
        let mut peaks = Peaks::new(2, 1000);
        peaks.observe(0, 500, 10);
        near(peaks.at(0, 500), 10.0);
        peaks.observe(0, 600, 80);
        near(peaks.at(0, 600), 80.0);
        let old = libm::exp(-0.1);
        peaks.observe(0, 700, 20);
        near(peaks.at(0, 700), 80.0 * old + 20.0 * (1.0 - old));
        let before = peaks.at(0, 700);
        near(peaks.at(0, 1700), before / std::f64::consts::E);
    }

    #[test]
    fn the_scale_is_set_anew() {
        let mut peaks = Peaks::new(3, 10);
        peaks.observe(0, 0, 400);
        peaks.observe(1, 2990, 50);
        peaks.observe(2, 3005, 7);
        assert_eq!(peaks.epoch, 3005, "300 decays have passed");
        near(peaks.at(1, 3005), 50.0 * libm::exp(-1.5));
        near(peaks.at(2, 3005), 7.0);
        peaks.observe(1, 1 << 60, 3);
        near(peaks.at(1, 1 << 60), 3.0);
        assert_eq!(peaks.peaks[2].scaled, 0.0, "it has faded to nothing");
    }

    #[test]
    fn the_least_is_the_average_times_the_work() {
        let mut peaks = Peaks::new(4, 1000);
        let least = |peaks: &Peaks, work: [u32; 4]| {
            peaks.least([2, 3, 0, 1].into_iter(), |position| position, |position| work[position as usize])
        };
        assert_eq!(least(&peaks, [1, 1, 1, 1]), Some(2), "nothing is known: the first");
        assert_eq!(least(&peaks, [2, 1, 2, 2]), Some(1));
        (0..3).for_each(|index| peaks.observe(index, 100, [30, 10, 20][index as usize]));
        assert_eq!(least(&peaks, [1, 1, 1, 1]), Some(3), "who is not known counts as the quickest");
        assert_eq!(least(&peaks, [1, 3, 2, 9]), Some(0));
        peaks.forget(0);
        assert_eq!(least(&peaks, [2, 3, 2, 9]), Some(0));
        assert_eq!(peaks.least([].into_iter(), |position| position, |_| 1), None);
    }
}
