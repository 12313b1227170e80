//! Networks of stations: open ones with random routing, and closed ones with a fixed population.

use super::stations::MultiServer;

/// A station of an open network.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct OpenStation {
    /// Poisson arrivals from outside \[1/s\].
    pub external_lambda: f64,
    /// Service rate of one server \[1/s\].
    pub mu: f64,
    /// Number of servers.
    pub servers: u32,
}

/// The steady state of an open network.
#[derive(Clone, PartialEq, Debug)]
pub struct OpenNetwork {
    /// Total arrivals at each station \[1/s\].
    pub lambda: Vec<f64>,
    /// Mean sojourn of one visit at each station \[s\].
    pub sojourn: Vec<f64>,
    /// Mean time from entering the network to leaving it \[s\].
    pub total_sojourn: f64,
}

/// A network of exponential stations (J. R. Jackson, 1957): who leaves station i goes to station j with the
/// probability `routing[i][j]` and leaves the network with the rest. `None` when a station is not stable,
/// nothing arrives, or nobody ever leaves.
pub fn open_network(stations: &[OpenStation], routing: &[Vec<f64>]) -> Option<OpenNetwork> {
    let external: Vec<f64> = stations.iter().map(|station| station.external_lambda).collect();
    let lambda = traffic(&external, routing)?;
    let sojourn: Option<Vec<f64>> = lambda
        .iter()
        .zip(stations)
        .map(|(&lambda, station)| match lambda > 0.0 {
            true => MultiServer::new(lambda, station.mu, station.servers).map(|queue| queue.mean_sojourn()),
            false => Some(1.0 / station.mu),
        })
        .collect();
    let sojourn = sojourn?;
    let present: f64 = lambda.iter().zip(&sojourn).map(|(lambda, sojourn)| lambda * sojourn).sum();
    let entering: f64 = external.iter().sum();
    (entering > 0.0).then(|| OpenNetwork { total_sojourn: present / entering, lambda, sojourn })
}

/// Solves the traffic equations lambda_j = external_j + sum_i lambda_i routing_ij by Gaussian elimination
/// with pivoting. `None` when they have no unique solution without negative rates: somebody never leaves.
pub fn traffic(external: &[f64], routing: &[Vec<f64>]) -> Option<Vec<f64>> {
    let n = external.len();
    if routing.len() != n || routing.iter().any(|row| row.len() != n) {
        return None;
    }
    let mut rows: Vec<Vec<f64>> = (0..n)
        .map(|j| (0..n).map(|i| f64::from(u8::from(i == j)) - routing[i][j]).chain([external[j]]).collect())
        .collect();
    for column in 0..n {
        let pivot = (column..n).max_by(|&a, &b| rows[a][column].abs().total_cmp(&rows[b][column].abs()))?;
        rows.swap(column, pivot);
        let pivot = rows[column].clone();
        // The entries are probabilities: what elimination leaves of a singular matrix is rounding.
        if pivot[column].abs() < 1e-12 {
            return None;
        }
        for (_, row) in rows.iter_mut().enumerate().filter(|&(index, _)| index != column) {
            let factor = row[column] / pivot[column];
            row.iter_mut().zip(&pivot).for_each(|(entry, pivot)| *entry -= factor * pivot);
        }
    }
    let lambda: Vec<f64> = (0..n).map(|j| rows[j][n] / rows[j][j]).collect();
    lambda.iter().all(|&lambda| lambda >= 0.0).then_some(lambda)
}

/// The steady state of a closed network.
#[derive(Clone, PartialEq, Debug)]
pub struct ClosedNetwork {
    /// Turns of all customers together \[1/s\].
    pub throughput: f64,
    /// Mean time from the end of thinking to the next thinking \[s\].
    pub response: f64,
    /// Mean number of customers at each station [-].
    pub numbers: Vec<f64>,
}

