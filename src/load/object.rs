//! Reads one object: text to a member of the model. Pure, so that many objects can be read at once.

use super::kind::What;
use super::members::{Item, Members, additional};
use super::problem::{Place, Problem, Sort, Weight};
use super::writer::Writer;
use super::{conditional_access, cross_tenant, directory, entitlement, kind};
use crate::model::{
    AccessPackage, AppRoleAssignment, Assignment, AssignmentPolicy, AuthenticationContext, AuthenticationMethods,
    AuthenticationStrength, AuthorizationPolicy, Catalog, ConditionalAccessPolicy, ConnectedOrganization,
    CrossTenantDefault, CrossTenantPartner, CrossTenantPolicy, Domain, DomainList, EntitlementSettings,
    ExternalIdentitiesPolicy, Group, GroupPrivilege, Id, Kind, MemberKind, NamedLocation, Organization, RoleAssignment,
    RoleDefinition, RoleEligibility, SecurityDefaults, ServicePrincipal, Tenant, TermsOfUse, Time, Unread, User,
};
use crate::source::{DocumentId, Node, Origin, parse};

/// Where an object stands, and what is known of it from around it.
#[derive(Debug, Clone)]
pub(super) struct Spot<'a> {
    pub(super) document: DocumentId,
    pub(super) start: u32,
    pub(super) pointer: String,
    /// The context address of the collection that it is in.
    pub(super) context: Option<&'a str>,
    /// What the key of a combined document, or the collection's other items, say that it is.
    pub(super) expected: Option<What>,
}

macro_rules! objects {
    ($($kind:ident $type:ident $field:ident;)*) => {
        /// An object of the model.
        #[derive(Debug)]
        #[expect(clippy::large_enum_variant, reason = "lives from the reading of an object to its place in the tenant")]
        pub(super) enum Object {
            $($kind($type),)*
        }

        impl Object {
            pub(super) fn kind(&self) -> Kind {
                match self { $(Self::$kind(_) => Kind::$kind,)* }
            }

            /// Puts it into the tenant. Gives the members that differ from an object of the same id, and where that
            /// one stands.
            pub(super) fn add_to(self, tenant: &mut Tenant, expanded: bool) -> Option<(Vec<&'static str>, Origin)> {
                match self {
                    $(Self::$kind(object) if expanded => tenant.$field.add_expanded(object),)*
                    $(Self::$kind(object) => tenant.$field.add(object),)*
                }
            }

            /// Lays it over what the tenant has under its id.
            pub(super) fn lay_over(self, tenant: &mut Tenant) {
                match self {
                    $(Self::$kind(object) => tenant.$field.lay_over(object),)*
                }
            }

            /// Where an object of the same id stands.
            pub(super) fn below(&self, tenant: &Tenant) -> Option<Origin> {
                match self {
                    $(Self::$kind(object) => tenant.$field.get(&object.id).map(|below| below.origin.clone()),)*
                }
            }

            /// Whether an object of the same id says something else.
            pub(super) fn contradicts(&self, tenant: &Tenant) -> bool {
                match self {
                    $(Self::$kind(object) => tenant.$field.get(&object.id).is_some_and(|existing| {
                        !crate::model::Aggregate::absorb(&mut existing.clone(), object.clone()).is_empty()
                    }),)*
                }
            }

            pub(super) fn id(&self) -> &Id {
                match self { $(Self::$kind(object) => &object.id,)* }
            }

            pub(super) fn set_id(&mut self, id: Id) {
                match self { $(Self::$kind(object) => object.id = id,)* }
            }

            fn set_unread(&mut self, unread: Box<[Unread]>) {
                match self { $(Self::$kind(object) => object.unread = unread,)* }
            }

            pub(super) fn origin(&self) -> &Origin {
                match self { $(Self::$kind(object) => &object.origin,)* }
            }
        }
    };
}

