//! Who gets in to what, as text, JSON and CSV. Every format is written as it is made: there may be very many people.

mod csv;
mod json;
mod text;

use std::collections::HashMap;

use crate::access::sign_in::{Conditions, Stage, Step, Verdict};
use crate::model::{ExternalUserType, Tenant};
use crate::simulate::{AccessTable, Assume, Group, Outcome};

pub use csv::access_csv;
pub use json::access_json;
pub use text::{AccessTextOptions, access_text};

/// Which cells of the table are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccessOnly {
    /// Those who get in, after whatever steps.
    Allowed,
    /// Those who do not.
    Blocked,
    /// Those who get in, or may, without multifactor authentication.
    WithoutMfa,
}

impl AccessOnly {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Allowed => "allowed",
            Self::Blocked => "blocked",
            Self::WithoutMfa => "withoutMfa",
        }
    }
}

/// A table with what is asked of it.
#[derive(Debug)]
pub struct AccessReport<'r> {
    /// The tenant.
    pub tenant: &'r Tenant,
    /// The table.
    pub table: &'r AccessTable,
    /// Conditions of every sign-in.
    pub conditions: &'r Conditions,
    /// Which way what is not known falls; `None`: it stays unknown.
    pub assume: Option<Assume>,
    /// Which cells are told; `None`: all.
    pub only: Option<AccessOnly>,
}

/// An outcome and the numbers of the applications of which it comes.
type Cell = (Outcome, Vec<usize>);

/// What comes of pairs of a person and an application. Of several ways to one application the worst for security counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
struct Pairs {
    total: usize,
    allowed: usize,
    allowed_after_mfa: usize,
    allowed_after_other_steps: usize,
    unknown: usize,
    blocked: usize,
    /// Of those, or of what is unknown; `None` where the question says that it was done already.
    without_mfa: Option<usize>,
}

/// Worst for security first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    WithoutMfa,
    Unknown,
    Allowed,
    Blocked,
}

