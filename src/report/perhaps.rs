//! Sets of sign-ins, and those that there are under an assumption, for every format.

use serde::Serialize;

use crate::check::{Given, Perhaps, SignInSet};
use crate::finding::Subject;

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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<UserView<'r>>,
}

/// A user of the export.
#[derive(Serialize)]
pub(super) struct UserView<'r> {
    id: &'r str,
    name: &'r str,
}

/// Something that a proof takes as given.
#[derive(Serialize)]
pub(super) struct GivenView {
    fact: &'static str,
    says: &'static str,
}

pub(super) fn users(users: &[Subject]) -> Vec<UserView<'_>> {
    users.iter().map(|user| UserView { id: &user.id, name: &user.name }).collect()
}

pub(super) fn given(given: &[Given]) -> Vec<GivenView> {
    given.iter().map(|own| GivenView { fact: own.fact, says: own.says }).collect()
}

/// What proofs take as given and how they read ambiguities, a line each; nothing where that is nothing.
pub(super) fn beside(given: &[Given], leans_on: &[String]) -> Vec<String> {
    let mut lines = Vec::new();
    if !given.is_empty() {
        let told: Vec<String> = given.iter().map(|own| format!("{} ({})", own.says, own.fact)).collect();
        lines.push(format!("taken as given: {}", told.join("; ")));
    }
    if !leans_on.is_empty() {
        lines.push(format!("read as: {}", leans_on.join(", ")));
    }
    lines
}

impl<'r> PerhapsView<'r> {
    pub(super) fn of(perhaps: &'r Perhaps) -> Self {
        let assumed = perhaps.assumed.iter().map(|(statement, is)| AssumedView { statement, is: *is });
        Self { assumed: assumed.collect(), sets: sets(&perhaps.sets) }
    }
}

pub(super) fn sets(sets: &[SignInSet]) -> Vec<SetView<'_>> {
    sets.iter()
        .map(|set| SetView { text: &set.text, command: set.command.as_deref(), users: users(&set.users) })
        .collect()
}
