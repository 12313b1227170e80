//! Consistent hashing: which server owns a key, so that few keys move when servers come or go.

use super::hash::mix13_pair;

/// A ring of hashes on which every server stands at several points, its virtual nodes (Karger et al., 1997).
/// A key belongs to the first point at or after its hash.
///
/// A look-up takes constant expected time: a table of the hash's top bits leads to the right point or shortly
/// before it. A point takes 16 bytes and up to 8 of the table.
#[derive(Clone, Debug)]
pub struct Ring {
    /// The points, ascending.
    points: Vec<Point>,
    /// For each value of the top bits, the index of the first point with these bits or more; one more for the
    /// end.
    table: Vec<u32>,
    /// How far a hash is shifted for its top bits.
    shift: u32,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
struct Point {
    hash: u64,
    server: u32,
}

/// Virtual nodes per server when nothing else is asked for.
pub const VIRTUAL_NODES: u32 = 100;

impl Ring {
    /// The ring of the servers with these numbers, each at `virtual_nodes` points. `name` (a hash of the
    /// component's name) sets where: two rings with the same name agree on the points of the servers they
    /// share. `None` without any points.
    pub fn new(name: u64, servers: impl IntoIterator<Item = u32>, virtual_nodes: u32) -> Option<Ring> {
        Ring::weighted(name, servers.into_iter().map(|server| (server, virtual_nodes)))
    }

    /// The same, with a number of points for each server.
    pub fn weighted(name: u64, servers: impl IntoIterator<Item = (u32, u32)>) -> Option<Ring> {
        let mut points: Vec<Point> = servers
            .into_iter()
            .flat_map(|(server, nodes)| (0..nodes).map(move |node| (server, node)))
            .map(|(server, node)| Point {
                hash: mix13_pair(name, u64::from(server) << 32 | u64::from(node)),
                server,
            })
            .collect();
        points.sort_unstable();
        let count = u32::try_from(points.len()).expect("a ring has fewer than 2^32 points");
        let bits = count.checked_next_power_of_two()?.trailing_zeros().max(1);
        let shift = u64::BITS - bits;
        let first_at = |top: u64| points.partition_point(|point| point.hash >> shift < top) as u32;
        let table = (0..=1_u64 << bits).map(first_at).collect();
        (count > 0).then_some(Ring { points, table, shift })
    }

    /// The server that owns a key with this hash.
    #[inline]
    pub fn owner(&self, key_hash: u64) -> u32 {
        self.points[self.position(key_hash)].server
    }

    /// The servers from the key's hash on, its owner first, once round the ring: each as often as it has points.
    pub fn walk(&self, key_hash: u64) -> impl Iterator<Item = u32> {
        let (before, after) = self.points.split_at(self.position(key_hash));
        after.iter().chain(before).map(|point| point.server)
    }

