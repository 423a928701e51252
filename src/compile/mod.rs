//! Layer 2: a tenant as Cedar: cross-tenant access as `permit`s, every gate and every Conditional Access policy as a
//! `forbid`, people and applications as entities, and the schema that they keep to.
//!
//! This is the second opinion beside `access`: written from the model alone, so that tests can hold the two against
//! each other. What an export does not tell becomes a named boolean of the context, [`Unknown`]; what cannot be
//! expressed is in [`Compiled::not_expressed`].

mod activation;
mod conditions;
mod controls;
mod entities;
mod gates;
mod packages;
mod people;
mod policies;
mod resources;
mod schema;
mod sign_in;
mod term;
mod unexported;
mod world;
mod written;

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use cedar_policy::pst::{Expr, PstConstructionError};

use crate::model::{Id, Kind, Tenant};

pub use activation::ACTIVATION;
pub use conditions::HAS_MFA_TRUSTED_IPS;
pub use entities::{Entity, Value};
pub use packages::UNTOLD_PACKAGE;
pub use people::{ANY_OTHER_TENANT, NOT_KNOWN, SOME_TENANT, SOME_TENANT_OR_NONE, UNSEEN_PARTNER};
pub use policies::{Compiled, Forbid, NotExpressed, Part, Permit};
pub use resources::{ANY_OTHER_APPLICATION, applications};
pub use schema::schema;
pub use sign_in::{Authority, Datum, Record, SignIn, reference};
pub use term::Term;
pub use unexported::NOT_EXPORTED;
pub use world::{Constraint, Free, Newcomer, Vocabulary, World, is_for_users};
pub use written::written;

use activation::{ELIGIBLE, Eligible};
use gates::MAIL_DOMAIN;
use packages::{ACTIVATED, BARRED, HELD, Organizations, Packages};
use people::People;
use resources::Resources;
use term::Types;

/// How ambiguities are read, by their numbers in `docs/semantics/ambiguities.md`: the first of the two readings or not.
/// One that is not in it stays open, and becomes an [`Unknown`].
pub type Settled = BTreeMap<&'static str, bool>;

/// What questions name, so that it is told apart from everything else.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mentions {
    /// Applications, by application id.
    pub applications: BTreeSet<Id>,
    /// Home tenants.
    pub tenants: BTreeSet<Id>,
    /// Mail domains, in lower case.
    pub domains: BTreeSet<String>,
    /// Whether the tenant is compared with another one.
    pub compared: bool,
    /// Whether everybody counts as invited, whatever the tenant says: another tenant that it is compared with does not tell
    /// who is.
    pub everybody_invited: bool,
    /// Whether access packages are left out: another tenant that it is compared with does not tell them.
    pub without_packages: bool,
    /// Groups.
    pub groups: BTreeSet<Id>,
    /// Countries, by two letters in upper case.
    pub countries: BTreeSet<String>,
    /// Emergency accounts, by id or user principal name.
    pub emergency_accounts: BTreeSet<String>,
    /// Home tenants behind mail domains, where the user says so.
    pub homes: BTreeMap<String, Id>,
    /// Words of conditions.
    pub vocabulary: Vocabulary,
    /// Other names for what is not known, where another tenant has an unknown of that name that may be something else.
    pub renamed: BTreeMap<String, String>,
}

/// Something that the export, or the documents, do not tell: a boolean of the context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// Its name below `context.unknown`: what it would be for it to be true.
    pub name: String,
    /// What to export so that it is known.
    pub export: Option<Kind>,
    /// The ambiguity, where it is one.
    pub ambiguity: Option<&'static str>,
}

/// The names of the types of a compiled tenant.
const TYPES: [&str; 21] = [
    "ExternalUser",
    "InternalUser",
    "Group",
    "Role",
    "Home",
    "HomeObject",
    MAIL_DOMAIN,
    "InboundSetting",
    "ConnectedOrganization",
    "AccessPackage",
    ACTIVATED,
    HELD,
    BARRED,
    "AppAssignment",
    ELIGIBLE,
    ACTIVATION,
    NOT_EXPORTED,
    "Application",
    "ApplicationGroup",
    "UserAction",
    "Action",
];

