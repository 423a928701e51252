//! Who gets in to what: everybody from outside × every application that outsiders can reach, for one set of conditions,
//! grouped so that a person can read it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use foldhash::fast::FixedState;

use super::whence::Whence;
use crate::access::sign_in::{
    Conditions, Decision, DirectoryObject, Engine, Explanation, Homes, Index, Outsider, Provider, Request, Scenario,
    SignIn, Subject, Target, Verdict,
};
use crate::access::{Answer, Class, Granted, Home, Organizations, Packages, Request as PackageRequest};
use crate::access::{is_refused, outsider_of};
use crate::model::{
    AZURE_PORTAL, ConditionalAccessPolicy, EXCHANGE, ExternalUserType, Id, Kind, Ref, SHAREPOINT, TEAMS, Tenant,
    UserType, Whereabouts, known_application,
};

/// How somebody comes to an application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Path {
    /// It is open to everybody who can sign in.
    Open,
    /// They, or a group that they are in, are assigned to it.
    Assigned,
    /// A package that they may request would assign them.
    Package {
        /// Its name.
        name: String,
        /// Its id.
        id: Id,
    },
    /// Whether they are assigned was not exported.
    Unknown,
}

impl Path {
    /// Its name.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Assigned => "assigned",
            Self::Package { .. } => "package",
            Self::Unknown => "unknown",
        }
    }
}

/// What comes of one sort of people opening one application.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Outcome {
    /// How they come to it.
    pub path: Path,
    /// Number of the decision in [`AccessTable::decisions`].
    pub decision: usize,
    /// Number of the policies in [`AccessTable::policies`].
    pub policies: usize,
}

/// Policies that ask for something.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct Asking {
    /// Names of those that apply.
    pub surely: Vec<String>,
    /// Names of those that may.
    pub maybe: Vec<String>,
}

/// What comes of sign-ins, with the reasons of one of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdicts {
    /// What is not known stays unknown.
    pub verdict: Verdict,
    /// What is not known falls for whoever wants in.
    pub coverage: Verdict,
    /// What is not known falls against them.
    pub reachability: Verdict,
}

/// An application of the table.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its id.
    pub id: Id,
    /// Its name, or its id.
    pub name: String,
}

/// A person of the table.
#[derive(Debug, Clone)]
pub struct Person {
    /// Object id; `None` for people who are not here yet.
    pub id: Option<Id>,
    /// The name.
    pub name: String,
}

/// People who are alike in everything that the table tells.
#[derive(Debug, Clone)]
pub struct Group {
    /// The connected organization, else the home tenant or the domain.
    pub organization: String,
    /// External user type, or what it may be.
    pub kind: String,
    /// Whether they have an account here.
    pub here: bool,
    /// How many they are; one for a kind of people who are not here yet.
    pub count: usize,
    /// The people, by number, as far as they are to be told.
    pub people: Vec<usize>,
    /// Number of what comes of each application in [`AccessTable::rows`].
    pub row: usize,
}

/// What comes of each application: outcomes with the numbers of the applications, in the order of the outcomes.
pub type Cells = Vec<(Outcome, Vec<usize>)>;

/// Who gets in to what.
#[derive(Debug, Clone, Default)]
pub struct AccessTable {
    /// The applications.
    pub applications: Vec<Application>,
    /// The people that groups name.
    pub people: Vec<Person>,
    /// The groups, by organization, then kind of user.
    pub groups: Vec<Group>,
    /// What comes of each application, for groups.
    pub rows: Vec<Cells>,
    /// Decisions that cells refer to.
    pub decisions: Vec<Verdicts>,
    /// Sets of policies that cells refer to.
    pub policies: Vec<Asking>,
    /// People from outside in the export.
    pub external_users: usize,
    /// Of those that were asked for, how many can open no application at all, and so are in no group.
    pub without_application: usize,
    /// What keeps the table from being complete, as clauses.
    pub missing: Vec<String>,
}

