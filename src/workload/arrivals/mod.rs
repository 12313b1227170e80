//! When requests arrive.
//!
//! Every process runs in *operational* time, in which its rate has no profile; the profile's integral maps it to real time
//! (the time change of an inhomogeneous Poisson process: Çinlar 1975). This is exact, wastes no draws where a
//! profile is low, and spaces even arrivals exactly.

#[cfg(test)]
mod tests;

use super::clock::Clock;
use super::profile::Profile;
use crate::distribution::Distribution;
use crate::distribution::logarithm::negative_logarithm;
use crate::kernel::random::{Stream, open01};
use crate::units::{SECOND, Span, Time};
use rand::Rng;

/// Arrivals at given rates or instants.
#[derive(Clone, Debug, PartialEq)]
pub struct OpenArrivals {
    law: Law,
    profile: Profile,
}

/// Rates in 1/s, times in s.
#[derive(Clone, Debug, PartialEq)]
enum Law {
    Poisson { rate: f64 },
    Even { rate: f64 },
    Batch { rate: f64, size: Distribution },
    Herds(Vec<Herd>),
    Bursty { rates: Vec<f64>, stay: Vec<f64> },
}

/// Many from a given instant on: all at once, or one after the other.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Herd {
    /// When, on the clock of the file \[s\]; negative in the warm-up.
    pub at: f64,
    /// How many.
    pub count: u64,
    /// The time between two of them \[s\], at least 1 ns; none if all come at once.
    pub every: Option<f64>,
}

/// Requests that arrive together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// When, since the start of the run.
    pub at: Time,
    /// How many; none in an empty batch of random size, or where bursty arrivals let the run look around.
    pub count: u64,
}

const NANOSECOND: f64 = 1e-9;

/// After so many changes of state without an arrival a bursty process reports an empty one, so that the run can stop.
const CHANGES_WITHOUT_ARRIVAL: u32 = 1 << 10;

impl OpenArrivals {
    /// A Poisson process of this rate \[1/s\].
    pub fn poisson(rate: f64, profile: Profile) -> Result<OpenArrivals, String> {
        check_rate(rate)?;
        Ok(OpenArrivals { law: Law::Poisson { rate }, profile })
    }

    /// Equally spaced arrivals of this rate \[1/s\], the first at the start of the run.
    pub fn even(rate: f64, profile: Profile) -> Result<OpenArrivals, String> {
        check_rate(rate)?;
        Ok(OpenArrivals { law: Law::Even { rate }, profile })
    }

    /// A Poisson process of batches of this rate \[1/s\], their sizes rounded to whole numbers.
    pub fn batch(rate: f64, size: Distribution, profile: Profile) -> Result<OpenArrivals, String> {
        check_rate(rate)?;
        Ok(OpenArrivals { law: Law::Batch { rate, size }, profile })
    }

    /// Herds at given instants.
    pub fn herds(herds: Vec<Herd>) -> Result<OpenArrivals, String> {
        for herd in &herds {
            if !herd.at.is_finite() {
                return Err(format!("`at` must be finite, is {}", herd.at));
            }
            if let Some(every) = herd.every.filter(|&every| !(every >= NANOSECOND && every.is_finite())) {
                return Err(format!("`every` must be at least 1 ns, is {every} s"));
            }
        }
        Ok(OpenArrivals { law: Law::Herds(herds), profile: Profile::FLAT })
    }

