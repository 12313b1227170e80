//! Files of values beside a scenario: numbers, one in a line, under a line that names their unit.

use super::dimension::Dimension;
use super::quantity::{Calendar, Quantity, parse_quantity};
use super::suggestion::shorten;
use crate::files::{Files, Mistake, Rows};
use crate::kernel::random::mix;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;

/// What stands beside a scenario, and which files of it its values were read from.
#[derive(Debug)]
pub struct Beside {
    files: Arc<dyn Files>,
    read: RefCell<BTreeMap<String, u64>>,
}

/// The first line of a file of plain numbers.
const PLAIN: &str = "number";

/// So many values are enough for any law.
const VALUES_MAX: usize = 1_000_000;

/// After so many mistakes nobody wants to read on.
const MISTAKES_MAX: usize = 20;

impl Beside {
    /// These files, none of which has been read.
    pub fn new(files: Arc<dyn Files>) -> Beside {
        Beside { files, read: RefCell::default() }
    }

    /// The files that values were read from: their paths, each with a digest of its values.
    pub fn read(&self) -> Vec<(String, u64)> {
        self.read.borrow().iter().map(|(path, digest)| (path.clone(), *digest)).collect()
    }

    /// The values of a file in base units, from zero up to `max`; or everything that is wrong with it, in sentences and, where
    /// there is something to say, with what to do.
    pub(super) fn values(
        &self,
        path: &str,
        dimension: Dimension,
        max: f64,
    ) -> Result<Vec<f64>, Vec<(String, Option<String>)>> {
        let input =
            self.files.open(path).map_err(|error| vec![(format!("cannot read {path}: {error}"), None)])?;
        let at =
            |Mistake { line, column, message, help }| (format!("{path}:{line}:{column}: {message}"), help);
        let values = read(input, dimension, max);
        let values = values.map_err(|mistakes| mistakes.into_iter().map(at).collect::<Vec<_>>())?;
        match values.len() {
            0 => Err(vec![(format!("{path} has no values behind its first line"), None)]),
            _ => {
                let digest = values.iter().fold(0, |digest, value| mix(digest, value.to_bits()));
                self.read.borrow_mut().insert(path.to_owned(), digest);
                Ok(values)
            }
        }
    }
}

fn read(input: Box<dyn BufRead>, dimension: Dimension, max: f64) -> Result<Vec<f64>, Vec<Mistake>> {
    let mut rows = Rows::new(input);
    let unit = header(&mut rows, dimension).map_err(|mistake| vec![mistake])?;
    let (mut values, mut mistakes) = (Vec::new(), Vec::new());
    while mistakes.len() < MISTAKES_MAX {
        match rows.advance() {
            Ok(false) => break,
            Ok(true) => match value(&rows, &unit, dimension, max) {
                Ok(_) if values.len() == VALUES_MAX => {
                    mistakes.push(rows.mistake(0, format!("more than {VALUES_MAX} values are too many")));
                    break;
                }
                Ok(value) => values.push(value),
                Err(mistake) => mistakes.push(mistake),
            },
            Err(mistake) => mistakes.push(mistake),
        }
    }
    if mistakes.is_empty() { Ok(values) } else { Err(mistakes) }
}

/// The unit that the first line names; none for plain numbers.
fn header(rows: &mut Rows, dimension: Dimension) -> Result<String, Mistake> {
    let unit = match rows.advance()? {
        true if rows.len() == 1 => rows.field(0).to_owned(),
        true => {
            return Err(rows.mistake(1, format!("this line has {} fields, and one is expected", rows.len())));
        }
        false => String::new(),
    };
    let is_plain = dimension == Dimension::NONE;
    let fits = match is_plain {
        true => unit == PLAIN,
        // A second number would make another one of the first.
        false => {
            let is_word = !unit.contains(|letter: char| letter.is_ascii_digit());
            is_word && quantity(1.0, &unit).is_some_and(|one| one.dimension == dimension)
        }
    };
    if fits {
        return Ok(if is_plain { String::new() } else { unit });
    }
    let (message, help) = match (unit.is_empty(), is_plain) {
        (true, _) => ("the file is empty".to_owned(), None),
        (false, true) => (format!("plain numbers are needed here, not values in `{}`", shorten(&unit)), None),
        (false, false) => {
            let units = format!("units: {}", dimension.units());
            (format!("`{}` is no unit of {dimension}", shorten(&unit)), Some(units))
        }
    };
    let first = format!("the first line names the unit of the values, as in `{}`", example(dimension));
    let help = help.map_or_else(|| first.clone(), |units| format!("{first}; {units}"));
    Err(Mistake { help: Some(help), ..rows.mistake(0, message) })
}

/// What the first line of a file may be.
fn example(dimension: Dimension) -> &'static str {
    match dimension {
        Dimension::TIME => "ms",
        Dimension::BYTES => "kB",
        Dimension::NONE => PLAIN,
        _ => "/s",
    }
}

/// So many of a unit.
fn quantity(number: f64, unit: &str) -> Option<Quantity> {
    parse_quantity(&format!("{number} {unit}"), Calendar::default()).ok()
}

fn value(rows: &Rows, unit: &str, dimension: Dimension, max: f64) -> Result<f64, Mistake> {
    if rows.len() != 1 {
        return Err(rows.mistake(1, format!("this line has {} fields, and one is expected", rows.len())));
    }
    let text = rows.field(0);
    let Some(number) = text.parse::<f64>().ok().filter(|number| number.is_finite()) else {
        return Err(rows.mistake(0, format!("a value is a number, not `{}`", shorten(text))));
    };
    if number < 0.0 {
        return Err(rows.mistake(0, format!("{dimension} cannot be negative, and `{text}` is")));
    }
    let value = quantity(number, unit).map(|quantity| quantity.value).filter(|value| *value <= max);
    value.ok_or_else(|| rows.mistake(0, format!("{dimension} of {} {unit} is too large", shorten(text))))
}
