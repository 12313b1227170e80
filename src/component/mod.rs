//! Kinds of components: one file each, and one line in the list below, which also names the file.
//!
//! A kind has two sides. Its *blueprint* is what a table of the scenario says: it is read before the run and tells which
//! operations there are and what each does. Its *state* lives in a run and does what only this kind knows: which instance a
//! call goes to, what a visit finds. A component never knows the topology, and never another component.

mod context;
mod durable;
mod filling;
mod health;
mod spec;
#[cfg(test)]
mod testing;

pub use balancer::POLICIES;
pub use client::{Asking, ClientBlueprint, ClientSource};
pub use context::{
    About, Cargo, Change, Context, Effect, Letter, Luggage, OriginId, Release, Report, Said, Sight, Sighting,
    Standing, Ticket, Token, Wakes,
};
pub use spec::{
    Acknowledgement, Carries, Counter, Course, Crew, DefaultWorkers, Errand, Fall, Figure, Geography, Line,
    Operation, Parting, Reading, Register, RoleForm, RoleSpec, Serves, Setting, Spec, Staff, Subject, Terms,
    Through, Ward, Work,
};

use crate::fault::Role;
use crate::kernel::request::{Request, RequestId};
use crate::measure::trace::IsPaused;
pub use crate::scenario::Key;
use crate::scenario::{Location, Named, Node};
use crate::station::Handling;
use crate::units::{InstanceId, OperationId, OutcomeId, Span, Time};

/// What a caller asks for when an instance is picked.
#[derive(Clone, Copy, Debug)]
pub struct Ask<'a> {
    /// What the call is about; its lane, if the callee has lanes.
    pub key: u64,
    /// On whose behalf it is made.
    pub user: u64,
    /// Who asks.
    pub from: InstanceId,
    /// The operation that is called, as [`Behaviour::visit`] will hear it.
    pub action: u16,
    /// Instances to keep away from if there are others.
    pub avoid: &'a [InstanceId],
    /// The call's own random bits.
    pub bits: u64,
    /// The simulated time.
    pub now: Time,
}

/// What comes of a visit.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Verdict {
    /// It is done, with this outcome.
    Done(OutcomeId),
    /// It stays until the component finishes it ([`Context::finish`], [`Context::settle`]).
    Park,
    /// It goes on behind the line that let the component act.
    GoOn,
    /// The same, after a time.
    GoOnAfter(Span),
    /// It is turned away with this outcome: who has to pay for visits does not pay for this one.
    Refuse(OutcomeId),
    /// It is `denied`, and may come again after this time.
    Deny(Span),
    /// It is gone, and nobody is told.
    Drop,
}

/// What a caller remembers of a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Recall {
    /// Where to go.
    Known(InstanceId),
    /// Nothing: it asks, by visiting an instance with this as the key. The answer comes back as the version.
    Asks(u64),
}

/// What callers meet when instances are lost for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// The others take over; calls fail when the last one is lost.
    Covered,
    /// Calls that would have gone to a lost instance fail.
    Felt,
    /// Such calls are answered all the same: a miss.
    Answered,
}

/// Whose work a visit waits for before it is answered.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Awaits {
    /// Nobody's.
    Nobody,
    /// That of these errands, unless it can be answered without: by a hit.
    Errands(Vec<u16>),
    /// That of those who take away what it brings.
    Takers,
}

/// What a component's state does in a run. The defaults are those of a component without keys, tokens or memory, that does
/// nothing by itself.
pub trait Behaviour {
    /// Which of `count` instances, the first of which is `first`, a caller without a balancer picks: each is equally likely,
    /// those to keep away from only if there is no other. `None` if the caller knows of nobody who could take the call.
    #[inline]
    fn route(&mut self, ask: &Ask<'_>, first: InstanceId, count: u32) -> Option<u32> {
        if ask.avoid.is_empty() {
            return Some(crate::kernel::random::below(ask.bits, u64::from(count)) as u32);
        }
        let avoided = |index: u32| ask.avoid.contains(&InstanceId(first.0 + index));
        let others = (0..count).filter(|index| !avoided(*index)).count() as u64;
        if others == 0 {
            return Some(crate::kernel::random::below(ask.bits, u64::from(count)) as u32);
        }
        let picked = crate::kernel::random::below(ask.bits, others) as usize;
        (0..count).filter(|index| !avoided(*index)).nth(picked)
    }

