//! What moves an estimate: how strongly it follows each of its inputs, and what half or twice of an input would do to it.
//!
//! Of a share above a half there is no twice: what is varied is what it lacks, `1 - availability`.

use crate::mechanism::arrange::Arrange;
use crate::results::{Changed, Influence};
use crate::scenario::{Dimension, Estimate, Estimates, Quantity, format_share};
use crate::units::shortened;

/// What the inputs do to each estimate, in the order of the estimates. An input is an estimate that needs no other.
pub(super) fn all(estimates: &Estimates) -> Vec<Vec<Influence>> {
    let mut all: Vec<Vec<Influence>> = estimates.iter().map(|_| Vec::new()).collect();
    for input in estimates.iter().filter(|estimate| estimate.inputs.is_empty()) {
        let varied = Varied::of(input);
        let halved = estimates.values_if(&input.name, varied.with(0.5));
        let doubled = estimates.values_if(&input.name, varied.with(2.0));
        let slopes = estimates.slopes(&input.name);
        let depending = estimates.depending_on(&input.name);
        for (index, output) in estimates.iter().enumerate() {
            if !depending[index] || output.inputs.is_empty() {
                continue;
            }
            // d ln(output) / d ln(input)
            let elasticity = slopes[index].slope * varied.sign() * varied.size / slopes[index].value;
            let (name, is) = match varied.rest {
                Rest::Itself => (input.name.clone(), input.human()),
                Rest::Lack => (format!("1 - {}", input.name), format_share(varied.size)),
            };
            all[index].push(Influence {
                input: name,
                is,
                elasticity: elasticity.is_finite().then_some(elasticity),
                halved: changed(output, halved[index]),
                doubled: changed(output, doubled[index]),
            });
        }
    }
    for influences in &mut all {
        // Sorting keeps the order of the file among equals.
        influences.arrange_by(|one, other| strength(other).total_cmp(&strength(one)));
    }
    all
}

/// What of an input is made half or twice as large.
struct Varied {
    rest: Rest,
    size: f64,
}

/// An input, or what it lacks of the whole.
enum Rest {
    Itself,
    Lack,
}

impl Varied {
    fn of(input: &Estimate) -> Varied {
        let value = input.value.value;
        let is_share = input.value.dimension == Dimension::NONE && input.human().ends_with('%');
        match is_share && value > 0.5 && value <= 1.0 {
            true => Varied { rest: Rest::Lack, size: shortened(1.0 - value) },
            false => Varied { rest: Rest::Itself, size: value },
        }
    }

    /// The value of the input with so many times of it.
    fn with(&self, factor: f64) -> f64 {
        match self.rest {
            Rest::Itself => self.size * factor,
            Rest::Lack => 1.0 - self.size * factor,
        }
    }

    /// Whether the input grows with it.
    fn sign(&self) -> f64 {
        match self.rest {
            Rest::Itself => 1.0,
            Rest::Lack => -1.0,
        }
    }
}

fn changed(output: &Estimate, value: f64) -> Changed {
    let value = value.is_finite().then_some(value);
    let text = value.map_or("-".to_owned(), |value| Quantity { value, ..output.value }.human());
    Changed { text, value }
}

/// How strong an influence is, whatever its direction.
fn strength(influence: &Influence) -> f64 {
    // An elasticity of 0.9999999 is one that was computed in another order.
    influence.elasticity.map_or(0.0, |elasticity| (elasticity.abs() * 1e6).round())
}

#[cfg(test)]
mod tests {
    use super::super::tests::read;
    use super::*;

    /// (input, elasticity, half, twice) of the last estimate.
    fn influences(text: &str) -> Vec<(String, Option<f64>, String, String)> {
        let all = all(&read(text).0).pop().unwrap();
        let row = |one: Influence| (one.input, one.elasticity, one.halved.text, one.doubled.text);
        all.into_iter().map(row).collect()
    }

    #[test]
    fn the_elasticity_of_a_product_is_the_exponent() {
        let found = influences("a = 3\nb = \"4 s\"\nc = 5\nz = \"a ^ 2 / b * sqrt(c)\"");
        let expected = [("a", 2.0), ("b", -1.0), ("c", 0.5)];
        for ((input, elasticity, ..), (name, value)) in found.iter().zip(expected) {
            assert_eq!(input, name);
            assert!((elasticity.unwrap() - value).abs() < 1e-12, "{name}: {elasticity:?}");
        }
        assert_eq!((found[0].2.as_str(), found[0].3.as_str()), ("1.258 /s", "20.12 /s"));
    }

    #[test]
    fn of_a_share_near_the_whole_what_it_lacks_is_varied() {
        let found = influences("up = \"99.9 %\"\nz = \"1000 s * (1 - up)\"");
        let [(input, elasticity, halved, doubled)] = &found[..] else { panic!("{found:?}") };
        assert!((elasticity.unwrap() - 1.0).abs() < 1e-9, "{elasticity:?}");
        assert_eq!([input, halved, doubled], ["1 - up", "500 ms", "2 s"]);
        // There is half and twice of a small share.
        let found = influences("down = \"0.1 %\"\nz = \"1000 s * down\"");
        assert_eq!(found, [("down".to_owned(), Some(1.0), "500 ms".to_owned(), "2 s".to_owned())]);
    }

    /// The elasticities of a sum are the shares of its parts, and add up to one.
    #[test]
    fn the_elasticity_of_a_sum_is_the_share() {
        let found = influences("a = 30\nb = 70\nz = \"a + b\"");
        assert_eq!(
            found,
            [
                ("b".to_owned(), Some(0.7), "65".to_owned(), "170".to_owned()),
                ("a".to_owned(), Some(0.3), "85".to_owned(), "130".to_owned())
            ]
        );
    }

    #[test]
    fn a_staircase_shows_its_steps_and_the_ramp_below() {
        let found = influences("rate = \"13.3 M/s\"\nnode = \"100 k/s\"\nz = \"ceil(rate / node)\"");
        assert_eq!(
            found,
            [
                ("rate".to_owned(), Some(1.0), "67".to_owned(), "266".to_owned()),
                ("node".to_owned(), Some(-1.0), "266".to_owned(), "67".to_owned())
            ]
        );
    }

    #[test]
    fn what_has_no_value_is_said() {
        assert_eq!(
            influences("a = 1\nb = 2\nz = \"a / (b - 4) + 0.5\""),
            [
                ("a".to_owned(), None, "0.25".to_owned(), "-0.5".to_owned()),
                ("b".to_owned(), None, "0.1667".to_owned(), "-".to_owned())
            ]
        );
        let all = all(&read("a = 1\nb = \"2 * a\"\nc = 7").0);
        let lengths: Vec<usize> = all.iter().map(Vec::len).collect();
        assert_eq!(lengths, [0, 1, 0], "an input has no inputs");
    }
}