objects! {
    Organization Organization organizations;
    Domain Domain domains;
    ConnectedOrganization ConnectedOrganization connected_organizations;
    Catalog Catalog catalogs;
    AccessPackage AccessPackage access_packages;
    AssignmentPolicy AssignmentPolicy assignment_policies;
    Assignment Assignment assignments;
    EntitlementSettings EntitlementSettings entitlement_settings;
    ConditionalAccessPolicy ConditionalAccessPolicy conditional_access;
    NamedLocation NamedLocation named_locations;
    AuthenticationStrength AuthenticationStrength strengths;
    AuthenticationContext AuthenticationContext authentication_contexts;
    TermsOfUse TermsOfUse terms_of_use;
    CrossTenantDefault CrossTenantDefault cross_tenant_default;
    CrossTenantPolicy CrossTenantPolicy cross_tenant_policy;
    CrossTenantPartner CrossTenantPartner cross_tenant_partners;
    AuthorizationPolicy AuthorizationPolicy authorization_policy;
    ExternalIdentitiesPolicy ExternalIdentitiesPolicy external_identities;
    DomainList DomainList domain_list;
    SecurityDefaults SecurityDefaults security_defaults;
    AuthenticationMethods AuthenticationMethods authentication_methods;
    User User users;
    Group Group groups;
    ServicePrincipal ServicePrincipal service_principals;
    AppRoleAssignment AppRoleAssignment app_role_assignments;
    RoleAssignment RoleAssignment role_assignments;
    RoleEligibility RoleEligibility role_eligibilities;
    GroupAssignment GroupPrivilege group_assignments;
    GroupEligibility GroupPrivilege group_eligibilities;
    RoleDefinition RoleDefinition role_definitions;
}

/// What became of one object's text.
#[derive(Debug, Default)]
pub(super) struct ReadObject {
    /// What it is; `None` when it could not be told or read.
    pub(super) what: Option<What>,
    /// Where it stands, if it could not be read and is not nothing, and what it seems to be, if it seems to be anything.
    pub(super) missed: Option<(Origin, Option<Kind>)>,
    /// The object itself, if the model has a place for it.
    pub(super) object: Option<Object>,
    /// Whether the id was made up, of the display name.
    pub(super) made_up_id: bool,
    /// Objects that were expanded inside it.
    pub(super) nested: Vec<Object>,
    /// What was noticed.
    pub(super) problems: Vec<Problem>,
    /// Which library wrote it.
    pub(super) writer: Writer,
    /// Whether it was listed because it belongs to something, so that the list says nothing of others of its kind.
    pub(super) related: bool,
    /// Whether it carries annotations for every member.
    pub(super) annotated: bool,
    /// The kind of the list that it stands in, where its own type is not one that is known among those.
    pub(super) stray: Option<(Kind, Origin)>,
}

/// Whether a member tells when an object was deleted. No text, and the first day of .NET's calendar, are what libraries
/// write where nothing is set.
fn is_a_deletion(when: &Node<'_>) -> bool {
    when.as_str().map_or_else(|| !when.is_blank(), |text| !text.trim().is_empty() && !text.starts_with("0001-01-01"))
}

