use crate::fault::{
    ClockChange, Condition, Disk, Fault, LinkEffect, LinkSet, Notice, Role, Schedule, Selector,
};
use crate::plan::{Document, NoWindow, Plan, Scenario, build, describe_fault, window_span};
use crate::scenario::{Diagnostics, Expectation, Location, Node, Value};
use crate::units::{ComponentId, InstanceId, SECOND, Time};

/// Instances: c 0; d 1; edge 2; people 3; web 4, 5, 6, 7. All that is even stands in us-a, odd ones of web in us-b.
const WORLD: &str = r#"
[scenario]
duration = "10 min"
warm_up  = "30 s"
[network]
places     = ["us-a", "us-b", "eu-a"]
round_trip = { within = "0.5 ms", "* <-> *" = "1 ms" }
[client.c]
arrivals = { even = "1 /s" }
request  = "edge.go"
keys     = "new"
[client.people]
place    = "eu-a"
arrivals = { even = "1 /s" }
request  = "edge.go"
keys     = "new"
[balancer.edge]
targets = ["web"]
[server.web]
workers   = 1
instances = 4
places    = ["us-a", "us-b"]
on.go     = [ { call = "d.write" } ]
[database.d]
place = "us-b"
"#;

fn scenario(text: &str, settings: &[&str], variant: Option<&str>) -> Result<Scenario, String> {
    let settings: Vec<String> = settings.iter().map(|setting| (*setting).to_owned()).collect();
    let mut diagnostics = Diagnostics::new();
    let text = format!("{WORLD}{text}");
    let (sources, document) = Document::parse("x", &text, &settings, &mut diagnostics);
    let scenario = document.and_then(|document| build(&document, variant, &mut diagnostics));
    scenario.ok_or_else(|| diagnostics.lines(&sources))
}

fn plan_with(text: &str, settings: &[&str], variant: Option<&str>) -> Result<Plan, String> {
    scenario(text, settings, variant).map(|scenario| scenario.plan)
}

fn plan(text: &str) -> Plan {
    plan_with(text, &[], None).unwrap_or_else(|message| panic!("{text}: {message}"))
}

/// The only fault of a table `[fault.f]` that begins at 0 s.
fn fault(terms: &str) -> Fault {
    let mut faults = plan(&format!("[fault.f]\nat = \"0 s\"\n{terms}")).faults;
    assert_eq!(faults.len(), 1);
    faults.remove(0)
}

fn instances(first: u32, count: u32) -> Selector {
    Selector::Instances { first: InstanceId(first), count }
}

fn role(role: Role) -> Selector {
    Selector::Role { component: ComponentId(1), role }
}

