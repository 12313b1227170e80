//! Caches: what is kept, and what gives way when there is no more room.
//!
//! A [`Cache`] owns the objects and finds them by key; a [`Policy`] owns their order. Each policy has a file
//! of its own and a line in the list below, from which its name, its parsing and its dispatch come.

pub mod arc;
pub mod belady;
pub mod cache;
pub mod clock;
pub mod fifo;
pub mod ghosts;
pub mod lfu;
pub mod lists;
pub mod lru;
pub mod perfect_lfu;
pub mod random;
pub mod s3_fifo;
pub mod segmented_lru;
pub mod segments;
pub mod sieve;
pub mod sketch;
pub mod table;
pub mod two_queues;
pub mod w_tiny_lfu;

pub use belady::Future;
pub use cache::{Cache, Capacity, Contents, Keeper};

/// What a cache keeps of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Object {
    /// Which object it is a copy of.
    pub key: u64,
    /// Its size \[B\].
    pub size: u64,
    /// The version that was copied.
    pub version: u64,
    /// The time at which the copy expires \[ns\].
    pub expires: u64,
}

/// What a policy knows of an object.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub struct Entry {
    /// Which object it is.
    pub key: u64,
    /// The room that it takes, in the unit of the capacity.
    pub cost: u64,
}

/// The order in which objects give way. A slot is a small number that names an object as long as it is in the
/// cache; the next object may get it again. A policy does not know the clock, and takes memory for what is there,
/// never for the capacity.
pub trait Policy {
    /// The request at this place of a trace has come, the first at 0. Called before what it does, and only where requests have
    /// places.
    #[inline]
    fn reach(&mut self, _place: u64) {}

    /// An object that is not there is going to be stored. Called once, before any object gives way for it.
    #[inline]
    fn arriving(&mut self, _incoming: Entry) {}

    /// Chooses the object that gives way for the one that arrives and forgets it. Called only when there is one,
    /// and as often as it takes until there is room.
    fn victim(&mut self, incoming: Entry) -> u32;

    /// The object that arrived has taken this slot.
    fn inserted(&mut self, slot: u32, entry: Entry);

    /// The object in this slot was found, or written again. The policies that call others here are not inlined, so that
    /// the dispatch has no registers to save for those that do not.
    fn hit(&mut self, slot: u32);

    /// Forgets the object in this slot, which was deleted.
    fn removed(&mut self, slot: u32);
}

/// The place of a slot in a list by slot, which grows for it.
#[inline]
fn at_slot<T: Clone + Default>(list: &mut Vec<T>, slot: u32) -> &mut T {
    let index = slot as usize;
    if index >= list.len() {
        list.resize(index + 1, T::default());
    }
    &mut list[index]
}

/// A part of a room: `percent` of it rounded down.
fn share(room: u64, percent: u64) -> u64 {
    (u128::from(room) * u128::from(percent) / 100) as u64
}

