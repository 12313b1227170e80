//! Quantities with a name that every formula knows: how long things take, powers of two, the lengths of a calendar.
//!
//! Their names have a dot, which the name of an estimate cannot have, and they are no metrics: nothing that a scenario names can
//! be mistaken for one of them.

use super::quantity::{Calendar, Quantity, parse_quantity};

/// A quantity with a name.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Constant {
    /// "latency.disk_seek"; what stands before the dot is its group.
    pub name: &'static str,
    /// Its value with its unit.
    pub value: &'static str,
    /// What it is, in one line.
    pub doc: &'static str,
    /// Who says so.
    pub source: &'static str,
}

/// J. Dean's table as he taught it at Stanford in 2007; later editions have other figures for some lines.
const DEAN: &str = "J. Dean, 2007";

/// The lines that J. Bonér added to the table for what has no moving parts.
const BONER: &str = "J. Bonér, 2012";

/// All, group by group.
pub const CONSTANTS: [Constant; 26] = [
    latency("latency.l1_cache", "0.5 ns", "A reference to the first-level cache"),
    latency("latency.branch_mispredict", "5 ns", "A branch that was predicted wrongly: 10 references to L1"),
    latency("latency.l2_cache", "7 ns", "A reference to the second-level cache: 14 references to L1"),
    latency("latency.mutex", "100 ns", "A mutex locked and unlocked"),
    latency("latency.memory", "100 ns", "A reference to main memory: 200 references to L1"),
    latency("latency.compress_1kb", "10 us", "1 kB compressed with Zippy: 100 MB/s"),
    latency("latency.send_2kb", "20 us", "2 kB sent over 1 Gbit/s; the wire alone takes 16 us"),
    latency("latency.memory_1mb", "250 us", "1 MB read in sequence from memory: 4 GB/s"),
    latency("latency.local_round_trip", "500 us", "There and back within one data centre"),
    latency("latency.disk_seek", "10 ms", "A disk's arm moved: 100 random reads a second"),
    latency("latency.network_1mb", "10 ms", "1 MB read in sequence over 1 Gbit/s; the wire alone takes 8 ms"),
    latency("latency.disk_1mb", "30 ms", "1 MB read in sequence from a disk: 33 MB/s"),
    latency("latency.ocean_round_trip", "150 ms", "A packet from California to the Netherlands and back"),
    Constant {
        source: BONER,
        ..latency("latency.ssd_read", "150 us", "4 kB read from anywhere on a solid-state disk")
    },
    Constant {
        source: BONER,
        ..latency("latency.ssd_1mb", "1 ms", "1 MB read in sequence from a solid-state disk: 1 GB/s")
    },
    binary("binary.kilo", "1_024", "2^10, about a thousand (+2.40 %); of bytes: 1 KiB"),
    binary("binary.mega", "1_048_576", "2^20, about a million (+4.86 %); of bytes: 1 MiB"),
    binary("binary.giga", "1_073_741_824", "2^30, about a billion (+7.37 %); of bytes: 1 GiB"),
    binary("binary.tera", "1_099_511_627_776", "2^40, about a trillion (+9.95 %); of bytes: 1 TiB"),
    binary("binary.peta", "1_125_899_906_842_624", "2^50, about a quadrillion (+12.59 %); of bytes: 1 PiB"),
    calendar("calendar.day", "86_400 s", "A day, whatever `seconds_per_day` says"),
    calendar("calendar.round_day", "100_000 s", "A day for mental arithmetic: rates come out 13.6 % too low"),
    calendar("calendar.month", "2_592_000 s", "A month of 30 days"),
    calendar("calendar.mean_month", "2_629_800 s", "A twelfth of a Julian year: 30.4375 days"),
    calendar("calendar.year", "31_536_000 s", "A year of 365 days"),
    calendar("calendar.mean_year", "31_557_600 s", "A Julian year: 365.25 days"),
];

const fn latency(name: &'static str, value: &'static str, doc: &'static str) -> Constant {
    Constant { name, value, doc, source: DEAN }
}

const fn binary(name: &'static str, value: &'static str, doc: &'static str) -> Constant {
    Constant { name, value, doc, source: "by definition" }
}

const fn calendar(name: &'static str, value: &'static str, doc: &'static str) -> Constant {
    Constant { name, value, doc, source: "by definition" }
}

impl Constant {
    /// The one of this name.
    pub fn find(name: &str) -> Option<&'static Constant> {
        CONSTANTS.iter().find(|constant| constant.name == name)
    }

    /// Its value.
    pub fn quantity(&self) -> Quantity {
        parse_quantity(self.value, Calendar::default()).expect("constants are quantities")
    }
}

/// The constants of the group that a name begins with: what its author may have meant.
pub(super) fn group(name: &str) -> Vec<&'static str> {
    let group = |name: &str| name.split_once('.').map(|(group, _)| group.to_owned());
    let wanted = group(name);
    let names = CONSTANTS.iter().map(|constant| constant.name);
    names.filter(|name| wanted.is_some() && group(name) == wanted).collect()
}

#[cfg(test)]
mod tests {
    use super::super::dimension::Dimension;
    use super::*;

    #[test]
    fn every_constant_is_a_quantity_of_its_group() {
        for constant in CONSTANTS {
            let expected =
                if constant.name.starts_with("binary.") { Dimension::NONE } else { Dimension::TIME };
            assert_eq!(constant.quantity().dimension, expected, "{}", constant.name);
            assert!(!constant.doc.is_empty() && !constant.source.is_empty(), "{}", constant.name);
            assert_eq!(Constant::find(constant.name), Some(&constant), "each name once");
        }
    }

    /// The multiples that the lines of the table are known for.
    #[test]
    fn the_table_agrees_with_itself() {
        let value = |name: &str| Constant::find(name).unwrap().quantity().value;
        for (left, right, ratio) in [
            ("latency.branch_mispredict", "latency.l1_cache", 10.0),
            ("latency.l2_cache", "latency.l1_cache", 14.0),
            ("latency.memory", "latency.l1_cache", 200.0),
            ("latency.disk_seek", "latency.local_round_trip", 20.0),
            ("latency.disk_1mb", "latency.memory_1mb", 120.0),
            ("latency.disk_1mb", "latency.network_1mb", 3.0),
            ("latency.ocean_round_trip", "latency.local_round_trip", 300.0),
            ("binary.mega", "binary.kilo", 1_024.0),
            ("binary.giga", "binary.mega", 1_024.0),
            ("binary.tera", "binary.giga", 1_024.0),
            ("binary.peta", "binary.tera", 1_024.0),
            ("calendar.month", "calendar.day", 30.0),
            ("calendar.mean_year", "calendar.mean_month", 12.0),
            ("calendar.mean_year", "calendar.day", 365.25),
            ("calendar.year", "calendar.day", 365.0),
        ] {
            assert!((value(left) / value(right) / ratio - 1.0).abs() < 1e-12, "{left} / {right}");
        }
    }

    #[test]
    fn groups_tell_what_was_meant() {
        assert_eq!(group("binary.kilobyte").len(), 5);
        assert_eq!(group("kilo"), Vec::<&str>::new());
        assert_eq!(group("web.rate"), Vec::<&str>::new());
    }
}
