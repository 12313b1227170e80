//! What others call things that have a name here.

use crate::HELPS;

/// Their word and ours; it stands for ours only where that is a choice.
const SYNONYMS: &[(&str, &str)] = &[
    // Balancers.
    ("algorithm", "policy"),
    ("strategy", "policy"),
    ("backends", "targets"),
    ("upstream", "targets"),
    ("upstreams", "targets"),
    ("servers", "targets"),
    ("depends_on", "targets"),
    ("members", "targets"),
    ("health_check", "health"),
    ("healthcheck", "health"),
    ("health_checks", "health"),
    ("liveness_probe", "health"),
    ("readiness_probe", "health"),
    ("retries", "failures"),
    ("unhealthy_threshold", "failures"),
    ("failure_threshold", "failures"),
    ("healthy_threshold", "successes"),
    ("success_threshold", "successes"),
    ("period_seconds", "every"),
    ("outlier_detection", "eject"),
    ("service_name", "service"),
    ("rr", "round_robin"),
    ("least_connections", "least_outstanding"),
    ("least_conn", "least_outstanding"),
    ("leastconn", "least_outstanding"),
    ("least_request", "least_outstanding"),
    ("jsq", "least_outstanding"),
    ("p2c", "power_of_d"),
    ("power_of_two", "power_of_d"),
    ("power_of_two_choices", "power_of_d"),
    ("consistent_hash", "hash_ring"),
    ("consistent_hash", "ring"),
    ("consistent_hashing", "hash_ring"),
    ("consistent_hashing", "ring"),
    ("ring_hash", "hash_ring"),
    ("maglev", "hash_ring"),
    ("maglev", "ring"),
    ("rendezvous", "hash_ring"),
    ("rendezvous", "ring"),
    // Caches and queues.
    ("policy", "eviction"),
    ("size", "capacity"),
    ("max_size", "capacity"),
    ("maxmemory", "capacity"),
    ("max_memory", "capacity"),
    ("max_length", "capacity"),
    ("maxlen", "capacity"),
    ("maxlength", "capacity"),
    ("cache_size", "capacity"),
    ("max_entries", "capacity"),
    ("visibility_timeout", "visibility"),
    ("ack_deadline", "visibility"),
    ("max_receive_count", "attempts"),
    ("max_deliveries", "attempts"),
    ("max_retries", "attempts"),
    ("retries", "attempts"),
    ("dlq", "dead_letter"),
    ("dead_letter_queue", "dead_letter"),
    ("dead_letter_exchange", "dead_letter"),
    ("prefetch_count", "prefetch"),
    ("handler", "each"),
    ("on", "each"),
    ("pops", "places"),
    ("locations", "places"),
    ("location", "place"),
    ("stale_while_revalidate", "refresh_ahead"),
    ("allkeys_lru", "lru"),
    ("volatile_lru", "lru"),
    ("allkeys_lfu", "lfu"),
    ("volatile_lfu", "lfu"),
    ("allkeys_random", "random"),
    ("size", "count"),
    ("expiry", "ttl"),
    ("expires", "ttl"),
    ("expiration", "ttl"),
    ("max_age", "ttl"),
    ("lru_k", "2q"),
    ("lru_2", "2q"),
    ("fcfs", "fifo"),
    ("lcfs", "lifo"),
    ("sjf", "shortest_first"),
    // Stations.
    ("serve", "on"),
    ("serves", "on"),
    ("handler", "on"),
    ("handlers", "on"),
    ("operations", "on"),
    ("endpoints", "on"),
    ("threads", "workers"),
    ("concurrency", "workers"),
    ("cpus", "cores"),
    ("cpu", "cores"),
    ("replicas", "instances"),
    ("count", "instances"),
    ("nodes", "instances"),
    ("queue_size", "queue"),
    ("queue_length", "queue"),
    ("scheduling", "discipline"),
    ("order", "discipline"),
    ("region", "place"),
    ("regions", "places"),
    ("zone", "place"),
    ("zones", "places"),
    // Steps.
    ("sleep", "wait"),
    ("delay", "wait"),
    ("compute", "work"),
    ("cpu", "work"),
    ("http", "call"),
    ("request", "call"),
    ("rpc", "call"),
    ("publish", "send"),
    ("async", "send"),
    ("parallel", "all"),
    ("concurrent", "all"),
    ("race", "any"),
    ("loop", "repeat"),
    ("for", "repeat"),
    ("foreach", "for_each"),
    ("if", "choose"),
    ("switch", "choose"),
    ("reply", "answer"),
    ("respond", "answer"),
    ("throw", "fail"),
    ("raise", "fail"),
    ("probability", "share"),
    ("chance", "share"),
    ("weight", "share"),
    ("percent", "share"),
    ("rate", "share"),
    ("condition", "when"),
    ("if", "when"),
    ("then", "do"),
    ("steps", "do"),
    // Operations.
    ("set", "put"),
    ("store", "put"),
    ("insert", "put"),
    ("publish", "put"),
    ("enqueue", "put"),
    ("push", "put"),
    ("produce", "put"),
    ("write", "put"),
    ("read", "get"),
    ("fetch", "get"),
    ("lookup", "get"),
    ("query", "read"),
    ("select", "read"),
    ("query", "get"),
    ("select", "get"),
    ("get", "read"),
    ("fetch", "read"),
    ("lookup", "read"),
    ("find", "read"),
    ("find", "get"),
    ("insert", "write"),
    ("save", "write"),
    ("put", "write"),
    ("set", "write"),
    ("remove", "delete"),
    ("del", "delete"),
    ("invalidate", "delete"),
    ("evict", "delete"),
    // Edges.
    ("circuit_breaker", "breaker"),
    ("bulkhead", "limit"),
    ("max", "attempts"),
    ("delay", "backoff"),
    ("wait", "backoff"),
    ("max_attempts", "attempts"),
    ("count", "attempts"),
    ("exponential", "doubling"),
    ("threshold", "failures"),
    ("interval", "every"),
    ("period", "every"),
    // Clients.
    ("constant", "even"),
    ("uniform", "even"),
    ("deterministic", "even"),
    ("fixed", "even"),
    ("vus", "users"),
    ("clients", "users"),
    ("think_time", "think"),
    ("exp", "exponential"),
    ("random", "exponential"),
    ("gaussian", "normal"),
    ("stddev", "sd"),
    ("std", "sd"),
    ("sigma", "sd"),
    ("stages", "profile"),
    ("ramp", "profile"),
    // Faults.
    ("duration", "for"),
    ("length", "for"),
    ("start", "at"),
    ("begin", "at"),
    ("end", "until"),
    ("kill", "crash"),
    ("down", "crash"),
    ("outage", "crash"),
    ("terminate", "crash"),
    ("freeze", "pause"),
    ("hang", "pause"),
    ("slowdown", "slow"),
    ("packet_loss", "loss"),
    ("split", "partition"),
    // The tables of a scenario, and their keys.
    ("edge", "call"),
    ("link", "call"),
    ("policy", "call"),
    ("service", "server"),
    ("microservice", "server"),
    ("app", "server"),
    ("api", "server"),
    ("node", "server"),
    ("load_balancer", "balancer"),
    ("loadbalancer", "balancer"),
    ("lb", "balancer"),
    ("proxy", "balancer"),
    ("gateway", "balancer"),
    ("db", "database"),
    ("sql", "database"),
    ("postgres", "database"),
    ("mysql", "database"),
    ("store", "database"),
    ("storage", "database"),
    ("redis", "cache"),
    ("memcached", "cache"),
    ("user", "client"),
    ("users", "client"),
    ("load", "client"),
    ("workload", "client"),
    ("traffic", "client"),
    ("topic", "queue"),
    ("stream", "queue"),
    ("broker", "queue"),
    ("kafka", "queue"),
    ("sqs", "queue"),
    ("worker", "consumer"),
    ("cron", "job"),
    ("timer", "job"),
    ("limiter", "rate_limiter"),
    ("bloom_filter", "filter"),
    ("external", "provider"),
    ("third_party", "provider"),
    ("hpa", "autoscaler"),
    ("min_replicas", "min"),
    ("max_replicas", "max"),
    ("min_instances", "min"),
    ("max_instances", "max"),
    ("services", "server"),
    ("master", "primary"),
    ("leader", "primary"),
    ("slave", "replica"),
    ("follower", "replica"),
    ("secondary", "replica"),
    ("scaler", "autoscaler"),
    ("chaos", "fault"),
    ("failure", "fault"),
    ("incident", "fault"),
    ("toxic", "fault"),
    ("objective", "slo"),
    ("objectives", "slo"),
    ("sla", "slo"),
    ("thresholds", "slo"),
    ("assert", "slo"),
    ("experiment", "variant"),
    ("cost", "price"),
    ("costs", "price"),
    ("settings", "scenario"),
    ("config", "scenario"),
    ("simulation", "scenario"),
    ("options", "scenario"),
    ("time", "duration"),
    ("length", "duration"),
    ("name", "title"),
    ("runs", "replications"),
    ("repetitions", "replications"),
    ("rtt", "round_trip"),
    ("latency", "round_trip"),
    ("ignore", "allow"),
    ("disable", "allow"),
];

