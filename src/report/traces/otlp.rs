//! Traces as OTLP JSON lines, which the file receivers of OpenTelemetry collectors read: a request on a line.
//!
//! Ids are hexadecimal, times are decimal texts of nanoseconds (OpenTelemetry protocol 1, JSON encoding). The clock is that of the
//! run: its measured time begins at the epoch.

use crate::results::{Span, SpanKind, Trace};
use serde_json::{Value, json};

/// The lines, one for each request.
pub fn otlp(traces: &[Trace]) -> String {
    traces.iter().map(|trace| line(trace).to_string() + "\n").collect()
}

/// A request with a resource for each component that had to do with it.
fn line(trace: &Trace) -> Value {
    let mut components: Vec<&str> = trace.spans.iter().map(|span| span.component.as_str()).collect();
    components.sort_unstable();
    components.dedup();
    let resource = |component: &str| {
        let of_it = trace.spans.iter().enumerate().filter(|(_, span)| span.component == component);
        let spans: Vec<Value> = of_it.map(|(index, span)| entry(trace, index, span)).collect();
        json!({
            "resource": { "attributes": [text("service.name", component)] },
            "scopeSpans": [{ "scope": { "name": "windtunnel" }, "spans": spans }],
        })
    };
    json!({ "resourceSpans": components.into_iter().map(resource).collect::<Vec<Value>>() })
}

fn entry(trace: &Trace, index: usize, span: &Span) -> Value {
    /// As the protocol numbers them.
    const INTERNAL: u8 = 1;
    const SERVER: u8 = 2;
    const CLIENT: u8 = 3;
    const ERROR: u8 = 2;
    let kind = match span.kind {
        SpanKind::Visit => SERVER,
        SpanKind::Request | SpanKind::Call => CLIENT,
        SpanKind::Network | SpanKind::Wait | SpanKind::Work => INTERNAL,
    };
    let mut attributes =
        vec![text("service.instance.id", &span.instance), text("windtunnel.kind", span.kind.word())];
    attributes.extend(span.outcome.iter().map(|outcome| text("windtunnel.outcome", outcome)));
    attributes.extend(span.attempt.map(|attempt| number("windtunnel.attempt", u64::from(attempt))));
    if span.parent.is_none() {
        attributes.push(text("windtunnel.sample", &trace.sorts.join(",")));
        attributes.push(number("windtunnel.weight", trace.weight));
    }
    let mut value = json!({
        "traceId": format!("{:032x}", trace.id),
        "spanId": span_id(trace, index),
        "name": span.name,
        "kind": kind,
        "startTimeUnixNano": span.from.to_string(),
        "endTimeUnixNano": span.until.to_string(),
        "attributes": attributes,
    });
    if let Some(parent) = span.parent {
        value["parentSpanId"] = json!(span_id(trace, parent));
    }
    if span.is_failed {
        let message = span.outcome.as_deref().unwrap_or("failed");
        value["status"] = json!({ "code": ERROR, "message": message });
    }
    value
}

/// The id of a span: never nought, which the protocol forbids.
fn span_id(trace: &Trace, index: usize) -> String {
    /// The golden ratio of 2^64: consecutive numbers are far apart, and no two of them meet.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let id = (trace.id as u64).wrapping_add((index as u64 + 1).wrapping_mul(SPREAD));
    format!("{:016x}", id.max(1))
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}

fn number(key: &str, value: u64) -> Value {
    json!({ "key": key, "value": { "intValue": value.to_string() } })
}

#[cfg(test)]
mod tests {
    use super::super::perfetto::tests::span;
    use super::*;

    #[test]
    fn a_line_of_the_protocol() {
        let root = Span {
            kind: SpanKind::Request,
            component: "c".into(),
            instance: "c".into(),
            ..span(None, 5, 90)
        };
        let call = Span {
            outcome: Some("timeout".into()),
            is_failed: true,
            attempt: Some(2),
            ..span(Some(0), 10, 80)
        };
        let trace = Trace {
            id: 0xab,
            sorts: vec!["failed"],
            client: "c".into(),
            serial: 3,
            weight: 4,
            spans: vec![root, call],
        };
        let lines = otlp(&[trace]);
        assert_eq!(lines.matches('\n').count(), 1);
        let value: Value = serde_json::from_str(&lines).unwrap();
        let resources = value["resourceSpans"].as_array().unwrap();
        assert_eq!(resources[0]["resource"]["attributes"], json!([text("service.name", "c")]));
        let (root, call) =
            (&resources[0]["scopeSpans"][0]["spans"][0], &resources[1]["scopeSpans"][0]["spans"][0]);
        assert_eq!(root["traceId"], "000000000000000000000000000000ab");
        assert_eq!((root["spanId"].as_str().unwrap().len(), root.get("parentSpanId")), (16, None));
        assert_eq!(
            (&root["kind"], &root["startTimeUnixNano"], &root["endTimeUnixNano"]),
            (&json!(3), &json!("5"), &json!("90"))
        );
        assert_eq!((&call["parentSpanId"], &call["traceId"]), (&root["spanId"], &root["traceId"]));
        assert_ne!(call["spanId"], root["spanId"]);
        assert_eq!(call["status"], json!({ "code": 2, "message": "timeout" }));
        let expected = [
            text("service.instance.id", "db[1]"),
            text("windtunnel.kind", "call"),
            text("windtunnel.outcome", "timeout"),
            number("windtunnel.attempt", 2),
        ];
        assert_eq!(call["attributes"], json!(expected));
    }
}
