//! The flat program that every scenario becomes: steps, and the tables they point into.

use crate::distribution::Distribution;
use crate::resilience::{Latency, Policy};
use crate::scenario::Program;
use crate::units::{
    AmountId, ChoiceId, ComponentId, EdgeId, EntryId, ForkId, FunctionId, KeeperId, MarkId, MarkSiteId,
    OperationId, OutcomeId, PlaceId, SequenceId, SiteId, SlotId, Span, StepId,
};

/// One line of the plan. Bodies of blocks are runs of steps; all names are ids.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Step {
    /// Compute: needs a core of the instance.
    Work(AmountId),
    /// Pass time without a core.
    Wait(AmountId),
    /// Call an operation and wait for its answer.
    Call(SiteId),
    /// Call an operation, after a delay if there is one, and go on at once.
    Send(SiteId, Option<AmountId>),
    /// Run branches side by side.
    Fork(ForkId),
    /// Run the steps up to the matching `Next` this many times, then go on at the id.
    Repeat(Turns, StepId),
    /// The end of a loop's body.
    Next,
    /// Take one of several branches.
    Choose(ChoiceId),
    /// Go on elsewhere.
    Jump(StepId),
    /// Let the component's mechanism act: look the key up, write the row, number the request.
    Consult,
    /// Reply with this outcome and go on.
    Answer(OutcomeId),
    /// Reply with this outcome; the handler is done.
    Return(OutcomeId),
    /// Reply as the call before was answered; the handler is done.
    Relay,
    /// The branch has come to its end.
    Done,
    /// The branch or handler fails for this reason.
    Fail(OutcomeId),
    /// The attempt that has asked for an address leaves for it.
    Depart,
    /// Say that the intention which this descends from got here.
    Mark(MarkSiteId),
}

/// A quantity that a step draws for a request.
#[derive(Clone, Debug)]
pub struct Amount {
    /// How it comes about; durations in nanoseconds.
    pub law: Law,
    /// The draw's name: a hash of its path in the scenario.
    pub salt: u64,
    /// How the listing shows it.
    pub text: String,
}

/// How an amount comes about.
#[derive(Clone, Debug)]
pub enum Law {
    /// Always the same duration; the index is that of its lane in [`Plan::delays`](super::Plan::delays).
    Constant(Span, u32),
    /// Drawn from a distribution; durations in nanoseconds.
    Drawn(Distribution),
    /// Computed from the request and the estimates; durations in seconds.
    Computed(Program),
}

/// Where a call is written.
#[derive(Clone, Debug)]
pub struct Site {
    /// The operation that is called.
    pub operation: OperationId,
    /// Who may be called.
    pub pool: Pool,
    /// The edge to each component that may be called.
    pub edges: Vec<(ComponentId, EdgeId)>,
    /// The entry of the operation at each of them, in the same order.
    pub entries: Vec<EntryId>,
    /// Whether the call carries just what the caller has, as [`Site::carries_nothing_of_its_own`] says.
    pub plain: bool,
    /// What the first of them is to its kind, as [`EntryPlan::action`](super::EntryPlan::action).
    pub action: u16,
    /// What the caller does when things go wrong.
    pub policy: Option<Policy>,
    /// How long messages take, if the network does not say it.
    pub latency: Option<Latency>,
    /// Whose script acts when the call is served, and which of its errands that is.
    pub script: Option<(ComponentId, u16)>,
    /// Where the caller remembers what its policy needs between calls.
    pub keeper: Option<KeeperId>,
    /// Whether the callee runs as a request of its own, or the caller walks into the callee itself.
    pub form: Form,
    /// What travels with the call instead of the caller's own.
    pub key: Option<Template>,
    /// The user on whose behalf it is made, if not the caller's.
    pub user: Option<Template>,
    /// The size of what it carries \[B\], if not the caller's.
    pub size: Option<AmountId>,
    /// Its priority, if not the caller's; below 0 it is 0, above 255 it is 255.
    pub priority: Option<Operand>,
    /// How long a message waits at least before it is handed out, if that is said of it alone.
    pub delay: Option<AmountId>,
    /// Whether the size and version that the caller has read must survive the call: the callee's handler reads its own.
    pub keeps_reading: bool,
    /// What the call has to do with the `value` of its handler.
    pub exchange: Exchange,
    /// Where to go on otherwise.
    pub next: StepId,
    /// Where to go on after an outcome that the scenario handles.
    pub handlers: Vec<(OutcomeId, StepId)>,
    /// Where to go on after a failure that is not named in `handlers`.
    pub on_error: Option<StepId>,
    /// What an attempt does that does not know where to go yet.
    pub lookup: Option<EntryId>,
    /// Where a client records this call, if apart from its request.
    pub slot: Option<SlotId>,
    /// The call's name in the mixing of fates.
    pub salt: u64,
    /// How the listing shows it.
    pub text: String,
}

