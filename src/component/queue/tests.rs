//! What is said about tables of queues, and what single instances do.

use super::super::testing::{Scene, error, outline, read, request};
use super::super::{Plans, Verdict};
use super::spec::Backoff;
use super::*;

#[test]
fn tables_and_what_is_said_about_them() {
    for (toml, expected) in [
        ("", Ok(())),
        ("capacity = 5\norder = \"priority\"\nper_key = true\ninterval = \"1 s\"\nspread = \"key\"", Ok(())),
        ("visibility = \"1 min\"\ndelay = \"5 s\"\nretry = { doubling = \"1 s\", cap = \"1 min\" }", Ok(())),
        ("attempts = 3\ndead_letter = \"broken\"\ndurable = false\nretry = \"1 s\"", Ok(())),
        ("attempts = \"unbounded\"\nretry = { constant = \"1 s\" }", Ok(())),
        ("lane = \"{user}\"\ninterval = \"1 s\"", Ok(())),
        ("rest = \"1 s\"", Err(error(1, "`rest` means something only with `per_key = true` or `lane`"))),
        ("lane = 5", Err(error(8, "a text is needed here, not a whole number"))),
        (
            "lane = \"{user}\"\nper_key = true",
            Err(error(1, "either each key has a queue of its own (`per_key`), or each `lane`")),
        ),
        (
            "checkpoint = \"1 s\"\ndurable = false",
            Err(error(1, "`checkpoint` means something only with `durable`: what is not is never written")),
        ),
        ("capacity = 0", Err(error(12, "`capacity` is from 1 to 4294967295, not 0"))),
        (
            "interval = \"1 s\"",
            Err(error(1, "`interval` means something only with `per_key = true` or `lane`")),
        ),
        (
            "visibility = \"0 s\"",
            Err(error(
                14,
                "a message that is handed out has to be hidden from others for some time \
                 (longer than the work on it takes, as in visibility = \"30 s\")",
            )),
        ),
        (
            "retry = { constant = \"1 s\", cap = \"2 s\" }",
            Err(error(
                9,
                "`retry` is a time, or has either `constant` or `doubling` \
                 (as in retry = \"5 s\", or retry = { doubling = \"1 s\", cap = \"1 min\" })",
            )),
        ),
        (
            "dead_letter = \"broken\"",
            Err(error(
                1,
                "`dead_letter` means something only with `attempts`: without it no message is ever dead",
            )),
        ),
        (
            "concurrency_limit = 5",
            Err(error(
                1,
                "`concurrency_limit` would count those who wait for a message, and keep out who brings it \
                 (`capacity` limits the messages, and `workers` those who are served at a time)",
            )),
        ),
        ("attempts = 0", Err(error(12, "`attempts` is from 1 to 60000, not 0"))),
    ] {
        assert_eq!(read::<QueueBlueprint>(toml).map(|_| ()), expected, "{toml}");
    }
}

#[test]
fn what_messages_cost() {
    let queue = read::<QueueBlueprint>("service = \"1 ms\"").unwrap();
    assert_eq!(outline(&queue.lines("put")), "service 0.001 s, consult");
    assert_eq!(outline(&queue.lines("receive")), "consult");
}

#[test]
fn pauses_after_failures() {
    let doubling = Backoff::Doubling(Span(10), Span(70));
    let pauses = [1, 2, 3, 4, 200].map(|deliveries| doubling.pause(deliveries).0);
    assert_eq!(pauses, [10, 20, 40, 70, 70]);
    assert_eq!(Backoff::Constant(Span(7)).pause(9), Span(7));
}

/// Asks for a message, for so long.
fn receive(scene: &mut Scene<QueueState>, request: &mut Request, wait: u64) -> Verdict {
    request.version = wait;
    scene.touch(|state, context| state.visit(0, RECEIVE, request, context))
}

fn tell(scene: &mut Scene<QueueState>, action: u16, ticket: u64) -> Verdict {
    let mut word = request(0);
    word.version = ticket;
    scene.touch(|state, context| state.visit(0, action, &mut word, context))
}