    /// The run begins: timers may be set.
    fn start(&mut self, _context: &mut Context<'_>) {}

    /// What a visit at instance `at` finds, after its service time; `action` is the index of the operation of the kind.
    fn visit(
        &mut self,
        _at: u32,
        _action: u16,
        _request: &mut Request,
        _context: &mut Context<'_>,
    ) -> Verdict {
        Verdict::Done(crate::outcome::OK)
    }

    /// The target that instance `at` forwards an operation to; it holds a place there until `release`.
    fn forward(
        &mut self,
        _at: u32,
        _operation: OperationId,
        _ask: &Ask<'_>,
        _context: &mut Context<'_>,
    ) -> Option<InstanceId> {
        None
    }

    /// A place that instance `at` held at a target is free.
    fn release(&mut self, _at: u32, _target: InstanceId, _release: &Release, _context: &mut Context<'_>) {}

    /// Where a caller that goes by this component's name sends a call of an operation, as far as it remembers.
    fn recall(&mut self, _operation: OperationId, _ask: &Ask<'_>, _context: &mut Context<'_>) -> Recall {
        unreachable!("only a component that tells where its targets are has a name to go by")
    }

    /// The answer to a caller's question has come, which was asked at that time: where it sends its call.
    fn learn(
        &mut self,
        _question: u64,
        _answer: InstanceId,
        _asked: Time,
        _ask: &Ask<'_>,
        _context: &mut Context<'_>,
    ) {
    }

    /// A timer of instance `at` is due, unless the instance has crashed since it was set.
    fn wake(&mut self, _at: u32, _token: u32, _context: &mut Context<'_>) {}

    /// A letter of the peer `from` has reached instance `at`.
    fn letter(&mut self, _at: u32, _from: u32, _letter: &Letter, _context: &mut Context<'_>) {}

    /// What the component wanted to tell a caller has reached it ([`Context::tell`]).
    fn told(&mut self, _caller: InstanceId, _letter: &Letter) {}

    /// An errand of instance `at` has come to its end.
    fn reported(&mut self, _at: u32, _token: Token, _report: &Report, _context: &mut Context<'_>) {}

    /// The requests that are parked at instance `at` until this errand reports.
    fn awaits(&self, _at: u32, _token: Token) -> Vec<RequestId> {
        Vec::new()
    }

    /// A store serves a call of one of the component's scripts, by its index among the errands; `is_there` says whether it has
    /// what the call is about. The call acts at the store thereafter.
    fn served(&mut self, _errand: u16, _request: &Request, _is_there: bool, _context: &mut Context<'_>) {}

    /// Whether instance `at` of a store has something under a key.
    fn has(&self, _at: u32, _key: u64, _now: Time) -> bool {
        true
    }

    /// A request that was parked at instance `at` has gone without an answer: its caller has given up, or is no more. Those
    /// that an instance has when it goes down are gone without a word.
    fn left(&mut self, _at: u32, _request: RequestId, _context: &mut Context<'_>) {}

    /// The instances that have a role just now.
    fn holders(&self, _role: Role) -> Vec<u32> {
        Vec::new()
    }

    /// Instance `at` has gone down or come up.
    fn change(&mut self, _at: u32, _change: Change, _context: &mut Context<'_>) {}

    /// Instance `at` stands still from now on, or goes on.
    fn pauses(&mut self, _at: u32, _is_paused: IsPaused, _context: &mut Context<'_>) {}

    /// An instance of a component that it forwards to, or whose number of instances it decides, is there, or no longer.
    fn stands(&mut self, _target: InstanceId, _standing: Standing, _context: &mut Context<'_>) {}

    /// What instance `at` sees of a subject that it has looked at.
    fn saw(&mut self, _at: u32, _subject: u16, _sight: &Sight, _context: &mut Context<'_>) {}

    /// What goes on is recorded up to now: somebody is about to read the figures.
    fn close(&mut self, _context: &mut Context<'_>) {}

    /// The newest version of a key that has been acknowledged, for measuring only; none if there is no such key, or if the
    /// kind keeps no versions.
    fn newest(&self, _key: u64) -> Option<u64> {
        None
    }

    /// Whether no place is held, and nothing is under way that goes on by itself.
    fn holds_nothing(&self) -> bool {
        true
    }

    /// Whether there are messages that somebody might fetch, now or later.
    fn has_messages(&self) -> bool {
        false
    }

    /// One of the instances from which it fetches messages again after a pause, if it pauses.
    fn seeks(&self) -> Option<InstanceId> {
        None
    }

    /// Bytes held.
    fn memory(&self) -> u64 {
        0
    }

    /// Writes one of its lists, by its index in [`Plans::sequences`], behind what is there.
    fn list(&self, _sequence: usize, _of: u64, _into: &mut Vec<u64>) {}

    /// What one of its functions, by its index in [`Plans::functions`], says about a number.
    fn tell(&self, _function: usize, _about: u64) -> u64 {
        0
    }

    /// The present value of a level that the kind reports, by its index in [`Spec::figures`]; none if there is nothing to say.
    fn level(&self, _figure: usize) -> Option<f64> {
        None
    }
}

/// What a kind's blueprint does before the run.
pub trait Plans: Sized {
    /// The kind's name, words, operations and figures.
    const SPEC: Spec;
    /// What it is in a run.
    type State: Behaviour;
    /// Whether [`Behaviour::newest`] knows versions.
    const KEEPS_VERSIONS: bool = false;

    /// Reads the kind's own words of a table; those of the station have been read.
    fn read(reading: &mut Reading<'_, '_>) -> Option<Self>;

    /// The operations that its table names, besides those of the spec.
    fn own_operations(&self) -> Vec<Named> {
        Vec::new()
    }

    /// The components that it forwards to.
    fn targets(&self) -> &[Named] {
        &[]
    }

    /// The operations that it offers and of which its table says something.
    fn named_operations(&self) -> Vec<Named> {
        Vec::new()
    }

    /// Another component whose instances it has to know, because its errands are aimed at them. They are the last of
    /// [`Setting::targets`].
    fn aims_at(&self) -> Option<&Named> {
        None
    }

    /// The operation of the component that it aims at of whose visits each has it run an errand, once if nothing fails; and
    /// which errand.
    fn feeds_on(&self) -> Option<(&'static str, u16)> {
        None
    }

    /// For how long what it has handed out stays hidden from others, if it hands it out again then.
    fn visibility(&self) -> Option<Span> {
        None
    }

    /// How often it hands out what one visit has brought, at the most; none if nothing limits that.
    fn deliveries(&self) -> Option<u32> {
        None
    }

    /// The errands that a visit for an operation may have it run, and how many of each at the most; none if nothing limits
    /// that.
    fn causes(&self, _operation: &str) -> Vec<(u16, Option<u32>)> {
        Vec::new()
    }

    /// Whose work a visit for an operation may have to wait for before it is answered well, besides its own.
    fn awaits(&self, _operation: &str) -> Awaits {
        Awaits::Nobody
    }

    /// The targets of which its table says something instance by instance, and of how many instances.
    fn numbered_targets(&self) -> Vec<(Named, u32)> {
        Vec::new()
    }

    /// What a visit for an operation does.
    fn lines(&self, _operation: &str) -> Vec<Line> {
        vec![Line::Consult]
    }

    /// What a call of an operation has to do with the value of a row.
    fn register(&self, _operation: &str) -> Register {
        Register::None
    }

    /// Whether a call of an operation may say how long what it brings waits: [`Luggage::delay`].
    fn schedules(&self, _operation: &str) -> bool {
        false
    }

    /// Whether it tells visitors apart by the component whose call they are: [`Luggage::asker`].
    fn minds_callers(&self) -> bool {
        false
    }

    /// Whether a second call of an operation leaves all as the first one left it, and ends as that did.
    fn is_idempotent(&self, _operation: &str) -> bool {
        true
    }

    /// Whether its table says something of the values of its rows.
    fn has_values(&self) -> bool {
        false
    }

    /// Whether it forwards to each of its targets with the same probability, whatever came before.
    fn picks_at_random(&self) -> bool {
        false
    }

    /// How many instances there are, if the kind's own words say so.
    fn instances(&self) -> Option<u32> {
        None
    }

    /// Whether its instances are not alike, so that only the kind knows which of them takes a call.
    fn has_unlike_instances(&self) -> bool {
        false
    }

    /// How its visits fall on its instances, if these differ in what they do; empty if visits are spread over all alike.
    fn crews(&self) -> Vec<Crew> {
        Vec::new()
    }

    /// For whom a visit for an operation waits before it is answered.
    fn acknowledgement(&self, _operation: &str) -> Option<Acknowledgement> {
        None
    }

    /// Among how many groups of its instances keys are parted, and by what; none if they are not.
    fn parting(&self) -> Option<(u32, Parting)> {
        None
    }

    /// Whether it forwards nothing: its callers look up where its targets are, and go there themselves.
    fn tells_where(&self) -> bool {
        false
    }

    /// The places of further instances, behind those that its table's `places` name.
    fn further_places(&self) -> &[Named] {
        &[]
    }

    /// The operation of another component as which this one ends.
    fn ends_as(&self, _operation: &str) -> Option<(&Named, &str)> {
        None
    }

    /// What a caller hears if it cannot reach the instance that it calls, unless it handles that; none for the failure.
    fn instead(&self, _operation: &str) -> Option<OutcomeId> {
        None
    }

    /// The store whose newest versions its copies are compared with.
    fn copies_of(&self) -> Option<&Named> {
        None
    }

    /// Where its table says that it has to know which keys it will be asked for by the operations that carry values: they
    /// are the [`Setting::future`], and the number of a request is its place there.
    fn foresees(&self) -> Option<Location> {
        None
    }

    /// How a station handles requests if its table does not say.
    fn handling(&self) -> Handling {
        Handling::Blocking
    }

    /// The operations that nobody can call by name: only errands of other components ask for them. To the kind they are the
    /// operations behind those of its spec.
    fn hidden_operations(&self) -> &'static [Operation] {
        &[]
    }

    /// Whether any of its instances can take any call, so that some of them may be started and stopped in a run.
    fn has_interchangeable_instances(&self) -> bool {
        false
    }

    /// The component whose number of instances it decides.
    fn ward(&self) -> Option<&Ward> {
        None
    }

    /// Why it never does anything about its ward, which begins with `initial` instances, in a run of this length; none if it may.
    fn never_acts(&self, _initial: u32, _run: Span) -> Option<String> {
        None
    }

    /// What its instances look at; they refer to it by its index.
    fn subjects(&self) -> Vec<Subject> {
        Vec::new()
    }

    /// What its instances do by themselves; they refer to it by its index.
    fn errands(&self) -> Vec<Errand> {
        Vec::new()
    }

    /// The template by which what visitors bring falls into lanes, if its table has one: it hears of the lane in
    /// [`Ask::key`] and [`Luggage::lane`].
    fn lane(&self) -> Option<&Node> {
        None
    }

    /// Whether its instances write letters to each other.
    fn has_letters(&self) -> bool {
        false
    }

    /// The lists of numbers that `for_each` may go through: `friends.out`.
    fn sequences(&self) -> &'static [&'static str] {
        &[]
    }

    /// What expressions and templates may ask it about a number: `follows.in(user)`.
    fn functions(&self) -> Vec<&'static str> {
        Vec::new()
    }

    /// How many nodes it has, if it is a graph: the numbers below this.
    fn nodes(&self) -> Option<u64> {
        None
    }

    /// After which silence its instances take each other for dead, if something follows from that.
    fn silence(&self) -> Option<Span> {
        None
    }

    /// How many there are of a role of [`Spec::roles`] that has numbers: `replica`.
    fn role_count(&self, _role: &str) -> u32 {
        0
    }

    /// What callers meet when some of so many instances are lost for good.
    fn loss(&self, instances: u32) -> Loss {
        if instances > 1 { Loss::Covered } else { Loss::Felt }
    }

    /// The unit of a counter of the spec.
    fn unit(&self, _counter: &str) -> &'static str {
        "1"
    }

    /// Whether a counter or figure of the spec is listed even where it is zero.
    fn lists(&self, _figure: &str) -> bool {
        true
    }

    /// The state of the component in a new run.
    fn state(&self, setting: &Setting) -> Self::State;
}

/// Makes the modules, enums and lists of all kinds out of their names, files and blueprints.
macro_rules! kinds {
    ($($kind:ident($file:ident::$blueprint:ident)),* $(,)?) => {
        $(mod $file;)*

        /// What a table of the scenario says, by kind.
        #[derive(Clone, Debug)]
        pub enum Blueprint {
            $(#[doc = concat!("A ", stringify!($kind), ".")] $kind($file::$blueprint)),*
        }

        /// What a component is in a run, by kind.
        pub enum State {
            $(#[doc = concat!("A ", stringify!($kind), ".")] $kind(<$file::$blueprint as Plans>::State)),*
        }

        /// The specs of all kinds, in the order of the list.
        pub const KINDS: &[Spec] = &[$(<$file::$blueprint as Plans>::SPEC),*];

        impl Blueprint {
            /// Reads the table of a component, whose kind must be one of [`KINDS`].
            pub fn read(reading: &mut Reading<'_, '_>) -> Option<Blueprint> {
                let kind = reading.spec.name;
                $(if kind == <$file::$blueprint as Plans>::SPEC.name {
                    return <$file::$blueprint as Plans>::read(reading).map(Blueprint::$kind);
                })*
                unreachable!("{kind} is no kind")
            }

            /// The operations that its table names.
            pub fn own_operations(&self) -> Vec<Named> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.own_operations()),* }
            }

            /// The components that it forwards to.
            pub fn targets(&self) -> &[Named] {
                match self { $(Blueprint::$kind(blueprint) => blueprint.targets()),* }
            }

            /// The operations that it offers and of which its table says something.
            pub fn named_operations(&self) -> Vec<Named> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.named_operations()),* }
            }

            /// Another component whose instances it has to know.
            pub fn aims_at(&self) -> Option<&Named> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.aims_at()),* }
            }

            /// The operation of the component that it aims at that has it run an errand, and which.
            pub fn feeds_on(&self) -> Option<(&'static str, u16)> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.feeds_on()),* }
            }

            /// For how long what it has handed out stays hidden from others.
            pub fn visibility(&self) -> Option<Span> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.visibility()),* }
            }

