//! A synthetic web: hosts of many sizes, pages that link within and between them, copies of content, rules for robots, and
//! traps that grow without end. Stored is where the pages of each host begin: 8 B per host; everything about a page is
//! computed, so that there may be billions of them.
//!
//! Pages are numbered host by host, and within a host as a tree of `within` children per page, which its links follow from the
//! host's first page on; where a page has no such child any more, the link leads to a page of the host that a permutation
//! picks. Every page but the first also links to the first page of its host, and to `between` pages of the whole web, so that
//! large hosts are linked to more often. A trap is a tree without end: each of its pages leads to as many further ones, with one it is
//! a calendar.

use super::super::hash::{mix13, mix13_pair};
use super::super::permutation::Permutation;
use super::owner;

/// The number of a page of a trap has this bit; below it stand its host and its place in the trap.
const TRAP: u64 = 1 << 60;

/// Bits of the place in a trap.
const TRAP_BITS: u32 = 32;

/// What hashes are about.
const WITHIN: u64 = 1;
const BETWEEN: u64 = 2;
const COPY: u64 = 3;
const ORIGINAL: u64 = 4;
const RULE: u64 = 5;
const TRAPPED: u64 = 6;

/// How many links a page has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Links {
    /// To pages of its own host, the link to the first one aside; at least 1.
    pub within: u64,
    /// To pages of the whole web.
    pub between: u64,
    /// Of a page of a trap to further ones; at least 1.
    pub trapped: u64,
}

/// Shares of all, in [0, 1].
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Shares {
    /// Pages with the content of another one; below 1.
    pub duplicates: f64,
    /// Directories below the first page of a host that robots must not enter.
    pub robots: f64,
    /// Hosts with a trap.
    pub traps: f64,
}

/// A web of pages.
#[derive(Clone, Debug)]
pub struct Web {
    /// The first page of each host, and one behind the last.
    firsts: Vec<u64>,
    links: Links,
    shares: Shares,
    seed: u64,
}

/// A page of a host, or of its trap.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Page {
    /// Its host, its place there, and how many pages the host has.
    Regular { host: u64, place: u64, size: u64 },
    /// Its host and its place in the trap.
    Trapped { host: u64, place: u64 },
}

impl Web {
    /// A web of so many pages on at most as many hosts, whose sizes fall with their rank to the power of `-skew`.
    pub fn new(pages: u64, hosts: u64, skew: f64, links: Links, shares: Shares, seed: u64) -> Web {
        let weight = |host: u64| libm::pow((host + 1) as f64, -skew);
        let total: f64 = (0..hosts).map(weight).sum();
        // Each has a first page; what remains is shared out.
        let rest = (pages - hosts) as f64;
        let mut sum = 0.0;
        let firsts = (0..=hosts).map(|host| {
            let first = if host == hosts { pages } else { host + (rest * (sum / total)) as u64 };
            sum += weight(host);
            first
        });
        Web { firsts: firsts.collect(), links, shares, seed }
    }

    /// The pages are the numbers below this; those of traps are others.
    pub fn pages(&self) -> u64 {
        self.firsts[self.firsts.len() - 1]
    }

    /// The pages that a page links to, in the order of its links, each once; never itself.
    pub fn successors(&self, page: u64, list: &mut Vec<u64>) {
        let begin = list.len();
        let mut add = |other: u64| {
            if other != page && !list[begin..].contains(&other) {
                list.push(other);
            }
        };
        match self.page(page) {
            None => {}
            Some(Page::Trapped { host, place }) => {
                (1..=self.links.trapped)
                    .for_each(|link| add(trapped(host, self.links.trapped * place + link)));
            }
            Some(Page::Regular { host, place, size }) => {
                let first = page - place;
                for link in 0..self.links.within {
                    add(first + self.within(host, size, link, place));
                }
                add(first);
                for link in 0..self.links.between {
                    add(self.between(link).apply(page));
                }
                if place == 0 && self.has_trap(host) {
                    add(trapped(host, 0));
                }
            }
        }
    }

