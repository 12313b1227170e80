//! What a component may touch, and what it can have done: timers, letters to its peers, errands, and answers to requests that
//! it has parked.
//!
//! A component never reaches into the world: what it wants stands in a list of effects that the world works off when the
//! component has returned, so that nothing is re-entered.

use super::Verdict;
use crate::fault::Disk;
use crate::kernel::random::mix;
pub use crate::kernel::request::Token;
use crate::kernel::request::{Request, RequestId};
pub use crate::measure::ledger::OriginId;
use crate::measure::recorder::{Ending, Recorder};
use crate::station::Load;
use crate::units::{InstanceId, OutcomeId, Span, Time};

/// All that a component may touch.
pub struct Context<'w> {
    /// The simulated time.
    pub now: Time,
    /// What the run records.
    pub recorder: &'w mut Recorder,
    /// Which component it is, as an index.
    pub component: usize,
    /// The component's first instance; the others follow it.
    pub first: InstanceId,
    /// By how much the clock of each instance of the run is wrong \[ns\]; empty if all of them are right.
    pub skews: &'w [i64],
    /// Who visits; nobody outside of [`super::Behaviour::visit`].
    pub visitor: RequestId,
    /// Who has called the visitor here; nobody outside of [`super::Behaviour::visit`].
    pub caller: InstanceId,
    /// What is known of the visitor besides; nothing outside of [`super::Behaviour::visit`].
    pub luggage: &'w Luggage,
    /// What is to be done when the component has returned.
    pub effects: &'w mut Vec<Effect>,
}

/// What is known of a visitor besides what a request carries, as far as somebody in the scenario wants to know it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Luggage {
    /// The lane of what it brings, if the component [has lanes](super::Plans::lane).
    pub lane: u64,
    /// How long what it brings waits, if its call says so, and the component [lets it](super::Plans::schedules).
    pub delay: Option<Span>,
    /// A hash of the name of the component whose call it is, if the component [minds](super::Plans::minds_callers) that.
    pub asker: u64,
}

impl Luggage {
    /// Nothing.
    pub const NONE: &'static Luggage = &Luggage { lane: 0, delay: None, asker: 0 };
}

/// Something that a component has done by the world.
#[derive(Clone, Copy, Debug)]
pub enum Effect {
    /// A timer.
    Wake {
        /// Whose.
        at: InstanceId,
        /// When it is due.
        after: Span,
        /// What it is for.
        token: u32,
        /// Whether anybody waits for it.
        wakes: Wakes,
    },
    /// A letter to a peer.
    Post {
        /// Who writes.
        from: InstanceId,
        /// To whom.
        to: InstanceId,
        /// What.
        letter: Letter,
    },
    /// An errand.
    Send {
        /// Whose.
        at: InstanceId,
        /// Which of the kind's errands.
        errand: u16,
        /// What it is for.
        token: Token,
        /// What it is about.
        about: About,
    },
    /// A copy that is compared with the store that it was made of.
    Compare {
        /// Whose copy.
        component: usize,
        /// Which.
        sighting: Sighting,
    },
    /// What comes of a parked request.
    Settle {
        /// Whom.
        request: RequestId,
        /// What.
        verdict: Verdict,
    },
    /// The answer to a parked request.
    Finish {
        /// Whom.
        request: RequestId,
        /// With what.
        report: Report,
    },
    /// A look at another component.
    Look {
        /// Who looks.
        at: InstanceId,
        /// At which of those that the kind looks at.
        subject: u16,
    },
    /// An instance that is not there is started.
    Start {
        /// Which.
        target: InstanceId,
    },
    /// An instance is stopped.
    Stop {
        /// Which.
        target: InstanceId,
        /// For how long it goes on with what it has.
        drain: Span,
    },
}

/// Whether the requests of the run may depend on a timer.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Wakes {
    /// They may.
    Duty,
    /// They do not: it comes again and again as long as the run lasts (a heartbeat, a probe).
    Routine,
}

/// A message between the instances of one component. It crosses the network like any other, and may be lost.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Letter {
    /// What kind of letter it is; each component kind numbers its own.
    pub tag: u16,
    /// What it says.
    pub words: [u64; 4],
    /// Its size besides the overhead of every message \[B\].
    pub bytes: u64,
    /// Whether another one will say the same.
    pub said: Said,
}

/// How often a letter is written.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// Once: it leaves however long the pipe is busy.
    Once,
    /// Again and again (a heartbeat): it is not sent while an earlier one with its tag, to the same reader, has not left yet.
    /// Who writes to a connection whose buffer is full does not pile up old news behind old news.
    Again,
}

/// A copy that was seen, for measuring only: nothing in the run depends on what the store has.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Sighting {
    /// Of what.
    pub key: u64,
    /// Its version; none if it says that there is no such key.
    pub version: Option<u64>,
    /// The counter of copies that are as new as the store's row.
    pub fresh: usize,
    /// The counter of those that are older.
    pub stale: usize,
}

