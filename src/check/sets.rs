//! Sets of sign-ins, as they are told.

use super::lifted::{Lifted, Lifter, is_untold};
use super::told;
use crate::access::sign_in::{Explanation, Target, Verdict};
use crate::finding::Subject;
use crate::prove::Gap;
use crate::simulate::question::{Described, UserText, When};

/// A set of sign-ins, in words.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct SignInSet {
    /// What they have in common.
    pub text: String,
    /// The command that shows the smallest of them, on the configuration that lets it in; none shows a user who was not
    /// exported.
    pub command: Option<String>,
    /// Users of the export who are in it: all of them.
    pub users: Vec<Subject>,
}

/// Sign-ins that there are if what is not known is a certain way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Perhaps {
    /// What is not known, as statements, and whether each is true.
    pub assumed: Vec<(String, bool)>,
    /// Maximal sets of them.
    pub sets: Vec<SignInSet>,
}

/// A set of sign-ins that are let in, with its number in a list; `sure` tells whether they are whatever is not known.
///
/// # Errors
/// Two opinions on the smallest of them differ: a mistake of ours.
pub(super) fn set(lifter: &Lifter<'_>, gap: &Gap, number: Option<usize>, sure: bool) -> Result<SignInSet, String> {
    let lifted = lifter.lift(&gap.example, true)?;
    Ok(SignInSet {
        text: line(lifter, gap, number),
        command: if is_untold(&gap.example) { None } else { command(lifter, &lifted, sure.then_some(true)) },
        users: users(lifter, gap),
    })
}

/// A set of sign-ins in a line.
pub(super) fn line(lifter: &Lifter<'_>, gap: &Gap, number: Option<usize>) -> String {
    let number = number.map_or_else(String::new, |number| format!("{number}. "));
    let users = users(lifter, gap);
    format!("{number}{} · {}", told::gap(lifter, gap, &users), told::authentication(lifter.tenant, &gap.example))
}

/// The users of the export who are in a set, in the order of their names.
pub(super) fn users(lifter: &Lifter<'_>, gap: &Gap) -> Vec<Subject> {
    let user = |id: &String| {
        let entity = ["ExternalUser", "InternalUser"].iter().find_map(|kind| lifter.compiled.entity(kind, id));
        let name = entity.map_or(id.as_str(), |entity| entity.text("displayName")).to_owned();
        Subject { kind: "User".to_owned(), id: id.clone(), name }
    };
    let mut all: Vec<Subject> = gap.users.iter().map(user).collect();
    all.sort_by(|one, other| (&one.name, &one.id).cmp(&(&other.name, &other.id)));
    all
}

/// The shortest command that shows the sign-in with the same verdict; none where no words say who or what it is. Of one
/// that is let in, or refused, for `sure`, the command says so, too: what the simulation does not know falls to that side.
pub(super) fn command(lifter: &Lifter<'_>, lifted: &Lifted, sure: Option<bool>) -> Option<String> {
    let side = |explanation: &Explanation| match (&explanation.verdict, sure) {
        (Verdict::Unknown(_), Some(true)) => (explanation.coverage.clone(), Some("coverage")),
        (Verdict::Unknown(_), Some(false)) => (explanation.reachability.clone(), Some("reachability")),
        (verdict, _) => (verdict.clone(), None),
    };
    let expected = lifter.engine.explain(&lifted.scenario);
    let assume = side(&expected).1;
    let mut when = lifted.when.clone();
    let app = match lifted.scenario.target {
        Target::UserAction(action) => {
            when.user_action = Some(action.as_str().to_owned());
            None
        }
        _ => Some(lifted.application.word.as_str()),
    };
    // What is asked by these words, and not by a copy of the scenario.
    let same = |who: &Described, when: &When| {
        let who = UserText::Described(Box::new(who.clone()));
        let Ok(mut scenario) = lifter.resolver.scenario(&who, app, when) else { return false };
        scenario.subject.name.clone_from(&lifted.scenario.subject.name);
        scenario.subject.object == lifted.scenario.subject.object
            && scenario.target == lifted.scenario.target
            && side(&lifter.engine.explain(&scenario)) == side(&expected)
    };
    let mut who = Lifter::who(&lifted.scenario.subject, &lifted.packages, &lifted.activated)?;
    if !same(&who, &when) {
        return None;
    }
    // What is not told where it makes no difference.
    let groups = who.home_groups.clone().filter(|groups| !groups.is_empty());
    for shorter in [
        Described { registered_here: None, home_groups: groups.clone(), ..who.clone() },
        Described { home_groups: groups, ..who.clone() },
        Described { registered_here: None, ..who.clone() },
    ] {
        if same(&shorter, &when) {
            who = shorter;
            break;
        }
    }
    let when = told::shortest(&when, |shorter| same(&who, shorter));
    told::command(&who, app, &when, assume, &lifter.options)
}
