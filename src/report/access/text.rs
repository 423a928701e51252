//! The table for people: totals, then by organization and kind of user what comes of which applications. Organizations
//! whose people fare exactly alike are told together.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use super::super::escape::plain;
use super::super::paint::Paint;
use super::super::sign_in::given::given;
use super::super::sign_in::words;
use super::{AccessOnly, AccessReport, Cell, Pairs, Rank, stage, thousands};
use crate::access::sign_in::Verdict;
use crate::simulate::{Assume, Group, Outcome, Path};

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct AccessTextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Every application, policy and organization.
    pub verbose: bool,
    /// Every person, each under their own organization.
    pub everybody: bool,
}

/// What is told of a list before the rest is counted.
const FEW: usize = 3;

struct Page<'r, W> {
    report: &'r AccessReport<'r>,
    options: AccessTextOptions,
    paint: Paint,
    output: &'r mut W,
    /// Whether something was told not to be known.
    unknown: bool,
}

/// People of one kind who fare alike.
struct Line<'r> {
    /// One of the groups; for all of them the same is told.
    group: &'r Group,
    count: usize,
    people: Vec<usize>,
}

/// Organizations whose people fare alike.
struct Section<'r> {
    organizations: Vec<&'r str>,
    lines: Vec<Line<'r>>,
}

/// Kind, whether they are here, and the number of what is told of them.
type Shape<'r> = Vec<(&'r str, bool, usize)>;

/// Writes the table as text.
///
/// # Errors
/// What the writer fails with.
pub fn access_text(report: &AccessReport<'_>, options: AccessTextOptions, output: &mut impl Write) -> io::Result<()> {
    let mut page = Page { report, options, paint: Paint(options.color), output, unknown: false };
    page.question()?;
    page.totals()?;
    let sections = page.sections();
    for section in &sections {
        page.section(section)?;
    }
    page.remarks(sections.is_empty())
}

fn list(items: &[String], most: usize) -> String {
    let (shown, rest) = items.split_at(items.len().min(most));
    match (shown, rest) {
        ([], _) => String::new(),
        // One more takes no more room than telling that there is one.
        (_, [last]) => format!("{} and {last}", shown.join(", ")),
        ([only], []) => only.clone(),
        ([first @ .., last], []) => format!("{} and {last}", first.join(", ")),
        _ => format!("{} and {} more", shown.join(", "), thousands(rest.len())),
    }
}

fn counted(number: usize, one: &str, several: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { several })
}

impl<'r, W: Write> Page<'r, W> {
    fn most(&self) -> usize {
        if self.options.verbose { usize::MAX } else { FEW }
    }

    fn question(&mut self) -> io::Result<()> {
        let title = self.paint.bold("who gets in to what");
        writeln!(self.output, "{title}")?;
        let told = given(self.report.conditions).into_iter().filter_map(|(name, given)| Some(given?.words(name)));
        writeln!(self.output, "  {}", plain(&told.collect::<Vec<_>>().join(" · ")))?;
        match self.report.assume {
            None => {}
            Some(Assume::Coverage) => {
                writeln!(self.output, "  assuming coverage: what is not known falls for whoever wants in")?;
            }
            Some(Assume::Reachability) => {
                writeln!(self.output, "  assuming reachability: what is not known falls against whoever wants in")?;
            }
        }
        match self.report.only {
            None => Ok(()),
            Some(AccessOnly::Allowed) => writeln!(self.output, "  told: only who gets in"),
            Some(AccessOnly::Blocked) => writeln!(self.output, "  told: only who is blocked"),
            Some(AccessOnly::WithoutMfa) => {
                writeln!(self.output, "  told: only who gets in, or may, without multifactor authentication")
            }
        }
    }

    fn totals(&mut self) -> io::Result<()> {
        let table = self.report.table;
        let (people, kinds) = self.report.counts();
        writeln!(
            self.output,
            "\n{} from outside in the export · {} · {} of people who fare alike",
            counted(table.external_users, "person", "people"),
            counted(table.applications.len(), "application", "applications"),
            counted(table.groups.len(), "group", "groups"),
        )?;
        let (here, others) = self.report.pairs();
        if people > 0 {
            let head = format!(
                "{} with {}",
                counted(people, "person", "people"),
                counted(here.total, "pair of a person and an application", "pairs of a person and an application")
            );
            self.pairs(&head, here)?;
        }
        if kinds > 0 {
            let head = format!(
                "{} who are not here, with {}",
                counted(kinds, "kind of people", "kinds of people"),
                counted(others.total, "pair of a kind and an application", "pairs of a kind and an application")
            );
            self.pairs(&head, others)?;
        }
        Ok(())
    }

