//! Cross-tenant access settings, and whether an application lets in whom it was not assigned to, for one sign-in
//! (XT-1 to XT-3, SI-1.16).

use super::super::cross_tenant::{Trust, of_default, partner, trust_if};
use super::super::{Answer, Home, Why};
use super::matching::Matcher;
use super::reading::{INBOUND_FOR_NON_ENTRA, PARTNER_MISSING_HALF, PARTNER_MISSING_TRUST};
use super::subject::unseen_members;
use super::{DirectoryObject, Provider, Subject};
use crate::model::{
    AccessType, B2bSetting, CrossTenantDefault, CrossTenantPartner, ExternalUserType, Group, Id, Keyword, Kind,
    MY_APPS, Ref, SHAREPOINT, ServicePrincipal, TEAMS, TargetList, Told, known_application,
};

/// A way through cross-tenant access settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum Way {
    CollaborationIn,
    DirectConnectIn,
    CollaborationOut,
    DirectConnectOut,
}

impl Way {
    fn of_partner(self, partner: &CrossTenantPartner) -> &Told<Option<B2bSetting>> {
        match self {
            Self::CollaborationIn => &partner.collaboration_inbound,
            Self::DirectConnectIn => &partner.direct_connect_inbound,
            Self::CollaborationOut => &partner.collaboration_outbound,
            Self::DirectConnectOut => &partner.direct_connect_outbound,
        }
    }

    fn of_default(self, default: &CrossTenantDefault) -> &Told<B2bSetting> {
        match self {
            Self::CollaborationIn => &default.collaboration_inbound,
            Self::DirectConnectIn => &default.direct_connect_inbound,
            Self::CollaborationOut => &default.collaboration_outbound,
            Self::DirectConnectOut => &default.direct_connect_outbound,
        }
    }

    const fn is_outbound(self) -> bool {
        matches!(self, Self::CollaborationOut | Self::DirectConnectOut)
    }
}

