//! Whether a policy applies: each of its conditions held against a sign-in, straight from the documents (CA-1.8 to
//! CA-9.4). Every condition gives an answer of its own, so that all reasons can be told.

use std::collections::HashMap;
use std::fmt;

use super::super::{Answer, Home, Why};
use super::reading::{
    ALL_RESOURCES_COVERS_USER_ACTIONS, ALL_USERS_COVERS_DIRECT_CONNECT, AZURE_DEPENDENTS, BASELINE_SCOPES,
    EAS_EXCLUSIONS, ENUMERATED_FOR_NON_ENTRA, Judge, SERVICE_DEPENDENCIES,
};
use super::{Conditions, Device, DirectoryObject, Flow, Provider, Request, SeenPlatform, Subject, Target};
use crate::model::{
    Applications, Asked, BASELINE_SIGN_IN_SCOPES, ClientApp, Comparison, ConditionalAccessPolicy, DIRECTORY,
    ExternalTenants, ExternalUserType, Filter, FilterMode, FilterRule, GuestScope, Id, Keyword, Kind, Location,
    Locations, MFA_TRUSTED_IPS, Platform, Platforms, Ref, RiskLevel, ServicePrincipal, Tenant, Told, Users,
    Whereabouts, early_bound, grouped, is_admin_portal, is_office_365, is_perhaps_admin_portal, known_application,
    perhaps_bound,
};

/// Why a policy does not apply, or a condition cannot be told: the names of Microsoft's what-if (SI-2.8).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "named as in Graph's whatIfAnalysisReasons")]
pub enum Reason {
    PolicyNotEnabled,
    EmptyPolicy,
    InvalidPolicy,
    Users,
    WorkloadIdentities,
    Application,
    UserActions,
    AuthenticationContext,
    ClientApps,
    DevicePlatform,
    Location,
    Devices,
    SignInRisk,
    UserRisk,
    InsiderRisk,
    AuthenticationFlow,
    InvalidCondition,
}

impl Reason {
    /// All of them, in the order in which they are told.
    pub const ALL: [Self; 17] = [
        Self::PolicyNotEnabled,
        Self::EmptyPolicy,
        Self::InvalidPolicy,
        Self::Users,
        Self::WorkloadIdentities,
        Self::Application,
        Self::UserActions,
        Self::AuthenticationContext,
        Self::ClientApps,
        Self::DevicePlatform,
        Self::Location,
        Self::Devices,
        Self::SignInRisk,
        Self::UserRisk,
        Self::InsiderRisk,
        Self::AuthenticationFlow,
        Self::InvalidCondition,
    ];

    /// Graph's word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::PolicyNotEnabled => "policyNotEnabled",
            Self::EmptyPolicy => "emptyPolicy",
            Self::InvalidPolicy => "invalidPolicy",
            Self::Users => "users",
            Self::WorkloadIdentities => "workloadIdentities",
            Self::Application => "application",
            Self::UserActions => "userActions",
            Self::AuthenticationContext => "authenticationContext",
            Self::ClientApps => "clientApps",
            Self::DevicePlatform => "devicePlatform",
            Self::Location => "location",
            Self::Devices => "devices",
            Self::SignInRisk => "signInRisk",
            Self::UserRisk => "userRisk",
            Self::InsiderRisk => "insiderRisk",
            Self::AuthenticationFlow => "authenticationFlow",
            Self::InvalidCondition => "invalidCondition",
        }
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What conditions are held against.
#[derive(Debug)]
pub(super) struct Matcher<'t> {
    pub(super) tenant: &'t Tenant,
    pub(super) judge: Judge,
    locations: HashMap<&'t Id, Location>,
    by_app: HashMap<&'t Id, &'t ServicePrincipal>,
    /// Whether sign-ins to some services also meet the policies of others (CA-3.18); Microsoft's what-if leaves that
    /// out.
    pub(super) follows_dependencies: bool,
}

impl<'t> Matcher<'t> {
    pub(super) fn new(tenant: &'t Tenant, judge: Judge) -> Self {
        let locations = tenant.named_locations.items.iter().map(|found| (&found.id, Location::of(&found.network)));
        let principals = tenant.service_principals.items.iter();
        let by_app = principals.filter_map(|found| Some((found.app_id.as_ref().ok()?, found)));
        Self { tenant, judge, locations: locations.collect(), by_app: by_app.collect(), follows_dependencies: true }
    }