/// Reads the object whose text is `raw`.
pub(super) fn read(raw: &str, spot: &Spot<'_>) -> ReadObject {
    let mut result = ReadObject::default();
    let at = |path: Vec<String>| Place::Member {
        document: spot.document,
        start: spot.start,
        pointer: spot.pointer.as_str().into(),
        path,
    };
    let named = match &spot.expected {
        Some(What::Model(kind)) => Some(*kind),
        _ => None,
    };
    let missed = |kind| {
        let pointer = spot.pointer.as_str().into();
        Some((Origin { document: spot.document, start: spot.start, pointer }, kind))
    };
    let (node, duplicates) = match parse(raw) {
        Ok(parsed) => parsed,
        Err(error) => {
            let message = format!("does not parse as JSON: {}", error.message);
            let help = Some("nothing of this object was read; the others were".to_owned());
            let place = Place::At(spot.document, spot.start as usize + error.offset);
            result.problems.push(Problem { weight: Weight::Error, sort: Sort::DoesNotParse, message, help, place });
            result.missed = missed(named);
            return result;
        }
    };
    let Node::Object(root) = &node else {
        let message = format!("{} stands where an object is expected", node.kind());
        result.problems.push(Problem {
            weight: Weight::Warning,
            sort: Sort::KindUnknown,
            message,
            help: None,
            place: at(Vec::new()),
        });
        if node != Node::Null {
            result.missed = missed(named);
        }
        return result;
    };
    if duplicates {
        for path in node.duplicates() {
            let name = path.last().cloned().unwrap_or_default();
            let message = format!("`{name}` stands here more than once; the last one counts");
            result.problems.push(Problem {
                weight: Weight::Warning,
                sort: Sort::Irregular,
                message,
                help: None,
                place: at(path),
            });
        }
    }
    result.writer = Writer::of(root);
    result.annotated =
        root.members.iter().filter(|(name, _)| name.contains("@odata.") || name.starts_with('#')).count() > 3;
    let kept_apart = || additional(root).find_map(|more| more.get("@odata.context"));
    let own_context = root.get("@odata.context").or_else(kept_apart).and_then(Node::as_str);
    result.related = own_context.or(spot.context).is_some_and(kind::is_relation);
    result.what = kind::of_object(root, own_context.or(spot.context)).or_else(|| {
        // The key of a combined document names what has at least the look of a directory object.
        let plausible = ["id", "displayName", "tenantId", "isEnabled"].iter().any(|name| root.get(name).is_some());
        spot.expected.clone().filter(|_| plausible)
    });
    // Privileged roles: instances add to what is known, and lists of them are often filtered.
    result.related |= match &result.what {
        Some(What::Model(Kind::RoleAssignment)) => root.get("assignmentType").is_some(),
        // Such a list tells of one user, group or application; only what is around it can tell that it is all.
        Some(What::Model(Kind::AppRoleAssignment)) => true,
        // Graph lists these for one group or one person only.
        Some(What::Model(Kind::GroupAssignment | Kind::GroupEligibility)) => true,
        _ => false,
    };
    // Graph writes the type of a directory object where a list may hold several: members, owners and the like. A list of
    // such that says no more is not one of all of them.
    let alone = spot.pointer.is_empty() || spot.expected.is_some() || own_context.or(spot.context).is_some();
    result.related |= !alone
        && root.get("@odata.type").is_some()
        && matches!(&result.what, Some(What::Model(Kind::User | Kind::Group | Kind::ServicePrincipal)));
    let item = Item::new(root, raw, spot.document, spot.start, &spot.pointer, result.writer);
    let context = own_context.or(spot.context);
    if let Some(What::Model(kind)) = result.what
        && (root.get("deletedDateTime").is_some_and(is_a_deletion) || context.is_some_and(kind::is_of_deleted))
    {
        result.what = Some(What::NotUsedYet(kind::DELETED.to_owned()));
        let when = root.get("deletedDateTime").and_then(Node::as_str);
        if when.is_some_and(|when| Time::read(when).is_none()) {
            // Whether it is in force nobody can tell.
            result.missed = missed(Some(kind));
        }
        // A list of deleted objects says so itself.
        if !context.is_some_and(kind::is_of_deleted) {
            let message = match &result.missed {
                Some(_) => "when it was deleted, if it was, cannot be read; it is left out",
                None => "it was deleted, and is not in force",
            };
            let message = message.to_owned();
            item.note(Weight::Warning, Sort::Irregular, vec!["deletedDateTime".into()], message, None);
        }
    }
    if let Some(What::NotUsedYet(name)) = &result.what
        && let Some(What::Model(kind)) = context.and_then(kind::of_context).or_else(|| spot.expected.clone())
        && !result.related
        && !kind::is_set_aside(name)
    {
        result.stray = Some((kind, item.origin()));
    }
    match &result.what {
        None => {
            result.missed = missed(named.or_else(|| kind::resembles(root)));
            item.note(
                Weight::Warning,
                Sort::KindUnknown,
                Vec::new(),
                "the kind cannot be told: neither `@odata.type` nor `@odata.context` tells it, nor a member that only one kind has"
                    .into(),
                Some("export the whole collection as Graph returns it, or add the object's `@odata.type`"),
            );
        }
        Some(What::Model(kind)) => {
            let members = item.members();
            let (id, made_up) = identify(&members, *kind, spot);
            result.made_up_id = made_up;
            let (object, nested) = object(&members, *kind, id);
            result.object = Some(object);
            result.nested = nested;
        }
        Some(What::NotUsedYet(name)) if name.eq_ignore_ascii_case("directoryRole") => {
            let members = item.members();
            let (id, _) = identify(&members, Kind::RoleDefinition, spot);
            let assignments = directory::directory_role(&members, &id, &item.origin());
            result.nested = assignments.into_iter().map(Object::RoleAssignment).collect();
        }
        Some(What::NotUsedYet(_)) => {}
    }
    result.problems.append(&mut item.problems.take());
    result
}