impl Matcher<'_> {
    /// Asks the same of every home that it may be: yes or no only if all agree.
    pub(super) fn over_homes(&self, subject: &Subject, ask: &dyn Fn(&Home) -> Answer) -> Answer {
        if subject.home != Home::UnknownTenant {
            return ask(&subject.home);
        }
        let mut homes: Vec<Home> =
            self.tenant.cross_tenant_partners.items.iter().map(|found| Home::Tenant(found.id.clone())).collect();
        homes.push(Home::OtherTenant);
        if !self.tenant.cross_tenant_partners.coverage.is_complete() {
            homes.push(Home::UnseenPartner);
        }
        if subject.provider == Provider::Unknown {
            homes.push(Home::NoTenant);
        }
        let answers: Vec<Answer> = homes.iter().map(ask).collect();
        if answers.iter().all(Answer::is_yes) {
            return Answer::Yes;
        }
        if answers.iter().all(Answer::is_no) {
            return Answer::No;
        }
        self.judge.leanings.note("AM-28");
        let why = format!("which tenant is the home of `{}` is not known", subject.name);
        Answer::Unknown(Why::ambiguous("AM-28", why))
    }

    /// Whether a claim from home is believed (XT-3.1 to XT-3.5).
    pub(super) fn trusts(&self, subject: &Subject, claim: Trust) -> Answer {
        let inherits = || self.judge.ask(&PARTNER_MISSING_TRUST);
        self.over_homes(subject, &|home| trust_if(self.tenant, home, claim, &inherits))
    }

    /// Whether a setting lets somebody into an application, or out to it (XT-1.3 to XT-1.7, XT-2.1 to XT-2.11).
    pub(super) fn passes(&self, way: Way, subject: &Subject, home: &Home, application: Option<&Id>) -> Answer {
        if *home == Home::UnknownTenant {
            return self.over_homes(subject, &|home| self.passes(way, subject, home, application));
        }
        let default = || of_default(self.tenant, |default| way.of_default(default));
        let partner = match partner(self.tenant, home) {
            Ok(partner) => partner,
            Err(why) => return Answer::Unknown(why),
        };
        let own = match partner.map(|partner| (partner, way.of_partner(partner))) {
            None | Some((_, Ok(None))) => {
                return match default() {
                    Ok(setting) => self.decide(setting, way, subject, application),
                    Err(why) => Answer::Unknown(why),
                };
            }
            Some((partner, Err(_))) => {
                let why = format!("a setting of partner `{}` could not be read", partner.id);
                return Answer::Unknown(Why::unreadable(why));
            }
            Some((_, Ok(Some(own)))) => own,
        };
        if own.users.is_some() && own.applications.is_some() {
            return self.decide(own, way, subject, application);
        }
        // AM-38: the missing half is the default's, or lets everything pass.
        let inherited = default().map(|default| B2bSetting {
            users: own.users.clone().or_else(|| default.users.clone()),
            applications: own.applications.clone().or_else(|| default.applications.clone()),
        });
        let all = |word| Some(TargetList { access: AccessType::Allowed, targets: vec![Ref::Keyword(word)] });
        let open = B2bSetting {
            users: own.users.clone().or_else(|| all(Keyword::AllUsers)),
            applications: own.applications.clone().or_else(|| all(Keyword::AllApplications)),
        };
        let inherited = match inherited {
            Ok(setting) => self.decide(&setting, way, subject, application),
            Err(why) => Answer::Unknown(why),
        };
        let open = self.decide(&open, way, subject, application);
        if inherited == open {
            return open;
        }
        match self.judge.ask(&PARTNER_MISSING_HALF) {
            Answer::Yes => inherited,
            Answer::No => open,
            unknown @ Answer::Unknown(_) => unknown,
        }
    }

    fn decide(&self, setting: &B2bSetting, way: Way, subject: &Subject, application: Option<&Id>) -> Answer {
        let (Some(users), Some(applications)) = (&setting.users, &setting.applications) else {
            return Answer::Unknown(Why::unreadable("a cross-tenant setting lacks a target list"));
        };
        let user = Answer::any(users.targets.iter().map(|target| self.is_target_user(target, way, subject)));
        let app = Answer::any(applications.targets.iter().map(|target| self.is_target_app(target, application)));
        match (&users.access, &applications.access) {
            (AccessType::Blocked, AccessType::Blocked) => user.and(|| app).negated(),
            (AccessType::Undocumented(_), _) | (_, AccessType::Undocumented(_)) => {
                Answer::Unknown(Why::unreadable("`accessType` holds a value that is not understood"))
            }
            (users, applications) => {
                let passes = |access: &AccessType, listed: Answer| {
                    if *access == AccessType::Allowed { listed } else { listed.negated() }
                };
                passes(users, user).and(|| passes(applications, app))
            }
        }
    }

    /// Inbound targets are objects of the home tenant, outbound ones our own (XT-1.15).
    fn is_target_user(&self, target: &Ref, way: Way, subject: &Subject) -> Answer {
        let id = match target {
            Ref::Keyword(Keyword::AllUsers) => return Answer::Yes,
            Ref::Keyword(word) => {
                return Answer::Unknown(Why::unreadable(format!("`{}` is no user or group", word.as_str())));
            }
            Ref::Name(name) => {
                return Answer::Unknown(Why::unreadable(format!("`{name}` is no id of a user or group")));
            }
            Ref::Id(id) => id,
        };
        if way.is_outbound() {
            let own = matches!(&subject.object, DirectoryObject::User(own) if own == id);
            return if own { Answer::Yes } else { self.in_group(target, subject) };
        }
        if subject.home_id.as_ref() == Some(id)
            || subject.home_groups.as_ref().is_some_and(|groups| groups.contains(id))
        {
            return Answer::Yes;
        }
        // An object of ours is none of theirs (XT-1.16).
        let ours = self.tenant.groups.get(id).is_some() || self.tenant.users.get(id).is_some();
        if ours || (subject.home_groups.is_some()) {
            return Answer::No;
        }
        Answer::Unknown(Why::unspecified(format!(
            "whether `{}` is, or is in, `{id}` at home is not known",
            subject.name
        )))
    }

    fn is_target_app(&self, target: &Ref, application: Option<&Id>) -> Answer {
        if target.is(&Keyword::AllApplications) {
            return Answer::Yes;
        }
        let Some(application) = application else {
            return Answer::Unknown(Why::unspecified("the application is not specified"));
        };
        match target {
            Ref::Keyword(Keyword::Office365) => self.is_of_office(application),
            Ref::Keyword(Keyword::AllMicrosoftApps) => self.is_microsofts(application),
            Ref::Id(id) => Answer::from(id == application),
            other => Answer::Unknown(Why::unreadable(format!("`{other}` is no application"))),
        }
    }

    /// Whether Microsoft owns the application.
    pub(super) fn is_microsofts(&self, application: &Id) -> Answer {
        if known_application(application.as_str()).is_some() {
            return Answer::Yes;
        }
        match self.service_principal(application).map(ServicePrincipal::is_microsofts) {
            Some(Ok(own)) => Answer::from(own),
            _ => Answer::Unknown(Why::missing(
                Kind::ServicePrincipal,
                format!("who owns application `{application}` was not exported"),
            )),
        }
    }

    /// Whether inbound settings let the person in (SI-1.7). Internal accounts and service providers do not pass them.
    pub(super) fn inbound(&self, subject: &Subject, application: Option<&Id>) -> Answer {
        let by_kind = subject.kinds.iter().map(|kind| match kind {
            None | Some(ExternalUserType::InternalGuest | ExternalUserType::ServiceProvider) => Answer::Yes,
            Some(ExternalUserType::B2bDirectConnectUser) => {
                self.passes(Way::DirectConnectIn, subject, &subject.home, application)
            }
            Some(_) => self.over_homes(subject, &|home| match home {
                Home::NoTenant => {
                    // AM-9: the default would be what holds for them, if anything did.
                    let default = self.passes(Way::CollaborationIn, subject, &Home::OtherTenant, application);
                    if default.is_yes() {
                        return Answer::Yes;
                    }
                    self.judge.ask(&INBOUND_FOR_NON_ENTRA).negated().or(|| default)
                }
                home => self.passes(Way::CollaborationIn, subject, home, application),
            }),
        });
        let answers: Vec<Answer> = by_kind.collect();
        match (answers.iter().all(Answer::is_yes), answers.iter().all(Answer::is_no)) {
            (true, _) => Answer::Yes,
            (_, true) => Answer::No,
            _ => answers
                .into_iter()
                .find(|answer| matches!(answer, Answer::Unknown(_)))
                .or_else(|| subject.kinds_open.clone().map(Answer::Unknown))
                .unwrap_or(Answer::No),
        }
    }

    /// Whether direct connect users get to an application: to shared channels, which live in Teams and SharePoint (XT-1.25).
    pub(super) fn opens_by_direct_connect(&self, application: &Id) -> Answer {
        if [TEAMS, SHAREPOINT].contains(&application.as_str()) {
            return Answer::Yes;
        }
        let beside = Answer::from(application.as_str() == MY_APPS).or(|| self.is_of_office(application));
        if beside.is_no() {
            return Answer::No;
        }
        let why = format!("whether shared channels open application `{application}` too is not documented");
        Answer::Unknown(Why::unspecified(why))
    }

    /// Whether a method is on that people from outside can register here. Of methods that are off in the policy on
    /// authentication methods older settings may tell otherwise (XU-2.12).
    pub(super) fn method_is_on(&self) -> Answer {
        match self.tenant.authentication_methods.only().map(|found| &found.registrable) {
            Ok(Ok(false)) => Answer::Unknown(Why::unreadable(
                "the authentication methods policy has none on that people from outside can register, and older settings \
                 may",
            )),
            _ => Answer::Yes,
        }
    }

    /// Whether an application allow list keeps out applications that a step needs (XT-2.17, XT-2.18).
    pub(super) fn reaches(&self, subject: &Subject, applications: &[&str]) -> Answer {
        if subject.is_internal_account() || subject.home == Home::NoTenant {
            return Answer::Yes;
        }
        Answer::all(applications.iter().map(|application| self.inbound(subject, Some(&Id::new(application)))))
    }

    /// Whether somebody may use an application that wants its users assigned (SI-1.16): the person, or a group that
    /// the person is in directly.
    pub(super) fn is_admitted(&self, subject: &Subject, application: &Id) -> Answer {
        if subject.granted.contains(application) {
            return Answer::Yes;
        }
        let Some(principal) = self.service_principal(application) else {
            if self.tenant.service_principals.coverage.is_complete() {
                return Answer::Yes;
            }
            let why = format!("whether application `{application}` requires assignment was not exported");
            return Answer::Unknown(Why::missing(Kind::ServicePrincipal, why));
        };
        match &principal.assignment_required {
            Ok(false) => return Answer::Yes,
            Ok(true) => {}
            Err(_) => {
                let why = format!("`appRoleAssignmentRequired` of application `{application}` was not exported");
                return Answer::Unknown(Why::missing(Kind::ServicePrincipal, why));
            }
        }
        if matches!(subject.object, DirectoryObject::NotNeeded | DirectoryObject::Missing) {
            return Answer::No;
        }
        let unseen = || {
            let why = format!("who is assigned to application `{application}` was not exported completely");
            Answer::Unknown(Why::missing(Kind::AppRoleAssignment, why))
        };
        let Ok(assigned) = &principal.assigned else { return unseen() };
        let mut gap = None;
        for member in &assigned.items {
            let answer = match self.tenant.assigned_group(member) {
                _ if matches!(&subject.object, DirectoryObject::User(own) if *own == member.id) => Answer::Yes,
                Ok(None) => Answer::No,
                Ok(Some(group)) => self.in_group_directly(group, subject),
                Err(_) if subject.direct_groups.contains(&member.id) => Answer::Yes,
                Err(_) => Answer::Unknown(unseen_members(member.id.as_str())),
            };
            match answer {
                Answer::Yes => return Answer::Yes,
                Answer::No => {}
                Answer::Unknown(why) => {
                    gap.get_or_insert(why);
                }
            }
        }
        match gap {
            Some(why) => Answer::Unknown(why),
            None if assigned.cut_off => unseen(),
            None => Answer::No,
        }
    }

    /// Groups within a group do not count for assignments. A dynamic group takes in people who are not here yet.
    fn in_group_directly(&self, group: &Group, subject: &Subject) -> Answer {
        if subject.direct_groups.contains(&group.id) {
            return Answer::Yes;
        }
        let DirectoryObject::User(own) = &subject.object else {
            return subject.is_taken_in(group, group.id.as_str());
        };
        let unseen = || Answer::Unknown(unseen_members(group.id.as_str()));
        let Ok(members) = &group.members else { return unseen() };
        // Most people are in few groups, and groups may be large.
        let inside = self.tenant.groups_of(own).is_some_and(|groups| groups.contains(&group.id));
        if inside && members.items.iter().any(|member| member.id == *own) {
            return Answer::Yes;
        }
        if members.cut_off { unseen() } else { Answer::No }
    }
}