    /// The index of the first point at or after a hash, the first of all behind the last.
    #[inline]
    fn position(&self, key_hash: u64) -> usize {
        let mut position = self.table[(key_hash >> self.shift) as usize] as usize;
        while let Some(point) = self.points.get(position) {
            if point.hash >= key_hash {
                return position;
            }
            position += 1;
        }
        0
    }
}

/// The plain alternative: the remainder of the key's hash by the number of servers, which must not be zero.
/// When one server joins n, n/(n+1) of the keys move.
#[inline]
pub fn modulo(key_hash: u64, servers: u32) -> u32 {
    (key_hash % u64::from(servers)) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::mechanism::hash::mix13;

    /// The exact share of the hashes that each of `servers` servers owns.
    fn shares(ring: &Ring, servers: u32) -> Vec<f64> {
        let mut shares = vec![0.0; servers as usize];
        let mut before = ring.points[ring.points.len() - 1].hash;
        for point in &ring.points {
            shares[point.server as usize] += point.hash.wrapping_sub(before) as f64 / libm::exp2(64.0);
            before = point.hash;
        }
        shares
    }

    #[test]
    fn the_load_varies_as_it_should() {
        for (nodes, expected) in [(1, 0.9045), (100, 0.0948), (200, 0.0671), (1000, 0.0300)] {
            // 200 rings of 9 free shares leave a standard error near 1.7 %, more with one node.
            let squares: f64 = (0..200)
                .flat_map(|name| shares(&Ring::new(name, 0..10, nodes).unwrap(), 10))
                .map(|share| (share * 10.0 - 1.0) * (share * 10.0 - 1.0))
                .sum();
            let variation = (squares / 2000.0).sqrt();
            assert!((variation / expected - 1.0).abs() < 0.07, "{nodes} nodes: {variation}, not {expected}");
        }
    }

    #[test]
    fn a_server_owns_as_much_as_it_has_points() {
        let ring = Ring::weighted(4, [(0, 1000), (1, 2000), (2, 5000)]).unwrap();
        for (share, expected) in shares(&ring, 3).into_iter().zip([0.125, 0.25, 0.625]) {
            assert!((share / expected - 1.0).abs() < 0.1, "{share}, not {expected}");
        }
        assert_eq!(Ring::weighted(4, [(7, 0), (8, 3)]).unwrap().owner(99), 8);
    }

    #[test]
    fn the_table_finds_what_a_search_finds() {
        for (servers, nodes) in [(1, 1), (1, 2), (3, 1), (10, 100), (1000, 3)] {
            let ring = Ring::new(5, 0..servers, nodes).unwrap();
            let points = ring.points.iter().flat_map(|point| [point.hash - 1, point.hash, point.hash + 1]);
            for hash in (0..2000).map(mix13).chain(points).chain([0, u64::MAX]) {
                let index = ring.points.partition_point(|point| point.hash < hash) % ring.points.len();
                assert_eq!(ring.owner(hash), ring.points[index].server, "{hash} at {servers} x {nodes}");
            }
        }
    }

    #[test]
    fn a_new_server_takes_its_share_and_nothing_else_moves() {
        let keys = 200_000;
        for servers in [1, 4, 9] {
            let before = Ring::new(3, 0..servers, 1000).unwrap();
            let after = Ring::new(3, 0..servers + 1, 1000).unwrap();
            let moved: Vec<u64> =
                (0..keys).map(mix13).filter(|&hash| before.owner(hash) != after.owner(hash)).collect();
            assert!(
                moved.iter().all(|&hash| after.owner(hash) == servers),
                "keys move to the new server only"
            );
            let expected = 1.0 / f64::from(servers + 1);
            let share = moved.len() as f64 / keys as f64;
            assert!((share / expected - 1.0).abs() < 0.1, "{share} moved, not {expected}");

            let rehashed =
                (0..keys).map(mix13).filter(|&hash| modulo(hash, servers) != modulo(hash, servers + 1));
            let share = rehashed.count() as f64 / keys as f64;
            assert!(
                (share - f64::from(servers) / f64::from(servers + 1)).abs() < 0.01,
                "{share} moved by modulo"
            );
        }
    }

    #[test]
    fn neighbours_take_over() {
        let ring = Ring::new(8, 0..6, 50).unwrap();
        for hash in (0..500).map(mix13) {
            let owner = ring.owner(hash);
            let mut walk = ring.walk(hash);
            assert_eq!(walk.next(), Some(owner));
            // Without the owner, the next other one owns the key.
            let without = Ring::new(8, (0..6).filter(|&server| server != owner), 50).unwrap();
            assert_eq!(walk.find(|&next| next != owner), Some(without.owner(hash)));
        }
        assert_eq!(ring.walk(1).count(), 6 * 50);
    }

    #[test]
    fn no_server_no_ring() {
        assert!(Ring::new(1, [], 100).is_none());
        assert!(Ring::new(1, 0..3, 0).is_none());
    }
}
