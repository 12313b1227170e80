//! What a run tells about itself: a sentence with the numbers that it is made of.

use super::Figure;
use serde::Serialize;
use std::collections::BTreeMap;

/// How much somebody who runs the system should care, the least first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Good to know.
    Info,
    /// It costs something.
    Warning,
    /// It limits or breaks the system.
    Critical,
}

/// One thing that a run tells about itself.
#[derive(Clone, PartialEq, Debug, Serialize)]
pub struct Finding {
    /// What it is about: `bottleneck`, `saturation`, `tail`, `recovery`, `amplification`, `waste`, `loss`,
    /// `unfinished`, `errors`, `backlog`, `full`, `dead_letters`, `provider`.
    pub id: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// All of it, for people.
    pub sentence: String,
    /// The client that it concerns.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// The component or instance that it names: `db`, `db[3]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub component: Option<String>,
    /// The edge that it names: `web -> db`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub edge: Option<String>,
    /// The fault that it speaks of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
    /// When it begins [s, clock of the file]; none if it speaks of the whole run.
    #[serde(rename = "from_s", skip_serializing_if = "Option::is_none")]
    pub from: Option<f64>,
    /// When it ends, likewise.
    #[serde(rename = "until_s", skip_serializing_if = "Option::is_none")]
    pub until: Option<f64>,
    /// The numbers of the sentence, in SI base units.
    pub numbers: BTreeMap<String, Figure>,
}

/// The name of a number of the first bottleneck: the share of a component's workers' time for which they wait for others.
pub(crate) fn held_by_waiting(component: &str) -> String {
    format!("waiting at {component}")
}

impl Finding {
    /// A finding without names and numbers yet.
    pub fn new(id: &'static str, severity: Severity, sentence: String) -> Finding {
        Finding {
            id,
            severity,
            sentence,
            client: None,
            component: None,
            edge: None,
            fault: None,
            from: None,
            until: None,
            numbers: BTreeMap::new(),
        }
    }

    /// With one more number.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: f64, unit: &'static str) -> Finding {
        self.numbers.insert(name.into(), Figure { value, unit, low: None, high: None });
        self
    }
}