impl AccessReport<'_> {
    /// Whether something is not known, or was not exported, that the table depends on.
    #[must_use]
    pub fn is_undecided(&self) -> bool {
        let unknown = |cell: &Cell| matches!(self.verdict(&cell.0), Verdict::Unknown(_));
        !self.table.missing.is_empty() || self.table.rows.iter().flatten().any(unknown)
    }

    /// Whether the question says that multifactor authentication was done already.
    fn is_mfa_given(&self) -> bool {
        self.conditions.claims.home.is_multifactor() || self.conditions.claims.here.is_multifactor()
    }

    /// The verdict that counts.
    fn verdict(&self, outcome: &Outcome) -> &Verdict {
        self.table.decisions.get(outcome.decision).map_or(&UNKNOWN, |decision| match self.assume {
            None => &decision.verdict,
            Some(Assume::Coverage) => &decision.coverage,
            Some(Assume::Reachability) => &decision.reachability,
        })
    }

    /// What is not known, on both sides.
    fn sides(&self, outcome: &Outcome) -> (&Verdict, &Verdict) {
        self.table
            .decisions
            .get(outcome.decision)
            .map_or((&UNKNOWN, &UNKNOWN), |decision| (&decision.coverage, &decision.reachability))
    }

    /// Whether people get in, or may, without multifactor authentication. Technicians of service providers always did
    /// it at home (XU-5.1).
    fn is_without_mfa(&self, group: &Group, outcome: &Outcome) -> bool {
        let let_in = |verdict: &Verdict| match verdict {
            Verdict::Allow => true,
            Verdict::AllowAfter(steps) => !steps.iter().any(is_mfa),
            Verdict::Block(_) | Verdict::Unknown(_) => false,
        };
        if group.kind == ExternalUserType::ServiceProvider.as_str() || self.is_mfa_given() {
            return false;
        }
        match self.verdict(outcome) {
            Verdict::Unknown(_) => let_in(self.sides(outcome).0),
            verdict => let_in(verdict),
        }
    }

    fn rank(&self, group: &Group, outcome: &Outcome) -> Rank {
        match self.verdict(outcome) {
            Verdict::Unknown(_) => Rank::Unknown,
            Verdict::Block(..) => Rank::Blocked,
            _ if self.is_without_mfa(group, outcome) => Rank::WithoutMfa,
            _ => Rank::Allowed,
        }
    }

    /// The cells of a group that are asked for.
    fn cells(&self, group: &Group) -> Vec<&Cell> {
        let row = self.table.rows.get(group.row).map(Vec::as_slice).unwrap_or_default();
        let asked = |cell: &&Cell| match self.only {
            None => true,
            Some(AccessOnly::Allowed) => matches!(self.verdict(&cell.0), Verdict::Allow | Verdict::AllowAfter(_)),
            Some(AccessOnly::Blocked) => matches!(self.verdict(&cell.0), Verdict::Block(..)),
            Some(AccessOnly::WithoutMfa) => self.is_without_mfa(group, &cell.0),
        };
        row.iter().filter(asked).collect()
    }

    /// Pairs of people who are here, and of kinds of people who are not, whatever is asked for.
    fn pairs(&self) -> (Pairs, Pairs) {
        let told = (!self.is_mfa_given()).then_some(0);
        let mut here = Pairs { without_mfa: told, ..Pairs::default() };
        let mut others = here;
        for group in &self.table.groups {
            let pairs = if group.here { &mut here } else { &mut others };
            // By application: the outcome that counts, and whether any way leads around multifactor authentication.
            let mut worst: HashMap<usize, (Rank, &Outcome, bool)> = HashMap::new();
            for (outcome, applications) in self.table.rows.get(group.row).into_iter().flatten() {
                let (rank, without) = (self.rank(group, outcome), self.is_without_mfa(group, outcome));
                for application in applications {
                    let known = worst.entry(*application).or_insert((rank, outcome, without));
                    *known = (known.0.min(rank), if rank < known.0 { outcome } else { known.1 }, known.2 || without);
                }
            }
            let mut all: Vec<(Rank, &Outcome, bool)> = worst.into_values().collect();
            all.sort_unstable_by_key(|(rank, outcome, _)| (*rank, *outcome));
            for (_, outcome, without) in all {
                pairs.total += group.count;
                *match self.verdict(outcome) {
                    Verdict::Allow => &mut pairs.allowed,
                    Verdict::AllowAfter(steps) if steps.iter().any(is_mfa) => &mut pairs.allowed_after_mfa,
                    Verdict::AllowAfter(_) => &mut pairs.allowed_after_other_steps,
                    Verdict::Unknown(_) => &mut pairs.unknown,
                    Verdict::Block(..) => &mut pairs.blocked,
                } += group.count;
                if let (true, Some(count)) = (without, &mut pairs.without_mfa) {
                    *count += group.count;
                }
            }
        }
        (here, others)
    }

    /// People who are in a group of the table, and kinds of people who are not here.
    fn counts(&self) -> (usize, usize) {
        let count = |here: bool| {
            self.table.groups.iter().filter(|group| group.here == here).map(|group| group.count).sum::<usize>()
        };
        (count(true), count(false))
    }
}

fn is_mfa(step: &Step) -> bool {
    matches!(step, Step::Authenticate(..))
}

/// The first failing stage of a refusal, and its code.
fn stage(verdict: &Verdict) -> Option<(Stage, Option<u32>)> {
    let Verdict::Block(refusals) = verdict else { return None };
    refusals.first().map(|refusal| (refusal.stage, refusal.code))
}

/// What is said of a decision that is not there.
static UNKNOWN: Verdict = Verdict::Unknown(Vec::new());

