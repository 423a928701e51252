//! Entitlement management: connected organizations, catalogs, access packages, assignment policies, assignments.
//! Both Graph dialects (v1.0 and beta) read into these types; [`Dialect`] remembers which, for places.

use super::{Expanded, Id, Member, Ref, Time, aggregate, vocabulary};

vocabulary! {
    /// Whether somebody vouched for a connected organization.
    pub enum OrganizationState {
        /// Counts for policies about all configured organizations.
        Configured = "configured",
        /// Made by the system for a request; nobody reviewed it yet.
        Proposed = "proposed",
    }
}

/// How people of a connected organization are recognised.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IdentitySource {
    /// They sign in to this Entra tenant (in another cloud, if so marked).
    Tenant {
        /// The tenant; absent in some exports.
        id: Option<Id>,
        /// Its display name, which its own administrators choose.
        name: Option<String>,
        /// Whether it lives in another Microsoft cloud.
        other_cloud: bool,
    },
    /// They prove an address in this domain, which no Entra tenant owns.
    Domain(String),
    /// They come through SAML or WS-Fed federation of this domain.
    Federation(String),
    /// They use this social provider.
    Social(String),
    /// A type that Graph did not have yet.
    Other(String),
}

aggregate! {
    /// A connected organization.
    pub struct ConnectedOrganization {
        /// Its display name.
        display_name: String,
        /// Whether somebody vouched for it.
        state: OrganizationState,
        /// When it was made.
        created: Option<Time>,
        /// How its people are recognised.
        identity_sources: Vec<IdentitySource>,
        /// Sponsors of ours.
        internal_sponsors: Expanded<Member>,
        /// Sponsors of theirs.
        external_sponsors: Expanded<Member>,
    }
}

impl ConnectedOrganization {
    /// Whether the export tells whom all of its identity sources take in.
    #[must_use]
    pub fn names_its_people(&self) -> bool {
        let named = |source: &IdentitySource| {
            !matches!(source, IdentitySource::Tenant { id: None, .. } | IdentitySource::Other(_))
        };
        self.identity_sources.as_ref().is_ok_and(|sources| sources.iter().all(named))
    }
}

vocabulary! {
    /// Whether packages of a catalog can be requested.
    pub enum CatalogState {
        /// They can.
        Published = "published",
        /// They cannot.
        Unpublished = "unpublished",
    }
}

/// A resource that a catalog holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatalogResource {
    /// Its display name.
    pub name: Option<String>,
    /// Its id in its system.
    pub origin_id: Option<String>,
    /// Where it lives: `AadGroup`, `AadApplication`, `SharePointOnline`, `DirectoryRole`.
    pub origin_system: Option<String>,
}

aggregate! {
    /// A catalog.
    pub struct Catalog {
        /// Its display name.
        display_name: String,
        /// Whether its packages can be requested.
        state: CatalogState,
        /// Whether people from outside can request them.
        externally_visible: bool,
        /// The resources that its packages can grant.
        resources: Expanded<CatalogResource>,
    }
}

/// One resource role that a package grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ResourceRole {
    /// The role's name: Member, Owner, Active, …
    pub role_name: Option<String>,
    /// The role's id in its system: `Member_<group>`, `Owner_<group>`, `Active`, `Eligible`, an app role id, …
    pub role_origin_id: Option<String>,
    /// Where the role lives: `AadGroup`, `AadApplication`, `SharePointOnline`, `DirectoryRole`.
    pub role_origin_system: Option<String>,
    /// The resource's name.
    pub resource_name: Option<String>,
    /// The resource's id in its system.
    pub resource_origin_id: Option<String>,
    /// Where the resource lives.
    pub resource_origin_system: Option<String>,
}

/// What a resource role makes of whoever holds its package.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Gift {
    /// A member of the group.
    Member(Id),
    /// Somebody who may become a member of the group by activation.
    EligibleMember(Id),
    /// Somebody who is assigned to the application of the service principal.
    Assigned(Id),
    /// A holder of the directory role.
    Role(Id),
    /// Somebody who may become a holder of the directory role by activation.
    EligibleRole(Id),
    /// Somebody who may use a SharePoint site.
    Site,
    /// An owner of a group, who is no member of it.
    Owner,
    /// What that is the export does not tell, or Graph does not document.
    Untold,
}