/// What is asked for.
#[derive(Debug, Clone, Default)]
pub struct AccessQuery {
    /// Conditions of every sign-in.
    pub conditions: Conditions,
    /// Only these applications.
    pub applications: Vec<Id>,
    /// Only people who come from one of these.
    pub organizations: Vec<Whence>,
    /// Only these people: users of the export, or people described. Of those whoever reaches nothing is told too.
    pub people: Vec<Subject>,
    /// Whether every person is to be told.
    pub expand: bool,
}

/// The plain case: a browser, an address that no named location lists, no country known, a device that is not
/// registered, no risk, no claims.
#[must_use]
pub fn plain_conditions() -> Conditions {
    use crate::access::sign_in::{Device, Flow};
    use crate::model::{Address, ClientApp, RiskLevel};
    let mut conditions = Conditions {
        client: Some(ClientApp::Browser),
        device: Some(Device::Unregistered),
        sign_in_risk: Some(RiskLevel::None),
        user_risk: Some(RiskLevel::None),
        insider_risk: Some(None),
        flow: Some(Flow::Ordinary),
        ..Conditions::default()
    };
    conditions.from.address = Some(Address::Unlisted);
    conditions.from.compliant_network = Some(false);
    conditions
}

/// The plain case, but for what is given.
#[must_use]
pub fn over_plain(given: Conditions) -> Conditions {
    let plain = plain_conditions();
    let from = Whereabouts {
        address: given.from.address.or(plain.from.address),
        country: given.from.country.or(plain.from.country),
        gps_country: given.from.gps_country.or(plain.from.gps_country),
        mfa_trusted: given.from.mfa_trusted || plain.from.mfa_trusted,
        compliant_network: given.from.compliant_network.or(plain.from.compliant_network),
    };
    Conditions {
        client: given.client.or(plain.client),
        platform: given.platform.or(plain.platform),
        from,
        device: given.device.or(plain.device),
        sign_in_risk: given.sign_in_risk.or(plain.sign_in_risk),
        user_risk: given.user_risk.or(plain.user_risk),
        insider_risk: given.insider_risk.or(plain.insider_risk),
        flow: given.flow.or(plain.flow),
        original_flow: given.original_flow.or(plain.original_flow),
        unattended: given.unattended || plain.unattended,
        home_outbound: given.home_outbound.or(plain.home_outbound),
        tenant_restricted: given.tenant_restricted || plain.tenant_restricted,
        shared_channel: given.shared_channel.or(plain.shared_channel),
        claims: given.claims,
    }
}

/// How far a long piece of work is: done of all.
pub type Progress<'p> = &'p dyn Fn(usize, usize);

/// Where from, kinds, whether the account is disabled, and whether the user type is member, as far as that is told.
type Usual = (usize, Vec<Option<ExternalUserType>>, bool, Option<bool>);

/// A package that may be requested, and what it grants.
#[derive(Debug, Clone)]
struct Offer {
    id: Id,
    name: String,
    granted: Granted,
}

impl Offer {
    /// Whether it opens applications that only people who are assigned get in to.
    fn opens(&self) -> bool {
        !self.granted.groups.is_empty() || !self.granted.applications.is_empty()
    }

    /// Somebody as they are with the package.
    fn given_to(&self, subject: &Subject, tenant: &Tenant) -> Subject {
        let mut subject = subject.clone();
        for group in &self.granted.groups {
            subject.join(tenant, group);
        }
        subject.granted.extend(self.granted.applications.iter().cloned());
        subject.roles.extend(self.granted.roles.iter().cloned());
        subject
    }
}

/// Where somebody comes from.
#[derive(Debug, Clone, Copy)]
struct Origin {
    /// Number of what they have in common: home, provider, domain.
    number: usize,
    /// Number of the name that it is told by.
    label: usize,
    /// Whether people from there are asked for.
    wanted: bool,
}

