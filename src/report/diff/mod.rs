//! What a change of the configuration changes, as text, JSON and Markdown for a pull request.

mod json;
mod markdown;
mod text;

use std::collections::{BTreeMap, BTreeSet};

pub use json::diff_json;
pub use markdown::diff_markdown;
pub use text::{DiffTextOptions, diff_text};

use super::perhaps::{MOST_ASSUMED, assumed, beside};
use crate::check::Given;
use crate::diff::{AccessChange, ChangedFinding, Difference, Fate, NotCompared, ObjectChange, Place, Untold, Which};
use crate::model::{Kind, Said, Thing};

/// A comparison, with what it was made of.
#[derive(Debug)]
pub struct DiffReport<'r> {
    /// What differs.
    pub difference: &'r Difference,
    /// How the old side is called.
    pub old: &'r str,
    /// How the new side is called.
    pub new: &'r str,
}

impl DiffReport<'_> {
    fn side(&self, which: Which) -> &str {
        match which {
            Which::Old => self.old,
            Which::New => self.new,
        }
    }

    fn place(&self, place: &Place) -> String {
        let file = if place.file.is_empty() { self.side(place.which) } else { &place.file };
        format!("{file}:{}:{}", place.line, place.column)
    }

    /// Why the exports are no two states of one tenant, if they are not.
    fn tenants(&self) -> Option<String> {
        let (old, new) = self.difference.tenants.as_ref()?;
        let name = |tenant: &crate::diff::TenantName| match &tenant.name {
            Some(name) => format!("`{name}` ({})", tenant.id),
            None => format!("`{}`", tenant.id),
        };
        Some(format!("the exports are of different tenants: {} and {}", name(old), name(new)))
    }

    fn summary(&self) -> String {
        let difference = self.difference;
        let count = |fate| difference.count(fate);
        let (added, removed, changed) = (count(Fate::Added), count(Fate::Removed), count(Fate::Changed));
        let findings = &difference.findings;
        let mut parts = Vec::new();
        if added + removed + changed == 0 {
            parts.push("no object differs".to_owned());
        } else {
            parts.push(format!("objects: {added} added, {removed} removed, {changed} changed"));
        }
        parts.push(format!("findings: {} new, {} fixed", findings.new.len(), findings.fixed.len()));
        let open = findings.perhaps_new.len() + findings.no_longer_evaluated.len();
        if open > 0 {
            parts.push(format!("{} undecided", counted(open, "finding", "findings")));
        }
        if difference.is_incomplete() {
            parts.push("not everything could be compared".to_owned());
        }
        parts.join("; ")
    }

    /// Who gains and who loses access: a heading and lines for each.
    fn access(&self) -> Vec<(String, Vec<String>)> {
        let (opened, closed) = match &self.difference.access {
            AccessChange::NotDecided { why, .. } => return vec![(format!("not decided: {why}"), Vec::new())],
            AccessChange::Decided { opened, closed } => (opened, closed),
        };
        let part = |found: &crate::check::Difference, none: &str, some: &str, shows: &str| {
            let mut lines = Vec::new();
            let perhaps = found.perhaps.as_ref().filter(|perhaps| !perhaps.sets.is_empty());
            if let Some(perhaps) = perhaps {
                lines.push(format!("{some} {}:", assumed(perhaps, MOST_ASSUMED)));
            }
            let sets = perhaps.map_or(&found.sets, |perhaps| &perhaps.sets);
            for set in sets {
                lines.push(set.text.clone());
                lines.extend(set.command.iter().map(|command| format!("   `{command}` {shows}")));
            }
            if !found.sets.is_empty() && !found.complete {
                lines.push("there may be more, or some that depend on what is not known".to_owned());
            }
            if perhaps.is_some() {
                lines.push("there may be more, and others if it is otherwise".to_owned());
            }
            let heading = match (found.sets.is_empty(), found.complete) {
                (false, _) => some.to_owned(),
                (true, true) => none.to_owned(),
                (true, false) if perhaps.is_some() => format!("{some} or not: it depends on what is not known"),
                (true, false) => {
                    let names = found.depends();
                    let mut told: Vec<String> = names.iter().take(3).map(|name| format!("whether {name}")).collect();
                    if told.is_empty() {
                        told.push("what is not known".to_owned());
                    }
                    if names.len() > told.len() {
                        told.push(format!("{} more", names.len() - told.len()));
                    }
                    format!("{some} or not: it depends on {}", told.join(", "))
                }
            };
            (heading, lines)
        };
        let mut parts = vec![
            part(
                opened,
                "no sign-in opened: proven for every possible one",
                "sign-ins opened",
                "shows one on the new side",
            ),
            part(
                closed,
                "no sign-in closed: proven for every possible one",
                "sign-ins closed",
                "shows one on the old side",
            ),
        ];
        // What either proof is beside is told once.
        let proofs: Vec<&crate::check::Difference> =
            [&**opened, &**closed].into_iter().filter(|found| found.sets.is_empty() && found.complete).collect();
        let given: BTreeSet<Given> = proofs.iter().flat_map(|found| found.given.iter().copied()).collect();
        let leans_on: BTreeSet<&String> = proofs.iter().flat_map(|found| &found.leans_on).collect();
        let given: Vec<Given> = given.into_iter().collect();
        let leans_on: Vec<String> = leans_on.into_iter().cloned().collect();
        parts.extend(beside(&given, &leans_on).into_iter().map(|line| (line, Vec::new())));
        parts
    }
}

/// What happened to an object, as a sign.
fn sign(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "+",
        Fate::Removed => "-",
        Fate::Changed => "~",
    }
}