/// The id, and whether it had to be made up.
fn identify(members: &Members<'_, '_, '_>, kind: Kind, spot: &Spot<'_>) -> (Id, bool) {
    if is_singleton(kind) {
        return (Id::new(kind.as_str()), false);
    }
    let key = match kind {
        Kind::CrossTenantPartner => "tenantId",
        Kind::RoleAssignment if directory::is_instance_of_assignment(members) => "roleAssignmentOriginId",
        _ => "id",
    };
    match members.text(key) {
        Ok(Some(id)) if !id.is_empty() => (Id::new(&id), false),
        _ => match members.text("displayName") {
            Ok(Some(name)) => (Id::new(&name), true),
            _ => (Id::new(&format!("unnamed {}", spot.pointer)), true),
        },
    }
}

/// Whether a tenant has exactly one.
pub(super) fn is_singleton(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::EntitlementSettings
            | Kind::CrossTenantDefault
            | Kind::CrossTenantPolicy
            | Kind::AuthorizationPolicy
            | Kind::ExternalIdentitiesPolicy
            | Kind::DomainList
            | Kind::SecurityDefaults
            | Kind::AuthenticationMethods
    )
}

/// The object, and those that were expanded inside it. Each keeps what nobody understands of it.
fn object(members: &Members<'_, '_, '_>, kind: Kind, id: Id) -> (Object, Vec<Object>) {
    let before = members.item.unread();
    let (mut object, nested) = object_of(members, kind, id);
    object.set_unread(members.item.take_unread(before));
    (object, nested)
}

