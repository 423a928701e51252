//! Sets of sign-ins, and those that there are under an assumption, for every format.

use serde::Serialize;

use crate::check::{Perhaps, SignInSet};

/// The most assumptions that are told where not everything is asked for.
pub(super) const MOST_ASSUMED: usize = 5;

/// What is assumed, as a clause, `most` statements at most: `if …, unless …`.
pub(super) fn assumed(perhaps: &Perhaps, most: usize) -> String {
    let all = perhaps.assumed.iter().take(most);
    let mut told: Vec<String> =
        all.map(|(statement, is)| format!("{} {statement}", if *is { "if" } else { "unless" })).collect();
    let more = perhaps.assumed.len() - told.len();
    if more > 0 {
        told.push(format!("and {more} more"));
    }
    told.join(", ")
}

#[derive(Serialize)]
pub(super) struct PerhapsView<'r> {
    #[serde(rename = "if")]
    assumed: Vec<AssumedView<'r>>,
    sets: Vec<SetView<'r>>,
}

#[derive(Serialize)]
struct AssumedView<'r> {
    statement: &'r str,
    is: bool,
}

#[derive(Serialize)]
pub(super) struct SetView<'r> {
    text: &'r str,
    command: Option<&'r str>,
}

impl<'r> PerhapsView<'r> {
    pub(super) fn of(perhaps: &'r Perhaps) -> Self {
        let assumed = perhaps.assumed.iter().map(|(statement, is)| AssumedView { statement, is: *is });
        Self { assumed: assumed.collect(), sets: sets(&perhaps.sets) }
    }
}

pub(super) fn sets(sets: &[SignInSet]) -> Vec<SetView<'_>> {
    sets.iter().map(|set| SetView { text: &set.text, command: set.command.as_deref() }).collect()
}
