//! Slips that people made, figures that are right, and random ones.

use super::super::tests::read;
use super::*;

/// The suspicions about the last estimate of a table.
fn of(text: &str) -> Vec<Suspicion> {
    let (estimates, _) = read(text);
    let last = estimates.iter().last().unwrap();
    suspected(last, last.noted.as_ref().unwrap(), &estimates)
}

/// Slips of published study notes on capacity estimates: a table, the likeliest slip and how it came about.
#[test]
fn slips_that_people_made_are_named() {
    let mail = "users = \"1 G\"\nreceived = \"40 /day\"\nmail = \"50 kB\"\n";
    let maps = "users = \"1 G\"\nused = \"5 min\"\npeak = 5\n";
    let sum = "bodies = \"730 PB\"\nattachments = \"1460 PB\"\n";
    let day = "as with a day of 100,000 s";
    for (inputs, line, slip, how) in [
        // Terabytes for petabytes, three times; the third one is rounded as well.
        (
            mail,
            "is = \"users * received * mail * 365 day\", noted = \"730 TB\"",
            "prefix",
            "1000 times too small: 730 PB would fit",
        ),
        (
            mail,
            "is = \"users * received * 10 * mail * 20 % * 365 day\", noted = \"1460 TB\"",
            "prefix",
            "1000 times too small: 1.46 EB would fit",
        ),
        (
            sum,
            "is = \"bodies + attachments\", noted = \"2200 TB\"",
            "prefix",
            "1000 times too small: 2.2 EB would fit",
        ),
        // 10^9 MB for 100 PB.
        (
            "yearly = \"100 PB\"\n",
            "is = \"yearly / 60 MB\", noted = \"16_666_666\"",
            "decimals",
            "2 decimal places too small: 1.667 G would fit",
        ),
        // Eleven nines of which nine are counted, and two shares that have each other's nines.
        (
            "",
            "is = \"99.999999999 %\", noted = \"99.9999999 %\"",
            "decimals",
            "2 decimal places too large: 1.000e-11 would fit",
        ),
        (
            "other = { is = \"99.99 %\", noted = \"99.9999 %\" }\n",
            "is = \"99.9999 %\", noted = \"99.99 %\"",
            "swapped",
            "it is that of `other`, whose figure belongs here",
        ),
        (
            "writes = \"5 %\"\n",
            "is = \"(1 - writes) / writes\", noted = \"20\"",
            "off_by_one",
            "one too many",
        ),
        // A unit that is missing, and one that is another.
        (
            "users = \"10 M\"\n",
            "is = \"users * 10 /day * 20 B * 20 %\", noted = \"0.4 GB\", slip = \"unit\"",
            "unit",
            "per day it would fit",
        ),
        (
            "users = \"5 M\"\n",
            "is = \"users * 5 * 0.3 GB * $0.02/GB\", noted = \"150_000 %\", slip = \"unit\"",
            "unit",
            "in dollars it would fit",
        ),
        ("", "is = \"100 B\", noted = 100, slip = \"unit\"", "unit", "in bytes it would fit"),
        ("users = \"10 M\"\n", "is = \"users * 10\", noted = \"10 M\"", "left_out", "10 left out"),
        ("", "is = \"9 + 1\", noted = 11", "off_by_one", "one too many"),
        (
            "url = \"100 B\"\nrest = \"15 B\"\n",
            "is = \"365 G * (url + rest)\", noted = \"36.5 TB\"",
            "left_out",
            "`rest` = 15 B left out",
        ),
        // Days of 100,000 seconds.
        ("users = \"100 M\"\n", "is = \"users * 5 /day\", noted = \"5000 /s\"", "day", day),
        (maps, "is = \"users * used / 1 s / day\", noted = \"3 M/s\"", "day", day),
        (maps, "is = \"users * used / 15 s / day\", noted = \"200 k/s\"", "day", day),
        (maps, "is = \"peak * users * used / 15 s / day\", noted = \"1 M/s\"", "day", day),
        ("users = \"1 G\"\n", "is = \"users / (86_400 * 1 s)\", noted = \"10 k/s\"", "day", day),
        ("users = \"1 G\"\n", "is = \"5 * users / day\", noted = \"50 k/s\"", "day", day),
        ("users = \"1 G\"\n", "is = \"users * 40 / day\", noted = \"400 k/s\"", "day", day),
        // A cell of a geohash in metres.
        ("", "is = \"40075017 / 2 ^ 30\", noted = \"0.03\"", "cut", "digits cut off instead of rounded"),
        (
            "users = \"100 M\"\nactive = 40\n",
            "is = \"users * active * 20 B\", noted = \"200 GB\"",
            "input",
            "as with `active` = 100 instead of 40",
        ),
        // Kilobits for kilobytes, one level for all of them, a round hundred, and a level too few.
        (
            "tile = \"100 kB\"\n",
            "is = \"4 ^ 21 * tile\", noted = \"55 PB\"",
            "bits",
            "bits for bytes: 8 times too small",
        ),
        (
            "deepest = \"440 PB\"\nlevels = \"4 / 3\"\n",
            "is = \"deepest * levels\", noted = \"440 PB\"",
            "left_out",
            "`levels` = 1.333 left out",
        ),
        (
            "levels = \"4 / 3\"\n",
            "is = \"50 PB * levels\", noted = \"100 PB\"",
            "rounded_up",
            "rounded up to the next power of ten",
        ),
        ("", "is = \"4 ^ 21\", noted = \"1.1 T\"", "off_by_one", "as with 20 instead of 21"),
        // Powers of two that go by the names of powers of ten.
        ("", "is = \"2 ^ 30\", noted = 109", "exponent", "10^9 written flat"),
        ("", "is = \"2 ^ 30\", noted = \"1 G\"", "binary_prefix", "1000 for 1024, 3 times"),
        ("", "is = \"2 ^ 40\", noted = \"1 T\"", "binary_prefix", "1000 for 1024, 4 times"),
        ("", "is = \"1 PB\", noted = \"1126 TB\"", "binary_prefix", "1024 for 1000, 5 times"),
        // A line of 1 Gbit/s that carries 100 MB/s.
        ("", "is = \"2 kB / 1 Gbit/s\", noted = \"20 us\"", "framing", "ten bits for a byte: 25 % too much"),
        ("", "is = \"1 MB / 1 Gbit/s\", noted = \"10 ms\"", "framing", "ten bits for a byte: 25 % too much"),
        (
            "week = 1\nraw = \"7 day\"\nfine = \"30 day\"\ncoarse = \"365 day\"\n",
            "is = \"raw + fine + coarse\", noted = \"365 day\"",
            "alone",
            "that is `coarse` = 365 day alone",
        ),
    ] {
        let inputs = inputs.replace("week = 1\n", "");
        let found = of(&format!("{inputs}z = {{ {line} }}"));
        let first = found.first().map(|suspicion| (suspicion.slip, suspicion.how.as_str()));
        assert_eq!(first, Some((slip, how)), "{line}: {found:?}");
    }
}

