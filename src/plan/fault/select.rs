//! Selects instances by name: `web`, `web[2]`, `web[0..3]`, `urls.primary`, `urls.replica[1]`, `place:us-*`.

use super::super::CONDITIONS;
use super::super::declare::{Declaration, Declarations};
use super::super::network::Network;
use super::super::roster::Roster;
use crate::component::{RoleForm, RoleSpec};
use crate::fault::Selector;
use crate::scenario::{Entry, Location, Node, Reader, Table, Value};
use crate::units::{ComponentId, InstanceId};
use std::collections::BTreeSet;

/// Everybody who can be selected.
pub(super) struct Population<'a> {
    declarations: &'a [Declaration],
    /// All components; what selects one that cannot be read has no errors of its own.
    roster: &'a Roster,
    network: &'a Network,
    /// The first instance of each component.
    firsts: Vec<u32>,
}

/// Who can be meant.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Reach {
    /// Instances of components, by the condition with this key.
    Components(&'static str),
    /// Clients too.
    Everybody,
    /// Clients too; a place can stand without `place:`.
    Ends,
}

/// A selector in the text of a scenario.
#[derive(Clone, Copy)]
struct Written<'t> {
    text: &'t str,
    location: Location,
    reach: Reach,
}

impl<'a> Population<'a> {
    pub(super) fn new(declarations: &'a Declarations, network: &'a Network) -> Population<'a> {
        let mut next = 0;
        let firsts = declarations.list.iter().map(|declaration| {
            let first = next;
            next += declaration.instances;
            first
        });
        let firsts = firsts.collect();
        Population { declarations: &declarations.list, roster: &declarations.roster, network, firsts }
    }

    /// The selectors of a text or of an array of texts, at least one.
    pub(super) fn select(&self, node: &Node, reach: Reach, reader: &mut Reader<'_>) -> Option<Vec<Selector>> {
        let nodes = match &node.value {
            Value::Array(nodes) => nodes.as_slice(),
            _ => std::slice::from_ref(node),
        };
        if let (Value::Table(table), Reach::Components(word)) = (&node.value, reach) {
            let help = in_an_array(word, table);
            let own = CONDITIONS.iter().find(|condition| condition.name == word);
            let error = reader
                .error(node.location, format!("`{word}` names whom it befalls in an array, not in a table"))
                .help(help);
            // How much it is stands beside it.
            if let Some([key]) = own.map(|condition| condition.keys) {
                error.meant(key.name);
            }
            return None;
        }
        if nodes.is_empty() {
            reader.error(node.location, "nobody is selected here");
            return None;
        }
        let selected: Vec<Option<Vec<Selector>>> = nodes
            .iter()
            .map(|node| {
                self.written(
                    Written { text: reader.text(node)?.trim(), location: node.location, reach },
                    reader,
                )
            })
            .collect();
        let selected: Vec<Vec<Selector>> = selected.into_iter().collect::<Option<_>>()?;
        Some(self.merge(selected.concat()))
    }

    /// One end of a link.
    pub(super) fn end(
        &self,
        text: &str,
        location: Location,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<Selector>> {
        let selected = self.written(Written { text, location, reach: Reach::Ends }, reader)?;
        Some(self.merge(selected))
    }

    /// The component of an instance.
    pub(super) fn component_of(&self, instance: u32) -> ComponentId {
        ComponentId((self.firsts.partition_point(|first| *first <= instance) - 1) as u16)
    }

    /// How messages name an instance: `web[2]`, or `web` if there is only one.
    pub(super) fn name_of(&self, instance: u32) -> String {
        let component = self.component_of(instance).index();
        match &self.declarations[component] {
            Declaration { name, instances: 1, .. } => name.clone(),
            Declaration { name, .. } => format!("{name}[{}]", instance - self.firsts[component]),
        }
    }

    /// The same instances, each in one selector only: runs of instances of one component, then the roles.
    fn merge(&self, selectors: Vec<Selector>) -> Vec<Selector> {
        let (mut instances, mut roles) = (BTreeSet::new(), BTreeSet::new());
        for selector in selectors {
            match selector {
                Selector::Instances { first, count } => instances.extend(first.0..first.0 + count),
                Selector::Role { .. } => drop(roles.insert(selector)),
            }
        }
        let mut merged: Vec<Selector> = Vec::new();
        for instance in instances {
            match merged.last_mut() {
                Some(Selector::Instances { first, count })
                    if first.0 + *count == instance
                        && self.component_of(first.0) == self.component_of(instance) =>
                {
                    *count += 1;
                }
                _ => merged.push(Selector::Instances { first: InstanceId(instance), count: 1 }),
            }
        }
        merged.extend(roles);
        merged
    }

    fn written(&self, written: Written<'_>, reader: &mut Reader<'_>) -> Option<Vec<Selector>> {
        let Written { text, location, reach } = written;
        if let Some(pattern) = text.strip_prefix("place:") {
            return self.at_places(pattern.trim(), written, reader);
        }
        let (name, rest) = text.split_at(text.find(['.', '[']).unwrap_or(text.len()));
        let Some(component) = self.declarations.iter().position(|declaration| declaration.name == name)
        else {
            if reach == Reach::Ends
                && rest.is_empty()
                && (name.contains('*') || self.network.place(name).is_some())
            {
                return self.at_places(name, written, reader);
            }
            self.report_unknown(name, written, reader);
            return None;
        };
        let declaration = &self.declarations[component];
        if let Reach::Components(word) = reach
            && !can_fail(declaration)
        {
            let kind = declaration.spec.name;
            let article = if kind.starts_with('a') { "an" } else { "a" };
            let message = format!("`{word}` befalls components, but `{name}` is {article} {kind}");
            reader.error(location, message);
            return None;
        }
        let (low, high) = match rest.strip_prefix('.') {
            Some(role) => return self.role(component, role, location, reader).map(|selector| vec![selector]),
            None if rest.is_empty() => (0, declaration.instances - 1),
            None => indices(rest, written, reader)?,
        };
        if high >= declaration.instances {
            if !declaration.is_whole {
                return None;
            }
            let last = declaration.instances - 1;
            reader
                .error(location, format!("there is no `{name}[{high}]`"))
                .help(format!("the last one is `{name}[{last}]`"));
            return None;
        }
        let first = InstanceId(self.firsts[component] + low);
        Some(vec![Selector::Instances { first, count: high - low + 1 }])
    }

    fn role(
        &self,
        component: usize,
        text: &str,
        location: Location,
        reader: &mut Reader<'_>,
    ) -> Option<Selector> {
        let Declaration { name, spec, blueprint, is_whole, .. } = &self.declarations[component];
        let (word, index) = text.split_at(text.find('[').unwrap_or(text.len()));
        let Some(RoleSpec { form, .. }) = spec.roles.iter().find(|role| role.name == word) else {
            if spec.roles.is_empty() {
                reader
                    .error(
                        location,
                        format!("`{name}.{word}` selects nobody: the kind `{}` has no roles", spec.name),
                    )
                    .help(format!("select `{name}`, or some of its instances as in `{name}[0]`"));
            } else {
                let roles: Vec<&str> = spec.roles.iter().map(|role| role.name).collect();
                reader.diagnostics.unknown(location, "role", word, &format!(" of `{name}`"), &roles);
            }
            return None;
        };
        let number = match index {
            "" => None,
            index => Some(number_of(index).or_else(|| {
                let message = format!("`{index}` is no number of a role");
                reader.error(location, message).help(format!("as in `{name}.{word}[0]`"));
                None
            })?),
        };
        let role = match (form, number) {
            (RoleForm::One(role), None) => *role,
            (RoleForm::One(_), Some(_)) => {
                reader.error(location, format!("there is one `{name}.{word}`, without a number"));
                return None;
            }
            (RoleForm::Numbered(_), None) => {
                let message = format!("`{name}.{word}` needs a number");
                reader.error(location, message).help(format!("as in `{name}.{word}[0]`"));
                return None;
            }
            (RoleForm::OneOrAll(role), number) => role(number),
            (RoleForm::Numbered(role), Some(number)) => role(number),
        };
        if !matches!(form, RoleForm::One(_)) && *is_whole {
            check_number(name, word, number.unwrap_or(0), blueprint.role_count(word), location, reader)?;
        }
        Some(Selector::Role { component: ComponentId(component as u16), role })
    }

    /// Who stands at the places of a pattern, in which `*` is any text.
    fn at_places(
        &self,
        pattern: &str,
        written: Written<'_>,
        reader: &mut Reader<'_>,
    ) -> Option<Vec<Selector>> {
        let places = &self.network.places;
        let matches: Vec<bool> = places.iter().map(|place| fits(pattern, place)).collect();
        if !matches.contains(&true) {
            let choices: Vec<&str> = places.iter().map(String::as_str).collect();
            reader.diagnostics.unknown(written.location, "place", pattern, "", &choices);
            return None;
        }
        let mut found = Vec::new();
        for (declaration, first) in self.declarations.iter().zip(&self.firsts) {
            if matches!(written.reach, Reach::Components(_)) && !can_fail(declaration) {
                continue;
            }
            for index in 0..declaration.instances {
                let place = declaration.places[index as usize % declaration.places.len()];
                if matches[place.index()] {
                    found.push(Selector::Instances { first: InstanceId(first + index), count: 1 });
                }
            }
        }
        if found.is_empty() && !self.roster.has_broken() {
            let whom = if matches!(written.reach, Reach::Components(_)) { "no component" } else { "nobody" };
            reader.error(written.location, format!("{whom} stands at `{pattern}`"));
        }
        (!found.is_empty()).then_some(found)
    }

    fn report_unknown(&self, name: &str, written: Written<'_>, reader: &mut Reader<'_>) {
        if self.roster.is_broken(name) {
            return;
        }
        if self.network.places.iter().any(|place| fits(name, place)) {
            reader
                .error(written.location, format!("unknown component `{name}`"))
                .help(format!("for all that stand at the place write `place:{name}`"));
            return;
        }
        let is_meant = |declaration: &&Declaration| match written.reach {
            Reach::Components(_) => can_fail(declaration),
            Reach::Everybody | Reach::Ends => true,
        };
        let names = self.declarations.iter().filter(is_meant).map(|declaration| declaration.name.as_str());
        let mut choices: Vec<&str> = names.collect();
        if matches!(written.reach, Reach::Components(_)) {
            self.roster.unknown((name, None), written.location, "", &choices, reader.diagnostics);
            return;
        }
        if written.reach == Reach::Ends {
            choices.extend(self.network.places.iter().map(String::as_str));
        }
        reader.diagnostics.unknown(written.location, "name", name, "", &choices);
    }
}