type Fast<K, V> = HashMap<K, V, FixedState>;

/// People of one organization, kind and sort.
struct Bundle {
    organization: usize,
    kind: String,
    here: bool,
    subject: Subject,
    packages: Vec<Offer>,
    count: usize,
    people: Vec<usize>,
}

/// Works out the table.
#[must_use]
pub fn access(engine: &Engine<'_>, homes: &Homes, query: &AccessQuery, progress: Progress<'_>) -> AccessTable {
    let tenant = engine.tenant();
    let mut index = Index::new(engine);
    let mut table = AccessTable { missing: missing(tenant), ..AccessTable::default() };
    table.applications = applications(tenant, &query.applications);
    let mut names: Names = Names::default();
    let bundles = bundles(engine, homes, query, &mut index, &mut table, &mut names, progress);
    let targets: Vec<u32> = table
        .applications
        .iter()
        .map(|application| index.target(&Target::Application(Request::plain(application.id.clone()))))
        .collect();
    let (decisions, asking, rows) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut writer = Writer { engine, index, query, targets, decisions, asking, rows };
    let mut merged: HashMap<(usize, String, bool, usize), usize> = HashMap::new();
    let mut known: HashMap<(u32, Vec<Id>), usize> = HashMap::new();
    for bundle in bundles {
        let opening = bundle.packages.iter().filter(|offer| offer.opens());
        let offers: Vec<Id> = opening.map(|offer| offer.id.clone()).collect();
        let person = writer.index.person(&bundle.subject);
        let row = *known.entry((person, offers)).or_insert_with(|| writer.row(&bundle, &mut table));
        let reaches_nothing = table.rows.get(row).is_none_or(Vec::is_empty);
        if reaches_nothing && query.people.is_empty() {
            table.without_application += if bundle.here { bundle.count } else { 0 };
            continue;
        }
        let key = (bundle.organization, bundle.kind.clone(), bundle.here, row);
        if let Some(group) = merged.get(&key).and_then(|at| table.groups.get_mut(*at)) {
            group.count += bundle.count;
            group.people.extend(bundle.people);
            continue;
        }
        merged.insert(key, table.groups.len());
        table.groups.push(Group {
            organization: names.list.get(bundle.organization).cloned().unwrap_or_default(),
            kind: bundle.kind,
            here: bundle.here,
            count: bundle.count,
            people: bundle.people,
            row,
        });
    }
    let open = |(outcome, _): &(Outcome, Vec<usize>)| outcome.path == Path::Unknown;
    if table.rows.iter().flatten().any(open) && tenant.service_principals.coverage.is_complete() {
        table
            .missing
            .push(format!("who is assigned to applications: export all of {}", Kind::AppRoleAssignment.resource()));
    }
    table.groups.sort_by_cached_key(|group| {
        let (organization, kind) = (group.organization.to_lowercase(), group.kind.clone());
        (organization, kind, !group.here, std::cmp::Reverse(group.count), group.row)
    });
    table
}

#[derive(Default)]
struct Names {
    list: Vec<String>,
    numbers: HashMap<String, usize>,
}

impl Names {
    fn number(&mut self, name: &str) -> usize {
        if let Some(number) = self.numbers.get(name) {
            return *number;
        }
        self.list.push(name.to_owned());
        self.numbers.insert(name.to_owned(), self.list.len() - 1);
        self.list.len() - 1
    }
}

