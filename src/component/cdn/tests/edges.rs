//! Which edge is asked, how it fetches, and what is said between the instances.

use super::super::super::testing::{Scene, ask, request, setting};
use super::super::super::{Ask, Behaviour, Change, Geography, Letter, Report, Said, Setting, Token, Verdict};
use super::super::{CdnBlueprint, CdnState};
use crate::fault::Disk;
use crate::kernel::request::{Request, RequestId};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::units::{InstanceId, OutcomeId, PlaceId, SECOND, Time};
use std::sync::Arc;

const HIT: Verdict = Verdict::Done(outcome::OK);

/// Edges 0, 1 and 2 at places 0, 1 and 1, a shield at place 2; callers 4, 5 and 6 at places 0, 1 and 2.
fn cdn(toml: &str) -> Scene<CdnState> {
    let places = [0, 1, 1, 2, 0, 1, 2].map(PlaceId).to_vec();
    let geography =
        Geography { places, distances: vec![0, 10, 30, 10, 0, 20, 30, 20, 0], count: 3, names: Vec::new() };
    let setting = Setting { geography: Arc::new(geography), ..setting(4) };
    let table =
        "places = [\"a\", \"b\", \"b\"]\norigin = \"web.get\"\nshield = \"c\"\ncapacity = \"10 objects\"\n";
    Scene::at::<CdnBlueprint>(&format!("{table}{toml}"), &setting)
}

impl Scene<CdnState> {
    fn route(&mut self, from: u32, key: u64) -> Option<u32> {
        let ask = Ask { from: InstanceId(from), key, now: self.now, ..ask() };
        self.state.route(&ask, InstanceId(0), 4)
    }

    fn get(&mut self, at: u32, visitor: u32, key: u64) -> (Verdict, Request) {
        self.visitor = RequestId { index: visitor, generation: 0 };
        let mut asking = Request { size: 100, ..request(key) };
        (self.visit(at, "get", &mut asking), asking)
    }

    fn reported(&mut self, at: u32, purpose: u32, item: u32, outcome: OutcomeId, version: u64) {
        let is_failure = outcome::ALL[outcome.index()].class == outcome::Class::Failure;
        let ending = if is_failure { Ending::Failed } else { Ending::Completed };
        let report = Report { outcome, ending, size: 700, version, cargo: None };
        self.touch(|state, context| state.reported(at, Token { purpose, item }, &report, context));
    }
}

#[test]
fn the_nearest_edge_is_asked_and_the_next_one_if_it_is_lost() {
    let mut cdn = cdn("detect = \"1 s\"");
    assert_eq!(cdn.route(4, 1), Some(0));
    let mut shares = [0_u32; 4];
    (0..1000).for_each(|key| shares[cdn.route(6, key).unwrap() as usize] += 1);
    assert_eq!((shares[0], shares[3]), (0, 0), "nobody but edges asks a shield");
    assert!(shares[1].abs_diff(500) < 60, "{shares:?}: equally near ones share the keys");
    cdn.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!(cdn.route(4, 1), Some(0), "nobody knows yet");
    cdn.now = Time(SECOND);
    assert!(matches!(cdn.route(4, 1), Some(1 | 2)));
    for at in [1, 2] {
        cdn.touch(|state, context| state.change(at, Change::Down(Disk::Kept), context));
    }
    cdn.now = Time(2 * SECOND);
    assert_eq!(cdn.route(4, 1), None);
}

#[test]
fn an_edge_asks_the_shield_and_the_shield_the_origin() {
    let mut cdn = cdn("ttl = \"10 s\"");
    assert_eq!((cdn.get(0, 1, 7).0, cdn.wanted()), (Verdict::Park, "send 0 on 1 as 0 about 7".to_owned()));
    assert_eq!(
        (cdn.get(0, 2, 7).0, cdn.wanted()),
        (Verdict::Park, String::new()),
        "it waits for the first one"
    );
    assert_eq!((cdn.get(3, 9, 7).0, cdn.wanted()), (Verdict::Park, "send 3 on 0 as 1 about 7".to_owned()));
    cdn.reported(3, 0, 1, outcome::OK, 5);
    assert_eq!(cdn.wanted(), "answer 9: ok 700 B version 5");
    cdn.now = Time(4 * SECOND);
    cdn.reported(0, 1, 0, outcome::OK, 5);
    assert_eq!(
        cdn.wanted(),
        "compare 7 Some(5), answer 1: ok 700 B version 5, compare 7 Some(5), answer 2: ok 700 B version 5"
    );
    for (now, hits) in [(9, 1), (10, 1)] {
        cdn.now = Time(now * SECOND);
        cdn.get(0, 3, 7);
        assert_eq!(cdn.counter("hits"), hits, "a copy is as old as at the shield");
    }
    let counters = [
        "misses",
        "waits",
        "shield_misses",
        "origin_requests",
        "egress",
        "hit_bytes",
        "fill_bytes",
        "shield_bytes",
    ];
    assert_eq!(counters.map(|name| cdn.counter(name)), [3, 1, 1, 1, 2100, 700, 700, 700]);
}

