//! `schema`: the JSON Schema of scenarios, for editors.

use super::exit::{Exit, Trouble};
use super::print;
use clap::Args;
use windtunnel::schema;

/// Print the JSON Schema of scenarios, with which editors complete and check them
///
/// Save it beside a scenario whose first line is `#:schema ./windtunnel.schema.json`; `windtunnel new` does both. An editor
/// with a TOML language server (Tombi, Even Better TOML) then completes keys, shows what they mean, and marks what is wrong.
#[derive(Args)]
pub(super) struct Arguments {}

/// The command.
pub(super) fn schema(_: &Arguments) -> Result<Exit, Trouble> {
    print::result(&text())?;
    Ok(Exit::Pass)
}

/// The schema as a file.
pub(super) fn text() -> String {
    format!("{:#}\n", schema::schema())
}