/// What a call has to do with the `value` of the handler that makes it.
#[derive(Clone, PartialEq, Debug)]
pub enum Exchange {
    /// Nothing: there are no values in the scenario, or a balancer hands on what it was given.
    None,
    /// The callee has a `value` of its own, from 0.
    Apart,
    /// The callee is a row: it is told this, if anything, and its value is the handler's when the call has gone well.
    Row(Option<Operand>),
    /// The answer is a message: what it carries takes the place of all that the caller has.
    Message,
}

/// A whole number of a call: what it says of the value of its row, or its priority.
#[derive(Clone, PartialEq, Debug)]
pub struct Operand {
    /// How it comes about.
    pub law: Whole,
    /// How the listing shows it.
    pub text: String,
}

/// A whole number within 2^53, perhaps negative.
#[derive(Clone, PartialEq, Debug)]
pub enum Whole {
    /// Always the same.
    Constant(i64),
    /// Computed from the request and the estimates, and rounded.
    Computed(Program),
}

/// Whether a call has a request of its own.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Form {
    /// The caller's request walks into the callee and home again: nothing can part the two.
    Hop,
    /// A child request: it may be given up, answered early, or be part of a cycle of calls.
    Child,
}

/// Who may be called at a site.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Pool {
    /// An instance of this component, which the component picks as far as its callers know it.
    Component(ComponentId),
    /// An instance that the balancer at which the call is made picks from its targets.
    Targets,
    /// The instance of this component that whoever sent the errand has chosen.
    Aimed(ComponentId),
    /// An instance of a target of this component, which tells its callers where its targets are.
    Named(ComponentId),
    /// An instance of this component that is asked where its targets are.
    Resolver(ComponentId),
}

/// A key or user made from the request: a space of its own, named by the text between the fields.
#[derive(Clone, PartialEq, Debug)]
pub enum Template {
    /// One field and nothing else: its value itself.
    Field(Field),
    /// Text and fields: a hash of the text and of the fields' values.
    Mixed(Vec<Piece>),
    /// One of so many codes, at least 1, to which text and fields are hashed: sooner or later two of them share one. Codes
    /// exist where they were written.
    Code(Vec<Piece>, u64),
}

/// A piece of a template.
#[derive(Clone, PartialEq, Debug)]
pub enum Piece {
    /// Literal text, hashed.
    Text(u64),
    /// A field's value.
    Field(Field),
}

/// What a template may name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Field {
    /// The key the request is about.
    Key,
    /// Who asks.
    User,
    /// The client's intention.
    Id,
    /// The turn of the innermost loop, from 0.
    Turn,
    /// The value that the handler read last.
    Value,
    /// The version that the handler read last.
    Version,
    /// The place of the instance that the request is at.
    Place,
    /// The operation that the handler serves.
    Operation,
    /// The number of which the turn of the innermost `for_each` is.
    Each,
    /// The component whose call it is, whoever has forwarded that.
    Caller,
    /// What a component says about another field.
    Told(FunctionId),
}

/// Where intentions are to get to.
#[derive(Clone, PartialEq, Debug)]
pub struct MarkPlan {
    /// Its name.
    pub name: String,
    /// After how long an intention that gets there is late.
    pub late_after: Option<Span>,
}

/// A step that says that an intention got to a mark.
#[derive(Clone, PartialEq, Debug)]
pub struct MarkSite {
    /// Which mark.
    pub mark: MarkId,
    /// What tells several arrivals of one intention apart.
    pub per: Option<Template>,
}

