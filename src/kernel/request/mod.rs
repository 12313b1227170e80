//! Requests, and where they live with what they hold.
//!
//! A request is born, walks the plan, and ends; its slot is used again. Ids carry a generation, so that an id that outlives
//! its request names nobody. A pending event names a slot and a *stamp*: whatever makes the event pointless (an
//! interruption, a cancellation, the end of the request) takes a new stamp, and the event is stale.

mod frame;

pub use frame::{Frame, Holds, SavedField};

use super::slab::Handle;
use crate::units::{EdgeId, EntryId, InstanceId, OutcomeId, SiteId, SlotId, StepId, Time};

/// Names a request for as long as it lives.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct RequestId {
    /// Its slot.
    pub index: u32,
    /// Which of the slot's requests it is.
    pub generation: u32,
}

impl RequestId {
    /// Nobody.
    pub const NONE: RequestId = RequestId { index: u32::MAX, generation: 0 };
}

/// Who is told when a request ends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Parent {
    /// Nobody: it was sent, answered already, or given up.
    None,
    /// The open-loop client that it was born at.
    Client,
    /// This user of a closed-loop client, who then thinks and asks again.
    User(u32),
    /// A call with a request of its own.
    Call(Handle),
    /// A join of branches.
    Join(Handle),
    /// The component whose errand it is, at the instance that it was born at.
    Own(Token),
}

/// What a component gives its errands and timers to know them by.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Default)]
pub struct Token {
    /// What it is for.
    pub purpose: u32,
    /// Which of them.
    pub item: u32,
}

/// What a request is doing.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum State {
    /// Its slot is free.
    Free,
    /// It walks the plan, or will at once.
    Running,
    /// A message of it is on the way to a callee.
    Arriving,
    /// Its reply is on the way home.
    Returning,
    /// It waits for a worker.
    Queued,
    /// It has a worker and waits for a core.
    WaitingForCore,
    /// It computes.
    Working,
    /// It computes and shares the cores.
    Sharing,
    /// It passes time without a core.
    Waiting,
    /// It waits for the answer to a call.
    Calling,
    /// Its call has been answered or its branches have come together; it goes on at once.
    Answered,
    /// It waits for its branches.
    Joining,
    /// It was sent with a delay and has not left yet.
    Departing,
    /// Its message was lost; only its hops hold it until its caller gives up.
    Lost,
    /// A component keeps it until it finishes it.
    Parked,
    /// It waits for a connection of its caller's pool.
    Connecting,
    /// It waits for others with whom it travels to its callee.
    Gathering,
    /// It is about to be gone, and its caller hears nothing.
    Vanishing,
    /// It was taken out of the queue, and its caller hears so at once.
    Dropped,
}

/// Facts about a request, one bit each.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Flags(u16);

impl Flags {
    /// Its caller gave up; whatever is done for it is wasted.
    pub const ABANDONED: Flags = Flags(1);
    /// A branch of a fork: it works on its handler's worker.
    pub const BRANCH: Flags = Flags(2);
    /// Its end shows in the client's figures.
    pub const COUNTED: Flags = Flags(4);
    /// Its work was interrupted; `due` holds what remains of it.
    pub const INTERRUPTED: Flags = Flags(8);
    /// Its current reply is a failure.
    pub const FAILED: Flags = Flags(16);
    /// It may be cancelled, so each of its calls has a request of its own.
    pub const CANCELLABLE: Flags = Flags(32);
    /// It holds a worker for the current work only.
    pub const WORKER: Flags = Flags(64);
    /// It is a callee: its oldest frames are the call itself, and it ends when they are given back.
    pub const CALL: Flags = Flags(128);
    /// Its caller has its answer; what goes on is its own affair.
    pub const ANSWERED: Flags = Flags(256);
    /// It has had a worker.
    pub const BEGUN: Flags = Flags(512);
    /// It is served past the queue.
    pub const PAST: Flags = Flags(1024);
    /// Its timeout stands in a lane.
    pub const TIMED: Flags = Flags(2048);
    /// It is a further attempt beside one that is open.
    pub const HEDGE: Flags = Flags(4096);
    /// It tells the other attempts at the same call when it begins.
    pub const TIED: Flags = Flags(8192);
    /// It works under a deadline that was handed on to it, so each of its calls has a request of its own.
    pub const BOUNDED: Flags = Flags(16384);

    /// Whether all of `other` are set.
    #[inline]
    pub fn has(self, other: Flags) -> bool {
        self.0 & other.0 == other.0
    }

