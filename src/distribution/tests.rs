use super::*;
use crate::kernel::random::{Draws, mix};

type Built = Result<Distribution, String>;

/// One or two of each family, with the first four samples from `Draws::new(7, 11)`.
fn laws() -> Vec<(&'static str, Built, [u64; 4])> {
    let exponential = || Distribution::exponential(1.0).unwrap();
    vec![
        (
            "constant",
            Distribution::constant(2.5),
            [0x4004000000000000, 0x4004000000000000, 0x4004000000000000, 0x4004000000000000],
        ),
        (
            "uniform",
            Distribution::uniform(1.0, 4.0),
            [0x3ffa73b0aba8563a, 0x4005e5ff6fae6cdd, 0x400e8c0ff39ec7d0, 0x3ffb44787858e7e6],
        ),
        (
            "exponential",
            Distribution::exponential(2.0),
            [0x40086401dd5cb107, 0x3ff17b1c0dc4e37e, 0x3fbff8fed650a103, 0x400730421c8e1d1a],
        ),
        (
            "erlang",
            Distribution::erlang(2.0, 3),
            [0x3ff6c0e53ca11a89, 0x3ff23b675c0463a9, 0x400291a2dce0f25e, 0x4000f79ec70a0728],
        ),
        (
            "erlang of many stages",
            Distribution::erlang(2.0, 900),
            [0x3fff55e449ec4071, 0x400013fd1c532ae8, 0x400080313e5b3886, 0x3fffa5e18e1157ab],
        ),
        (
            "hyperexponential",
            Distribution::hyperexponential(2.0, 2.0),
            [0x3fe3b385e54a8433, 0x3ffa22430c558956, 0x3fc713dd21a6383e, 0x4001c52a9b443dcd],
        ),
        (
            "hyperexponential at its edge",
            Distribution::hyperexponential(2.0, 1.0),
            [0x3ff17b1c0dc4e37e, 0x400730421c8e1d1a, 0x3fd47a09a71d1551, 0x400f88ef835114a9],
        ),
        (
            "normal",
            Distribution::normal(5.0, 1.0),
            [0x40171e895d70870a, 0x4013339d9082a61d, 0x400b9906195459ae, 0x4016e4b07a1972db],
        ),
        (
            "normal cut in the middle",
            Distribution::normal(0.5, 2.0),
            [0x4005fe982ec5b72c, 0x3ff49d6683a9b503, 0x3fc7c0b50a33b288, 0x40053f121657abf1],
        ),
        (
            "lognormal",
            Distribution::lognormal_of_median(2.0, 10.0),
            [0x400b71468c8b4a6d, 0x3ffbdf6deaf99a2d, 0x3fe5e5a23ceda5ab, 0x400a6401a97527b9],
        ),
        (
            "lognormal by its mean",
            Distribution::lognormal_of_mean(2.0, 10.0),
            [0x4005a3916eafdeba, 0x3ff2e86e6619d1ae, 0x3fd824227267ef01, 0x4004a13590cfcc26],
        ),
        (
            "gamma",
            Distribution::gamma(2.0, 0.5),
            [0x40057cb631284970, 0x3fe6d5a51e354871, 0x3feafeb45af405ba, 0x400337632a07b79c],
        ),
        (
            "gamma with a peak at zero",
            Distribution::gamma(2.0, 2.0),
            [0x3f8b33e859e80004, 0x3f6d5f519aec38e6, 0x3fc2593343220495, 0x3fc8b4ec792fec7c],
        ),
        (
            "weibull",
            Distribution::weibull(2.0, 0.7),
            [0x400d38990e3d5c9a, 0x3feafb1d7c267ca2, 0x3fa37afb65c9e01e, 0x400b2f81055fa1fd],
        ),
        (
            "pareto",
            Distribution::pareto(1.0, 9.0, None),
            [0x3ff2f3ff4c307eb7, 0x3ff100514331b3f1, 0x3ff01c84d9c952af, 0x3ff2cba9089df270],
        ),
        (
            "bounded pareto",
            Distribution::pareto(1.0, 1.2, Some(100.0)),
            [0x400c29554bad0924, 0x3ff929f9011db16d, 0x3ff0d9df4d184319, 0x400a7b2816dec462],
        ),
        (
            "quantiles",
            Distribution::quantiles(1.0, 2.0, 5.0, 10.0),
            [0x3fdbdf2c746b909c, 0x3ff329ff0f780ac5, 0x400a860692e43a59, 0x3fde0bebeb97bfbc],
        ),
        (
            "empirical",
            Distribution::empirical(vec![3.0, 1.0, 2.0, 10.0]),
            [0x3ff0000000000000, 0x4008000000000000, 0x4024000000000000, 0x3ff0000000000000],
        ),
        (
            "mixture",
            Distribution::mixture(vec![(0.9, exponential()), (0.1, exponential().scaled(20.0))]),
            [0x3fe17b1c0dc4e37e, 0x403cfc52a3b1a460, 0x4009988c10e45aa5, 0x3fff88ef835114a9],
        ),
        (
            "geometric",
            Distribution::geometric(5.0),
            [0x401c000000000000, 0x4008000000000000, 0x3ff0000000000000, 0x401c000000000000],
        ),
        (
            "geometric at its edge",
            Distribution::geometric(1.0),
            [0x3ff0000000000000, 0x3ff0000000000000, 0x3ff0000000000000, 0x3ff0000000000000],
        ),
        (
            "poisson of few",
            Distribution::poisson(2.5),
            [0x4008000000000000, 0x4008000000000000, 0x4000000000000000, 0x4008000000000000],
        ),
        (
            "poisson of many",
            Distribution::poisson(80.0),
            [0x4055800000000000, 0x4053800000000000, 0x4050800000000000, 0x4051000000000000],
        ),
    ]
}

