//! Layer 1: the governance model. A [`Tenant`] is what an export tells of one Entra tenant.
//!
//! Every member of an aggregate is [`Told`]: either what the export tells, or the [`Gap`] that stands in its place.
//! Nothing here knows of file formats or of Cedar.

mod address;
mod applications;
mod conditional_access;
mod cross_tenant;
mod directory;
mod entitlement;
mod external;
mod filter_rule;
mod membership_rule;
mod methods;
mod network;
mod policies;
mod reference;
mod said;
mod scopes;
mod strengths;
mod tenant;
mod time;

pub use address::AddressRange;
pub use applications::{
    ADMIN_PORTALS, AZURE_MANAGEMENT, AZURE_MANAGEMENT_DEPENDENTS, AZURE_PORTAL, BASELINE_DIRECTORY_SCOPES,
    BASELINE_SIGN_IN_SCOPES, DIRECTORY, EARLY_BOUND, EXCHANGE, KNOWN_APPLICATIONS, KnownApplication, LATE_BOUND,
    MANDATORY_MFA, MANDATORY_MFA_FOR_WRITES, MFA_REGISTRATION, MY_APPS, OFFICE_365, SHAREPOINT, TEAMS, TERMS_OF_USE,
    early_bound, grouped, is_admin_portal, is_office_365, is_perhaps_admin_portal, known_application, late_bound,
    perhaps_bound,
};
pub use conditional_access::{
    Applications, AuthenticationContext, AuthenticationStrength, BuiltInControl, ClientApp, ConditionalAccessPolicy,
    ExternalTenants, Filter, FilterMode, Grant, GrantOperator, GuestScope, InsiderRisk, Locations, NamedLocation,
    Network, Platform, Platforms, PolicyState, RiskLevel, Session, TermsOfUse, TransferMethod, Users, Workloads,
};
pub use cross_tenant::{
    AccessType, AutomaticConsent, B2bSetting, CrossTenantDefault, CrossTenantPartner, CrossTenantPolicy, InboundTrust,
    TargetList,
};
pub use directory::{
    AppRoleAssignment, Domain, ExternalUserState, Group, GroupAccess, GroupPrivilege, Identity, Intake, Organization,
    RoleAssignment, RoleDefinition, RoleEligibility, RuleProcessing, ServicePrincipal, User, UserType,
    is_all_guests_rule,
};
pub use entitlement::{
    AccessPackage, Approval, ApprovalStage, Assignment, AssignmentPolicy, AssignmentState, Catalog, CatalogResource,
    CatalogState, ConnectedOrganization, Dialect, EntitlementSettings, Expiration, Gift, IdentitySource,
    LifecycleAction, OrganizationState, RequestorScope, ResourceRole, Review, ReviewTimeout, SubjectSet,
};
pub use external::{ExternalUserType, ExternalUserTypes};
pub use filter_rule::{Comparison, FilterRule, FilterSubject, Operator, RuleError};
pub use membership_rule::{Candidate, MembershipRule};
pub use methods::{
    METHODS, Method, Place, Worth, combination, counts_from_outside, is_met_by, is_multifactor, method_named,
};
pub use network::{
    Address, COUNTRIES, Country, KOSOVO, Location, MFA_TRUSTED_IPS, Whereabouts, is_country, is_odd_country,
};
pub use policies::{
    AuthenticationMethods, AuthorizationPolicy, DomainList, ExternalIdentitiesPolicy, InvitesFrom, SecurityDefaults,
};
pub use reference::{Expanded, Id, Keyword, Member, MemberKind, Ref};
pub use said::{Said, SaidSet, Say, Thing};
pub use scopes::Asked;
pub use strengths::{Combinations, PHISHING_RESISTANT, combinations_of};
pub use tenant::{Collection, Coverage, Dangling, Kind, Pairs, Tenant};
pub use time::Time;
pub(crate) use time::read_days;

/// What an export tells of a member, or why it does not.
pub type Told<T> = Result<T, Gap>;

/// Why a member is not known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Gap {
    /// The export does not hold the member or the collection that it depends on.
    NotExported,
    /// It was there and was cut away by whatever wrote the file.
    Lost,
    /// It is there, but its value is not one that Graph documents.
    NotUnderstood,
    /// Two places of the export tell different things.
    Contradicted,
}

/// A member that is there and that nothing here understands.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Its names from the object on, with dots between.
    pub path: String,
    /// What it is, as JSON, whatever the order of its members.
    pub text: String,
}

