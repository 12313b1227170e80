//! Frames: what a request holds, in the order in which it took it, and gives back newest first.

use crate::kernel::slab::Handle;
use crate::units::{ComponentId, EntryId, InstanceId, KeeperId, SiteId, StepId, Time};

/// What a request holds, in the order in which it took it.
#[derive(Clone, Copy, Debug)]
pub enum Frame {
    /// Given back already.
    Nothing,
    /// Inside an instance: to leave it and to bring the reply home is due.
    Visit {
        /// Where the call is written.
        site: SiteId,
        /// Where the caller is.
        caller: InstanceId,
        /// The operation that the caller serves.
        caller_entry: EntryId,
        /// Whether it holds a worker for the whole visit.
        holds: Holds,
        /// When it came.
        arrived: Time,
        /// When it got the worker.
        admitted: Time,
        /// The caller's fate.
        fate: u64,
    },
    /// In a loop.
    Turn {
        /// The first step of the body.
        body: StepId,
        /// Where to go on after the last turn.
        after: StepId,
        /// The turn, from 0.
        turn: u32,
        /// How many there are.
        turns: u32,
        /// The fate outside the loop.
        fate: u64,
        /// The numbers of which its turns are; [`Handle::NONE`] if they are counted only.
        list: Handle,
    },
    /// In a branch of a loop, or of a fork within one: the number of which the turn is.
    Each(u64),
    /// Waiting for branches.
    Join(Handle),
    /// Waiting for a call with a request of its own.
    Call(Handle),
    /// Something that a component keeps for it: a place among a target's outstanding requests.
    Token {
        /// The component that keeps it.
        component: ComponentId,
        /// The instance that keeps it.
        holder: InstanceId,
        /// What it is about.
        target: InstanceId,
        /// When it was taken.
        since: Time,
    },
    /// What it got at its caller's gate: a place outside, or in the line before it.
    Pass {
        /// Whose books the gate stands in.
        keeper: KeeperId,
        /// Which caller's.
        slot: u32,
        /// The epoch of the caller's breaker.
        epoch: u32,
        /// Since when it is where it is.
        since: Time,
        /// Whether it is outside.
        is_outside: bool,
    },
    /// An attempt that asks where to go, and what it will go with.
    Lookup {
        /// The call that it is an attempt at.
        site: SiteId,
        /// Its key.
        key: u64,
        /// The version that it carries.
        version: u64,
        /// When it asked.
        since: Time,
        /// Whether it was sent, so that nobody can give it up.
        is_sent: bool,
    },
    /// The caller's own value of a field that the call carries another one of.
    Saved {
        /// Which field.
        field: SavedField,
        /// Its value.
        value: u64,
    },
}

/// What a visit holds of its station.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Holds {
    /// It is there, without a worker.
    Presence,
    /// A worker for the whole visit.
    Worker,
    /// Nothing: its message is still on the way.
    Nothing,
}

/// A field that a call may carry another value of.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum SavedField {
    /// [`Request::key`](super::Request::key).
    Key,
    /// [`Request::user`](super::Request::user).
    User,
    /// [`Request::size`](super::Request::size).
    Size,
    /// [`Request::version`](super::Request::version).
    Version,
    /// [`Request::value`](super::Request::value).
    Value,
    /// [`Request::priority`](super::Request::priority).
    Priority,
    /// None: how long what the call brings waits \[ns\], for whom it is brought to.
    Delay,
}