    /// The application as it stands in this tenant.
    pub(super) fn service_principal(&self, application: &Id) -> Option<&'t ServicePrincipal> {
        self.by_app.get(application).copied()
    }

    // Users.

    /// Whether the policy is about these people (CA-2.1, CA-2.2). `reach` tells whether they also count as users of
    /// the other way into shared channels (CA-2.27, CA-2.28); `eas` whether the sign-in is by Exchange ActiveSync
    /// under a policy about it (CA-4.9).
    pub(super) fn users(&self, users: &Users, subject: &Subject, reach: &Answer, eas: bool) -> Answer {
        let included = Answer::any(
            users
                .include_users
                .iter()
                .map(|user| self.user(user, subject))
                .chain(users.include_groups.iter().map(|group| self.in_group(group, subject)))
                .chain(users.include_roles.iter().map(|role| self.holds_role(role, subject)))
                .chain(users.include_guests.iter().map(|scope| self.guests(scope, subject, reach))),
        );
        let broad =
            users.include_users.iter().any(|user| user.is(&Keyword::All) || user.is(&Keyword::GuestsOrExternalUsers))
                || !users.include_roles.is_empty()
                || users.include_guests.is_some();
        included.and(|| {
            let excluded = Answer::any(
                users
                    .exclude_users
                    .iter()
                    .map(|user| self.user(user, subject))
                    .chain(users.exclude_groups.iter().map(|group| self.in_group(group, subject)))
                    .chain(users.exclude_roles.iter().map(|role| self.holds_role(role, subject)))
                    .chain(users.exclude_guests.iter().map(|scope| self.guests(scope, subject, &Answer::No))),
            );
            if eas && broad && !excluded.is_no() {
                // AM-34: the exclusion counts only where exclusions are honoured.
                return match self.judge.ask(&EAS_EXCLUSIONS) {
                    Answer::Yes => Answer::Yes,
                    Answer::No => excluded.negated(),
                    unknown @ Answer::Unknown(_) => unknown,
                };
            }
            excluded.negated()
        })
    }

    /// One entry of a list of users.
    fn user(&self, user: &Ref, subject: &Subject) -> Answer {
        match user {
            Ref::Keyword(Keyword::All) => match subject.object {
                // AM-1. Service providers are taken in (CA-2.29).
                DirectoryObject::NotNeeded if !subject.is(ExternalUserType::B2bDirectConnectUser).is_no() => {
                    self.judge.ask(&ALL_USERS_COVERS_DIRECT_CONNECT)
                }
                _ => Answer::Yes,
            },
            Ref::Keyword(Keyword::GuestsOrExternalUsers) => subject.any_kind(|kind| kind.is_some()),
            Ref::Keyword(Keyword::Undocumented(word)) => {
                Answer::Unknown(Why::unreadable(format!("`{word}` is no word for users that is documented")))
            }
            Ref::Keyword(_) => Answer::No,
            Ref::Id(id) => Answer::from(matches!(&subject.object, DirectoryObject::User(own) if own == id)),
            Ref::Name(name) => self.named_user(name, subject),
        }
    }

    fn named_user(&self, name: &str, subject: &Subject) -> Answer {
        let DirectoryObject::User(own) = &subject.object else { return Answer::No };
        let Some(user) = self.tenant.users.get(own) else { return Answer::No };
        if user.user_principal_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name)) {
            return Answer::Yes;
        }
        let another = self
            .tenant
            .users
            .items
            .iter()
            .any(|user| user.user_principal_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name)));
        if another {
            return Answer::No;
        }
        Answer::Unknown(Why::unreadable(format!("`{name}` stands where an id is expected: who is meant is not known")))
    }

    /// Whether they are in the group, directly or not (CA-2.7).
    pub(super) fn in_group(&self, group: &Ref, subject: &Subject) -> Answer {
        if group.id().is_some_and(|id| subject.groups.contains(id)) {
            return Answer::Yes;
        }
        let found = self.tenant.find_group(group);
        if found.is_some_and(|found| subject.groups.contains(&found.id)) {
            return Answer::Yes;
        }
        let missing = || Why::missing(Kind::Group, format!("group `{group}` was not exported"));
        match &subject.object {
            DirectoryObject::NotNeeded | DirectoryObject::Missing => Answer::No,
            DirectoryObject::User(own) => {
                let Some(id) = group.id().or(found.map(|found| &found.id)) else {
                    return Answer::Unknown(missing());
                };
                subject.is_member(self.tenant, own, id)
            }
            DirectoryObject::Invited => subject.is_taken_into(self.tenant, group),
        }
    }

    /// Whether they hold the built-in role over the whole tenant (CA-2.9, CA-2.10).
    fn holds_role(&self, role: &Ref, subject: &Subject) -> Answer {
        let own = match &subject.object {
            DirectoryObject::User(own) => Some(own),
            _ => None,
        };
        let Ref::Id(template) = role else {
            let why = || Why::unreadable(format!("role `{role}` is not an id"));
            return own.map_or(Answer::No, |_| Answer::Unknown(why()));
        };
        let definition = |id: &Id| self.tenant.role_definitions.get(id);
        if definition(template).is_some_and(|found| found.built_in == Ok(false)) {
            return Answer::No;
        }
        let is_it =
            |id: &Id| id == template || definition(id).is_some_and(|found| found.template.as_ref() == Ok(template));
        let has_object = !matches!(subject.object, DirectoryObject::NotNeeded | DirectoryObject::Missing);
        if has_object && subject.roles.iter().any(is_it) {
            return Answer::Yes;
        }
        let mut gap = None;
        for assignment in &self.tenant.role_assignments.items {
            let (Ok(principal), Ok(assigned)) = (&assignment.principal, &assignment.role) else { continue };
            if !is_it(assigned) {
                continue;
            }
            let holds = match (self.tenant.holder_from_outside(assignment), own) {
                (Some(home), _) => Self::may_be_of(subject, home, principal),
                (None, None) if subject.object != DirectoryObject::Invited => continue,
                (None, Some(own)) if principal == own => Answer::Yes,
                (None, _) if self.tenant.groups.get(principal).is_some() || self.may_be_group(principal) => {
                    self.in_group(&Ref::Id(principal.clone()), subject)
                }
                (None, _) => continue,
            };
            let wide = match &assignment.scope {
                Ok(scope) => Answer::from(scope == "/"),
                Err(_) => Answer::Unknown(Why::missing(Kind::RoleAssignment, "the scope of a role was not exported")),
            };
            match holds.and(|| wide) {
                Answer::Yes => return Answer::Yes,
                Answer::No => {}
                Answer::Unknown(why) => {
                    gap.get_or_insert(why);
                }
            }
        }
        if gap.is_none() && own.is_some() && !self.tenant.role_assignments.coverage.is_complete() {
            gap = Some(Why::missing(Kind::RoleAssignment, "who holds directory roles was not exported"));
        }
        gap.map_or(Answer::No, Answer::Unknown)
    }

    /// Whether they are, or are in, an object of another tenant that holds a role here (CA-2.50).
    fn may_be_of(subject: &Subject, home: &Id, holder: &Id) -> Answer {
        match &subject.home {
            Home::Tenant(own) if own != home => Answer::No,
            Home::NoTenant | Home::OtherTenant => Answer::No,
            _ => Answer::Unknown(Why::unspecified(format!(
                "whether `{}` is, or is in, `{holder}` of tenant `{home}`, which holds a role, is not known",
                subject.name
            ))),
        }
    }

    /// Whether the holder of a role is nothing that was exported, and may be a group that was not.
    fn may_be_group(&self, holder: &Id) -> bool {
        let tenant = self.tenant;
        !tenant.groups.coverage.is_complete()
            && tenant.users.get(holder).is_none()
            && tenant.service_principals.get(holder).is_none()
    }

    /// Whether a guest scope takes them in (CA-2.11 to CA-2.13).
    fn guests(&self, scope: &GuestScope, subject: &Subject, reach: &Answer) -> Answer {
        let own = subject.any_kind(|kind| kind.is_some_and(|kind| scope.types.contains(kind)));
        let direct = scope.types.contains(ExternalUserType::B2bDirectConnectUser);
        let collaboration = scope.types.contains(ExternalUserType::B2bCollaborationGuest);
        let crosses = match subject.is(ExternalUserType::B2bDirectConnectUser) {
            Answer::Yes => collaboration,
            _ => direct,
        };
        let by_type = if crosses { Answer::any([own, reach.clone()]) } else { own };
        let by_type = match (by_type, scope.unknown_types.first()) {
            (Answer::No, Some(text)) if subject.any_kind(|kind| kind.is_some()) != Answer::No => {
                Answer::Unknown(Why::unreadable(format!("`{text}` is not an external user type that is documented")))
            }
            (answer, _) => answer,
        };
        by_type.and(|| match (&scope.tenants, &subject.home) {
            (ExternalTenants::All, _) => Answer::Yes,
            (ExternalTenants::Enumerated(ids), Home::Tenant(id)) => Answer::from(ids.contains(id)),
            (ExternalTenants::Enumerated(ids), Home::UnknownTenant | Home::UnseenPartner) if !ids.is_empty() => {
                self.judge.leanings.note("AM-28");
                Answer::Unknown(Why::ambiguous(
                    "AM-28",
                    format!("which tenant is the home of `{}` is not known", subject.name),
                ))
            }
            (ExternalTenants::Enumerated(_), Home::NoTenant) => self.judge.ask(&ENUMERATED_FOR_NON_ENTRA),
            // A list of nobody takes in no tenant, but may take in who has none.
            (ExternalTenants::Enumerated(_), Home::UnknownTenant) if subject.provider == Provider::Unknown => {
                match self.judge.ask(&ENUMERATED_FOR_NON_ENTRA) {
                    Answer::No => Answer::No,
                    _ => Answer::Unknown(Why::ambiguous(
                        "AM-28",
                        format!("whether `{}` has a home tenant is not known", subject.name),
                    )),
                }
            }
            (ExternalTenants::Enumerated(_), _) => Answer::No,
            (ExternalTenants::Unknown, _) => {
                Answer::Unknown(Why::unreadable("which external tenants the policy names could not be read"))
            }
        })
    }

    // Targets.

    /// Whether the policy is about what is opened; the reason is that of the kind of target that the policy has.
    pub(super) fn target(&self, applications: &Applications, target: &Target) -> (Reason, Answer) {
        if !applications.include_user_actions.is_empty() {
            let Target::UserAction(action) = target else { return (Reason::UserActions, Answer::No) };
            let named = applications.include_user_actions.iter().any(|urn| urn.eq_ignore_ascii_case(action.urn()));
            return (Reason::UserActions, Answer::from(named));
        }
        if !applications.include_authentication_contexts.is_empty() {
            let context = match target {
                Target::Application(request) => request.authentication_context.as_deref(),
                Target::AuthenticationContext(context) => Some(context.as_ref()),
                _ => None,
            };
            let named = context.is_some_and(|context| {
                applications.include_authentication_contexts.iter().any(|known| known.eq_ignore_ascii_case(context))
            });
            return (Reason::AuthenticationContext, Answer::from(named));
        }
        let answer = match target {
            Target::Application(request) => self.requested(applications, request),
            Target::UserAction(_) if applications.include_applications.iter().any(|app| app.is(&Keyword::All)) => {
                self.judge.ask(&ALL_RESOURCES_COVERS_USER_ACTIONS)
            }
            Target::UserAction(_) | Target::AuthenticationContext(_) | Target::Outbound { .. } => Answer::No,
            Target::Unspecified if applications.is_everything() => Answer::Yes,
            Target::Unspecified => Answer::Unknown(Why::unspecified("the application is not specified")),
        };
        (Reason::Application, answer)
    }

    /// Whether a request for a token meets the policy. Without scopes the application is what is asked for; with them it
    /// is the client, and they name what is asked for (CA-3.31 to CA-3.36).
    fn requested(&self, applications: &Applications, request: &Request) -> Answer {
        if request.scopes.is_empty() {
            return self.opened(applications, &request.application);
        }
        let asked = request.asked();
        if asked.iter().all(Asked::is_baseline) {
            return self.baseline(applications, request, &asked);
        }
        // CA-3.2: a confidential client that asks for an ID token is opened, too.
        let own = !request.public_client && request.scopes.iter().any(|scope| scope.eq_ignore_ascii_case("openid"));
        let own = own.then(|| self.covers(applications, &request.application));
        let others = asked.iter().zip(&request.scopes).filter(|(asked, _)| !asked.is_baseline());
        let others = others.map(|(asked, scope)| match asked {
            Asked::Resource(id) => self.opened(applications, id),
            Asked::BehindGraph => Self::opens_some_service(applications, scope, &|found| self.is_of_graph(found)),
            _ => Self::opens_some_service(applications, scope, &|_| true),
        });
        Answer::any(own.into_iter().chain(others))
    }

    /// Whether the policy is about one application, or one that it depends on (CA-3.18, CA-3.30).
    fn opened(&self, applications: &Applications, application: &Id) -> Answer {
        let own = self.covers(applications, application);
        if own.is_yes() || !self.follows_dependencies {
            return own;
        }
        let through = |others: &[&str], ambiguity| {
            let covered = Answer::any(others.iter().map(|other| self.covers(applications, &Id::new(other))));
            covered.and(|| self.judge.ask(ambiguity))
        };
        Answer::any([
            own,
            through(early_bound(application.as_str()), &SERVICE_DEPENDENCIES),
            through(perhaps_bound(application.as_str()), &AZURE_DEPENDENTS),
        ])
    }

    /// Whether the policy is about a service of which only that much is known. `may_be` tells whether it may be what an
    /// entry of the policy names.
    fn opens_some_service(applications: &Applications, scope: &str, may_be: &dyn Fn(&Ref) -> bool) -> Answer {
        let everything = applications.include_applications.iter().any(|found| found.is(&Keyword::All));
        let included = everything || applications.include_applications.iter().any(may_be);
        let excluded = applications.exclude_applications.iter().any(may_be);
        match (included, everything && !excluded, &applications.filter) {
            (_, true, None) => Answer::Yes,
            (false, _, None) => Answer::No,
            _ => Answer::Unknown(Why::unspecified(format!(
                "which resource the scope `{scope}` asks for is not known; `<app id>/<permission>` names one"
            ))),
        }
    }

    /// Whether an entry of a policy may be a service behind Microsoft Graph: one of Microsoft's own.
    fn is_of_graph(&self, found: &Ref) -> bool {
        match found {
            Ref::Id(id) => !self.is_microsofts(id).is_no(),
            found => !found.is(&Keyword::None),
        }
    }

    /// Which of the services that the application depends on the policy covers, where it does not cover the
    /// application itself (CA-3.18).
    pub(super) fn dependency(&self, applications: &Applications, target: &Target) -> Option<&'static str> {
        let Target::Application(request) = target else { return None };
        let plain = self.follows_dependencies && request.scopes.is_empty();
        if !plain || self.covers(applications, &request.application).is_yes() {
            return None;
        }
        let application = request.application.as_str();
        let all = early_bound(application).iter().chain(perhaps_bound(application));
        all.copied().find(|other| self.covers(applications, &Id::new(other)).is_yes())
    }

    /// Whether the policy covers one application (CA-3.4 to CA-3.10).
    fn covers(&self, applications: &Applications, application: &Id) -> Answer {
        let by_filter = |mode: FilterMode| {
            applications
                .filter
                .iter()
                .filter(move |filter| filter.mode == mode)
                .map(|filter| self.has_attributes(&filter.rule, application))
        };
        let odd = applications
            .filter
            .iter()
            .filter(|filter| !filter.mode.is_known())
            .map(|_| Answer::Unknown(Why::unreadable("the mode of the application filter is not understood")));
        let included = Answer::any(
            applications
                .include_applications
                .iter()
                .map(|found| self.is_application(found, application))
                .chain(by_filter(FilterMode::Include))
                .chain(odd),
        );
        included.and(|| {
            let excluded =
                applications.exclude_applications.iter().map(|found| self.is_application(found, application));
            Answer::any(excluded.chain(by_filter(FilterMode::Exclude))).negated()
        })
    }

    fn is_application(&self, reference: &Ref, application: &Id) -> Answer {
        match reference {
            Ref::Keyword(Keyword::All) => Answer::Yes,
            Ref::Keyword(Keyword::Office365) => self.is_of_office(application),
            Ref::Keyword(Keyword::MicrosoftAdminPortals) if is_perhaps_admin_portal(application.as_str()) => {
                Answer::Unknown(Why::unreadable(format!(
                    "whether `{application}` is one of the Microsoft Admin Portals is not documented"
                )))
            }
            Ref::Keyword(Keyword::MicrosoftAdminPortals) => Answer::from(is_admin_portal(application.as_str())),
            Ref::Keyword(Keyword::Undocumented(word)) => {
                Answer::Unknown(Why::unreadable(format!("`{word}` is no word for applications that is documented")))
            }
            Ref::Keyword(_) => Answer::No,
            // CA-3.15: one id may stand for several.
            Ref::Id(id) => Answer::from(id == application || grouped(id.as_str()).contains(&application.as_str())),
            Ref::Name(name) => {
                match self.service_principal(application).map(|found| &found.display_name) {
                    Some(Ok(known)) if known.eq_ignore_ascii_case(name) => Answer::Yes,
                    _ if self.tenant.service_principals.items.iter().any(|found| {
                        found.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name))
                    }) =>
                    {
                        Answer::No
                    }
                    _ => Answer::Unknown(Why::unreadable(format!(
                        "`{name}` stands where an application's id is expected: what is meant is not known"
                    ))),
                }
            }
        }
    }

    /// Whether an application belongs to Office 365 (CA-3.6). Microsoft names the members without ids, so one of its own
    /// applications that is not known here may be among them.
    pub(super) fn is_of_office(&self, application: &Id) -> Answer {
        if is_office_365(application.as_str()) {
            return Answer::Yes;
        }
        let known = known_application(application.as_str()).is_some();
        let microsofts =
            !known && self.service_principal(application).is_some() && self.is_microsofts(application).is_yes();
        if microsofts {
            return Answer::Unknown(Why::unreadable(format!(
                "whether Microsoft's application `{application}` belongs to Office 365 is not known"
            )));
        }
        Answer::No
    }

    /// An application filter: custom security attributes of the service principal (CA-3.10).
    fn has_attributes(&self, rule: &FilterRule, application: &Id) -> Answer {
        let none = Vec::new();
        let attributes = match self.service_principal(application).map(|principal| &principal.security_attributes) {
            Some(Ok(attributes)) => attributes,
            // What is not in the tenant has no attributes.
            None if self.tenant.service_principals.coverage.is_complete() => &none,
            None => {
                let why = format!("service principal of application `{application}` was not exported");
                return Answer::Unknown(Why::missing(Kind::ServicePrincipal, why));
            }
            Some(Err(_)) => {
                let why = format!("`customSecurityAttributes` of application `{application}` was not exported");
                return Answer::Unknown(Why::missing(Kind::ServicePrincipal, why));
            }
        };
        evaluate(rule, &|comparison| match comparison.holds_for_application(attributes) {
            Some(holds) => Answer::from(holds),
            None => Answer::Unknown(Why::unreadable(format!(
                "how an application filter compares `{}` with case, or by `-contains`, is not documented",
                comparison.attribute
            ))),
        })
    }

    /// A request for no more than baseline scopes (CA-3.22 to CA-3.29).
    fn baseline(&self, applications: &Applications, request: &Request, asked: &[Asked]) -> Answer {
        let everything = applications.include_applications.iter().any(|app| app.is(&Keyword::All));
        let with_exclusion = !applications.exclude_applications.is_empty()
            || applications.filter.as_ref().is_some_and(|filter| filter.mode == FilterMode::Exclude);
        if everything && !with_exclusion {
            return Answer::Yes;
        }
        if !request.public_client {
            let own = self.covers(applications, &request.application);
            // CA-3.26: nothing changes for an excluded client that signs people in.
            if !own.is_no() || asked.iter().all(|asked| *asked == Asked::SignIn) {
                return own;
            }
        }
        let directory = Id::new(DIRECTORY);
        let audience = self.judge.readings.baseline_application.as_ref().unwrap_or(&directory);
        let covered = self.covers(applications, audience);
        if covered.is_no() {
            return covered;
        }
        let unclear =
            !everything || request.public_client && !request.scopes.iter().all(|scope| is_surely_baseline(scope));
        let enforced = match self.judge.ask(&BASELINE_SCOPES) {
            // CA-3.24, CA-3.29: what the legacy behaviour does with other directory scopes, and under policies on the
            // directory itself, is not documented.
            Answer::No if unclear => {
                self.judge.leanings.note("AM-33");
                Answer::Unknown(Why::ambiguous(
                    "AM-33",
                    "what legacy handling of baseline scopes does with other directory scopes, and under policies on Windows Azure Active Directory, is not documented",
                ))
            }
            answer => answer,
        };
        // CA-3.23, CA-3.25.
        enforced.and(|| covered)
    }

    // Conditions.

    /// The client (CA-4.1 to CA-4.6).
    pub(super) fn client(clients: &[ClientApp], client: Option<&ClientApp>) -> Answer {
        if clients.is_empty() || clients.contains(&ClientApp::All) {
            return Answer::Yes;
        }
        let Some(client) = client else {
            return Answer::Unknown(Why::unspecified("the client is not specified"));
        };
        if clients.contains(client) {
            return Answer::Yes;
        }
        match client {
            ClientApp::EasSupported if clients.contains(&ClientApp::ExchangeActiveSync) => Answer::Yes,
            ClientApp::ExchangeActiveSync if clients.contains(&ClientApp::EasSupported) => {
                Answer::Unknown(Why::unspecified("whether the platform supports Exchange ActiveSync is not specified"))
            }
            _ => undocumented(clients.iter().find(|client| !client.is_known()).map(ClientApp::as_str)),
        }
    }

    /// The platform (CA-5.1 to CA-5.4).
    pub(super) fn platform(platforms: Option<&Platforms>, platform: Option<&SeenPlatform>) -> Answer {
        let Some(platforms) = platforms else { return Answer::Yes };
        let is = |listed: &Platform| match (listed, platform) {
            (Platform::All, _) => Answer::Yes,
            (_, None) => Answer::Unknown(Why::unspecified("the platform is not specified")),
            (Platform::Undocumented(word), _) => undocumented(Some(word)),
            (listed, Some(SeenPlatform::Known(platform))) => Answer::from(listed == platform),
            (_, Some(SeenPlatform::Unknown)) => Answer::No,
        };
        // Exclusions alone narrow everything.
        let included =
            if platforms.include.is_empty() { Answer::Yes } else { Answer::any(platforms.include.iter().map(is)) };
        included.and(|| Answer::any(platforms.exclude.iter().map(is)).negated())
    }

    /// The network (CA-6.1 to CA-6.14).
    pub(super) fn location(&self, locations: Option<&Locations>, from: &Whereabouts) -> Answer {
        let Some(locations) = locations else { return Answer::Yes };
        let included = if locations.include.is_empty() {
            Answer::Yes
        } else {
            Answer::any(locations.include.iter().map(|location| self.is_from(location, from)))
        };
        included.and(|| Answer::any(locations.exclude.iter().map(|location| self.is_from(location, from))).negated())
    }

    fn is_from(&self, location: &Ref, from: &Whereabouts) -> Answer {
        match location {
            Ref::Keyword(Keyword::All) => Answer::Yes,
            Ref::Keyword(Keyword::AllTrusted) => {
                if from.mfa_trusted {
                    return Answer::Yes;
                }
                let tenant = self.tenant;
                let trusted = tenant.named_locations.items.iter().filter_map(|found| self.locations.get(&found.id));
                let inside = trusted.filter(|found| found.trusted).map(|found| holds(found, from));
                let unseen = (!tenant.named_locations.coverage.is_complete()).then(|| {
                    Answer::Unknown(Why::missing(Kind::NamedLocation, "named locations were not exported completely"))
                });
                Answer::any(inside.chain(unseen))
            }
            Ref::Keyword(word) => undocumented(Some(word.as_str())),
            // The MFA trusted IPs have no object of their own (CA-6.5).
            Ref::Id(id) if id.as_str() == MFA_TRUSTED_IPS => Answer::from(from.mfa_trusted),
            Ref::Id(id) => match self.locations.get(id) {
                Some(found) => holds(found, from),
                None if self.tenant.named_locations.coverage.is_complete() => Answer::No,
                None => {
                    let why = format!("named location `{id}` was not exported");
                    Answer::Unknown(Why::missing(Kind::NamedLocation, why))
                }
            },
            Ref::Name(name) => {
                let found = self
                    .tenant
                    .named_locations
                    .items
                    .iter()
                    .find(|found| found.display_name.as_ref().is_ok_and(|known| known.eq_ignore_ascii_case(name)));
                match found.and_then(|found| self.locations.get(&found.id)) {
                    Some(found) => holds(found, from),
                    None => Answer::Unknown(Why::missing(
                        Kind::NamedLocation,
                        format!("named location `{name}` was not exported"),
                    )),
                }
            }
        }
    }

    /// The device filter (CA-7.6 to CA-7.15). `visible` tells whether the attributes of the device can be seen here.
    pub(super) fn device(filter: Option<&Filter>, device: Option<&Device>, visible: &Answer) -> Answer {
        let Some(filter) = filter else { return Answer::Yes };
        let unregistered = || match filter.applies_to_unregistered() {
            Some(applies) => Answer::from(applies),
            None => Answer::Unknown(Why::unreadable("the mode of the device filter is not understood")),
        };
        let registered = || match device {
            Some(Device::Unregistered) => unregistered(),
            None => Answer::Unknown(Why::unspecified("the device is not specified")),
            Some(Device::Registered(info)) => {
                let holds = evaluate(&filter.rule, &|comparison| device_attribute(info, comparison));
                match filter.mode {
                    FilterMode::Include => holds,
                    FilterMode::Exclude => holds.negated(),
                    FilterMode::Undocumented(_) => unregistered(),
                }
            }
        };
        match visible {
            Answer::No => unregistered(),
            Answer::Yes => registered(),
            Answer::Unknown(why) => {
                let (seen, unseen) = (registered(), unregistered());
                if seen == unseen { seen } else { Answer::Unknown(why.clone()) }
            }
        }
    }

    /// User or sign-in risk (CA-8.1 to CA-8.6).
    pub(super) fn risk(levels: &[RiskLevel], risk: Option<&RiskLevel>, what: &str) -> Answer {
        if levels.is_empty() {
            return Answer::Yes;
        }
        match risk {
            None => Answer::Unknown(Why::unspecified(format!("the {what} is not specified"))),
            Some(risk) if levels.contains(risk) => Answer::Yes,
            Some(_) => undocumented(levels.iter().find(|level| !level.is_known()).map(RiskLevel::as_str)),
        }
    }

    /// Insider risk (CA-8.3, CA-8.4).
    pub(super) fn insider_risk(policy: &[crate::model::InsiderRisk], conditions: &Conditions) -> Answer {
        if policy.is_empty() {
            return Answer::Yes;
        }
        match &conditions.insider_risk {
            None => Answer::Unknown(Why::unspecified("the insider risk is not specified")),
            Some(None) => Answer::No,
            Some(Some(level)) if policy.contains(level) => Answer::Yes,
            Some(Some(_)) => {
                undocumented(policy.iter().find(|level| !level.is_known()).map(crate::model::InsiderRisk::as_str))
            }
        }
    }

    /// The authentication flow, that of now or that of the session's beginning (CA-9.1 to CA-9.3).
    pub(super) fn flow(flows: &[crate::model::TransferMethod], conditions: &Conditions) -> Answer {
        if flows.is_empty() || conditions.original_flow.as_ref().is_some_and(|flow| flows.contains(flow)) {
            return Answer::Yes;
        }
        match &conditions.flow {
            None => Answer::Unknown(Why::unspecified("the authentication flow is not specified")),
            Some(Flow::Transfer(flow)) if flows.contains(flow) => Answer::Yes,
            Some(_) => {
                undocumented(flows.iter().find(|flow| !flow.is_known()).map(crate::model::TransferMethod::as_str))
            }
        }
    }
}