/// Everybody from outside, in bundles of people who are alike.
fn bundles(
    engine: &Engine<'_>,
    homes: &Homes,
    query: &AccessQuery,
    index: &mut Index<'_, '_>,
    table: &mut AccessTable,
    names: &mut Names,
    progress: Progress<'_>,
) -> Vec<Bundle> {
    let tenant = engine.tenant();
    let organizations = Organizations::of(tenant);
    let packages = Packages::of(tenant);
    let named = packages.named_requestors();
    let mut found: Vec<Bundle> = Vec::new();
    let mut numbers: Fast<(u32, usize, Vec<Id>), usize> = Fast::default();
    let mut origins: Fast<(Home, Provider, Option<String>), Origin> = Fast::default();
    // People whom no policy names and who hold nothing may request what others of their home and kind may.
    let mut usual: Fast<Usual, Vec<Offer>> = Fast::default();
    let asked: BTreeSet<&Id> = query
        .people
        .iter()
        .filter_map(|subject| if let DirectoryObject::User(id) = &subject.object { Some(id) } else { None })
        .collect();
    let users = &tenant.users.items;
    for (number, user) in users.iter().enumerate() {
        if number % 4096 == 0 {
            progress(number, users.len());
        }
        let subject = Subject::of_user(user, homes);
        if subject.kinds.iter().all(Option::is_none) {
            continue;
        }
        table.external_users += 1;
        if !query.people.is_empty() && !asked.contains(&user.id) {
            continue;
        }
        let key = (subject.home.clone(), subject.provider, subject.domain.clone());
        let number = origins.len();
        let Origin { number: origin, label, wanted } = *origins.entry(key).or_insert_with(|| {
            let label = label(&subject, &organizations);
            let wanted = is_wanted(query, &subject, &organizations, &label);
            Origin { number, label: names.number(&label), wanted }
        });
        if !wanted {
            continue;
        }
        let special = named.contains(&user.id)
            || packages.holds_any(&user.id)
            || tenant.groups_of(&user.id).is_some_and(|groups| groups.iter().any(|group| named.contains(group)));
        let requests = || {
            let mut offers = requested(&packages, &packages.of_person(&subject, &organizations));
            offers.retain(Offer::opens);
            offers
        };
        let offered = if special {
            requests()
        } else {
            let member = user.user_type.as_ref().ok().map(|kind| *kind == Some(UserType::Member));
            let key = (origin, subject.kinds.clone(), subject.enabled.is_no(), member);
            usual.entry(key).or_insert_with(requests).clone()
        };
        let sort = index.person(&subject);
        let ids: Vec<Id> = offered.iter().map(|offer| offer.id.clone()).collect();
        let at = *numbers.entry((sort, label, ids)).or_insert_with(|| {
            found.push(Bundle {
                organization: label,
                kind: kind_of(&subject),
                here: true,
                subject: subject.clone(),
                packages: offered,
                count: 0,
                people: Vec::new(),
            });
            found.len() - 1
        });
        if let Some(bundle) = found.get_mut(at) {
            bundle.count += 1;
            if query.expand || bundle.people.len() < FEW {
                bundle.people.push(table.people.len());
                table.people.push(Person { id: Some(user.id.clone()), name: subject.name.clone() });
            }
        }
    }
    progress(users.len(), users.len());
    let mut others = Vec::new();
    if query.people.is_empty() {
        others = strangers(tenant, &organizations, &packages);
    }
    for subject in query.people.iter().filter(|subject| !matches!(subject.object, DirectoryObject::User(_))) {
        let offers = requested(&packages, &packages.of_person(subject, &organizations));
        let mut bundle = Bundle {
            organization: 0,
            kind: kind_of(subject),
            here: false,
            subject: subject.clone(),
            packages: offers,
            count: 1,
            people: vec![table.people.len()],
        };
        if subject.object == DirectoryObject::NotNeeded {
            bundle.packages.clear();
        }
        table.people.push(Person { id: None, name: subject.name.clone() });
        others.push((label(subject, &organizations), bundle));
    }
    for (label, mut bundle) in others {
        if is_wanted(query, &bundle.subject, &organizations, &label) {
            bundle.organization = names.number(&label);
            found.push(bundle);
        }
    }
    found
}

/// People of a bundle that are told by name without being asked for.
const FEW: usize = 3;

