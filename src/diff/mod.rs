//! Layer 4: what a change of the configuration changes: objects member by member, and findings.
//!
//! What one side does not tell is neither added, removed, changed nor fixed: it is not compared, and told so.

mod access;
mod findings;
mod names;
mod objects;
mod written;

use std::collections::BTreeMap;

pub use access::AccessChange;
pub use findings::{ChangedFinding, FindingChanges};
pub(crate) use objects::camel;

use crate::access::sign_in::Readings;
use crate::check::Report;
use crate::load::Loaded;
use crate::model::{Gap, Id, Kind, Said};
use crate::source::Origin;

/// One side of a comparison.
#[derive(Debug, Clone, Copy)]
pub struct Side<'s> {
    /// What was read.
    pub loaded: &'s Loaded,
    /// What the rules found in it.
    pub report: &'s Report,
}

/// Which side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Which {
    /// The one before the change.
    Old,
    /// The one after it.
    New,
}

/// What differs between two exports.
#[derive(Debug)]
pub struct Difference {
    /// The two tenants, where the exports are of different ones.
    pub tenants: Option<(TenantName, TenantName)>,
    /// Who gains or loses access.
    pub access: AccessChange,
    /// Assignment policies of access packages.
    pub policies: Vec<ObjectChange>,
    /// Objects of all other kinds, by kind; kinds without a change are left out.
    pub objects: BTreeMap<Kind, Vec<ObjectChange>>,
    /// Kinds that could not be compared, or not wholly.
    pub not_compared: Vec<NotCompared>,
    /// Kinds that neither side has: there is nothing to compare.
    pub on_neither: Vec<Kind>,
    /// Members that one side does not tell.
    pub untold: Vec<Untold>,
    /// Findings.
    pub findings: FindingChanges,
    /// Names of objects that are referred to by id.
    pub names: BTreeMap<String, String>,
}

/// A tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantName {
    /// Its id.
    pub id: String,
    /// Its display name.
    pub name: Option<String>,
}

/// What became of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Fate {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// An object that was added, removed or changed.
#[derive(Debug, Clone)]
pub struct ObjectChange {
    /// Its kind.
    pub kind: Kind,
    /// Its id.
    pub id: String,
    /// Its name; may hold anything, escape it before showing.
    pub name: Option<String>,
    /// The access package of an assignment policy.
    pub package: Option<String>,
    /// What became of it.
    pub fate: Fate,
    /// The members that changed.
    pub members: Vec<MemberChange>,
    /// What an assignment policy says that was added or removed.
    pub says: Vec<(String, Said)>,
    /// Where it stands: on the new side, or on the old one if it was removed.
    pub place: Place,
}

/// A place in a file of one side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The side.
    pub which: Which,
    /// The path as shown.
    pub file: String,
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

/// A member that says something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberChange {
    /// Its path from the object: `approval.stages.1.primary`.
    pub member: String,
    /// What changed.
    pub change: Change,
}

/// What changed in a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// It said one thing and says another.
    Value {
        /// What it said.
        old: Said,
        /// What it says.
        new: Said,
    },
    /// Things came to a set, or left it.
    Items {
        /// Those that came.
        added: Vec<Said>,
        /// Those that left.
        removed: Vec<Said>,
    },
}

/// A kind of which some objects could not be compared.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct NotCompared {
    /// The kind.
    pub kind: Kind,
    /// The side that does not tell.
    pub which: Which,
    /// Why, as a clause.
    pub reason: String,
    /// Objects that the other side has alone, so that nobody can tell whether they came or left.
    pub objects: usize,
}

/// A member that one side tells and the other does not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// The kind of the objects.
    pub kind: Kind,
    /// The member's path.
    pub member: String,
    /// The side that does not tell.
    pub which: Which,
    /// Why not.
    pub why: WhyUntold,
    /// In how many objects.
    pub objects: usize,
    /// Id of the first one.
    pub first: String,
    /// Its name.
    pub first_name: Option<String>,
}

/// Why a side does not tell a member.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum WhyUntold {
    /// There is a gap in its place.
    Gap(Gap),
    /// The list was cut off.
    CutOff,
    /// Its dialect of Graph has no such member.
    Dialect,
    /// It refers by name to what may be the object that the other side refers to by id.
    ByName,
}

impl WhyUntold {
    /// Why, as a clause after “the member”.
    #[must_use]
    pub fn as_str(&self) -> &'static str {
        match self {
            Self::Gap(Gap::NotExported) => "was not exported",
            Self::Gap(Gap::Lost) => "was lost in the export",
            Self::Gap(Gap::NotUnderstood) => "is not understood",
            Self::Gap(Gap::Contradicted) => "stands twice and differs in the export",
            Self::CutOff => "was cut off in the export",
            Self::Dialect => "is not in that dialect of Graph",
            Self::ByName => "refers by name to what may be the same",
        }
    }
}

/// Whether something happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// It did.
    Yes,
    /// It did not.
    No,
    /// Nobody can tell from these exports.
    Open,
}

impl Difference {
    /// Objects that were added, removed or changed.
    pub fn changes(&self) -> impl Iterator<Item = &ObjectChange> {
        self.policies.iter().chain(self.objects.values().flatten())
    }

    /// How many objects had that fate.
    #[must_use]
    pub fn count(&self, fate: Fate) -> usize {
        self.changes().filter(|change| change.fate == fate).count()
    }

    /// Whether anything differs.
    #[must_use]
    pub fn any(&self) -> Answer {
        let findings = &self.findings;
        let differs = self.changes().next().is_some() || !findings.new.is_empty() || !findings.fixed.is_empty();
        match () {
            () if differs || self.access.opened() == Answer::Yes || self.access.closed() == Answer::Yes => Answer::Yes,
            () if self.is_incomplete() => Answer::Open,
            () => Answer::No,
        }
    }

    /// Whether something could not be compared.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.not_compared.is_empty() || !self.untold.is_empty() || self.findings.is_incomplete()
    }
}

/// Compares two exports. `homes` are Entra tenants behind mail domains, `readings` how ambiguities are read; sets of
/// sign-ins are told up to `most`.
#[must_use]
pub fn difference(
    old: Side<'_>,
    new: Side<'_>,
    homes: &BTreeMap<String, Id>,
    readings: &Readings,
    most: usize,
) -> Difference {
    let mut comparison = objects::Comparison::new(old.loaded, new.loaded);
    old.loaded.tenant.pair(&new.loaded.tenant, &mut comparison);
    let mut difference = comparison.finish();
    difference.tenants = tenants(old.loaded, new.loaded);
    difference.findings = findings::compare(old, new);
    difference.access = access::compare(old.loaded, new.loaded, homes, readings, most);
    difference
}

/// The tenants, where both sides tell and they are not the same.
fn tenants(old: &Loaded, new: &Loaded) -> Option<(TenantName, TenantName)> {
    let name = |loaded: &Loaded| {
        let organization = loaded.tenant.organizations.only().ok()?;
        let name = organization.display_name.as_ref().ok().cloned();
        Some(TenantName { id: organization.id.to_string(), name })
    };
    let (old, new) = (name(old)?, name(new)?);
    (old.id != new.id).then_some((old, new))
}

fn place(loaded: &Loaded, which: Which, origin: &Origin) -> Place {
    let region = loaded.sources.resolve(origin, &[]);
    let file = loaded.sources.file(region.file).path.clone();
    Place { which, file, line: region.line, column: region.column }
}
