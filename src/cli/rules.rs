//! `guestlist rules`.

use std::fmt::Write as _;

use super::args::{Rules, RulesAction};
use super::{Failure, Outcome, complain, files, print, status};
use crate::report::{TextOptions, pack_errors, plain};
use crate::rules::{Pack, Schema, bundled_files, bundled_page};
use crate::suggest::nearest;

pub(super) fn run(arguments: &Rules) -> Outcome {
    let schema = Schema::bundled().map_err(|error| Failure::new(format!("this is a bug of guestlist: {error}")))?;
    let (RulesAction::List { rules: folders } | RulesAction::Show { rules: folders, .. }) = &arguments.action;
    let mut files = bundled_files();
    for folder in folders {
        files.extend(files::pack(folder)?);
    }
    let pack = Pack::read(&files, &schema).map_err(|errors| {
        let options = TextOptions { color: false, width: 110, verbose: false, quiet: false };
        complain(&pack_errors(&errors, options));
        Failure::new("the rules cannot be used")
    })?;
    match &arguments.action {
        RulesAction::List { .. } => {
            let mut text = String::new();
            let width = pack.rules.iter().map(|rule| rule.metadata.id.len()).max().unwrap_or_default();
            for rule in &pack.rules {
                let metadata = &rule.metadata;
                let _ = writeln!(text, "{:width$}  {:6}  {}", metadata.id, metadata.severity.as_str(), metadata.title);
            }
            print(&text)?;
        }
        RulesAction::Show { id, .. } => {
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
            // A rule of one's own has no page.
            let page = bundled_page(rule).map_or_else(|| format!("# {}\n", rule.metadata.id), str::to_owned);
            print(&format!("{page}\n## The rule\n\n```cedar\n{}\n```\n", text.trim_end()))?;
        }
    }
    Ok(status::CLEAN)
}
