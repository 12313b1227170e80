//! What somebody may mean who writes a word behind a number that is no unit.

use super::dimension::Dimension;
use super::quantity::{Calendar, unit_word};
use super::suggestion::suggest;
use super::unit;

/// Help for a word that is no unit: `number` is what stands before it, `rest` begins with it; of units that measure what is
/// expected first, if anything is.
pub(super) fn help(number: &str, rest: &str, expected: &[Dimension]) -> String {
    let word = unit_word(rest).unwrap_or_default();
    let number = number.trim();
    if let Some(counted) = counted(number, rest) {
        return counted;
    }
    if is_chain(word) {
        return "the parts of a duration stand apart, as in \"1 h 30 min\"".to_owned();
    }
    let is_factor = ["x", "times", "fold"].contains(&word.to_lowercase().as_str());
    if is_factor && expected.iter().all(|dimension| *dimension == Dimension::NONE) {
        return format!("a factor has no unit: write `{number}`");
    }
    let units = match expected {
        [] => unit::LIST.to_owned(),
        _ => expected.iter().map(|dimension| dimension.units()).collect::<Vec<_>>().join("; "),
    };
    match near(word, number.ends_with('/'), expected) {
        Some(near) => format!("did you mean `{near}`? units: {units}"),
        None => format!("units: {units}"),
    }
}

/// "100 req/s", "100 per second": the rate without the name of what is counted.
fn counted(number: &str, rest: &str) -> Option<String> {
    let word = unit_word(rest)?;
    let behind = rest[word.len()..].trim_start();
    let (named, per) = match word {
        "per" => (false, behind),
        _ => (true, behind.strip_prefix('/').or_else(|| behind.strip_prefix("per "))?),
    };
    let written = unit_word(per.trim_start())?;
    let unit = correction(written).unwrap_or(written);
    let is_time = unit::find(unit, Calendar::default()).is_some_and(|unit| unit.dimension == Dimension::TIME);
    if !is_time || named && near(word, false, &[]).is_some_and(|unit| unit != "/s") {
        return None;
    }
    let reason = if named { ": what is counted needs no name" } else { "" };
    let space = if number.starts_with('$') { "" } else { " " };
    Some(format!("write \"{number}{space}/{unit}\"{reason}"))
}

/// Whether a word has a unit and then a number: `m30s` of "1m30s".
fn is_chain(word: &str) -> bool {
    let digits = word.trim_start_matches(|letter: char| letter.is_ascii_lowercase());
    digits.len() < word.len() && digits.starts_with(|letter: char| letter.is_ascii_digit())
}

/// The unit that is probably meant by a word, behind a `/` or in front of it.
fn near(word: &str, is_divisor: bool, expected: &[Dimension]) -> Option<&'static str> {
    if let Some(correct) = correction(word) {
        return Some(correct);
    }
    let measures = |unit: &&str| {
        let dimension = unit::find(unit, Calendar::default()).map(|unit| unit.dimension);
        let fits = |wanted: Dimension| match wanted {
            _ if is_divisor => dimension == Some(Dimension::TIME),
            Dimension::BANDWIDTH => dimension == Some(Dimension::BYTES),
            Dimension::RATE => dimension == Some(Dimension::NONE),
            wanted => dimension == Some(wanted),
        };
        expected.is_empty() || expected.iter().any(|wanted| fits(*wanted))
    };
    let fitting: Vec<&'static str> = unit::words().filter(measures).collect();
    let same = |unit: &&&str| unit.eq_ignore_ascii_case(word);
    let otherwise_written = fitting.iter().find(same).copied();
    // A word that has nothing in common with a unit but its length is no misspelt unit.
    let shares_a_letter = |unit: &str| unit.chars().any(|letter| word.contains(letter));
    otherwise_written.or_else(|| suggest(word, fitting.iter().copied().filter(|unit| shares_a_letter(unit))))
}

/// What people write for a unit of ours, where the likeness of the letters does not tell.
fn correction(word: &str) -> Option<&'static str> {
    Some(match word {
        "K" => "k",
        "KB" | "Kb" | "kb" => "kB",
        "sec" | "secs" | "second" | "seconds" => "s",
        "mins" | "minute" | "minutes" => "min",
        "hr" | "hrs" | "hour" | "hours" => "h",
        "d" | "days" => "day",
        "w" | "weeks" => "week",
        "mo" | "months" => "month",
        "y" | "yr" | "years" => "year",
        "µs" | "μs" | "usec" => "us",
        "msec" | "millis" => "ms",
        "bps" => "bit/s",
        "kbps" | "Kbps" => "kbit/s",
        "Mbps" => "Mbit/s",
        "Gbps" => "Gbit/s",
        "rps" | "qps" | "tps" => "/s",
        "rpm" => "/min",
        "byte" | "bytes" | "Bytes" => "B",
        "bits" => "bit",
        "object" | "items" | "entries" | "keys" => "objects",
        "percent" | "pct" => "%",
        "USD" => "$",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_unit_is_corrected() {
        for word in unit::words() {
            assert_eq!(correction(word), None, "{word}");
        }
    }

    #[test]
    fn what_is_meant_fits_what_is_expected() {
        let (time, rate, number) = (Dimension::TIME, Dimension::RATE, Dimension::NONE);
        let room = [Dimension::OBJECTS, Dimension::BYTES];
        for (number, rest, expected, meant) in [
            ("100", "mb", &room[..], "did you mean `MB`?"),
            ("100", "gib", &room, "did you mean `GiB`?"),
            ("100", "MS", &[], "did you mean `ms`?"),
            ("100", "MS", &[time], "did you mean `ms`?"),
            ("5", "x", &[number], "a factor has no unit: write `5`"),
            ("5", "x", &[time], "units: ns"),
            ("5", "S", &[time], "did you mean `s`?"),
            ("5", "mss", &[time], "did you mean `ms`?"),
            ("100", "qq", &[number], "units: none"),
            ("100", "req/s", &[rate], "write \"100 /s\": what is counted needs no name"),
            ("100", "requests per minute", &[rate], "write \"100 /min\": what is counted needs no name"),
            ("100", "per second", &[rate], "write \"100 /s\""),
            ("$0.10", "per hour", &[], "write \"$0.10/h\""),
            ("100", "K/s", &[rate], "did you mean `k`?"),
            ("100 /", "S", &[rate], "did you mean `s`?"),
            ("100", "rps", &[rate], "did you mean `/s`?"),
            ("1", "m30s", &[time], "the parts of a duration stand apart, as in \"1 h 30 min\""),
            ("1", "µs", &[time], "did you mean `us`?"),
        ] {
            let help = help(number, rest, expected);
            assert!(help.starts_with(meant), "{number} {rest}: {help}");
        }
    }
}