/// What to write instead of a table behind a condition: `slow = { web = 5 }`, `slow = { target = "web", factor = 5 }`.
fn in_an_array(word: &str, table: &Table) -> String {
    /// Keys under which others name whom a fault befalls.
    const TARGETS: [&str; 7] =
        ["target", "targets", "component", "components", "instance", "instances", "on"];
    let own = CONDITIONS.iter().find(|condition| condition.name == word).map_or(&[][..], |one| one.keys);
    let is_target = |entry: &&Entry| TARGETS.contains(&entry.name.as_str());
    let beside = |key: &str, much: Option<String>| format!("`{key} = {}`", much.as_deref().unwrap_or(".."));
    let (names, rest): (Vec<String>, Vec<String>) = if table.iter().any(|entry| is_target(&entry)) {
        let rest = table.iter().filter(|entry| !is_target(entry));
        (
            table.iter().filter(is_target).flat_map(|entry| texts(&entry.node)).collect(),
            rest.map(|entry| beside(&entry.name, written(&entry.node))).collect(),
        )
    } else {
        let much = || table.iter().find_map(|entry| written(&entry.node));
        let names = table.iter().map(|entry| format!("\"{}\"", entry.name)).collect();
        (names, if let [key] = own { vec![beside(key.name, much())] } else { Vec::new() })
    };
    let befallen = format!("write `{word} = [{}]`", names.join(", "));
    [befallen].into_iter().chain(rest).collect::<Vec<_>>().join(" and ")
}