fn is_wanted(query: &AccessQuery, subject: &Subject, organizations: &Organizations<'_>, label: &str) -> bool {
    query.organizations.is_empty()
        || query.organizations.iter().any(|whence| whence.is_of(subject, organizations, label))
}

/// Packages that are held or may be requested, with what they grant.
fn requested(packages: &Packages<'_>, requests: &[PackageRequest<'_>]) -> Vec<Offer> {
    requests
        .iter()
        .map(|request| {
            let id = request.package.id.clone();
            let name = request.package.display_name.clone().unwrap_or_else(|_| id.to_string());
            Offer { id, name, granted: packages.grants(request.package) }
        })
        .collect()
}

/// Kinds of people who have no account here: those who may request a package, who come by direct connect, and
/// technicians of service providers.
fn strangers<'t>(
    tenant: &'t Tenant,
    organizations: &Organizations<'t>,
    packages: &Packages<'t>,
) -> Vec<(String, Bundle)> {
    let mut found = Vec::new();
    let mut add = |name: String, kind: &str, subject: Subject, packages: Vec<Offer>| {
        let (kind, organization) = (kind.to_owned(), 0);
        found.push((name, Bundle { organization, kind, here: false, subject, packages, count: 1, people: Vec::new() }));
    };
    for organization in &tenant.connected_organizations.items {
        let Some((outsider, domain)) = outsider_of(organization) else { continue };
        let name = organization.display_name.clone().unwrap_or_else(|_| organization.id.to_string());
        let mut subject = Subject::described(&outsider, format!("somebody of {name}"));
        subject.domain = domain;
        subject.pending = Answer::Yes;
        subject.to_invite = true;
        if packages.lets_come(&subject, organizations) {
            let offers = requested(packages, &packages.of_person(&subject, organizations));
            add(name, NOT_HERE, subject, offers);
        }
    }
    let anybody =
        [(Outsider::GuestOfAnyOther, ANY_TENANT), (Outsider::WithoutTenant(Provider::OneTimePasscode), ANY_ADDRESS)];
    for (outsider, name) in anybody {
        let mut subject = Subject::described(&outsider, "anybody".to_owned());
        subject.pending = Answer::Yes;
        subject.to_invite = true;
        if packages.lets_come(&subject, organizations) {
            let offers = requested(packages, &packages.of_person(&subject, organizations));
            add(name.to_owned(), NOT_HERE, subject, offers);
        }
    }
    for partner in &tenant.cross_tenant_partners.items {
        let home = Home::Tenant(partner.id.clone());
        let class = Class { kind: ExternalUserType::B2bDirectConnectUser, home: home.clone() };
        let subject = Subject::described(
            &Outsider::DirectConnect(partner.id.clone()),
            format!("a direct connect user of {}", partner.id),
        );
        if !is_refused(tenant, &class).is_yes() {
            add(label(&subject, organizations), ExternalUserType::B2bDirectConnectUser.as_str(), subject, Vec::new());
        }
        if partner.is_service_provider == Ok(true) {
            let subject = Subject::described(
                &Outsider::ServiceProvider(partner.id.clone()),
                format!("a technician of {}", partner.id),
            );
            add(label(&subject, organizations), ExternalUserType::ServiceProvider.as_str(), subject, Vec::new());
        }
    }
    found
}

const NOT_HERE: &str = "not here yet, by access package";

/// What those are called who come from nowhere in particular.
pub(super) const ANY_TENANT: &str = "any other tenant";
pub(super) const ANY_ADDRESS: &str = "any mail address without an Entra tenant";
pub(super) const UNKNOWN_TENANT: &str = "an Entra tenant that is not known";

/// The connected organization that somebody is of, else their tenant, domain or provider.
fn label(subject: &Subject, organizations: &Organizations<'_>) -> String {
    let own = organizations.of_person(subject);
    if let Some(first) = own.first() {
        return first.display_name.clone().unwrap_or_else(|_| first.id.to_string());
    }
    match (&subject.home, &subject.domain) {
        (Home::Tenant(id), _) => format!("tenant {id}"),
        (_, Some(domain)) => domain.clone(),
        (Home::NoTenant, None) => subject.provider.as_str().to_owned(),
        (Home::OtherTenant, None) => ANY_TENANT.to_owned(),
        _ => UNKNOWN_TENANT.to_owned(),
    }
}

