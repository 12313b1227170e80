//! Links that are cut, late, lossy or narrow, and partitions.

use super::spike::{HEAD, MS, edge, ended, failed, messages, ok, once, only, plan, visits};
use super::{answers, asks, drained, fault, server};

/// A message from p to q takes 10 ms. One that was sent before the cut and is due after it has healed arrives.
#[test]
fn a_cut_decides_when_a_message_is_due() {
    let lost = failed("timeout", 100 * MS);
    for (links, at, length, expected, served, dropped) in [
        ("user <-> web", "5 ms", "3 ms", &ok(20 * MS), 1, 0),
        ("user <-> web", "5 ms", "10 ms", &lost, 0, 1),
        ("user -> web", "5 ms", "50 ms", &lost, 0, 1),
        ("web -> user", "5 ms", "50 ms", &lost, 1, 1),
        ("web -> user", "12 ms", "8 ms", &ok(20 * MS), 1, 0),
        ("web -> user", "12 ms", "9 ms", &lost, 1, 1),
        ("p -> q", "5 ms", "50 ms", &lost, 0, 1),
        ("q -> p", "5 ms", "6 ms", &ok(20 * MS), 1, 0),
        // A fault that begins, or ends, in the instant of the arrival comes first.
        ("user -> web", "10 ms", "1 ms", &lost, 0, 1),
        ("user -> web", "9 ms", "1 ms", &ok(20 * MS), 1, 0),
    ] {
        let plan = plan(&[
            "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\"]\nround_trip = { \"* <-> *\" = \"20 ms\" }\n",
            "[call.default]\ntimeout = \"100 ms\"\n",
            &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
            "[server.web]\nplace = \"q\"\nworkers = 1\non.go = []\n",
            &fault("dark", at, length, &format!("link = \"{links}\"\ncut = true")),
        ]);
        let world = drained(&plan);
        assert_eq!(&only(&world, &plan, "user"), expected, "{links} from {at} for {length}");
        assert_eq!(
            (visits(&world, &plan, "web").0, messages(&world).1),
            (served, dropped),
            "{links} from {at} for {length}"
        );
    }
}

/// Three messages are due while the link is held, and arrive when it heals at 51 ms, in the order in which they were due; a
/// reply that is held comes then, too.
#[test]
fn held_messages_arrive_in_order() {
    for (links, expected) in [("user -> web", [55, 56, 57]), ("web -> user", [51, 49, 47])] {
        let links =
            ["first", "second", "third"].map(|client| format!("\"{}\"", links.replace("user", client)));
        let hold = format!("link = [{}]\ncut = true\nhold = true", links.join(", "));
        let found = answers(
            &[&server("web", "{ work = \"3 ms\" }"), &fault("held", "0 s", "51 ms", &hold)],
            &[("first", "0 s"), ("second", "2 ms"), ("third", "4 ms")],
        );
        assert_eq!(found, expected.map(|latency| ok(latency * MS)), "{hold}");
    }
}

/// A client calls web, web calls store: 1 ms a message, given up after 50 and 20 ms. Who is in no group reaches all.
#[test]
fn a_partition_parts_the_groups_and_nobody_else() {
    let (near, far) = (failed("timeout", 22 * MS), failed("timeout", 50 * MS));
    for (partition, user, other, served) in [
        ("[[\"web\"], [\"store\"]]", &near, &near, 0),
        ("[[\"web\"], [\"store\"]]\none_way = true", &near, &near, 0),
        ("[[\"store\"], [\"web\"]]\none_way = true", &near, &near, 2),
        ("[[\"place:p\"], [\"place:q\"]]", &far, &ok(4 * MS), 1),
        ("[[\"place:p\"], [\"place:r\"], [\"web\"]]", &far, &far, 0),
        ("[[\"place:p\"], [\"place:r\", \"web\"]]", &far, &ok(4 * MS), 1),
        ("[[\"user\"], [\"place:r\"]]", &ok(4 * MS), &ok(4 * MS), 2),
        ("[[\"place:q\"], [\"user\"]]\none_way = true", &far, &ok(4 * MS), 2),
    ] {
        let plan = plan(&[
            "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\", \"r\"]\n\
             round_trip = { within = \"2 ms\", \"* <-> *\" = \"2 ms\" }\n",
            "[call.default]\ntimeout = \"50 ms\"\n[call.\"web -> store\"]\ntimeout = \"20 ms\"\n",
            &once("user", "0 s", "request = \"web.go\"\nplace = \"p\""),
            &once("other", "0 s", "request = \"web.go\"\nplace = \"r\""),
            "[server.web]\nplace = \"q\"\nworkers = 2\non.go = [ { call = \"store.go\" } ]\n",
            "[server.store]\nplace = \"q\"\nworkers = 2\non.go = []\n",
            &fault("apart", "0 s", "2 s", &format!("partition = {partition}")),
        ]);
        let world = drained(&plan);
        assert_eq!(
            (&only(&world, &plan, "user"), &only(&world, &plan, "other"), visits(&world, &plan, "store").0),
            (user, other, served),
            "{partition}"
        );
    }
}

