//! Whether what nobody understands is the same on both sides: by how it is written.

use crate::compile::{UNSEEN_PARTNER, Unknown};
use crate::load::Loaded;
use crate::model::{Aggregate, Collection, Gap, Id, Kind, Pairs};

/// Members that say nothing of what an object does.
fn says_nothing(name: &str) -> bool {
    let told = ["id", "displayName", "description", "createdDateTime", "modifiedDateTime"];
    told.iter().any(|known| known.eq_ignore_ascii_case(name)) || name.contains("@odata.") && name != "@odata.type"
}

/// Whether two objects are written the same.
pub(super) fn is_same<T: Aggregate>((old, before): (&Loaded, &T), (new, after): (&Loaded, &T)) -> bool {
    old.sources.is_written_as(before.origin(), (&new.sources, after.origin()), &says_nothing)
}

/// Looks through two tenants for what an unknown is about.
pub(super) struct Written<'u> {
    old: &'u Loaded,
    new: &'u Loaded,
    unknown: &'u Unknown,
    /// Whether it names an object, and whether one that it names is written differently.
    named: (bool, bool),
    /// Whether a setting that it may be about is written differently.
    setting: bool,
}

impl<'u> Written<'u> {
    /// Whether something that neither side tells may be one thing before the change and another after it: an object that it
    /// is about is written differently. What was not exported at all is taken to be the same.
    pub(super) fn may_differ(old: &'u Loaded, new: &'u Loaded, unknown: &'u Unknown) -> bool {
        let mut written = Self { old, new, unknown, named: (false, false), setting: false };
        old.tenant.pair(&new.tenant, &mut written);
        // Unknowns name them by the id of the application.
        for before in &old.tenant.service_principals.items {
            let is_named = |id: &Id| !id.as_str().is_empty() && unknown.name.contains(id.as_str());
            if unknown.export == Some(Kind::ServicePrincipal) && before.app_id.as_ref().is_ok_and(is_named) {
                written.compare(before, new.tenant.service_principals.get(&before.id), true);
            }
        }
        match written.named {
            (true, differs) => differs,
            (false, _) => written.setting,
        }
    }

    /// Whether an object is written the same on both sides.
    fn compare<T: Aggregate>(&mut self, before: &T, after: Option<&T>, is_named: bool) -> bool {
        // What was lost may have been one thing and another, however alike it is written.
        let lost = |object: &T| object.gaps().iter().any(|(_, gap)| **gap == Gap::Lost);
        let same =
            after.is_some_and(|after| is_same((self.old, before), (self.new, after)) && !lost(before) && !lost(after));
        self.named.0 |= is_named;
        self.named.1 |= is_named && !same;
        same
    }
}

impl Pairs for Written<'_> {
    fn pair<T: Aggregate>(&mut self, kind: Kind, mine: &Collection<T>, other: &Collection<T>) {
        // What is not known of a person is asked of each by themselves.
        if kind == Kind::User {
            return;
        }
        let name = &self.unknown.name;
        let settings = match self.unknown.export {
            // A partner inherits from the default.
            Some(Kind::CrossTenantPartner) => vec![Kind::CrossTenantPartner, Kind::CrossTenantDefault],
            Some(
                own @ (Kind::CrossTenantDefault
                | Kind::SecurityDefaults
                | Kind::DomainList
                | Kind::AuthorizationPolicy
                | Kind::AuthenticationMethods),
            ) => vec![own],
            _ => Vec::new(),
        };
        let is_setting = settings.contains(&kind) && !name.contains(UNSEEN_PARTNER);
        for before in &mine.items {
            let is_named = names(name, before);
            if !is_named && !is_setting {
                continue;
            }
            let same = self.compare(before, other.get(before.id()), is_named);
            self.setting |= is_setting && !same;
        }
    }
}

/// Whether an unknown names an object.
fn names<T: Aggregate>(name: &str, object: &T) -> bool {
    let id = object.id().as_str();
    !id.is_empty() && name.contains(id)
}
