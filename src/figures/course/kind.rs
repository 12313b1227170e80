//! What only some kinds show over time: their ratios, times and levels, and how their visits are spread over instances.

use super::super::metric::Metric;
use super::super::value::{elapsed, load_of, value};
use crate::component::{Course as Shown, Figure};
use crate::measure::timeline::Window;
use crate::results::{Course, CourseLine, Form};
use crate::units::{ComponentId, SECOND};
use crate::world::World;

/// The courses of a component over the bins. One that has nothing to tell is left out: where nothing happened, where what
/// cannot come about did not, and where a level never changed.
pub(super) fn courses(world: &World<'_>, id: ComponentId, bins: &[Window]) -> Vec<Course> {
    let shown = world.plan().components[id.index()].blueprint.spec().courses.iter();
    shown
        .filter_map(|shown| match shown {
            Shown::Figure(name) => figure_course(world, id, name, bins),
            Shown::Instances => instance_course(world, id, bins),
            Shown::Groups => group_course(world, id, bins),
        })
        .collect()
}

fn figure_course(world: &World<'_>, id: ComponentId, name: &str, bins: &[Window]) -> Option<Course> {
    let component = &world.plan().components[id.index()];
    let figures = component.blueprint.spec().figures;
    let index = figures.iter().position(|figure| figure.name() == name).expect("its kind has the figure");
    let name = format!("{}.{name}", component.name);
    let single = |values| vec![CourseLine { label: component.name.clone(), name: name.clone(), values }];
    let (meaning, form, lines) = match figures[index] {
        Figure::Ratio { doc, .. } => {
            let values = bins.iter().map(|bin| value(world, Metric::Kind(id, index), *bin)).collect();
            (doc, Form::Share, single(values))
        }
        Figure::Times { doc, .. } => {
            let brief = |bin: &Window| world.recorder().brief(id.index(), index, bin.first);
            let seconds = |nanoseconds: f64| nanoseconds / SECOND as f64;
            let means = bins.iter().map(|bin| brief(bin).mean().map(seconds)).collect();
            let most = bins.iter().map(|bin| brief(bin).max().map(|max| seconds(max as f64))).collect();
            let line = |label: &str, values| CourseLine {
                label: label.to_owned(),
                name: format!("{name}.{label}"),
                values,
            };
            (doc, Form::Duration, vec![line("max", most), line("mean", means)])
        }
        Figure::Level { doc, .. } => {
            let level = |bin: &Window| world.recorder().level(id.index(), index, bin.first);
            (doc, Form::Number, single(bins.iter().map(level).collect()))
        }
        Figure::Duration { .. } | Figure::Throughput { .. } => {
            unreachable!("how long something lasts, and how much is done, are not shown over time")
        }
    };
    let values = || lines.iter().flat_map(|line| line.values.iter().flatten().copied());
    let tells = match form {
        Form::Number => values().any(|value| Some(value) != values().next()),
        _ if component.blueprint.lists(figures[index].name()) => values().next().is_some(),
        _ => values().any(|value| value != 0.0),
    };
    tells.then(|| Course { name, meaning: in_short(meaning), form, lines })
}

/// A definition without what it says beyond its first half, and without its full stop.
fn in_short(definition: &str) -> String {
    let first = definition.split([';', '.']).next().unwrap_or_default();
    let mut letters = first.chars();
    letters.next().map_or(String::new(), |letter| letter.to_lowercase().chain(letters).collect())
}

