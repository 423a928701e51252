//! A comparison as Markdown, for a comment on a pull request. Everything from the exports is escaped: a display name
//! must neither break a table nor mention people nor bring HTML along.

use std::fmt::Write as _;

use super::super::escape::plain;
use super::{
    DiffReport, count_of_fates, exports, finding, findings, not_compared, object, sign, stopped, untold, words,
};
use crate::diff::{Change, ObjectChange};

/// Characters of a comment that GitHub takes at most, less some for the line that says what was left out.
const MOST: usize = 65_536 - 512;

/// A section of the comment: its heading, and its lines.
struct Section {
    heading: String,
    /// The head of the table, if the lines are rows of one.
    head: Option<&'static str>,
    lines: Vec<String>,
}

impl Section {
    fn opening(&self) -> String {
        let head = self.head.unwrap_or_default();
        format!("\n<details><summary>{}</summary>\n\n{head}", self.heading)
    }
}

const CLOSING: &str = "\n</details>\n";

/// Text as it is, whatever Markdown and HTML would make of it.
fn literal(text: &str) -> String {
    let mut literal = String::with_capacity(text.len());
    for character in plain(text).chars() {
        let escaped = match character {
            // A reference to people or to an issue, an emoji, an address: a backslash does not stop all of these.
            '&' | '<' | '>' | '@' | '#' | ':' | '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '$' => true,
            // A list in a list, or a heading; and `GH-1` is an issue.
            '+' | '-' | '=' => literal.is_empty() || character == '-' && literal.to_ascii_lowercase().ends_with("gh"),
            // An address without a scheme.
            '.' => {
                literal.len() >= 3
                    && literal.as_bytes().iter().rev().take(3).all(|byte| byte.eq_ignore_ascii_case(&b'w'))
            }
            _ => false,
        };
        if escaped {
            let _ = write!(literal, "&#{};", u32::from(character));
        } else {
            literal.push(character);
        }
    }
    literal
}

/// A comparison as Markdown that fits a comment of GitHub.
#[must_use]
pub fn diff_markdown(report: &DiffReport<'_>) -> String {
    let mut text = format!("**guestlist**: {}\n", literal(&report.summary()));
    if let Some(warning) = report.tenants() {
        let _ = write!(text, "\n> **Warning:** {}\n", literal(&warning));
    }
    text.push_str("\n**Access opened and closed:**\n");
    let mut left_out = 0;
    let mut length = characters(&text);
    for (heading, lines) in report.access() {
        let heading = format!("\n- {}\n", literal(&heading));
        length += characters(&heading);
        text.push_str(&heading);
        for line in lines {
            let line = format!("  - {}\n", literal(line.trim()));
            // Half for what is closed, and for what comes after it.
            if length + characters(&line) > MOST / 2 {
                left_out += 1;
                continue;
            }
            length += characters(&line);
            text.push_str(&line);
        }
    }
    for section in sections(report) {
        let opening = section.opening();
        let around = characters(&opening) + characters(CLOSING);
        let mut lines = section.lines.iter().peekable();
        // A section of which nothing fits is not opened.
        if lines.peek().is_none_or(|first| length + around + characters(first) > MOST) {
            left_out += section.lines.len();
            continue;
        }
        length += around;
        text.push_str(&opening);
        while let Some(line) = lines.next_if(|line| length + characters(line) <= MOST) {
            length += characters(line);
            text.push_str(line);
        }
        left_out += lines.count();
        text.push_str(CLOSING);
    }
    if left_out > 0 {
        let lines = super::counted(left_out, "line was", "lines were");
        let _ =
            write!(text, "\n{lines} left out: a comment would be too long; `guestlist diff --format json` has all\n");
    }
    text
}

/// GitHub counts UTF-16 units at worst.
fn characters(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

fn sections(report: &DiffReport<'_>) -> Vec<Section> {
    let difference = report.difference;
    let mut sections = Vec::new();
    for (heading, _, found) in findings(report) {
        if !found.is_empty() {
            let lines = found.iter().map(|one| format!("- {}\n", literal(&finding(report, one)))).collect();
            sections.push(Section { heading: format!("{heading}: {}", found.len()), head: None, lines });
        }
    }
    let mut objects = |title: &str, changes: &[ObjectChange]| {
        let heading = format!("{title}: {}", count_of_fates(changes));
        let lines = changes.iter().flat_map(|change| rows(report, change)).collect();
        sections.push(Section {
            heading,
            head: Some("| | object | member | old | new |\n|---|---|---|---|---|\n"),
            lines,
        });
    };
    if !difference.policies.is_empty() {
        objects("assignment policies of access packages", &difference.policies);
    }
    for (kind, changes) in &difference.objects {
        objects(kind.as_str(), changes);
    }
    let mut open: Vec<String> = Vec::new();
    open.extend(difference.not_compared.iter().map(|what| not_compared(report, what)));
    open.extend(exports(difference).into_iter().map(|resource| format!("export {resource}")));
    open.extend(difference.untold.iter().map(|what| untold(report, what)));
    open.extend(stopped(difference).into_iter().map(|(reason, rules)| {
        format!(
            "rules that were evaluated before and now are not, or not on everything: {reason}: {}",
            rules.join(", ")
        )
    }));
    let neither = difference.findings.evaluated_on_neither.len();
    if neither > 0 {
        let rules = super::counted(neither, "rule", "rules");
        open.push(format!("{rules} not, or not on everything, on both sides"));
    }
    if !open.is_empty() {
        let lines = open.iter().map(|line| format!("- {}\n", literal(line))).collect();
        sections.push(Section { heading: "not evaluated".to_owned(), head: None, lines });
    }
    sections
}

/// The rows of an object, one for each member that changed.
fn rows(report: &DiffReport<'_>, change: &ObjectChange) -> Vec<String> {
    let names = &report.difference.names;
    let mark = literal(sign(change.fate));
    let mut called = literal(&object(change));
    let mut rows = Vec::new();
    let mut row = |member: &str, old: &str, new: &str| {
        let name = std::mem::take(&mut called);
        let mark = if name.is_empty() { "" } else { mark.as_str() };
        rows.push(format!("| {mark} | {name} | {} | {} | {} |\n", literal(member), literal(old), literal(new)));
    };
    if change.members.is_empty() && change.says.is_empty() {
        row("", "", "");
    }
    for (member, said) in &change.says {
        match change.fate {
            crate::diff::Fate::Removed => row(member, &words(said, names), ""),
            _ => row(member, "", &words(said, names)),
        }
    }
    for member in &change.members {
        match &member.change {
            Change::Value { old, new } => row(&member.member, &words(old, names), &words(new, names)),
            Change::Items { added, removed } => {
                let list = |mark: &str, items: &[crate::model::Said]| {
                    let items: Vec<String> =
                        items.iter().map(|item| format!("{mark} {}", words(item, names))).collect();
                    items.join(", ")
                };
                row(&member.member, &list("-", removed), &list("+", added));
            }
        }
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_for_markdown_to_read() {
        let hostile =
            "x | <img src=x onerror=1> @everyone [a](http://b) `c` #1 GH-1 **d** www.e.example\n\u{202e}</details>";
        let literal = literal(hostile);
        for mark in ["|", "<", ">", "@", "[", "](", "`", "**", "www.", "GH-", "://", "\n", "\u{202e}"] {
            assert!(!literal.contains(mark), "{mark} in {literal}");
        }
    }
}
