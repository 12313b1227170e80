use super::*;
use crate::kernel::random::stream;

type Built = Result<OpenArrivals, String>;

/// The instants [s of engine time] of all arrivals before `end` \[s\], with their counts.
fn arrivals(law: &OpenArrivals, warm_up: f64, end: f64, seed: u64) -> Vec<(f64, u64)> {
    let mut process = law.process(Span::from_seconds(warm_up));
    let mut stream = stream(seed, "test.arrivals");
    let mut seen = Vec::new();
    let mut last = Time(0);
    while let Some(arrival) = process.next(&mut stream) {
        assert!(arrival.at >= last, "{arrival:?} after {last:?}");
        last = arrival.at;
        let at = arrival.at.0 as f64 / SECOND as f64;
        if at >= end {
            break;
        }
        seen.push((at, arrival.count));
    }
    seen
}

fn total(arrivals: &[(f64, u64)]) -> u64 {
    arrivals.iter().map(|arrival| arrival.1).sum()
}

fn steps() -> Profile {
    Profile::linear(&[(0.0, 1.0), (10.0, 1.0), (10.0, 4.0), (20.0, 4.0), (30.0, 0.0)]).unwrap()
}

/// Counts of a Poisson process in windows have equal mean and variance.
#[test]
fn poisson_counts() {
    let law = OpenArrivals::poisson(50.0, Profile::FLAT).unwrap();
    const WINDOWS: usize = 10_000;
    let mut counts = vec![0.0; WINDOWS];
    for (at, count) in arrivals(&law, 0.0, WINDOWS as f64, 1) {
        counts[at as usize] += count as f64;
    }
    let mean = counts.iter().sum::<f64>() / WINDOWS as f64;
    let variance = counts.iter().map(|count| (count - mean) * (count - mean)).sum::<f64>() / WINDOWS as f64;
    assert!((mean - 50.0).abs() < 3.0 * (50.0 / WINDOWS as f64).sqrt(), "mean {mean}");
    assert!((variance - 50.0).abs() < 3.0 * 50.0 * (2.0 / WINDOWS as f64).sqrt(), "variance {variance}");
}

/// The counts of a Poisson process with a profile are Poisson with the profile's integral, window by window.
#[test]
fn poisson_follows_its_profile() {
    const WARM_UP: f64 = 5.0;
    const WINDOW: f64 = 1.0;
    for (profile, rate, end) in [(steps(), 2_000.0, 35.0), (Profile::DIURNAL, 1.0, 100_000.0)] {
        let law = OpenArrivals::poisson(rate, profile).unwrap();
        let window = if end > 1000.0 { 5_000.0 } else { WINDOW };
        let warm_up = WARM_UP * window;
        let seen = arrivals(&law, warm_up, warm_up + end, 2);
        let mut from = -warm_up;
        while from < end {
            let observed =
                seen.iter().filter(|(at, _)| (from..from + window).contains(&(at - warm_up))).count();
            let expected = law.mean_rate(from, from + window) * window;
            let tolerance = 3.5 * expected.sqrt();
            assert!((observed as f64 - expected).abs() <= tolerance, "{from}: {observed}, not {expected}");
            from += window;
        }
    }
}

#[test]
fn even_arrivals_do_not_drift() {
    for rate in [3.0, 7.0, 1000.0, 1e6 / 3.0, 0.37] {
        let law = OpenArrivals::even(rate, Profile::FLAT).unwrap();
        let mut process = law.process(Span::ZERO);
        let mut stream = stream(1, "unused");
        for index in 0..1_000_000_u64 {
            let at = process.next(&mut stream).unwrap().at.0;
            let exact = index as f64 * 1e9 / rate;
            assert!(
                (at as f64 - exact).abs() <= 0.501 + exact * 2e-16,
                "arrival {index} of {rate} /s: {at}, not {exact}"
            );
        }
    }
}

#[test]
fn even_arrivals_at_rates_above_one_per_nanosecond() {
    let law = OpenArrivals::even(4e9, Profile::FLAT).unwrap();
    let mut process = law.process(Span::ZERO);
    let mut stream = stream(1, "unused");
    let times = (0..9).map(|_| process.next(&mut stream).unwrap().at.0).collect::<Vec<_>>();
    assert_eq!(times, [0, 0, 1, 1, 1, 1, 2, 2, 2]);
    let later = (0..4_000_000).map(|_| process.next(&mut stream).unwrap().at.0).last();
    assert_eq!(later, Some(1_000_002));
}

