//! `completions`: what a shell needs to complete the commands and options.

use super::exit::{Exit, Trouble};
use super::print;
use clap::{Args, Command};
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
pub(super) fn completions(arguments: &Arguments, mut command: Command) -> Result<Exit, Trouble> {
    let name = command.get_name().to_owned();
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, name, &mut script);
    print::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Pass)
}