    /// The pages that link to a page, ascending.
    pub fn predecessors(&self, page: u64, list: &mut Vec<u64>) {
        let begin = list.len();
        match self.page(page) {
            None => {}
            Some(Page::Trapped { host, place: 0 }) => list.push(self.firsts[host as usize]),
            Some(Page::Trapped { host, place }) => list.push(trapped(host, (place - 1) / self.links.trapped)),
            Some(Page::Regular { host, place, size }) => {
                let first = page - place;
                if place == 0 {
                    list.extend(first + 1..first + size);
                } else {
                    list.push(first + (place - 1) / self.links.within);
                    for link in 0..self.links.within {
                        let from = self.inside(host, size, link).invert(place);
                        if self.within(host, size, link, from) == place {
                            list.push(first + from);
                        }
                    }
                }
                list.extend((0..self.links.between).map(|link| self.between(link).invert(page)));
                let mut own = list.split_off(begin);
                own.sort_unstable();
                own.dedup();
                own.retain(|other| *other != page);
                list.append(&mut own);
            }
        }
    }

    /// The host of a page: hosts are numbered from 0, the largest first. 0 for what is no page.
    pub fn host(&self, page: u64) -> u64 {
        match self.page(page) {
            Some(Page::Regular { host, .. } | Page::Trapped { host, .. }) => host,
            None => 0,
        }
    }

    /// The page whose content it has: itself, or the original of which it is a copy. Pages of traps are all different.
    pub fn content(&self, page: u64) -> u64 {
        if page >= self.pages() || !self.is_copy(page) {
            return page;
        }
        // Most tries find an original; a web of copies only does not exist.
        let tries = (0..64)
            .map(|attempt| below(mix13_pair(mix13_pair(self.seed ^ ORIGINAL, page), attempt), self.pages()));
        tries.into_iter().find(|other| !self.is_copy(*other)).unwrap_or(page)
    }

    /// How many links it is away from the first page of its host, along the tree: the length of its path.
    pub fn depth(&self, page: u64) -> u64 {
        match self.page(page) {
            None => 0,
            Some(Page::Trapped { place, .. }) => 1 + level(place, self.links.trapped),
            Some(Page::Regular { place, .. }) => level(place, self.links.within),
        }
    }

    /// Whether robots must not fetch it: it stands in a directory that the host's rules name. Traps are never named.
    pub fn is_forbidden(&self, page: u64) -> bool {
        let Some(Page::Regular { host, mut place, .. }) = self.page(page) else { return false };
        while place > self.links.within {
            place = (place - 1) / self.links.within;
        }
        place > 0 && happens(mix13_pair(mix13_pair(self.seed ^ RULE, host), place), self.shares.robots)
    }

    /// Whether it is a page of a trap.
    pub fn is_trap(&self, page: u64) -> bool {
        matches!(self.page(page), Some(Page::Trapped { .. }))
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        (self.firsts.len() * size_of::<u64>()) as u64
    }

    fn page(&self, page: u64) -> Option<Page> {
        if page < self.pages() {
            let host = owner(&self.firsts, page);
            let first = self.firsts[host];
            return Some(Page::Regular {
                host: host as u64,
                place: page - first,
                size: self.firsts[host + 1] - first,
            });
        }
        let place = page & ((1 << TRAP_BITS) - 1);
        let host = (page & !TRAP) >> TRAP_BITS;
        let is_page = page & TRAP != 0 && host < (self.firsts.len() - 1) as u64 && self.has_trap(host);
        is_page.then_some(Page::Trapped { host, place })
    }

    /// Where a link within a host leads to: to a child while there is one, else somewhere.
    fn within(&self, host: u64, size: u64, link: u64, place: u64) -> u64 {
        let child = self.links.within * place + 1 + link;
        if child < size { child } else { self.inside(host, size, link).apply(place) }
    }

    fn inside(&self, host: u64, size: u64, link: u64) -> Permutation {
        Permutation::new(size, mix13_pair(mix13_pair(self.seed ^ WITHIN, host), link))
    }