    /// Sets them.
    #[inline]
    pub fn set(&mut self, other: Flags) {
        self.0 |= other.0;
    }

    /// Clears them.
    #[inline]
    pub fn clear(&mut self, other: Flags) {
        self.0 &= !other.0;
    }

    /// Sets them if `on`, else clears them.
    #[inline]
    pub fn put(&mut self, other: Flags, on: bool) {
        if on { self.set(other) } else { self.clear(other) }
    }

    /// Whether any of `other` is set.
    #[inline]
    pub fn has_any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }

    /// `self` and `other`.
    #[inline]
    pub const fn or(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }

    /// Those of these that are also in `other`.
    #[inline]
    pub fn and(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }
}

/// A call that says nothing of the value of its row. Values that a call can say lie within 2^53.
pub const NO_VALUE: i64 = i64::MIN;

/// What walks the plan.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Which request of this slot it is.
    pub generation: u32,
    /// Which pending event of this slot is valid.
    pub stamp: u32,
    /// Its own randomness, mixed from its parent's.
    pub fate: u64,
    /// What it is about.
    pub key: u64,
    /// Who asks.
    pub user: u64,
    /// The client's intention that it descends from; equal for retries.
    pub id: u64,
    /// Bytes of the value that it carries.
    pub size: u64,
    /// The version that the handler read last.
    pub version: u64,
    /// The value that the handler read last; on the way to a row, what the call says of its value, or [`NO_VALUE`].
    pub value: i64,
    /// Its intended arrival; a child's is its own start.
    pub born: Time,
    /// When it began to wait or took the worker of its current work.
    pub since: Time,
    /// When its work ends; while interrupted, the nanoseconds that remain; with the outcome `denied`, those after which it may come
    /// again.
    pub due: Time,
    /// When its caller gave up.
    pub abandoned: Time,
    /// When its last message left.
    pub sent: Time,
    /// Who sent the message that is on the way.
    pub from: InstanceId,
    /// When the time for its calls is over, if it was handed a deadline.
    pub deadline: Time,
    /// Its line of the plan.
    pub step: StepId,
    /// Where it is.
    pub at: InstanceId,
    /// The site whose reply it brings home, or whose route was chosen last.
    pub site: SiteId,
    /// Which branch of its fork it is, from 0, or which attempt of its call, from 1.
    pub branch_turn: u32,
    /// The instance that it was sent to, if it is an attempt at a call, or that an errand aims at.
    pub target: InstanceId,
    /// Who is told when it ends.
    pub parent: Parent,
    /// The branches of the same fork, or open attempts at the same call, before and after it, by index; `u32::MAX` for none.
    pub siblings: (u32, u32),
    /// Where the client records it.
    pub slot: SlotId,
    /// The bin of time of its intended arrival.
    pub cell: u16,
    /// The operation that it visits.
    pub entry: EntryId,
    /// How it ended, or the reply that it brings home.
    pub outcome: OutcomeId,
    /// The edge that pays for what is wasted on it.
    pub wasted_by: EdgeId,
    /// What it is doing.
    pub state: State,
    /// Frames held.
    pub depth: u8,
    /// Calls it is nested in.
    pub nesting: u8,
    /// Which attempt of its call it is, from 1.
    pub attempt: u8,
    /// 0 is the most urgent.
    pub priority: u8,
    /// Facts about it.
    pub flags: Flags,
}

const _: () = assert!(size_of::<Frame>() == 40 && size_of::<Request>() <= 176);

/// The requests that live, each with room for the frames of the deepest nesting of the plan.
pub struct Requests {
    slots: Vec<Request>,
    frames: Vec<Frame>,
    free: Vec<u32>,
    depth: usize,
}

impl Requests {
    /// Nobody yet; `depth` is the largest number of frames that a request can hold.
    pub fn new(depth: usize) -> Requests {
        assert!((1..=usize::from(u8::MAX)).contains(&depth), "a request holds 1 to 255 frames, not {depth}");
        Requests { slots: Vec::new(), frames: Vec::new(), free: Vec::new(), depth }
    }

    /// How many live.
    pub fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Whether nobody lives.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Bytes held.
    pub fn memory(&self) -> u64 {
        (self.slots.capacity() * size_of::<Request>()
            + self.frames.capacity() * size_of::<Frame>()
            + self.free.capacity() * size_of::<u32>()) as u64
    }

