//! One station: Erlang's formulas, M/M/c with and without a bound, M/G/1, processor sharing.

use super::falling_root;
use libm::{exp, expm1};

/// M/M/c: Poisson arrivals, exponential service, `servers` servers, one unbounded queue (A. K. Erlang, 1917).
#[derive(Clone, Copy, Debug)]
pub struct MultiServer {
    lambda: f64,
    mu: f64,
    servers: f64,
    wait_probability: f64,
}

impl MultiServer {
    /// A station with arrival rate `lambda` > 0 \[1/s\] and `servers` servers of rate `mu` > 0 \[1/s\] each;
    /// `None` when it is not stable (lambda >= servers x mu).
    pub fn new(lambda: f64, mu: f64, servers: u32) -> Option<MultiServer> {
        let wait_probability = erlang_c(servers, lambda / mu)?;
        Some(MultiServer { lambda, mu, servers: f64::from(servers), wait_probability })
    }

    /// The probability that an arrival has to wait (Erlang C) [-].
    pub fn wait_probability(&self) -> f64 {
        self.wait_probability
    }

    /// The mean wait, zeros included \[s\]. It is the same for FIFO, LIFO and random order.
    pub fn mean_wait(&self) -> f64 {
        self.wait_probability / self.spare_rate()
    }

    /// The mean sojourn: wait and service \[s\].
    pub fn mean_sojourn(&self) -> f64 {
        self.mean_wait() + 1.0 / self.mu
    }

    /// The mean number of requests at the station, by Little's law [-].
    pub fn mean_number(&self) -> f64 {
        self.lambda * self.mean_sojourn()
    }

    /// The mean share of busy servers [-].
    pub fn utilization(&self) -> f64 {
        self.lambda / (self.servers * self.mu)
    }

    /// P(wait > t) under FIFO: with probability `wait_probability` exponential of rate c mu - lambda.
    pub fn wait_tail(&self, t: f64) -> f64 {
        self.wait_probability * exp(-self.spare_rate() * t)
    }

    /// P(sojourn > t) under FIFO: the wait and an independent exponential service.
    pub fn sojourn_tail(&self, t: f64) -> f64 {
        let gap = (self.spare_rate() - self.mu).abs();
        // (exp(-mu t) - exp(-spare t)) / (spare - mu), in a form that is also right where the two rates meet.
        let convolution = if gap * t > 0.0 { -expm1(-gap * t) / gap } else { t };
        exp(-self.mu * t)
            + self.wait_probability * self.mu * convolution * exp(-self.mu.min(self.spare_rate()) * t)
    }

    /// The wait \[s\] that a share `quantile` in [0, 1) does not exceed, under FIFO.
    pub fn wait_quantile(&self, quantile: f64) -> f64 {
        libm::log(self.wait_probability / (1.0 - quantile)).max(0.0) / self.spare_rate()
    }

    /// The sojourn \[s\] that a share `quantile` in [0, 1) does not exceed, under FIFO.
    pub fn sojourn_quantile(&self, quantile: f64) -> f64 {
        falling_root(|t| self.sojourn_tail(t * self.mean_sojourn()) - (1.0 - quantile)) * self.mean_sojourn()
    }

    /// The service rate that is not used \[1/s\].
    fn spare_rate(&self) -> f64 {
        self.servers * self.mu - self.lambda
    }
}

/// The share of arrivals lost by `servers` servers without a queue, M/G/c/c (Erlang B, 1917). `load` = lambda
/// / mu > 0, in servers. The law of the service time matters through its mean only.
pub fn erlang_b(servers: u32, load: f64) -> Option<f64> {
    bounded(load, 1.0, servers, u64::from(servers)).map(|queue| queue.blocking)
}

/// The probability that an arrival waits in M/M/c (Erlang C, 1917). `load` = lambda / mu in (0, servers).
pub fn erlang_c(servers: u32, load: f64) -> Option<f64> {
    let rho = load / f64::from(servers);
    let lost = erlang_b(servers, load)?;
    (rho < 1.0).then(|| lost / (1.0 - rho * (1.0 - lost)))
}

/// Means of a station with a bound, M/M/c/K.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct BoundedQueue {
    /// The share of arrivals that find the station full [-].
    pub blocking: f64,
    /// The mean number of requests at the station [-].
    pub mean_number: f64,
    /// The mean sojourn of the admitted \[s\].
    pub mean_sojourn: f64,
    /// Admitted requests \[1/s\].
    pub throughput: f64,
}