    /// A Markov-modulated Poisson process: the rate \[1/s\] goes through `rates` in turn, from the first, round and round, and
    /// stays at each for an exponential time with the mean in `stay` \[s\] (Fischer and Meier-Hellstern 1993).
    pub fn bursty(rates: Vec<f64>, stay: Vec<f64>, profile: Profile) -> Result<OpenArrivals, String> {
        if rates.is_empty() || rates.len() != stay.len() {
            return Err(format!(
                "`rates` and `stay` must have the same number of entries, at least one; they have {} and {}",
                rates.len(),
                stay.len()
            ));
        }
        if let Some(rate) = rates.iter().find(|&&rate| !(rate >= 0.0 && rate.is_finite())) {
            return Err(format!("each of `rates` must be finite and not negative, one is {rate} /s"));
        }
        if rates.iter().all(|&rate| rate == 0.0) {
            return Err("one of `rates` must be positive".to_string());
        }
        if let Some(stay) = stay.iter().find(|&&stay| !(stay >= NANOSECOND && stay.is_finite())) {
            return Err(format!("each `stay` must be at least 1 ns, one is {stay} s"));
        }
        Ok(OpenArrivals { law: Law::Bursty { rates, stay }, profile })
    }

    /// The same at rates that follow another profile; none of herds, which come at given instants.
    pub fn with_profile(&self, profile: Profile) -> Option<OpenArrivals> {
        let is_herd = matches!(self.law, Law::Herds(_));
        (!is_herd).then(|| OpenArrivals { law: self.law.clone(), profile })
    }

    /// The rate \[1/s\] of a Poisson process that is the same at all times; none of any other process.
    pub fn poisson_rate(&self) -> Option<f64> {
        match self.law {
            Law::Poisson { rate } if self.profile.is_flat() => Some(rate),
            _ => None,
        }
    }

    /// The expected number of arrivals per second between two instants of the file's time \[s\], `from` < `to`. Bursty
    /// arrivals count with the mean over all their states. Infinite if a batch has no mean size.
    pub fn mean_rate(&self, from: f64, to: f64) -> f64 {
        assert!(from < to, "no rate between {from} s and {to} s");
        if let Law::Herds(herds) = &self.law {
            let count = |herd: &Herd| herd.requests_before(to) - herd.requests_before(from);
            return herds.iter().map(count).sum::<f64>() / (to - from);
        }
        if self.profile.is_flat() {
            return self.base_rate();
        }
        self.base_rate() * (self.profile.integral(to) - self.profile.integral(from)) / (to - from)
    }

    /// What the profile is a factor of \[1/s\]; nothing of herds.
    fn base_rate(&self) -> f64 {
        match &self.law {
            Law::Poisson { rate } | Law::Even { rate } => *rate,
            Law::Batch { rate, size } => rate * size.mean().unwrap_or(f64::INFINITY),
            Law::Bursty { rates, stay } => {
                let arrivals: f64 = rates.iter().zip(stay).map(|(rate, stay)| rate * stay).sum();
                arrivals / stay.iter().sum::<f64>()
            }
            Law::Herds(_) => 0.0,
        }
    }

    /// The instant between two others \[s\] at which the profile is highest, and its factor there; none if the rate is always the
    /// same, or if there is none because requests come in herds.
    pub fn peak(&self, from: f64, to: f64) -> Option<(f64, f64)> {
        let has_profile = !self.profile.is_flat() && !matches!(self.law, Law::Herds(_));
        let time = has_profile.then(|| self.profile.peak(from, to))?;
        Some((time, self.profile.factor(time)))
    }

    /// The expected number of arrivals per second at an instant of the file's time \[s\]: of bursty ones over all their states,
    /// without herds.
    pub fn rate_at(&self, time: f64) -> f64 {
        self.base_rate() * self.profile.factor(time)
    }

