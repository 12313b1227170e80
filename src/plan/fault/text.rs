//! Faults as people read them.

use crate::fault::{
    Canary, ClockChange, Condition, Deploy, Disk, Fault, LinkEffect, Notice, Schedule, Start, Version,
};
use crate::scenario::{Node, Value, format_bytes, format_count, format_duration, format_share};
use crate::units::{SECOND, Span, Time};

/// Whom a condition befalls, as it is written; groups are parted by `|`.
pub(super) fn targets(node: &Node) -> String {
    match &node.value {
        Value::Text(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
        Value::Array(nodes) => {
            let is_nested = nodes.iter().any(|node| matches!(node.value, Value::Array(_)));
            let texts: Vec<String> = nodes.iter().map(targets).collect();
            texts.join(if is_nested { " | " } else { ", " })
        }
        _ => String::new(),
    }
}

/// A fault on a line, "crash urls.primary; silent; from 4 min to 6 min": on the clock of the file, which is 0 at `start`.
pub fn describe_fault(fault: &Fault, start: Time) -> String {
    let Fault { word, targets, condition, .. } = fault;
    let what = [vec![format!("{word} {targets}")], details(condition)].concat().join("; ");
    format!("{what}; {}", when(&fault.schedule, start))
}

fn details(condition: &Condition) -> Vec<String> {
    match condition {
        Condition::Crash { notice, disk, .. } => {
            let silent = (*notice == Notice::Silent).then(|| "silent".to_owned());
            let lost = (*disk == Disk::Lost).then(|| "disks are lost".to_owned());
            silent.into_iter().chain(lost).collect()
        }
        Condition::Pause { .. } => Vec::new(),
        Condition::Slow { factor, .. } => vec![format!("{} times", format_count(*factor))],
        Condition::Errors { share, .. } => vec![share_text(*share)],
        Condition::Capacity { workers, cores, .. } => {
            let limit = |name: &str, limit: Option<u32>| {
                limit.map(|limit| format!("{name} {}", format_count(f64::from(limit))))
            };
            limit("workers", *workers).into_iter().chain(limit("cores", *cores)).collect()
        }
        Condition::Clock { change, .. } => vec![match change {
            ClockChange::Skew(offset) => format!("skew {}", signed(*offset as f64)),
            ClockChange::Step(offset) => format!("step {}", signed(*offset as f64)),
        }],
        Condition::Deploy(deploy) => deploy_text(deploy),
        Condition::Links { effect, .. } => vec![match effect {
            LinkEffect::Cut => "messages are lost".to_owned(),
            LinkEffect::Hold => "messages are held".to_owned(),
            LinkEffect::Latency(law) => format!("latency {}", mean(law.mean())),
            LinkEffect::Loss(share) => format!("loss {}", share_text(*share)),
            LinkEffect::Bandwidth(bandwidth) => format!("{}/s", format_bytes(*bandwidth)),
        }],
    }
}

fn deploy_text(deploy: &Deploy) -> Vec<String> {
    let duration = |span: Span| format_duration(span.seconds());
    let mut texts = vec![match deploy.batch {
        u32::MAX => "all at once".to_owned(),
        batch => format!("{batch} at a time"),
    }];
    let times = [(deploy.pause, "pause"), (deploy.drain, "drain")].into_iter();
    texts.extend(
        times.filter(|(span, _)| *span > Span::ZERO).map(|(span, word)| format!("{word} {}", duration(span))),
    );
    let Version { factor, errors, start } = deploy.version;
    texts.extend((factor != 1.0).then(|| format!("{} times as long", format_count(factor))));
    texts.extend((errors > 0).then(|| format!("{} errors", share_text(errors))));
    texts.extend((start == Start::Crashes).then(|| "never comes up".to_owned()));
    texts.extend(deploy.canary.map(|Canary { instances, watch, errors, latency }| {
        let errors = errors.map(|share| format!("{} more errors", format_share(share)));
        let latency = latency.map(|times| format!("{} times the latency", format_count(times)));
        let limits: Vec<String> = errors.into_iter().chain(latency).collect();
        format!("{instances} first, back after {} with {}", duration(watch), limits.join(" or "))
    }));
    texts
}

fn when(schedule: &Schedule, start: Time) -> String {
    let clock = |time: Time| signed(time.0 as f64 - start.0 as f64);
    match schedule {
        Schedule::Once { from, until: Time::NEVER } => format!("from {} on", clock(*from)),
        Schedule::Once { from, until } => format!("from {} to {}", clock(*from), clock(*until)),
        Schedule::Campaign { to_failure, to_repair, .. } => {
            format!(
                "again and again: fails after {}, well after {}",
                mean(to_failure.mean()),
                mean(to_repair.mean())
            )
        }
    }
}

fn share_text(share: u64) -> String {
    format_share(share as f64 / 18_446_744_073_709_551_616.0)
}

/// A mean \[ns\].
fn mean(mean: Option<f64>) -> String {
    mean.map_or("no mean".to_owned(), |mean| format!("mean {}", format_duration(mean / SECOND as f64)))
}

/// A length of time \[ns\] with its sign.
fn signed(nanoseconds: f64) -> String {
    let size = format_duration(nanoseconds.abs() / SECOND as f64);
    if nanoseconds < 0.0 { format!("-{size}") } else { size }
}
