//! What happened, in sentences: the bottleneck first, then what else there is to know before the figures are read.

use super::html::Html;
use crate::report::text::bottleneck::found;
use crate::results::{Background, Results, Severity};

/// The section: a list of findings.
pub(super) fn section(results: &Results, _: &Background) -> Html {
    let mut items = Html::new();
    if let Some(found) = found(results) {
        let class = if found.is_full { "bad" } else { "plain" };
        items.element("li", &[("class", class)], |html| {
            html.leaf("b", &[], &found.name);
            html.text(&found.sentence[found.name.len()..]);
            html.fixed(".");
        });
    }
    for finding in &results.diagnosis {
        let class = if finding.severity == Severity::Critical { "bad" } else { "plain" };
        items.element("li", &[("class", class)], |html| {
            html.text(&finding.sentence);
            html.fixed(".");
        });
    }
    for fault in &results.faults {
        items.element("li", &[("class", "struck")], |html| {
            html.leaf("b", &[], &fault.name);
            html.text(&format!(": {}", fault.text));
            html.fixed(".");
        });
    }
    for broken in &results.laws.broken {
        items.element("li", &[("class", "bad")], |html| {
            html.fixed("A law does not hold, which is an error of this program: ");
            html.text(broken);
        });
    }
    let mut html = Html::new();
    if !items.is_empty() {
        html.element("ul", &[("class", "findings")], |html| html.append(&items));
    }
    html
}
