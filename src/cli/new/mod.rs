//! `new`: a first scenario, which explains itself line by line.

use super::exit::{Exit, Trouble};
use super::{output, print, schema};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

/// Write NAME.toml: a first scenario with comments, which runs as it is
///
/// Beside it the JSON Schema is written, if there is none, so that editors complete keys and show what they mean.
#[derive(Args)]
pub(super) struct Arguments {
    /// What it is called: letters a-z, digits and `_`, the first a letter
    name: String,

    /// Where it is written
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    out: PathBuf,
}

/// The scenario, in which NAME and TITLE are filled in.
const FIRST: &str = include_str!("first.toml");

/// The file that its first line names.
const SCHEMA: &str = "windtunnel.schema.json";

/// The command.
pub(super) fn new(arguments: &Arguments) -> Result<Exit, Trouble> {
    let name = &arguments.name;
    if !is_name(name) {
        let rule = "letters a-z, digits and `_`, the first a letter, as in `url_shortener`";
        return Err(Trouble::invalid(format!("`{name}` is not a name for a scenario: {rule}")));
    }
    fs::create_dir_all(&arguments.out).map_err(|error| Trouble::unwritable(&arguments.out, error))?;
    let file = arguments.out.join(format!("{name}.toml"));
    if !write(&file, &scenario(name))? {
        let message = format!("{} is there already; choose another name", file.display());
        return Err(Trouble::invalid(message));
    }
    let schema = arguments.out.join(SCHEMA);
    let beside = match write(&schema, &schema::text())? {
        true => format!(" and {}, with which editors complete it", schema.display()),
        false => String::new(),
    };
    if fs::read_to_string(&schema).is_ok_and(|kept| kept != schema::text()) {
        let path = schema.display();
        print::message(&format!(
            "note: {path} was there already and is not that of this version; `windtunnel schema > {path}` makes it anew"
        ));
    }
    let path = file.display();
    print::result(&format!("wrote {path}{beside}\n\n  windtunnel run {path} --with no_cache\n"))?;
    Ok(Exit::Pass)
}

fn is_name(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_lowercase())
        && name.chars().all(|letter| letter.is_ascii_lowercase() || letter.is_ascii_digit() || letter == '_')
}

fn scenario(name: &str) -> String {
    let words = name.replace('_', " ");
    let title = words[..1].to_uppercase() + &words[1..];
    FIRST.replace("NAME", name).replace("TITLE", title.trim_end())
}

/// Writes a file unless it is there; whether it was written.
fn write(path: &Path, text: &str) -> Result<bool, Trouble> {
    if path.symlink_metadata().is_ok() {
        return Ok(false);
    }
    output::write(path, text.as_bytes())?;
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_the_language() {
        for (name, fits) in [
            ("shop", true),
            ("url_shortener2", true),
            ("", false),
            ("Shop", false),
            ("2shops", false),
            ("_shop", false),
            ("my-shop", false),
            ("a/b", false),
            ("..", false),
            ("shop.toml", false),
            ("läden", false),
        ] {
            assert_eq!(is_name(name), fits, "{name}");
        }
    }

    #[test]
    fn names_and_titles_are_filled_in() {
        let text = scenario("url_shortener_");
        assert!(
            text.contains("title    = \"Url shortener\"\n") && text.contains("check url_shortener_.toml")
        );
        assert!(!text.contains("NAME") && !text.contains("TITLE"));
    }
}