/// What stands in help for an edge; where the text tells which one it is, that takes its place.
pub(super) const EDGE: &str = "CALLER -> CALLEE";

/// What stands in help for an operation of somebody; where the text tells whose, that takes its place.
pub(super) const TARGET: &str = "web.show";

/// How many somebody serves at once, and how many a caller asks him for at once.
const CONNECTIONS: &str = "write `workers = 50` for how many it serves at once, or `pool = { size = 50 }` in [call.\"CALLER -> CALLEE\"]";

/// How many requests of a caller are on their way at once.
const POOL: &str = "write `pool = { size = 50 }`";

/// The same for what is no key of a client.
const CLIENTS_POOL: &str = "write [call.\"CALLER -> CALLEE\"], and below `pool = { size = 50 }`; users who wait for their answers are `arrivals = { users = 50, think = \"1 s\" }`";

/// Whom a component asks that is no balancer.
const CALLS: &str = "whom it asks is a step of a handler, as in `on.show = [ { call = \"db.read\" } ]`";

/// Where it is said that a call is tried again.
const AUTOSCALER: &str =
    "write [autoscaler.NAME], and below `target`, `min`, `max` and `follow = { utilization = \"70 %\" }`";
const HEALTH: &str = "a balancer checks its targets: `health = { every = \"5 s\" }` in [balancer.NAME]";
const RETRIES: &str = "write [call.\"CALLER -> CALLEE\"], and below `retry = { attempts = 3 }`";

