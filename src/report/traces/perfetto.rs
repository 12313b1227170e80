//! Traces as the JSON that Perfetto and Chrome open: <https://ui.perfetto.dev>.
//!
//! Every request is a process with tracks of its own. On a track slices must nest, so that what goes on at the same time as
//! something that it is no part of gets a further track.

use crate::results::{Span, Trace};
use serde_json::{Value, json};

/// The object, with a newline at its end. Times are those of the run, in microseconds.
pub fn perfetto(traces: &[Trace]) -> String {
    let mut events = Vec::new();
    for (index, trace) in traces.iter().enumerate() {
        let process = index + 1;
        let outcome = trace.spans[0].outcome.as_deref().unwrap_or("");
        let name = format!("{} {} ({}): {outcome}", trace.client, trace.serial, trace.sorts.join(", "));
        events.push(json!({ "ph": "M", "name": "process_name", "pid": process, "args": { "name": name } }));
        events.push(
            json!({ "ph": "M", "name": "process_sort_index", "pid": process, "args": { "sort_index": process } }),
        );
        let slices = trace.spans.iter().zip(tracks(&trace.spans));
        events.extend(slices.map(|(span, track)| slice(process, track, span)));
    }
    let object = json!({ "displayTimeUnit": "ms", "traceEvents": events });
    serde_json::to_string(&object).expect("maps with text keys are JSON") + "\n"
}

fn slice(process: usize, track: usize, span: &Span) -> Value {
    let microseconds = |nanoseconds: u64| nanoseconds as f64 / 1e3;
    let mut arguments = json!({ "instance": span.instance });
    if let Some(outcome) = &span.outcome {
        arguments["outcome"] = json!(outcome);
    }
    if let Some(attempt) = span.attempt {
        arguments["attempt"] = json!(attempt);
    }
    json!({
        "ph": "X",
        "name": format!("{}: {}", span.instance, span.name),
        "cat": span.kind.word(),
        "pid": process,
        "tid": track + 1,
        "ts": microseconds(span.from),
        "dur": microseconds(span.until - span.from),
        "args": arguments,
    })
}

/// The track of each span: that of what it is part of, if it nests there, else the first on which it does.
pub(super) fn tracks(spans: &[Span]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..spans.len()).collect();
    order.sort_by_key(|index| (spans[*index].from, std::cmp::Reverse(spans[*index].until), *index));
    let mut tracks = vec![0; spans.len()];
    // The spans that are open on each track, the innermost last.
    let mut open: Vec<Vec<usize>> = Vec::new();
    for index in order {
        let span = &spans[index];
        for stack in &mut open {
            while stack.last().is_some_and(|top| spans[*top].until <= span.from) {
                stack.pop();
            }
        }
        let is_part_of = |mut inner: usize, outer: usize| {
            while let Some(parent) = spans[inner].parent {
                if parent == outer {
                    return true;
                }
                inner = parent;
            }
            false
        };
        let nests = |stack: &Vec<usize>| match stack.last() {
            Some(top) => spans[*top].until >= span.until && is_part_of(index, *top),
            None => true,
        };
        let own = span.parent.map(|parent| tracks[parent]).filter(|track| nests(&open[*track]));
        let free = own.or_else(|| open.iter().position(nests));
        let track = free.unwrap_or_else(|| {
            open.push(Vec::new());
            open.len() - 1
        });
        open[track].push(index);
        tracks[index] = track;
    }
    tracks
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::results::SpanKind;

    pub(in super::super) fn span(parent: Option<usize>, from: u64, until: u64) -> Span {
        Span {
            parent,
            kind: SpanKind::Call,
            name: "get".into(),
            component: "db".into(),
            instance: "db[1]".into(),
            from,
            until,
            attempt: None,
            outcome: None,
            is_failed: false,
        }
    }

    #[test]
    fn what_overlaps_stands_on_tracks_of_its_own() {
        for (spans, expected) in [
            (vec![], vec![]),
            // One after the other.
            (vec![span(None, 0, 9), span(Some(0), 1, 4), span(Some(0), 4, 8)], vec![0, 0, 0]),
            // Side by side, the second with something in it.
            (
                vec![span(None, 0, 9), span(Some(0), 1, 5), span(Some(0), 2, 8), span(Some(2), 3, 4)],
                vec![0, 0, 1, 1],
            ),
            // It outlasts what it is part of.
            (vec![span(None, 0, 5), span(Some(0), 1, 7)], vec![0, 1]),
            // It lies within a stranger.
            (vec![span(None, 0, 9), span(Some(0), 1, 8), span(Some(0), 2, 3)], vec![0, 0, 1]),
        ] {
            assert_eq!(tracks(&spans), expected, "{spans:?}");
        }
    }

    #[test]
    fn slices_in_microseconds() {
        let root = Span { outcome: Some("ok".into()), ..span(None, 1_500, 4_000) };
        let trace = Trace {
            id: 7,
            sorts: vec!["slowest", "random"],
            client: "c".into(),
            serial: 3,
            weight: 1,
            spans: vec![root],
        };
        let object: Value = serde_json::from_str(&perfetto(&[trace])).unwrap();
        let events = object["traceEvents"].as_array().unwrap();
        assert_eq!(events[0]["args"]["name"], "c 3 (slowest, random): ok");
        let slice = &events[2];
        assert_eq!((&slice["ph"], &slice["ts"], &slice["dur"]), (&json!("X"), &json!(1.5), &json!(2.5)));
        assert_eq!((&slice["name"], &slice["cat"]), (&json!("db[1]: get"), &json!("call")));
        assert_eq!(slice["args"], json!({ "instance": "db[1]", "outcome": "ok" }));
    }
}
