//! Renders invented but lifelike results.

use super::*;
use crate::results::{ComponentSeries, Course, CourseLine, Form};

/// A day with a morning peak, and an outage from hour 14 to 15; values have a fixed noise.
fn day(clients: usize, components: &[&str]) -> (Series, Vec<Ladder>) {
    let bins = 480;
    let warm_up = 20;
    let edges: Vec<f64> = (0..=bins + warm_up).map(|bin| f64::from(bin - warm_up) * 180.0).collect();
    let mut state = 7_u64;
    let mut noise = move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 40) as f64 / (1_u64 << 24) as f64
    };
    let hours: Vec<f64> = edges.windows(2).map(|pair| (pair[0] + pair[1]) / 7200.0).collect();
    let load = |hour: f64| 0.55 - 0.4 * libm::cos((hour - 3.0) / 24.0 * std::f64::consts::TAU);
    let outage = |hour: f64| (14.0..15.0).contains(&hour);
    let names = ["visitors", "writers", "partners <&>", "crawlers"];
    let mut series = Series { edges, ..Series::default() };
    let mut ladders = Vec::new();
    for index in 0..clients {
        let scale = 1.0 + index as f64 * 2.0;
        let mut client = ClientSeries {
            name: names.get(index).map_or(format!("client{index}"), |n| (*n).to_owned()),
            ..ClientSeries::default()
        };
        let mut percentiles: Vec<(&'static str, Vec<Option<f64>>)> =
            vec![("p50", vec![]), ("p90", vec![]), ("p99", vec![]), ("p99.9", vec![])];
        let (mut timeouts, mut rejected) = (vec![], vec![]);
        for &hour in &hours {
            let offered = 4000.0 / scale * load(hour) * (0.97 + 0.06 * noise());
            let failing = if outage(hour) { 0.55 } else { 0.0 };
            let refused = if (12.0..14.0).contains(&hour) { 0.08 * noise() } else { 0.0005 };
            client.offered.push(offered);
            timeouts.push(offered * failing);
            rejected.push(offered * refused);
            client.rate.push(offered * (1.0 - failing - refused));
            let base = 0.004 * scale / (1.05 - load(hour)) * if outage(hour) { 9.0 } else { 1.0 };
            for (at, (factor, (_, values))) in [1.0, 2.2, 6.0, 14.0].iter().zip(&mut percentiles).enumerate()
            {
                let nothing = index == 1 && (3.0..4.0).contains(&hour);
                values.push((!nothing).then(|| base * factor * (1.0 + (0.1 + 0.2 * at as f64) * noise())));
            }
        }
        client.latency = percentiles;
        client.errors = vec![("rejected".to_owned(), rejected), ("timeout".to_owned(), timeouts)];
        let steps = (0..60).map(|step| 1.0 - libm::exp10(-f64::from(step) / 11.0));
        let slow = |share: f64| {
            0.003 * scale * (1.0 - libm::log(1.0 - share))
                + if share > 0.98 { 0.12 * scale * (share - 0.98) / 0.02 } else { 0.0 }
        };
        ladders.push(Ladder {
            name: client.name.clone(),
            steps: steps.map(|share| (share, slow(share))).collect(),
        });
        series.clients.push(client);
    }
    for (index, name) in components.iter().enumerate() {
        let weight = 0.95 / (1.0 + 0.35 * index as f64);
        let mut component = ComponentSeries { name: (*name).to_owned(), ..ComponentSeries::default() };
        for &hour in &hours {
            let busy = (load(hour)
                * weight
                * (0.96 + 0.08 * noise())
                * if outage(hour) && index == 1 { 3.0 } else { 1.0 })
            .min(1.0);
            component.utilization.push(busy);
            component.queue.push((busy * busy / (1.04 - busy) * 4.0).min(400.0));
        }
        component.courses = lifelike_courses(name, &hours, &mut noise);
        series.components.push(component);
    }
    (series, ladders)
}