fn samples(law: &Distribution, draws: &mut Draws, count: usize) -> Vec<f64> {
    (0..count).map(|_| law.sample(draws)).collect()
}

fn average(values: impl ExactSizeIterator<Item = f64>) -> f64 {
    let count = values.len() as f64;
    values.sum::<f64>() / count
}

/// Mean and squared coefficient of variation of a sample.
fn moments(values: &[f64]) -> [f64; 2] {
    let mean = average(values.iter().copied());
    let mean_square = average(values.iter().map(|value| value * value));
    [mean, mean_square / (mean * mean) - 1.0]
}

#[test]
fn first_samples_keep_their_bits() {
    for (name, law, expected) in laws() {
        let mut draws = Draws::new(7, 11);
        let bits = samples(&law.unwrap(), &mut draws, 4).into_iter().map(f64::to_bits).collect::<Vec<_>>();
        assert_eq!(bits, expected, "{name}: {bits:#x?}");
    }
}

/// A million samples in 100 batches; the batches tell how far the total may be off.
#[test]
fn samples_have_the_mean_and_variance_that_the_law_promises() {
    for (name, law, _) in laws() {
        let law = law.unwrap();
        let mut draws = Draws::new(1, 1);
        let values = samples(&law, &mut draws, 1_000_000);
        assert!(values.iter().all(|&value| value >= 0.0), "{name} is negative");
        let batches = values.chunks(10_000).map(moments).collect::<Vec<_>>();
        for (which, promised) in [law.mean().unwrap(), law.scv().unwrap()].into_iter().enumerate() {
            let observed = moments(&values)[which];
            let spread =
                average(batches.iter().map(|batch| (batch[which] - observed) * (batch[which] - observed)));
            let tolerance = 3.0 * (spread / batches.len() as f64).sqrt() + 1e-9 * promised;
            assert!(
                (observed - promised).abs() <= tolerance,
                "{name}: moment {which} is {observed}, not {promised} +- {tolerance}"
            );
        }
    }
}

