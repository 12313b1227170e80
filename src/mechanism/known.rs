//! Who is known to be up: news of losses and returns take their time, and a short absence goes unnoticed.

use std::collections::VecDeque;

/// What all callers know of the instances of a component.
#[derive(Clone, Debug)]
pub struct Known {
    /// After how long they know \[ns\].
    detect: u64,
    /// The instances that they believe to be up, ascending.
    up: Vec<u32>,
    /// What has happened and is not known yet, in the order of the time when it will be.
    news: VecDeque<News>,
}

#[derive(Clone, Copy, Debug)]
struct News {
    known: u64,
    at: u32,
    is_up: bool,
}

impl Known {
    /// All of so many instances are up.
    pub fn new(instances: u32, detect: u64) -> Known {
        Known { detect, up: (0..instances).collect(), news: VecDeque::new() }
    }

    /// The instances that are believed to be up, ascending.
    #[inline]
    pub fn up(&self) -> &[u32] {
        &self.up
    }

    /// An instance has gone down or come up.
    pub fn change(&mut self, at: u32, is_up: bool, now: u64) {
        match self.news.iter().position(|news| news.at == at) {
            // It was over before anybody noticed.
            Some(index) if self.news[index].is_up != is_up => drop(self.news.remove(index)),
            Some(_) => {}
            None => self.news.push_back(News { known: now.saturating_add(self.detect), at, is_up }),
        }
    }

    /// Lets what can be known by now be known; whether anything of it is new.
    #[inline]
    pub fn catch_up(&mut self, now: u64) -> bool {
        let is_due = self.news.front().is_some_and(|news| news.known <= now);
        if is_due {
            self.hear(now);
        }
        is_due
    }

    fn hear(&mut self, now: u64) {
        while let Some(news) = self.news.front().filter(|news| news.known <= now) {
            match self.up.binary_search(&news.at) {
                Err(index) if news.is_up => self.up.insert(index, news.at),
                Ok(index) if !news.is_up => drop(self.up.remove(index)),
                _ => {}
            }
            self.news.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn news_take_their_time_and_short_absences_go_unnoticed() {
        let mut known = Known::new(3, 10);
        known.change(1, false, 100);
        assert_eq!((known.catch_up(109), known.up()), (false, &[0, 1, 2][..]));
        assert_eq!((known.catch_up(110), known.up()), (true, &[0, 2][..]));
        known.change(2, false, 120);
        known.change(2, true, 125);
        assert_eq!((known.catch_up(200), known.up()), (false, &[0, 2][..]), "5 ns away");
        known.change(1, true, 300);
        known.change(0, false, 305);
        assert_eq!((known.catch_up(312), known.up()), (true, &[0, 1, 2][..]));
        assert_eq!((known.catch_up(315), known.up()), (true, &[1, 2][..]));
    }
}
