//! The gate of a caller: whether an attempt may be made, and what comes of it.

use super::{Flow, World};
use crate::kernel::random::{Draws, mix, open01};
use crate::kernel::request::{Frame, RequestId, Requests, State};
use crate::measure::recorder::{Ending, HasPool};
use crate::outcome;
use crate::plan::{KeeperPlan, Plan};
use crate::resilience::gate::{Answer, Ended, Pass, Place, Terms};
use crate::units::{EdgeId, KeeperId, OutcomeId, SiteId, Time};

/// The name of the draw of a throttle.
const THROTTLE: u64 = 0x7468_726f_7474_6c65;

impl World<'_> {
    /// An attempt leaves, waits in line, or has failed already.
    #[cold]
    pub(super) fn pass_gate(&mut self, child: u32, caller: u32, site_id: SiteId, terms: &Terms) -> Flow {
        let site = &self.plan.sites[site_id.index()];
        let keeper = site.keeper.expect("a gate is remembered");
        let (slot, now) = (self.slot_of(caller, keeper), self.queue.now());
        let (id, fate) = (self.requests.id(child), self.requests[child].fate);
        let uniform = || open01(Draws::new(mix(fate, site.salt), THROTTLE).bits());
        let gate = self.kept[keeper.index()].gate(slot);
        let answer = gate.ask(terms, now, id, uniform, waits(&self.requests));
        let counts = self.recorder.edge(site.edges[0].1.index());
        if let Some(limit) = gate.limit() {
            (counts.limits, counts.limited) = (counts.limits + u64::from(limit), counts.limited + 1);
        }
        let frame = |pass: Pass| Frame::Pass {
            keeper,
            slot: slot as u32,
            epoch: pass.epoch,
            since: pass.since,
            is_outside: pass.place == Place::Outside,
        };
        let reason = match answer {
            Answer::Goes(pass) => {
                self.requests.push_frame(child, frame(pass));
                if terms.pool.is_some() {
                    self.recorder.pool_waited(site.edges[0].1.index(), 0);
                }
                return Flow::Goes;
            }
            Answer::Waits(pass) => {
                counts.pool_waits += 1;
                self.requests.push_frame(child, frame(pass));
                self.requests[child].state = State::Connecting;
                return Flow::Stops;
            }
            Answer::Open => {
                counts.breaker_rejected += 1;
                outcome::BREAKER_OPEN
            }
            Answer::Limited => {
                counts.limit_rejected += 1;
                outcome::THROTTLED
            }
            Answer::Full => {
                counts.pool_rejected += 1;
                outcome::REJECTED
            }
        };
        self.bring_home(child, site_id, reason, Ending::Failed)
    }

    /// An attempt has ended, so far as its caller cares; `answer` says how, if anybody is to blame for it or to be praised.
    #[cold]
    pub(super) fn pass_back(&mut self, frame: Frame, answer: Option<(OutcomeId, Ending)>) {
        let Frame::Pass { keeper, slot, epoch, since, is_outside } = frame else {
            unreachable!("only a pass is given back at a gate");
        };
        let plan = self.plan;
        let terms = plan.keepers[keeper.index()].gate.as_ref().expect("who has a pass has been at a gate");
        let place = if is_outside { Place::Outside } else { Place::InLine };
        let now = self.queue.now();
        let gate = self.kept[keeper.index()].gate(slot as usize);
        let opened = gate.tell(terms, Pass { epoch, since, place }, now, ended(answer));
        let next = gate.leave(place, waits(&self.requests));
        if terms.pool.is_some() && place == Place::Outside {
            self.recorder.connected(self.edge_of_gate(keeper).index(), since, now);
        }
        if let Some(until) = opened {
            self.recorder.breaker_opened(self.edge_of_gate(keeper).index(), now, until);
        }
        if let Some(next) = next {
            self.let_out(next);
        }
    }

    /// Whoever has waited longest in line leaves.
    fn let_out(&mut self, next: RequestId) {
        let now = self.queue.now();
        let Some(Frame::Pass { keeper, since, is_outside, .. }) = self.requests.top_frame(next.index) else {
            unreachable!("who waits in line has a pass");
        };
        let (waited, keeper) = (now.since(*since).0, *keeper);
        (*is_outside, *since) = (true, now);
        self.recorder.pool_waited(self.edge_of_gate(keeper).index(), waited);
        self.requests[next.index].state = State::Departing;
        self.resume_now(next.index);
    }

    /// Since when the connections of an edge are in use that are.
    pub fn open_connections(&self, edge: EdgeId) -> impl Iterator<Item = Time> {
        let frames = self.requests.living().flat_map(|request| self.requests.frames_of(request));
        frames.filter_map(move |frame| match *frame {
            Frame::Pass { keeper, since, is_outside: true, .. } => (self.edge_of_gate(keeper) == edge
                && pool_of(&self.plan.keepers[keeper.index()]).is_some())
            .then_some(since),
            _ => None,
        })
    }

    fn edge_of_gate(&self, keeper: KeeperId) -> EdgeId {
        self.plan.keepers[keeper.index()].edges[0]
    }
}

/// How many connections a caller has.
fn pool_of(keeper: &KeeperPlan) -> Option<u32> {
    Some(keeper.gate.as_ref()?.pool?.size)
}

/// Whether attempts over an edge may need connections.
pub(super) fn has_pool(plan: &Plan, edge: EdgeId) -> HasPool {
    let has = |keeper: &KeeperPlan| keeper.edges[0] == edge && pool_of(keeper).is_some();
    if plan.keepers.iter().any(has) { HasPool::Yes } else { HasPool::No }
}

/// Whether a request still stands in line.
fn waits(requests: &Requests) -> impl Fn(RequestId) -> bool + '_ {
    |id| requests.find(id).is_some_and(|child| requests[child].state == State::Connecting)
}

/// What an answer says of the callee.
fn ended(answer: Option<(OutcomeId, Ending)>) -> Ended {
    match answer {
        None => Ended::Unknown,
        Some((outcome, Ending::Failed)) if outcome::RETRIED.contains(&outcome) => Ended::Failed,
        Some(_) => Ended::Well,
    }
}