/// M/M/c/K: at most `capacity` >= `servers` requests wait or are served. Any load is stable. Takes time
/// proportional to the capacity.
pub fn bounded(lambda: f64, mu: f64, servers: u32, capacity: u64) -> Option<BoundedQueue> {
    if !(lambda > 0.0 && mu > 0.0 && servers > 0 && capacity >= u64::from(servers)) {
        return None;
    }
    // The recursion of Erlang B (Jagerman, 1974) goes on beyond the last server with a constant rate: a bound
    // of k adds the state k to the states below.
    let (mut blocking, mut mean_number) = (1.0, 0.0);
    for k in 1..=capacity {
        let inflow = lambda / (mu * k.min(u64::from(servers)) as f64) * blocking;
        blocking = inflow / (1.0 + inflow);
        mean_number += blocking * (k as f64 - mean_number);
    }
    let throughput = lambda * (1.0 - blocking);
    Some(BoundedQueue { blocking, mean_number, mean_sojourn: mean_number / throughput, throughput })
}

/// M/D/1/K: one server that takes the same time \[s\] for each of at most `capacity` requests, the one in service included.
/// By the chain of the numbers that departures leave behind (L. Takács, 1962); exact for any load. Takes time proportional to
/// the square of the capacity.
pub fn bounded_deterministic(lambda: f64, service: f64, capacity: u32) -> Option<BoundedQueue> {
    if !(lambda > 0.0 && service > 0.0 && capacity > 0) {
        return None;
    }
    let rho = lambda * service;
    let states = capacity as usize;
    // The probability of so many arrivals during a service.
    let mut arrivals = vec![libm::exp(-rho)];
    for count in 1..=states {
        arrivals.push(arrivals[count - 1] * rho / count as f64);
    }
    let mut left = vec![1.0];
    for state in 0..states - 1 {
        let from_above: f64 = (1..=state).map(|other| left[other] * arrivals[state - other + 1]).sum();
        left.push((left[state] - from_above - left[0] * arrivals[state]) / arrivals[0]);
    }
    let sum: f64 = left.iter().sum();
    let scale = 1.0 / (left[0] / sum + rho);
    let blocking = 1.0 - scale;
    let below: f64 = left.iter().enumerate().map(|(state, share)| state as f64 * share / sum * scale).sum();
    let mean_number = below + blocking * f64::from(capacity);
    let throughput = lambda * (1.0 - blocking);
    Some(BoundedQueue { blocking, mean_number, mean_sojourn: mean_number / throughput, throughput })
}

/// The mean wait in M/G/1 \[s\], FIFO, LIFO or random order (Pollaczek 1930, Khinchine 1932), from the mean
/// service time \[s\] and its scv.
pub fn general_wait(lambda: f64, mean_service: f64, scv: f64) -> Option<f64> {
    let rho = lambda * mean_service;
    (rho < 1.0).then(|| rho * mean_service * (1.0 + scv) / (2.0 * (1.0 - rho)))
}

/// The mean response of M/G/1 processor sharing \[s\] (Sakata, Noguchi and Oizumi, 1971): only the mean of the
/// service counts. A request that needs x seconds takes x / (1 - rho) in the mean, so `mean_service` may be
/// that of a class with `rho` the load of all.
pub fn sharing_response(rho: f64, mean_service: f64) -> Option<f64> {
    (rho < 1.0).then(|| mean_service / (1.0 - rho))
}

/// An approximation of the mean wait in G/G/c \[s\] (Allen and Cunneen; Allen 1990): that of M/M/c times the
/// mean of the two squared coefficients of variation. Exact for M/M/c and M/G/1; a few percent off for M/G/c
/// with scv below 2, without a bound beyond.
pub fn approximate_wait(queue: &MultiServer, arrival_scv: f64, service_scv: f64) -> f64 {
    queue.mean_wait() * 0.5 * (arrival_scv + service_scv)
}

/// The order in which a station without preemption takes the next request, for the moments that depend on it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Order {
    /// First in, first out.
    Fifo,
    /// Last in, first out.
    Lifo,
    /// Any of those who wait, with equal probability.
    Random,
}

