//! Kinds of components: one file each, and one line in the list below, which also names the file.
//!
//! A kind has two sides. Its *blueprint* is what a table of the scenario says: it is read before the run and tells which
//! operations there are and what each does ([`Plans`]). Its *state* lives in a run and does what only this kind knows: which
//! instance a call goes to, what a visit finds ([`Behaviour`]). A component never knows the topology, and never another
//! component.

mod behaviour;
mod context;
mod durable;
mod filling;
mod health;
mod plans;
mod spec;
#[cfg(test)]
mod testing;

pub use balancer::POLICIES;
pub use behaviour::{Ask, Behaviour, Recall, Verdict};
pub use client::{Asking, ClientBlueprint, ClientSource};
pub use context::{
    About, Cargo, Change, Context, Effect, Letter, Luggage, OriginId, Release, Report, Said, Sight, Sighting,
    Standing, Ticket, Token, Wakes,
};
pub use plans::{Awaits, Loss, Plans};
pub use spec::{
    Acknowledgement, Carries, Counter, Course, Crew, DefaultWorkers, Errand, Fall, Figure, Geography, Line,
    Operation, Parting, Reading, Register, RoleForm, RoleSpec, Serves, Setting, Spec, Staff, Subject, Terms,
    Through, Wait, Ward, Work,
};

use crate::fault::Role;
use crate::kernel::request::{Request, RequestId};
use crate::measure::trace::IsPaused;
use crate::mechanism::eviction::Capacity;
pub use crate::scenario::Key;
use crate::scenario::{Location, Named, Node};
use crate::station::Handling;
use crate::units::{InstanceId, OperationId, OutcomeId, Span, Time};

/// Keys of a kind of which exactly one must be there.
pub const ONE_OF: [(&str, &[&str]); 1] = [("client", &client::ASKING)];

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

            /// Whether it takes in only so much, and turns away what comes when it is full.
            pub fn is_bounded(&self) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.is_bounded()),* }
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

            /// How often a visit for an operation waits for errands of its own instance before it is answered.
            pub fn waits(&self, operation: &str) -> Vec<Wait> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.waits(operation)),* }
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

            /// What a visit does that its mechanism keeps, before the name of the component.
            pub fn keeping(&self) -> &'static str {
                match self { $(Blueprint::$kind(blueprint) => blueprint.keeping()),* }
            }

            /// How much room each of its instances has for copies, if it keeps copies.
            pub fn room(&self) -> Option<Capacity> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.room()),* }
            }

            /// What it lacks to find anything for those who ask it, where only those of its operations are called of which
            /// this is true.
            pub fn lacks(&self, is_called: &dyn Fn(&str) -> bool) -> Option<&'static str> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.lacks(is_called)),* }
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

            /// What callers of an operation meet when so many of so many instances are lost for good.
            pub fn loss(&self, operation: &str, lost: u32, instances: u32) -> Loss {
                match self { $(Blueprint::$kind(blueprint) => blueprint.loss(operation, lost, instances)),* }
            }

            /// Of how many copies a majority has to be there, if one has to.
            pub fn voters(&self) -> Option<u32> {
                match self { $(Blueprint::$kind(blueprint) => blueprint.voters()),* }
            }

            /// The unit of a counter of its kind.
            pub fn unit(&self, counter: &str) -> &'static str {
                match self { $(Blueprint::$kind(blueprint) => blueprint.unit(counter)),* }
            }

            /// Whether a counter or figure of its kind is listed even where it is zero.
            pub fn lists(&self, figure: &str) -> bool {
                match self { $(Blueprint::$kind(blueprint) => blueprint.lists(figure)),* }
            }

            /// The counters by which a visit counts that a fault has end with `error` before its mechanism acts.
            pub fn counts_errors(&self) -> &'static [usize] {
                match self { $(Blueprint::$kind(blueprint) => blueprint.counts_errors()),* }
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
