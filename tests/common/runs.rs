//! Figures of one run.

use crate::common::plan_of;
use windtunnel::figures::{Catalogue, value};
use windtunnel::world::World;

/// These figures of a run with a seed, after which nobody is left.
pub(crate) fn figures<const N: usize>(text: &str, seed: u64, names: [&str; N]) -> [f64; N] {
    let plan = plan_of(text).unwrap_or_else(|errors| panic!("{text}\n{errors}"));
    let catalogue = Catalogue::of(&plan);
    let mut world = World::new(&plan, seed);
    world.run_to_end();
    let whole = world.recorder().timeline.whole();
    let figures = names.map(|name| {
        let definition = catalogue.get(name).unwrap_or_else(|| panic!("there is no metric {name}"));
        value(&world, definition.metric, whole).unwrap_or_else(|| panic!("{name} has no value"))
    });
    world.drain();
    assert!(world.is_empty(), "nothing is left behind");
    figures
}
