//! How many requests per second the eviction policies replay, beside libCacheSim in `eviction.sh`.
//!
//! `eviction write TRACE` writes a trace of ten million requests for a million objects by Zipf's law with exponent 1.
//! `eviction TRACE CAPACITY` replays a trace with every policy and prints name, requests per second and misses; without
//! arguments it replays the first million requests of its own trace with room for 10 % of the objects.
//!
//! A trace consists of records of 24 bytes, little endian, as those that libCacheSim calls "oracleGeneral": the time
//! (32 bits), the key (64), the size (32) and the next use (64), of which only the key counts here. The records are decoded
//! within the measured time.

use std::time::Instant;
use windtunnel::kernel::random::stream;
use windtunnel::mechanism::eviction::{Cache, Capacity, Kind, Object};
use windtunnel::mechanism::hash::mix13;
use windtunnel::workload::Zipf;

const OBJECTS: u64 = 1_000_000;
const REQUESTS: u32 = 10_000_000;
const RECORD: usize = 24;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|text| !text.starts_with("--")).collect();
    match &arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["write", path] => std::fs::write(path, trace(REQUESTS)).expect("the trace can be written"),
        [path, capacity] => {
            let capacity = capacity.parse().expect("the capacity is a number of objects");
            replay(&std::fs::read(path).expect("the trace can be read"), capacity);
        }
        _ => replay(&trace(REQUESTS / 10), OBJECTS / 10),
    }
}

/// The records of a trace with keys in no order of popularity, none of them zero.
fn trace(requests: u32) -> Vec<u8> {
    let law = Zipf::new(OBJECTS, 1.0).expect("the law is valid");
    let mut draws = stream(1, "keys");
    let mut records = Vec::with_capacity(requests as usize * RECORD);
    for time in 0..requests {
        records.extend(time.to_le_bytes());
        records.extend((mix13(law.draw(&mut draws) + 1) >> 1).to_le_bytes());
        records.extend(1_u32.to_le_bytes());
        records.extend((-1_i64).to_le_bytes());
    }
    records
}

fn replay(records: &[u8], capacity: u64) {
    let requests = records.len() / RECORD;
    for kind in Kind::online() {
        let started = Instant::now();
        let misses = misses(records, Cache::new(kind, Capacity::Objects(capacity)));
        let seconds = started.elapsed().as_secs_f64();
        println!("{} {:.0} {misses}", kind.name(), requests as f64 / seconds);
    }
}

fn misses(records: &[u8], mut cache: Cache) -> u64 {
    cache.replay(records.chunks_exact(RECORD).map(|record| {
        let key = u64::from_le_bytes(record[4..12].try_into().expect("eight bytes"));
        Object { key, size: 1, ..Object::default() }
    }))
}