/// What a cache, a replicated database and a balanced server show over a day with an outage.
fn lifelike_courses(name: &str, hours: &[f64], noise: &mut impl FnMut() -> f64) -> Vec<Course> {
    let outage = |hour: f64| (14.0..15.0).contains(&hour);
    let mut line = |label: String, value: &dyn Fn(f64, f64) -> Option<f64>| CourseLine {
        name: format!("{name}.{label}"),
        label,
        values: hours.iter().map(|hour| value(*hour, noise())).collect(),
    };
    let (meaning, form, lines) = match name {
        "cache" => {
            let ratio = |hour: f64, noise: f64| {
                let filled = if hour > 15.0 { 1.0 - libm::exp(-(hour - 15.0) * 3.0) } else { 1.0 };
                (!outage(hour)).then_some(filled * (0.9 + 0.02 * noise))
            };
            ("hits per get", Form::Share, vec![line(name.to_owned(), &ratio)])
        }
        "database" => {
            let lag = |scale: f64| {
                move |hour: f64, noise: f64| {
                    let behind = if (15.0..15.2).contains(&hour) { 3600.0 } else { 0.004 };
                    (!outage(hour)).then_some(behind * scale * (0.7 + 0.6 * noise))
                }
            };
            let lines = vec![line("max".to_owned(), &lag(5.0)), line("mean".to_owned(), &lag(1.0))];
            ("time from the acknowledgement of a write to its application", Form::Duration, lines)
        }
        "web" => {
            let rate = |lost: bool| {
                move |hour: f64, noise: f64| {
                    Some(
                        if !outage(hour) {
                            500.0
                        } else if lost {
                            0.0
                        } else {
                            570.0
                        } * (0.95 + 0.1 * noise),
                    )
                }
            };
            let lines = (0..8).map(|index| line(format!("[{index}]"), &rate(index == 1))).collect();
            ("visits served per second by each instance", Form::Rate, lines)
        }
        _ => return Vec::new(),
    };
    vec![Course { name: format!("{name}.course"), meaning: meaning.to_owned(), form, lines }]
}

fn named(components: usize) -> Vec<String> {
    (0..components).map(|index| format!("component-with-a-long-name-{index}")).collect()
}

/// One client and one component in windows of ten seconds, all with the same values.
fn flat(windows: usize, value: f64) -> (Series, Vec<Ladder>) {
    let latency = vec![("p50", vec![Some(value); windows]), ("p99", vec![None; windows])];
    let client = ClientSeries {
        name: "a<b>&\"c\"\u{0}\u{1b}".to_owned(),
        latency,
        offered: vec![value; windows],
        rate: vec![value; windows],
        errors: vec![("timeout".to_owned(), vec![value; windows])],
    };
    let component = ComponentSeries {
        name: client.name.clone(),
        utilization: vec![value; windows],
        queue: vec![value; windows],
        courses: vec![
            course("a.ratio", Form::Share, vec![Some(value); windows]),
            course("a.lag", Form::Duration, vec![Some(value); windows]),
            course("a[].rate", Form::Rate, vec![None; windows]),
        ],
    };
    let ladder =
        Ladder { name: client.name.clone(), steps: vec![(0.0, value), (0.5, value), (1.0 - 1e-16, value)] };
    let edges = (0..=windows).map(|edge| edge as f64 * 10.0).collect();
    (Series { edges, clients: vec![client], components: vec![component] }, vec![ladder])
}

fn course(name: &str, form: Form, values: Vec<Option<f64>>) -> Course {
    let line = CourseLine { label: "<&>".to_owned(), name: name.to_owned(), values };
    Course { name: name.to_owned(), meaning: "something".to_owned(), form, lines: vec![line] }
}

fn fault(name: &str, condition: &'static str, from: f64, until: f64) -> FaultShape {
    FaultShape {
        name: name.to_owned(),
        condition,
        targets: String::new(),
        from: Some(from),
        until: Some(until),
        text: String::new(),
        clients: Vec::new(),
    }
}