    /// The arrivals of a run that begins with this warm-up.
    pub fn process(&self, warm_up: Span) -> Process {
        let machine = match &self.law {
            Law::Poisson { rate } => Machine::Poisson { mean_gap: gap(*rate) },
            Law::Even { rate } => Machine::Even { gap: gap(*rate) },
            Law::Batch { rate, size } => Machine::Batch { mean_gap: gap(*rate), size: size.clone() },
            Law::Herds(herds) => {
                Machine::Herds(herds.iter().filter_map(|herd| HerdClock::start(herd, warm_up)).collect())
            }
            Law::Bursty { rates, stay } => Machine::Bursty(Bursty {
                states: rates
                    .iter()
                    .zip(stay)
                    .map(|(&rate, &stay)| (gap(rate), stay * SECOND as f64))
                    .collect(),
                // The stay in the last state is over, so that the first arrival begins the first.
                state: rates.len() - 1,
                end: Clock::default(),
                remaining: 0.0,
            }),
        };
        let time_change = TimeChange::new(self.profile.clone(), warm_up);
        Process { machine, now: Clock::default(), time_change, last: Time(0) }
    }
}

impl Herd {
    /// How many of this herd come before an instant.
    fn requests_before(&self, instant: f64) -> f64 {
        match self.every {
            _ if instant <= self.at => 0.0,
            None => self.count as f64,
            Some(every) => ((instant - self.at) / every).ceil().min(self.count as f64),
        }
    }
}

fn check_rate(rate: f64) -> Result<(), String> {
    if rate > 0.0 && rate.is_finite() {
        Ok(())
    } else {
        Err(format!("a rate of arrivals must be positive and finite, is {rate} /s"))
    }
}

/// The mean time between arrivals \[ns\] of a rate \[1/s\]; infinite for a rate of zero.
fn gap(rate: f64) -> f64 {
    SECOND as f64 / rate
}

/// Arrivals on their way, one after the other.
#[derive(Clone, Debug)]
pub struct Process {
    machine: Machine,
    /// Operational time.
    now: Clock,
    time_change: TimeChange,
    last: Time,
}

/// Gaps in ns of operational time.
#[derive(Clone, Debug)]
enum Machine {
    Poisson { mean_gap: f64 },
    Even { gap: f64 },
    Batch { mean_gap: f64, size: Distribution },
    Herds(Vec<HerdClock>),
    Bursty(Bursty),
}

impl Process {
    /// The next arrival, not before the last one; `None` when there are no more.
    pub fn next(&mut self, stream: &mut Stream) -> Option<Arrival> {
        let mut count = 1;
        match &mut self.machine {
            Machine::Herds(herds) => return next_of_herds(herds),
            Machine::Poisson { mean_gap } => self.now.advance(exponential(*mean_gap, stream))?,
            Machine::Batch { mean_gap, size } => {
                self.now.advance(exponential(*mean_gap, stream))?;
                count = size.sample_count(stream);
            }
            Machine::Bursty(bursty) => count = bursty.advance(&mut self.now, &self.time_change, stream)?,
            Machine::Even { gap } => {
                // The first is at the start, so this one was due before the clock goes on.
                let due = self.now;
                self.now.advance(*gap)?;
                return self.arrival(due, count);
            }
        }
        self.arrival(self.now, count)
    }

    fn arrival(&mut self, operational: Clock, count: u64) -> Option<Arrival> {
        // The inverse of an integral may be off by a rounding error; time must not go back by it.
        self.last = self.last.max(self.time_change.real(operational)?);
        Some(Arrival { at: self.last, count })
    }
}

fn exponential(mean: f64, stream: &mut Stream) -> f64 {
    mean * negative_logarithm(open01(stream.next_u64()))
}

/// The map from operational to real time.
#[derive(Clone, Debug)]
struct TimeChange {
    profile: Profile,
    /// The warm-up \[s\].
    warm_up: f64,
    /// The integral of the profile at the start of the run.
    origin: f64,
}

impl TimeChange {
    fn new(profile: Profile, warm_up: Span) -> TimeChange {
        let warm_up = warm_up.seconds();
        TimeChange { origin: profile.integral(-warm_up), profile, warm_up }
    }

    fn real(&self, operational: Clock) -> Option<Time> {
        if self.profile.is_flat() {
            return operational.time();
        }
        let file_time = self.profile.inverse_integral(self.origin + operational.seconds())?;
        Some(Time(Span::from_seconds(file_time + self.warm_up).0))
    }

