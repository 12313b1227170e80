//! Failover: how a dead or unreachable primary is missed, who takes its place, and what becomes of one that returns.
//!
//! Nobody is told anything but by letters. A replica that has not heard from its primary for the time of detection says so to
//! all copies, again and again. Who still hears the primary objects. A replica that nobody objects to (with quorum: that has
//! heard a majority miss the primary, itself included) waits for the time of a promotion; then the copy that has received
//! most, the first of several, begins a term of its own. A primary that hears of a larger term steps down and gives up what it
//! wrote alone.

use super::copy::{Duty, Recovery, Word};
use super::replication::{BEAT, DECIDE, EMPTY, HEARTBEAT, RELEASE, WATCH};
use super::shard::Shard;
use super::spec;
use crate::component::{Change, Context, Letter, Said, Wakes};
use crate::fault::Disk;
use crate::units::{Span, Time};

pub(super) const SUSPECT: u16 = 4;
pub(super) const OBJECT: u16 = 5;

impl Shard {
    /// The run begins.
    pub(super) fn start(&mut self, context: &mut Context<'_>) {
        for replica in 1..self.copies.len() {
            self.begin_to_watch(replica, context);
        }
        self.keep_beating(0, context);
    }

    /// A replica watches its primary from now on.
    fn begin_to_watch(&mut self, at: usize, context: &mut Context<'_>) {
        let copy = &mut self.copies[at];
        (copy.heard, copy.suspects, copy.stands) = (context.now, false, false);
        if self.rules.failover.is_some() {
            self.arm(at, WATCH, self.rules.detect, context);
        }
    }

    /// A timer of a copy is due; one that was replaced since is void.
    pub(super) fn wake(&mut self, at: usize, token: u32, context: &mut Context<'_>) {
        let (purpose, serial) = ((token & 3) as usize, token >> 2);
        let copy = &mut self.copies[at];
        if purpose == RELEASE {
            copy.releases = !copy.pending.is_empty();
            if copy.releases {
                if context.now.since(copy.beaten) >= self.rules.period() {
                    self.beat(at, context);
                }
                context.wake_after(self.instance(at), self.rules.period(), token, Wakes::Duty);
            }
        } else if copy.timers[purpose] == serial {
            match purpose {
                BEAT if copy.leads() => self.keep_beating(at, context),
                WATCH if !copy.leads() => self.watch(at, context),
                DECIDE => self.decide(at, context),
                _ => {}
            }
        }
    }

    /// Whether the primary has been silent for too long.
    fn watch(&mut self, at: usize, context: &mut Context<'_>) {
        let copy = &mut self.copies[at];
        let silence = context.now.since(copy.heard);
        if silence < self.rules.detect {
            let rest = Span(self.rules.detect.0 - silence.0);
            return self.arm(at, WATCH, rest, context);
        }
        copy.suspects = true;
        let received = if copy.is_empty { EMPTY } else { copy.received };
        let words = [u64::from(copy.term), received, 0, 0];
        for other in self.others(at) {
            self.post(at, other, Letter { tag: SUSPECT, words, bytes: 0, said: Said::Again }, context);
        }
        self.consider(at, context);
        self.arm(at, WATCH, self.rules.period(), context);
    }

    /// A copy hears that another one misses the primary.
    pub(super) fn hear_suspicion(
        &mut self,
        at: usize,
        from: usize,
        letter: &Letter,
        context: &mut Context<'_>,
    ) {
        let [term, received, ..] = letter.words;
        let term = term as u32;
        if term > self.copies[at].term {
            self.follow(at, term, context);
        }
        let copy = &mut self.copies[at];
        if copy.leads() {
            // It is there: the other one hears it, or hears of its term.
            return self.answer_as_primary(at, from, context);
        }
        if term == copy.term {
            let received = (received != EMPTY).then_some(received);
            copy.words[from] = Word::Misses { at: context.now, received };
        }
        if term < copy.term || !copy.suspects {
            let words = [u64::from(copy.term), 0, 0, 0];
            self.post(at, from, Letter { tag: OBJECT, words, bytes: 0, said: Said::Again }, context);
        }
        self.consider(at, context);
    }

    fn answer_as_primary(&mut self, at: usize, to: usize, context: &mut Context<'_>) {
        let copy = &self.copies[at];
        let words = [u64::from(copy.term) | u64::from(copy.beats) << 32, copy.received, 0, 0];
        self.post(at, to, Letter { tag: HEARTBEAT, words, bytes: 0, said: Said::Again }, context);
    }

    /// A copy hears that another one still hears the primary, or knows of a later one.
    pub(super) fn hear_objection(
        &mut self,
        at: usize,
        from: usize,
        letter: &Letter,
        context: &mut Context<'_>,
    ) {
        let term = letter.words[0] as u32;
        if term > self.copies[at].term {
            self.follow(at, term, context);
        } else if term == self.copies[at].term {
            self.copies[at].words[from] = Word::Hears { at: context.now };
            self.consider(at, context);
        }
    }

    /// Whether a copy may be promoted: who misses the primary, and whether nobody objects.
    fn may_stand(&self, at: usize, now: Time) -> bool {
        let copy = &self.copies[at];
        let is_fresh = |heard: Time| now.since(heard) < self.rules.detect;
        let objects = |word: &Word| matches!(word, Word::Hears { at } if is_fresh(*at));
        let misses = |word: &&Word| matches!(word, Word::Misses { at, .. } if is_fresh(*at));
        let voters = 1 + copy.words.iter().filter(misses).count();
        let nothing_left = |word: &Word| matches!(word, Word::Misses { at, received: None } if is_fresh(*at));
        let all_empty = || self.others(at).all(|other| nothing_left(&copy.words[other]));
        copy.suspects
            && !copy.words.iter().any(objects)
            && (!self.rules.needs_quorum() || self.is_majority(voters))
            && (!copy.is_empty || all_empty())
    }

