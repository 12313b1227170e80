//! How ids are made: the schemes, as their tables say.

use super::super::Reading;
use super::Maker;
use crate::kernel::random::Draws;
use crate::mechanism::snowflake::{Generator, Guard, Layout};
use crate::scenario::Node;

/// A scheme with its parameters.
#[derive(Clone, PartialEq, Debug)]
pub(super) enum Scheme {
    /// Clock, node and sequence.
    Snowflake {
        layout: Layout,
        /// The node of each instance, in turn.
        nodes: Vec<u32>,
        clocks: Clocks,
    },
    /// Counting by this step; node i begins at i.
    Step(u32),
    /// Counting at one node.
    Ticket,
    /// Lots of this many bits.
    Random(u32),
}

/// What a node does while its clock is behind its last id.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Clocks {
    Wait,
    Refuse,
    Ignore,
}

const SCHEMES: [&str; 4] = ["snowflake", "step", "ticket", "random"];

/// A UUID of version 4 has so many random bits (RFC 9562).
const UUID_BITS: u32 = 122;

/// The name of the draw of a lot.
const LOT: u64 = 0x6964_5f6c_6f74_7321;

/// Reads a scheme, and says so of every key that belongs to another.
pub(super) fn read(reading: &mut Reading<'_, '_>) -> Option<Scheme> {
    let index = reading.choice("scheme", &SCHEMES, 0)?;
    let mut others = Some(());
    for (key, owner) in [("bits", 0), ("nodes", 0), ("clock_back", 0), ("step", 1), ("random_bits", 3)] {
        if owner != index {
            let only = reading.only_with(key, &format!("the scheme `{}`", SCHEMES[owner]));
            others = others.and(only);
        }
    }
    let scheme = match index {
        0 => read_snowflake(reading),
        1 => {
            let instances = reading.instances;
            reading.count("step", instances, 1, u32::MAX).map(Scheme::Step)
        }
        2 if reading.instances > 1 => {
            let message = format!("a ticket server is one instance, not {}", reading.instances);
            let help = "several nodes that count apart are the scheme `step`";
            reading.reader.error(reading.place_of("instances"), message).help(help);
            None
        }
        2 => Some(Scheme::Ticket),
        _ => reading.count("random_bits", UUID_BITS, 1, UUID_BITS).map(Scheme::Random),
    };
    others?;
    scheme
}

fn read_snowflake(reading: &mut Reading<'_, '_>) -> Option<Scheme> {
    let layout = match reading.get("bits") {
        Some(node) => read_layout(node, reading),
        None => Some(Layout::TWITTER),
    };
    let clocks = reading.choice("clock_back", &["wait", "refuse", "ignore"], 0);
    let clocks = [Clocks::Wait, Clocks::Refuse, Clocks::Ignore][clocks?];
    let layout = layout?;
    let nodes = match reading.get("nodes") {
        Some(node) => read_nodes(node, layout, reading)?,
        None => (0..reading.instances).collect(),
    };
    if reading.instances > layout.nodes() && reading.get("nodes").is_none() {
        let message =
            format!("ids have room for {} nodes, not for {} instances", layout.nodes(), reading.instances);
        reading.reader.error(reading.place_of("instances"), message);
        return None;
    }
    Some(Scheme::Snowflake { layout, nodes, clocks })
}

fn read_layout(node: &Node, reading: &mut Reading<'_, '_>) -> Option<Layout> {
    let table = reading.reader.table(node)?;
    reading.reader.check_keys(table, "`bits`", &["time", "node", "sequence"]);
    let mut bits = |key| {
        let node = reading.reader.required(table, key, "`bits`")?;
        reading.reader.count(node)
    };
    let (time, nodes, sequence) = (bits("time"), bits("node"), bits("sequence"));
    let (time, nodes, sequence) = (time?, nodes?, sequence?);
    let narrow = |bits: u64| u32::try_from(bits).unwrap_or(u32::MAX).min(64);
    let layout = Layout::new(narrow(time), narrow(nodes), narrow(sequence));
    if layout.is_none() {
        let sum = time.saturating_add(nodes).saturating_add(sequence);
        reading
            .reader
            .error(node.location, format!("the bits of an id are 63 besides its sign, not {sum}"))
            .help("`time` has at least 1 of them, `node` and `sequence` at most 31 each");
    }
    layout
}

fn read_nodes(node: &Node, layout: Layout, reading: &mut Reading<'_, '_>) -> Option<Vec<u32>> {
    let numbers = reading.reader.array(node)?;
    if numbers.is_empty() {
        reading.reader.error(node.location, "`nodes` needs a number");
        return None;
    }
    let mut nodes = Vec::new();
    for number in numbers {
        let value = reading.reader.count(number)?;
        let Some(fitting) = u32::try_from(value).ok().filter(|value| *value < layout.nodes()) else {
            let message = format!("ids have room for the nodes 0 to {}, not for {value}", layout.nodes() - 1);
            reading.reader.error(number.location, message);
            return None;
        };
        nodes.push(fitting);
    }
    Some(nodes)
}

impl Scheme {
    /// What an instance begins with.
    pub(super) fn maker(&self, at: u32) -> Maker {
        match self {
            Scheme::Snowflake { layout, nodes, clocks } => {
                let node = nodes[at as usize % nodes.len()];
                let guard = if *clocks == Clocks::Ignore { Guard::None } else { Guard::Kept };
                let generator = Generator::new(*layout, guard, node);
                Maker::Snowflake(generator.expect("the node fits the layout"))
            }
            Scheme::Step(step) => Maker::Count { next: u64::from(at), step: u64::from(*step) },
            Scheme::Ticket => Maker::Count { next: 0, step: 1 },
            Scheme::Random(bits) => Maker::Lots(*bits),
        }
    }

    /// What its nodes do while their clocks are behind.
    pub(super) fn clocks(&self) -> Clocks {
        match self {
            Scheme::Snowflake { clocks, .. } => *clocks,
            _ => Clocks::Wait,
        }
    }
}

/// A lot of so many bits, by the fate of whoever draws it.
pub(super) fn lot(fate: u64, bits: u32) -> u128 {
    let mut draws = Draws::new(fate, LOT);
    let wide = u128::from(draws.bits()) << 64 | u128::from(draws.bits());
    wide >> (128 - bits)
}