/// What to write for a word that has no counterpart of the same form, where a key is a choice: the word, the key, the way.
const WAYS: &[(&str, &str, &str)] = &[
    ("vus", "arrivals", "write `arrivals = { users = 50, think = \"1 s\" }`"),
    ("concurrency", "arrivals", "write `arrivals = { users = 50, think = \"1 s\" }`"),
    ("rate", "arrivals", "write `arrivals = { poisson = \"100 /s\" }`"),
    ("rps", "arrivals", "write `arrivals = { poisson = \"100 /s\" }`"),
    ("qps", "arrivals", "write `arrivals = { poisson = \"100 /s\" }`"),
    (
        "stages",
        "arrivals",
        "write `arrivals = { poisson = \"100 /s\", profile = [[\"0 s\", 1.0], [\"30 s\", 5.0]] }`",
    ),
    ("work", "each", "write `each = [ { work = \"5 ms\" } ]`"),
    ("target", "request", "write whom it asks, and for what: `request = \"web.show\"`"),
    ("targets", "request", "write whom it asks, and for what: `request = \"web.show\"`"),
    ("target", "on", CALLS),
    ("targets", "on", CALLS),
    ("depends_on", "on", CALLS),
    ("target", "deadline", "the name of the table says who asks whom: [call.\"CALLER -> CALLEE\"]"),
    ("connections", "deadline", POOL),
    ("max_connections", "deadline", POOL),
    ("connections", "arrivals", CLIENTS_POOL),
    ("max_connections", "arrivals", CLIENTS_POOL),
    ("connections", "think", CLIENTS_POOL),
    ("max_connections", "think", CLIENTS_POOL),
    ("connections", "workers", CONNECTIONS),
    ("max_connections", "workers", CONNECTIONS),
    ("retries", "request", RETRIES),
    ("retry", "request", RETRIES),
    ("retries", "within", RETRIES),
    ("retry", "within", RETRIES),
    (
        "hit_ratio",
        "eviction",
        "how much is hit comes of `capacity`, `eviction` and the keys that are asked for",
    ),
    (
        "hit_rate",
        "eviction",
        "how much is hit comes of `capacity`, `eviction` and the keys that are asked for",
    ),
    ("latency", "replication", "write what a `read` and a `write` take of a worker"),
    ("latency", "on", "what a handler takes is a step of it, as in [ { work = \"5 ms\" } ]"),
    ("cpu", "follow", "write `follow = { utilization = \"70 %\" }`"),
    ("autoscale", "on", AUTOSCALER),
    ("autoscaling", "on", AUTOSCALER),
    ("hpa", "on", AUTOSCALER),
    ("min_replicas", "on", AUTOSCALER),
    ("max_replicas", "on", AUTOSCALER),
    ("target_cpuutilization_percentage", "follow", "write `follow = { utilization = \"70 %\" }`"),
    ("target_utilization", "follow", "write `follow = { utilization = \"70 %\" }`"),
    ("liveness_probe", "on", HEALTH),
    ("readiness_probe", "on", HEALTH),
    ("health_check", "on", HEALTH),
    ("healthcheck", "on", HEALTH),
    ("health", "on", HEALTH),
    (
        "resources",
        "on",
        "write `cores = 4` for how much computes at once, and `heap` for memory that fills up",
    ),
    (
        "error_rate",
        "on",
        "what fails now and then is a step: { choose = [ { share = \"1 %\", do = [ { fail = \"error\" } ] }, { do = [] } ] }",
    ),
    ("rate_limit", "on", "write [rate_limiter.NAME] with `targets`, and call that one"),
    ("rate_limit", "targets", "write [rate_limiter.NAME] with `targets`, and call that one"),
    ("target", "crash", "write whom it befalls behind the condition, as in `crash = [\"web[0]\"]`"),
    ("type", "crash", "write the condition as a key, as in `crash = [\"web[0]\"]`"),
    ("every", "until", "what strikes again and again is a [campaign.NAME] with `mttf` and `mttr`"),
    ("sigma", "median", "say how far it spreads by `p99`, or by `mean`"),
    ("metric", "expect", "write it as a text, as in \"visitors.latency.p99 < 100 ms\""),
];