#[test]
fn scaling_scales_every_sample() {
    for (name, law, _) in laws() {
        let law = law.unwrap();
        if matches!(law, Distribution::Geometric(_) | Distribution::Poisson(_)) {
            continue;
        }
        let scaled = law.scaled(1e9);
        assert!((scaled.mean().unwrap() / law.mean().unwrap() - 1e9).abs() < 1e-3, "{name}");
        assert!((scaled.scv().unwrap() - law.scv().unwrap()).abs() < 1e-12, "{name}");
        let (mut one, mut other) = (Draws::new(3, 4), Draws::new(3, 4));
        for _ in 0..100 {
            let (value, scaled) = (law.sample(&mut one), scaled.sample(&mut other));
            assert!((scaled - 1e9 * value).abs() <= 1e-12 * scaled, "{name}: {value} became {scaled}");
        }
    }
}

/// The largest distance between two empirical distribution functions.
fn kolmogorov_smirnov(mut first: Vec<f64>, mut second: Vec<f64>) -> f64 {
    first.sort_by(f64::total_cmp);
    second.sort_by(f64::total_cmp);
    let (mut i, mut j) = (0, 0);
    let mut distance: f64 = 0.0;
    while i < first.len() && j < second.len() {
        let value = first[i].min(second[j]);
        i += first[i..].iter().take_while(|&&x| x <= value).count();
        j += second[j..].iter().take_while(|&&x| x <= value).count();
        distance = distance.max((i as f64 / first.len() as f64 - j as f64 / second.len() as f64).abs());
    }
    distance
}

#[test]
fn laws_agree_with_the_samplers_of_rand_distr() {
    const COUNT: usize = 200_000;
    fn oracle<F: Fn(&mut Draws) -> f64>(sample: F) -> Vec<f64> {
        let mut draws = Draws::new(5, 6);
        std::iter::repeat_with(|| sample(&mut draws)).filter(|&value| value >= 0.0).take(COUNT).collect()
    }
    use rand_distr as oracles;
    use rand_distr::Distribution as _;
    let normal = oracles::Normal::new(1.0, 0.8).unwrap();
    let exponential = oracles::Exp::new(0.5).unwrap();
    let lognormal = oracles::LogNormal::new(2.0_f64.ln(), 5.0_f64.ln() / 2.326_347_874_040_841).unwrap();
    let small_gamma = oracles::Gamma::new(0.25, 8.0).unwrap();
    let large_gamma = oracles::Gamma::new(4.0, 0.5).unwrap();
    let weibull = oracles::Weibull::new(3.0, 0.7).unwrap();
    let pareto = oracles::Pareto::new(1.0, 1.5).unwrap();
    let uniform = rand::distr::Uniform::new(2.0, 5.0).unwrap();
    let geometric = oracles::Geometric::new(0.2).unwrap();
    let few = oracles::Poisson::new(2.5).unwrap();
    let many = oracles::Poisson::new(80.0).unwrap();
    let erlang = oracles::Gamma::new(3.0, 1.0).unwrap();
    let pairs: Vec<(Built, Vec<f64>)> = vec![
        (Distribution::exponential(2.0), oracle(|draws| exponential.sample(draws))),
        (Distribution::erlang(3.0, 3), oracle(|draws| erlang.sample(draws))),
        (Distribution::normal(1.0, 0.8), oracle(|draws| normal.sample(draws))),
        (Distribution::lognormal_of_median(2.0, 10.0), oracle(|draws| lognormal.sample(draws))),
        (Distribution::gamma(2.0, 2.0), oracle(|draws| small_gamma.sample(draws))),
        (Distribution::gamma(2.0, 0.5), oracle(|draws| large_gamma.sample(draws))),
        (Distribution::weibull(3.0, 0.7), oracle(|draws| weibull.sample(draws))),
        (Distribution::pareto(1.0, 1.5, None), oracle(|draws| pareto.sample(draws))),
        (Distribution::uniform(2.0, 5.0), oracle(|draws| uniform.sample(draws))),
        (Distribution::geometric(5.0), oracle(|draws| geometric.sample(draws) as f64 + 1.0)),
        (Distribution::poisson(2.5), oracle(|draws| few.sample(draws))),
        (Distribution::poisson(80.0), oracle(|draws| many.sample(draws))),
    ];
    for (law, expected) in pairs {
        let law = law.unwrap();
        let observed = samples(&law, &mut Draws::new(8, 9), COUNT);
        // The critical value at a level of 0.001.
        let limit = 1.95 * (2.0 / COUNT as f64).sqrt();
        let distance = kolmogorov_smirnov(observed, expected);
        assert!(distance < limit, "{law:?}: distance {distance}, limit {limit}");
    }
}