fn strange_faults() -> Vec<FaultShape> {
    let infinity = f64::INFINITY;
    [(-infinity, infinity), (0.0, 0.0), (1e-9, 2e-9), (5.0, 1e300), (f64::NAN, 3.0), (2.0, 1.0)]
        .map(|(from, until)| fault("a<b>&\"c\"\u{0}", "crash", from, until))
        .to_vec()
}

/// Writes a gallery of lifelike results to look at into the folder for temporary files.
#[test]
fn lifelike_results_are_drawn() {
    let folder = std::env::temp_dir().join("windtunnel-pictures");
    std::fs::create_dir_all(&folder).expect("the folder for temporary files is writable");
    let save = |name: &str, picture: &Picture| {
        let path = |extension: &str| folder.join(format!("{name}-{}.{extension}", picture.stem));
        std::fs::write(path("svg"), picture.svg()).expect("the folder is writable");
        std::fs::write(path("png"), picture.png()).expect("the folder is writable");
    };
    let subject = "URL shortener: a day with an outage of one hour";
    let (series, ladders) = day(2, &["web", "database", "cache", "queue"]);
    let drawn = pictures(subject, &series, &ladders, &[]);
    let stems: Vec<&str> = drawn.iter().map(|picture| picture.stem).collect();
    assert_eq!(stems, ["latency", "distribution", "throughput", "load", "components"]);
    drawn.iter().for_each(|picture| save("day", picture));
    for (picture, words) in
        drawn.iter().zip(["p99.9", "99.99 %", "95.4 % completed", "database", "hits per get"])
    {
        assert!(picture.svg().contains(words), "{}: {words}", picture.stem);
    }
    let hour = 3600.0;
    let faults = [
        fault("database_lost", "crash", 14.0 * hour, 15.0 * hour),
        fault("slow_disk", "slow", 12.0 * hour, 14.5 * hour),
        fault("zone_cut", "partition", 14.25 * hour, 18.0 * hour),
        fault("restart", "crash", 4.0 * hour, 4.02 * hour),
        fault("a_capacity_lost_in_the_evening", "capacity", 23.0 * hour, 24.0 * hour),
    ];
    let with_faults = pictures(subject, &series, &ladders, &faults);
    with_faults.iter().for_each(|picture| save("faults", picture));
    for picture in with_faults.iter().filter(|picture| picture.stem != "distribution") {
        assert!(faults.iter().all(|fault| picture.svg().contains(&fault.name)), "{}", picture.stem);
    }
    let halved = |ladder: &Ladder| {
        let steps = ladder.steps.iter().map(|(share, latency)| (*share, latency / (2.0 + share))).collect();
        Ladder { name: ladder.name.clone(), steps }
    };
    let faster: Vec<Ladder> = ladders.iter().map(halved).collect();
    save(
        "compared",
        &compared_distributions(subject, &[("without cache", &ladders), ("with cache", &faster)]),
    );
}

#[test]
fn crowds_are_cut_to_the_busiest() {
    let names = named(40);
    let (series, ladders) = day(12, &names.iter().map(String::as_str).collect::<Vec<_>>());
    let [latency, distribution, _, load] = &pictures("a crowd", &series, &ladders, &[])[..] else {
        panic!("four pictures")
    };
    assert!(load.svg().contains("32 more not shown"));
    assert!(latency.svg().contains("6 more clients not shown"));
    assert!(distribution.svg().contains("2 more not shown"));
    assert!(
        load.svg().contains("-name-7\n") && !load.svg().contains("-name-8\n"),
        "the eighth is the last that is shown"
    );
}