    /// The operational time \[ns\] that passes between two real instants.
    fn operational(&self, from: Clock, to: Clock) -> f64 {
        let integral = |clock: Clock| self.profile.integral(clock.seconds() - self.warm_up);
        (integral(to) - integral(from)) * SECOND as f64
    }

    fn is_over(&self, real: Clock) -> bool {
        self.profile.is_over(real.seconds() - self.warm_up)
    }
}

/// A Markov-modulated Poisson process. The stays pass in real time, the arrivals in operational time.
#[derive(Clone, Debug)]
struct Bursty {
    /// The mean gap between arrivals and the mean stay of each state \[ns\].
    states: Vec<(f64, f64)>,
    state: usize,
    /// When the current stay ends, in real time.
    end: Clock,
    /// What is left of the current stay, in operational time \[ns\].
    remaining: f64,
}

impl Bursty {
    /// Brings the operational clock to the next arrival, or on its way there; how many requests arrive then.
    fn advance(&mut self, now: &mut Clock, time_change: &TimeChange, stream: &mut Stream) -> Option<u64> {
        for _ in 0..CHANGES_WITHOUT_ARRIVAL {
            let mean_gap = self.states[self.state].0;
            if self.remaining > 0.0 && mean_gap.is_finite() {
                let gap = exponential(mean_gap, stream);
                if gap < self.remaining {
                    self.remaining -= gap;
                    return now.advance(gap).map(|()| 1);
                }
            }
            // An exponential gap has no memory: the next state begins with a new one.
            now.advance(self.remaining)?;
            self.begin_next_state(time_change, stream)?;
        }
        Some(0)
    }

    fn begin_next_state(&mut self, time_change: &TimeChange, stream: &mut Stream) -> Option<()> {
        if time_change.is_over(self.end) {
            return None;
        }
        self.state = (self.state + 1) % self.states.len();
        let begin = self.end;
        let stay = exponential(self.states[self.state].1, stream);
        self.end.advance(stay)?;
        self.remaining =
            if time_change.profile.is_flat() { stay } else { time_change.operational(begin, self.end) };
        Some(())
    }
}

/// The instants of one herd.
#[derive(Clone, Debug)]
struct HerdClock {
    next: Time,
    /// How many come together.
    size: u64,
    /// How often they do so from now on.
    left: u64,
    every: Span,
}

impl HerdClock {
    /// The herd's clock at its first instant in the run, if there is one.
    fn start(herd: &Herd, warm_up: Span) -> Option<HerdClock> {
        let (size, left) = if herd.every.is_some() { (1, herd.count) } else { (herd.count, 1) };
        let every = herd.every.map_or(Span::ZERO, Span::from_seconds);
        let start = Span::from_seconds(herd.at.abs()).0;
        let (next, missed) = if herd.at >= 0.0 {
            (warm_up.0.checked_add(start)?, 0)
        } else if start <= warm_up.0 {
            (warm_up.0 - start, 0)
        } else {
            // Those before the run are left out.
            let early = start - warm_up.0;
            let missed = early.div_ceil(every.0.max(1));
            (missed.saturating_mul(every.0).saturating_sub(early), missed)
        };
        let left = left.checked_sub(missed).filter(|left| *left > 0)?;
        Some(HerdClock { next: Time(next), size, left, every })
    }
}

/// The earliest instant; of several at once, the first herd's.
fn next_of_herds(herds: &mut Vec<HerdClock>) -> Option<Arrival> {
    let earliest = (0..herds.len()).min_by_key(|&index| herds[index].next)?;
    let herd = &mut herds[earliest];
    let arrival = Arrival { at: herd.next, count: herd.size };
    herd.left -= 1;
    herd.next = herd.next + herd.every;
    if herd.left == 0 {
        herds.remove(earliest);
    }
    Some(arrival)
}