    fn between(&self, link: u64) -> Permutation {
        Permutation::new(self.pages(), mix13_pair(self.seed ^ BETWEEN, link))
    }

    fn is_copy(&self, page: u64) -> bool {
        happens(mix13_pair(self.seed ^ COPY, page), self.shares.duplicates)
    }

    fn has_trap(&self, host: u64) -> bool {
        happens(mix13_pair(self.seed ^ TRAPPED, host), self.shares.traps)
    }
}

/// How far a place is from the root of a tree of so many children per place.
fn level(mut place: u64, children: u64) -> u64 {
    if children == 1 {
        return place;
    }
    let mut level = 0;
    while place > 0 {
        place = (place - 1) / children;
        level += 1;
    }
    level
}

/// A page of a host's trap.
fn trapped(host: u64, place: u64) -> u64 {
    TRAP | host << TRAP_BITS | place.min((1 << TRAP_BITS) - 1)
}

/// A number below n.
fn below(hash: u64, n: u64) -> u64 {
    ((u128::from(hash) * u128::from(n)) >> 64) as u64
}

/// Whether a hash falls into the first part of all, of this size.
fn happens(hash: u64, share: f64) -> bool {
    ((mix13(hash) >> 11) as f64 / (1_u64 << 53) as f64) < share
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    const LINKS: Links = Links { within: 3, between: 2, trapped: 1 };
    const SHARES: Shares = Shares { duplicates: 0.3, robots: 0.2, traps: 0.1 };

    fn web(pages: u64, hosts: u64, skew: f64) -> Web {
        Web::new(pages, hosts, skew, LINKS, SHARES, 42)
    }

    fn listed(write: impl FnOnce(&mut Vec<u64>)) -> Vec<u64> {
        let mut list = Vec::new();
        write(&mut list);
        list
    }

    #[test]
    fn sizes_of_hosts_follow_their_law() {
        for (pages, hosts, skew) in [(10_000, 100, 1.0), (10_000, 100, 0.0), (50, 50, 2.0), (1, 1, 1.0)] {
            let web = web(pages, hosts, skew);
            let total: f64 = (0..hosts).map(|host| ((host + 1) as f64).powf(-skew)).sum();
            for host in 0..hosts as usize {
                let size = web.firsts[host + 1] - web.firsts[host];
                let expected = 1.0 + (pages - hosts) as f64 * ((host + 1) as f64).powf(-skew) / total;
                assert!((size as f64 - expected).abs() < 1.001, "host {host}: {size} not {expected}");
            }
            assert_eq!(web.pages(), pages);
        }
    }

    #[test]
    fn links_lead_there_and_back() {
        for (pages, hosts, skew) in [(1, 1, 0.0), (40, 40, 0.0), (300, 1, 0.0), (2000, 60, 1.0)] {
            let web = web(pages, hosts, skew);
            // Regular pages, and the first of all traps.
            let mut known: Vec<u64> = (0..pages).collect();
            known.extend(
                (0..hosts)
                    .filter(|host| web.has_trap(*host))
                    .flat_map(|host| (0..5).map(move |k| trapped(host, k))),
            );
            let there: BTreeSet<(u64, u64)> = known
                .iter()
                .flat_map(|page| listed(|list| web.successors(*page, list)).into_iter().map(|to| (*page, to)))
                .filter(|(_, to)| known.contains(to))
                .collect();
            let back: BTreeSet<(u64, u64)> = known
                .iter()
                .flat_map(|page| {
                    listed(|list| web.predecessors(*page, list)).into_iter().map(|from| (from, *page))
                })
                .collect();
            assert_eq!(there, back, "{pages} pages on {hosts} hosts");
            assert!(there.iter().all(|(from, to)| from != to));
        }
    }

    #[test]
    fn every_page_of_a_host_is_found_from_its_first() {
        let web = web(2000, 20, 1.0);
        for host in 0..20 {
            let first = web.firsts[host];
            let (mut found, mut next) = (BTreeSet::from([first]), 0);
            let mut open = vec![first];
            while next < open.len() {
                for page in listed(|list| web.successors(open[next], list)) {
                    if web.host(page) == host as u64 && page < web.pages() && found.insert(page) {
                        open.push(page);
                    }
                }
                next += 1;
            }
            assert_eq!(found.len() as u64, web.firsts[host + 1] - first);
        }
    }

    #[test]
    fn copies_and_rules_have_their_shares() {
        let web = web(20_000, 500, 0.8);
        let contents: BTreeSet<u64> = (0..20_000).map(|page| web.content(page)).collect();
        let copies = 1.0 - contents.len() as f64 / 20_000.0;
        assert!((copies - 0.3).abs() < 0.015, "{copies} of the content is copies");
        assert!(contents.iter().all(|original| web.content(*original) == *original));
        let forbidden = (0..20_000).filter(|page| web.is_forbidden(*page)).count() as f64 / 20_000.0;
        // The first pages, 500 of them, are never forbidden; directories are few and large.
        assert!((forbidden - 0.2 * 0.975).abs() < 0.06, "{forbidden} of the pages is forbidden");
        assert!(web.firsts[..500].iter().all(|first| !web.is_forbidden(*first)));
        // What is forbidden is a directory: all pages below one are.
        for page in (0..20_000).filter(|page| web.depth(*page) > 1) {
            let Some(Page::Regular { place, .. }) = web.page(page) else { panic!("a page") };
            let parent = page - place + (place - 1) / 3;
            assert_eq!(web.is_forbidden(page), web.is_forbidden(parent));
        }
    }

    #[test]
    fn a_trap_has_no_end() {
        let web = web(1000, 100, 1.0);
        let host = (0..100).find(|host| web.has_trap(*host)).expect("a tenth of the hosts has one");
        let mut page = trapped(host, 0);
        let first = web.firsts[host as usize];
        assert!(listed(|list| web.successors(first, list)).contains(&page));
        for depth in 1..1000 {
            assert_eq!((web.depth(page), web.host(page), web.is_trap(page)), (depth, host, true));
            assert_eq!((web.content(page), web.is_forbidden(page)), (page, false));
            let next = listed(|list| web.successors(page, list));
            assert_eq!(next.len(), 1);
            page = next[0];
        }
        let other = (0..100).find(|host| !web.has_trap(*host)).expect("most have none");
        assert_eq!(web.page(trapped(other, 0)), None);
    }

    /// The k-th level of a trap has b^k pages, each one link deeper than those that lead there, and all are different.
    #[test]
    fn a_trap_may_branch() {
        for links in [2, 5] {
            let web = Web::new(1000, 100, 1.0, Links { trapped: links, ..LINKS }, SHARES, 42);
            let host = (0..100).find(|host| web.has_trap(*host)).expect("a tenth of the hosts has one");
            let mut level = vec![trapped(host, 0)];
            for depth in 1..7 {
                assert!(level.iter().all(|page| web.depth(*page) == depth && web.host(*page) == host));
                for page in &level {
                    for next in listed(|list| web.successors(*page, list)) {
                        assert_eq!(listed(|list| web.predecessors(next, list)), [*page]);
                    }
                }
                level = listed(|list| level.iter().for_each(|page| web.successors(*page, list)));
                let different: BTreeSet<&u64> = level.iter().collect();
                assert_eq!((level.len(), different.len() as u64), (different.len(), links.pow(depth as u32)));
            }
        }
    }

    #[test]
    fn a_large_web_is_not_stored() {
        let web = web(1_000_000_000, 1000, 1.0);
        assert!(web.memory() < 10_000);
        let page = 987_654_321;
        for to in listed(|list| web.successors(page, list)) {
            // That many pages link to the first one of a host.
            let is_first = web.depth(to) == 0;
            assert!(is_first || listed(|list| web.predecessors(to, list)).contains(&page));
        }
    }
}