    fn pairs(&mut self, head: &str, pairs: Pairs) -> io::Result<()> {
        writeln!(self.output, "{head}")?;
        let rows = [
            (pairs.allowed, "allowed"),
            (pairs.allowed_after_mfa, "allowed after multifactor authentication"),
            (pairs.allowed_after_other_steps, "allowed after other steps"),
            (pairs.unknown, "not known"),
            (pairs.blocked, "blocked"),
        ];
        let width = thousands(pairs.total).len();
        for (number, text) in rows.into_iter().filter(|(number, _)| *number > 0) {
            writeln!(self.output, "  {:>width$} {text}", thousands(number))?;
        }
        match pairs.without_mfa {
            Some(number) if pairs.total > 0 => {
                let line = format!("{:>width$} of them without any multifactor authentication", thousands(number));
                let line = if number > 0 { self.paint.red(&line) } else { line };
                writeln!(self.output, "  {line}")
            }
            _ => Ok(()),
        }
    }

    /// Organizations in order, those that fare alike together at the place of the first.
    fn sections(&self) -> Vec<Section<'r>> {
        let report = self.report;
        let mut numbers: HashMap<Vec<&Cell>, usize> = HashMap::new();
        let mut known: HashMap<(usize, &str), (usize, bool)> = HashMap::new();
        let mut sections: Vec<Section<'r>> = Vec::new();
        let mut shapes: HashMap<Shape<'r>, usize> = HashMap::new();
        for groups in report.table.groups.chunk_by(|one, other| one.organization == other.organization) {
            let mut lines: Vec<(usize, Line<'r>)> = Vec::new();
            for group in groups {
                let (told, empty) = *known.entry((group.row, &group.kind)).or_insert_with(|| {
                    let cells = report.cells(group);
                    let (next, empty) = (numbers.len(), cells.is_empty());
                    (*numbers.entry(cells).or_insert(next), empty)
                });
                // Somebody who was asked for is told even if they can open nothing.
                if empty && report.only.is_some() {
                    continue;
                }
                let same = |(other, line): &&mut (usize, Line<'r>)| {
                    *other == told && line.group.kind == group.kind && line.group.here == group.here
                };
                match lines.iter_mut().find(same) {
                    Some((_, line)) => {
                        line.count += group.count;
                        line.people.extend(&group.people);
                    }
                    None => lines.push((told, Line { group, count: group.count, people: group.people.clone() })),
                }
            }
            let Some((_, first)) = lines.first() else { continue };
            let name = first.group.organization.as_str();
            let shape: Shape<'r> =
                lines.iter().map(|(told, line)| (line.group.kind.as_str(), line.group.here, *told)).collect();
            let lines = lines.into_iter().map(|(_, line)| line);
            let alike = shapes.get(&shape).copied().filter(|_| !self.options.everybody);
            if let Some(section) = alike.and_then(|at| sections.get_mut(at)) {
                section.organizations.push(name);
                for (own, more) in section.lines.iter_mut().zip(lines) {
                    own.count += more.count;
                    if own.people.len() <= FEW {
                        own.people.extend(more.people);
                    }
                }
                continue;
            }
            shapes.insert(shape, sections.len());
            sections.push(Section { organizations: vec![name], lines: lines.collect() });
        }
        sections
    }

    fn section(&mut self, section: &Section<'_>) -> io::Result<()> {
        let names: Vec<String> = section.organizations.iter().map(|name| plain(name)).collect();
        let name = self.paint.bold(&list(&names, self.most()));
        writeln!(self.output, "\n{name}")?;
        for line in &section.lines {
            self.line(line, section.organizations.len())?;
        }
        Ok(())
    }

    fn line(&mut self, line: &Line<'_>, organizations: usize) -> io::Result<()> {
        write!(self.output, "  {}", plain(&line.group.kind))?;
        let people: Vec<&crate::simulate::Person> =
            line.people.iter().filter_map(|number| self.report.table.people.get(*number)).collect();
        if line.group.here || !people.is_empty() {
            let most = if self.options.everybody { usize::MAX } else { FEW };
            let mut names: Vec<String> = people.iter().take(most).map(|person| plain(&person.name)).collect();
            let rest = line.count.saturating_sub(names.len());
            if rest > 0 {
                names.push(format!("{} more", thousands(rest)));
            }
            write!(self.output, ", {}: {}", counted(line.count, "person", "people"), list(&names, usize::MAX))?;
        } else if organizations > 1 {
            write!(self.output, ", each")?;
        }
        writeln!(self.output)?;
        let cells = self.report.cells(line.group);
        if cells.is_empty() {
            return writeln!(self.output, "    can open no application: none is open to them or assigned to them");
        }
        for (rank, head, by, ways) in self.outcomes(line.group, &cells) {
            let head = match rank {
                Rank::WithoutMfa => self.paint.red(&head),
                Rank::Unknown => self.paint.yellow(&head),
                Rank::Allowed => self.paint.green(&head),
                Rank::Blocked => head,
            };
            self.unknown |= rank == Rank::Unknown;
            writeln!(self.output, "    {head}{by}")?;
            for (path, numbers) in ways {
                let names: Vec<String> = numbers
                    .iter()
                    .filter_map(|number| self.report.table.applications.get(*number))
                    .map(|application| plain(&application.name))
                    .collect();
                let text = list(&names, self.most());
                writeln!(self.output, "      {}: {text}", way(&path))?;
            }
        }
        Ok(())
    }