#[test]
fn a_shield_that_is_not_reached_is_passed_by() {
    let mut cdn = cdn("");
    cdn.get(0, 1, 7);
    cdn.wanted();
    cdn.reported(0, 1, 0, outcome::REFUSED, 0);
    assert_eq!(cdn.wanted(), "send 0 on 0 as 0 about 7");
    cdn.reported(0, 0, 0, outcome::OK, 2);
    assert_eq!(cdn.wanted(), "compare 7 Some(2), answer 1: ok 700 B version 2");
    assert_eq!(cdn.get(0, 2, 7).0, HIT);
    // What the origin itself fails with is not asked for again.
    cdn.get(0, 1, 8);
    cdn.wanted();
    cdn.reported(0, 1, 1, outcome::ERROR, 0);
    assert_eq!(cdn.wanted(), "answer 1: error 100 B version 0");
}

#[test]
fn purges_and_puts_are_told_to_all_and_overtake_what_is_fetched() {
    let mut cdn = cdn("purge_delay = \"2 s\"");
    cdn.get(1, 1, 7);
    cdn.wanted();
    cdn.visit(0, "purge", &mut request(7));
    assert_eq!(cdn.wanted(), "wake 0 after 2000000000 as 0");
    cdn.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(cdn.wanted(), "letter 1 from 0 to 1, letter 1 from 0 to 2, letter 1 from 0 to 3");
    let letter = Letter { tag: 1, words: [7, 0, 0, 0], bytes: 0, said: Said::Once };
    cdn.touch(|state, context| state.letter(1, 0, &letter, context));
    cdn.reported(1, 1, 0, outcome::OK, 1);
    assert_eq!(cdn.wanted(), "compare 7 Some(1), answer 1: ok 700 B version 1");
    assert_eq!(cdn.get(1, 1, 7).0, Verdict::Park, "who waited has got it, and nobody else");
    cdn.wanted();
    let mut put = Request { size: 30, version: 4, ..request(9) };
    cdn.visit(2, "put", &mut put);
    assert_eq!(cdn.wanted(), "letter 0 from 2 to 0, letter 0 from 2 to 1, letter 0 from 2 to 3");
    assert_eq!((cdn.get(2, 1, 9).0, cdn.counter("purged")), (HIT, 0));
    cdn.wanted();
    // Who crashes tells nobody anything.
    cdn.visit(0, "purge", &mut request(9));
    cdn.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
    assert_eq!(cdn.state.news.len(), 0);
}

#[test]
fn what_is_missing_and_what_is_old_is_kept_as_long_as_the_table_says() {
    let mut cdn = cdn("ttl = \"10 s\"\nnegative_ttl = \"2 s\"\nstale_if_error = \"5 s\"");
    let mut fetch = |seconds: u64, key: u64, outcome: OutcomeId| {
        cdn.now = Time(seconds * SECOND);
        let (verdict, _) = cdn.get(0, 1, key);
        if verdict != Verdict::Park {
            return format!("{verdict:?}");
        }
        let wanted = cdn.wanted();
        let item = wanted.split(' ').nth(5).and_then(|word| word.parse().ok()).expect("a fetch");
        cdn.reported(0, 0, item, outcome, 3);
        cdn.wanted()
    };
    let missing = format!("{:?}", Verdict::Done(outcome::MISSING));
    assert_eq!(fetch(0, 1, outcome::MISSING), "answer 1: missing 100 B version 0");
    assert_eq!(fetch(1, 1, outcome::OK), missing);
    assert_eq!(fetch(2, 1, outcome::OK), "compare 1 Some(3), answer 1: ok 700 B version 3");
    assert_eq!(fetch(12, 1, outcome::ERROR), "compare 1 Some(3), answer 1: ok 700 B version 3");
    assert_eq!(fetch(16, 1, outcome::TIMEOUT), "compare 1 Some(3), answer 1: ok 700 B version 3");
    assert_eq!(fetch(17, 1, outcome::ERROR), "answer 1: error 100 B version 0");
    assert_eq!((cdn.counter("rescued"), cdn.counter("expired")), (2, 4));
}