/// Exact mean value analysis (Reiser and Lavenberg, 1980) of `population` customers who think for `think` >=
/// 0 \[s\] and then visit stations of one server each. `demands` are the seconds of service per turn at each
/// station (visits x mean service). Exact for exponential FIFO stations and for processor sharing with any
/// law.
pub fn closed_network(demands: &[f64], think: f64, population: u32) -> Option<ClosedNetwork> {
    let valid = population > 0 && think >= 0.0 && demands.iter().all(|&demand| demand >= 0.0);
    if !valid || think + demands.iter().sum::<f64>() <= 0.0 {
        return None;
    }
    let mut network = ClosedNetwork { throughput: 0.0, response: 0.0, numbers: vec![0.0; demands.len()] };
    for customers in 1..=population {
        // An arrival sees the network as it is with one customer less.
        let responses = demands.iter().zip(&network.numbers).map(|(demand, number)| demand * (1.0 + number));
        let responses: Vec<f64> = responses.collect();
        network.response = responses.iter().sum();
        network.throughput = f64::from(customers) / (think + network.response);
        network.numbers = responses.iter().map(|response| response * network.throughput).collect();
    }
    Some(network)
}

/// The throughput \[1/s\] of a closed network whose stations have several servers: `stations` are (demand \[s\],
/// servers). By the convolution of the stations' weights (J. P. Buzen, 1973), which only ever adds positive
/// terms and so stays exact where mean value analysis with several servers loses all digits. The response is
/// population / throughput - think. Takes time proportional to stations x population^2.
pub fn multi_server_throughput(stations: &[(f64, u32)], think: f64, population: u32) -> Option<f64> {
    let bounds = bounds(stations, think, population)?;
    // Weights in units of the highest possible throughput are of the same order near the full population.
    let scale = bounds.throughput_max;
    let mut total = weights(scale * think, population, f64::from);
    for &(demand, servers) in stations {
        let more = weights(scale * demand, population, |customers| f64::from(customers.min(servers)));
        let convolved = (0..total.len()).map(|n| (0..=n).map(|k| total[k] * more[n - k]).sum());
        total = normalised(convolved.collect());
    }
    let population = population as usize;
    Some(scale * total[population - 1] / total[population])
}

/// Relative weights of 0, 1, ... customers at a station: demand^n / (rate(1) ... rate(n)).
fn weights(demand: f64, population: u32, rate: impl Fn(u32) -> f64) -> Vec<f64> {
    // By logarithms, so that neither the peak nor what lies before it leaves the range of a float.
    let mut logarithms = vec![0.0];
    for customers in 1..=population {
        logarithms.push(logarithms[logarithms.len() - 1] + libm::log(demand / rate(customers)));
    }
    let peak = logarithms.iter().copied().fold(0.0, f64::max);
    logarithms.iter().map(|logarithm| libm::exp(logarithm - peak)).collect()
}

fn normalised(weights: Vec<f64>) -> Vec<f64> {
    let peak = weights.iter().copied().fold(0.0, f64::max);
    weights.iter().map(|weight| weight / peak).collect()
}

/// What no closed network can leave, whatever the laws of its services.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Bounds {
    /// Throughput when all customers are always served one after the other \[1/s\].
    pub throughput_min: f64,
    /// Throughput without any waiting, or of the fully used bottleneck \[1/s\].
    pub throughput_max: f64,
    /// Response without any waiting, or behind the fully used bottleneck \[s\].
    pub response_min: f64,
    /// The population at which the two upper bounds of the throughput meet [-].
    pub saturation: f64,
}