fn object_of(members: &Members<'_, '_, '_>, kind: Kind, id: Id) -> (Object, Vec<Object>) {
    let origin = members.origin();
    let mut nested = Vec::new();
    let object = match kind {
        Kind::Organization => Object::Organization(directory::organization(members, id, origin)),
        Kind::Domain => Object::Domain(directory::domain(members, &id, origin)),
        Kind::ConnectedOrganization => {
            Object::ConnectedOrganization(entitlement::connected_organization(members, id, origin))
        }
        Kind::Catalog => Object::Catalog(entitlement::catalog(members, id, origin)),
        Kind::AccessPackage => {
            nested.extend(expanded(members, &["catalog", "accessPackageCatalog"], Kind::Catalog));
            for name in ["assignmentPolicies", "accessPackageAssignmentPolicies"] {
                for policy in members.objects(name).ok().flatten().unwrap_or_default() {
                    if let Ok(Some(policy_id)) = policy.id("id")
                        && let (Object::AssignmentPolicy(mut policy), _) =
                            object(&policy, Kind::AssignmentPolicy, policy_id)
                    {
                        policy.access_package = Ok(crate::model::Ref::Id(id.clone()));
                        nested.push(Object::AssignmentPolicy(policy));
                    }
                }
            }
            Object::AccessPackage(entitlement::access_package(members, id, origin))
        }
        Kind::AssignmentPolicy => {
            nested.extend(expanded(members, &["accessPackage"], Kind::AccessPackage));
            nested.extend(expanded(members, &["catalog", "accessPackageCatalog"], Kind::Catalog));
            Object::AssignmentPolicy(entitlement::assignment_policy(members, id, origin))
        }
        Kind::Assignment => Object::Assignment(entitlement::assignment(members, id, origin)),
        Kind::EntitlementSettings => Object::EntitlementSettings(entitlement::settings(members, id, origin)),
        Kind::ConditionalAccessPolicy => {
            Object::ConditionalAccessPolicy(conditional_access::policy(members, id, origin))
        }
        Kind::NamedLocation => Object::NamedLocation(conditional_access::named_location(members, id, origin)),
        Kind::AuthenticationStrength => {
            Object::AuthenticationStrength(conditional_access::strength(members, id, origin))
        }
        Kind::AuthenticationContext => {
            Object::AuthenticationContext(conditional_access::authentication_context(members, id, origin))
        }
        Kind::TermsOfUse => Object::TermsOfUse(conditional_access::terms_of_use(members, id, origin)),
        Kind::CrossTenantPolicy => Object::CrossTenantPolicy(cross_tenant::policy(members, id, origin)),
        Kind::CrossTenantDefault => Object::CrossTenantDefault(cross_tenant::default(members, id, origin)),
        Kind::CrossTenantPartner => Object::CrossTenantPartner(cross_tenant::partner(members, id, origin)),
        Kind::AuthorizationPolicy => Object::AuthorizationPolicy(directory::authorization_policy(members, id, origin)),
        Kind::ExternalIdentitiesPolicy => {
            Object::ExternalIdentitiesPolicy(directory::external_identities(members, id, origin))
        }
        Kind::DomainList => Object::DomainList(directory::domain_list(members, id, origin)),
        Kind::SecurityDefaults => Object::SecurityDefaults(directory::security_defaults(members, id, origin)),
        Kind::AuthenticationMethods => {
            Object::AuthenticationMethods(directory::authentication_methods(members, id, origin))
        }
        Kind::User => {
            nested.extend(directory::assignments_of(members, &id, MemberKind::User).map(Object::AppRoleAssignment));
            Object::User(directory::user(members, id, origin))
        }
        Kind::Group => {
            nested.extend(directory::assignments_of(members, &id, MemberKind::Group).map(Object::AppRoleAssignment));
            Object::Group(directory::group(members, id, origin))
        }
        Kind::ServicePrincipal => {
            nested.extend(directory::assignments_of(members, &id, MemberKind::Another).map(Object::AppRoleAssignment));
            let (principal, assignments) = directory::service_principal(members, id, origin);
            nested.extend(assignments.into_iter().map(Object::AppRoleAssignment));
            Object::ServicePrincipal(principal)
        }
        Kind::AppRoleAssignment => Object::AppRoleAssignment(directory::app_role_assignment(members, id, origin)),
        Kind::RoleAssignment => Object::RoleAssignment(directory::role_assignment(members, id, origin)),
        Kind::RoleEligibility => Object::RoleEligibility(directory::role_eligibility(members, id, origin)),
        Kind::GroupAssignment => Object::GroupAssignment(directory::group_privilege(members, id, origin)),
        Kind::GroupEligibility => Object::GroupEligibility(directory::group_privilege(members, id, origin)),
        Kind::RoleDefinition => Object::RoleDefinition(directory::role_definition(members, id, origin)),
    };
    (object, nested)
}

/// An object that a navigation property brought along.
fn expanded(members: &Members<'_, '_, '_>, names: &[&str], kind: Kind) -> Option<Object> {
    let object_members = names.iter().find_map(|name| members.object(name).ok().flatten())?;
    let id = object_members.id("id").ok().flatten()?;
    Some(object(&object_members, kind, id).0)
}