/// What the instances serve, each by itself or the mean beside the busiest.
fn instance_course(world: &World<'_>, id: ComponentId, bins: &[Window]) -> Option<Course> {
    let component = &world.plan().components[id.index()];
    let (first, count) = component.instances;
    let mut rates: Vec<Vec<Option<f64>>> = Vec::new();
    for (index, bin) in bins.iter().enumerate() {
        let mut served = world.recorder().spreads[id.index()].served(bin.first).to_vec();
        // What a run that stopped has not closed yet.
        for (at, station) in world.stations()[first.index()..].iter().take(count as usize).enumerate() {
            if station.meter.open_cell() == bin.first && !served.is_empty() {
                let lane = at % served.len();
                served[lane] = served[lane].max(station.meter.current.served);
            }
        }
        rates.resize(served.len(), vec![None; bins.len()]);
        let seconds = elapsed(world, *bin).seconds();
        served.iter().zip(&mut rates).for_each(|(served, rate)| rate[index] = Some(*served as f64 / seconds));
    }
    let (name, meaning) = (component.name.as_str(), "visits served per second by each instance".to_owned());
    if rates.len() == 1 {
        let most = rates.remove(0);
        return told(busiest_and_mean(world, id, bins, (name, count), most), name, meaning);
    }
    let lines = rates.into_iter().enumerate();
    let line =
        |(at, values)| CourseLine { label: format!("[{at}]"), name: format!("{name}[{at}].rate"), values };
    told(lines.map(line).collect(), name, meaning)
}

/// What the groups of instances serve, each by itself or the mean beside the busiest.
fn group_course(world: &World<'_>, id: ComponentId, bins: &[Window]) -> Option<Course> {
    let component = &world.plan().components[id.index()];
    let groups = component.groups().filter(|groups| groups.count > 1)?;
    let stations = || (0..component.instances.1).zip(&world.stations()[component.instances.0.index()..]);
    let of_bin = |bin: &Window| -> Vec<f64> {
        let mut served = world.recorder().groups[id.index()].served(bin.first).to_vec();
        // What a run that stopped has not closed yet.
        for (at, station) in stations().filter(|(_, station)| station.meter.open_cell() == bin.first) {
            if let Some(served) = served.get_mut((at / groups.size) as usize) {
                *served += station.meter.current.served;
            }
        }
        let seconds = elapsed(world, *bin).seconds();
        served.into_iter().map(|served| served as f64 / seconds).collect()
    };
    let rates: Vec<Vec<f64>> = bins.iter().map(of_bin).collect();
    if rates.first().is_none_or(Vec::is_empty) {
        return None;
    }
    let name = format!("{}.{}", component.name, groups.word);
    let meaning = format!("visits served per second by each {}", groups.word);
    if groups.count > LINES_MAX {
        let most = rates.iter().map(|rates| rates.iter().copied().reduce(f64::max)).collect();
        return told(busiest_and_mean(world, id, bins, (&name, groups.count), most), &name, meaning);
    }
    let line = |at: u32| CourseLine {
        label: format!("[{at}]"),
        name: format!("{name}[{at}].rate"),
        values: rates.iter().map(|rates| Some(rates[at as usize])).collect(),
    };
    told((0..groups.count).map(line).collect(), &name, meaning)
}

/// Of more parts than this only the busiest is shown, and the mean.
const LINES_MAX: u32 = 8;

/// The rate of the busiest of so many parts of a component, and the mean over all of them.
fn busiest_and_mean(
    world: &World<'_>,
    id: ComponentId,
    bins: &[Window],
    (name, parts): (&str, u32),
    most: Vec<Option<f64>>,
) -> Vec<CourseLine> {
    let mean = |bin: &Window| {
        let served = load_of(world, id, *bin).served as f64;
        Some(served / f64::from(parts) / elapsed(world, *bin).seconds())
    };
    let line = |label: &str, values| CourseLine {
        label: label.to_owned(),
        name: format!("{name}[].rate.{label}"),
        values,
    };
    vec![line("busiest", most), line("mean", bins.iter().map(mean).collect())]
}

/// The course of these lines, if any of them is ever above zero.
fn told(lines: Vec<CourseLine>, name: &str, meaning: String) -> Option<Course> {
    let tells = lines.iter().flat_map(|line| line.values.iter().flatten()).any(|rate| *rate > 0.0);
    tells.then(|| Course { name: format!("{name}[].rate"), meaning, form: Form::Rate, lines })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn definitions_become_headings() {
        for (definition, expected) in [
            ("Hits per get.", "hits per get"),
            ("Targets that get calls; the mean over them.", "targets that get calls"),
            ("", ""),
        ] {
            assert_eq!(in_short(definition), expected);
        }
    }
}
