//! Settings of the tenant as a whole.

use super::{Id, aggregate, vocabulary};

vocabulary! {
    /// Who may invite guests.
    pub enum InvitesFrom {
        /// Nobody.
        None = "none",
        /// Administrators and guest inviters.
        AdminsAndGuestInviters = "adminsAndGuestInviters",
        /// They and all members.
        AdminsGuestInvitersAndAllMembers = "adminsGuestInvitersAndAllMembers",
        /// Everybody, guests too.
        Everyone = "everyone",
    }
}

aggregate! {
    /// The authorization policy.
    pub struct AuthorizationPolicy {
        /// Who may invite guests.
        invites_from: InvitesFrom,
        /// The role that guests have.
        guest_role: Id,
        /// Whether anybody with a mail address of the tenant may join.
        email_verified_users_may_join: bool,
    }
}

aggregate! {
    /// The external identities policy.
    pub struct ExternalIdentitiesPolicy {
        /// Whether external users may leave by themselves.
        may_leave: bool,
    }
}

aggregate! {
    /// The list of domains that may, or may not, be invited. One of the two is empty.
    pub struct DomainList {
        /// Only these.
        allowed: Vec<String>,
        /// All but these.
        blocked: Vec<String>,
    }
}

aggregate! {
    /// Security defaults.
    pub struct SecurityDefaults {
        /// Whether they are on.
        enabled: bool,
    }
}

aggregate! {
    /// The authentication methods policy.
    pub struct AuthenticationMethods {
        /// `default`, `enabled` or `disabled`: one-time passcodes by mail for people from outside.
        external_email_otp: String,
        /// Whether a method is on that people from outside can register in this tenant (XU-2.1 to XU-2.9).
        registrable: bool,
    }
}
