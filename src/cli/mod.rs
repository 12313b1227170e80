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

use clap::error::{ContextKind, ContextValue, ErrorKind};
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
  130  interrupted, by Ctrl-C or SIGTERM; partial results are kept

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
    let arguments =
        Arguments::try_parse().unwrap_or_else(|error| told_what_it_is(told_who_has_it(error)).exit());
    let result = match &arguments.command {
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

/// What others call a command, and ours.
const OTHER_NAMES: [(&str, &str); 11] = [
    ("validate", "check"),
    ("verify", "check"),
    ("test", "check"),
    ("lint", "check"),
    ("init", "new"),
    ("create", "new"),
    ("simulate", "run"),
    ("start", "run"),
    ("exec", "run"),
    ("show", "list"),
    ("ls", "list"),
];

/// An error about a command that others have under another name, with its name here instead of one that is written alike.
fn told_what_it_is(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(word)) = error.get(ContextKind::InvalidSubcommand) else { return error };
    // `list` has words of its own.
    let is_command =
        error.get(ContextKind::Usage).is_some_and(|usage| usage.to_string().contains("windtunnel <COMMAND>"));
    let known = OTHER_NAMES.iter().find(|(theirs, _)| theirs == word);
    if let Some((_, ours)) = known.filter(|_| is_command) {
        error.remove(ContextKind::SuggestedSubcommand);
        let tip = format!("`{ours}` does that");
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![tip.into()]));
    }
    error
}

/// An error about an option that a command does not have, with the commands that have it. Otherwise it is suggested to take the
/// option for the name of a file.
fn told_who_has_it(mut error: clap::Error) -> clap::Error {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return error };
    let name = option.trim_start_matches('-').to_owned();
    if error.kind() != ErrorKind::UnknownArgument || name.is_empty() {
        return error;
    }
    let mut tips = match error.remove(ContextKind::Suggested) {
        Some(ContextValue::StyledStrs(tips)) => tips,
        _ => Vec::new(),
    };
    tips.retain(|tip| !tip.to_string().starts_with("to pass "));
    let all = Arguments::command();
    let has = |command: &&clap::Command| {
        command.get_arguments().any(|argument| argument.get_long() == Some(name.as_str()))
    };
    let owners: Vec<String> =
        all.get_subcommands().filter(has).map(|owner| format!("`{}`", owner.get_name())).collect();
    match &owners[..] {
        [] => {}
        [owner] => tips.push(format!("{owner} has it").into()),
        owners => tips.push(format!("{} have it", owners.join(", ")).into()),
    }
    if !tips.is_empty() {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(tips));
    }
    error
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_of_another_command_is_no_file() {
        let told = |arguments: &[&str]| {
            let words = ["windtunnel"].iter().chain(arguments);
            told_who_has_it(Arguments::try_parse_from(words).err().expect("it is wrong")).to_string()
        };
        let tips = |text: &str| {
            text.lines()
                .filter_map(|line| line.trim().strip_prefix("tip: "))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        for (arguments, expected) in [
            (&["check", "x.toml", "--with", "v"][..], &["`run` has it"][..]),
            (&["check", "x.toml", "--sede", "3"], &["a similar argument exists: '--seed'"]),
            (&["bench", "--variant", "v"], &["`run`, `explain`, `estimate`, `storm` have it"]),
            (&["run", "x.toml", "--nonsense"], &[]),
        ] {
            let text = told(arguments);
            assert_eq!(tips(&text), expected, "{text}");
            assert!(text.starts_with("error: unexpected argument '--"), "{text}");
        }
    }

    #[test]
    fn a_command_of_others_is_told_its_name_here() {
        for (theirs, ours) in OTHER_NAMES {
            let told = |words: &[&str]| match Arguments::try_parse_from(words) {
                Ok(_) => String::new(),
                Err(error) => told_what_it_is(error).to_string(),
            };
            let text = told(&["windtunnel", theirs]);
            assert!(text.contains(&format!("tip: `{ours}` does that")), "{theirs}: {text}");
            assert_eq!(text.matches("tip: ").count(), 1, "{theirs}: {text}");
            assert!(!told(&["windtunnel", ours]).contains("unrecognized"), "{ours}");
            assert!(!told(&["windtunnel", "list", theirs]).contains("does that"), "{theirs}");
        }
    }

    #[test]
    fn the_arguments_are_consistent() {
        Arguments::command().debug_assert();
    }
}
