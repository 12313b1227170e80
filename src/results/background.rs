//! What the page of a run shows besides its results: what was run, and what of it can be changed.

use super::{Estimated, Topology};

/// What the page of a run shows besides its results.
#[derive(Clone, PartialEq, Debug, Default)]
pub struct Background {
    /// Who calls whom.
    pub topology: Topology,
    /// The envelope beside what was measured.
    pub estimates: Vec<Estimated>,
    /// What was run, and how to run it again.
    pub origin: Origin,
    /// What can be changed with a slider, in the order of the file.
    pub knobs: Vec<Knob>,
}

/// What was run, and how to run it again.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Origin {
    /// The text of the scenario.
    pub text: String,
    /// What was set from outside: `path=value`.
    pub settings: Vec<String>,
    /// The seed that the scenario names itself.
    pub seed: u64,
    /// The replications that it asks for itself.
    pub replications: u64,
    /// The files beside it that are read: their paths, and their texts if they are small.
    pub files: Vec<(String, Option<String>)>,
}

/// A value of a scenario that can be changed, with the values it can have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Knob {
    /// Where it stands: the path of a setting, `server.web.instances`.
    pub path: String,
    /// Whose it is: `web`, `web -> urls`.
    pub owner: String,
    /// What it is: `instances`.
    pub what: &'static str,
    /// How the values are chosen.
    pub choice: Choice,
    /// The values, as a setting writes them.
    pub stops: Vec<String>,
    /// Which of them the scenario has.
    pub at: usize,
}

/// How one of several values is chosen.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Choice {
    /// They grow: by a slider.
    Slide,
    /// They are words: from a list.
    List,
}
