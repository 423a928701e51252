//! Attribute values, and the attributes of one object.

use crate::access::{Answer, Why};
use crate::model::{Kind, Time, Told};
use crate::source::Origin;

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Value {
    /// `Bool`
    Bool(bool),
    /// `Long`
    Long(i64),
    /// `String`
    Text(String),
    /// `datetime`
    Time(Time),
    /// `Set`; every element is known.
    Set(Vec<Value>),
    /// A record; members that are not known are left out.
    Record(Vec<(&'static str, Value)>),
}

impl Value {
    /// The member of a record at a dotted path.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        let Some((first, rest)) = path.split_first() else { return Some(self) };
        match self {
            Self::Record(members) => members.iter().find(|(name, _)| name == first)?.1.at(rest),
            _ => None,
        }
    }

    /// The value in a message: a list is joined with commas.
    #[must_use]
    pub fn told(&self) -> String {
        match self {
            Self::Bool(value) => value.to_string(),
            Self::Long(value) => value.to_string(),
            Self::Text(text) => text.clone(),
            Self::Time(time) => time.to_string(),
            Self::Set(items) => items.iter().map(Self::told).collect::<Vec<_>>().join(", "),
            Self::Record(members) => {
                members.iter().map(|(name, value)| format!("{name} {}", value.told())).collect::<Vec<_>>().join(", ")
            }
        }
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Bool(value)
    }
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Long(value)
    }
}

impl From<usize> for Value {
    fn from(value: usize) -> Self {
        Self::Long(i64::try_from(value).unwrap_or(i64::MAX))
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

/// An attribute that the schema requires and the export does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MissingFact {
    /// Its path, dotted.
    pub path: &'static str,
    /// Why.
    pub why: Why,
}

/// The attributes of one object.
#[derive(Debug, Clone)]
pub struct Facts {
    /// Its id.
    pub id: String,
    /// Its display name, for people.
    pub name: String,
    /// Where it stands.
    pub origin: Option<Origin>,
    /// Attributes; those that are not known are left out.
    pub attributes: Vec<(&'static str, Value)>,
    /// What was left out, and why.
    pub missing: Vec<MissingFact>,
    /// Where an attribute stands in the object: the first place that exists counts.
    pub places: &'static [(&'static str, &'static [&'static str])],
}

impl Facts {
    pub(super) fn new(id: &str, name: Option<&String>, origin: Option<&Origin>, places: Places) -> Self {
        let name = name.cloned().unwrap_or_else(|| id.to_owned());
        Self { id: id.to_owned(), name, origin: origin.cloned(), attributes: Vec::new(), missing: Vec::new(), places }
    }

    /// The attribute at a dotted path.
    #[must_use]
    pub fn at(&self, path: &[&str]) -> Option<&Value> {
        let (first, rest) = path.split_first()?;
        self.attributes.iter().find(|(name, _)| name == first)?.1.at(rest)
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.attributes.push((name, value.into()));
    }

    /// An attribute that an object may really lack.
    pub(super) fn optional(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    pub(super) fn lacks(&mut self, path: &'static str, why: Why) {
        self.missing.push(MissingFact { path, why });
    }

    pub(super) fn answer(&mut self, name: &'static str, answer: Answer) {
        match answer.known() {
            Ok(value) => self.set(name, value),
            Err(why) => self.lacks(name, why),
        }
    }

    /// An attribute that stands in the object as it is.
    pub(super) fn told<T>(&mut self, kind: Kind, name: &'static str, told: &Told<T>, value: impl FnOnce(&T) -> Value) {
        match told {
            Ok(known) => self.set(name, value(known)),
            Err(gap) => {
                // A reader of the reason knows Graph's members, not our attributes.
                let place = self.places.iter().find(|(known, _)| *known == name);
                let member = place.map_or_else(|| name.to_owned(), |(_, path)| path.join("."));
                self.lacks(name, why_not(kind, &member, gap));
            }
        }
    }
}

/// Places of a type's attributes.
pub(super) type Places = &'static [(&'static str, &'static [&'static str])];

/// Why a member of an object is not known.
pub(super) fn why_not(kind: Kind, member: &str, gap: &crate::model::Gap) -> Why {
    match gap {
        crate::model::Gap::NotExported => Why::missing(kind, format!("`{member}` was not exported")),
        crate::model::Gap::Lost => Why::missing(kind, format!("`{member}` was cut away when the file was written")),
        crate::model::Gap::NotUnderstood => Why::unreadable(format!("`{member}` holds a value that is not understood")),
        crate::model::Gap::Contradicted => {
            Why::unreadable(format!("the export tells two different things about `{member}`"))
        }
    }
}

/// A name or id from an export inside a message.
pub(super) fn quoted(name: impl std::fmt::Display) -> String {
    format!("`{name}`")
}

/// Members of a record under way; what is not known is left out of it and told.
#[derive(Default)]
pub(super) struct Record {
    pub(super) members: Vec<(&'static str, Value)>,
    pub(super) missing: Vec<MissingFact>,
}

impl Record {
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<Value>) {
        self.members.push((name, value.into()));
    }

    pub(super) fn optional(&mut self, name: &'static str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.set(name, value);
        }
    }

    /// `path` is that of the member from the object.
    pub(super) fn answer(&mut self, name: &'static str, path: &'static str, answer: Answer) {
        match answer.known() {
            Ok(value) => self.set(name, value),
            Err(why) => self.missing.push(MissingFact { path, why }),
        }
    }

    pub(super) fn into_facts(self, facts: &mut Facts, name: &'static str) {
        facts.set(name, Value::Record(self.members));
        facts.missing.extend(self.missing);
    }
}