    /// Puts a request into a free slot; its generation and stamp are the slot's.
    #[inline(always)]
    pub fn insert(&mut self, request: Request) -> u32 {
        let Some(index) = self.free.pop() else { return self.grow(request) };
        let slot = &mut self.slots[index as usize];
        let (generation, stamp) = (slot.generation, slot.stamp);
        *slot = Request { generation, stamp, ..request };
        index
    }

    /// Makes a slot for a request.
    #[cold]
    #[inline(never)]
    fn grow(&mut self, request: Request) -> u32 {
        let index = u32::try_from(self.slots.len()).expect("fewer than 2^32 requests are in flight");
        self.slots.push(Request { generation: 0, stamp: 0, ..request });
        self.frames.resize(self.frames.len() + self.depth, Frame::Nothing);
        index
    }

    /// Frees the slot of a request that holds nothing any more; its id and its pending event name nobody from now on.
    #[inline]
    pub fn remove(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        assert!(
            slot.depth == 0 && slot.state != State::Free,
            "a request ends once, and holds nothing then: {slot:?}"
        );
        slot.generation = slot.generation.wrapping_add(1);
        slot.stamp = slot.stamp.wrapping_add(1);
        slot.state = State::Free;
        self.free.push(index);
    }

    /// The id of the request in this slot.
    #[inline]
    pub fn id(&self, index: u32) -> RequestId {
        RequestId { index, generation: self.slots[index as usize].generation }
    }

    /// The slot of a request that still lives.
    #[inline]
    pub fn find(&self, id: RequestId) -> Option<u32> {
        let slot = self.slots.get(id.index as usize)?;
        (slot.generation == id.generation && slot.state != State::Free).then_some(id.index)
    }

    /// Makes the pending event of a request stale.
    #[inline]
    pub fn restamp(&mut self, index: u32) {
        let slot = &mut self.slots[index as usize];
        slot.stamp = slot.stamp.wrapping_add(1);
    }

    /// Whether an event with this stamp is still wanted.
    #[inline]
    pub fn is_live(&self, index: u32, stamp: u32) -> bool {
        self.slots[index as usize].stamp == stamp
    }

    /// The slots in use, in the order of their indices.
    pub fn living(&self) -> impl Iterator<Item = u32> {
        self.slots
            .iter()
            .enumerate()
            .filter(|(_, slot)| slot.state != State::Free)
            .map(|(index, _)| index as u32)
    }

    /// Takes hold of something.
    #[inline]
    pub fn push_frame(&mut self, index: u32, frame: Frame) {
        let slot = &mut self.slots[index as usize];
        assert!(usize::from(slot.depth) < self.depth, "a request holds at most {} frames", self.depth);
        self.frames[index as usize * self.depth + usize::from(slot.depth)] = frame;
        slot.depth += 1;
    }

    /// Lets go of what was taken last.
    #[inline]
    pub fn pop_frame(&mut self, index: u32) -> Option<Frame> {
        let slot = &mut self.slots[index as usize];
        slot.depth = slot.depth.checked_sub(1)?;
        Some(self.frames[index as usize * self.depth + usize::from(slot.depth)])
    }

    /// What was taken last.
    #[inline]
    pub fn top_frame(&mut self, index: u32) -> Option<&mut Frame> {
        let depth = usize::from(self.slots[index as usize].depth);
        self.frames(index)[..depth].last_mut()
    }

    /// Everything it holds, oldest first.
    #[inline]
    pub fn held(&mut self, index: u32) -> &mut [Frame] {
        let depth = usize::from(self.slots[index as usize].depth);
        &mut self.frames(index)[..depth]
    }

    /// Everything it holds, oldest first, to look at.
    pub fn frames_of(&self, index: u32) -> &[Frame] {
        let start = index as usize * self.depth;
        &self.frames[start..start + usize::from(self.slots[index as usize].depth)]
    }

    #[inline]
    fn frames(&mut self, index: u32) -> &mut [Frame] {
        let start = index as usize * self.depth;
        &mut self.frames[start..start + self.depth]
    }
}

impl std::ops::Index<u32> for Requests {
    type Output = Request;
    #[inline]
    fn index(&self, index: u32) -> &Request {
        &self.slots[index as usize]
    }
}

impl std::ops::IndexMut<u32> for Requests {
    #[inline]
    fn index_mut(&mut self, index: u32) -> &mut Request {
        &mut self.slots[index as usize]
    }
}
