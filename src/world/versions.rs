//! The versions of one instance: which one it runs, and which deploys have come to it and were not taken back.

/// What an instance runs, and what it is to run.
#[derive(Clone, Default, Debug)]
pub(super) struct Versions {
    /// The deploys that have come to it and were not taken back, the latest last.
    given: Vec<Given>,
    /// The occurrence of the deploy whose version it runs; none for what it ran from the start.
    current: Option<usize>,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Given {
    occurrence: usize,
    has_run: bool,
}

/// An instance has begun to run another version. Each deploy is an occurrence.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Change {
    /// Whose version it ran.
    pub before: Option<usize>,
    /// Whose version it runs.
    pub now: Option<usize>,
    /// Which deploy's version has come to it for the first time.
    pub updated: Option<usize>,
    /// Which deploy's version it has given back.
    pub rolled_back: Option<usize>,
}

impl Versions {
    /// A deploy comes to it.
    pub(super) fn give(&mut self, occurrence: usize) {
        self.given.push(Given { occurrence, has_run: false });
    }

    /// A deploy is taken back; what came to it before and after stays.
    pub(super) fn take_back(&mut self, occurrence: usize) {
        self.given.retain(|given| given.occurrence != occurrence);
    }

    /// The deploy whose version it is to run; none for what it ran from the start.
    pub(super) fn wanted(&self) -> Option<usize> {
        self.given.last().map(|given| given.occurrence)
    }

    /// It runs from now on what it is to run; none if it did already.
    pub(super) fn settle(&mut self) -> Option<Change> {
        let now = self.wanted();
        let before = std::mem::replace(&mut self.current, now);
        if before == now {
            return None;
        }
        let has_gone = |occurrence: &usize| self.given.iter().all(|given| given.occurrence != *occurrence);
        let rolled_back = before.filter(has_gone);
        let latest = self.given.last_mut();
        let is_first = latest.is_some_and(|given| !std::mem::replace(&mut given.has_run, true));
        Some(Change { before, now, updated: now.filter(|_| is_first), rolled_back })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What an instance runs after each of these: `+` a deploy comes, `-` it is taken back, `!` the instance is started. With
    /// it, who has updated it and who was rolled back.
    fn told(events: &str) -> String {
        let mut versions = Versions::default();
        let name = |occurrence: usize| char::from(b'a' + occurrence as u8);
        let mut told = String::new();
        for event in events.split_whitespace() {
            let occurrence = || usize::from(event.as_bytes()[1] - b'a');
            match &event[..1] {
                "+" => versions.give(occurrence()),
                "-" => versions.take_back(occurrence()),
                _ => match versions.settle() {
                    None => told += "same ",
                    Some(change) => {
                        told.push(change.now.map_or('0', name));
                        change.updated.into_iter().for_each(|one| told.extend(['+', name(one)]));
                        change.rolled_back.into_iter().for_each(|one| told.extend(['-', name(one)]));
                        told.push(' ');
                    }
                },
            }
        }
        told.trim_end().to_owned()
    }

    #[test]
    fn the_latest_deploy_that_was_not_taken_back_is_run() {
        for (events, expected) in [
            ("! +a ! ! -a !", "same a+a same 0-a"),
            // Taken back before it was started.
            ("+a -a !", "same"),
            // The second one goes first: what it ran before is the first one.
            ("+a ! +b ! -b ! -a !", "a+a b+b a-b 0-a"),
            // The first one goes first, and is not given back again.
            ("+a ! +b ! -a ! -b !", "a+a b+b same 0-b"),
            // The first one is run only when the second has gone.
            ("+a +b ! -b ! -a !", "b+b a+a-b 0-a"),
            // Both change at once.
            ("+a ! -a +b !", "a+a b+b-a"),
        ] {
            assert_eq!(told(events), expected, "{events}");
        }
    }
}