    /// Something has changed that decides whether a copy may be promoted.
    fn consider(&mut self, at: usize, context: &mut Context<'_>) {
        let may_stand = self.may_stand(at, context.now);
        let Some(failover) = self.rules.failover else { return };
        if may_stand && !self.copies[at].stands {
            // Not before those who miss the primary as well have said so.
            self.arm(at, DECIDE, failover.promote.max(self.rules.period()), context);
        }
        self.copies[at].stands = may_stand;
    }

    /// The time of a promotion has passed.
    fn decide(&mut self, at: usize, context: &mut Context<'_>) {
        if !self.copies[at].stands || !self.may_stand(at, context.now) {
            self.copies[at].stands = false;
            return;
        }
        if self.is_most_advanced(at, context.now) {
            self.promote(at, context);
        } else {
            self.arm(at, DECIDE, self.rules.period(), context);
        }
    }

    /// Whether a copy has received more than all others that miss the primary, or as much and comes first.
    fn is_most_advanced(&self, at: usize, now: Time) -> bool {
        let copy = &self.copies[at];
        let own = (!copy.is_empty).then_some(copy.received);
        copy.words.iter().enumerate().all(|(other, word)| match word {
            Word::Misses { at: heard, received } if now.since(*heard) < self.rules.detect => {
                *received < own || (*received == own && at < other)
            }
            _ => true,
        })
    }

    /// A replica becomes the primary.
    fn promote(&mut self, at: usize, context: &mut Context<'_>) {
        while self.apply_next(at, context) {}
        let term = self.next_term(at);
        let copy = &mut self.copies[at];
        copy.window.clear();
        copy.cut_window(copy.applied);
        (copy.suspects, copy.stands, copy.is_empty) = (false, false, false);
        copy.recovery = Recovery::Over;
        let are_there: Vec<bool> = copy
            .words
            .iter()
            .map(|word| matches!(word, Word::Misses { at, .. } if context.now.since(*at) < self.rules.detect))
            .collect();
        let (parent, start) = (copy.term, copy.received);
        copy.term = term;
        self.history.fork(term, parent, start);
        self.promotions.push((term, context.now));
        context.count(spec::PROMOTIONS, 1);
        self.begin_to_lead(at, context, &are_there);
        self.count_lost(context);
    }

    /// A copy hears from a primary. Whether that is the one of the last term it knows of; if not, it says so.
    pub(super) fn hear_primary(
        &mut self,
        at: usize,
        from: usize,
        term: u32,
        context: &mut Context<'_>,
    ) -> bool {
        if term < self.copies[at].term {
            self.report_position(at, from, 0, 0, context);
            return false;
        }
        if term > self.copies[at].term {
            self.follow(at, term, context);
        }
        let copy = &mut self.copies[at];
        if context.now.since(copy.heard) >= self.rules.detect {
            copy.recovery = Recovery::Begun;
        }
        (copy.heard, copy.suspects, copy.stands) = (context.now, false, false);
        true
    }

    /// A copy takes over the history of a larger term: what it has besides is undone.
    pub(super) fn follow(&mut self, at: usize, term: u32, context: &mut Context<'_>) {
        self.refuse_pending(at, context);
        let copy = &mut self.copies[at];
        let common = self.history.common(copy.term, copy.received, term);
        let mut conflicts = 0;
        for position in common + 1..=copy.received {
            let key = self.history.write(copy.term, position).map(|write| write.key);
            conflicts += u64::from(key.is_some_and(|key| self.history.has_written(term, key, common)));
        }
        context.count(spec::CONFLICTS, conflicts);
        while copy.applied > common && !copy.is_empty {
            match self.history.write(copy.term, copy.applied) {
                Some(write) => copy.store.set(write.key, write.before),
                None => copy.is_empty = true,
            }
            copy.applied -= 1;
        }
        if copy.is_empty {
            copy.lose_rows();
        } else {
            copy.cut_window(common);
        }
        if copy.duty != Duty::Replica || context.now.since(copy.heard) >= self.rules.detect {
            copy.recovery = Recovery::Begun;
        }
        (copy.term, copy.duty) = (term, Duty::Replica);
        self.begin_to_watch(at, context);
        self.apply_again(at, context);
        self.count_lost(context);
    }

    /// A copy goes down or comes up.
    pub(super) fn change(&mut self, at: usize, change: Change, context: &mut Context<'_>) {
        let copy = &mut self.copies[at];
        copy.since = context.now;
        copy.is_up = change == Change::Up;
        match change {
            Change::Down(disk) => {
                copy.pending.clear();
                (copy.releases, copy.suspects, copy.stands) = (false, false, false);
                copy.words.fill(Word::Nothing);
                if disk == Disk::Lost {
                    (copy.is_empty, copy.duty) = (true, Duty::Replica);
                    copy.lose_rows();
                } else {
                    copy.cut_window(copy.received);
                }
                self.count_lost(context);
            }
            Change::Up if copy.duty == Duty::Replica => {
                copy.recovery = Recovery::Begun;
                self.begin_to_watch(at, context);
                self.apply_again(at, context);
            }
            Change::Up => {
                let needs_quorum = self.rules.needs_quorum();
                for peer in &mut self.copies[at].peers {
                    // With quorum it has to hear from the others first.
                    (peer.heard, peer.is_silent) = (context.now, needs_quorum);
                }
                self.keep_beating(at, context);
            }
        }
    }
}
