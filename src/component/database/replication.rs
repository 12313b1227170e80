//! Replication: how writes get from the primary to the replicas, and when they are acknowledged.
//!
//! The primary sends each write in a letter of its own, with its position. Letters may overtake each other and get lost:
//! whoever receives one behind a hole keeps it until the hole is closed. Heartbeats go to every copy; the answers say how far
//! each has come, and what two answers in a row have missed is sent again. Who misses more than the log holds gets all rows.
//! A write is applied at the replica's station, several at a time, and shows in their order.

use super::copy::{Copy, Duty, Parcel, Peer, Pending, Stage};
use super::history::Write;
use super::shard::{Replication, Shard};
use super::spec;
use super::store::Row;
use crate::component::{About, Context, Letter, Report, Said, Token, Verdict, Wakes};
use crate::kernel::request::Request;
use crate::measure::recorder::Ending;
use crate::outcome;
use crate::units::{Span, Time};

/// The kinds of letters; those of [`super::failover`] follow.
pub(super) const APPEND: u16 = 0;
pub(super) const HEARTBEAT: u16 = 1;
pub(super) const STATUS: u16 = 2;
pub(super) const SNAPSHOT: u16 = 3;

/// What a letter says of the position of a copy that has lost its rows.
pub(super) const EMPTY: u64 = u64::MAX;

/// The purposes of timers, in the lowest bits of their tokens; the others say which is valid.
pub(super) const BEAT: usize = 0;
pub(super) const WATCH: usize = 1;
pub(super) const DECIDE: usize = 2;
/// As [`BEAT`], while writes wait; it is not cancelled.
pub(super) const RELEASE: usize = 3;

/// The only errand: to apply a write.
pub(super) const APPLY: u16 = 0;

impl Shard {
    /// A timer that replaces the one of this purpose that is pending.
    pub(super) fn arm(&mut self, copy: usize, purpose: usize, after: Span, context: &mut Context<'_>) {
        let serial = &mut self.copies[copy].timers[purpose];
        *serial = (*serial + 1) & (u32::MAX >> 2);
        let token = *serial << 2 | purpose as u32;
        context.wake_after(self.instance(copy), after, token, Wakes::Routine);
    }

    pub(super) fn post(&self, from: usize, to: usize, letter: Letter, context: &mut Context<'_>) {
        context.post(self.instance(from), self.instance(to), letter);
    }

    /// The copies besides one.
    pub(super) fn others(&self, copy: usize) -> impl Iterator<Item = usize> + use<> {
        (0..self.copies.len()).filter(move |other| *other != copy)
    }

    /// A request writes its row.
    pub(super) fn write(
        &mut self,
        at: usize,
        operation: u16,
        request: &mut Request,
        context: &mut Context<'_>,
    ) -> Verdict {
        if self.copies[at].duty != Duty::Primary {
            return Verdict::Done(outcome::UNAVAILABLE);
        }
        let (copy, values) = (&mut self.copies[at], self.rules.values);
        let (before, position) = (copy.store.get(request.key), copy.applied + 1);
        let value_before = before.map_or(values.start, |row| row.value);
        let change = values.change(value_before, operation, request.value);
        request.value = change.unwrap_or(value_before);
        if change.is_none() {
            return Verdict::Done(outcome::VIOLATION);
        }
        context.count(spec::WRITES, 1);
        context.count(spec::VIOLATIONS, u64::from(values.is_violated_by(request.value)));
        let row = Row::next(before, copy.term, (request.size, request.value), position);
        copy.store.set(request.key, Some(row));
        (copy.applied, copy.received) = (position, position);
        let write = Write { key: request.key, row, before, acknowledged: Time::NEVER, is_lost: false };
        self.history.append(copy.term, write);
        if let Some(sessions) = &mut self.sessions {
            let floor = self.copies.iter().map(|copy| copy.applied).min().unwrap_or(0);
            sessions.wrote(request.user, row.version, position, floor);
        }
        // Who writes knows what was written, and may put it into a cache.
        request.version = row.version;
        for peer in self.others(at) {
            if !self.copies[at].peers[peer].is_silent {
                self.ship(at, peer, position, context);
            }
        }
        if self.copies[at].pending.is_empty() && self.has_its_replicas(at, position) {
            self.acknowledge(at, position, context);
            return Verdict::Done(outcome::OK);
        }
        let (size, version) = (request.size, row.version);
        if !std::mem::replace(&mut self.copies[at].releases, true) {
            context.wake_after(self.instance(at), self.rules.period(), RELEASE as u32, Wakes::Duty);
        }
        self.copies[at].pending.push_back(Pending { position, request: context.visitor, size, version });
        Verdict::Park
    }

