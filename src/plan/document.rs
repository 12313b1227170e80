//! A scenario as text: the file, its variants, and what was set from outside.

use super::tables::TABLES;
use crate::component::KINDS;
use crate::files::{FileMap, Files};
use crate::scenario::{
    Diagnostics, Entry, Key, Location, Named, Node, Reader, Sources, Table, Value, parse, parse_setting,
    remove, set,
};
use std::io::Read;
use std::sync::Arc;

/// A parsed scenario file with the settings of the command line.
pub struct Document {
    /// The file and the settings, for messages.
    pub sources: Sources,
    root: Table,
    settings: Vec<(Named, Node)>,
    variants: Vec<Variant>,
    /// The names of the variants that cannot be read.
    broken: Vec<String>,
    files: Arc<dyn Files>,
}

/// A table `[variant.NAME]`.
#[derive(Clone, Debug)]
pub struct Variant {
    /// Its name, and where it stands.
    pub name: Named,
    /// What the report calls it.
    pub title: Option<String>,
    from: Option<Named>,
    set: Vec<(Named, Node)>,
    remove: Vec<Named>,
}

/// The keys of a variant.
pub(super) const VARIANT_KEYS: [Key; 4] = [
    Key { name: "title", takes: "TEXT", doc: told!("What reports call it.") },
    Key {
        name: "set",
        takes: "{ PATH = ANY }",
        doc: told!(
            "Values by path, as in \"server.web.instances\" or \"server.web.on.show[0].work\"; tables merge, the rest \
              replaces, what is absent is created."
        ),
    },
    Key { name: "remove", takes: "[PATH, ..]", doc: told!("Paths of what the variant does not have.") },
    Key { name: "from", takes: "NAME", doc: told!("The variant that this one changes. Default: the base.") },
];

impl Document {
    /// Parses a file; `settings` are arguments `path=value`. `None` after errors that leave nothing to read; with others, those
    /// of variants, there is a document all the same, in which more errors can be found.
    pub fn parse(
        name: &str,
        text: &str,
        settings: &[String],
        diagnostics: &mut Diagnostics,
    ) -> (Sources, Option<Document>) {
        let mut sources = Sources::new();
        let Some(root) = parse(&mut sources, name, text, diagnostics) else { return (sources, None) };
        let parsed = settings.iter().filter_map(|setting| parse_setting(&mut sources, setting, diagnostics));
        let settings: Vec<(Named, Node)> = parsed.collect();
        if diagnostics.has_errors() {
            return (sources, None);
        }
        let (variants, broken) = read_variants(&root, diagnostics);
        let files = Arc::new(FileMap::default());
        let mut document = Document { sources: sources.clone(), root, settings, variants, broken, files };
        let names: Vec<String> = document.variants.iter().map(|variant| variant.name.name.clone()).collect();
        for name in names {
            if document.chain(&name, diagnostics).is_none() {
                document.broken.push(name);
            }
        }
        (sources, Some(document))
    }

    /// The same document, with files beside it. Without this it has none.
    pub fn with_files(self, files: impl Files + 'static) -> Document {
        Document { files: Arc::new(files), ..self }
    }

    /// Whether something was set from outside.
    pub fn has_settings(&self) -> bool {
        !self.settings.is_empty()
    }

    /// The files beside it.
    pub(super) fn files(&self) -> &Arc<dyn Files> {
        &self.files
    }

    /// The text of a file beside it; none if it cannot be read or is long.
    pub fn text_of(&self, path: &str) -> Option<String> {
        const LENGTH_MAX: usize = 100_000;
        let mut text = String::new();
        self.files.open(path).ok()?.take(LENGTH_MAX as u64 + 1).read_to_string(&mut text).ok()?;
        (text.len() <= LENGTH_MAX).then_some(text)
    }

    /// The variants, in the order of the file.
    pub fn variants(&self) -> &[Variant] {
        &self.variants
    }

    /// A variant, and those that it is made from; `None` after an error.
    fn chain(&self, variant: &str, diagnostics: &mut Diagnostics) -> Option<Vec<&Variant>> {
        let mut chain: Vec<&Variant> = Vec::new();
        let mut next = Some(variant.to_owned());
        while let Some(name) = next {
            let Some(variant) = self.variants.iter().find(|variant| variant.name.name == name) else {
                // None can be made from itself.
                let is_free = |known: &&str| chain.iter().all(|earlier| earlier.name.name != *known);
                let known = self.variants.iter().map(|variant| variant.name.name.as_str());
                let choices: Vec<&str> = known.filter(is_free).collect();
                let location: Option<Location> =
                    chain.last().and_then(|variant| variant.from.as_ref()).map(|from| from.location);
                diagnostics.unknown(location, "variant", &name, "", &choices);
                return None;
            };
            if chain.iter().any(|earlier| earlier.name.name == name) {
                diagnostics.error(variant.name.location, format!("variant `{name}` is made from itself"));
                return None;
            }
            next = variant.from.as_ref().map(|from| from.name.clone());
            chain.push(variant);
        }
        Some(chain)
    }

