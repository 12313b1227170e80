//! `completions`: what a shell needs to complete the commands and options.

use super::exit::{Exit, Trouble};
use super::print;
use clap::{Arg, Args, Command, ValueHint};
use clap_complete::{Shell, generate};

/// Print the completions of a shell
///
/// For bash: `windtunnel completions bash > ~/.local/share/bash-completion/completions/windtunnel`;
/// for zsh: `windtunnel completions zsh > "${fpath[1]}/_windtunnel"`;
/// for fish: `windtunnel completions fish > ~/.config/fish/completions/windtunnel.fish`.
#[derive(Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// The command, which completes the given one.
pub(super) fn completions(arguments: &Arguments, command: Command) -> Result<Exit, Trouble> {
    let mut command = without_files(command);
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, name, &mut script);
    print::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Pass)
}

/// The same command, in which files are offered only for what is a path: shells offer them for all of which they know nothing.
fn without_files(command: Command) -> Command {
    let hinted = |argument: Arg| match argument.get_value_hint() {
        ValueHint::Unknown if argument.get_action().takes_values() => argument.value_hint(ValueHint::Other),
        _ => argument,
    };
    command.mut_args(hinted).mut_subcommands(without_files)
}