#[test]
fn poisson_loses_nothing_below_a_nanosecond_late_in_a_run() {
    let law = OpenArrivals::poisson(1e10, Profile::FLAT).unwrap();
    let mut process = law.process(Span::ZERO);
    // A year, where a float resolves 4 ns.
    process.now.advance(3.15e16).unwrap();
    let mut stream = stream(3, "late");
    let first = process.next(&mut stream).unwrap().at.0;
    let last = (0..1_000_000).map(|_| process.next(&mut stream).unwrap().at.0).last().unwrap();
    assert!((last - first).abs_diff(100_000) < 300, "{}", last - first);
}

/// Between arrival n and arrival n + 1 the integral of the rate grows by exactly 1.
#[test]
fn even_arrivals_follow_their_profile() {
    let law = OpenArrivals::even(100.0, steps()).unwrap();
    let seen = arrivals(&law, 5.0, 100.0, 1);
    // 5 s of warm-up, 10 s, 40 s and 20 s worth of arrivals; the end of the ramp to zero holds none.
    assert_eq!(seen.len(), 7_500);
    for (index, (at, _)) in seen.iter().enumerate() {
        let expected = index as f64;
        let integral = 100.0 * (steps().integral(at - 5.0) + 5.0);
        assert!((integral - expected).abs() < 1e-6, "arrival {index} at {at}: {integral}");
    }
}

#[test]
fn batches_have_their_mean_size() {
    let law = OpenArrivals::batch(10.0, Distribution::geometric(5.0).unwrap(), Profile::FLAT).unwrap();
    let seen = arrivals(&law, 0.0, 10_000.0, 4);
    assert_eq!(law.mean_rate(0.0, 1.0), 50.0);
    // The variance of the total is rate · time · E[size^2] = 10 · 10,000 · 45.
    let tolerance = 3.0 * (100_000.0_f64 * 45.0).sqrt();
    assert!((total(&seen) as f64 - 500_000.0).abs() < tolerance, "{}", total(&seen));
}

#[test]
fn herds_come_when_they_are_due() {
    let herd = |at, count, every| Herd { at, count, every };
    let law = OpenArrivals::herds(vec![
        herd(2.0, 3, Some(3.0)),
        herd(-1.0, 5, None),
        herd(-20.0, 4, None),
        herd(-20.0, 4, Some(9.0)),
        herd(5.0, 1, None),
        herd(-20.0, 2, Some(4.0)),
    ]);
    let law = law.unwrap();
    // Engine time, with a warm-up of 10 s.
    let expected = [(8.0, 1), (9.0, 5), (12.0, 1), (15.0, 1), (15.0, 1), (17.0, 1), (18.0, 1)];
    assert_eq!(arrivals(&law, 10.0, 25.0, 1), expected);
    let total = expected.iter().filter(|(at, _)| *at >= 10.0).map(|(_, count)| *count).sum::<u64>();
    assert_eq!(law.mean_rate(0.0, 15.0) * 15.0, total as f64);
    assert_eq!(law.mean_rate(2.0, 5.0) * 3.0, 1.0);
}

#[test]
fn bursty_arrivals_have_the_mean_rate_of_their_states() {
    let law = OpenArrivals::bursty(vec![10.0, 200.0, 0.0], vec![2.0, 0.5, 1.5], Profile::FLAT).unwrap();
    assert_eq!(law.mean_rate(0.0, 1.0), 30.0);
    const RUNS: u64 = 40;
    const LENGTH: f64 = 2_000.0;
    let rates =
        (0..RUNS).map(|seed| total(&arrivals(&law, 0.0, LENGTH, seed)) as f64 / LENGTH).collect::<Vec<_>>();
    let mean = rates.iter().sum::<f64>() / RUNS as f64;
    let variance = rates.iter().map(|rate| (rate - mean) * (rate - mean)).sum::<f64>() / (RUNS - 1) as f64;
    assert!((mean - 30.0).abs() < 3.0 * (variance / RUNS as f64).sqrt(), "mean {mean}");
    // A Poisson process of that rate would have 30 / LENGTH.
    assert!(variance > 10.0 * 30.0 / LENGTH, "variance {variance}");
}

/// The first state is the one the run begins in, and its mean stay is that of real time, profile or not.
#[test]
fn bursty_arrivals_stay_in_real_time() {
    let late = Profile::linear(&[(0.0, 10.0), (1.0, 1.0)]).unwrap();
    for profile in [Profile::FLAT, late] {
        let law = OpenArrivals::bursty(vec![1e6, 0.0], vec![0.001, 1e9], profile).unwrap();
        let stays = (0..2_000).map(|seed| arrivals(&law, 0.0, 1.0, seed).last().map_or(0.0, |last| last.0));
        let mean = stays.sum::<f64>() / 2_000.0;
        assert!((mean - 0.001).abs() < 3.0 * 0.001 / 2_000.0_f64.sqrt(), "{mean}");
    }
}

