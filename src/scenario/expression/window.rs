//! The parts of a run that expectations name: `during F`, `before F`, `after F [for T]`, `from T to T`.

use super::parser::Parser;
use super::{Term, TermKind, Window};
use crate::scenario::reader;
use crate::units::Span;

impl Parser<'_> {
    /// The window that stands here: `Some(None)` if none does, `None` after an error, which is reported.
    pub(in super::super) fn window(&mut self) -> Option<Option<Window>> {
        let window = if self.take_word("during") {
            Window::During(self.name("fault")?)
        } else if self.take_word("before") {
            Window::Before(self.name("fault")?)
        } else if self.take_word("after") {
            let fault = self.name("fault")?;
            let length = if self.take_word("for") { Some(self.span()?) } else { None };
            Window::After { fault, length }
        } else if self.take_word("from") {
            return self.between().map(Some);
        } else {
            return Some(None);
        };
        Some(Some(window))
    }

    fn between(&mut self) -> Option<Window> {
        let from = self.span()?;
        if !self.take_word("to") {
            self.error("`to` is missing").help("write `from 0 s to 10 min`");
            return None;
        }
        let end = self.here();
        let to = self.span()?;
        if to <= from {
            self.diagnostics().error(end, "this window ends before it begins");
            return None;
        }
        Some(Window::Between { from, to })
    }

    fn span(&mut self) -> Option<Span> {
        let (quantity, _, location) = self.number("a duration")?;
        reader::span_of(quantity, location, self.diagnostics())
    }
}

impl Term {
    /// Gives a window to every metric that has none.
    pub(in super::super) fn give_window(&mut self, window: &Window) {
        match &mut self.kind {
            TermKind::Metric(metric) => {
                metric.window.get_or_insert_with(|| window.clone());
            }
            TermKind::Unary(_, operand) => operand.give_window(window),
            TermKind::Binary(_, left, right) => {
                left.give_window(window);
                right.give_window(window);
            }
            TermKind::Number(_) | TermKind::Name(_) => {}
        }
    }
}