fn kind_of(subject: &Subject) -> String {
    let kinds: Vec<&str> =
        subject.kinds.iter().map(|kind| kind.map_or("internal member", ExternalUserType::as_str)).collect();
    let mut kind = kinds.join(" or ");
    if subject.pending.is_yes() {
        kind.push_str(", invitation pending");
    }
    if subject.enabled.is_no() {
        kind.push_str(", disabled");
    }
    kind
}

/// Applications that people from outside can open: service principals of the export, and what packages grant. Without
/// service principals, what policies name and the best known of Microsoft's.
fn applications(tenant: &Tenant, only: &[Id]) -> Vec<Application> {
    let mut found: BTreeMap<Id, String> = BTreeMap::new();
    for principal in &tenant.service_principals.items {
        let kind = principal.service_principal_type.as_ref().ok().and_then(Option::as_deref).unwrap_or("Application");
        if let (Ok(id), true) = (&principal.app_id, !kind.eq_ignore_ascii_case("ManagedIdentity")) {
            let known = known_application(id.as_str()).map_or_else(|| id.to_string(), |known| known.name.to_owned());
            found.insert(id.clone(), principal.display_name.clone().unwrap_or(known));
        }
    }
    if !tenant.service_principals.coverage.exported {
        let named = tenant.conditional_access.items.iter().filter_map(|policy| policy.applications.as_ref().ok());
        let references = named.flat_map(|found| found.include_applications.iter().chain(&found.exclude_applications));
        let mut ids: BTreeSet<Id> = references.filter_map(Ref::id).cloned().collect();
        ids.extend([SHAREPOINT, EXCHANGE, TEAMS, AZURE_PORTAL].iter().map(|id| Id::new(id)));
        for id in ids {
            let name = known_application(id.as_str()).map_or_else(|| id.to_string(), |known| known.name.to_owned());
            found.entry(id).or_insert(name);
        }
    }
    for id in only {
        let name = known_application(id.as_str()).map_or_else(|| id.to_string(), |known| known.name.to_owned());
        found.entry(id.clone()).or_insert(name);
    }
    let wanted = found.into_iter().filter(|(id, _)| only.is_empty() || only.contains(id));
    let mut list: Vec<Application> = wanted.map(|(id, name)| Application { id, name }).collect();
    list.sort_by(|one, other| (one.name.to_lowercase(), &one.id).cmp(&(other.name.to_lowercase(), &other.id)));
    list
}

fn missing(tenant: &Tenant) -> Vec<String> {
    let needed = [
        (Kind::User, "people from outside"),
        (Kind::ServicePrincipal, "applications, and whether they require assignment"),
        (Kind::ConditionalAccessPolicy, "what sign-ins demand"),
        (Kind::CrossTenantDefault, "which tenants are let in, and whose claims are trusted"),
        (Kind::CrossTenantPartner, "which tenants have settings of their own"),
        (Kind::Group, "who is in which group"),
        (Kind::ConnectedOrganization, "who is of which organization"),
        (Kind::AccessPackage, "what access packages open"),
        (Kind::AssignmentPolicy, "who may request access packages"),
    ];
    let incomplete = needed.into_iter().filter(|(kind, _)| !tenant.coverage(*kind).is_complete());
    incomplete.map(|(kind, what)| format!("{what}: export all of {}", kind.resource())).collect()
}

struct Writer<'e, 't, 'q> {
    engine: &'e Engine<'t>,
    index: Index<'e, 't>,
    query: &'q AccessQuery,
    targets: Vec<u32>,
    decisions: HashMap<Decision, usize>,
    asking: HashMap<(Vec<Id>, Vec<Id>), usize>,
    rows: HashMap<Cells, usize>,
}

