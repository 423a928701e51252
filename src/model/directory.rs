//! The organization, users, groups, service principals and directory roles.

use std::collections::BTreeSet;

use super::{Expanded, Gap, Id, Member, MemberKind, MembershipRule, Time, Told, aggregate, vocabulary};

aggregate! {
    /// The tenant itself.
    pub struct Organization {
        /// Its display name.
        display_name: String,
        /// Verified domains, in lower case.
        verified_domains: Vec<String>,
    }
}

aggregate! {
    /// A domain of the tenant. The id is the domain name.
    pub struct Domain {
        /// Whether its ownership was proven.
        verified: bool,
    }
}

vocabulary! {
    /// `userType`.
    pub enum UserType {
        /// Member.
        Member = "Member",
        /// Guest.
        Guest = "Guest",
    }
}

vocabulary! {
    /// `externalUserState`.
    pub enum ExternalUserState {
        /// The invitation was not redeemed yet.
        PendingAcceptance = "PendingAcceptance",
        /// It was.
        Accepted = "Accepted",
    }
}

/// One way in which a user signs in (Graph: objectIdentity).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Who vouches: `ExternalAzureAD`, `mail`, `google.com`, `MicrosoftAccount`, a SAML issuer, a domain of the tenant.
    pub issuer: Option<String>,
    /// `federated`, `userPrincipalName`, …
    pub sign_in_type: Option<String>,
    /// Who that is to the issuer.
    pub issuer_assigned_id: Option<String>,
}

aggregate! {
    /// A user.
    pub struct User {
        /// Display name.
        display_name: String,
        /// User principal name.
        user_principal_name: String,
        /// Mail address.
        mail: Option<String>,
        /// Member or guest.
        user_type: Option<UserType>,
        /// Whether the account may sign in.
        enabled: bool,
        /// Whether an invitation was redeemed; `None` for users who never were invited.
        external_state: Option<ExternalUserState>,
        /// How the account came to be: `Invitation`, …
        creation_type: Option<String>,
        /// When it was made.
        created: Option<Time>,
        /// Ways to sign in.
        identities: Vec<Identity>,
        /// Sponsors.
        sponsors: Expanded<Member>,
        /// Groups and roles, when the user was exported with them.
        member_of: Expanded<Member>,
    }
}

impl User {
    /// The mail domain, in lower case: of the mail address, else of what `#EXT#` made of it.
    #[must_use]
    pub fn mail_domain(&self) -> Option<String> {
        if let Ok(Some(mail)) = &self.mail
            && let Some((_, domain)) = mail.rsplit_once('@')
        {
            return Some(domain.to_ascii_lowercase());
        }
        self.invited_domain()
    }

    /// The domain that the account was invited with, in lower case: what `#EXT#` made of it (AM-28).
    #[must_use]
    pub fn invited_domain(&self) -> Option<String> {
        let name = self.user_principal_name.as_ref().ok()?;
        let at = name.to_ascii_uppercase().find("#EXT#")?;
        let (_, domain) = name.get(..at)?.rsplit_once('_')?;
        Some(domain.to_ascii_lowercase())
    }

    /// Domains by which the home tenant may be found, in lower case. The mail address can be edited, so that it says
    /// nothing where the user principal name says otherwise (AM-28).
    #[must_use]
    pub fn home_domains(&self) -> BTreeSet<String> {
        self.mail_domain().into_iter().chain(self.invited_domain()).collect()
    }
}

aggregate! {
    /// A group.
    pub struct Group {
        /// Display name.
        display_name: String,
        /// Direct members.
        members: Expanded<Member>,
        /// Whether `groupTypes` says that it is dynamic.
        dynamic: bool,
        /// The rule of a dynamic group, or what is left of one.
        membership_rule: Option<MembershipRule>,
        /// Whether the rule is processed.
        rule_processing: Option<RuleProcessing>,
        /// Whether no group can be a member of it (beta).
        nesting_disabled: Option<bool>,
        /// Whether directory roles can be assigned to it.
        role_assignable: bool,
    }
}

vocabulary! {
    /// `membershipRuleProcessingState`.
    pub enum RuleProcessing {
        /// Members come and go by the rule.
        On = "On",
        /// Membership stands still.
        Paused = "Paused",
    }
}