impl ResourceRole {
    /// What it makes of whoever holds the package (EM-9.1 to EM-9.5).
    #[must_use]
    pub fn gift(&self) -> Gift {
        let system = self.resource_origin_system.as_ref().or(self.role_origin_system.as_ref());
        let system = system.map(|system| system.to_ascii_lowercase());
        let (role, in_role) = match self.role_origin_id.as_deref().and_then(|id| id.split_once('_')) {
            Some((role, id)) => (role.to_ascii_lowercase(), Some(id)),
            None => (self.role_origin_id.as_deref().unwrap_or_default().to_ascii_lowercase(), None),
        };
        let resource = self.resource_origin_id.as_deref();
        let eligible = role.starts_with("eligible");
        match system.as_deref() {
            Some("sharepointonline") => Gift::Site,
            Some("aadgroup") if role.ends_with("owner") => Gift::Owner,
            Some("aadgroup") => match resource.or(in_role).map(Id::new) {
                Some(group) if eligible => Gift::EligibleMember(group),
                Some(group) => Gift::Member(group),
                None => Gift::Untold,
            },
            Some("aadapplication") => resource.map_or(Gift::Untold, |id| Gift::Assigned(Id::new(id))),
            Some("directoryrole") => match resource.map(Id::new) {
                Some(role) if eligible => Gift::EligibleRole(role),
                Some(role) => Gift::Role(role),
                None => Gift::Untold,
            },
            _ => Gift::Untold,
        }
    }
}

aggregate! {
    /// An access package.
    pub struct AccessPackage {
        /// Its display name.
        display_name: String,
        /// Its catalog.
        catalog: Ref,
        /// Whether My Access hides it from browsing.
        hidden: bool,
        /// What it grants.
        resource_roles: Expanded<ResourceRole>,
        /// Packages whose holders may not have it.
        incompatible_packages: Vec<Ref>,
        /// Groups whose members may not have it.
        incompatible_groups: Vec<Ref>,
    }
}

/// Which of Graph's two shapes an object was written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// v1.0: `allowedTargetScope`, `expiration`, `reviewSettings`.
    V1,
    /// beta: `requestorSettings.scopeType`, `durationInDays`, `accessReviewSettings`.
    Beta,
}

vocabulary! {
    /// Who may request (v1.0 `allowedTargetScope`, beta `scopeType`).
    pub enum RequestorScope {
        /// Nobody; administrators assign.
        NotSpecified = "notSpecified" | "NoSubjects",
        /// Named users and groups.
        SpecificDirectoryUsers = "specificDirectoryUsers" | "SpecificDirectorySubjects",
        /// Named connected organizations.
        SpecificConnectedOrganizationUsers = "specificConnectedOrganizationUsers" | "SpecificConnectedOrganizationSubjects",
        /// Named service principals.
        SpecificDirectoryServicePrincipals = "specificDirectoryServicePrincipals",
        /// Members of the directory.
        AllMemberUsers = "allMemberUsers" | "AllExistingDirectoryMemberUsers",
        /// Everybody in the directory, guests too.
        AllDirectoryUsers = "allDirectoryUsers" | "AllExistingDirectorySubjects",
        /// Every service principal.
        AllDirectoryServicePrincipals = "allDirectoryServicePrincipals",
        /// People of configured connected organizations.
        AllConfiguredConnectedOrganizationUsers = "allConfiguredConnectedOrganizationUsers" | "AllConfiguredConnectedOrganizationSubjects",
        /// People of any connected organization (beta only).
        AllExistingConnectedOrganizationUsers = "AllExistingConnectedOrganizationSubjects",
        /// Anybody.
        AllExternalUsers = "allExternalUsers" | "AllExternalSubjects",
        /// Every agent identity.
        AllDirectoryAgentIdentities = "allDirectoryAgentIdentities",
    }
}

/// A set of people: requestors, approvers or reviewers (Graph: subjectSet, beta userSet).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubjectSet {
    /// One user.
    User(Option<Ref>),
    /// Members of a group.
    Group(Option<Ref>),
    /// People of a connected organization.
    ConnectedOrganization(Option<Ref>),
    /// Our sponsors of the requestor's connected organization.
    InternalSponsors,
    /// Their sponsors of the requestor's connected organization.
    ExternalSponsors,
    /// Sponsors of the requestor's user object.
    TargetUserSponsors,
    /// The requestor's manager.
    Manager,
    /// Whoever a rule takes in.
    Rule(String),
    /// Something else, by its type name.
    Other(String),
}