impl Writer<'_, '_, '_> {
    /// Number of what comes of every application for the people of a bundle.
    fn row(&mut self, bundle: &Bundle, table: &mut AccessTable) -> usize {
        let cells = self.cells(bundle, table);
        *self.rows.entry(cells).or_insert_with_key(|cells| {
            table.rows.push(cells.clone());
            table.rows.len() - 1
        })
    }

    fn cells(&mut self, bundle: &Bundle, table: &mut AccessTable) -> Cells {
        let mut cells: BTreeMap<Outcome, Vec<usize>> = BTreeMap::new();
        let person = self.index.person(&bundle.subject);
        let granted: Vec<(Path, u32, Subject)> = bundle
            .packages
            .iter()
            .filter(|offer| offer.opens())
            .map(|offer| {
                let subject = offer.given_to(&bundle.subject, self.engine.tenant());
                let path = Path::Package { name: offer.name.clone(), id: offer.id.clone() };
                (path, self.index.person(&subject), subject)
            })
            .collect();
        for at in 0..table.applications.len() {
            let (Some(application), Some(&target)) = (table.applications.get(at), self.targets.get(at)) else {
                continue;
            };
            match self.engine.is_admitted(&bundle.subject, &application.id) {
                Answer::Yes => {
                    let path = if self.is_open(&application.id) { Path::Open } else { Path::Assigned };
                    self.add(&mut cells, table, at, path, (person, &bundle.subject), target);
                }
                Answer::Unknown(_) => self.add(&mut cells, table, at, Path::Unknown, (person, &bundle.subject), target),
                Answer::No => {
                    for (path, person, subject) in &granted {
                        let Some(application) = table.applications.get(at) else { continue };
                        if !self.engine.is_admitted(subject, &application.id).is_no() {
                            self.add(&mut cells, table, at, path.clone(), (*person, subject), target);
                        }
                    }
                }
            }
        }
        cells.into_iter().collect()
    }

    fn is_open(&self, application: &Id) -> bool {
        self.engine.requires_assignment(application) != Some(true)
    }

    fn add(
        &mut self,
        cells: &mut BTreeMap<Outcome, Vec<usize>>,
        table: &mut AccessTable,
        at: usize,
        path: Path,
        (person, subject): (u32, &Subject),
        target: u32,
    ) {
        let sign_in: SignIn = self.index.sign_in_of(person, target, &self.query.conditions);
        let decision = self.index.decide(sign_in).clone();
        // What is told of a decision is the explanation of the first sign-in that comes to it.
        let Some(application) = table.applications.get(at) else { return };
        let decision = *self.decisions.entry(decision).or_insert_with(|| {
            let target = Target::Application(Request::plain(application.id.clone()));
            let conditions = self.query.conditions.clone();
            let Explanation { verdict, coverage, reachability, .. } =
                self.engine.explain(&Scenario { subject: subject.clone(), target, conditions });
            table.decisions.push(Verdicts { verdict, coverage, reachability });
            table.decisions.len() - 1
        });
        let (surely, maybe) = self.index.asking(sign_in);
        let ids = |list: &[&ConditionalAccessPolicy]| list.iter().map(|policy| policy.id.clone()).collect::<Vec<Id>>();
        let policies = *self.asking.entry((ids(&surely), ids(&maybe))).or_insert_with(|| {
            let names = |list: &[&ConditionalAccessPolicy]| {
                list.iter()
                    .map(|policy| policy.display_name.clone().unwrap_or_else(|_| policy.id.to_string()))
                    .collect::<Vec<String>>()
            };
            table.policies.push(Asking { surely: names(&surely), maybe: names(&maybe) });
            table.policies.len() - 1
        });
        cells.entry(Outcome { path, decision, policies }).or_default().push(at);
    }
}
