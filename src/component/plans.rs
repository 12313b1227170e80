//! What a kind says before a run: the trait that its blueprint implements, by which the plan is made.

use super::{
    Acknowledgement, Behaviour, Crew, Errand, Line, Operation, Parting, Reading, Register, Setting, Spec,
    Subject, Wait, Ward,
};
use crate::mechanism::eviction::Capacity;
use crate::scenario::{Location, Named, Node};
use crate::station::Handling;
use crate::units::{OutcomeId, Span};

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

    /// What a visit does that its mechanism keeps, before the name of the component.
    fn keeping(&self) -> &'static str {
        "being held at"
    }

    /// How much room each of its instances has for copies, if it keeps copies.
    fn room(&self) -> Option<Capacity> {
        None
    }

    /// What it lacks to find anything for those who ask it, where only those of its operations are called of which this is
    /// true, as advice in which {name} stands for its name; none if it may find something.
    fn lacks(&self, _is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
        None
    }

    /// For how long what it has handed out stays hidden from others, if it hands it out again then.
    fn visibility(&self) -> Option<Span> {
        None
    }

    /// Whether it takes in only so much, and turns away what comes when it is full.
    fn is_bounded(&self) -> bool {
        false
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

    /// Whether a call of an operation may say how long what it brings waits: [`super::Luggage::delay`].
    fn schedules(&self, _operation: &str) -> bool {
        false
    }

    /// Whether it tells visitors apart by the component whose call they are: [`super::Luggage::asker`].
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

    /// How often a visit for an operation waits for errands of its own instance before it is answered.
    fn waits(&self, operation: &str) -> Vec<Wait> {
        match self.awaits(operation) {
            Awaits::Errands(errands) => errands.into_iter().map(Wait::on_a_miss).collect(),
            Awaits::Nobody | Awaits::Takers => Vec::new(),
        }
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
    /// [`super::Ask::key`] and [`super::Luggage::lane`].
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

    /// What callers of an operation meet when so many of so many instances are lost for good: those that are missed most.
    fn loss(&self, _operation: &str, lost: u32, instances: u32) -> Loss {
        if lost < instances { Loss::Covered } else { Loss::Felt }
    }

    /// Of how many copies a majority has to be there, if one has to.
    fn voters(&self) -> Option<u32> {
        None
    }

    /// The unit of a counter of the spec.
    fn unit(&self, _counter: &str) -> &'static str {
        "1"
    }

    /// The counters by which a visit counts that a fault has end with `error` before its mechanism acts.
    fn counts_errors(&self) -> &'static [usize] {
        &[]
    }

    /// Whether a counter or figure of the spec is listed even where it is zero.
    fn lists(&self, _figure: &str) -> bool {
        true
    }

    /// The state of the component in a new run.
    fn state(&self, setting: &Setting) -> Self::State;
}

/// What callers meet when instances are lost for good.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Loss {
    /// The others take over.
    Covered,
    /// Calls that would have gone to a lost instance fail.
    Felt,
    /// All calls fail, although others are left.
    Fatal,
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