/// States may change far more often than requests arrive; a run that waits for an arrival must not wait for ever.
#[test]
fn a_bursty_process_comes_back_without_an_arrival() {
    let law = OpenArrivals::bursty(vec![0.0, 1e-9], vec![1e-9, 1e-9], Profile::FLAT).unwrap();
    let mut process = law.process(Span::ZERO);
    let mut stream = stream(1, "test.arrivals");
    let arrivals: Vec<Arrival> = (0..100).map_while(|_| process.next(&mut stream)).collect();
    assert_eq!((arrivals.len(), arrivals.iter().map(|arrival| arrival.count).sum::<u64>()), (100, 0));
    let mean_ns = arrivals[99].at.0 as f64 / f64::from(100 * CHANGES_WITHOUT_ARRIVAL);
    assert!((mean_ns - 1.0).abs() < 0.02, "a stay takes {mean_ns} ns");
}

#[test]
fn a_profile_that_ends_ends_the_arrivals() {
    let end = Profile::linear(&[(0.0, 1.0), (2.0, 0.0)]).unwrap();
    for law in [
        OpenArrivals::poisson(1000.0, end.clone()),
        OpenArrivals::even(1000.0, end.clone()),
        OpenArrivals::bursty(vec![1000.0, 2000.0], vec![0.1, 0.1], end),
    ] {
        let law = law.unwrap();
        let seen = arrivals(&law, 1.0, f64::INFINITY, 5);
        assert!(seen.len() > 1_500 && seen[seen.len() - 1].0 <= 3.0, "{law:?}");
    }
}

#[test]
fn rates_too_low_for_the_clock_give_no_arrivals() {
    for law in [OpenArrivals::poisson(1e-300, Profile::FLAT), OpenArrivals::poisson(1e-12, Profile::FLAT)] {
        let seen = arrivals(&law.unwrap(), 0.0, f64::INFINITY, 1);
        assert_eq!(seen.len(), 0);
    }
}

#[test]
fn first_arrivals_keep_their_instants() {
    let cases: [(Built, [u64; 4]); 4] = [
        (OpenArrivals::poisson(1000.0, Profile::FLAT), [1042571, 1525790, 2360670, 3119410]),
        (OpenArrivals::poisson(1000.0, steps()), [1042571, 1525790, 2360670, 3119410]),
        (
            OpenArrivals::poisson(0.1, Profile::DIURNAL),
            [2279504779714, 2588377933862, 2994295620175, 3286325519527],
        ),
        (
            OpenArrivals::bursty(vec![10.0, 1000.0], vec![1.0, 0.1], Profile::FLAT),
            [48321826, 131809903, 207683828, 378817820],
        ),
    ];
    for (law, expected) in cases {
        let mut process = law.as_ref().unwrap().process(Span::ZERO);
        let mut stream = stream(1, "client.visitors.arrivals");
        let times = expected.map(|_| process.next(&mut stream).unwrap().at.0);
        assert_eq!(times, expected, "{law:?}");
    }
}

#[test]
fn wrong_parameters_say_what_is_wrong() {
    let flat = || Profile::FLAT;
    let herd = |at, every| OpenArrivals::herds(vec![Herd { at, count: 1, every }]);
    let cases = [
        (OpenArrivals::poisson(0.0, flat()), "a rate of arrivals must be positive and finite, is 0 /s"),
        (OpenArrivals::even(f64::NAN, flat()), "a rate of arrivals must be positive and finite, is NaN /s"),
        (herd(f64::INFINITY, None), "`at` must be finite, is inf"),
        (herd(0.0, Some(0.0)), "`every` must be at least 1 ns, is 0 s"),
        (
            OpenArrivals::bursty(vec![1.0, 2.0], vec![1.0], flat()),
            "`rates` and `stay` must have the same number of entries, at least one; they have 2 and 1",
        ),
        (
            OpenArrivals::bursty(vec![-1.0], vec![1.0], flat()),
            "each of `rates` must be finite and not negative, one is -1 /s",
        ),
        (OpenArrivals::bursty(vec![0.0], vec![1.0], flat()), "one of `rates` must be positive"),
        (OpenArrivals::bursty(vec![1.0], vec![0.0], flat()), "each `stay` must be at least 1 ns, one is 0 s"),
    ];
    for (law, message) in cases {
        assert_eq!(law, Err(message.to_string()));
    }
}