    /// The tables of a variant, or of the base, with the settings applied last; `None` after an error.
    pub fn tables(&self, variant: Option<&str>, diagnostics: &mut Diagnostics) -> Option<Table> {
        let mut root = self.root.clone();
        root.remove("variant");
        if let Some(name) = variant {
            let chain = self.chain(name, diagnostics)?;
            if chain.iter().any(|variant| self.broken.contains(&variant.name.name)) {
                return None;
            }
            for variant in chain.iter().rev() {
                for (path, value) in &variant.set {
                    set(&mut root, &path.name, path.location, value.clone(), diagnostics);
                }
                for path in &variant.remove {
                    remove(&mut root, &path.name, path.location, diagnostics);
                }
            }
        }
        for (path, value) in &self.settings {
            set(&mut root, &path.name, path.location, value.clone(), diagnostics);
        }
        Some(root)
    }
}

/// The variants, and the names of those that cannot be read as a whole.
fn read_variants(root: &Table, diagnostics: &mut Diagnostics) -> (Vec<Variant>, Vec<String>) {
    let estimates = crate::scenario::Estimates::new();
    let mut reader = Reader::new(diagnostics, &estimates);
    let Some(variants) = root.get("variant").and_then(|node| reader.table(node)) else {
        return (Vec::new(), Vec::new());
    };
    let (mut list, mut broken) = (Vec::new(), Vec::new());
    for entry in variants.iter() {
        let known = reader.diagnostics.error_count();
        let variant = read_variant(entry, &mut reader);
        if reader.diagnostics.error_count() > known {
            broken.push(entry.name.clone());
        }
        list.push(variant);
    }
    (list, broken)
}

/// The path of the first value of a table.
pub(super) fn first_path(entry: &Entry) -> Option<String> {
    let (mut path, mut node) = (entry.name.clone(), &entry.node);
    while let Value::Table(table) = &node.value {
        let first = table.iter().next()?;
        path = format!("{path}.{}", first.name);
        node = &first.node;
    }
    Some(path)
}

/// A variant as far as it can be read.
fn read_variant(entry: &Entry, reader: &mut Reader<'_>) -> Variant {
    super::names::check(&entry.name, entry.name_location, reader.diagnostics);
    let name = Named { name: entry.name.clone(), location: entry.name_location };
    let mut variant = Variant { name, title: None, from: None, set: Vec::new(), remove: Vec::new() };
    let Some(table) = reader.table(&entry.node) else { return variant };
    let (keys, place) = (Key::names(&VARIANT_KEYS), format!(" in [variant.{}]", entry.name));
    for own in table.iter().filter(|own| !keys.contains(&own.name.as_str())) {
        let error = reader.diagnostics.unknown(own.name_location, "key", &own.name, &place, &keys);
        let is_of_the_scenario = TABLES.iter().any(|table| table.name == own.name)
            || KINDS.iter().any(|kind| kind.name == own.name);
        if let Some(path) = first_path(own).filter(|_| is_of_the_scenario) {
            error.help(format!(
                "what a variant changes stands in `set`, by its path: set = {{ \"{path}\" = .. }}"
            ));
        }
    }
    let named = |text: &str, node: &Node| Named { name: text.to_owned(), location: node.location };
    variant.title = table.get("title").and_then(|node| reader.text(node).map(str::to_owned));
    variant.from = table.get("from").and_then(|node| reader.text(node).map(|text| named(text, node)));
    if let Some(set) = table.get("set").and_then(|node| reader.table(node)) {
        let path = |entry: &Entry| Named { name: entry.name.clone(), location: entry.name_location };
        variant.set = set.iter().map(|entry| (path(entry), entry.node.clone())).collect();
    }
    if let Some(paths) = table.get("remove").and_then(|node| reader.array(node)) {
        for path in paths {
            variant.remove.extend(reader.text(path).map(|text| named(text, path)));
        }
    }
    variant
}
