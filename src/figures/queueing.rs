//! The textbook queue that a station is, and its closed form.

use super::traffic::{Class, Inflow};
use crate::mechanism::arrange::Arrange;
use crate::plan::ComponentPlan;
use crate::station::{Discipline, Handling, UNBOUNDED};
use crate::theory::priorities::{self, non_preemptive_waits, preemptive_sojourns};
use crate::theory::stations::{self, MultiServer, general_wait, sharing_response, wait_standard_error};

/// The closed form of a station.
#[derive(Clone, PartialEq, Debug)]
pub(super) struct Model {
    /// In Kendall's notation: `M/M/4`.
    pub name: String,
    /// The ends of metrics' names, with their values.
    pub figures: Vec<Row>,
}

/// One exact figure.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(super) struct Row {
    /// The end of the metric's name: `sojourn.mean`.
    pub figure: &'static str,
    /// Its value.
    pub exact: f64,
    /// The standard error that a run of this length can hope for.
    pub standard_error: Option<f64>,
}

/// What the closed forms need to know of a station.
struct Queue<'c> {
    classes: &'c [Class],
    discipline: Discipline,
    /// Workers, or cores where they are shared.
    servers: u32,
    bound: u32,
    instances: f64,
    /// Arrivals at each instance \[1/s\].
    lambda: f64,
    mean: f64,
    scv: f64,
    is_exponential: bool,
    /// Whether visits are their one work and nothing else.
    is_pure: bool,
    /// Whether nothing but wait and service happens in a visit.
    is_whole: bool,
    seconds: f64,
}

/// A bound beyond which the closed form takes too long.
const CAPACITY_MAX: u64 = 1_000_000;

/// Whether a station passes Poisson traffic on as Poisson traffic (Burke 1956): exponential times, all of one mean, and an
/// order that does not look at them.
pub(super) fn passes_on(component: &ComponentPlan, inflow: &Inflow) -> bool {
    let order = matches!(
        component.shape.discipline,
        Discipline::Fifo | Discipline::Lifo | Discipline::Random | Discipline::ProcessorSharing
    );
    order
        && component.shape.patience.is_none()
        && component.guard.is_none()
        && component.frailty.is_none()
        && queue(component, inflow, 0.0).is_some_and(|queue| {
            queue.bound == UNBOUNDED && queue.is_exponential && queue.utilization() < 1.0
        })
}

/// The closed form of a component's stations over this many seconds, if they have one.
pub(super) fn model(component: &ComponentPlan, inflow: &Inflow, seconds: f64) -> Option<Model> {
    if component.shape.patience.is_some() || component.guard.is_some() || component.frailty.is_some() {
        return None;
    }
    let queue = queue(component, inflow, seconds)?;
    match (queue.discipline, queue.bound) {
        (Discipline::ProcessorSharing, UNBOUNDED) => queue.shared(),
        (Discipline::Priority, UNBOUNDED) => queue.by_priority(),
        (Discipline::PriorityPreemptive, UNBOUNDED) => queue.by_preemption(),
        (Discipline::Fifo | Discipline::Lifo | Discipline::Random, UNBOUNDED) => queue.unbounded(),
        (Discipline::Fifo | Discipline::Lifo | Discipline::Random, _) => queue.bounded(),
        _ => None,
    }
}

fn queue<'c>(component: &ComponentPlan, inflow: &'c Inflow, seconds: f64) -> Option<Queue<'c>> {
    let classes = &inflow.classes[..];
    let shape = component.shape;
    let total: f64 = classes.iter().map(|class| class.rate).sum();
    let first = classes.first().filter(|_| total > 0.0)?.service;
    let moment =
        |of: &dyn Fn(&Class) -> f64| classes.iter().map(|class| class.rate * of(class)).sum::<f64>() / total;
    let mean = moment(&|class| class.service.mean);
    let square = moment(&|class| class.service.variance + class.service.mean * class.service.mean);
    let shares = shape.discipline == Discipline::ProcessorSharing;
    let is_pure = classes.iter().all(|class| class.is_pure);
    (mean > 0.0).then(|| Queue {
        classes,
        discipline: shape.discipline,
        servers: if shares { shape.capacity() } else { shape.workers },
        bound: shape.bound,
        instances: f64::from(component.instances.1),
        lambda: total / f64::from(component.instances.1),
        mean,
        scv: (square / (mean * mean) - 1.0).max(0.0),
        is_exponential: classes.iter().all(|class| class.service == first && class.service.is_exponential),
        is_pure,
        is_whole: is_pure || (shape.handling == Handling::Blocking && !shares),
        seconds,
    })
}