    /// Outcomes that read the same, each once, the worst for security first; escaped.
    #[expect(clippy::type_complexity, reason = "made here and taken apart by the one caller")]
    fn outcomes(&self, group: &Group, cells: &[&Cell]) -> Vec<(Rank, String, String, Vec<(Path, Vec<usize>)>)> {
        let mut told: Vec<(Rank, String, String, Vec<(Path, Vec<usize>)>)> = Vec::new();
        for (outcome, applications) in cells.iter().copied() {
            let (rank, head, by) = (self.report.rank(group, outcome), self.head(group, outcome), self.by(outcome));
            let known = told.iter().position(|known| (known.0, &known.1, &known.2) == (rank, &head, &by));
            let at = known.unwrap_or(told.len());
            if known.is_none() {
                told.push((rank, head, by, Vec::new()));
            }
            let Some((.., ways)) = told.get_mut(at) else { continue };
            match ways.iter_mut().find(|(path, _)| *path == outcome.path) {
                Some((_, numbers)) => numbers.extend(applications),
                None => ways.push((outcome.path.clone(), applications.clone())),
            }
        }
        for (_, numbers) in told.iter_mut().flat_map(|(.., ways)| ways) {
            numbers.sort_unstable();
        }
        told.sort_by_key(|(rank, ..)| *rank);
        told
    }

    fn head(&self, group: &Group, outcome: &Outcome) -> String {
        let verdict = self.report.verdict(outcome);
        let text = self.words(verdict);
        if matches!(verdict, Verdict::Unknown(_)) {
            let (best, worst) = self.report.sides(outcome);
            let without = self.report.is_without_mfa(group, outcome);
            let without = if without { " without multifactor authentication" } else { "" };
            let best = self.words(best).replacen("allowed", &format!("allowed{without}"), 1);
            return format!("{text}: at best {best}; at worst {}", self.words(worst));
        }
        if self.report.is_without_mfa(group, outcome) {
            return text.replacen("allowed", "allowed without multifactor authentication", 1).replacen(
                "authentication after",
                "authentication, after",
                1,
            );
        }
        text
    }

    fn words(&self, verdict: &Verdict) -> String {
        match verdict {
            Verdict::Allow => "allowed".to_owned(),
            Verdict::AllowAfter(steps) => {
                let steps: Vec<String> = steps
                    .iter()
                    .map(|step| plain(&words::step(self.report.tenant, step, self.options.verbose)))
                    .collect();
                format!("allowed after: {}", steps.join(", then "))
            }
            Verdict::Block(_) => match stage(verdict) {
                Some((stage, Some(code))) => format!("blocked at {} (AADSTS{code})", words::stage(stage)),
                Some((stage, None)) => format!("blocked at {}", words::stage(stage)),
                None => "blocked".to_owned(),
            },
            Verdict::Unknown(_) => "not known".to_owned(),
        }
    }

    /// The policies that ask for something, with what goes before.
    fn by(&self, outcome: &Outcome) -> String {
        let Some(policies) = self.report.table.policies.get(outcome.policies) else { return String::new() };
        let named = |names: &[String]| {
            let names: Vec<String> = names.iter().map(|name| format!("`{}`", plain(name))).collect();
            list(&names, self.most())
        };
        let mut text = String::new();
        for (word, names) in [("by", &policies.surely), ("perhaps by", &policies.maybe)] {
            if !names.is_empty() {
                let _ = write!(text, "\n      {word} {}", named(names));
            }
        }
        text
    }

    fn remarks(&mut self, empty: bool) -> io::Result<()> {
        if empty {
            let text = match self.report.only {
                Some(_) => "no sign-in is as `--only` asks",
                None => "nobody of whom to tell",
            };
            writeln!(self.output, "\n{text}")?;
        }
        if self.unknown {
            writeln!(
                self.output,
                "\nwhat is not known of a person and an application, and what would tell: `guestlist simulate sign-in`"
            )?;
        }
        let without = self.report.table.without_application;
        if without > 0 {
            let who = counted(without, "person", "people");
            writeln!(self.output, "\n{who} can open no application: none is open to them or assigned to them")?;
        }
        if !self.report.table.missing.is_empty() {
            let heading = self.paint.bold("what was not exported and may change this");
            writeln!(self.output, "\n{heading}")?;
            for missing in &self.report.table.missing {
                writeln!(self.output, "  - {}", plain(missing))?;
            }
        }
        Ok(())
    }
}

/// How they come to it; escaped.
fn way(path: &Path) -> String {
    match path {
        Path::Open => "open".to_owned(),
        Path::Assigned => "assigned".to_owned(),
        Path::Package { name, .. } => format!("by package `{}`", plain(name)),
        Path::Unknown => "whether assigned is not known".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lists_are_counted() {
        let items = |number: usize| (1..=number).map(|item| item.to_string()).collect::<Vec<_>>();
        let told: Vec<String> = [0, 1, 2, 3, 4, 5].into_iter().map(|number| list(&items(number), FEW)).collect();
        assert_eq!(told, ["", "1", "1 and 2", "1, 2 and 3", "1, 2, 3 and 4", "1, 2, 3 and 2 more"]);
        assert_eq!(list(&items(5), usize::MAX), "1, 2, 3, 4 and 5");
    }
}