/// What an errand is about.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct About {
    /// The key.
    pub key: u64,
    /// On whose behalf.
    pub user: u64,
    /// Bytes of the value that it carries.
    pub size: u64,
    /// The version that it carries.
    pub version: u64,
    /// 0 is the most urgent; what is about a message is as urgent as that.
    pub priority: u8,
    /// For errands with an aim, the instance to call.
    pub aim: Option<InstanceId>,
    /// The intention that it descends from, if not that of whoever visits just now.
    pub origin: Option<OriginId>,
    /// What a message carries besides, if the errand is about one; otherwise it is nobody's intention, and its fate is drawn.
    pub cargo: Option<Cargo>,
}

impl About {
    /// What somebody asks for, to be asked of somebody else in his stead: as large as it was for him, and as urgent.
    pub fn instead_of(request: &Request) -> About {
        let Request { key, user, size, priority, .. } = *request;
        About { key, user, size, priority, ..About::default() }
    }
}

/// What a message takes over from the request that sent it, and hands on to whatever is done for it, besides its size: a
/// request that waits outside of the world's books. What a request hands on to its descendants belongs here, too.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Cargo {
    /// The key.
    pub key: u64,
    /// On whose behalf.
    pub user: u64,
    /// The client's intention that it descends from.
    pub id: u64,
    /// 0 is the most urgent.
    pub priority: u8,
    /// Its own randomness.
    pub fate: u64,
    /// Which delivery of it this is, from 1; 0 before the first.
    pub delivery: u32,
    /// The intention that the ledger has it descend from. Who is brought a message holds of it, and lets go of it once.
    pub origin: OriginId,
}

/// What a queue and its consumers call a delivery by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Ticket {
    /// The number of the message, below 2^40.
    pub serial: u64,
    /// Which of its deliveries it is, from 1; below 2^24.
    pub delivery: u32,
}

impl Ticket {
    const DELIVERY_BITS: u32 = 24;

    /// As one word, which travels in the place of a version.
    pub fn pack(self) -> u64 {
        self.serial << Ticket::DELIVERY_BITS | u64::from(self.delivery)
    }

    /// From such a word.
    pub fn unpack(word: u64) -> Ticket {
        let delivery = (word & ((1 << Ticket::DELIVERY_BITS) - 1)) as u32;
        Ticket { serial: word >> Ticket::DELIVERY_BITS, delivery }
    }
}

impl Cargo {
    /// What a request would leave to a message.
    pub fn of(request: &Request) -> Cargo {
        let Request { key, user, id, priority, fate, .. } = *request;
        Cargo { key, user, id, priority, fate, ..Cargo::default() }
    }

    /// Lets a request carry a message home to whoever asked for one. Its fate travels in the place of a value.
    pub(crate) fn load(&self, request: &mut Request) {
        (request.key, request.user, request.id) = (self.key, self.user, self.id);
        (request.priority, request.value) = (self.priority, self.fate as i64);
    }

    /// What a request has brought home.
    pub(crate) fn unload(request: &Request) -> Cargo {
        Cargo { fate: request.value as u64, ..Cargo::of(request) }
    }

    /// The fate of what is done for this delivery: that of the message for the first one, another one for each further one.
    pub fn fate_of_delivery(&self) -> u64 {
        if self.delivery <= 1 { self.fate } else { mix(self.fate, u64::from(self.delivery)) }
    }
}

/// How an errand, or a parked request, has ended.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Report {
    /// The outcome.
    pub outcome: OutcomeId,
    /// Whether that is a failure.
    pub ending: Ending,
    /// Bytes of the value that came back.
    pub size: u64,
    /// The version that was read.
    pub version: u64,
    /// The message that came back, if it was asked for one.
    pub cargo: Option<Cargo>,
}

/// How a place at a target came to be free.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Release {
    /// When it was taken.
    pub since: Time,
    /// When it was given back.
    pub now: Time,
    /// What the target answered, or that its caller's time ran out; none if nobody waited for the answer any more.
    pub answer: Option<(OutcomeId, Ending)>,
}

/// Whether an instance is there, and takes calls. A crash changes nothing of it: who is down is there, and down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Standing {
    /// It takes calls.
    Serving,
    /// It has been started, and boots.
    Starting,
    /// It goes on with what it has, and is to be stopped.
    Leaving,
    /// It is not there.
    Away,
}

/// What a component sees that looks at another one: all of its instances together.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Sight {
    /// What they have done since the run began.
    pub load: Load,
    /// The level that was asked for; none if there is nothing to say, or none was.
    pub level: Option<f64>,
}

/// What happens to an instance.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Change {
    /// It crashes: its memory is gone, and its timers with it.
    Down(Disk),
    /// It starts again.
    Up,
}