/// Makes, from one list, the kinds of policy and the policy that is any of them.
macro_rules! policies {
    ($($name:literal, $doc:literal => $variant:ident($policy:ty),)*) => {
        /// The kinds of eviction policy.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind {
            $(#[doc = $doc] $variant,)*
        }

        impl Kind {
            /// All kinds, in the order of the list.
            pub const ALL: &[Kind] = &[$(Kind::$variant),*];

            /// The name that scenarios use.
            pub fn name(self) -> &'static str {
                match self {
                    $(Kind::$variant => $name,)*
                }
            }

            /// Which object gives way, in one sentence.
            pub fn doc(self) -> &'static str {
                match self {
                    $(Kind::$variant => $doc,)*
                }
            }

            /// The empty policy of this kind, for a cache with room for `capacity`.
            pub fn policy(self, capacity: u64) -> AnyPolicy {
                match self {
                    $(Kind::$variant => AnyPolicy::$variant(<$policy>::new(capacity)),)*
                }
            }
        }

        /// A policy of any kind. The kind has a byte of its own, so that it is told at each hit without arithmetic.
        #[repr(u8)]
        #[derive(Clone, Debug)]
        pub enum AnyPolicy {
            $(#[doc = $doc] $variant($policy),)*
        }

        impl AnyPolicy {
            /// The kind of this policy.
            pub fn kind(&self) -> Kind {
                match self {
                    $(AnyPolicy::$variant(_) => Kind::$variant,)*
                }
            }
        }

        impl Keeper for AnyPolicy {
            fn reach(&mut self, place: u64) {
                match self {
                    $(AnyPolicy::$variant(policy) => Policy::reach(policy, place),)*
                }
            }

            #[inline]
            fn note(&mut self, slot: u32) {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.hit(slot),)*
                }
            }

            fn forget(&mut self, slot: u32) {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.removed(slot),)*
                }
            }

            #[inline]
            fn store(&mut self, contents: &mut Contents, object: Object, cost: u64) -> u64 {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.store(contents, object, cost),)*
                }
            }

            fn replay(&mut self, contents: &mut Contents, trace: impl Iterator<Item = Object>) -> u64 {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.replay(contents, trace),)*
                }
            }
        }
    };
}

policies! {
    "lru", "The object that was not asked for the longest gives way." => Lru(lru::Lru),
    "fifo", "The object that came first gives way, used or not." => Fifo(fifo::Fifo),
    "lfu", "The object that was asked for least often since it came gives way." => Lfu(lfu::Lfu),
    "perfect_lfu", "The object whose key was asked for least often, in the cache or not, gives way." =>
        PerfectLfu(perfect_lfu::PerfectLfu),
    "random", "Any object gives way, each equally likely." => Random(random::Random),
    "clock", "As `fifo`, but an object that was used goes around once more." => Clock(clock::Clock),
    "sieve", "A hand from old to new takes the first object that was not used since it came by." =>
        Sieve(sieve::Sieve),
    "s3_fifo", "Three FIFO queues: newcomers on trial, those used twice, and memories of those rejected." =>
        S3Fifo(s3_fifo::S3Fifo),
    "slru", "Segmented LRU: objects that were used are protected from those that were not." =>
        SegmentedLru(segmented_lru::SegmentedLru),
    "2q", "A FIFO queue of newcomers; those that come back after leaving it go to an LRU list." =>
        TwoQueues(two_queues::TwoQueues),
    "arc", "Recent and frequent objects in two LRU lists that learn their sizes from what they gave up." =>
        Arc(arc::Arc),
    "w_tinylfu", "An LRU window, whose objects get on when a sketch says that they are more popular." =>
        WTinyLfu(w_tiny_lfu::WTinyLfu),
    "belady", "The object whose next use is farthest away gives way: no policy misses less. For the keys of a trace only." =>
        Belady(belady::Belady),
}

impl Kind {
    /// Whether it has to know what will be asked for.
    pub fn needs_future(self) -> bool {
        self == Kind::Belady
    }

    /// The kinds that get along without knowing what will be asked for.
    pub fn online() -> impl Iterator<Item = Kind> {
        Kind::ALL.iter().copied().filter(|kind| !kind.needs_future())
    }

    /// The kind with this name.
    pub fn named(name: &str) -> Option<Kind> {
        Kind::ALL.iter().copied().find(|kind| kind.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_kinds() {
        for &kind in Kind::ALL {
            assert_eq!(Kind::named(kind.name()), Some(kind));
            assert_eq!(kind.policy(1).kind(), kind);
        }
        assert_eq!(Kind::named("LRU"), None);
    }

    #[test]
    fn shares_are_rounded_down() {
        for (room, percent, expected) in [(0, 10, 0), (9, 10, 0), (19, 10, 1), (u64::MAX, 25, u64::MAX / 4)] {
            assert_eq!(share(room, percent), expected);
        }
    }
}