/// Branches that run side by side.
#[derive(Clone, Debug)]
pub struct Fork {
    /// Where each branch begins; each ends in `Done`.
    pub branches: Branches,
    /// How many must succeed.
    pub need: Need,
    /// How many run at once.
    pub parallel: u64,
    /// What becomes of the branches that are still open when enough have succeeded.
    pub others: Others,
    /// Where to go on.
    pub next: StepId,
    /// The fork's name in the mixing of fates.
    pub salt: u64,
    /// Whether its branches stand within a `for_each`, and know of what the turn is.
    pub in_each: bool,
}

/// The branches of a fork.
#[derive(Clone, Debug)]
pub enum Branches {
    /// One of each.
    Each(Vec<StepId>),
    /// So many times the same.
    Turns(Turns, StepId),
}

/// The turns of a loop.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Turns {
    /// So many.
    Count(AmountId),
    /// One for each number of a list.
    Each(SequenceId),
}

/// A list of numbers that a step goes through.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Whose list it is.
    pub component: ComponentId,
    /// Which of its lists.
    pub sequence: usize,
    /// Of what it is the list.
    pub of: Template,
    /// Which of its numbers are left out: those for which it does not hold.
    pub keep: Option<Program>,
    /// How many there are at most.
    pub limit: Option<AmountId>,
    /// How the listing shows it.
    pub text: String,
}

/// Something that a component can be asked about a number of the request.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// Its name in expressions and templates: `follows.in(user)`.
    pub name: String,
    /// Who is asked.
    pub component: ComponentId,
    /// Which of its functions.
    pub function: usize,
    /// About what.
    pub argument: Field,
}

/// How many branches of a fork must succeed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Need {
    /// Every one.
    All,
    /// This many.
    Some(u32),
}

/// What becomes of branches that nobody waits for any more.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Others {
    /// They go on, abandoned.
    GoOn,
    /// They are cancelled, and with them, by messages over the links, the calls they have open.
    Cancel,
}

/// Branches of which one is taken.
#[derive(Clone, Debug)]
pub enum Choice {
    /// Drawn: ascending cumulative shares of 2^64, and where each branch begins.
    Drawn(Vec<(u64, StepId)>, u64),
    /// The first whose condition holds, else the last id.
    Held(Vec<(Program, StepId)>, StepId),
}

/// The law of the messages from one place to another.
#[derive(Clone, Debug)]
pub struct Link {
    /// One way, half a round trip; nanoseconds.
    pub delay: Law,
    /// The share of messages that are lost, as a fraction of 2^64.
    pub loss: u64,
    /// Bytes per second, first come first served, if limited.
    pub bandwidth: Option<f64>,
    /// The places it joins.
    pub ends: (PlaceId, PlaceId),
    /// Whether every message arrives as soon as it is sent.
    pub is_instant: bool,
    /// The name of its draws: a hash of the names of both places.
    pub salt: u64,
}

impl Template {
    /// Its fields, in their order.
    pub fn fields(&self) -> impl Iterator<Item = Field> {
        let (only, pieces): (Option<Field>, &[Piece]) = match self {
            Template::Field(field) => (Some(*field), &[]),
            Template::Mixed(pieces) | Template::Code(pieces, _) => (None, pieces),
        };
        only.into_iter().chain(pieces.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Field(field) => Some(*field),
        }))
    }

    /// The same, hashed to one of so many codes.
    pub fn within(self, codes: u64) -> Template {
        match self {
            Template::Field(field) => Template::Code(vec![Piece::Field(field)], codes),
            Template::Mixed(pieces) | Template::Code(pieces, _) => Template::Code(pieces, codes),
        }
    }
}

const _: () = assert!(size_of::<Step>() <= 16);

impl Site {
    /// Whether the call carries just what the caller has.
    pub fn carries_nothing_of_its_own(&self) -> bool {
        self.key.is_none()
            && self.user.is_none()
            && self.size.is_none()
            && self.priority.is_none()
            && self.delay.is_none()
            && !self.keeps_reading
            && matches!(self.exchange, Exchange::None)
    }

    /// The edge to a component that may be called here, and the operation's entry there.
    #[inline]
    pub fn route_to(&self, callee: ComponentId) -> (EdgeId, EntryId) {
        let index = match self.edges.len() {
            1 => 0,
            _ => self
                .edges
                .iter()
                .position(|(component, _)| *component == callee)
                .expect("whoever may be called has an edge"),
        };
        debug_assert_eq!(self.edges[index].0, callee);
        (self.edges[index].1, self.entries[index])
    }
}