            /// How often it hands out what one visit has brought, at the most.
            pub fn deliveries(&self) -> Option<u32> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.deliveries()),* }
            }

            /// The errands that a visit for an operation may have it run, and how many of each at the most.
            pub fn causes(&self, operation: &str) -> Vec<(u16, Option<u32>)> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.causes(operation)),* }
            }

            /// Whose work a visit for an operation may have to wait for before it is answered well, besides its own.
            pub fn awaits(&self, operation: &str) -> Awaits {
                match self { $(Blueprint::$kind(blueprint) => blueprint.awaits(operation)),* }
            }

            /// The targets of which its table says something instance by instance, and of how many instances.
            pub fn numbered_targets(&self) -> Vec<(Named, u32)> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.numbered_targets()),* }
            }

            /// What a visit for an operation does.
            pub fn lines(&self, operation: &str) -> Vec<Line> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.lines(operation)),* }
            }

            /// What a call of an operation has to do with the value of a row.
            pub fn register(&self, operation: &str) -> Register {
                match self { $(Blueprint::$kind(blueprint) => blueprint.register(operation)),* }
            }

            /// Whether a call of an operation may say how long what it brings waits.
            pub fn schedules(&self, operation: &str) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.schedules(operation)),* }
            }

            /// Whether it tells visitors apart by the component whose call they are.
            pub fn minds_callers(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.minds_callers()),* }
            }

            /// Whether a second call of an operation leaves all as the first one left it, and ends as that did.
            pub fn is_idempotent(&self, operation: &str) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.is_idempotent(operation)),* }
            }

            /// Whether its table says something of the values of its rows.
            pub fn has_values(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.has_values()),* }
            }

            /// Whether it forwards to each of its targets with the same probability, whatever came before.
            pub fn picks_at_random(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.picks_at_random()),* }
            }

            /// How many instances there are, if the kind's own words say so.
            pub fn instances(&self) -> Option<u32> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.instances()),* }
            }

            /// Whether its instances are not alike, so that only the kind knows which of them takes a call.
            pub fn has_unlike_instances(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.has_unlike_instances()),* }
            }

            /// How its visits fall on its instances, if these differ in what they do.
            pub fn crews(&self) -> Vec<Crew> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.crews()),* }
            }

            /// For whom a visit for an operation waits before it is answered.
            pub fn acknowledgement(&self, operation: &str) -> Option<Acknowledgement> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.acknowledgement(operation)),* }
            }

            /// Among how many groups of its instances keys are parted, and by what.
            pub fn parting(&self) -> Option<(u32, Parting)> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.parting()),* }
            }

            /// Whether its callers look up where its targets are, and go there themselves.
            pub fn tells_where(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.tells_where()),* }
            }

            /// The places of further instances.
            pub fn further_places(&self) -> &[Named] {
                match self { $(Blueprint::$kind(blueprint) => blueprint.further_places()),* }
            }

            /// The operation of another component as which one of its own ends.
            pub fn ends_as(&self, operation: &str) -> Option<(&Named, &str)> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.ends_as(operation)),* }
            }

            /// What a caller hears if it cannot reach the instance that it calls; none for the failure.
            pub fn instead(&self, operation: &str) -> Option<OutcomeId> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.instead(operation)),* }
            }

            /// The store whose newest versions its copies are compared with.
            pub fn copies_of(&self) -> Option<&Named> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.copies_of()),* }
            }

            /// Where its table says that it has to know which keys it will be asked for.
            pub fn foresees(&self) -> Option<Location> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.foresees()),* }
            }

            /// How a station handles requests if its table does not say.
            pub fn handling(&self) -> Handling {
                match self { $(Blueprint::$kind(blueprint) => blueprint.handling()),* }
            }

            /// Whether its state knows versions.
            pub fn keeps_versions(&self) -> bool {
                match self { $(Blueprint::$kind(_) => <$file::$blueprint as Plans>::KEEPS_VERSIONS),* }
            }

            /// The operations that only errands of other components ask for.
            pub fn hidden_operations(&self) -> &'static [Operation] {
                match self { $(Blueprint::$kind(blueprint) => blueprint.hidden_operations()),* }
            }

            /// Whether any of its instances can take any call.
            pub fn has_interchangeable_instances(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.has_interchangeable_instances()),* }
            }

            /// The component whose number of instances it decides.
            pub fn ward(&self) -> Option<&Ward> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.ward()),* }
            }

            /// Why it never does anything about its ward in a run of this length; none if it may.
            pub fn never_acts(&self, initial: u32, run: Span) -> Option<String> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.never_acts(initial, run)),* }
            }

            /// What its instances look at.
            pub fn subjects(&self) -> Vec<Subject> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.subjects()),* }
            }

            /// What its instances do by themselves.
            pub fn errands(&self) -> Vec<Errand> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.errands()),* }
            }

            /// The template by which what visitors bring falls into lanes.
            pub fn lane(&self) -> Option<&Node> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.lane()),* }
            }

            /// Whether its instances write letters to each other.
            pub fn has_letters(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.has_letters()),* }
            }

            /// The lists of numbers that `for_each` may go through.
            pub fn sequences(&self) -> &'static [&'static str] {
                match self { $(Blueprint::$kind(blueprint) => blueprint.sequences()),* }
            }

            /// What expressions and templates may ask it about a number.
            pub fn functions(&self) -> Vec<&'static str> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.functions()),* }
            }

            /// How many nodes it has, if it is a graph.
            pub fn nodes(&self) -> Option<u64> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.nodes()),* }
            }

            /// After which silence its instances take each other for dead, if something follows from that.
            pub fn silence(&self) -> Option<Span> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.silence()),* }
            }

            /// How many there are of a role of its kind that has numbers.
            pub fn role_count(&self, role: &str) -> u32 {
                match self { $(Blueprint::$kind(blueprint) => blueprint.role_count(role)),* }
            }

            /// What callers meet when some of so many instances are lost for good.
            pub fn loss(&self, instances: u32) -> Loss {
                match self { $(Blueprint::$kind(blueprint) => blueprint.loss(instances)),* }
            }

            /// The unit of a counter of its kind.
            pub fn unit(&self, counter: &str) -> &'static str {
                match self { $(Blueprint::$kind(blueprint) => blueprint.unit(counter)),* }
            }

            /// Whether a counter or figure of its kind is listed even where it is zero.
            pub fn lists(&self, figure: &str) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.lists(figure)),* }
            }

            /// Its kind.
            pub fn spec(&self) -> &'static Spec {
                match self { $(Blueprint::$kind(_) => const { &<$file::$blueprint as Plans>::SPEC }),* }
            }

            /// Its state in a new run.
            pub fn state(&self, setting: &Setting) -> State {
                match self { $(Blueprint::$kind(blueprint) => State::$kind(blueprint.state(setting))),* }
            }
        }

        impl Behaviour for State {
            #[inline]
            fn route(&mut self, ask: &Ask<'_>, first: InstanceId, count: u32) -> Option<u32> {
                match self { $(State::$kind(state) => state.route(ask, first, count)),* }
            }

            #[inline]
            fn visit(&mut self, at: u32, action: u16, request: &mut Request, context: &mut Context<'_>) -> Verdict {
                match self { $(State::$kind(state) => state.visit(at, action, request, context)),* }
            }

            #[inline]
            fn forward(
                &mut self,
                at: u32,
                operation: OperationId,
                ask: &Ask<'_>,
                context: &mut Context<'_>,
            ) -> Option<InstanceId> {
                match self { $(State::$kind(state) => state.forward(at, operation, ask, context)),* }
            }

            #[inline]
            fn release(&mut self, at: u32, target: InstanceId, release: &Release, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.release(at, target, release, context)),* }
            }

            fn recall(&mut self, operation: OperationId, ask: &Ask<'_>, context: &mut Context<'_>) -> Recall {
                match self { $(State::$kind(state) => state.recall(operation, ask, context)),* }
            }

            fn learn(
                &mut self,
                question: u64,
                answer: InstanceId,
                asked: Time,
                ask: &Ask<'_>,
                context: &mut Context<'_>,
            ) {
                match self { $(State::$kind(state) => state.learn(question, answer, asked, ask, context)),* }
            }

            fn start(&mut self, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.start(context)),* }
            }

            fn wake(&mut self, at: u32, token: u32, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.wake(at, token, context)),* }
            }

            fn letter(&mut self, at: u32, from: u32, letter: &Letter, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.letter(at, from, letter, context)),* }
            }

            fn told(&mut self, caller: InstanceId, letter: &Letter) {
                match self { $(State::$kind(state) => state.told(caller, letter)),* }
            }

            fn reported(&mut self, at: u32, token: Token, report: &Report, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.reported(at, token, report, context)),* }
            }

            fn awaits(&self, at: u32, token: Token) -> Vec<RequestId> {
                match self { $(State::$kind(state) => state.awaits(at, token)),* }
            }

            fn left(&mut self, at: u32, request: RequestId, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.left(at, request, context)),* }
            }

            fn change(&mut self, at: u32, change: Change, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.change(at, change, context)),* }
            }

            fn pauses(&mut self, at: u32, is_paused: IsPaused, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.pauses(at, is_paused, context)),* }
            }

            fn stands(&mut self, target: InstanceId, standing: Standing, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.stands(target, standing, context)),* }
            }

            fn saw(&mut self, at: u32, subject: u16, sight: &Sight, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.saw(at, subject, sight, context)),* }
            }

            fn close(&mut self, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.close(context)),* }
            }

            fn served(&mut self, errand: u16, request: &Request, is_there: bool, context: &mut Context<'_>) {
                match self { $(State::$kind(state) => state.served(errand, request, is_there, context)),* }
            }

            fn has(&self, at: u32, key: u64, now: Time) -> bool {
                match self { $(State::$kind(state) => state.has(at, key, now)),* }
            }

            fn holders(&self, role: Role) -> Vec<u32> {
                match self { $(State::$kind(state) => state.holders(role)),* }
            }

            fn newest(&self, key: u64) -> Option<u64> {
                match self { $(State::$kind(state) => state.newest(key)),* }
            }

            fn holds_nothing(&self) -> bool {
                match self { $(State::$kind(state) => state.holds_nothing()),* }
            }

            fn has_messages(&self) -> bool {
                match self { $(State::$kind(state) => state.has_messages()),* }
            }

            fn seeks(&self) -> Option<InstanceId> {
                match self { $(State::$kind(state) => state.seeks()),* }
            }

            fn memory(&self) -> u64 {
                match self { $(State::$kind(state) => state.memory()),* }
            }

            fn list(&self, sequence: usize, of: u64, into: &mut Vec<u64>) {
                match self { $(State::$kind(state) => state.list(sequence, of, into)),* }
            }

            fn tell(&self, function: usize, about: u64) -> u64 {
                match self { $(State::$kind(state) => state.tell(function, about)),* }
            }

            fn level(&self, figure: usize) -> Option<f64> {
                match self { $(State::$kind(state) => state.level(figure)),* }
            }
        }
    };
}

