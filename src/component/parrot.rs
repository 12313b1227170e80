//! A kind that only tests know: it shows that this file and one line in the list of kinds are all that a kind needs.

use super::{
    Behaviour, Carries, Context, Counter, Course, DefaultWorkers, Key, Operation, Plans, Reading, Serves,
    Setting, Spec, Verdict,
};
use crate::kernel::request::Request;
use crate::outcome;

/// What the table of a parrot says.
#[derive(Clone, Debug)]
pub struct ParrotBlueprint {
    lessons: u32,
}

/// The counters, by index.
const WORDS: usize = 0;

impl Plans for ParrotBlueprint {
    const SPEC: Spec = Spec {
        name: "parrot",
        doc: told!("Says what it hears, once it has learned to."),
        keys: &[Key {
            name: "lessons",
            takes: "COUNT",
            doc: told!("What each instance hears before it speaks. Default: 3."),
        }],
        serves: Serves::Yes(DefaultWorkers::Unbounded),
        operations: &[Operation {
            name: "say",
            outcomes: &[outcome::MISSING],
            doc: told!("Says it; `missing` before that is learned."),
            carries: Carries::Nothing,
            keyed: false,
        }],
        counters: &[Counter { name: "words", doc: told!("What it has said.") }],
        figures: &[],
        courses: &[Course::Instances],
        roles: &[],
    };
    type State = ParrotState;

    fn read(reading: &mut Reading<'_, '_>) -> Option<Self> {
        reading.count("lessons", 3, 0, 100).map(|lessons| ParrotBlueprint { lessons })
    }

    fn state(&self, setting: &Setting) -> ParrotState {
        ParrotState { lessons: vec![self.lessons; setting.instances as usize] }
    }
}

/// The lessons that are left, by instance.
pub struct ParrotState {
    lessons: Vec<u32>,
}

impl Behaviour for ParrotState {
    fn visit(&mut self, at: u32, _action: u16, _request: &mut Request, context: &mut Context<'_>) -> Verdict {
        let lessons = &mut self.lessons[at as usize];
        if *lessons > 0 {
            *lessons -= 1;
            return Verdict::Done(outcome::MISSING);
        }
        context.count(WORDS, 1);
        Verdict::Done(outcome::OK)
    }
}