/// One object of the tenant that has an id and a place, and of which several files may each tell a part.
pub trait Aggregate {
    /// The id: Graph's own, or one made of the display name where the object has none.
    fn id(&self) -> &Id;
    /// Where it stands first.
    fn origin(&self) -> &crate::source::Origin;
    /// What is set in it and nothing here understands.
    fn unread(&self) -> &[Unread];
    /// Says where it stands.
    fn set_origin(&mut self, origin: crate::source::Origin);
    /// Takes what `other` tells and `self` does not. Gives the members that both tell, differently.
    fn absorb(&mut self, other: Self) -> Vec<&'static str>;
    /// Takes over everything that `other` tells, whatever `self` told.
    fn lay_over(&mut self, other: Self);
    /// The members that are there with a value that is not understood, or that were lost.
    fn gaps(&self) -> Vec<(&'static str, &Gap)>;
    /// What each member says, by its name.
    fn say(&self) -> Vec<(&'static str, Told<Said>)>;
    /// The members that are not the same in `other`, with what both say. Where order or spelling alone differs, both
    /// say the same.
    fn differing(&self, other: &Self) -> Vec<(&'static str, Told<Said>, Told<Said>)>;
}

/// Takes over what the other one knows; false when both know something different. Then neither counts: which of them
/// is out of date no export tells.
fn absorb<T: PartialEq + Say>(mine: &mut Told<T>, other: Told<T>) -> bool {
    match (&*mine, other) {
        (_, Err(Gap::NotExported)) | (Err(Gap::Contradicted), _) => true,
        (Err(Gap::NotExported), other) => {
            *mine = other;
            true
        }
        (Ok(known), Ok(other)) => {
            if *known == other {
                return true;
            }
            match (known.say(), other.say()) {
                (same, also) if same == also => true,
                // A list that was cut off says no more than the whole one.
                (Said::Set(whole), Said::Set(part)) if part.open && part.items.is_subset(&whole.items) => true,
                (Said::Set(part), Said::Set(whole)) if part.open && part.items.is_subset(&whole.items) => {
                    *mine = Ok(other);
                    true
                }
                _ => {
                    *mine = Err(Gap::Contradicted);
                    false
                }
            }
        }
        (Err(Gap::Lost), Ok(other)) => {
            *mine = Ok(other);
            true
        }
        // What one file has, and nobody understands, counts against what the other one says without it.
        (Ok(_), Err(gap @ Gap::NotUnderstood)) => {
            *mine = Err(gap);
            true
        }
        (Err(Gap::NotUnderstood), Ok(_)) | (Ok(_) | Err(_), Err(_)) => true,
    }
}

fn said<T: Say>(told: &Told<T>) -> Told<Said> {
    told.as_ref().map(Say::say).map_err(Clone::clone)
}

/// Declares an aggregate: a struct with `id`, `origin` and members that are all [`Told`].
macro_rules! aggregate {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone)]
        pub struct $name {
            /// The id.
            pub id: $crate::model::Id,
            /// Where it stands.
            pub origin: $crate::source::Origin,
            /// Members that are set and that nothing here understands.
            pub unread: Box<[$crate::model::Unread]>,
            $($(#[$doc])* pub $field: $crate::model::Told<$type>,)*
        }

        impl $name {
            /// An object of which nothing is told yet.
            #[must_use]
            pub fn untold(id: $crate::model::Id, origin: $crate::source::Origin) -> Self {
                Self { id, origin, unread: Box::default(), $($field: Err($crate::model::Gap::NotExported),)* }
            }
        }

        impl $crate::model::Aggregate for $name {
            fn id(&self) -> &$crate::model::Id {
                &self.id
            }
            fn origin(&self) -> &$crate::source::Origin {
                &self.origin
            }
            fn unread(&self) -> &[$crate::model::Unread] {
                &self.unread
            }
            fn set_origin(&mut self, origin: $crate::source::Origin) {
                self.origin = origin;
            }
            fn absorb(&mut self, other: Self) -> Vec<&'static str> {
                let mut differing = Vec::new();
                if !other.unread.is_empty() {
                    let both: std::collections::BTreeSet<_> =
                        std::mem::take(&mut self.unread).into_iter().chain(other.unread).collect();
                    self.unread = both.into_iter().collect();
                }
                $(let name = stringify!($field);
                // What something is called makes no difference to what it does: the first name stays.
                let first = (name == "display_name").then(|| self.$field.clone());
                if !$crate::model::absorb(&mut self.$field, other.$field) {
                    differing.push(name);
                    if let Some(first) = first {
                        self.$field = first;
                    }
                })*
                differing
            }
            fn lay_over(&mut self, other: Self) {
                self.origin = other.origin;
                self.unread = other.unread;
                $(if other.$field != Err($crate::model::Gap::NotExported) {
                    self.$field = other.$field;
                })*
            }
            fn gaps(&self) -> Vec<(&'static str, &$crate::model::Gap)> {
                let mut found = Vec::new();
                $(if let Err(gap @ ($crate::model::Gap::NotUnderstood | $crate::model::Gap::Lost)) = &self.$field {
                    found.push((stringify!($field), gap));
                })*
                found
            }
            fn say(&self) -> Vec<(&'static str, $crate::model::Told<$crate::model::Said>)> {
                vec![$((stringify!($field), $crate::model::said(&self.$field)),)*]
            }
            fn differing(
                &self,
                other: &Self,
            ) -> Vec<(&'static str, $crate::model::Told<$crate::model::Said>, $crate::model::Told<$crate::model::Said>)>
            {
                let mut differing = Vec::new();
                if self.unread != other.unread {
                    differing.push(("not_understood", Ok($crate::model::Say::say(&self.unread)), Ok($crate::model::Say::say(&other.unread))));
                }
                $(if self.$field != other.$field {
                    let (mine, theirs) = ($crate::model::said(&self.$field), $crate::model::said(&other.$field));
                    differing.push((stringify!($field), mine, theirs));
                })*
                differing
            }
        }
    };
}
use aggregate;

/// Declares an enumeration of Graph's: read whatever its case, with room for values that Graph did not have yet.
macro_rules! vocabulary {
    ($(#[$meta:meta])* pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal $(| $alias:literal)*,)* }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)*
            /// A value that is not documented; kept as it stands.
            Undocumented(Box<str>),
        }

        impl $name {
            /// Reads Graph's spelling, whatever its case.
            #[must_use]
            pub fn read(text: &str) -> Self {
                $(if text.eq_ignore_ascii_case($text) $(|| text.eq_ignore_ascii_case($alias))* {
                    return Self::$variant;
                })*
                Self::Undocumented(text.into())
            }

            /// Graph's spelling (v1.0).
            #[must_use]
            pub fn as_str(&self) -> &str {
                match self {
                    $(Self::$variant => $text,)*
                    Self::Undocumented(text) => text,
                }
            }

            /// Whether Graph documents the value.
            #[must_use]
            pub fn is_known(&self) -> bool {
                !matches!(self, Self::Undocumented(_))
            }
        }
    };
}
use vocabulary;
