//! Levels of stations at an instant.

use windtunnel::plan::Plan;
use windtunnel::station::Levels;
use windtunnel::units::Time;
use windtunnel::world::World;

/// The levels of a component's only instance just before and just after the events of an instant.
pub(crate) fn levels_around(
    world: &mut World<'_>,
    plan: &Plan,
    component: &str,
    at: u64,
) -> (Levels, Levels) {
    let index =
        plan.components.iter().position(|known| known.name == component).expect("the component is known");
    let instance = plan.components[index].instances.0.index();
    world.run(Time(at), u64::MAX);
    let before = world.stations()[instance].levels;
    world.run(Time(at + 1), u64::MAX);
    (before, world.stations()[instance].levels)
}
