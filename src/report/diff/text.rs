//! A comparison as text for people.

use std::fmt::Write as _;

use super::super::escape::plain;
use super::super::paint::Paint;
use super::{DiffReport, count_of_fates, finding, findings, not_compared, object, sign, stopped, untold, words};
use crate::diff::{Change, Fate, ObjectChange};

/// How to show it.
#[derive(Debug, Clone, Copy)]
pub struct DiffTextOptions {
    /// ANSI colours.
    pub color: bool,
    /// Everything, however much it is.
    pub verbose: bool,
}

/// Objects of a kind, things of a list and findings of a sort that are shown.
const MOST: usize = 10;

/// A comparison as text.
#[must_use]
pub fn diff_text(report: &DiffReport<'_>, options: DiffTextOptions) -> String {
    let text = Text { report, paint: Paint(options.color), most: if options.verbose { usize::MAX } else { MOST } };
    text.all()
}

struct Text<'r> {
    report: &'r DiffReport<'r>,
    paint: Paint,
    most: usize,
}

impl Text<'_> {
    fn all(&self) -> String {
        let report = self.report;
        let difference = report.difference;
        let mut text = String::new();
        if let Some(warning) = report.tenants() {
            let _ = writeln!(text, "{}: {}\n", self.paint.yellow("warning"), plain(&warning));
        }
        let _ = writeln!(text, "{}", self.paint.bold("access opened and closed"));
        for (heading, lines) in report.access() {
            let _ = writeln!(text, "  {}", plain(&heading));
            for line in lines {
                let _ = writeln!(text, "    {}", plain(&line));
            }
        }
        text.push('\n');
        if !difference.policies.is_empty() {
            let counts = count_of_fates(&difference.policies);
            let heading = self.paint.bold("assignment policies of access packages");
            let _ = writeln!(text, "{heading}: {counts}");
            self.changes(&difference.policies, &mut text);
            text.push('\n');
        }
        for (kind, changes) in &difference.objects {
            let _ = writeln!(text, "{}: {}", self.paint.bold(kind.as_str()), count_of_fates(changes));
            self.changes(changes, &mut text);
            text.push('\n');
        }
        self.findings(&mut text);
        self.not_compared(&mut text);
        let _ = writeln!(text, "{}", plain(&report.summary()));
        text
    }

    fn more(&self, count: usize, what: &str, text: &mut String) {
        if let Some(more @ 1..) = count.checked_sub(self.most) {
            let _ = writeln!(text, "  … and {more} more{what} (`-v` or `--format json` shows them)");
        }
    }

    fn signed(&self, mark: &str, line: &str) -> String {
        let line = format!("{mark} {}", plain(line));
        match mark {
            "+" => self.paint.green(&line),
            "-" => self.paint.red(&line),
            _ => self.paint.yellow(&line),
        }
    }

    fn changes(&self, changes: &[ObjectChange], text: &mut String) {
        for fate in [Fate::Added, Fate::Removed, Fate::Changed] {
            let of: Vec<&ObjectChange> = changes.iter().filter(|change| change.fate == fate).collect();
            for change in of.iter().take(self.most) {
                let place = plain(&self.report.place(&change.place));
                let _ = writeln!(text, "  {}  {place}", self.signed(sign(fate), &object(change)));
                self.members(change, text);
            }
            self.more(of.len(), &format!(" {}", super::fate(fate)), text);
        }
    }

    fn members(&self, change: &ObjectChange, text: &mut String) {
        let names = &self.report.difference.names;
        for (member, said) in &change.says {
            let _ = writeln!(text, "      {member}: {}", plain(&words(said, names)));
        }
        for member in &change.members {
            match &member.change {
                Change::Value { old, new } => {
                    let (old, new) = (plain(&words(old, names)), plain(&words(new, names)));
                    let _ = writeln!(text, "      {}: {old} -> {new}", member.member);
                }
                Change::Items { added, removed } => {
                    let _ = writeln!(text, "      {}:", member.member);
                    for (mark, items) in [("+", added), ("-", removed)] {
                        for item in items.iter().take(self.most) {
                            let _ = writeln!(text, "        {}", self.signed(mark, &words(item, names)));
                        }
                        if let Some(more @ 1..) = items.len().checked_sub(self.most) {
                            let _ = writeln!(text, "        {mark} … and {more} more");
                        }
                    }
                }
            }
        }
    }

    fn findings(&self, text: &mut String) {
        for (heading, mark, found) in findings(self.report) {
            if found.is_empty() {
                continue;
            }
            let _ = writeln!(text, "{}: {}", self.paint.bold(heading), found.len());
            for one in found.iter().take(self.most) {
                // A finding that is gone is good news.
                let line = format!("{mark} {}", plain(&finding(self.report, one)));
                let line = match mark {
                    "+" => self.paint.red(&line),
                    "-" => self.paint.green(&line),
                    _ => self.paint.yellow(&line),
                };
                let _ = writeln!(text, "  {line}");
            }
            self.more(found.len(), "", text);
            text.push('\n');
        }
    }

    fn not_compared(&self, text: &mut String) {
        let difference = self.report.difference;
        let findings = &difference.findings;
        let rules = (&findings.stopped, &findings.evaluated_on_neither);
        if difference.not_compared.is_empty()
            && difference.untold.is_empty()
            && rules.0.is_empty()
            && rules.1.is_empty()
        {
            return;
        }
        let _ = writeln!(text, "{}", self.paint.bold("not evaluated"));
        for what in &difference.not_compared {
            let _ = writeln!(text, "  {}", plain(&not_compared(self.report, what)));
            let _ = writeln!(text, "    export {}", what.kind.resource());
        }
        for what in difference.untold.iter().take(self.most) {
            let _ = writeln!(text, "  {}", plain(&untold(self.report, what)));
        }
        self.more(difference.untold.len(), " members", text);
        let stopped = stopped(difference);
        for (reason, rules) in stopped.iter().take(self.most) {
            let named: Vec<&str> = rules.iter().take(self.most).copied().collect();
            let more = match rules.len() - named.len() {
                0 => String::new(),
                more => format!(" and {more} more"),
            };
            let _ = writeln!(
                text,
                "  rules that were evaluated before and now are not, or not on everything: {}",
                plain(reason)
            );
            let _ = writeln!(text, "    {}{more}", named.join(", "));
        }
        self.more(stopped.len(), " reasons", text);
        if !findings.evaluated_on_neither.is_empty() {
            let count = findings.evaluated_on_neither.len();
            let rules = super::counted(count, "rule", "rules");
            let _ = writeln!(text, "  {rules} not, or not on everything, on both sides (`guestlist check` says why)");
        }
        text.push('\n');
    }
}