    fn ship(&self, from: usize, to: usize, position: u64, context: &mut Context<'_>) {
        let term = self.copies[from].term;
        let Some(write) = self.history.write(term, position) else { return };
        let words = [u64::from(term), position, 0, 0];
        self.post(from, to, Letter { tag: APPEND, words, bytes: write.row.size, said: Said::Once }, context);
    }

    /// Whether a write has come as far as it must before it is acknowledged.
    fn has_its_replicas(&self, at: usize, position: u64) -> bool {
        let mut needed =
            self.copies[at].peers.iter().enumerate().filter(|(peer, one)| *peer != at && one.in_step);
        match self.rules.replication {
            Replication::Asynchronous => true,
            Replication::Synchronous => needed.all(|(_, peer)| peer.applied >= position),
            Replication::SemiSynchronous => {
                let nobody = needed.clone().next().is_none();
                nobody || needed.any(|(_, peer)| peer.received >= position)
            }
        }
    }

    fn acknowledge(&mut self, at: usize, position: u64, context: &Context<'_>) {
        let term = self.copies[at].term;
        if let Some(write) = self.history.write_mut(term, position) {
            write.acknowledged = context.now;
        }
    }

    /// Acknowledges the waiting writes that have come far enough.
    pub(super) fn release(&mut self, at: usize, context: &mut Context<'_>) {
        while let Some(pending) = self.copies[at].pending.front().copied()
            && self.has_its_replicas(at, pending.position)
        {
            self.copies[at].pending.pop_front();
            self.acknowledge(at, pending.position, context);
            let Pending { request, size, version, .. } = pending;
            context.finish(
                request,
                Report { outcome: outcome::OK, ending: Ending::Completed, size, version, cargo: None },
            );
        }
    }

    /// Nobody will ever acknowledge the writes that wait.
    pub(super) fn refuse_pending(&mut self, at: usize, context: &mut Context<'_>) {
        for Pending { request, size, version, .. } in std::mem::take(&mut self.copies[at].pending) {
            let outcome = outcome::UNAVAILABLE;
            context.finish(request, Report { outcome, ending: Ending::Failed, size, version, cargo: None });
        }
    }

    /// A primary tells all copies that it is there.
    pub(super) fn beat(&mut self, at: usize, context: &mut Context<'_>) {
        let copy = &mut self.copies[at];
        copy.beats += 1;
        copy.beaten = context.now;
        for peer in self.others(at) {
            let copy = &self.copies[at];
            let words = [u64::from(copy.term) | u64::from(copy.beats) << 32, copy.received, 0, 0];
            self.post(at, peer, Letter { tag: HEARTBEAT, words, bytes: 0, said: Said::Again }, context);
        }
        self.notice_silence(at, context);
        self.release(at, context);
        self.forget(context.now);
    }

    /// Copies of which nothing is heard are left out; without a majority nothing is acknowledged.
    fn notice_silence(&mut self, at: usize, context: &mut Context<'_>) {
        let detect = self.rules.detect;
        let mut heard = 1;
        for peer in self.others(at) {
            let peer = &mut self.copies[at].peers[peer];
            peer.is_silent |= context.now.since(peer.heard) >= detect;
            peer.in_step &= !peer.is_silent;
            heard += usize::from(!peer.is_silent);
        }
        self.set_accepting(at, heard, context);
    }

    /// With quorum, a primary takes writes as long as it hears from a majority.
    fn set_accepting(&mut self, at: usize, heard: usize, context: &mut Context<'_>) {
        let accepts = !self.rules.needs_quorum() || self.is_majority(heard);
        self.copies[at].duty = if accepts { Duty::Primary } else { Duty::Blocked };
        if !accepts {
            self.refuse_pending(at, context);
        }
    }

    /// A copy hears that its primary is there, and answers how far it has come itself.
    pub(super) fn hear_beat(&mut self, at: usize, from: usize, letter: &Letter, context: &mut Context<'_>) {
        let [head, told, ..] = letter.words;
        if self.hear_primary(at, from, head as u32, context) {
            self.copies[at].recover(told, context.now, self.rules.detect);
            self.report_position(at, from, (head >> 32) as u32, told, context);
        }
    }

