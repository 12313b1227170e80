//! A scenario as a tree that can be written as TOML in any order of its tables, and made smaller.

use rand::Rng;
use windtunnel::kernel::random::{Stream, below};

/// A value of TOML.
#[derive(Clone, Debug)]
pub(crate) enum Tree {
    /// A number, a boolean or a text in quotes, as it is written.
    Leaf(String),
    /// An array.
    List(Vec<Tree>),
    /// A table, in the order in which it is written.
    Table(Vec<(String, Tree)>),
}

/// A text in quotes.
pub(crate) fn text(value: impl std::fmt::Display) -> Tree {
    Tree::Leaf(format!("\"{value}\""))
}

/// A number or boolean.
pub(crate) fn bare(value: impl std::fmt::Display) -> Tree {
    Tree::Leaf(value.to_string())
}

/// A table with one key.
pub(crate) fn one(key: &str, value: Tree) -> Tree {
    Tree::Table(vec![(key.to_owned(), value)])
}

impl Tree {
    /// Adds a key to a table.
    pub(crate) fn with(mut self, key: &str, value: Tree) -> Tree {
        self.entries().push((key.to_owned(), value));
        self
    }

    /// The entries of a table.
    pub(crate) fn entries(&mut self) -> &mut Vec<(String, Tree)> {
        match self {
            Tree::Table(entries) => entries,
            other => panic!("{other:?} is no table"),
        }
    }

    /// The table below a key of a table, which is made if it is not there.
    pub(crate) fn child(&mut self, key: &str) -> &mut Tree {
        let entries = self.entries();
        let index = entries.iter().position(|(name, _)| name == key).unwrap_or_else(|| {
            entries.push((key.to_owned(), Tree::Table(Vec::new())));
            entries.len() - 1
        });
        &mut entries[index].1
    }

    /// The value below a key of a table.
    pub(crate) fn get(&self, key: &str) -> Option<&Tree> {
        match self {
            Tree::Table(entries) => entries.iter().find(|(name, _)| name == key).map(|(_, value)| value),
            _ => None,
        }
    }

    /// The file of which this is the root.
    pub(crate) fn file(&self) -> String {
        let Tree::Table(tables) = self else { panic!("the root is a table") };
        let mut file = String::new();
        for (kind, table) in tables {
            let Tree::Table(entries) = table else { panic!("{kind} is a table") };
            if ["scenario", "network", "limits"].contains(&kind.as_str()) {
                file += &section(&format!("[{kind}]"), entries);
                continue;
            }
            for (name, component) in entries {
                let Tree::Table(entries) = component else { panic!("{name} is a table") };
                file += &section(&format!("[{kind}.{}]", key(name)), entries);
            }
        }
        file
    }

    pub(crate) fn inline(&self) -> String {
        match self {
            Tree::Leaf(leaf) => leaf.clone(),
            Tree::List(elements) => {
                format!("[ {} ]", elements.iter().map(Tree::inline).collect::<Vec<_>>().join(", "))
            }
            Tree::Table(entries) => {
                let entries: Vec<String> = entries
                    .iter()
                    .map(|(name, value)| format!("{} = {}", key(name), value.inline()))
                    .collect();
                format!("{{ {} }}", entries.join(", "))
            }
        }
    }

    /// The same with the entries of every table in another order.
    pub(crate) fn shuffled(&self, random: &mut Stream) -> Tree {
        match self {
            Tree::Leaf(_) => self.clone(),
            Tree::List(elements) => {
                Tree::List(elements.iter().map(|element| element.shuffled(random)).collect())
            }
            Tree::Table(entries) => {
                let mut entries: Vec<_> =
                    entries.iter().map(|(name, value)| (name.clone(), value.shuffled(random))).collect();
                for index in (1..entries.len()).rev() {
                    entries.swap(index, below(random.next_u64(), index as u64 + 1) as usize);
                }
                Tree::Table(entries)
            }
        }
    }

    /// How many parts it has.
    pub(crate) fn parts(&self) -> usize {
        match self {
            Tree::Leaf(_) => 0,
            Tree::List(elements) => elements.iter().map(|element| 1 + element.parts()).sum(),
            Tree::Table(entries) => entries.iter().map(|(_, value)| 1 + value.parts()).sum(),
        }
    }

    /// The same without one of its parts.
    pub(crate) fn without(&self, part: usize) -> Tree {
        let mut smaller = self.clone();
        let mut left = part;
        smaller.remove(&mut left);
        smaller
    }

    /// Removes the part with this number, counted from the front; whether it was one of these.
    fn remove(&mut self, left: &mut usize) -> bool {
        let count = match self {
            Tree::Leaf(_) => 0,
            Tree::List(elements) => elements.len(),
            Tree::Table(entries) => entries.len(),
        };
        for index in 0..count {
            if *left == 0 {
                match self {
                    Tree::Leaf(_) => {}
                    Tree::List(elements) => drop(elements.remove(index)),
                    Tree::Table(entries) => drop(entries.remove(index)),
                }
                return true;
            }
            *left -= 1;
            let below = match self {
                Tree::Leaf(_) => return false,
                Tree::List(elements) => &mut elements[index],
                Tree::Table(entries) => &mut entries[index].1,
            };
            if below.remove(left) {
                return true;
            }
        }
        false
    }
}

fn section(header: &str, entries: &[(String, Tree)]) -> String {
    let lines: String =
        entries.iter().map(|(name, value)| format!("{} = {}\n", key(name), value.inline())).collect();
    format!("{header}\n{lines}")
}

fn key(name: &str) -> String {
    let is_bare = name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter));
    if is_bare { name.to_owned() } else { format!("\"{name}\"") }
}
