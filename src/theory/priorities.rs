//! M/G/1 with priority classes, without and with preemption.

/// One class of requests.
#[derive(Clone, Copy, PartialEq, Debug)]
pub struct Class {
    /// Arrival rate \[1/s\].
    pub lambda: f64,
    /// Mean service time \[s\].
    pub mean_service: f64,
    /// Squared coefficient of variation of the service time [-].
    pub scv: f64,
}

impl Class {
    /// The load that the class brings [-].
    fn rho(&self) -> f64 {
        self.lambda * self.mean_service
    }

    /// The mean work left in service that the class leaves for an arrival to find \[s\].
    fn residual_work(&self) -> f64 {
        0.5 * self.rho() * self.mean_service * (1.0 + self.scv)
    }
}

/// The mean wait of each class \[s\], the most urgent first, when a service is never interrupted (A. Cobham,
/// 1954). `None` when all classes together load the server fully.
pub fn non_preemptive_waits(classes: &[Class]) -> Option<Vec<f64>> {
    let residual_work: f64 = classes.iter().map(Class::residual_work).sum();
    let mut above = 0.0;
    let waits = classes.iter().map(|class| {
        let through = above + class.rho();
        let wait = residual_work / ((1.0 - above) * (1.0 - through));
        above = through;
        wait
    });
    let waits = waits.collect();
    (above < 1.0).then_some(waits)
}

/// The mean sojourn of each class \[s\], the most urgent first, when an arrival interrupts a less urgent
/// service, which later resumes where it stopped (White and Christie, 1958; Conway, Maxwell and Miller,
/// 1967). A class that the server cannot carry beside those above it has `None`; the classes above do not
/// notice.
pub fn preemptive_sojourns(classes: &[Class]) -> Vec<Option<f64>> {
    let (mut above, mut residual_work) = (0.0, 0.0);
    let sojourns = classes.iter().map(|class| {
        let through = above + class.rho();
        residual_work += class.residual_work();
        let sojourn = (class.mean_service + residual_work / (1.0 - through)) / (1.0 - above);
        above = through;
        (through < 1.0).then_some(sojourn)
    });
    sojourns.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::theory::assert_close;
    use crate::theory::stations::general_wait;

    fn class(lambda: f64, mean_service: f64, scv: f64) -> Class {
        Class { lambda, mean_service, scv }
    }

    #[test]
    fn two_exponential_classes() {
        let classes = [class(0.3, 1.0, 1.0), class(0.5, 1.0, 1.0)];
        let waits = non_preemptive_waits(&classes).unwrap();
        assert_close(waits[0], 1.14286, 5e-6, "urgent");
        assert_close(waits[1], 5.71429, 5e-6, "not urgent");
        // Exponential services of one rate forget where they stopped, so the number present is that of M/M/1.
        let sojourns: Vec<f64> = preemptive_sojourns(&classes).into_iter().flatten().collect();
        assert_close(sojourns[0], 1.0 / 0.7, 1e-12, "the urgent are alone");
        assert_close(0.3 * sojourns[0] + 0.5 * sojourns[1], 4.0, 1e-12, "L");
    }

    #[test]
    fn one_class_is_the_ordinary_queue() {
        let alone = [class(0.4, 2.0, 3.0)];
        let wait = general_wait(0.4, 2.0, 3.0).unwrap();
        assert_close(non_preemptive_waits(&alone).unwrap()[0], wait, 1e-12, "W");
        assert_close(preemptive_sojourns(&alone)[0].unwrap(), wait + 2.0, 1e-12, "T");
    }

    #[test]
    fn weighted_waits_are_conserved() {
        // Kleinrock (1965): the sum of rho W does not depend on who comes first.
        let classes = [class(0.1, 2.0, 0.0), class(0.3, 1.0, 1.0), class(0.5, 0.5, 4.0)];
        let weighted = |classes: &[Class]| -> f64 {
            classes
                .iter()
                .zip(non_preemptive_waits(classes).unwrap())
                .map(|(class, wait)| class.rho() * wait)
                .sum()
        };
        let reversed: Vec<Class> = classes.iter().rev().copied().collect();
        assert_close(weighted(&classes), weighted(&reversed), 1e-12, "sum of rho W");
    }

    #[test]
    fn overload_spares_only_those_who_preempt() {
        let classes = [class(0.5, 1.0, 1.0), class(0.5, 1.0, 1.0)];
        assert_eq!(non_preemptive_waits(&classes), None);
        assert_eq!(preemptive_sojourns(&classes), [Some(2.0), None]);
    }
}