/// The texts of an array, or the only one, as they are written.
fn texts(node: &Node) -> Vec<String> {
    match &node.value {
        Value::Array(elements) => elements.iter().filter_map(written).collect(),
        _ => written(node).into_iter().collect(),
    }
}

/// A number or a text as TOML writes it.
fn written(node: &Node) -> Option<String> {
    match &node.value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Float(number) => Some(number.to_string()),
        Value::Text(text) => Some(format!("{text:?}")),
        _ => None,
    }
}

/// A client is no part of the system: it cannot crash.
fn can_fail(declaration: &Declaration) -> bool {
    declaration.spec.serves.has_station()
}

/// "[2]" or "[0..3]", both ends included.
fn indices(text: &str, written: Written<'_>, reader: &mut Reader<'_>) -> Option<(u32, u32)> {
    let inner = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let range = inner.and_then(|inner| {
        let (low, high) = inner.split_once("..").unwrap_or((inner, inner));
        Some((digits(low.trim())?, digits(high.trim())?))
    });
    let name = &written.text[..written.text.len() - text.len()];
    match range {
        Some((low, high)) if low <= high => return Some((low, high)),
        Some((low, high)) => {
            let message = format!("`{}` ends before it begins", written.text);
            reader.error(written.location, message).help(format!("write `{name}[{high}..{low}]`"));
        }
        None => {
            let message = format!("`{}` selects nobody", written.text);
            reader
                .error(written.location, message)
                .help(format!("write `{name}`, `{name}[2]` or `{name}[0..3]`"));
        }
    }
    None
}