fn is_one_of(scope: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(scope))
}

/// Scopes that the legacy behaviour surely does not enforce (CA-3.23).
fn is_surely_baseline(scope: &str) -> bool {
    let permission = scope.rsplit('/').next().unwrap_or(scope);
    is_one_of(permission, BASELINE_SIGN_IN_SCOPES) || is_one_of(permission, &["User.Read", "People.Read"])
}

fn undocumented(word: Option<&str>) -> Answer {
    word.map_or(Answer::No, |word| Answer::Unknown(Why::unreadable(format!("`{word}` is not a documented value"))))
}

fn holds(location: &Location, from: &Whereabouts) -> Answer {
    match location.holds(from) {
        Ok(inside) => Answer::from(inside),
        Err(why) => Answer::Unknown(Why::unspecified(why)),
    }
}

/// A rule in three values.
fn evaluate(rule: &FilterRule, compare: &dyn Fn(&Comparison) -> Answer) -> Answer {
    match rule {
        FilterRule::Compare(comparison) => compare(comparison),
        FilterRule::And(rules) => Answer::all(rules.iter().map(|rule| evaluate(rule, compare))),
        FilterRule::Or(rules) => Answer::any(rules.iter().map(|rule| evaluate(rule, compare))),
        FilterRule::Not(rule) => evaluate(rule, compare).negated(),
    }
}