/// The choice that others call by a word.
pub(super) fn synonym<'a>(word: &str, choices: &[&'a str]) -> Option<&'a str> {
    if !HELPS {
        return None;
    }
    let word = plain(word);
    let ours = |known: &&(&str, &str)| known.0 == word && choices.contains(&known.1);
    let (_, ours) = SYNONYMS.iter().find(ours)?;
    choices.iter().find(|choice| *choice == ours).copied()
}

/// What to write for a word that none of the choices stands for, with the key that is written.
pub(super) fn way(word: &str, choices: &[&str]) -> Option<(&'static str, &'static str)> {
    if !HELPS {
        return None;
    }
    let word = plain(word);
    let found = WAYS.iter().find(|(theirs, key, _)| *theirs == word && choices.contains(key));
    found.map(|(_, key, way)| (*key, *way))
}

fn plain(word: &str) -> String {
    let mut plain = String::with_capacity(word.len() + 4);
    let mut before = ' ';
    for letter in word.chars() {
        // As in `maxReplicas`.
        if letter.is_ascii_uppercase() && before.is_ascii_lowercase() {
            plain.push('_');
        }
        before = letter;
        plain.push(if ['-', ' '].contains(&letter) { '_' } else { letter.to_ascii_lowercase() });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_others_are_known_where_ours_fit() {
        for (word, choices, expected) in [
            ("jsq", &["least_outstanding", "random"][..], Some("least_outstanding")),
            ("Least-Connections", &["least_outstanding", "random"], Some("least_outstanding")),
            ("maglev", &["ring", "modulo"], Some("ring")),
            ("maglev", &["random", "hash_ring"], Some("hash_ring")),
            ("lru_k", &["lru", "fifo"], None),
            ("policy", &["eviction", "ttl"], Some("eviction")),
            ("policy", &["call", "server"], Some("call")),
            ("if", &["choose", "work"], Some("choose")),
            ("if", &["share", "when", "do"], Some("when")),
            ("duration", &["at", "for"], Some("for")),
            ("duration", &["title"], None),
        ] {
            assert_eq!(synonym(word, choices), expected, "{word}");
        }
        let users = "write `arrivals = { users = 50, think = \"1 s\" }`";
        assert_eq!(way("VUs", &["arrivals"]), Some(("arrivals", users)));
        assert_eq!(way("vus", &["users"]), None);
        assert_eq!(synonym("maxReplicas", &["min", "max"]), Some("max"));
        assert_eq!(way("livenessProbe", &["on"]), Some(("on", HEALTH)));
    }

    #[test]
    fn no_word_stands_for_itself_or_twice_for_the_same() {
        for (index, (word, ours)) in SYNONYMS.iter().enumerate() {
            assert_ne!(word, ours);
            assert_eq!(plain(word), *word);
            assert!(!SYNONYMS[..index].contains(&(*word, *ours)), "{word}");
        }
    }
}
