//! `guestlist rules`.

use std::fmt::Write as _;

use super::args::{Rules, RulesAction};
use super::{Failure, Outcome, print, status};
use crate::report::plain;
use crate::rules::{Pack, Schema, bundled_files, bundled_page};
use crate::suggest::nearest;

pub(super) fn run(arguments: &Rules) -> Outcome {
    let bug = |error: String| Failure::new(format!("this is a bug of guestlist: {error}"));
    let schema = Schema::bundled().map_err(|error| bug(error.to_string()))?;
    let files = bundled_files();
    let pack = Pack::read(&files, &schema)
        .map_err(|errors| bug(errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")))?;
    match &arguments.action {
        RulesAction::List => {
            let mut text = String::new();
            let width = pack.rules.iter().map(|rule| rule.metadata.id.len()).max().unwrap_or_default();
            for rule in &pack.rules {
                let metadata = &rule.metadata;
                let _ = writeln!(text, "{:width$}  {:6}  {}", metadata.id, metadata.severity.as_str(), metadata.title);
            }
            print(&text);
        }
        RulesAction::Show { id } => {
            let Some(rule) = pack.rule(id) else {
                let ids = pack.rules.iter().map(|rule| rule.metadata.id.as_str());
                let hint = nearest(id, ids).map_or_else(
                    || "`guestlist rules list` lists them".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                return Err(Failure::new(format!("no rule `{}`; {hint}", plain(id))));
            };
            let text =
                files.iter().find(|file| file.path == rule.path).map(|file| file.text.as_str()).unwrap_or_default();
            print(&format!("{}\n## The rule\n\n```cedar\n{text}```\n", bundled_page(rule).unwrap_or_default()));
        }
    }
    Ok(status::CLEAN)
}
