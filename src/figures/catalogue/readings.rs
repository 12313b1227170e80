//! What a metric that does not exist may mean.

/// What others call figures: their word for a part of a name and ours.
const WORDS: [(&str, &str); 28] = [
    ("error_rate", "availability"),
    ("error_ratio", "availability"),
    ("failure_rate", "availability"),
    ("success_rate", "availability"),
    ("uptime", "availability"),
    ("http_req_failed", "availability"),
    ("5xx", "availability"),
    ("5xx", "rejected"),
    ("response_time", "latency"),
    ("http_req_duration", "latency"),
    ("duration", "latency"),
    ("response_time", "sojourn"),
    ("duration", "sojourn"),
    ("latency", "sojourn"),
    ("queue_time", "wait"),
    ("throughput", "rate"),
    ("qps", "rate"),
    ("rps", "rate"),
    ("tps", "rate"),
    ("cpu", "utilization"),
    ("cpu_usage", "utilization"),
    ("cpu_utilization", "utilization"),
    ("load", "utilization"),
    ("hit_rate", "hit_ratio"),
    ("hitrate", "hit_ratio"),
    ("hits", "hit_ratio"),
    ("avg", "mean"),
    ("average", "mean"),
];

/// Whose statistics somebody may mean who names none.
const MEASURED: [&str; 3] = ["latency", "sojourn", "wait"];

/// What a name may mean, the likeliest first: with other words for its parts, or with what its statistic is of.
pub(super) fn readings(name: &str) -> impl Iterator<Item = String> {
    let renamed = WORDS.into_iter().filter(|(theirs, _)| name.split('.').any(|part| part == *theirs));
    let renamed: Vec<String> = renamed
        .map(|(theirs, ours)| {
            let part = |part| if part == theirs { ours } else { part };
            name.split('.').map(part).collect::<Vec<&str>>().join(".")
        })
        .collect();
    let filled: Vec<String> = match name.rsplit_once('.') {
        Some((owner, statistic)) => MEASURED.map(|of| format!("{owner}.{of}.{statistic}")).into(),
        None => Vec::new(),
    };
    renamed.into_iter().chain(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_have_other_words_and_statistics_what_they_are_of() {
        for (name, expected) in [
            ("c.error_rate", "c.availability"),
            ("c.response_time.p99", "c.latency.p99"),
            ("lb.latency.p99", "lb.sojourn.p99"),
            ("redis.hitrate", "redis.hit_ratio"),
            ("c.get.p99", "c.get.latency.p99"),
        ] {
            assert_eq!(readings(name).next().as_deref(), Some(expected), "{name}");
        }
        assert_eq!(readings("c").next(), None);
    }
}