    /// A replica has received a write.
    pub(super) fn receive(&mut self, at: usize, from: usize, letter: &Letter, context: &mut Context<'_>) {
        let [term, position, ..] = letter.words;
        let term = term as u32;
        if !self.hear_primary(at, from, term, context) || self.copies[at].is_empty {
            return;
        }
        let copy = &mut self.copies[at];
        if position <= copy.applied {
            return self.report_position(at, from, 0, 0, context);
        }
        let offset = position - copy.applied - 1;
        if offset > self.rules.backlog || self.history.write(term, position).is_none() {
            return;
        }
        let offset = offset as usize;
        if copy.window.len() <= offset {
            copy.window.resize(offset + 1, Stage::Absent);
        }
        if copy.window[offset] == Stage::Absent {
            copy.window[offset] = Stage::Received;
            copy.advance_received();
            self.begin_to_apply(at, position, context);
        }
        let answers = match self.rules.replication {
            Replication::Asynchronous => false,
            Replication::SemiSynchronous => true,
            Replication::Synchronous => self.copies[at].applied >= position,
        };
        if answers {
            self.report_position(at, from, 0, 0, context);
        }
    }

    fn begin_to_apply(&mut self, at: usize, position: u64, context: &mut Context<'_>) {
        let copy = &mut self.copies[at];
        if !self.rules.applying_is_work {
            let offset = (position - copy.applied - 1) as usize;
            copy.window[offset] = Stage::Done;
            return self.apply_ready(at, context);
        }
        let Some(write) = self.history.write(copy.term, position) else { return };
        let about =
            About { key: write.key, size: write.row.size, version: write.row.version, ..About::default() };
        let token = Token { purpose: copy.epoch, item: position as u32 };
        context.send(self.first + at as u32, APPLY, token, about);
    }

    /// Begins anew to apply everything that was received.
    pub(super) fn apply_again(&mut self, at: usize, context: &mut Context<'_>) {
        let Copy { applied, received, .. } = self.copies[at];
        self.copies[at].window.iter_mut().for_each(|stage| *stage = Stage::Received);
        for position in applied + 1..=received {
            self.begin_to_apply(at, position, context);
        }
    }

    /// The work of applying a write is over.
    pub(super) fn end_to_apply(
        &mut self,
        at: usize,
        token: Token,
        report: &Report,
        context: &mut Context<'_>,
    ) {
        let copy = &mut self.copies[at];
        if token.purpose != copy.epoch {
            return;
        }
        // The token has the lower half of a position that is among those behind the applied ones.
        let offset = token.item.wrapping_sub(copy.applied as u32).wrapping_sub(1);
        if report.ending == Ending::Failed {
            let position = copy.applied + 1 + u64::from(offset);
            return self.begin_to_apply(at, position, context);
        }
        copy.window[offset as usize] = Stage::Done;
        let before = copy.applied;
        self.apply_ready(at, context);
        let copy = &self.copies[at];
        if self.rules.replication == Replication::Synchronous && copy.applied > before {
            self.report_position(at, self.leader(copy.term), 0, 0, context);
        }
    }

    /// Lets the writes show that are done, as far as all before them are.
    fn apply_ready(&mut self, at: usize, context: &mut Context<'_>) {
        while self.copies[at].window.front() == Some(&Stage::Done) {
            self.copies[at].window.pop_front();
            self.apply_next(at, context);
        }
        self.copies[at].consider_recovered(context.now, self.rules.detect);
    }

    /// The next write that was received shows, if there is one.
    pub(super) fn apply_next(&mut self, at: usize, context: &mut Context<'_>) -> bool {
        let copy = &mut self.copies[at];
        let position = copy.applied + 1;
        if position > copy.received {
            return false;
        }
        let Some(write) = self.history.write(copy.term, position) else { return false };
        copy.store.set(write.key, Some(write.row));
        copy.applied = position;
        let lag = Span(context.now.0.saturating_sub(write.acknowledged.0));
        context.record(spec::LAG, lag);
        true
    }

    /// Says how far a copy has come: in answer to a heartbeat, which it names with the position that it told, or to a write.
    pub(super) fn report_position(
        &self,
        at: usize,
        to: usize,
        beat: u32,
        told: u64,
        context: &mut Context<'_>,
    ) {
        let copy = &self.copies[at];
        let received = if copy.is_empty { EMPTY } else { copy.received };
        let words = [u64::from(copy.term) | u64::from(beat) << 32, received, copy.applied, told];
        // The next heartbeat is answered as well.
        let said = if beat > 0 { Said::Again } else { Said::Once };
        self.post(at, to, Letter { tag: STATUS, words, bytes: 0, said }, context);
    }