/// One for each kind that the table above does not have.
#[test]
fn every_kind_of_slip_can_be_found() {
    for (text, slip, how) in [
        (
            "users = \"1 M\"\ncopies = 3\nz = { is = \"users * 1 kB * copies\", noted = \"1 GB\" }",
            "left_out",
            "`copies` = 3 left out",
        ),
        (
            "users = \"1 M\"\ncopies = 3\nz = { is = \"users * 1 kB * copies\", noted = \"9 GB\" }",
            "twice",
            "`copies` = 3 counted twice",
        ),
        (
            "users = \"1 M\"\ncopies = 3\nz = { is = \"users * 1 kB\", noted = \"3 GB\" }",
            "extra",
            "`copies` = 3 counted as well",
        ),
        (
            "users = \"1 M\"\nz = { is = \"users * 1 kB\", noted = \"3 GB\" }",
            "copies",
            "as if there were three copies",
        ),
        ("peak = 2\nz = { is = \"1157 /s * peak\", noted = \"1160 /s\" }", "left_out", "`peak` = 2 left out"),
        ("z = { is = \"1157 /s\", noted = \"2310 /s\" }", "peak", "twice as much: the peak, or both ways?"),
        ("z = { is = \"100 M/day\", noted = \"100 M/s\" }", "time_unit", "per day taken for per second"),
        ("z = { is = \"100 k/s\", noted = \"6 M/s\" }", "time_unit", "per minute taken for per second"),
        ("z = { is = \"600 day\", noted = \"600 s\" }", "time_unit", "days taken for seconds"),
        ("z = { is = \"125 MB/s\", noted = \"1 GB/s\" }", "bits", "bits for bytes: 8 times too large"),
        ("z = { is = \"1 G\", noted = \"1 M\" }", "prefix", "1000 times too small: 1 G would fit"),
        (
            "hits = \"90 %\"\nz = { is = \"1157 /s * (1 - hits)\", noted = \"1041 /s\" }",
            "complement",
            "as with the rest of `hits` = 90 %",
        ),
        (
            "node = 100\nz = { is = \"1157 /s / node\", noted = \"115.7 k/s\" }",
            "inverted",
            "`node` = 100 on the wrong side of a division",
        ),
        ("z = { is = \"2 /s * 7 day\", noted = \"172_800\" }", "left_out", "7 day counted as 1 day"),
        (
            "acts = \"10 /day\"\nz = { is = \"5 M * acts\", noted = \"57.9 /s\" }",
            "left_out",
            "`acts` = 10 /day counted as 1 /day",
        ),
        (
            "z = { is = \"1157 /s * 1 day\", noted = \"4.17 M\" }",
            "time_unit",
            "as with hours instead of days",
        ),
        ("z = { is = \"1157 /s\", noted = \"38.6 /s\" }", "time_unit", "per day taken for per month"),
        ("z = { is = \"8.76 h\", noted = \"43.8 min\" }", "time_unit", "years taken for months"),
        ("z = { is = \"5 TB\", noted = \"10 TB\" }", "copies", "as if there were two copies"),
        (
            "every = \"10 s\"\nz = { is = \"10 M / every\", noted = \"10 M\", slip = \"unit\" }",
            "unit",
            "with `every` = 10 s counted it would fit",
        ),
        ("z = { is = \"1500\", noted = \"15\" }", "decimals", "2 decimal places too small: 1.5 k would fit"),
        ("z = { is = \"1234.5\", noted = \"772\" }", "unexplained", "no usual slip explains it"),
    ] {
        let found = of(text);
        let first = found.first().map(|suspicion| (suspicion.slip, suspicion.how.as_str()));
        assert_eq!(first, Some((slip, how)), "{text}: {found:?}");
    }
}

