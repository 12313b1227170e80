//! How many requests are answered in time, over all clients that come at a rate.

use super::value::{merged, slots_of_client};
use crate::measure::histogram::Histogram;
use crate::measure::timeline::Window;
use crate::plan::Source;
use crate::units::Span;
use crate::world::World;

/// The share of the requests that arrived within a window and were answered within a time; none if none arrived. Who is
/// still waiting has not been answered.
pub(crate) fn share(world: &World<'_>, window: Window, within: Span) -> Option<f64> {
    let (born, latency) = of_window(world, window);
    (born > 0).then(|| latency.count_up_to(within.0) as f64 / born as f64)
}

/// The latency that a share of the completed requests that arrived within a window did not exceed.
pub(crate) fn percentile(world: &World<'_>, window: Window, share: f64) -> Option<Span> {
    of_window(world, window).1.value_at(share).map(Span)
}

fn of_window(world: &World<'_>, window: Window) -> (u64, Histogram) {
    let (mut born, mut latency) = (0, Histogram::default());
    for (index, client) in world.plan().clients.iter().enumerate() {
        if !matches!(client.source, Source::Open(_)) {
            continue;
        }
        let slots = slots_of_client(world, index);
        born += slots.iter().map(|slot| slot.born[window.first..window.end].iter().sum::<u64>()).sum::<u64>();
        let segments = slots.iter().map(|slot| &slot.latency[..]);
        latency.merge(&merged(segments, &world.recorder().timeline, window));
    }
    (born, latency)
}