impl SubjectSet {
    /// Whether it names sponsors of one kind or another.
    #[must_use]
    pub fn is_sponsors(&self) -> bool {
        matches!(self, Self::InternalSponsors | Self::ExternalSponsors | Self::TargetUserSponsors)
    }
}

/// When an assignment ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expiration {
    /// Never.
    Never,
    /// So many days after the grant.
    AfterDays(i64),
    /// At that time.
    At(Time),
}

/// One stage of an approval.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ApprovalStage {
    /// Who is asked.
    pub primary: Vec<SubjectSet>,
    /// Who is asked where the first resolve to nobody.
    pub fallback: Vec<SubjectSet>,
    /// Days until an unanswered request is denied.
    pub days_until_denied: Option<i64>,
    /// Who may answer once nobody of those did, and who if there is nobody of these.
    pub escalation: Vec<SubjectSet>,
}

/// How requests are approved.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Approval {
    /// For new requests.
    pub required: bool,
    /// For extensions.
    pub required_for_extension: Option<bool>,
    /// The stages.
    pub stages: Vec<ApprovalStage>,
}

vocabulary! {
    /// What happens when no reviewer answers.
    pub enum ReviewTimeout {
        /// Access stays.
        KeepAccess = "keepAccess",
        /// Access ends.
        RemoveAccess = "removeAccess",
        /// The system's recommendation decides.
        AcceptAccessRecommendation = "acceptAccessRecommendation",
    }
}

/// Access reviews of a policy's assignments.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Whether they happen.
    pub enabled: bool,
    /// What happens when nobody answers.
    pub when_unanswered: Option<ReviewTimeout>,
    /// Whether people review themselves.
    pub self_review: bool,
}

aggregate! {
    /// An assignment policy of an access package.
    pub struct AssignmentPolicy {
        /// Its display name.
        display_name: String,
        /// Which of Graph's shapes it was written in.
        dialect: Dialect,
        /// Its package.
        access_package: Ref,
        /// Who may request.
        scope: RequestorScope,
        /// Whom the scope names.
        targets: Vec<SubjectSet>,
        /// Whether requests are accepted.
        accepts_requests: bool,
        /// Whether holders may extend their access.
        can_extend: bool,
        /// Whether requestors choose their dates.
        custom_schedule: bool,
        /// When assignments end.
        expiration: Expiration,
        /// How requests are approved.
        approval: Approval,
        /// Access reviews; `None` is no review.
        review: Option<Review>,
        /// Whether access is assigned by a rule, without a request.
        automatic: bool,
    }
}

vocabulary! {
    /// Where an assignment stands.
    pub enum AssignmentState {
        /// Being granted.
        Delivering = "delivering",
        /// Granted in part.
        PartiallyDelivered = "partiallyDelivered",
        /// Granted.
        Delivered = "delivered",
        /// Over.
        Expired = "expired",
        /// Failed.
        DeliveryFailed = "deliveryFailed",
    }
}

aggregate! {
    /// An assignment of an access package to somebody.
    pub struct Assignment {
        /// Where it stands.
        state: AssignmentState,
        /// The package.
        access_package: Ref,
        /// The policy.
        policy: Ref,
        /// Object id of the person.
        target: Id,
        /// The person's name.
        target_name: String,
        /// When it ends; `None` is never.
        end: Option<Time>,
    }
}

vocabulary! {
    /// What happens to a governed guest who loses the last assignment.
    pub enum LifecycleAction {
        /// Nothing.
        None = "none",
        /// Blocked.
        BlockSignIn = "blockSignIn",
        /// Blocked, later deleted.
        BlockSignInAndDelete = "blockSignInAndDelete",
    }
}

aggregate! {
    /// Settings of entitlement management.
    pub struct EntitlementSettings {
        /// What happens to a governed guest who loses the last assignment.
        lifecycle_action: LifecycleAction,
        /// Days between block and deletion.
        days_until_deleted: i64,
    }
}