/// What is right, and what is rounded as people round.
#[test]
fn what_is_no_slip_is_not_suspected() {
    for (is, noted) in [
        ("100 M/day", "1160 /s"),
        ("1 G/day", "11600 /s"),
        ("100 M/day * 3650 day", "365 G"),
        ("62 ^ 7", "3.5 T"),
        ("62 ^ 7 * 100 B", "352 TB"),
        ("1 G/month", "400 /s"),
        ("2 G/month", "800 /s"),
        ("1 G * 500 kB", "500 TB"),
        ("500 TB * 60", "30 PB"),
        ("2 G/day", "24 k/s"),
        ("4 G/day", "48 k/s"),
        ("5 M * 10 % * 300 MB", "150 TB"),
        ("5 M * 5 * 0.3 GB * $0.02/GB", "$150 k"),
        ("30 PB * 71 %", "21 PB"),
        ("10 M / 30 s", "330 k/s"),
        // Exactly five percent.
        ("10 M / 30 s * 40", "14 M/s"),
        ("ceil(10 M / 30 s * 40 / 100 k/s)", "140"),
        ("4 ^ 21", "4.4 T"),
        ("4 ^ 21 * 100 kB", "440 PB"),
        ("0.7 * 1 M / 3", "240 k"),
        ("0.7 * 1 M / 3 day", "3 /s"),
        ("240 k/day", "2.78 /s"),
        ("20 % * 0.5 MB + 60 % * 32 MB + 20 % * 200 MB", "60 MB"),
        ("5 k * 20 * 365 * 2", "73 M"),
        ("1 G * 0.1 kB", "100 GB"),
        ("29 %", "30 %"),
        ("2 ^ 10", "1 k"),
        ("2 ^ 20", "1 M"),
        ("99.9996 %", "99.9996 %"),
        ("99.537 %", "99.5 %"),
        ("1 / 3", "0.33"),
        ("2 / 3", "0.7"),
        ("1.4", "1"),
        ("0", "0"),
        ("0 - 5", "-5"),
    ] {
        assert_eq!(of(&format!("z = {{ is = \"{is}\", noted = \"{noted}\" }}")), [], "{is}, noted {noted}");
    }
}

