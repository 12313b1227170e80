//! What was probably meant by a name that is unknown, and which names there are.

use super::synonym::{synonym, way};
use crate::HELPS;

/// The candidate nearest to a word, if it is near enough to be meant: the Damerau-Levenshtein distance (F.
/// Damerau, 1964) is at most a third of the word's length, and at least one slip is forgiven. If there is none, one with
/// the same stem and another ending, as in "retries" for "retry", or the only one that goes on as the word begins. Of equally
/// near ones the first. The same word in other letters, and what others call by it, go before all.
pub fn suggest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if !HELPS {
        return None;
    }
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let plain = word.to_lowercase().replace(['-', ' '], "_");
    // Some write a path where a name is enough: `fault.lost`.
    let last = plain.rsplit('.').next();
    let is_same = |candidate: &&str| {
        let candidate = candidate.to_lowercase();
        candidate == plain || Some(candidate.as_str()) == last
    };
    if let Some(ours) = candidates.iter().copied().find(is_same).or_else(|| synonym(word, &candidates)) {
        return Some(ours);
    }
    let length = word.chars().count();
    let distance_max = (length / 3).max(1);
    let near = |candidate: &str| {
        let gap = candidate.chars().count().abs_diff(length);
        let distance = if gap > distance_max { gap } else { strsim::damerau_levenshtein(word, candidate) };
        let is_near = distance <= distance_max || has_stem_of(candidate, word);
        is_near.then_some((distance > distance_max, distance))
    };
    let measured = candidates.iter().filter_map(|candidate| Some((near(candidate)?, *candidate)));
    let nearest = measured.min_by_key(|&(rank, _)| rank).map(|(_, name)| name);
    nearest.or_else(|| {
        let mut begun =
            candidates.iter().filter(|candidate| length >= STEM_MIN && candidate.starts_with(&plain));
        begun.next().copied().filter(|_| begun.next().is_none())
    })
}

/// As many letters tell a word from another one.
const STEM_MIN: usize = 4;

/// Whether two words begin with the same four letters or more, and differ in a short ending only.
fn has_stem_of(one: &str, other: &str) -> bool {
    const ENDING_MAX: usize = 3;
    let stem = one.chars().zip(other.chars()).take_while(|(left, right)| left == right).count();
    let longest = one.chars().count().max(other.chars().count());
    stem >= STEM_MIN && longest - stem <= ENDING_MAX
}

/// The help of an unknown name: a suggestion where one is near, and the choices.
pub(crate) fn choices_help(kind: &str, name: &str, choices: &[&str]) -> String {
    /// More choices than this are no help any more.
    const SHOWN_MAX: usize = 40;
    if !HELPS {
        return String::new();
    }
    let mut help = match (way(name, choices), suggest(name, choices.iter().copied())) {
        (Some((_, way)), _) => format!("{way}; "),
        (None, Some(near)) => format!("did you mean `{near}`? "),
        (None, None) => String::new(),
    };
    if choices.is_empty() {
        return format!("there is no {kind} to choose from");
    }
    let shown = &choices[..choices.len().min(SHOWN_MAX)];
    help += &format!("valid {}: {}", plural(kind), shown.join(", "));
    if shown.len() < choices.len() {
        help += ", ...";
    }
    help
}

/// The plural of an English noun, as far as ours go.
fn plural(noun: &str) -> String {
    match noun.strip_suffix('y') {
        Some(stem) if !stem.ends_with(['a', 'e', 'o']) => format!("{stem}ies"),
        _ => format!("{noun}s"),
    }
}

/// A text that is quoted in a message, cut where it is longer than anyone wants to read.
pub(crate) fn shorten(text: &str) -> String {
    /// Longer than any name; a line of a message holds it.
    const SHOWN_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggestions_are_near() {
        for (word, candidates, expected) in [
            ("capcity", &["capacity", "eviction"][..], Some("capacity")),
            ("evcition", &["capacity", "eviction"], Some("eviction")),
            ("ab", &["abc", "cd"], Some("abc")),
            ("xy", &["abc", "cd"], None),
            ("p98", &["p50", "p99"], Some("p99")),
            ("", &["a", "bb"], Some("a")),
            ("zebra", &[], None),
            ("retries", &["deadline", "retry"], Some("retry")),
            ("retrial", &["deadline", "retry"], Some("retry")),
            ("concurrency", &["concurrency_limit"], Some("concurrency_limit")),
            ("round", &["round_robin", "random"], Some("round_robin")),
            ("round", &["round_robin", "round_trip"], None),
            ("LRU", &["arc", "lru"], Some("lru")),
            ("fault.lost", &["lost", "found"], Some("lost")),
            ("Round-Robin", &["round_robin", "random"], Some("round_robin")),
            ("jsq", &["least_outstanding", "random"], Some("least_outstanding")),
            ("Least-Connections", &["least_outstanding", "random"], Some("least_outstanding")),
            ("p2c", &["power_of_d", "random"], Some("power_of_d")),
            ("maglev", &["ring", "modulo"], Some("ring")),
            ("maglev", &["random", "hash_ring"], Some("hash_ring")),
            ("lru_k", &["lru", "2q"], Some("2q")),
            ("lru_k", &["lru", "fifo"], None),
            ("jsq", &["fifo", "random"], None),
        ] {
            assert_eq!(suggest(word, candidates.iter().copied()), expected, "{word}");
        }
    }

    #[test]
    fn many_or_no_choices() {
        let many: Vec<String> = (0..50).map(|number| format!("choice_{number}")).collect();
        let many: Vec<&str> = many.iter().map(String::as_str).collect();
        let help = choices_help("policy", "nothing like it", &many);
        assert!(
            help.starts_with("valid policies: choice_0, ") && help.ends_with(", choice_39, ..."),
            "{help}"
        );
        assert_eq!(choices_help("fault", "x", &[]), "there is no fault to choose from");
    }
}