/// A number with a comma after every three digits.
#[must_use]
pub fn thousands(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::sign_in::{By, Demand, Refusal};
    use crate::model::Place;
    use crate::simulate::{Application, Path, Verdicts};
    use std::collections::BTreeSet;

    fn decision(verdict: Verdict) -> Verdicts {
        Verdicts { coverage: verdict.clone(), reachability: verdict.clone(), verdict }
    }

    /// One group of three people with one outcome for each decision, the same of a kind that is not here.
    fn table(kind: &str) -> AccessTable {
        let after = |steps: &[Step]| Verdict::AllowAfter(steps.iter().cloned().collect::<BTreeSet<_>>());
        let mfa = Step::Authenticate(Place::Home, Demand::Mfa);
        let by = By::Setting("cross-tenant access settings");
        let refusal = Refusal { stage: Stage::Inbound, code: Some(500_213), by, why: String::new() };
        let blocked = Verdict::Block(vec![refusal]);
        let mut table = AccessTable {
            decisions: vec![
                decision(Verdict::Allow),
                decision(after(&[Step::RedeemInvitation, mfa])),
                decision(after(&[Step::RedeemInvitation])),
                decision(blocked.clone()),
                Verdicts {
                    verdict: Verdict::Unknown(Vec::new()),
                    coverage: Verdict::Allow,
                    reachability: blocked.clone(),
                },
                Verdicts {
                    verdict: Verdict::Unknown(Vec::new()),
                    coverage: after(&[Step::CompliantDevice(Place::Here)]),
                    reachability: blocked,
                },
            ],
            ..AccessTable::default()
        };
        let outcome = |decision, path| Outcome { path, decision, policies: 0 };
        for number in 0..table.decisions.len() {
            let (id, name) = (crate::model::Id::new(&number.to_string()), format!("app {number}"));
            table.applications.push(Application { id, name });
        }
        let mut row: Vec<Cell> = (0..6).map(|number| (outcome(number, Path::Open), vec![number])).collect();
        // Another way to an application that is blocked by the first.
        row.push((outcome(1, Path::Assigned), vec![3]));
        table.rows.push(row);
        for here in [true, false] {
            table.groups.push(Group {
                organization: "Fabrikam".to_owned(),
                kind: kind.to_owned(),
                here,
                count: if here { 3 } else { 1 },
                people: Vec::new(),
                row: 0,
            });
        }
        table
    }

    fn with<T>(
        kind: &str,
        only: Option<AccessOnly>,
        assume: Option<Assume>,
        ask: impl Fn(&AccessReport<'_>) -> T,
    ) -> T {
        let (tenant, table, conditions) = (Tenant::default(), table(kind), Conditions::default());
        ask(&AccessReport { tenant: &tenant, table: &table, conditions: &conditions, assume, only })
    }

    fn both(report: &AccessReport<'_>) -> (Pairs, Pairs) {
        report.pairs()
    }

    #[test]
    fn pairs_count_the_worst_way() {
        let pairs = with("b2bCollaborationGuest", None, None, both);
        let one = Pairs {
            total: 6,
            allowed: 1,
            allowed_after_mfa: 2,
            allowed_after_other_steps: 1,
            unknown: 2,
            blocked: 0,
            without_mfa: Some(4),
        };
        assert_eq!(pairs.1, one);
        assert_eq!((pairs.0.total, pairs.0.unknown, pairs.0.without_mfa), (18, 6, Some(12)));
        let assumed = with("b2bCollaborationGuest", None, Some(Assume::Reachability), both).1;
        assert_eq!((assumed.unknown, assumed.blocked, assumed.without_mfa), (0, 2, Some(2)));
    }

    /// XU-5.1.
    #[test]
    fn technicians_are_never_without_multifactor_authentication() {
        assert_eq!(with("serviceProvider", None, None, both).1.without_mfa, Some(0));
    }

    #[test]
    fn only_some_cells_are_told() {
        let told = |only| {
            with("b2bCollaborationGuest", Some(only), None, |report| {
                let group = report.table.groups.first().unwrap();
                report.cells(group).iter().map(|(outcome, _)| outcome.decision).collect::<Vec<_>>()
            })
        };
        assert_eq!(told(AccessOnly::Allowed), [0, 1, 2, 1]);
        assert_eq!(told(AccessOnly::Blocked), [3]);
        assert_eq!(told(AccessOnly::WithoutMfa), [0, 2, 4, 5]);
    }

    #[test]
    fn numbers_are_read_by_threes() {
        let told: Vec<String> = [0, 7, 999, 1000, 123_456, 1_000_000].into_iter().map(thousands).collect();
        assert_eq!(told, ["0", "7", "999", "1,000", "123,456", "1,000,000"]);
    }
}