/// Factors that would say something elsewhere: a link's framing of what only lies there or knows no bytes, a peak of what is
/// stored, a thousand copies, and the next decimal place of a figure that has one digit.
#[test]
fn what_cannot_be_is_not_suspected() {
    for (text, never) in [
        ("z = { is = \"500 GB\", noted = \"625 GB\" }", "framing"),
        ("z = { is = \"1000 /s\", noted = \"1250 /s\" }", "framing"),
        ("z = { is = \"1000 /s\", noted = \"8000 /s\" }", "bits"),
        ("z = { is = \"5 TB\", noted = \"10 TB\" }", "peak"),
        ("copies = 3\nz = { is = \"500 GB * copies\", noted = \"500 TB\" }", "input"),
        ("z = { is = \"100 M/day\", noted = \"100 M/s\" }", "decimals"),
        ("z = { is = \"500 GB * 3\", noted = \"500 TB\" }", "time_unit"),
        ("z = { is = \"2 /s * 1 s * 1500\", noted = \"1 M\" }", "time_unit"),
        ("z = { is = \"5 kB\", noted = \"60 MB\" }", "time_unit"),
    ] {
        let found = of(text);
        assert!(found.iter().all(|suspicion| suspicion.slip != never), "{text}: {found:?}");
    }
}

#[test]
fn small_gaps_of_the_calendar_have_a_name() {
    for (is, noted, expected) in [
        ("30.4375 * 20 k", "600 k", Some("as with a month of 30 days for one of 30.4")),
        ("365 * 1234", "444_240", Some("as with a year of 360 days for one of 365")),
        ("99.99 %", "99.9 %", Some("of what is missing")),
        ("1157.4", "1160", None),
        ("231_480", "240 k", None),
        ("1 G/month * 2 month", "2.03 G", None),
        ("1 G/month * 365 day", "11.99 G", Some("as with a month of 30.4 days for one of 30")),
        ("1 G/day * 1 year", "360.0 G", Some("as with a year of 360 days for one of 365")),
        // The same gaps in formulas that know no calendar.
        ("30 PB * 70 %", "21.3 PB", None),
        ("1234 * 5", "6080", None),
        ("100", "300", None),
        ("100", "100", None),
    ] {
        let (estimates, _) = read(&format!("z = {{ is = \"{is}\", noted = \"{noted}\" }}"));
        let last = estimates.iter().last().unwrap();
        let found = aside(last, last.noted.as_ref().unwrap(), &estimates);
        assert_eq!(found, expected, "{is}, noted {noted}");
    }
}

#[test]
fn shares_with_nines_are_told_by_what_they_lack() {
    for (is, noted, expected) in [
        ("99.99 %", "99.9 %", Some(9.0)),
        ("99.9 %", "99.99 %", Some(-0.9)),
        ("98 %", "99 %", Some(0.01 / 0.98)),
        ("100 %", "99.9 %", Some(-0.001)),
        ("0", "1", None),
        ("0", "0", Some(0.0)),
    ] {
        let (estimates, _) = read(&format!("z = {{ is = \"{is}\", noted = \"{noted}\" }}"));
        let last = estimates.iter().last().unwrap();
        let found = gap(last.noted.as_ref().unwrap(), last.value);
        let near = |(one, other): (f64, f64)| (one - other).abs() < 1e-9;
        assert!(
            found.is_some() == expected.is_some() && found.zip(expected).is_none_or(near),
            "{is}: {found:?}"
        );
    }
}

/// Rounding to two digits is no slip, whatever the figure; a thousand times as much is one, and its name is known.
#[test]
fn figures_of_any_size_are_judged_alike() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for _ in 0..500 {
        // G. Marsaglia's xorshift, 2003.
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let mantissa = 1.0 + (state >> 12) as f64 / (1u64 << 52) as f64 * 9.0;
        let exact = mantissa * 10f64.powi((state % 19) as i32 - 3);
        let judged = |noted: f64, digits: usize| {
            let digits = digits - 1;
            let found = of(&format!("z = {{ is = \"{exact:e} B/s\", noted = \"{noted:.digits$e} B/s\" }}"));
            found.first().map(|suspicion| suspicion.slip)
        };
        assert_eq!(judged(exact, 2), None, "{exact}");
        for (factor, slip) in
            [(1e3, "prefix"), (1e-6, "prefix"), (1e2, "decimals"), (3.0, "copies"), (0.125, "bits")]
        {
            assert_eq!(judged(exact * factor, 3), Some(slip), "{exact} times {factor}");
        }
    }
}