#[test]
fn strange_values_are_drawn_as_well_formed_documents() {
    let infinity = f64::INFINITY;
    for windows in [0, 1, 2, 5] {
        for value in [0.0, 1e-300, 0.5, 1e12, 1e308, -1.0, f64::NAN, infinity] {
            let (series, ladders) = flat(windows, value);
            for picture in pictures("a title with <&>", &series, &ladders, &strange_faults()) {
                let document = picture.svg();
                assert_well_formed(&document);
                assert!(!document.contains("NaN") && !document.contains("inf"), "{value} in {document}");
            }
        }
    }
    for picture in pictures("", &Series::default(), &[], &strange_faults()) {
        assert_well_formed(&picture.svg());
    }
}

/// Enough of XML for what is written here: tags are balanced, nothing else has an angle bracket or a bare ampersand.
fn assert_well_formed(document: &str) {
    let mut open = Vec::new();
    for part in document.split('<').skip(1) {
        let (tag, text) = part.split_once('>').expect("a tag ends");
        assert!(!text.contains('>') && !document.contains(|c: char| c.is_control() && c != '\n'), "{text}");
        for entity in text.split('&').skip(1) {
            assert!(
                ["lt;", "gt;", "amp;", "quot;", "apos;"].iter().any(|name| entity.starts_with(name)),
                "{text}"
            );
        }
        match tag.strip_prefix('/') {
            Some(name) => assert_eq!(open.pop(), Some(name), "{document}"),
            None if tag.ends_with('/') => {}
            None => open.push(tag.split(' ').next().unwrap_or(tag)),
        }
    }
    assert!(open.is_empty(), "{open:?}");
}

#[test]
fn what_the_warm_up_did_is_not_shown() {
    let edges = vec![-20.0, -10.0, 0.0, 10.0, 20.0];
    let windows = Windows::of(&Series { edges, ..Series::default() });
    let points = windows.points(&[9.0, 8.0, 1.0, 3.0]);
    assert_eq!(points, [(0.0, 1.0), (5.0, 1.0), (15.0, 3.0), (20.0, 3.0)]);
    assert_eq!(windows.total(&points), 40.0);
    let straddling = Windows::of(&Series { edges: vec![-5.0, 5.0, 15.0], ..Series::default() });
    assert_eq!(straddling.points(&[2.0, 4.0])[..2], [(0.0, 2.0), (2.5, 2.0)]);
}

#[test]
fn courses_have_a_picture_with_a_panel_for_each_of_the_first_dozen() {
    let (mut series, ladders) = flat(5, 0.5);
    for (courses, shown, hidden) in [(0, 0, None), (1, 1, None), (12, 12, None), (15, 12, Some(3))] {
        let named = |index| course(&format!("it.no{index}."), Form::Share, vec![Some(0.5); 5]);
        series.components[0].courses = (0..courses).map(named).collect();
        let drawn = pictures("", &series, &ladders, &[fault("outage", "crash", 10.0, 20.0)]);
        let picture = drawn.iter().find(|picture| picture.stem == "components");
        assert_eq!((picture.is_some(), drawn.len()), (courses > 0, 4 + usize::from(courses > 0)));
        let Some(document) = picture.map(Picture::svg) else { continue };
        let is_shown = |index: &usize| document.contains(&format!("it.no{index}.: something"));
        assert_eq!((0..courses).filter(is_shown).collect::<Vec<_>>(), (0..shown).collect::<Vec<_>>());
        assert!(document.contains("outage"));
        let note = hidden.map(|count| format!("{count} more figures not shown"));
        assert_eq!(document.contains("not shown"), note.is_some());
        assert!(note.is_none_or(|note| document.contains(&note)));
    }
}

#[test]
fn equal_results_have_equal_bytes() {
    let (series, ladders) = flat(3, 0.5);
    let twice = [(); 2].map(|()| pictures("twice", &series, &ladders, &strange_faults()));
    for (first, second) in twice[0].iter().zip(&twice[1]) {
        assert_eq!(first.svg(), second.svg());
        let png = first.png();
        assert_eq!(png, second.png());
        // The header of a PNG file says how large the picture is.
        let size = |at: usize| u32::from_be_bytes(png[at..at + 4].try_into().expect("four bytes"));
        assert_eq!((size(16), size(20)), first.size);
    }
}