fn fate(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "added",
        Fate::Removed => "removed",
        Fate::Changed => "changed",
    }
}

fn named(name: Option<&str>, id: &str) -> String {
    match name {
        Some(name) if name != id => format!("`{name}` ({id})"),
        _ => format!("`{id}`"),
    }
}

/// How an object is called.
fn object(change: &ObjectChange) -> String {
    let of = change.package.as_ref().map_or_else(String::new, |package| format!(" of `{package}`"));
    format!("{}{of}", named(change.name.as_deref(), &change.id))
}

fn count_of_fates(changes: &[ObjectChange]) -> String {
    let counted = |wanted: Fate| {
        let count = changes.iter().filter(|change| change.fate == wanted).count();
        (count > 0).then(|| format!("{count} {}", fate(wanted)))
    };
    let counts: Vec<String> = [Fate::Added, Fate::Removed, Fate::Changed].into_iter().filter_map(counted).collect();
    counts.join(", ")
}

fn counted(count: usize, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// What a member says, in words. Holds text from the export: escape it before showing.
fn words(said: &Said, names: &BTreeMap<String, String>) -> String {
    match said {
        Said::Word(word) => word.clone(),
        Said::Text(text) => format!("`{text}`"),
        Said::Flag(true) => "yes".to_owned(),
        Said::Flag(false) => "no".to_owned(),
        Said::Number(number) => number.to_string(),
        Said::Absent(what) => (*what).to_owned(),
        Said::Thing(thing) => of_thing(thing, names),
        Said::Set(set) if set.items.is_empty() => "empty".to_owned(),
        Said::List(items) if items.is_empty() => "empty".to_owned(),
        Said::Set(set) => set.items.iter().map(|item| words(item, names)).collect::<Vec<_>>().join(", "),
        Said::List(items) => {
            let numbered = items.iter().enumerate();
            let parts: Vec<String> =
                numbered.map(|(at, item)| format!("{}. ({})", at + 1, words(item, names))).collect();
            parts.join(" ")
        }
        Said::Fields(fields) => {
            let shown = |said: &&Said| match said {
                Said::Absent(_) => false,
                Said::Set(set) => !set.items.is_empty(),
                Said::List(items) => !items.is_empty(),
                _ => true,
            };
            let parts: Vec<String> = fields
                .iter()
                .filter_map(|(name, said)| {
                    let said = said.as_ref().ok().filter(shown)?;
                    let said_so = words(said, names);
                    let several = matches!(said, Said::Fields(_) | Said::List(_));
                    let said_so = if several { format!("({said_so})") } else { said_so };
                    Some(format!("{}: {said_so}", name.replace('_', " ")))
                })
                .collect();
            if parts.is_empty() { "empty".to_owned() } else { parts.join("; ") }
        }
    }
}

fn of_thing(thing: &Thing, names: &BTreeMap<String, String>) -> String {
    let name = names.get(&thing.id).or(thing.name.as_ref());
    let shown = named(name.map(String::as_str), &thing.id);
    if thing.what.is_empty() { shown } else { format!("{} {shown}", thing.what) }
}

/// One line for a kind that was not compared.
fn not_compared(report: &DiffReport<'_>, what: &NotCompared) -> String {
    let side = report.side(what.which);
    let kind = what.kind.as_str();
    let alone = match what.objects {
        0 => String::new(),
        count => format!("; {} of the other side may or may not be in it", counted(count, "object", "objects")),
    };
    if what.reason == "not exported" {
        format!("{kind}: not exported in `{side}`{alone}")
    } else {
        format!("{kind}: some may be missing in `{side}`: {}{alone}", what.reason)
    }
}

/// One line for a member that one side does not tell.
fn untold(report: &DiffReport<'_>, what: &Untold) -> String {
    let first = named(what.first_name.as_deref(), &what.first);
    let of = match what.objects {
        1 => first,
        count => format!("{count} objects, the first one {first}"),
    };
    let side = report.side(what.which);
    format!("{} {} of {of}: {} in `{side}`", what.kind.as_str(), what.member, what.why.as_str())
}

/// One line for a finding.
fn finding(report: &DiffReport<'_>, found: &ChangedFinding) -> String {
    let waived = if found.waived { ", waived" } else { "" };
    let finding = &found.finding;
    format!("{} {}{waived}: {} ({})", finding.severity, finding.rule, finding.message, report.place(&found.place))
}

/// The sections of findings: a heading, and what is in it.
fn findings<'r>(report: &'r DiffReport<'_>) -> [(&'static str, &'static str, &'r [ChangedFinding]); 4] {
    let findings = &report.difference.findings;
    [
        ("new findings", "+", &findings.new),
        ("perhaps new: the rule was not evaluated on the old side", "?", &findings.perhaps_new),
        ("fixed findings", "-", &findings.fixed),
        ("no longer evaluated: nobody can tell whether these are fixed", "?", &findings.no_longer_evaluated),
    ]
}

/// Rules that are no longer evaluated, by reason: one reason often stops many.
fn stopped(difference: &Difference) -> Vec<(&str, Vec<&str>)> {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for outcome in &difference.findings.stopped {
        match reasons.iter_mut().find(|(reason, _)| *reason == outcome.reason) {
            Some((_, rules)) => rules.push(&outcome.rule),
            None => reasons.push((&outcome.reason, vec![&outcome.rule])),
        }
    }
    reasons
}

/// What to export, for each kind that was not compared, once.
fn exports(difference: &Difference) -> Vec<&'static str> {
    let mut kinds: Vec<Kind> = difference.not_compared.iter().map(|what| what.kind).collect();
    kinds.dedup();
    kinds.into_iter().map(Kind::resource).collect()
}