#[test]
fn a_message_is_handed_out_until_it_is_acknowledged() {
    let mut scene = Scene::new::<QueueBlueprint>("visibility = \"10 s\"\nretry = \"2 s\"", 1);
    let mut message = request(5);
    (message.user, message.id, message.size, message.priority, message.fate) = (6, 7, 8, 9, 10);
    assert_eq!(scene.visit(0, "put", &mut message), Verdict::Done(outcome::OK));
    let mut taker = request(0);
    assert_eq!(receive(&mut scene, &mut taker, 100), Verdict::Done(outcome::OK));
    let [first, second] = [1, 2].map(|delivery| Ticket { serial: 1, delivery }.pack());
    assert_eq!((taker.key, taker.user, taker.id, taker.size), (5, 6, 7, 8));
    assert_eq!((taker.priority, taker.value, taker.version), (9, 10, first));
    // Its consumer fails, and says so; nobody else gets it before its pause is over.
    assert_eq!(tell(&mut scene, REFUSE, first), Verdict::Done(outcome::OK));
    scene.visitor = RequestId { index: 3, generation: 0 };
    scene.wanted();
    assert_eq!(receive(&mut scene, &mut request(0), 100 * SECOND), Verdict::Park);
    scene.now = Time(2 * SECOND);
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(
        scene.wanted(),
        format!("answer 3: ok 8 B version {second}, wake 0 after {} as 0", 10 * SECOND)
    );
    // What was said of the first delivery counts no longer.
    assert_eq!(tell(&mut scene, ACKNOWLEDGE, first), Verdict::Done(outcome::MISSING));
    assert_eq!(tell(&mut scene, ACKNOWLEDGE, second), Verdict::Done(outcome::OK));
    assert_eq!(tell(&mut scene, ACKNOWLEDGE, second), Verdict::Done(outcome::MISSING));
    for (counter, expected) in
        [("puts", 1), ("deliveries", 2), ("redeliveries", 1), ("acknowledged", 1), ("late", 2)]
    {
        assert_eq!(scene.counter(counter), expected, "{counter}");
    }
    assert!(scene.state.holds_nothing());
}

#[test]
fn who_finds_nothing_waits_for_a_while() {
    let mut scene = Scene::new::<QueueBlueprint>("", 1);
    for (index, wait) in [(1, 30), (2, 20), (3, 40)] {
        scene.visitor = RequestId { index, generation: 0 };
        assert_eq!(receive(&mut scene, &mut request(0), wait), Verdict::Park);
    }
    assert_eq!(scene.wanted(), "wake 0 after 30 as 0, wake 0 after 20 as 0");
    scene.touch(|state, context| state.left(0, RequestId { index: 3, generation: 0 }, context));
    scene.now = Time(20);
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.wanted(), "answer 2: empty 0 B version 0, wake 0 after 10 as 0");
    scene.visit(0, "put", &mut request(4));
    scene.visit(0, "put", &mut request(4));
    assert!(
        scene
            .wanted()
            .starts_with(&format!("answer 1: ok 0 B version {}", Ticket { serial: 1, delivery: 1 }.pack()))
    );
    assert_eq!((scene.state.backlog(), scene.state.in_flight()), (1, 1), "who has gone gets nothing");
}

#[test]
fn a_crash_takes_what_is_not_durable() {
    for (toml, disk, lost) in [("", Disk::Kept, 0), ("", Disk::Lost, 2), ("durable = false", Disk::Kept, 2)] {
        let mut scene = Scene::new::<QueueBlueprint>(toml, 1);
        scene.visit(0, "put", &mut request(1));
        scene.visit(0, "put", &mut request(2));
        receive(&mut scene, &mut request(0), 5);
        scene.touch(|state, context| state.change(0, Change::Down(disk), context));
        assert_eq!(scene.counter("lost"), lost, "{toml} {disk:?}");
        assert_eq!(scene.state.backlog() + scene.state.in_flight(), 2 - lost as usize);
        scene.wanted();
        scene.touch(|state, context| state.change(0, Change::Up, context));
        let timer = if lost == 0 { format!("wake 0 after {} as 0", 30 * SECOND) } else { String::new() };
        assert_eq!(scene.wanted(), timer, "what is in flight comes back in time");
    }
}

/// Messages 1 and 2 are written; 1 is done since, 2 is out, and 3 has come: the crash brings 1 and 2 back and takes 3.
#[test]
fn a_crash_leaves_what_the_last_checkpoint_has() {
    for (disk, expected) in [(Disk::Kept, [1, 1, 2]), (Disk::Lost, [2, 0, 0])] {
        let mut scene = Scene::new::<QueueBlueprint>("checkpoint = \"10 s\"", 1);
        scene.now = Time(3 * SECOND);
        scene.visit(0, "put", &mut request(1));
        assert_eq!(scene.wanted(), format!("wake 0 after {} as 1", 7 * SECOND));
        scene.visit(0, "put", &mut request(2));
        scene.touch(|state, context| state.wake(0, CHECKPOINT, context));
        let mut taker = request(0);
        receive(&mut scene, &mut taker, 5);
        tell(&mut scene, ACKNOWLEDGE, taker.version);
        receive(&mut scene, &mut request(0), 5);
        scene.visit(0, "put", &mut request(3));
        scene.touch(|state, context| state.change(0, Change::Down(disk), context));
        scene.touch(|state, context| state.change(0, Change::Up, context));
        let counted = [scene.counter("lost"), scene.counter("restored"), scene.state.backlog() as u64];
        assert_eq!((counted, scene.state.in_flight()), (expected, 0), "{disk:?}");
        let again: Vec<u64> = (0..2)
            .filter_map(|_| {
                let mut taker = request(0);
                (receive(&mut scene, &mut taker, 0) == Verdict::Done(outcome::OK)).then_some(taker.key)
            })
            .collect();
        assert_eq!(again, if disk == Disk::Kept { vec![1, 2] } else { vec![] });
    }
}

