//! Why an instance is down: all reasons stand in one place, so that it goes down with the first of them and is started after
//! the last.

use super::condition::Health;
use crate::fault::Notice;

/// A reason for an instance to be down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reason {
    /// A fault. Each of several is a reason of its own.
    Crash(Notice),
    /// It is not there.
    Away,
    /// It is stopped, and will be started at once.
    Restart,
    /// What it runs never comes up.
    Stuck,
}

/// What an instance was when there was one reason more for it to be down.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Was {
    /// It served.
    Up,
    /// It had been started and did not serve yet; it will have to be started again.
    Booting,
    /// There was another reason.
    Down,
}

/// The reasons for which one instance is down.
#[derive(Clone, Copy, Default, PartialEq, Eq, Debug)]
pub(super) struct Down {
    crashes: u32,
    /// How many of the crashes nobody is told of.
    silent: u32,
    is_away: bool,
    restarts: bool,
    is_stuck: bool,
    is_booting: bool,
}

impl Down {
    /// There is a reason more. All but crashes are reasons only once.
    pub(super) fn add(&mut self, reason: Reason) -> Was {
        let was = match (self.has_reason(), self.is_booting) {
            (true, _) => Was::Down,
            (false, true) => Was::Booting,
            (false, false) => Was::Up,
        };
        self.is_booting = false;
        match reason {
            Reason::Crash(notice) => {
                self.crashes += 1;
                self.silent += u32::from(notice == Notice::Silent);
            }
            Reason::Away => self.is_away = true,
            Reason::Restart => self.restarts = true,
            Reason::Stuck => self.is_stuck = true,
        }
        was
    }

    /// A reason is gone, if it was one; whether it was the last, so that the instance is to be started.
    pub(super) fn remove(&mut self, reason: Reason) -> bool {
        let had_reason = self.has_reason();
        match reason {
            Reason::Crash(notice) => {
                self.crashes -= 1;
                self.silent -= u32::from(notice == Notice::Silent);
            }
            Reason::Away => self.is_away = false,
            Reason::Restart => self.restarts = false,
            Reason::Stuck => self.is_stuck = false,
        }
        had_reason && !self.has_reason()
    }

    /// It has been started, and does not serve before it has booted.
    pub(super) fn boot(&mut self) {
        self.is_booting = true;
    }

    /// It has booted.
    pub(super) fn has_booted(&mut self) {
        self.is_booting = false;
    }

    /// Whether what it runs never comes up.
    pub(super) fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    /// Whom a message to it would reach.
    #[inline]
    pub(super) fn health(&self) -> Health {
        match (self.has_reason() || self.is_booting, self.silent) {
            (false, _) => Health::Up,
            (true, 0) => Health::Refuses,
            (true, _) => Health::Silent,
        }
    }

    #[inline]
    fn has_reason(&self) -> bool {
        self.crashes > 0 || self.is_away || self.restarts || self.is_stuck
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LOUD: Reason = Reason::Crash(Notice::Reset);
    const SILENT: Reason = Reason::Crash(Notice::Silent);

    /// What an instance does, said by what happens to its reasons, and whom a message would reach afterwards.
    fn tell(events: &[(char, Reason)]) -> (Vec<&'static str>, Health) {
        let mut down = Down::default();
        let told = events.iter().map(|(sign, reason)| match sign {
            '+' => match down.add(*reason) {
                Was::Up => "falls",
                Was::Booting => "boots no more",
                Was::Down => "",
            },
            _ if down.remove(*reason) => {
                down.boot();
                "starts"
            }
            _ => "",
        });
        (told.collect(), down.health())
    }

    #[test]
    fn the_first_reason_stops_and_the_last_one_starts() {
        use Health::{Refuses, Silent};
        use Reason::{Away, Restart, Stuck};
        for (events, told, health) in [
            (
                vec![('+', LOUD), ('+', LOUD), ('-', LOUD), ('-', LOUD)],
                vec!["falls", "", "", "starts"],
                Refuses,
            ),
            (vec![('+', LOUD), ('+', SILENT)], vec!["falls", ""], Silent),
            (vec![('+', LOUD), ('+', SILENT), ('-', SILENT)], vec!["falls", "", ""], Refuses),
            // A version that never comes up is given to who has crashed, and taken back before or after the crash ends.
            (
                vec![('+', LOUD), ('+', Stuck), ('-', LOUD), ('-', Stuck)],
                vec!["falls", "", "", "starts"],
                Refuses,
            ),
            (
                vec![('+', LOUD), ('+', Stuck), ('-', Stuck), ('-', LOUD)],
                vec!["falls", "", "", "starts"],
                Refuses,
            ),
            // Two deploys of the same: what is true already is no second reason, and what is not true none to go.
            (vec![('+', Stuck), ('+', Stuck), ('-', Stuck)], vec!["falls", "", "starts"], Refuses),
            (vec![('+', Away), ('-', Stuck), ('-', Away)], vec!["falls", "", "starts"], Refuses),
            (
                vec![('+', Restart), ('+', Stuck), ('-', Restart), ('+', Away), ('-', Stuck)],
                vec!["falls", "", "", "", ""],
                Refuses,
            ),
            // Who boots is started anew.
            (
                vec![('+', LOUD), ('-', LOUD), ('+', Restart), ('-', Restart)],
                vec!["falls", "starts", "boots no more", "starts"],
                Refuses,
            ),
        ] {
            assert_eq!(tell(&events), (told, health), "{events:?}");
        }
        let mut down = Down::default();
        assert_eq!(down.health(), Health::Up);
        down.add(LOUD);
        down.remove(LOUD);
        down.boot();
        down.has_booted();
        assert_eq!(down, Down::default());
    }
}
