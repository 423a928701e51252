//! The organization, users, groups, service principals and directory roles.

use super::{Expanded, Gap, Id, Member, MemberKind, Time, Told, aggregate, vocabulary};

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

aggregate! {
    /// A group.
    pub struct Group {
        /// Display name.
        display_name: String,
        /// Direct members.
        members: Expanded<Member>,
        /// Rule of a dynamic group.
        membership_rule: Option<String>,
        /// Whether directory roles can be assigned to it.
        role_assignable: bool,
    }
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
