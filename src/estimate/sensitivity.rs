//! What moves an estimate: how strongly it follows each of its inputs, and what half or twice of an input would do to it.

use crate::results::{Changed, Influence};
use crate::scenario::{Estimate, Estimates, Quantity};

/// What the inputs do to each estimate, in the order of the estimates. An input is an estimate that needs no other.
pub(super) fn all(estimates: &Estimates) -> Vec<Vec<Influence>> {
    let mut all: Vec<Vec<Influence>> = estimates.iter().map(|_| Vec::new()).collect();
    for input in estimates.iter().filter(|estimate| estimate.inputs.is_empty()) {
        let halved = estimates.values_if(&input.name, input.value.value / 2.0);
        let doubled = estimates.values_if(&input.name, input.value.value * 2.0);
        let slopes = estimates.slopes(&input.name);
        let depending = estimates.depending_on(&input.name);
        for (index, output) in estimates.iter().enumerate() {
            if !depending[index] || output.inputs.is_empty() {
                continue;
            }
            // d ln(output) / d ln(input)
            let elasticity = slopes[index].slope * input.value.value / slopes[index].value;
            all[index].push(Influence {
                input: input.name.clone(),
                is: input.human(),
                elasticity: elasticity.is_finite().then_some(elasticity),
                halved: changed(output, halved[index]),
                doubled: changed(output, doubled[index]),
            });
        }
    }
    for influences in &mut all {
        // Sorting keeps the order of the file among equals.
        influences.sort_by(|one, other| strength(other).total_cmp(&strength(one)));
    }
    all
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