/// One comparison with an attribute of a registered device (CA-7.8 to CA-7.11).
fn device_attribute(info: &super::DeviceInfo, comparison: &Comparison) -> Answer {
    let name = comparison.attribute.to_ascii_lowercase();
    let unspecified =
        || Answer::Unknown(Why::unspecified(format!("`{}` of the device is not specified", comparison.attribute)));
    if name.starts_with("extensionattribute") {
        let managed = info.attributes.get("mdmappid").map(|values| !values.is_empty());
        let released = match (managed, info.compliant, info.hybrid_joined) {
            (Some(true), ..) | (_, Some(true), _) | (.., Some(true)) => Some(true),
            (Some(false), Some(false), Some(false)) => Some(false),
            _ => None,
        };
        match released {
            Some(true) => {}
            Some(false) => return Answer::from(comparison.operator.is_negative()),
            None => return unspecified(),
        }
    }
    let flag = |flag: Option<bool>| flag.map(|flag| vec![if flag { "True" } else { "False" }.to_owned()]);
    let values = match name.as_str() {
        "iscompliant" => flag(info.compliant),
        "trusttype" if info.hybrid_joined == Some(true) => Some(vec!["ServerAD".to_owned()]),
        _ => info.attributes.get(&name).cloned(),
    };
    match values {
        Some(values) => Answer::from(comparison.holds_for(&values)),
        None if name == "trusttype"
            && info.hybrid_joined == Some(false)
            && comparison.values.iter().all(|value| value.eq_ignore_ascii_case("ServerAD")) =>
        {
            Answer::from(comparison.operator.is_negative())
        }
        None => unspecified(),
    }
}

/// What a policy says of a member, or why that is not known.
pub(super) fn told<'p, T>(policy: &ConditionalAccessPolicy, member: &'p Told<T>, what: &str) -> Result<&'p T, Answer> {
    member.as_ref().map_err(|_| {
        Answer::Unknown(Why::unreadable(format!("the {what} of policy `{}` could not be read", policy.id)))
    })
}