/// Whom a group takes in by itself who was not in it when it was exported (CA-2.40, CA-2.41).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Intake<'g> {
    /// Nobody: its members are assigned, or its rule is paused.
    Nobody,
    /// Whom the rule takes in.
    Rule(&'g MembershipRule),
    /// The same, if the rule is processed, which is not told.
    Perhaps(&'g MembershipRule),
    /// Whether there is a rule, or which, is not told.
    Untold,
}

impl Group {
    /// Whom it takes in by itself who was not in it when it was exported.
    #[must_use]
    pub fn intake(&self) -> Intake<'_> {
        if self.dynamic == Ok(false) || self.rule_processing == Ok(Some(RuleProcessing::Paused)) {
            return Intake::Nobody;
        }
        match &self.membership_rule {
            Ok(Some(rule)) if self.dynamic == Ok(true) && self.rule_processing == Ok(Some(RuleProcessing::On)) => {
                Intake::Rule(rule)
            }
            Ok(Some(rule)) => Intake::Perhaps(rule),
            Ok(None) if self.dynamic != Ok(true) => Intake::Nobody,
            Ok(None) | Err(_) => Intake::Untold,
        }
    }

    /// Whether groups may be in it that the export does not tell of.
    #[must_use]
    pub fn may_hold_more_groups(&self) -> bool {
        self.nesting_disabled != Ok(Some(true)) && self.members.as_ref().map_or(true, |members| members.cut_off)
    }
}

/// Whether a rule of a dynamic group takes in all guests and nobody else.
#[must_use]
pub fn is_all_guests_rule(rule: &str) -> bool {
    let plain: String = rule.chars().filter(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"' | '\'')).collect();
    plain.eq_ignore_ascii_case("user.userType-eqGuest")
}

aggregate! {
    /// A service principal: an application as it stands in this tenant.
    pub struct ServicePrincipal {
        /// Display name.
        display_name: String,
        /// The application's id.
        app_id: Id,
        /// Whether only assigned users get in.
        assignment_required: bool,
        /// Whether it may be used at all.
        enabled: bool,
        /// The tenant where the application is registered.
        app_owner: Option<Id>,
        /// `Application`, `ManagedIdentity`, `Legacy`, `SocialIdp`.
        service_principal_type: Option<String>,
        /// Whose accounts the application takes: `AzureADMyOrg`, `AzureADMultipleOrgs`, …
        sign_in_audience: Option<String>,
        /// Custom security attributes with their values, both sorted. A name is that of the set, `_` and that of the
        /// attribute, as filters write it.
        security_attributes: Vec<(String, Vec<String>)>,
        /// Who is assigned to it; users who are in an assigned group are not listed.
        assigned: Expanded<Member>,
    }
}

impl ServicePrincipal {
    /// Whether a user, a group or a service principal is itself assigned. A user is let in, too, who is directly in an
    /// assigned group.
    ///
    /// # Errors
    /// The export does not tell.
    pub fn is_assigned(&self, principal: &Id) -> Told<bool> {
        let assigned = self.assigned.as_ref().map_err(Clone::clone)?;
        match assigned.items.iter().any(|member| member.id == *principal) {
            false if assigned.cut_off => Err(Gap::NotExported),
            found => Ok(found),
        }
    }
}

/// Tenants whose applications are Microsoft's own (`SupportArticles-docs`, `verify-first-party-apps-sign-in.md`).
const MICROSOFT: [&str; 2] = ["f8cdef31-a31e-4b4a-93e4-5f571e91255a", "72f988bf-86f1-41af-91ab-2d7cd011db47"];

impl ServicePrincipal {
    /// Whether the application is one of Microsoft's own.
    ///
    /// # Errors
    /// The export does not tell where it is registered.
    pub fn is_microsofts(&self) -> Told<bool> {
        let owner = self.app_owner.as_ref().map_err(Clone::clone)?;
        Ok(owner.as_ref().is_some_and(|owner| MICROSOFT.contains(&owner.as_str())))
    }
}

aggregate! {
    /// An assignment to an application.
    pub struct AppRoleAssignment {
        /// Who.
        principal: Id,
        /// What that is.
        principal_kind: MemberKind,
        /// Object id of the application's service principal.
        resource: Id,
        /// The role; all zeros is the default access.
        app_role: Id,
    }
}

aggregate! {
    /// A directory role given to somebody.
    pub struct RoleAssignment {
        /// Who.
        principal: Id,
        /// The role definition.
        role: Id,
        /// Where: `/` is the whole tenant.
        scope: String,
        /// The tenant whose object `principal` is, where it is told.
        principal_tenant: Option<Id>,
    }
}

aggregate! {
    /// A directory role that somebody may activate for themselves (Privileged Identity Management).
    pub struct RoleEligibility {
        /// Who.
        principal: Id,
        /// The role definition.
        role: Id,
        /// Where: `/` is the whole tenant.
        scope: String,
    }
}

vocabulary! {
    /// `accessId` of privileged access to a group.
    pub enum GroupAccess {
        /// Membership.
        Member = "member",
        /// Ownership, which makes nobody a member.
        Owner = "owner",
    }
}

aggregate! {
    /// A group that somebody is in for a time, or may put themselves into (Privileged Identity Management for groups).
    pub struct GroupPrivilege {
        /// Who.
        principal: Id,
        /// The group.
        group: Id,
        /// As a member or an owner.
        access: GroupAccess,
    }
}

aggregate! {
    /// A directory role.
    pub struct RoleDefinition {
        /// Display name.
        display_name: String,
        /// The template, which is the same in every tenant.
        template: Id,
        /// Whether Microsoft defined it.
        built_in: bool,
    }
}
