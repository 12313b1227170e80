//! The command line: one file per command. Only here are arguments and files read, and only here is something printed.

mod bench;
mod check;
mod completions;
mod estimate;
mod exit;
mod explain;
mod folder;
mod grade;
mod list;
mod load;
mod new;
mod options;
mod output;
mod print;
mod run;
mod schema;
mod storm;
mod walk;
mod watch;

use clap::{CommandFactory, Parser, Subcommand};
use std::process::ExitCode;

/// What stands below the list of commands.
const AFTER_HELP: &str = "\
Exit codes:
  0    all that was expected holds
  1    an internal error, or a file that cannot be read or written
  2    wrong usage, such as a file that is not there, or an invalid scenario
  3    inconclusive, or stopped by a limit of the scenario
  99   an objective, a claim or a criterion failed
  130  interrupted; partial results are kept

The result goes to stdout, everything else to stderr. NO_COLOR, CLICOLOR_FORCE and TERM=dumb are honoured.";

/// Simulates whole system architectures: deterministic, and the same to the bit on every machine.
#[derive(Parser)]
#[command(name = "windtunnel", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Explain(explain::Arguments),
    Estimate(estimate::Arguments),
    Grade(grade::Arguments),
    Storm(storm::Arguments),
    List(list::Arguments),
    New(new::Arguments),
    Schema(schema::Arguments),
    Completions(completions::Arguments),
    Bench(bench::Arguments),
}

/// Reads the arguments, does what they say, and gives the exit code.
pub(super) fn main() -> ExitCode {
    let result = match &Arguments::parse().command {
        Command::Run(arguments) => run::run(arguments),
        Command::Check(arguments) => check::check(arguments),
        Command::Explain(arguments) => explain::explain(arguments),
        Command::Estimate(arguments) => estimate::estimate(arguments),
        Command::Grade(arguments) => grade::grade(arguments),
        Command::Storm(arguments) => storm::storm(arguments),
        Command::List(arguments) => list::list(arguments),
        Command::New(arguments) => new::new(arguments),
        Command::Schema(arguments) => schema::schema(arguments),
        Command::Completions(arguments) => completions::completions(arguments, Arguments::command()),
        Command::Bench(arguments) => bench::bench(arguments),
    };
    let exit = result.unwrap_or_else(|trouble| trouble.tell());
    ExitCode::from(exit.code())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