impl Queue<'_> {
    fn utilization(&self) -> f64 {
        self.lambda * self.mean / f64::from(self.servers)
    }

    /// Letters of the times: M, D or G.
    fn law(&self) -> &'static str {
        match self.is_exponential {
            true => "M",
            false if self.scv == 0.0 => "D",
            false => "G",
        }
    }

    fn model(&self, name: String, rows: &[(&'static str, f64)]) -> Model {
        let rows = rows.iter().filter(|(figure, _)| self.is_whole || !figure.starts_with("sojourn"));
        Model {
            name,
            figures: rows
                .map(|(figure, exact)| Row { figure, exact: *exact, standard_error: None })
                .collect(),
        }
    }

    /// The rows that follow from a mean wait by Little's law.
    fn by_wait(&self, name: String, wait: f64) -> Model {
        let rows = [
            ("utilization", self.utilization()),
            ("queue.mean", self.instances * self.lambda * wait),
            ("wait.mean", wait),
            ("sojourn.mean", wait + self.mean),
        ];
        self.model(name, &rows)
    }

    fn unbounded(&self) -> Option<Model> {
        let name = format!("M/{}/{}", self.law(), self.servers);
        if self.is_exponential {
            let queue = MultiServer::new(self.lambda, 1.0 / self.mean, self.servers)?;
            let mut model = self.by_wait(name, queue.mean_wait());
            if self.discipline == Discipline::Fifo {
                let tails =
                    [("wait.p99", queue.wait_quantile(0.99)), ("sojourn.p99", queue.sojourn_quantile(0.99))];
                model.figures.extend(self.model(String::new(), &tails).figures);
                self.add_standard_error(&mut model);
            }
            return Some(model);
        }
        if self.servers == 1 {
            return Some(self.by_wait(name, general_wait(self.lambda, self.mean, self.scv)?));
        }
        let rho = self.utilization();
        (rho < 1.0).then(|| self.model(name, &[("utilization", rho)]))
    }

    /// Known for the mean wait at one worker.
    fn add_standard_error(&self, model: &mut Model) {
        if self.servers != 1 {
            return;
        }
        let customers = self.instances * self.lambda * self.seconds;
        let relative =
            wait_standard_error(self.utilization(), customers).filter(|relative| relative.is_finite());
        for row in model.figures.iter_mut().filter(|row| row.figure == "wait.mean") {
            row.standard_error = relative.map(|relative| relative * row.exact);
        }
    }

    fn bounded(&self) -> Option<Model> {
        let capacity = u64::from(self.servers) + u64::from(self.bound);
        // Without a queue only the mean of the times counts (Sevastyanov 1957).
        if !(self.is_exponential || self.bound == 0) || !self.is_whole || capacity > CAPACITY_MAX {
            return None;
        }
        let queue = stations::bounded(self.lambda, 1.0 / self.mean, self.servers, capacity)?;
        let busy = queue.throughput * self.mean;
        let mut rows = vec![
            ("utilization", busy / f64::from(self.servers)),
            ("rate", self.instances * queue.throughput),
            ("rejected", self.instances * self.lambda * queue.blocking * self.seconds),
            ("sojourn.mean", queue.mean_sojourn),
        ];
        if self.bound > 0 {
            rows.push(("queue.mean", self.instances * (queue.mean_number - busy)));
        }
        Some(self.model(format!("M/{}/{}/{capacity}", self.law(), self.servers), &rows))
    }

    fn shared(&self) -> Option<Model> {
        let sojourn = if self.servers == 1 {
            sharing_response(self.utilization(), self.mean)?
        } else if self.is_exponential {
            MultiServer::new(self.lambda, 1.0 / self.mean, self.servers)?.mean_sojourn()
        } else {
            return None;
        };
        let rows = [
            ("utilization", self.utilization()),
            ("queue.mean", self.instances * self.lambda * (sojourn - self.mean)),
            ("sojourn.mean", sojourn),
        ];
        Some(self.model(format!("M/{}/{}-PS", self.law(), self.servers), &rows))
    }

    /// The classes by priority, the most urgent first.
    fn priorities(&self) -> Vec<priorities::Class> {
        let mut levels: Vec<u8> = self.classes.iter().map(|class| class.priority).collect();
        levels.arrange();
        levels.dedup();
        let class_of = |level: u8| {
            let members = || self.classes.iter().filter(|class| class.priority == level);
            let rate: f64 = members().map(|class| class.rate).sum();
            let mean = members().map(|class| class.rate * class.service.mean).sum::<f64>() / rate;
            let second = |class: &Class| class.service.variance + class.service.mean * class.service.mean;
            let square = members().map(|class| class.rate * second(class)).sum::<f64>() / rate;
            let scv = if mean > 0.0 { (square / (mean * mean) - 1.0).max(0.0) } else { 0.0 };
            priorities::Class { lambda: rate / self.instances, mean_service: mean, scv }
        };
        levels.into_iter().map(class_of).collect()
    }

    fn by_priority(&self) -> Option<Model> {
        if self.servers != 1 {
            return None;
        }
        let classes = self.priorities();
        let waits = non_preemptive_waits(&classes)?;
        let wait =
            classes.iter().zip(waits).map(|(class, wait)| class.lambda * wait).sum::<f64>() / self.lambda;
        Some(self.by_wait(format!("M/{}/1, priorities", self.law()), wait))
    }

    fn by_preemption(&self) -> Option<Model> {
        // Only work can be interrupted, and only one work can be resumed where it stopped.
        if self.servers != 1 || !self.is_pure {
            return None;
        }
        let classes = self.priorities();
        let sojourns: Option<Vec<f64>> = preemptive_sojourns(&classes).into_iter().collect();
        let of_all =
            classes.iter().zip(sojourns?).map(|(class, sojourn)| class.lambda * sojourn).sum::<f64>();
        let rows = [("utilization", self.utilization()), ("sojourn.mean", of_all / self.lambda)];
        Some(self.model(format!("M/{}/1, preemptive priorities", self.law()), &rows))
    }
}