    /// A primary hears how far a copy has come.
    pub(super) fn hear_position(
        &mut self,
        at: usize,
        from: usize,
        letter: &Letter,
        context: &mut Context<'_>,
    ) {
        let [head, received, applied, told] = letter.words;
        let (term, beat) = (head as u32, (head >> 32) as u32);
        if term > self.copies[at].term {
            return self.follow(at, term, context);
        }
        if term < self.copies[at].term || self.copies[at].duty == Duty::Replica {
            return;
        }
        let copy = &mut self.copies[at];
        let acknowledged = copy.pending.front().map_or(copy.received, |pending| pending.position - 1);
        let peer = &mut copy.peers[from];
        (peer.heard, peer.is_silent) = (context.now, false);
        let is_empty = received == EMPTY;
        if is_empty {
            *peer = Peer { stuck: peer.stuck, resent: peer.resent, ..Peer::new(context.now, false) };
        } else {
            (peer.received, peer.applied) = (peer.received.max(received), peer.applied.max(applied));
            let has = if self.rules.replication == Replication::Synchronous { applied } else { received };
            peer.in_step |= has >= acknowledged;
        }
        if beat > 0 && (is_empty || received < told) {
            self.help_on(at, from, received, (beat, told), context);
        } else if beat > 0 {
            self.copies[at].peers[from].stuck = None;
        }
        if self.copies[at].duty == Duty::Blocked {
            let heard = 1 + self.others(at).filter(|peer| !self.copies[at].peers[*peer].is_silent).count();
            self.set_accepting(at, heard, context);
        }
        self.release(at, context);
    }

    /// A copy misses something that it should have: it is sent again if the copy has missed it twice since the last time.
    fn help_on(
        &mut self,
        at: usize,
        to: usize,
        received: u64,
        (beat, told): (u32, u64),
        context: &mut Context<'_>,
    ) {
        let (term, beats) = (self.copies[at].term, self.copies[at].beats);
        let peer = &mut self.copies[at].peers[to];
        if beat <= peer.resent {
            return;
        }
        if peer.stuck != Some(received) {
            peer.stuck = Some(received);
            return;
        }
        (peer.stuck, peer.resent) = (None, beats);
        let is_too_far = received == EMPTY
            || told - received > self.rules.backlog
            || self.history.write(term, received + 1).is_none();
        if is_too_far {
            return self.send_snapshot(at, to, context);
        }
        for position in received + 1..=told {
            self.ship(at, to, position, context);
        }
    }

    /// Sends all rows.
    fn send_snapshot(&mut self, at: usize, to: usize, context: &mut Context<'_>) {
        self.parcels += 1;
        let id = self.parcels;
        let copy = &self.copies[at];
        let (bytes, words) = (copy.store.bytes(), [u64::from(copy.term), copy.applied, id, 0]);
        let (term, position, store) = (copy.term, copy.applied, copy.store.clone());
        self.copies[to].parcel = Some(Parcel { id, term, position, store });
        self.post(at, to, Letter { tag: SNAPSHOT, words, bytes, said: Said::Once }, context);
    }

    /// All rows have come.
    pub(super) fn install(&mut self, at: usize, from: usize, letter: &Letter, context: &mut Context<'_>) {
        let [term, position, id, _] = letter.words;
        if !self.hear_primary(at, from, term as u32, context) {
            return;
        }
        let copy = &mut self.copies[at];
        if !(copy.is_empty || position > copy.applied) {
            return;
        }
        let Some(parcel) = copy.parcel.take_if(|parcel| parcel.id == id) else { return };
        copy.store = parcel.store;
        (copy.is_empty, copy.applied) = (false, position);
        copy.window.clear();
        copy.cut_window(position);
        copy.consider_recovered(context.now, self.rules.detect);
        self.report_position(at, from, 0, 0, context);
    }

    /// Lets a primary begin: nothing is known of the others but which of them were there a moment ago.
    pub(super) fn begin_to_lead(&mut self, at: usize, context: &mut Context<'_>, are_there: &[bool]) {
        let now = context.now;
        let copy = &mut self.copies[at];
        copy.duty = Duty::Primary;
        copy.peers = are_there.iter().map(|in_step| Peer::new(now, *in_step)).collect();
        self.keep_beating(at, context);
    }

    /// Heartbeats now and from now on.
    pub(super) fn keep_beating(&mut self, at: usize, context: &mut Context<'_>) {
        self.beat(at, context);
        self.arm(at, BEAT, self.rules.period(), context);
    }
}
