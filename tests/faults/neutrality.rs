//! What befalls one part of a scenario changes no figure of the others.

use super::common::plan_of;
use super::drained;
use super::figures::figures;
use std::collections::BTreeMap;

/// Two systems side by side, with drawn times, loss, and calls that are given up and made again.
const SIDE_BY_SIDE: &str = r#"
[scenario]
duration = "2 s"
[network]
places = ["east", "west"]
round_trip = { within = { exponential = "2 ms" } }
loss = { "east <-> east" = "2 %" }
[client.ann]
place = "east"
arrivals = { poisson = "200 /s" }
request = "app.go"
keys = { count = 100 }
[balancer.app]
place = "east"
targets = ["api"]
policy = "power_of_d"
[server.api]
place = "east"
instances = 2
workers = 2
on.go = [ { work = { exponential = "5 ms" } }, { call = "base.read" } ]
[database.base]
place = "east"
workers = 4
read = { exponential = "6 ms" }
[client.bob]
place = "west"
arrivals = { poisson = "100 /s" }
request = "web.go"
[server.web]
place = "west"
instances = 2
workers = 1
on.go = [ { work = { exponential = "5 ms" } }, { call = "tail.go" } ]
[server.tail]
place = "west"
workers = 2
on.go = [ { work = { exponential = "5 ms" } } ]
[server.spare]
place = "west"
workers = 1
on.go = []
[server.idle]
place = "west"
workers = 1
on.go = [ { work = "1 ms" } ]
[call."* -> *"]
timeout = "60 ms"
retry = { attempts = 2 }
"#;

/// A fault of the east that draws on every message, under which the others must change nothing.
const LOSSY_EAST: &str = "[fault.storm]\nat = \"500 ms\"\nlink = \"place:east -> place:east\"\nloss = \"20 %\"\n\
    [fault.wrong]\nat = \"1 s\"\nerrors = \"api[0]\"\nshare = \"30 %\"\n";

/// A condition that changes nothing: it cuts the time into the same windows.
const NOTHING: &str = "slow = \"spare\"\nfactor = 1";

fn figures_of(text: &str) -> BTreeMap<String, String> {
    let plan = plan_of(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    figures(&plan, &drained(&plan))
}

/// What befalls the west leaves every figure of the east as it was, and the other way round.
#[test]
fn faults_elsewhere_change_no_figure() {
    let in_the_east =
        |name: &str| ["ann", "app", "api", "base", "link east"].iter().any(|known| name.starts_with(known));
    let schedules = [
        "[fault.bad]\nat = \"300 ms\"\nfor = \"1200 ms\"\n",
        "[campaign.bad]\nmttf = { exponential = \"200 ms\" }\nmttr = \"50 ms\"\n",
    ];
    let base = schedules.map(|schedule| format!("{SIDE_BY_SIDE}{LOSSY_EAST}{schedule}"));
    let expected = [0, 1].map(|index: usize| figures_of(&format!("{}{NOTHING}\n", base[index])));
    let mut changed = 0;
    for terms in [
        "crash = \"web\"",
        "crash = [\"web[1]\", \"tail\"]\nsilent = true",
        "pause = \"web[0]\"",
        "slow = \"place:west\"\nfactor = 3",
        "errors = \"web\"\nshare = \"40 %\"",
        "capacity = \"web\"\nworkers = 3",
        "link = \"west -> west\"\nloss = \"30 %\"",
        "link = \"bob -> web\"\nlatency = { exponential = \"9 ms\" }",
        "partition = [[\"web[0]\"], [\"tail\"]]",
    ] {
        for (base, expected) in base.iter().zip(&expected) {
            let found = figures_of(&format!("{base}{terms}\n"));
            for (name, figure) in expected.iter().filter(|(name, _)| in_the_east(name)) {
                assert_eq!(found.get(name), Some(figure), "{terms} changes {name}");
            }
            changed += usize::from(found != *expected);
        }
    }
    assert_eq!(changed, 2 * 9, "every fault changes something");
}

/// Whatever befalls a component that nobody calls changes no figure, but that it was down.
#[test]
fn faults_of_who_is_not_called_change_no_figure() {
    for terms in [
        "crash = \"idle\"",
        "crash = \"idle\"\nsilent = true",
        "pause = \"idle\"",
        "slow = \"idle\"\nfactor = 7",
        "errors = \"idle\"\nshare = \"50 %\"",
        "capacity = \"idle\"\nworkers = 9",
        "link = \"web <-> idle\"\ncut = true",
        "link = \"idle <-> *\"\nloss = \"50 %\"",
        "partition = [[\"idle\"], [\"web\", \"tail\"]]\nhold = true",
    ] {
        let schedules = [
            "[fault.bad]\nat = \"100 ms\"\nfor = \"1 s\"\n",
            "[campaign.bad]\nmttf = \"90 ms\"\nmttr = \"40 ms\"\n",
        ];
        for schedule in schedules {
            let mut expected = figures_of(&format!("{SIDE_BY_SIDE}{schedule}{NOTHING}\n"));
            expected.remove("idle loads");
            let mut found = figures_of(&format!("{SIDE_BY_SIDE}{schedule}{terms}\n"));
            found.remove("idle loads");
            for (name, figure) in &expected {
                assert_eq!(found.get(name), Some(figure), "{terms} changes {name}");
            }
        }
    }
}

/// Where a message is lost anyway, what befalls other links has no say in it.
#[test]
fn draws_of_a_bad_link_do_not_depend_on_other_faults() {
    let lossy = "[fault.zloss]\nat = \"200 ms\"\nlink = \"api -> base\"\nloss = \"30 %\"\n";
    let bad = "link = \"web -> tail\"\nlatency = \"1 ms\"";
    let other = format!("[fault.early]\nat = \"100 ms\"\n{bad}\n");
    let (alone, beside) = (
        figures_of(&format!("{SIDE_BY_SIDE}{}{lossy}", other.replace(bad, NOTHING))),
        figures_of(&format!("{SIDE_BY_SIDE}{other}{lossy}")),
    );
    let mut compared = 0;
    for (name, figure) in
        alone.iter().filter(|(name, _)| name.starts_with("ann") || name.starts_with("link east"))
    {
        assert_eq!(beside.get(name), Some(figure), "{name}");
        compared += 1;
    }
    assert!(compared > 3, "{compared} figures are not all");
}