/// Draw by draw: a part is chosen by the first, and the rest is its own.
#[test]
fn a_mixture_of_two_exponentials_is_the_hyperexponential() {
    let hyperexponential = Distribution::hyperexponential(1.0, 2.0).unwrap();
    // Balanced means: each part contributes a half of the mean.
    let long = (1.0 - (3.0_f64 / 5.0).sqrt()) / 2.0;
    let part = |share: f64| (share, Distribution::exponential(0.5 / share).unwrap());
    let mixture = Distribution::mixture(vec![part(long), part(1.0 - long)]).unwrap();
    let (mine, theirs) = (
        samples(&mixture, &mut Draws::new(3, 4), 10_000),
        samples(&hyperexponential, &mut Draws::new(3, 4), 10_000),
    );
    for (one, other) in mine.into_iter().zip(theirs) {
        assert!((one - other).abs() <= 1e-12 * other, "{one} {other}");
    }
    for (one, other) in [(mixture.mean(), hyperexponential.mean()), (mixture.scv(), hyperexponential.scv())] {
        assert!((one.unwrap() - other.unwrap()).abs() < 1e-12, "{one:?} {other:?}");
    }
}

/// Distribution functions of what `rand_distr` does not have.
#[test]
fn laws_agree_with_their_distribution_functions() {
    const COUNT: usize = 200_000;
    let hyperexponential = |x: f64| {
        let long = (1.0 - (3.0_f64 / 5.0).sqrt()) / 2.0;
        1.0 - long * (-x * 2.0 * long).exp() - (1.0 - long) * (-x * 2.0 * (1.0 - long)).exp()
    };
    let bounded_pareto = |x: f64| (1.0 - x.powf(-1.2)) / (1.0 - 100.0_f64.powf(-1.2));
    let quantiles = |x: f64| match x {
        ..1.0 => 0.5 * x,
        ..2.0 => 0.5 + 0.4 * (x - 1.0),
        ..5.0 => 0.9 + 0.09 * (x - 2.0) / 3.0,
        _ => 0.99 + 0.01 * (x - 5.0) / 5.0,
    };
    let mixture = |x: f64| 0.75 * x.min(1.0) + 0.25 * (1.0 - (-x / 10.0).exp());
    let tenfold = |x: f64| mixture(x / 10.0);
    let mixed = || {
        let parts = [Distribution::uniform(0.0, 1.0), Distribution::exponential(10.0)].map(Result::unwrap);
        Distribution::mixture([0.75, 0.25].into_iter().zip(parts).collect())
    };
    let cases: [(Built, &dyn Fn(f64) -> f64); 5] = [
        (Distribution::hyperexponential(1.0, 2.0), &hyperexponential),
        (Distribution::pareto(1.0, 1.2, Some(100.0)), &bounded_pareto),
        (Distribution::quantiles(1.0, 2.0, 5.0, 10.0), &quantiles),
        (mixed(), &mixture),
        (mixed().map(|law| law.scaled(10.0)), &tenfold),
    ];
    for (law, distribution_function) in cases {
        let law = law.unwrap();
        let mut values = samples(&law, &mut Draws::new(8, 9), COUNT);
        values.sort_by(f64::total_cmp);
        let distance = values
            .iter()
            .enumerate()
            .map(|(rank, &value)| (distribution_function(value) - (rank as f64 + 0.5) / COUNT as f64).abs())
            .fold(0.0, f64::max);
        let limit = 1.95 / (COUNT as f64).sqrt();
        assert!(distance < limit, "{law:?}: distance {distance}, limit {limit}");
    }
}