/// "[2]".
fn number_of(text: &str) -> Option<u32> {
    digits(text.strip_prefix('[')?.strip_suffix(']')?.trim())
}

fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

fn check_number(
    name: &str,
    word: &str,
    number: u32,
    count: u32,
    location: Location,
    reader: &mut Reader<'_>,
) -> Option<()> {
    match count.checked_sub(1) {
        None => drop(reader.error(location, format!("`{name}` has no {word}"))),
        Some(last) if number > last => {
            let message = format!("there is no `{name}.{word}[{number}]`");
            reader.error(location, message).help(format!("the last one is `{name}.{word}[{last}]`"));
        }
        Some(_) => return Some(()),
    }
    None
}

/// Whether a text fits a pattern in which each `*` stands for any text.
fn fits(pattern: &str, text: &str) -> bool {
    let Some((head, tail)) = pattern.split_once('*') else { return pattern == text };
    let Some(rest) = text.strip_prefix(head) else { return false };
    let Some((inner, last)) = tail.rsplit_once('*') else { return rest.ends_with(tail) };
    let Some(mut rest) = rest.strip_suffix(last) else { return false };
    // Between the first star and the last one, taking each piece as early as possible is never wrong.
    inner.split('*').all(|piece| match rest.find(piece) {
        Some(found) => {
            rest = &rest[found + piece.len()..];
            true
        }
        None => false,
    })
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("us-a", "us-a", true),
            ("us-a", "us-ab", false),
            ("*", "us-a", true),
            ("us-*", "us-a", true),
            ("us-*", "us-", true),
            ("us-*", "eu-a", false),
            ("*-a", "us-a", true),
            ("*-a", "us-b", false),
            ("us*us", "us", false),
            ("*s*a*", "us-a", true),
            ("*a*s*", "us-a", false),
            ("u*-*a", "us-a", true),
            ("u*-*a", "us-", false),
            ("**", "x", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