#[test]
fn selectors_become_runs_of_instances_and_roles() {
    for (selectors, expected) in [
        (r#""web""#, vec![instances(4, 4)]),
        (r#"["web"]"#, vec![instances(4, 4)]),
        (r#""web[2]""#, vec![instances(6, 1)]),
        (r#""web[0..2]""#, vec![instances(4, 3)]),
        (r#""web[ 1 .. 1 ]""#, vec![instances(5, 1)]),
        (r#"["web[3]", "web[0]", "web[1]"]"#, vec![instances(4, 2), instances(7, 1)]),
        (r#"["web[0..2]", "web", "web[1]"]"#, vec![instances(4, 4)]),
        (r#"["d", "edge"]"#, vec![instances(1, 1), instances(2, 1)]),
        (r#""d.primary""#, vec![role(Role::Primary)]),
        (r#"["d.primary", "web[0]", "d.primary"]"#, vec![instances(4, 1), role(Role::Primary)]),
        // Clients stand at places, but do not crash with them.
        (r#""place:us-a""#, vec![instances(2, 1), instances(4, 1), instances(6, 1)]),
        (r#""place:us-b""#, vec![instances(1, 1), instances(5, 1), instances(7, 1)]),
        (r#""place:us-*""#, vec![instances(1, 1), instances(2, 1), instances(4, 4)]),
        (r#""place:*""#, vec![instances(1, 1), instances(2, 1), instances(4, 4)]),
    ] {
        let targets = expected.clone();
        assert_eq!(
            fault(&format!("pause = {selectors}")).condition,
            Condition::Pause { targets },
            "{selectors}"
        );
    }
}

#[test]
fn every_condition_is_read_with_its_terms() {
    let targets = vec![instances(4, 4)];
    let crash = |notice, disk| Condition::Crash { targets: targets.clone(), notice, disk };
    let clock = |change| Condition::Clock { targets: targets.clone(), change };
    let capacity = |workers, cores| Condition::Capacity { targets: targets.clone(), workers, cores };
    for (terms, expected) in [
        ("crash = 'web'", crash(Notice::Reset, Disk::Kept)),
        ("crash = 'web'\nsilent = false\nlose_disk = false", crash(Notice::Reset, Disk::Kept)),
        ("crash = 'web'\nsilent = true", crash(Notice::Silent, Disk::Kept)),
        ("crash = 'web'\nlose_disk = true", crash(Notice::Reset, Disk::Lost)),
        ("slow = 'web'\nfactor = 4", Condition::Slow { targets: targets.clone(), factor: 4.0 }),
        ("slow = 'web'\nfactor = '50 %'", Condition::Slow { targets: targets.clone(), factor: 0.5 }),
        ("errors = 'web'\nshare = '25 %'", Condition::Errors { targets: targets.clone(), share: 1 << 62 }),
        ("capacity = 'web'\nworkers = 2", capacity(Some(2), None)),
        ("capacity = 'web'\nworkers = 2\ncores = 1", capacity(Some(2), Some(1))),
        ("clock = 'web'\nskew = '-10 ms'", clock(ClockChange::Skew(-10_000_000))),
        ("clock = 'web'\nstep = '1 s'", clock(ClockChange::Step(1_000_000_000))),
    ] {
        assert_eq!(fault(terms).condition, expected, "{terms}");
    }
}

#[test]
fn a_partition_cuts_the_links_between_its_groups() {
    let (a, b, c) = (vec![instances(0, 1)], vec![instances(4, 2)], vec![role(Role::Primary)]);
    let set = |from: &Vec<Selector>, to: &Vec<Selector>| LinkSet { from: from.clone(), to: to.clone() };
    for (terms, links, effect) in [
        ("[['c'], ['web[0..1]']]", vec![set(&a, &b), set(&b, &a)], LinkEffect::Cut),
        ("[['c'], ['web[0..1]']]\none_way = true", vec![set(&a, &b)], LinkEffect::Cut),
        ("[['c'], ['web[0..1]']]\none_way = true\nhold = true", vec![set(&a, &b)], LinkEffect::Hold),
        (
            "[['c'], ['web[0]', 'web[1]'], ['d.primary']]",
            vec![set(&a, &b), set(&a, &c), set(&b, &a), set(&b, &c), set(&c, &a), set(&c, &b)],
            LinkEffect::Cut,
        ),
        (
            "[['c'], ['web[0]', 'web[1]'], ['d.primary']]\none_way = true",
            vec![set(&a, &b), set(&a, &c)],
            LinkEffect::Cut,
        ),
    ] {
        assert_eq!(
            fault(&format!("partition = {terms}")).condition,
            Condition::Links { links, effect },
            "{terms}"
        );
    }
    // Clients are parted with their place.
    let places = fault("partition = [['place:eu-a'], ['place:us-*']]\none_way = true").condition;
    let from = vec![instances(3, 1)];
    let to = vec![instances(0, 1), instances(1, 1), instances(2, 1), instances(4, 4)];
    assert_eq!(places, Condition::Links { links: vec![LinkSet { from, to }], effect: LinkEffect::Cut });
}

#[test]
fn links_are_directed_and_have_one_trouble() {
    let links_of = |terms: &str| match fault(&format!("link = {terms}")).condition {
        Condition::Links { links, effect } => (links, effect),
        other => panic!("{other:?}"),
    };
    let set = |from: Selector, to: Selector| LinkSet { from: vec![from], to: vec![to] };
    let (edge, web, d) = (instances(2, 1), instances(4, 4), role(Role::Primary));
    for (text, expected) in [
        ("'edge -> web'", vec![set(edge, web)]),
        ("'edge->web'", vec![set(edge, web)]),
        ("['edge <-> web', 'web -> edge']", vec![set(edge, web), set(web, edge)]),
        ("'web[0] -> d.primary'", vec![set(instances(4, 1), d)]),
        ("'place:eu-a -> edge'", vec![set(instances(3, 1), edge)]),
        ("'eu-* -> edge'", vec![set(instances(3, 1), edge)]),
        ("'people -> people'", vec![set(instances(3, 1), instances(3, 1))]),
    ] {
        assert_eq!(links_of(&format!("{text}\ncut = true")).0, expected, "{text}");
    }
    assert_eq!(links_of("'us-a -> *'\ncut = true").0[0].to.len(), 5, "everybody");
    for (terms, expected) in [
        ("cut = true", LinkEffect::Cut),
        ("cut = true\nhold = true", LinkEffect::Hold),
        ("loss = '50 %'", LinkEffect::Loss(1 << 63)),
        ("bandwidth = '8 Mbit/s'", LinkEffect::Bandwidth(1e6)),
    ] {
        assert_eq!(links_of(&format!("'edge -> web'\n{terms}")).1, expected, "{terms}");
    }
    let (_, slower) = links_of("'edge -> web'\nlatency = { exponential = '3 ms' }");
    assert!(matches!(slower, LinkEffect::Latency(law) if law.mean() == Some(3e6)));
}

#[test]
fn times_are_on_the_clock_of_the_file() {
    let minute = 60 * SECOND;
    for (schedule, from, until) in [
        ("at = '4 min'\nfor = '2 min'", 4 * minute, 6 * minute),
        ("at = '4 min'\nuntil = '6 min'", 4 * minute, 6 * minute),
        ("at = '0 s'\nfor = '1 ns'", 0, 1),
    ] {
        let warm_up = 30 * SECOND;
        let expected = Schedule::Once { from: Time(warm_up + from), until: Time(warm_up + until) };
        let faults = plan(&format!("[fault.f]\ncrash = 'web'\n{schedule}")).faults;
        assert_eq!(faults[0].schedule, expected, "{schedule}");
    }
    for (schedule, from, until) in [
        ("at = '-30 s'", Time(0), Time::NEVER),
        ("at = '-10 s'\nuntil = '-5 s'", Time(20 * SECOND), Time(25 * SECOND)),
        ("at = '9 min'\nfor = '1 h'", Time(570 * SECOND), Time(4170 * SECOND)),
    ] {
        let faults = plan(&format!("[fault.f]\ncrash = 'web'\n{schedule}")).faults;
        assert_eq!(faults[0].schedule, Schedule::Once { from, until }, "{schedule}");
    }
}

#[test]
fn campaigns_draw_their_times() {
    let faults =
        plan("[campaign.disks]\ncrash = 'web'\nmttf = { exponential = '1 h' }\nmttr = '1 min'\n[fault.a]\nat = '1 s'\npause = 'web'")
            .faults;
    assert_eq!(faults.iter().map(|fault| fault.name.as_str()).collect::<Vec<_>>(), ["a", "disks"]);
    let Schedule::Campaign { to_failure, to_repair } = &faults[1].schedule else { panic!("a campaign") };
    assert_eq!((to_failure.mean(), to_repair.mean()), (Some(3.6e12), Some(6e10)));
}

#[test]
fn a_fault_is_a_line_of_text() {
    let start = Time(30 * SECOND);
    for (terms, expected) in [
        (
            "crash = ['web[1]', 'd.primary']\nsilent = true\nfor = '2 min'",
            "crash web[1], d.primary; silent; from 0 s to 2 min",
        ),
        ("crash = 'web'\nlose_disk = true", "crash web; disks are lost; from 0 s on"),
        ("slow = 'web'\nfactor = 4", "slow web; 4 times; from 0 s on"),
        ("errors = 'web'\nshare = 0.25", "errors web; 25 %; from 0 s on"),
        ("capacity = 'web'\nworkers = 2\ncores = 1", "capacity web; workers 2; cores 1; from 0 s on"),
        ("clock = 'web'\nskew = '-10 ms'", "clock web; skew -10 ms; from 0 s on"),
        ("partition = [['c', 'd'], ['web']]", "partition c, d | web; messages are lost; from 0 s on"),
        ("link = 'edge  ->  web'\nlatency = '3 ms'", "link edge -> web; latency mean 3 ms; from 0 s on"),
        ("link = 'edge -> web'\nloss = '1 %'", "link edge -> web; loss 1 %; from 0 s on"),
        ("link = 'edge -> web'\nbandwidth = '1 MB/s'", "link edge -> web; 1 MB/s; from 0 s on"),
    ] {
        assert_eq!(describe_fault(&fault(terms), start), expected, "{terms}");
    }
    let faults = plan("[fault.early]\nat = '-10 s'\nuntil = '-5 s'\npause = 'web'\n[campaign.x]\nmttf = '1 h'\nmttr = '1 s'\npause = 'web'").faults;
    let texts: Vec<String> = faults.iter().map(|fault| describe_fault(fault, start)).collect();
    assert_eq!(
        texts,
        [
            "pause web; from -10 s to -5 s",
            "pause web; again and again: fails after mean 1 h, well after mean 1 s"
        ]
    );
}

#[test]
fn variants_and_settings_reach_faults() {
    let text = "[fault.lost]\nat = '4 min'\nfor = '2 min'\ncrash = 'web'\n\
                [variant.early]\nset = { 'fault.lost.at' = '1 min', 'fault.more' = { at = '5 min', pause = 'd' } }\n\
                [variant.calm]\nremove = ['fault.lost']";
    let begins = |settings: &[&str], variant| -> Vec<(String, u64)> {
        let plan = plan_with(text, settings, variant).unwrap();
        let begin = |fault: &Fault| match fault.schedule {
            Schedule::Once { from, .. } => (fault.name.clone(), from.since(Time(30 * SECOND)).0 / SECOND),
            Schedule::Campaign { .. } => panic!("no campaign"),
        };
        plan.faults.iter().map(begin).collect()
    };
    let lost = |at| ("lost".to_owned(), at);
    assert_eq!(begins(&[], None), [lost(240)]);
    assert_eq!(begins(&["fault.lost.at=2 min"], None), [lost(120)]);
    assert_eq!(begins(&[], Some("early")), [lost(60), ("more".to_owned(), 300)]);
    assert_eq!(begins(&["fault.lost.at=2 min"], Some("early")), [lost(120), ("more".to_owned(), 300)]);
    assert_eq!(begins(&[], Some("calm")), []);
    let slow = plan_with(text, &["fault.lost.crash=[\"web[1]\"]"], None).unwrap().faults.remove(0);
    assert_eq!(slow.targets, "web[1]");
}

#[test]
fn windows_of_faults_are_stretches_of_time() {
    let text = "[fault.f]\nat = '4 min'\nfor = '2 min'\ncrash = 'web'\n\
                [campaign.g]\nmttf = '1 h'\nmttr = '1 s'\npause = 'web'\n\
                [variant.calm]\nremove = ['fault.f']\n[variant.late]\nset = { 'fault.f.at' = '5 min' }";
    let window = |window: &str, variant| {
        let scenario = scenario(text, &[], variant).unwrap();
        let mut diagnostics = Diagnostics::new();
        let location = Location { source: 0, start: 0, end: 0 };
        let node = Node { location, value: Value::Text(format!("c.rate > 1 /s {window}")) };
        let expectation = Expectation::parse(&node, &mut diagnostics).unwrap();
        let window = expectation.metrics()[0].window.clone().unwrap();
        let start = scenario.plan.timeline.start();
        let clock = |time: Time| if time == Time::NEVER { u64::MAX } else { time.since(start).0 / SECOND };
        let span = window_span(&window, start, &scenario.fault_spans);
        span.map(|span| span.map(clock)).map_err(|error| match error {
            NoWindow::Unknown(named) => format!("unknown {}", named.name),
            NoWindow::Campaign(named) => format!("campaign {}", named.name),
        })
    };
    for (text, variant, expected) in [
        ("during f", None, Ok([240, 360])),
        ("before f", None, Ok([0, 240])),
        ("after f", None, Ok([360, u64::MAX])),
        ("after f for 30 s", None, Ok([360, 390])),
        ("from 1 min to 2 min", None, Ok([60, 120])),
        ("during g", None, Err("campaign g".to_owned())),
        ("after h", None, Err("unknown h".to_owned())),
        ("during f", Some("late"), Ok([300, 420])),
        // A variant without the fault has the window of the base.
        ("during f", Some("calm"), Ok([240, 360])),
    ] {
        assert_eq!(window(text, variant), expected, "{text} {variant:?}");
    }
}