/// What conditions are written with.
struct Compiler<'t> {
    tenant: &'t Tenant,
    settled: &'t Settled,
    mentions: &'t Mentions,
    types: Types,
    people: People,
    resources: Resources,
    organizations: Organizations<'t>,
    packages: Packages<'t>,
    unknowns: RefCell<BTreeMap<String, Unknown>>,
    /// Ambiguities whose reading was asked for, and whether it is the first.
    leans_on: RefCell<Settled>,
    /// Groups, roles and objects at home that conditions ask about.
    groups: RefCell<BTreeSet<Id>>,
    roles: RefCell<BTreeSet<Id>>,
    home_objects: RefCell<BTreeSet<Id>>,
    /// Words that they ask about.
    vocabulary: RefCell<Vocabulary>,
    /// Worked out once: roles over the whole tenant by holder, applications by who is assigned to them, who is in a group,
    /// and settings.
    holders: OnceCell<HashMap<&'t Id, Vec<&'t Id>>>,
    assigned: OnceCell<HashMap<&'t Id, BTreeSet<&'t Id>>>,
    eligible: OnceCell<Eligible>,
    members: RefCell<HashMap<Id, Term>>,
    trusted: RefCell<BTreeMap<&'static str, Term>>,
    registration: OnceCell<Term>,
}

/// Compiles a tenant.
///
/// # Errors
/// Cedar refuses what it is given, which is a mistake of ours.
pub fn compile(tenant: &Tenant, settled: &Settled, mentions: &Mentions) -> Result<Compiled, Fault> {
    let types = Types::new(&TYPES)?;
    let compiler = Compiler {
        tenant,
        settled,
        mentions,
        organizations: Organizations::of(tenant, &types),
        packages: Packages::of(tenant),
        types,
        people: People::of(tenant, &mentions.tenants, &mentions.homes),
        resources: Resources::of(tenant, &mentions.applications),
        unknowns: RefCell::default(),
        leans_on: RefCell::default(),
        groups: RefCell::default(),
        roles: RefCell::default(),
        home_objects: RefCell::default(),
        vocabulary: RefCell::default(),
        holders: OnceCell::new(),
        assigned: OnceCell::new(),
        eligible: OnceCell::new(),
        members: RefCell::default(),
        trusted: RefCell::default(),
        registration: OnceCell::new(),
    };
    compiler.vocabulary.borrow_mut().extend(&mentions.vocabulary);
    compiler.vocabulary.borrow_mut().countries.extend(mentions.countries.iter().cloned());
    Ok(compiler.compile())
}

/// Cedar refuses what it was given: a mistake of ours, in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault(pub String);

impl From<PstConstructionError> for Fault {
    fn from(error: PstConstructionError) -> Self {
        Self(error.to_string())
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl Compiler<'_> {
    /// Something that is not known.
    fn unknown(&self, name: String, export: Option<Kind>) -> Term {
        let name = self.mentions.renamed.get(&name).cloned().unwrap_or(name);
        self.open(Unknown { name, export, ambiguity: None })
    }

    /// Whether the first of two readings counts.
    fn ask(&self, ambiguity: &'static str, name: &str) -> Term {
        if let Some(first) = self.settled_as(ambiguity) {
            return Term::from(first);
        }
        self.open(Unknown { name: name.to_owned(), export: None, ambiguity: Some(ambiguity) })
    }

    /// How an ambiguity is settled, where it is; whoever asks leans on it.
    fn settled_as(&self, ambiguity: &'static str) -> Option<bool> {
        let first = self.settled.get(ambiguity).copied();
        self.leans_on.borrow_mut().extend(first.map(|first| (ambiguity, first)));
        first
    }

    fn open(&self, unknown: Unknown) -> Term {
        let term = term::context(&["unknown", &unknown.name]).holds();
        self.unknowns.borrow_mut().entry(unknown.name.clone()).or_insert(unknown);
        term
    }
}

/// An expression as a policy holds it.
pub type Expression = Arc<Expr>;