/// Three messages of 1 kB go there at 0 ms and come back at once.
#[test]
fn links_get_late_lossy_and_narrow() {
    let asked =
        "[client.user]\narrivals = { batches = [ { at = \"0 s\", count = 3 } ] }\nrequest = \"web.go\"\n";
    for (links, effect, expected) in [
        ("user -> web", "latency = \"7 ms\"", [9, 9, 9]),
        ("user <-> web", "latency = \"7 ms\"", [16, 16, 16]),
        ("web -> nobody", "latency = \"7 ms\"", [2, 2, 2]),
        ("user -> web", "loss = \"100 %\"", [50, 50, 50]),
        ("web -> user", "loss = \"100 %\"", [50, 50, 50]),
        ("user -> web", "loss = \"0 %\"", [2, 2, 2]),
        ("user -> web", "bandwidth = \"1 MB/s\"", [3, 4, 5]),
        // A pipe each way: the first reply leaves while the second message still does.
        ("user <-> web", "bandwidth = \"1 MB/s\"", [4, 5, 6]),
    ] {
        let plan = plan(&[
            HEAD,
            "overhead = \"1 kB\"\n[call.default]\ntimeout = \"50 ms\"\n",
            asked,
            "[server.web]\nworkers = \"unbounded\"\non.go = []\n[server.nobody]\nworkers = 1\non.go = []\n",
            &fault("bad", "0 s", "500 ms", &format!("link = \"{links}\"\n{effect}")),
        ]);
        let (_, latencies) = ended(&drained(&plan), &plan, "user");
        assert_eq!(
            (latencies.min(), latencies.max(), latencies.sum()),
            (Some(expected[0] * MS), Some(expected[2] * MS), u128::from(expected.iter().sum::<u64>() * MS)),
            "{links}: {effect}"
        );
    }
}

/// The caller gives up at 10 ms work that began at 1 ms. Its word is a message: it is lost where the link is cut, comes late where
/// it is held, and is not read by who is paused.
#[test]
fn a_callers_word_suffers_like_any_message() {
    for (terms, wasted) in [
        ("slow = \"web\"\nfactor = 1", 1),
        ("link = \"user -> web\"\ncut = true", 21),
        ("link = \"web -> user\"\ncut = true", 1),
        ("link = \"user -> web\"\ncut = true\nhold = true", 10),
        ("pause = \"web\"", 10),
    ] {
        let plan = plan(&[
            HEAD,
            &asks("user", "0 s"),
            "[call.\"user -> web\"]\ntimeout = \"10 ms\"\ncancel = true\n",
            &server("web", "{ work = \"30 ms\" }"),
            &fault("bad", "5 ms", "15 ms", terms),
        ]);
        let world = drained(&plan);
        assert_eq!(only(&world, &plan, "user"), failed("timeout", 10 * MS), "{terms}");
        assert_eq!(edge(&world, &plan, "user", "web"), (1, 0, 1, u128::from(wasted * MS)), "{terms}");
    }
}

/// A writer and the primary stand at p, a reader and the replica at q; a message between them takes 10 ms. The write is
/// done at 1 ms and due at the replica at 11 ms; who asks at t reads at t + 2. A letter that is held comes with the healing of
/// the link at 50 ms; one that is lost is written again, since its reader does not confirm it. What befalls the way back, or comes
/// when the letter has left, does not matter to it.
#[test]
fn letters_of_replicas_cross_links_that_can_be_cut() {
    for (terms, reads) in [
        ("slow = \"web\"\nfactor = 1", [(8, "ok"), (10, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\ncut = true\nhold = true", [(47, "ok"), (49, "fresh")]),
        ("partition = [[\"place:p\"], [\"place:q\"]]\nhold = true", [(47, "ok"), (49, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\ncut = true", [(60, "ok"), (700, "fresh")]),
        ("link = \"urls[1] -> urls[0]\"\ncut = true", [(8, "ok"), (10, "fresh")]),
        ("link = \"urls[0] -> urls[1]\"\nlatency = \"20 ms\"", [(8, "ok"), (10, "fresh")]),
        ("pause = \"urls[1]\"", [(3, "ok"), (49, "fresh")]),
        // It has arrived before the cut, and is read after the pause. Who crashes meanwhile has never read it: until it has caught
        // up the primary is asked.
        (
            "pause = \"urls[1]\"\n[fault.cut]\nat = \"20 ms\"\nfor = \"40 ms\"\nlink = \"urls[0] -> urls[1]\"\ncut = true",
            [(49, "fresh"), (70, "fresh")],
        ),
        (
            "pause = \"urls[1]\"\n[fault.lost]\nat = \"20 ms\"\nfor = \"1 ms\"\ncrash = \"urls[1]\"",
            [(49, "fresh"), (700, "fresh")],
        ),
    ] {
        for (at, expected) in reads {
            let plan = plan(&[
                "[scenario]\nduration = \"1 s\"\n[network]\nplaces = [\"p\", \"q\"]\n\
                 round_trip = { within = \"2 ms\", \"* <-> *\" = \"20 ms\" }\n",
                &once("writer", "0 s", "request = \"urls.write\"\nplace = \"p\"\nkeys = { count = 1 }"),
                &once(
                    "reader",
                    &format!("{at} ms"),
                    "request = \"web.go\"\nplace = \"q\"\nkeys = { count = 1 }",
                ),
                "[server.web]\nplace = \"q\"\nworkers = 1\n",
                "on.go = [ { call = \"urls.read\" }, ",
                "{ choose = [ { when = \"version == 1\", do = [ { return = \"fresh\" } ] } ] } ]\n",
                "[database.urls]\nplaces = [\"p\", \"q\"]\nreplicas = 1\nreads = \"nearest\"\n",
                "failover = { detect = \"400 ms\", promote = \"100 ms\" }\n",
                &fault("bad", "5 ms", "45 ms", terms),
            ]);
            let world = drained(&plan);
            assert_eq!(only(&world, &plan, "writer"), ok(2 * MS), "{terms}");
            assert_eq!(only(&world, &plan, "reader").0, expected, "{terms} at {at} ms");
        }
    }
}
