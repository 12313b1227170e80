use windtunnel::plan::{Document, build};
use windtunnel::scenario::{Diagnostics, render};
use windtunnel::world::World;
fn main() {
    let name = std::env::args().nth(1).unwrap();
    let text = std::fs::read_to_string(&name).unwrap();
    let sets: Vec<String> = std::env::args().skip(2).collect();
    let mut d = Diagnostics::new();
    let (sources, doc) = Document::parse(&name, &text, &sets, &mut d);
    let scenario = doc.and_then(|doc| build(&doc, None, &mut d));
    print!("{}", render(&d, &sources));
    let Some(s) = scenario else { std::process::exit(2) };
    let t = std::time::Instant::now();
    let mut w = World::new(&s.plan, s.plan.seed);
    let pause = w.run_to_end();
    let e = t.elapsed().as_secs_f64();
    let c = w.conservation();
    println!(
        "{pause:?} born {} completed {} failed {} events {} fp {:016x}  {:.3}s {:.1} k req/s {:.1} ns/event",
        c.born,
        c.completed,
        c.failed,
        w.events(),
        w.fingerprint(),
        e,
        c.born as f64 / e / 1e3,
        e * 1e9 / w.events() as f64
    );
    for (i, slot) in s.plan.slots.iter().enumerate() {
        let mut h = windtunnel::measure::histogram::Histogram::<3>::default();
        for x in &w.recorder().slots[i].latency[1..] {
            h.merge(x);
        }
        println!(
            "slot {slot:?} n {} mean {:?} p99 {:?}",
            h.count(),
            h.mean().map(|x| x / 1e9),
            h.value_at(0.99).map(|x| x as f64 / 1e9)
        );
    }
    let p = w.drain();
    println!("drain {p:?} empty {} {:?} fp {:016x}", w.is_empty(), w.conservation(), w.fingerprint());
}