/// Asymptotic bounds (Muntz and Wong, 1974; Denning and Buzen, 1978): `stations` are (demand \[s\], servers).
/// `None` for an empty population, negative demands, or when no station takes any time.
pub fn bounds(stations: &[(f64, u32)], think: f64, population: u32) -> Option<Bounds> {
    let valid = stations.iter().all(|&(demand, servers)| demand >= 0.0 && servers > 0);
    let total: f64 = stations.iter().map(|(demand, _)| demand).sum();
    if !(valid && population > 0 && think >= 0.0 && total > 0.0) {
        return None;
    }
    let bottleneck =
        stations.iter().map(|&(demand, servers)| demand / f64::from(servers)).fold(0.0, f64::max);
    let customers = f64::from(population);
    Some(Bounds {
        throughput_min: customers / (think + customers * total),
        throughput_max: (customers / (think + total)).min(1.0 / bottleneck),
        response_min: total.max(customers * bottleneck - think),
        saturation: (think + total) / bottleneck,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;
    use crate::theory::stations::bounded;

    #[test]
    fn an_open_network_with_a_loop() {
        let station = |external_lambda, mu, servers| OpenStation { external_lambda, mu, servers };
        let stations = [station(4.0, 10.0, 1), station(0.0, 4.0, 2), station(0.0, 6.0, 1)];
        let routing = [vec![0.0, 1.0, 0.0], vec![0.0, 0.0, 0.6], vec![0.0, 0.4, 0.0]];
        let network = open_network(&stations, &routing).unwrap();
        assert_close(network.total_sojourn, 1.02442, 5e-6, "total T");
        for (lambda, expected) in network.lambda.iter().zip([4.0, 4.0 / 0.76, 2.4 / 0.76]) {
            assert_close(*lambda, expected, 1e-12, "lambda");
        }
    }

    #[test]
    fn the_chain_of_the_peers() {
        // 2560/s over eight servers of four workers (10 ms), a fifth of it on to sixteen workers (25 ms).
        let mut stations = vec![OpenStation { external_lambda: 320.0, mu: 100.0, servers: 4 }; 8];
        stations.push(OpenStation { external_lambda: 0.0, mu: 40.0, servers: 16 });
        let mut routing = vec![[vec![0.0; 8], vec![0.2]].concat(); 8];
        routing.push(vec![0.0; 9]);
        let network = open_network(&stations, &routing).unwrap();
        // One fifth crosses a link of .5 ms, all one of .1 ms.
        assert_close(network.total_sojourn * 1e3 + 0.1 + 0.5, 23.531787, 5e-7, "W [ms]");
    }

    #[test]
    fn networks_without_a_steady_state() {
        let station = |mu| OpenStation { external_lambda: 1.0, mu, servers: 1 };
        assert_eq!(open_network(&[station(1.0)], &[vec![0.0]]), None, "full load");
        assert_eq!(open_network(&[station(5.0)], &[vec![1.0]]), None, "nobody leaves");
        assert_eq!(open_network(&[station(5.0)], &[]), None, "no routing");
        assert_eq!(closed_network(&[0.1], 1.0, 0), None, "nobody there");
        assert_eq!(closed_network(&[], 0.0, 3), None, "no time passes");
        assert_eq!(bounds(&[(0.1, 0)], 0.0, 1), None, "no server");
    }

    #[test]
    fn a_closed_network() {
        let demands = [0.005, 0.030, 0.027];
        for (population, throughput, response, tolerance) in
            [(20, 17.9672, 0.11314, 5e-6), (50, 32.4672, 0.540018, 5e-7), (100, 33.3297, 2.00033, 5e-6)]
        {
            let network = closed_network(&demands, 1.0, population).unwrap();
            assert_close(network.throughput, throughput, 5e-5, "X");
            assert_close(network.response, response, tolerance, "R");
            let stations = demands.map(|demand| (demand, 1));
            let convolved = multi_server_throughput(&stations, 1.0, population).unwrap();
            assert_close(convolved, network.throughput, 1e-10, "X by convolution");
            let bounds = bounds(&stations, 1.0, population).unwrap();
            assert!(
                bounds.throughput_min <= network.throughput && network.throughput <= bounds.throughput_max
            );
            assert!(bounds.response_min <= network.response);
            assert_close(bounds.saturation, 1.062 / 0.030, 1e-12, "N*");
        }
    }

    #[test]
    fn machines_and_repairers() {
        // One station with as many servers as customers is a delay: X = N / (Z + D). With one server and no
        // thinking it is never idle.
        assert_close(multi_server_throughput(&[(0.5, 200)], 1.5, 200).unwrap(), 100.0, 1e-9, "X of a delay");
        assert_close(multi_server_throughput(&[(0.5, 1)], 0.0, 7).unwrap(), 2.0, 1e-12, "X of a server");
        // Two stations in a circle: the one server feeds the other as a Poisson source that stops at the bound.
        for (servers, population) in [(1, 10), (4, 10), (50, 400)] {
            let mu = f64::from(servers);
            let circle = multi_server_throughput(&[(1.0 / 0.9, 1), (mu, servers)], 0.0, population).unwrap();
            let expected = bounded(0.9, 1.0 / mu, servers, u64::from(population)).unwrap().throughput;
            assert_close(circle, expected, 1e-10, "X of a circle");
        }
    }
}