/// Of those whose time has come the first is who was put first, or the most urgent, whenever that was.
#[test]
fn what_is_put_for_later_is_handed_out_then() {
    for (toml, expected) in
        [("", [1, 2, 3, 4]), ("order = \"priority\"", [4, 2, 3, 1]), ("order = \"lifo\"", [4, 3, 2, 1])]
    {
        let mut scene = Scene::new::<QueueBlueprint>(&format!("delay = \"9 s\"\n{toml}"), 1);
        for (key, delay, priority) in
            [(1, Some(5), 9), (2, Some(3), 5), (3, Some(0), 5), (4, Some(5), 0), (5, None, 0)]
        {
            let mut message = request(key);
            message.priority = priority;
            scene.luggage.delay = delay.map(|seconds| Span(seconds * SECOND));
            assert_eq!(scene.visit(0, "put", &mut message), Verdict::Done(outcome::OK));
        }
        scene.luggage.delay = None;
        assert_eq!((scene.state.backlog(), scene.state.delayed()), (5, 4));
        scene.now = Time(5 * SECOND);
        scene.touch(|state, context| state.wake(0, 0, context));
        assert_eq!((scene.state.backlog(), scene.state.delayed()), (5, 1), "{toml}");
        let taken = expected.map(|_| {
            let mut taker = request(0);
            assert_eq!(receive(&mut scene, &mut taker, 0), Verdict::Done(outcome::OK));
            taker.key
        });
        assert_eq!(taken, expected, "{toml}");
        assert_eq!(receive(&mut scene, &mut request(0), 0), Verdict::Park);
        // Of the three with a delay: at once, and 2 s after its time.
        let lateness = scene.times(spec::LATENESS);
        let found = (lateness.count(), lateness.sum(), lateness.max());
        assert_eq!(found, (3, u128::from(2 * SECOND), Some(2 * SECOND)));
    }
}

/// A checkpoint has when a message may be handed out; what it had to pause for since is forgotten.
#[test]
fn who_comes_back_after_a_crash_still_waits_for_its_time() {
    for (toml, lost) in [("", 0), ("checkpoint = \"10 s\"", 0), ("durable = false", 2)] {
        let mut scene = Scene::new::<QueueBlueprint>(toml, 1);
        for delay in [8, 1] {
            scene.luggage.delay = Some(Span(delay * SECOND));
            scene.visit(0, "put", &mut request(delay));
        }
        scene.luggage.delay = None;
        if toml.starts_with("checkpoint") {
            scene.touch(|state, context| state.wake(0, CHECKPOINT, context));
        }
        scene.now = Time(2 * SECOND);
        scene.touch(|state, context| state.change(0, Change::Down(Disk::Kept), context));
        scene.now = Time(3 * SECOND);
        scene.touch(|state, context| state.change(0, Change::Up, context));
        assert_eq!((scene.counter("lost"), scene.state.backlog() as u64), (lost, 2 - lost), "{toml}");
        assert_eq!(scene.state.delayed() as u64, 1 - lost / 2, "{toml}");
        scene.wanted();
        let mut taker = request(0);
        let verdict = receive(&mut scene, &mut taker, 0);
        assert_eq!(verdict == Verdict::Done(outcome::OK), lost == 0, "{toml}");
        assert_eq!(taker.key, if lost == 0 { 1 } else { 0 }, "{toml}");
    }
}

/// Who waits for its time takes a place, and is not among those that are taken out at once.
#[test]
fn a_message_for_later_takes_room() {
    let mut scene = Scene::new::<QueueBlueprint>("capacity = 1\nper_key = true", 1);
    scene.luggage.delay = Some(Span(SECOND));
    assert_eq!(scene.visit(0, "put", &mut request(7)), Verdict::Done(outcome::OK));
    assert_eq!(scene.visit(0, "put", &mut request(7)), Verdict::Done(outcome::FULL));
    assert_eq!(scene.visit(0, "drain", &mut request(7)), Verdict::Done(outcome::EMPTY));
    scene.now = Time(SECOND);
    scene.touch(|state, context| state.wake(0, 0, context));
    assert_eq!(scene.visit(0, "drain", &mut request(7)), Verdict::Done(outcome::OK));
    assert_eq!((scene.state.backlog(), scene.state.delayed()), (0, 0));
}