fn correlation(pairs: impl Iterator<Item = (f64, f64)> + Clone) -> f64 {
    let count = pairs.clone().count() as f64;
    let sum = |f: fn((f64, f64)) -> f64| pairs.clone().map(f).sum::<f64>() / count;
    let (x, y) = (sum(|pair| pair.0), sum(|pair| pair.1));
    let covariance = sum(|pair| pair.0 * pair.1) - x * y;
    let variances = (sum(|pair| pair.0 * pair.0) - x * x) * (sum(|pair| pair.1 * pair.1) - y * y);
    covariance / variances.sqrt()
}

/// The draws of one request's steps, and those of neighbouring requests, are as good as independent: also where fates and
/// salts are small consecutive numbers.
#[test]
fn draws_of_a_fate_are_not_correlated() {
    const COUNT: u64 = 100_000;
    let law = Distribution::exponential(1.0).unwrap();
    let draw = |fate: u64, salt: u64| law.sample(&mut Draws::new(fate, salt));
    let salts = [0, 1, 2, 3, 1 << 32, u64::MAX, mix(1, 2)];
    let limit = 4.5 / (COUNT as f64).sqrt();
    for (index, &salt) in salts.iter().enumerate() {
        for &other in &salts[..index] {
            let within = correlation((0..COUNT).map(|fate| (draw(fate, salt), draw(fate, other))));
            assert!(within.abs() < limit, "salts {salt} and {other}: {within}");
        }
        let across = correlation((0..COUNT).map(|fate| (draw(fate, salt), draw(fate + 1, salt))));
        assert!(across.abs() < limit, "consecutive fates, salt {salt}: {across}");
    }
    let later = correlation((0..COUNT).map(|fate| {
        let mut draws = Draws::new(fate, 1);
        (law.sample(&mut draws), law.sample(&mut draws))
    }));
    assert!(later.abs() < limit, "first and second draw: {later}");
}

#[test]
fn the_first_draw_of_an_exponential_is_one_word_inverted() {
    let law = Distribution::exponential(3.0).unwrap();
    for fate in 0..1000 {
        let expected = -3.0 * libm::log(crate::kernel::random::open01(Draws::new(fate, 5).bits()));
        assert!((law.sample(&mut Draws::new(fate, 5)) - expected).abs() <= 1e-15 * expected);
    }
}

#[test]
fn counts_are_rounded() {
    let mut draws = Draws::new(1, 1);
    for (value, expected) in [(0.0, 0), (0.49, 0), (0.5, 1), (3.0, 3), (1e30, u64::MAX)] {
        assert_eq!(Distribution::constant(value).unwrap().sample_count(&mut draws), expected);
    }
}

#[test]
fn moments_that_do_not_exist() {
    let cases = [
        (Distribution::pareto(1.0, 1.0, None), None, None),
        (Distribution::pareto(1.0, 1.5, None), Some(3.0), None),
        (Distribution::pareto(1.0, 3.0, None), Some(1.5), Some(1.0 / 3.0)),
        (
            Distribution::pareto(1.0, 1.0, Some(2.0)),
            Some(2.0 * 2.0_f64.ln()),
            Some(0.5 / 2.0_f64.ln().powi(2) - 1.0),
        ),
    ];
    for (law, mean, scv) in cases {
        let law = law.unwrap();
        let near = |x: Option<f64>, y: Option<f64>| match (x, y) {
            (Some(x), Some(y)) => (x - y).abs() < 1e-12,
            _ => x == y,
        };
        assert!(near(law.mean(), mean), "{law:?}: mean {:?}", law.mean());
        assert!(near(law.scv(), scv), "{law:?}: scv {:?}", law.scv());
    }
    let mixed = Distribution::mixture(vec![
        (0.5, Distribution::constant(1.0).unwrap()),
        (0.5, Distribution::pareto(1.0, 0.5, None).unwrap()),
    ]);
    assert_eq!(mixed.unwrap().mean(), None);
}

