//! Counts of the recent past: how often each of two things happened within a window that moves with time.
//!
//! The window is a ring of [`PARTS`] parts, each of which is forgotten as a whole, so that what is counted happened within the last
//! window and no more than a sixtieth of it earlier than asked for is missing; nothing is kept of the single events.

/// Into how many parts a window is cut.
pub const PARTS: usize = 60;

/// Two counts over a window that moves with time.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Recent {
    parts: Box<[[u32; 2]; PARTS]>,
    sums: [u64; 2],
    /// The number of the newest part since time 0.
    newest: u64,
}

impl Default for Recent {
    fn default() -> Self {
        Recent { parts: Box::new([[0; 2]; PARTS]), sums: [0; 2], newest: 0 }
    }
}

impl Recent {
    /// So many more of each at this instant \[ns\], which does not go back; a window is at least [`PARTS`] long \[ns\].
    pub fn add(&mut self, window: u64, now: u64, more: [u32; 2]) {
        self.forget(window, now);
        let part = &mut self.parts[(self.newest % PARTS as u64) as usize];
        for (index, more) in more.into_iter().enumerate() {
            part[index] += more;
            self.sums[index] += u64::from(more);
        }
    }

    /// How many of each there were within the window that ends now \[ns\].
    pub fn sums(&mut self, window: u64, now: u64) -> [u64; 2] {
        self.forget(window, now);
        self.sums
    }

    /// Nothing has happened.
    pub fn clear(&mut self) {
        self.parts.fill([0; 2]);
        self.sums = [0; 2];
    }

    fn forget(&mut self, window: u64, now: u64) {
        let part = now / (window / PARTS as u64);
        if part - self.newest >= PARTS as u64 {
            self.clear();
            self.newest = part;
        }
        while self.newest < part {
            self.newest += 1;
            let gone = std::mem::take(&mut self.parts[(self.newest % PARTS as u64) as usize]);
            self.sums[0] -= u64::from(gone[0]);
            self.sums[1] -= u64::from(gone[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_older_than_the_window_is_forgotten() {
        let mut recent = Recent::default();
        recent.add(600, 5, [3, 1]);
        recent.add(600, 95, [2, 0]);
        // The time, and what is still within the window: parts of 10.
        for (now, sums) in
            [(95, [5, 1]), (599, [5, 1]), (600, [2, 0]), (689, [2, 0]), (690, [0, 0]), (9_999, [0, 0])]
        {
            assert_eq!(recent.sums(600, now), sums, "{now}");
        }
        recent.add(600, 10_000, [1, 1]);
        assert_eq!(recent.sums(600, 10_000 + 10 * 600), [0, 0], "after a long silence");
    }

    #[test]
    fn the_sums_are_those_of_the_events() {
        let (window, mut recent, mut events) = (6_000, Recent::default(), Vec::new());
        for step in 0..5_000_u64 {
            let now = step * 137 + step * step % 91;
            let more = [(step % 5) as u32, u32::from(step.is_multiple_of(7))];
            recent.add(window, now, more);
            events.push((now, more));
            let part = window / PARTS as u64;
            let since = (now / part + 1) * part;
            let inside = events.iter().filter(|(at, _)| at + window >= since);
            let sums = inside
                .fold([0, 0], |sum, (_, more)| [sum[0] + u64::from(more[0]), sum[1] + u64::from(more[1])]);
            assert_eq!(recent.sums(window, now), sums, "{now}");
        }
    }
}
