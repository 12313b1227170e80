//! Whom a dns names to whom, and for how long that is remembered.

use super::super::super::testing::{Scene, ask, request, setting};
use super::super::super::{Ask, Behaviour, Geography, Recall, Report, Setting, Token, Verdict};
use super::super::{DnsBlueprint, DnsState};
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::units::{InstanceId, OperationId, PlaceId, SECOND, Time};
use std::sync::Arc;

const SHOW: OperationId = OperationId(3);

/// Two instances at place 0 and one at place 1 are targets `a` (0, 2) and `b` (1); callers 3 and 4 stand at places 0 and 1, the
/// dns is instance 5.
fn dns(toml: &str) -> Scene<DnsState> {
    let places = [0, 1, 0, 0, 1, 1].map(PlaceId).to_vec();
    let geography = Geography { places, distances: vec![0, 50, 40, 0], count: 2, names: Vec::new() };
    let targets = vec![(InstanceId(0), 1), (InstanceId(1), 1), (InstanceId(2), 1)];
    let setting = Setting {
        first: InstanceId(5),
        geography: Arc::new(geography),
        pools: vec![(SHOW, vec![InstanceId(0), InstanceId(1), InstanceId(2)])],
        targets,
        ..setting(1)
    };
    Scene::at::<DnsBlueprint>(&format!("targets = [\"a\", \"b\", \"c\"]\n{toml}"), &setting)
}

impl Scene<DnsState> {
    fn recall(&mut self, from: u32, user: u64) -> Recall {
        let ask = Ask { from: InstanceId(from), user, now: self.now, ..ask() };
        self.touch(|state, context| state.recall(SHOW, &ask, context))
    }

    /// A caller asks, and hears at once where to go.
    fn look_up(&mut self, from: u32, user: u64) -> Option<u32> {
        let Recall::Asks(question) = self.recall(from, user) else { panic!("nothing is remembered") };
        let mut asking = request(question);
        match self.touch(|state, context| state.visit(0, u16::MAX, &mut asking, context)) {
            Verdict::Done(outcome::OK) => {}
            Verdict::Done(outcome::UNAVAILABLE) => return None,
            other => panic!("{other:?}"),
        }
        let answer = InstanceId(asking.version as u32);
        let ask = Ask { from: InstanceId(from), user, now: self.now, ..ask() };
        let asked = self.now;
        self.touch(|state, context| state.learn(question, answer, asked, &ask, context));
        Some(answer.0)
    }

    fn probed(&mut self, target: u32, ending: Ending) {
        let report = Report { outcome: outcome::OK, ending, size: 0, version: 0, cargo: None };
        let token = Token { purpose: 0, item: target };
        self.touch(|state, context| state.reported(0, token, &report, context));
    }
}

#[test]
fn the_nearest_is_named_and_equally_near_ones_take_turns() {
    let mut dns = dns("cached = \"none\"");
    let at_0: Vec<_> = (0..4).map(|user| dns.look_up(3, user)).collect();
    assert_eq!(at_0, [Some(0), Some(2), Some(0), Some(2)]);
    assert_eq!((dns.look_up(4, 0), dns.look_up(4, 1)), (Some(1), Some(1)));
    assert_eq!((dns.counter("lookups"), dns.counter("hits")), (6, 0));
}

#[test]
fn answers_are_remembered_by_whom_the_table_says() {
    for (cached, same_user, other_user, other_place) in
        [("user", true, false, false), ("place", true, true, false), ("none", false, false, false)]
    {
        let mut dns = dns(&format!("cached = \"{cached}\"\nttl = \"10 s\""));
        assert_eq!(dns.look_up(3, 7), Some(0));
        let is_known = |recall| recall == Recall::Known(InstanceId(0));
        let known = [(3, 7), (3, 8), (4, 7)].map(|(from, user)| is_known(dns.recall(from, user)));
        assert_eq!(known, [same_user, other_user, other_place], "{cached}");
        dns.now = Time(10 * SECOND - 1);
        assert_eq!(is_known(dns.recall(3, 7)), same_user);
        dns.now = Time(10 * SECOND);
        assert!(!is_known(dns.recall(3, 7)), "its time is over");
    }
}

#[test]
fn what_is_out_is_not_named_and_old_answers_are_counted() {
    let mut dns = dns("health = { every = \"1 s\", failures = 2, successes = 1 }");
    assert_eq!(dns.look_up(4, 1), Some(1));
    dns.probed(1, Ending::Failed);
    dns.probed(1, Ending::Completed);
    dns.probed(1, Ending::Failed);
    assert_eq!(dns.look_up(4, 2), Some(1), "never twice in a row");
    dns.probed(1, Ending::Failed);
    assert_eq!((dns.look_up(4, 3), dns.state.level(2)), (Some(0), Some(2.0)));
    assert_eq!(dns.recall(4, 1), Recall::Known(InstanceId(1)), "who remembers goes there");
    assert_eq!((dns.counter("stale"), dns.counter("ejections")), (1, 1));
    (0..2).for_each(|_| dns.probed(0, Ending::Failed));
    (0..2).for_each(|_| dns.probed(2, Ending::Failed));
    assert_eq!(dns.look_up(4, 4), None, "nobody is well");
    dns.probed(1, Ending::Completed);
    assert_eq!((dns.look_up(3, 5), dns.counter("returns")), (Some(1), 1));
}

#[test]
fn the_first_of_the_list_that_is_well() {
    let mut dns = dns("policy = \"failover\"\ncached = \"none\"\nhealth = { every = \"1 s\", failures = 1 }");
    assert_eq!(dns.look_up(4, 1), Some(0), "however far");
    dns.probed(0, Ending::Failed);
    assert_eq!(dns.look_up(4, 1), Some(1));
}