#[test]
fn zero_is_a_duration() {
    for law in [
        Distribution::constant(0.0),
        Distribution::uniform(0.0, 0.0),
        Distribution::normal(0.0, 0.0),
        Distribution::quantiles(0.0, 0.0, 0.0, 0.0),
        Distribution::empirical(vec![0.0]),
    ] {
        let law = law.unwrap();
        assert_eq!(law.sample(&mut Draws::new(1, 1)), 0.0, "{law:?}");
        assert_eq!((law.mean(), law.scv()), (Some(0.0), Some(0.0)), "{law:?}");
    }
}

#[test]
fn wrong_parameters_say_what_is_wrong() {
    let one = || Distribution::constant(1.0).unwrap();
    let cases = [
        (Distribution::constant(-1.0), "`constant` must not be negative, is -1"),
        (Distribution::constant(f64::NAN), "`constant` must not be negative, is NaN"),
        (Distribution::uniform(3.0, 2.0), "`high` must be at least `low` = 3, is 2"),
        (Distribution::exponential(0.0), "`mean` must be positive, is 0"),
        (Distribution::exponential(f64::INFINITY), "`mean` must be finite, is inf"),
        (Distribution::erlang(1.0, 0), "`stages` must be from 1 to 1000, is 0"),
        (Distribution::hyperexponential(1.0, 0.5), "`cv` must be at least 1 for a hyperexponential, is 0.5"),
        (Distribution::hyperexponential(1.0, 5000.0), "`cv` must be at most 1000, is 5000"),
        (Distribution::normal(-1.0, 1.0), "`mean` must not be negative, is -1"),
        (Distribution::normal(1.0, -0.1), "`sd` must not be negative, is -0.1"),
        (Distribution::lognormal_of_median(2.0, 1.0), "`p99` must be at least `median` = 2, is 1"),
        (Distribution::lognormal_of_mean(2.0, 1.0), "`p99` must be at least `mean` = 2, is 1"),
        (
            Distribution::lognormal_of_mean(2.0, 30.0),
            "`p99` of a lognormal must be at most 14.96 times `mean` = 29.92, is 30",
        ),
        (Distribution::gamma(1.0, 0.0), "`cv` of a gamma must be from 0.001 to 100, is 0"),
        (Distribution::weibull(1.0, -2.0), "`shape` must be positive, is -2"),
        (Distribution::pareto(2.0, 1.0, Some(2.0)), "`max` must be above `min` = 2, is 2"),
        (Distribution::quantiles(1.0, 2.0, 1.5, 3.0), "`p99` must be at least `p90` = 2, is 1.5"),
        (Distribution::empirical(vec![]), "an empirical distribution needs at least one value"),
        (Distribution::empirical(vec![1.0, -2.0]), "`value` must not be negative, is -2"),
        (
            Distribution::mixture(vec![(0.5, one()), (0.25, one())]),
            "the shares of a mixture must add up to 1, they add up to 0.75",
        ),
        (Distribution::mixture(vec![]), "the shares of a mixture must add up to 1, they add up to 0"),
        (Distribution::mixture(vec![(0.0, one()), (1.0, one())]), "`share` must be positive, is 0"),
        (
            Distribution::geometric(0.5),
            "`mean` must be at least 1 for a geometric count, which starts at 1, is 0.5",
        ),
        (Distribution::poisson(0.0), "`mean` must be positive, is 0"),
        (
            Distribution::poisson(1e16),
            "`mean` of a count must be at most 9000000000000000, is 10000000000000000",
        ),
    ];
    for (law, message) in cases {
        assert_eq!(law, Err(message.to_string()));
    }
}
