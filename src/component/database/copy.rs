//! What one copy knows: its rows, where it stands in the history, and what it has heard of the others.

use super::store::Store;
use crate::kernel::request::RequestId;
use crate::units::{Span, Time};
use std::collections::VecDeque;

/// How far a write that follows the applied ones has come.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Stage {
    /// It has not been received.
    Absent,
    /// It is being applied.
    Received,
    /// It is applied as soon as all before it are.
    Done,
}

/// What a copy does.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Duty {
    /// It takes the writes.
    Primary,
    /// It takes none, because it hears from no majority.
    Blocked,
    /// It follows.
    Replica,
}

/// Whether a copy that was away has what was written meanwhile.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Recovery {
    /// It has, or was never away.
    Over,
    /// Nobody has told it yet how much that is.
    Begun,
    /// It has to apply everything up to a position.
    Until {
        /// The position.
        position: u64,
        /// When it heard of it.
        heard: Time,
    },
}

/// A copy.
pub(super) struct Copy {
    /// Whether it runs.
    pub(super) is_up: bool,
    /// Since when it does, or does not.
    pub(super) since: Time,
    /// Since when it stands still, if it does.
    pub(super) still_since: Option<Time>,
    /// It has lost its rows, and waits for those of a primary.
    pub(super) is_empty: bool,
    /// Whether it catches up, so that others are asked instead.
    pub(super) recovery: Recovery,
    /// The term whose history it has.
    pub(super) term: u32,
    /// What it does.
    pub(super) duty: Duty,
    /// The position up to which it has received everything.
    pub(super) received: u64,
    /// The position up to which its rows are.
    pub(super) applied: u64,
    /// What follows the applied writes.
    pub(super) window: VecDeque<Stage>,
    /// Applications that began in another epoch are void.
    pub(super) epoch: u32,
    /// The rows.
    pub(super) store: Store,
    /// A snapshot on the way to it.
    pub(super) parcel: Option<Parcel>,
    /// When it last heard from its primary.
    pub(super) heard: Time,
    /// What it knows of each copy while it is the primary.
    pub(super) peers: Vec<Peer>,
    /// Writes that wait for replicas, in their order.
    pub(super) pending: VecDeque<Pending>,
    /// Whether its timer for them is set.
    pub(super) releases: bool,
    /// What it has last heard of each copy while it misses the primary.
    pub(super) words: Vec<Word>,
    /// Whether it misses the primary.
    pub(super) suspects: bool,
    /// Whether it is about to be promoted.
    pub(super) stands: bool,
    /// Its valid timers, by purpose.
    pub(super) timers: [u32; 3],
    /// Heartbeats that it has sent.
    pub(super) beats: u32,
    /// When it sent the last of them.
    pub(super) beaten: Time,
}

/// All rows of the primary at a position, on the way to a copy.
pub(super) struct Parcel {
    /// Which it is.
    pub(super) id: u64,
    /// The term of the primary that sent it.
    pub(super) term: u32,
    /// The position.
    pub(super) position: u64,
    /// The rows.
    pub(super) store: Store,
}

/// What a primary knows of another copy.
#[derive(Clone, Copy, Debug)]
pub(super) struct Peer {
    /// When it last heard from it.
    pub(super) heard: Time,
    /// Nothing has been heard for longer than it takes to notice.
    pub(super) is_silent: bool,
    /// Writes wait for it.
    pub(super) in_step: bool,
    /// The position up to which it has received everything.
    pub(super) received: u64,
    /// The position up to which it has applied everything.
    pub(super) applied: u64,
    /// The position at which it was found to miss something, at the last answer to a heartbeat.
    pub(super) stuck: Option<u64>,
    /// The heartbeat before which what it misses was sent again.
    pub(super) resent: u32,
}

/// A write that waits for replicas.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pending {
    /// Its position.
    pub(super) position: u64,
    /// Who waits.
    pub(super) request: RequestId,
    /// Bytes of its value.
    pub(super) size: u64,
    /// Its version.
    pub(super) version: u64,
}

/// What another copy has said of the primary.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Word {
    /// Nothing.
    Nothing,
    /// That it hears it.
    Hears {
        /// When this was heard.
        at: Time,
    },
    /// That it misses it too.
    Misses {
        /// When this was heard.
        at: Time,
        /// What it has received; none if it is empty.
        received: Option<u64>,
    },
}

impl Copy {
    /// One of `count` copies at the start of the run.
    pub(super) fn new(index: usize, count: usize) -> Copy {
        let peer = Peer::new(Time(0), true);
        Copy {
            is_up: true,
            since: Time(0),
            still_since: None,
            is_empty: false,
            recovery: Recovery::Over,
            term: 0,
            duty: if index == 0 { Duty::Primary } else { Duty::Replica },
            received: 0,
            applied: 0,
            window: VecDeque::new(),
            epoch: 0,
            store: Store::default(),
            parcel: None,
            heard: Time(0),
            peers: vec![peer; count],
            pending: VecDeque::new(),
            releases: false,
            words: vec![Word::Nothing; count],
            suspects: false,
            stands: false,
            timers: [0; 3],
            beats: 0,
            beaten: Time(0),
        }
    }

    /// Whether it is a primary, accepting or not.
    pub(super) fn leads(&self) -> bool {
        self.is_up && self.duty != Duty::Replica
    }

    /// Since when nothing is heard of it by anybody: it is down or stands still.
    pub(super) fn silent_since(&self) -> Option<Time> {
        let down_since = if self.is_up { None } else { Some(self.since) };
        down_since.into_iter().chain(self.still_since).min()
    }

    /// Whether it has caught up, as far as anybody knows: of one that has just gone down that is news that nobody has.
    pub(super) fn is_current(&self) -> bool {
        !self.is_up || self.recovery == Recovery::Over
    }

    /// Has heard how much its primary has. It has caught up once it has applied what the primary had no longer than `patience`
    /// ago; while it takes longer it goes on with what was written meanwhile.
    pub(super) fn recover(&mut self, told: u64, now: Time, patience: Span) {
        if self.recovery == Recovery::Begun {
            self.recovery = Recovery::Until { position: told, heard: now };
        }
        self.consider_recovered(now, patience);
    }

    /// Whether it has caught up.
    pub(super) fn consider_recovered(&mut self, now: Time, patience: Span) {
        if let Recovery::Until { position, heard } = self.recovery
            && self.applied >= position
            && !self.is_empty
        {
            self.recovery = if now.since(heard) <= patience { Recovery::Over } else { Recovery::Begun };
        }
    }

    /// Has nothing any more.
    pub(super) fn lose_rows(&mut self) {
        self.recovery = Recovery::Begun;
        (self.received, self.applied, self.store) = (0, 0, Store::default());
        self.cut_window(0);
    }

    /// Forgets what came out of order behind a position, up to which it has received everything.
    pub(super) fn cut_window(&mut self, received: u64) {
        self.received = received;
        self.window.truncate((received - self.applied) as usize);
        self.epoch = self.epoch.wrapping_add(1);
    }

    /// Goes on to the first position that is missing.
    pub(super) fn advance_received(&mut self) {
        let known = (self.received - self.applied) as usize;
        let more = self.window.range(known..).take_while(|stage| **stage != Stage::Absent).count();
        self.received += more as u64;
    }
}

impl Peer {
    /// A peer of which nothing is known but whether writes wait for it.
    pub(super) fn new(heard: Time, in_step: bool) -> Peer {
        Peer { heard, is_silent: false, in_step, received: 0, applied: 0, stuck: None, resent: 0 }
    }
}