impl Context<'_> {
    /// Adds to one of the kind's counters.
    #[inline]
    pub fn count(&mut self, counter: usize, n: u64) {
        self.recorder.count(self.component, counter, n);
    }

    /// Adds to one of the kind's distributions of times, by its index in [`super::Spec::figures`].
    pub fn record(&mut self, figure: usize, time: Span) {
        self.recorder.took(self.component, figure, time.0);
    }

    /// Says that one of the kind's durations, by its index in [`super::Spec::figures`], went on from an instant until now.
    pub fn pass(&mut self, figure: usize, since: Time) {
        self.recorder.passed(self.component, figure, since, self.now);
    }

    /// As [`Context::pass`], until an instant that is not after now.
    pub fn pass_until(&mut self, figure: usize, since: Time, until: Time) {
        self.recorder.passed(self.component, figure, since, until);
    }

    /// A level of the kind, by its index in [`Spec::figures`](super::Spec::figures), is this from now on.
    pub fn level(&mut self, figure: usize, level: f64) {
        self.recorder.stands(self.component, figure, level, self.now);
    }

    /// What the clock of an instance of the component shows; it is not before the start of the run.
    pub fn clock(&self, at: u32) -> Time {
        let skew = self.skews.get((self.first.0 + at) as usize).copied().unwrap_or(0);
        Time(self.now.0.saturating_add_signed(skew))
    }

    /// Wakes an instance of the component after a time; void if it crashes before.
    pub fn wake_after(&mut self, at: u32, after: Span, token: u32, wakes: Wakes) {
        self.effects.push(Effect::Wake { at: self.instance(at), after, token, wakes });
    }

    /// Sends a letter to a peer.
    pub fn post(&mut self, from: u32, to: u32, letter: Letter) {
        self.effects.push(Effect::Post { from: self.instance(from), to: self.instance(to), letter });
    }

    /// Tells a caller something: the letter crosses the network to it, and [`super::Behaviour::told`] hears of its arrival.
    pub fn tell(&mut self, from: u32, caller: InstanceId, letter: Letter) {
        self.effects.push(Effect::Post { from: self.instance(from), to: caller, letter });
    }

    /// Sends an instance on one of the errands of its blueprint, by index; void if it crashes before the end.
    pub fn send(&mut self, at: u32, errand: u16, token: Token, mut about: About) {
        let origin = about.origin.unwrap_or_else(|| self.origin());
        // The errand itself lives of its intention from now on.
        self.hold(origin);
        about.origin = Some(origin);
        self.effects.push(Effect::Send { at: self.instance(at), errand, token, about });
    }

    /// The intention that the visitor descends from; nobody's if nobody visits, or if the scenario has no marks.
    pub fn origin(&self) -> OriginId {
        self.recorder.ledger.as_ref().map_or(OriginId::NONE, |ledger| ledger.origin(self.visitor.index))
    }

    /// Something of an intention lives on here, whatever becomes of the visitor: a message that waits, an entry that is to be
    /// written. Each is to be [let go](Context::let_go) once.
    pub fn hold(&mut self, origin: OriginId) {
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.hold(origin);
        }
    }

    /// A request that is here brings home something of an intention: a message that it has asked for.
    pub fn entrust(&mut self, request: RequestId, origin: OriginId) {
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.adopt(request.index, origin);
        }
    }

    /// What was [held](Context::hold) of an intention is gone: used up, dropped, or lost.
    pub fn let_go(&mut self, origin: OriginId) {
        if let Some(ledger) = &mut self.recorder.ledger {
            ledger.let_go(origin);
        }
    }

    /// Has a copy compared with the store that [`super::Plans::copies_of`] names, and counted.
    pub fn compare(&mut self, sighting: Sighting) {
        self.effects.push(Effect::Compare { component: self.component, sighting });
    }

    /// Looks at another component, the blueprint's subject of this index: [`super::Behaviour::saw`] hears at once what is
    /// seen.
    pub fn look(&mut self, at: u32, subject: u16) {
        self.effects.push(Effect::Look { at: self.instance(at), subject });
    }

    /// Starts an instance of whatever component, if it is not there.
    pub fn start(&mut self, target: InstanceId) {
        self.effects.push(Effect::Start { target });
    }

    /// Stops an instance of whatever component: it takes no more calls, goes on with what it has for a time, and is gone.
    pub fn stop(&mut self, target: InstanceId, drain: Span) {
        self.effects.push(Effect::Stop { target, drain });
    }

    /// Answers a request that was parked; nothing happens if it has gone.
    pub fn finish(&mut self, request: RequestId, report: Report) {
        self.effects.push(Effect::Finish { request, report });
    }

    /// Does with a request that was parked what might have been done at its visit.
    pub fn settle(&mut self, request: RequestId, verdict: Verdict) {
        self.effects.push(Effect::Settle { request, verdict });
    }

    fn instance(&self, at: u32) -> InstanceId {
        InstanceId(self.first.0 + at)
    }
}