/// The list of all kinds. Tests know one more, which shows that a file and a line are all that a kind needs.
macro_rules! list {
    ($($line:tt)*) => {
        #[cfg(not(test))]
        kinds! { $($line)* }
        #[cfg(test)]
        kinds! {
            $($line)*
            Parrot(parrot::ParrotBlueprint),
        }
    };
}

list! {
    Client(client::ClientBlueprint),
    Balancer(balancer::BalancerBlueprint),
    Server(server::ServerBlueprint),
    Cache(cache::CacheBlueprint),
    Database(database::DatabaseBlueprint),
    Filter(filter::FilterBlueprint),
    IdGenerator(id_generator::IdGeneratorBlueprint),
    RateLimiter(rate_limiter::RateLimiterBlueprint),
    Dns(dns::DnsBlueprint),
    Cdn(cdn::CdnBlueprint),
    Queue(queue::QueueBlueprint),
    Consumer(consumer::ConsumerBlueprint),
    Job(job::JobBlueprint),
    Provider(provider::ProviderBlueprint),
    Graph(graph::GraphBlueprint),
    Autoscaler(autoscaler::AutoscalerBlueprint),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::random::mix;

    struct Plain;
    impl Behaviour for Plain {}

    #[test]
    fn those_who_are_not_avoided_are_equally_likely() {
        // the avoided among 10, 11, 12, 13; who may be picked
        for (avoid, picked) in [
            (&[][..], &[0, 1, 2, 3][..]),
            (&[12][..], &[0, 1, 3][..]),
            (&[10, 13, 99][..], &[1, 2][..]),
            (&[13, 12, 11, 10][..], &[0, 1, 2, 3][..]),
        ] {
            let avoid: Vec<InstanceId> = avoid.iter().copied().map(InstanceId).collect();
            let mut counts = [0_u32; 4];
            for turn in 0..12_000 {
                let ask = Ask { avoid: &avoid, bits: mix(turn, 1), ..testing::ask() };
                counts[Plain.route(&ask, InstanceId(10), 4).unwrap() as usize] += 1;
            }
            for (index, count) in counts.iter().enumerate() {
                let expected = if picked.contains(&index) { 12_000 / picked.len() as u32 } else { 0 };
                assert!(count.abs_diff(expected) < 300, "{avoid:?}: {counts:?}");
            }
        }
    }

    #[test]
    fn what_is_shown_over_time_is_a_figure_of_the_kind() {
        for spec in KINDS {
            for course in spec.courses {
                let Course::Figure(name) = course else { continue };
                let figure = spec.figures.iter().find(|figure| figure.name() == *name);
                assert!(
                    figure.is_some_and(|one| !matches!(one, Figure::Duration { .. })),
                    "{}: {name}",
                    spec.name
                );
            }
        }
    }
}
