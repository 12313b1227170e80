//! Caches: what is kept, and what gives way when there is no more room.
//!
//! A [`Cache`] owns the objects and finds them by key; a [`Policy`] owns their order. Each policy has a file
//! of its own and a line in the list below, from which its name, its parsing and its dispatch come.

pub mod cache;
pub mod fifo;
pub mod lists;
pub mod lru;
pub mod table;

pub use cache::{Cache, Capacity};

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

/// The order in which objects give way. A slot is a small number that names an object as long as it is in the
/// cache; the next object may get it again.
pub trait Policy {
    /// The policy of an empty cache with room for `capacity` (objects or bytes). Must not take memory for it.
    fn new(capacity: u64) -> Self;

    /// An object has taken this slot.
    fn inserted(&mut self, slot: u32, object: &Object);

    /// The object in this slot was found, or written again.
    fn hit(&mut self, slot: u32);

    /// Chooses the object that gives way for another one and forgets it. Called only when there is one.
    fn victim(&mut self, incoming: &Object) -> u32;

    /// Forgets the object in this slot, which was deleted.
    fn removed(&mut self, slot: u32);
}

/// Makes, from one list, the kinds of policy and the policy that is any of them.
macro_rules! policies {
    ($($(#[$doc:meta])* $name:literal => $variant:ident($policy:ty),)*) => {
        /// The kinds of eviction policy.
        #[derive(Clone, Copy, PartialEq, Eq, Debug)]
        pub enum Kind {
            $($(#[$doc])* $variant,)*
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

            /// The empty policy of this kind, for a cache with room for `capacity`.
            pub fn policy(self, capacity: u64) -> AnyPolicy {
                match self {
                    $(Kind::$variant => AnyPolicy::$variant(<$policy>::new(capacity)),)*
                }
            }
        }

        /// A policy of any kind.
        #[derive(Clone, Debug)]
        pub enum AnyPolicy {
            $($(#[$doc])* $variant($policy),)*
        }

        impl AnyPolicy {
            /// The kind of this policy.
            pub fn kind(&self) -> Kind {
                match self {
                    $(AnyPolicy::$variant(_) => Kind::$variant,)*
                }
            }

            #[inline]
            fn inserted(&mut self, slot: u32, object: &Object) {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.inserted(slot, object),)*
                }
            }

            #[inline]
            fn hit(&mut self, slot: u32) {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.hit(slot),)*
                }
            }

            #[inline]
            fn victim(&mut self, incoming: &Object) -> u32 {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.victim(incoming),)*
                }
            }

            #[inline]
            fn removed(&mut self, slot: u32) {
                match self {
                    $(AnyPolicy::$variant(policy) => policy.removed(slot),)*
                }
            }
        }
    };
}

policies! {
    /// The object that was not asked for the longest gives way.
    "lru" => Lru(lru::Lru),
    /// The object that came first gives way, used or not.
    "fifo" => Fifo(fifo::Fifo),
}

impl Kind {
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
}