/// The variance of the wait in M/M/1 [s^2]. The mean, rho / (mu - lambda), is the same for all three orders;
/// the second moment of FIFO grows by 1 / (1 - rho) under LIFO and by 1 / (1 - rho/2) under random order
/// (Takacs 1963, Kingman 1962).
pub fn wait_variance(lambda: f64, mu: f64, order: Order) -> Option<f64> {
    let queue = MultiServer::new(lambda, mu, 1)?;
    let rho = queue.utilization();
    let fifo = 2.0 * queue.mean_wait() / (mu - lambda);
    let second_moment = match order {
        Order::Fifo => fifo,
        Order::Lifo => fifo / (1.0 - rho),
        Order::Random => fifo / (1.0 - 0.5 * rho),
    };
    Some(second_moment - queue.mean_wait() * queue.mean_wait())
}

/// The relative standard error [-] of the mean FIFO wait over `customers` consecutive customers of M/M/1 in
/// steady state, at load `rho` in (0, 1) (from the sum of the autocorrelations, Daley 1968): the least
/// tolerance that a comparison may have.
pub fn wait_standard_error(rho: f64, customers: f64) -> Option<f64> {
    let polynomial = 2.0 + rho * (5.0 + rho * (rho - 4.0));
    (rho > 0.0 && rho < 1.0).then(|| (polynomial / rho).sqrt() / ((1.0 - rho) * customers.sqrt()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;

    #[test]
    fn one_server() {
        // (load, mean sojourn, its p99), mu = 1
        for (rho, sojourn, p99) in [(0.5, 2.0, 9.210), (0.8, 5.0, 23.026), (0.9, 10.0, 46.052)] {
            let queue = MultiServer::new(rho, 1.0, 1).unwrap();
            assert_close(queue.mean_sojourn(), sojourn, 1e-12, "T");
            assert_close(queue.sojourn_quantile(0.99), p99, 5e-4, "T p99");
            assert_close(queue.wait_probability(), rho, 1e-12, "P(wait)");
            assert_close(queue.mean_number(), rho / (1.0 - rho), 1e-12, "L");
        }
    }

    #[test]
    fn several_servers() {
        // (servers, load, P(wait), its tolerance, mean wait, its tolerance), mean service 1
        for (servers, load, probability, wait, tolerance) in [
            (2, 1.6, 0.711111, 1.77778, 5e-6),
            (4, 3.2, 0.596432, 0.745541, 5e-7),
            (10, 8.0, 0.409180, 0.204590, 5e-7),
            (50, 45.0, 0.363864, 0.0727729, 5e-8),
        ] {
            let queue = MultiServer::new(load, 1.0, servers).unwrap();
            assert_close(queue.wait_probability(), probability, 5e-7, "P(wait)");
            assert_close(queue.mean_wait(), wait, tolerance, "W");
        }
        assert_close(MultiServer::new(3.2, 1.0, 4).unwrap().sojourn_quantile(0.99), 6.8932, 5e-5, "T p99");
        assert_close(erlang_c(5, 2.5).unwrap(), 0.130371, 5e-7, "five servers");
        assert_close(erlang_c(10, 5.0).unwrap(), 0.0361054, 5e-8, "ten servers");
    }

    #[test]
    fn quantiles_invert_tails() {
        // Three servers with a spare rate of exactly mu are where two terms of the tail cancel.
        for (lambda, servers) in [(0.3, 1), (2.0, 3), (1.999_999_9, 3), (8.0, 10), (999.0, 1000)] {
            let queue = MultiServer::new(lambda, 1.0, servers).unwrap();
            for quantile in [0.0, 0.1, 0.5, 0.99, 0.999_999] {
                let t = queue.sojourn_quantile(quantile);
                assert_close(queue.sojourn_tail(t), 1.0 - quantile, 1e-12, "sojourn tail");
                let wait = queue.wait_quantile(quantile);
                assert!(wait == 0.0 || (queue.wait_tail(wait) - (1.0 - quantile)).abs() < 1e-12);
            }
        }
    }

    #[test]
    fn loss_and_bounds() {
        for (servers, load, lost, tolerance) in
            [(5, 3.0, 0.110054, 5e-7), (10, 10.0, 0.214582, 5e-7), (50, 40.0, 0.0186907, 5e-8)]
        {
            assert_close(erlang_b(servers, load).unwrap(), lost, tolerance, "Erlang B");
        }
        let single = bounded(0.9, 1.0, 1, 10).unwrap();
        assert_close(single.blocking, 0.0508137, 5e-8, "block");
        assert_close(single.mean_sojourn, 4.6466, 5e-5, "T");
        let several = bounded(3.0, 1.0, 4, 10).unwrap();
        assert_close(several.blocking, 0.0243209, 5e-8, "block");
        assert_close(several.mean_sojourn, 1.31096, 5e-6, "T");
        let unbounded = MultiServer::new(3.0, 1.0, 4).unwrap();
        let nearly = bounded(3.0, 1.0, 4, 1000).unwrap();
        assert_close(nearly.mean_sojourn, unbounded.mean_sojourn(), 1e-12, "T without losses");
        assert_close(bounded(50.0, 1.0, 2, 100_000).unwrap().throughput, 2.0, 1e-9, "overload");
    }

    #[test]
    fn bounds_with_constant_service() {
        // Room for the one in service only: Erlang's loss, whatever the law of the service.
        for rho in [0.3, 1.0, 4.0] {
            let single = bounded_deterministic(rho, 1.0, 1).unwrap();
            assert_close(single.blocking, erlang_b(1, rho).unwrap(), 1e-12, "M/D/1/1");
        }
        // By hand for two: a departure leaves nobody with probability e^-rho.
        let two = bounded_deterministic(0.9, 1.0, 2).unwrap();
        assert_close(two.blocking, 1.0 - 1.0 / (libm::exp(-0.9) + 0.9), 1e-12, "M/D/1/2");
        // With room for all it is M/D/1, and under overload the server never rests.
        let many = bounded_deterministic(0.8, 1.0, 100).unwrap();
        assert_close(many.mean_sojourn, 1.0 + general_wait(0.8, 1.0, 0.0).unwrap(), 1e-9, "M/D/1");
        assert_close(bounded_deterministic(2.0, 1.0, 20).unwrap().throughput, 1.0, 1e-9, "overload");
        assert!(bounded_deterministic(1.0, 1.0, 0).is_none());
    }

    #[test]
    fn general_service() {
        let lognormal_scv = libm::exp(1.0) - 1.0;
        // (scv, wait at load .5, .8, .9, tolerance)
        for (scv, waits, tolerance) in [
            (0.0, [0.5, 2.0, 4.5], 1e-12),
            (0.5, [0.75, 3.0, 6.75], 1e-12),
            (lognormal_scv, [1.35914, 5.43656, 12.2323], 5e-5),
        ] {
            for (rho, wait) in [0.5, 0.8, 0.9].into_iter().zip(waits) {
                assert_close(general_wait(rho, 1.0, scv).unwrap(), wait, tolerance, "W");
                let queue = MultiServer::new(rho, 1.0, 1).unwrap();
                assert_close(approximate_wait(&queue, 1.0, scv), wait, tolerance, "W by Allen and Cunneen");
            }
        }
        assert_eq!(sharing_response(0.8, 2.0).map(|t| (t - 10.0).abs() < 1e-12), Some(true));
    }

    #[test]
    fn the_order_changes_the_variance() {
        let variance = |order| wait_variance(0.5, 1.0, order).unwrap();
        // E W = 1 and E W^2 = 4, 8 and 16/3.
        assert_close(variance(Order::Fifo), 3.0, 1e-12, "FIFO");
        assert_close(variance(Order::Lifo), 7.0, 1e-12, "LIFO");
        assert_close(variance(Order::Random), 13.0 / 3.0, 1e-12, "random");
    }

    #[test]
    fn standard_error_of_a_mean_wait() {
        for (rho, k, tolerance) in
            [(0.5, 5.4, 0.05), (0.8, 11.1, 0.05), (0.9, 21.1, 0.05), (0.95, 41.0, 0.5), (0.99, 201.0, 0.05)]
        {
            assert_close(wait_standard_error(rho, 1.0).unwrap(), k, tolerance, "k");
        }
        assert_close(wait_standard_error(0.9, 1e6).unwrap(), 0.0211, 5e-5, "a million");
    }

    #[test]
    fn no_steady_state_no_number() {
        assert!(MultiServer::new(1.0, 1.0, 1).is_none());
        assert!(MultiServer::new(5.0, 1.0, 0).is_none());
        assert!(MultiServer::new(f64::NAN, 1.0, 1).is_none());
        assert!(erlang_b(0, 1.0).is_none() && erlang_b(3, -1.0).is_none());
        assert!(bounded(1.0, 1.0, 4, 3).is_none());
        assert!(general_wait(1.0, 1.0, 1.0).is_none() && sharing_response(1.0, 1.0).is_none());
        assert!(wait_variance(1.0, 1.0, Order::Fifo).is_none() && wait_standard_error(1.0, 10.0).is_none());
    }
}
