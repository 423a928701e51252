//! Takes one JSON document apart: which tool wrote it, and which objects stand in it.

use std::borrow::Cow;

use super::kind;
use crate::source::{Node, Object, Shallow, escape_pointer, parse};

/// The shape of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Format {
    /// One Graph object.
    GraphObject,
    /// `{"value": […]}`.
    GraphCollection,
    /// `[…]`.
    GraphArray,
    /// `{"value": {…}}`, which Graph never answers.
    WrappedObject,
    /// One document, keyed by resource.
    Combined,
    /// `Get-Mg… | ConvertTo-Json`.
    GraphPowerShell,
    /// What Graph's SDK for Python writes.
    GraphSdkPython,
    /// What Graph's SDK for TypeScript writes.
    GraphSdkTypeScript,
    /// An IntuneManagement export, or any with full OData annotations.
    FullOData,
    /// An EntraExporter tree.
    EntraExporter,
    /// IntuneManagement's table of names.
    MigrationTable,
    /// A CIPP template.
    Cipp,
    /// A ScubaGear provider export, or its results.
    ScubaGear,
}

impl Format {
    /// A stable word for machines.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GraphObject => "graph-object",
            Self::GraphCollection => "graph-collection",
            Self::GraphArray => "graph-array",
            Self::WrappedObject => "wrapped-object",
            Self::Combined => "combined",
            Self::GraphPowerShell => "graph-powershell",
            Self::GraphSdkPython => "graph-sdk-python",
            Self::GraphSdkTypeScript => "graph-sdk-typescript",
            Self::FullOData => "full-odata",
            Self::EntraExporter => "entra-exporter",
            Self::MigrationTable => "migration-table",
            Self::Cipp => "cipp",
            Self::ScubaGear => "scubagear",
        }
    }
}

/// An object's text, with what is known of it from around it.
pub(super) struct Part<'t> {
    pub(super) raw: &'t str,
    pub(super) pointer: String,
    pub(super) context: Option<String>,
    pub(super) expected: Option<kind::What>,
}

/// A collection as it was found, whatever it holds.
pub(super) struct Collected {
    pub(super) what: kind::What,
    /// Why some of it may be missing.
    pub(super) cut_off: Option<String>,
    pub(super) pointer: String,
    /// Of how much it tells.
    pub(super) reach: kind::Reach,
}

impl Collected {
    /// Of what it tells all, if it says so.
    pub(super) fn all_of(&self) -> Option<crate::model::Kind> {
        match (&self.reach, &self.what) {
            (kind::Reach::All, kind::What::Model(kind)) => Some(*kind),
            _ => None,
        }
    }
}

/// What a document is made of.
pub(super) enum Content<'t> {
    /// Objects to read.
    Objects {
        format: Format,
        parts: Vec<Part<'t>>,
        collections: Vec<Collected>,
        /// What stands under no known name: pointers.
        unused: Vec<String>,
        /// What stands under a known name and is not what belongs there: the pointer and the name of the kind.
        lost: Vec<(String, String)>,
    },
    /// Rows of a table that hold JSON inside string literals, and what stands beside them.
    Rows { rows: Vec<Row<'t>>, parts: Vec<Part<'t>> },
    /// The root is one object.
    Single,
    /// Names of ids: the id, the display name and the type of a group, user or other object.
    Names(Vec<(String, String, String)>),
    /// A format that is known and not read yet.
    NotReadYet(&'static str),
    /// Nothing that could be told.
    Unknown(String),
}

/// A row of CIPP's table.
pub(super) struct Row<'t> {
    /// The string literals that make up the JSON, in order; `None` where one of them is not there.
    pub(super) literals: Option<Vec<&'t str>>,
    /// The first of them, or the row.
    pub(super) pointer: String,
    /// What the table holds, in the table's word.
    pub(super) partition: String,
}

/// The row that an object is, if it is one. A table's column holds 64 KiB at most: what is longer was split over
/// `JSON_Part0`, `JSON_Part1` and so on, and `SplitOverProps` says over how many.
fn row<'t>(members: &Raw<'t>, pointer: &str) -> Option<Row<'t>> {
    let partition = member(members, "PartitionKey").and_then(text)?;
    let literal = |name: &str| member(members, name).filter(|raw| raw.starts_with('"'));
    if let Some(raw) = literal("JSON") {
        return Some(Row { literals: Some(vec![raw]), pointer: format!("{pointer}/JSON"), partition });
    }
    let part = |number: usize| format!("JSON_Part{number}");
    let told = member(members, "SplitOverProps").and_then(text).unwrap_or_default();
    let there = |number: &usize| literal(&part(*number)).is_some() || told.contains(&format!("\"{}\"", part(*number)));
    let numbers: Vec<usize> = (0..MOST_COLUMNS).take_while(there).collect();
    if numbers.is_empty() {
        return None;
    }
    let literals = numbers.into_iter().map(|number| literal(&part(number))).collect();
    Some(Row { literals, pointer: format!("{pointer}/JSON_Part0"), partition })
}

/// How many columns a row of such a table has at the most.
const MOST_COLUMNS: usize = 252;

/// The rows of a list, if there are any.
fn rows<'t>(items: &[&'t str], pointer: &str) -> Option<Content<'t>> {
    let (mut rows, mut parts) = (Vec::new(), Vec::new());
    for (index, raw) in items.iter().enumerate() {
        let pointer = format!("{pointer}/{index}");
        let found = raw.contains("PartitionKey").then(|| crate::source::shallow(raw).ok()).flatten();
        match found {
            Some(Shallow::Object(members)) => match row(&members, &pointer) {
                Some(row) => rows.push(row),
                None => parts.push(Part { raw, pointer, context: None, expected: None }),
            },
            _ => parts.push(Part { raw, pointer, context: None, expected: None }),
        }
    }
    (!rows.is_empty()).then_some(Content::Rows { rows, parts })
}

/// Takes the root of a document, whose text is `text`, apart.
pub(super) fn take_apart<'t>(root: Shallow<'t>, text: &'t str) -> Content<'t> {
    match root {
        Shallow::Scalar => Content::Unknown("a single value, not an object or a list".into()),
        Shallow::Array(items) => rows(&items, "").unwrap_or_else(|| list(&items)),
        Shallow::Object(members) => object(&members, text),
    }
}

/// A list of objects, or of the pages that Graph gave one after the other.
fn list<'t>(items: &[&'t str]) -> Content<'t> {
    let mut parts = Vec::new();
    let mut collections = Vec::new();
    for (index, raw) in items.iter().enumerate() {
        if raw.contains("\"value\"")
            && let Ok(Shallow::Object(members)) = crate::source::shallow(raw)
            && let Some(Ok(Shallow::Array(inner))) = member(&members, "value").map(crate::source::shallow)
            && member(&members, "id").is_none()
        {
            collection(&members, &inner, &format!("/{index}"), &mut parts, &mut collections);
        } else {
            parts.push(Part { raw, pointer: format!("/{index}"), context: None, expected: None });
        }
    }
    if let Some(reason) = may_be_a_page(parts.len()) {
        let what = kind::What::NotUsedYet(String::new());
        let reach = kind::Reach::All;
        collections.push(Collected { what, cut_off: Some(reason), pointer: String::new(), reach });
    }
    Content::Objects { format: Format::GraphArray, parts, collections, unused: Vec::new(), lost: Vec::new() }
}

type Raw<'t> = [(Cow<'t, str>, &'t str)];

fn member<'t>(members: &Raw<'t>, name: &str) -> Option<&'t str> {
    let exact = members.iter().rev().find(|(key, _)| key == name);
    exact.or_else(|| members.iter().rev().find(|(key, _)| key.eq_ignore_ascii_case(name))).map(|(_, raw)| *raw)
}

fn text(raw: &str) -> Option<String> {
    parse(raw).ok()?.0.as_str().map(str::to_owned)
}

fn array<'t>(items: &[&'t str], pointer: &str, context: Option<&str>, expected: Option<&kind::What>) -> Vec<Part<'t>> {
    let part = |(index, raw): (usize, &&'t str)| Part {
        raw,
        pointer: format!("{pointer}/{index}"),
        context: context.map(ToOwned::to_owned),
        expected: expected.cloned(),
    };
    items.iter().enumerate().map(part).collect()
}

fn object<'t>(members: &Raw<'t>, whole_text: &'t str) -> Content<'t> {
    if let Some(format) = not_read_yet(members) {
        return Content::NotReadYet(format);
    }
    if let Some(row) = row(members, "") {
        return Content::Rows { rows: vec![row], parts: Vec::new() };
    }
    if is_scuba(members) {
        return scuba(members, "");
    }
    if let Some(Ok(Shallow::Object(raw))) = member(members, "Raw").map(crate::source::shallow)
        && is_scuba(&raw)
    {
        return scuba(&raw, "/Raw");
    }
    if let Some(names) = migration_table(members) {
        return Content::Names(names);
    }
    if let Some(value) = member(members, "value") {
        match crate::source::shallow(value) {
            Ok(Shallow::Array(items)) => {
                if let Some(rows) = rows(&items, "/value") {
                    return rows;
                }
                let (mut parts, mut collections) = (Vec::new(), Vec::new());
                collection(members, &items, "", &mut parts, &mut collections);
                let format = Format::GraphCollection;
                return Content::Objects { format, parts, collections, unused: Vec::new(), lost: Vec::new() };
            }
            Ok(Shallow::Object(inner)) => {
                return cross_tenant_policy(&inner, value, "/value", Format::WrappedObject)
                    .unwrap_or_else(|| single(members, value, "/value", Format::WrappedObject));
            }
            _ => {}
        }
    }
    if let Some(both) = cross_tenant_policy(members, whole_text.trim(), "", Format::Combined) {
        return both;
    }
    // Names like `verifiedDomains` or `displayName` may stand beside whole collections, so only the object's own word
    // that it is one goes before them.
    let typed = member(members, "@odata.type").is_some()
        || context_of(members).is_some_and(|context| context.ends_with("/$entity"));
    if typed || is_single(members) && !holds_collections(members) {
        return Content::Single;
    }
    if let Some(combined) = combined(members, whole_text) {
        return combined;
    }
    // Whatever it is, reading it as one object tells what is missing.
    Content::Single
}

/// Whether the content of the root tells that it is one object.
fn is_single(members: &Raw<'_>) -> bool {
    what_of(members).is_some()
}

/// What the content of an object tells that it is: only short members are looked into.
fn what_of(members: &Raw<'_>) -> Option<kind::What> {
    const SHORT: usize = 16_384;
    let mut stub = Object::default();
    for (name, raw) in members {
        let short = (raw.len() <= SHORT).then(|| parse(raw).ok()).flatten();
        stub.members.push((Cow::Borrowed(name.as_ref()), short.map_or(Node::Bool(true), |(node, _)| node)));
    }
    let context = stub.get("@odata.context").and_then(Node::as_str);
    kind::of_object(&stub, context)
}

/// The cross-tenant access policy, where the default and the partners are expanded in it.
fn cross_tenant_policy<'t>(members: &Raw<'t>, raw: &'t str, pointer: &str, format: Format) -> Option<Content<'t>> {
    const NAME: &str = "crossTenantAccessPolicy";
    let expanded = member(members, "default").is_some() || member(members, "partners").is_some();
    let this = kind::What::Model(crate::model::Kind::CrossTenantPolicy);
    if !expanded || what_of(members) != Some(this) || !holds_resources(members, NAME) {
        return None;
    }
    let mut found = Combined::default();
    found.gather(members, Some(NAME), pointer, 0);
    found.parts.push(Part { raw, pointer: pointer.to_owned(), context: None, expected: None });
    let Combined { parts, collections, unused, lost, .. } = found;
    Some(Content::Objects { format, parts, collections, unused, lost })
}

/// Names of collections that are at the same time members of one object, which is then not a combined document.
const NAVIGATION: [&str; 15] = [
    "catalog",
    "accessPackageCatalog",
    "assignmentPolicies",
    "accessPackageAssignmentPolicies",
    "accessPackage",
    "accessPackages",
    "assignments",
    "incompatibleAccessPackages",
    "resources",
    "accessPackageResources",
    "instances",
    "decisions",
    "appRoleAssignments",
    "appRoleAssignedTo",
    "authenticationContextClassReferences",
];

/// Whether lists of known names stand here that one object does not have.
fn holds_collections(members: &Raw<'_>) -> bool {
    members.iter().any(|(name, raw)| {
        !NAVIGATION.iter().any(|known| known.eq_ignore_ascii_case(name))
            && matches!(kind::of_collection_name(name, None), Some(kind::What::Model(_)))
            && matches!(crate::source::shallow(raw), Ok(Shallow::Array(items)) if items.iter().any(|item| item.starts_with('{')))
    })
}

const MORE_PAGES: &str = "a left-over `@odata.nextLink` says that more pages follow";

/// How many objects Graph gives in a page of its own accord, or at the most (Graph documentation, paging).
const PAGES: [usize; 3] = [100, 999, 1000];

/// Why a list of that many objects may be a page, where nothing of Graph's answer is there to tell.
fn may_be_a_page(length: usize) -> Option<String> {
    PAGES.contains(&length).then(|| format!("it holds exactly {length} objects, as a page of Graph's answer does"))
}

/// What tells that more pages follow, as Graph writes it and as SDKs do.
fn has_next_page(members: &Raw<'_>) -> bool {
    ["@odata.nextLink", "odata.nextLink", "odataNextLink"]
        .iter()
        .any(|name| member(members, name).is_some_and(|raw| raw != "null"))
}

/// Whether the answer counts more objects than it lists.
fn is_short(members: &Raw<'_>, length: usize) -> bool {
    let count = ["@odata.count", "odata.count", "odataCount"].iter().find_map(|name| member(members, name));
    count.and_then(|raw| raw.parse::<usize>().ok()).is_some_and(|count| count > length)
}

/// Why an answer that lists so many objects is not all of it.
fn cut(members: &Raw<'_>, length: usize) -> Option<String> {
    match () {
        () if has_next_page(members) => Some(MORE_PAGES.to_owned()),
        () if member(members, "@odata.deltaLink").is_some_and(|raw| raw != "null") => {
            Some("`@odata.deltaLink` says that it answers a question for changes".to_owned())
        }
        () if is_short(members, length) => {
            Some(format!("`@odata.count` says that there are more than {length} objects"))
        }
        () => None,
    }
}

/// The context, which Graph's SDK for TypeScript keeps apart.
fn context_of(members: &Raw<'_>) -> Option<String> {
    member(members, "@odata.context").and_then(text).or_else(|| {
        let more = member(members, "additionalData").map(crate::source::shallow)?;
        let Ok(Shallow::Object(more)) = more else { return None };
        member(&more, "@odata.context").and_then(text)
    })
}

fn collection<'t>(
    members: &Raw<'t>,
    items: &[&'t str],
    pointer: &str,
    parts: &mut Vec<Part<'t>>,
    collections: &mut Vec<Collected>,
) {
    let context = context_of(members);
    let page = || context.is_none().then(|| may_be_a_page(items.len())).flatten();
    let cut_off = cut(members, items.len()).or_else(page);
    let what = context.as_deref().and_then(kind::of_context);
    let reach = context.as_deref().map_or(kind::Reach::All, kind::reach);
    parts.extend(array(items, &format!("{pointer}/value"), context.as_deref(), None));
    if what.is_some() || cut_off.is_some() {
        // Without a context the kind is that of the items; whoever reads them finds out.
        let what = what.unwrap_or_else(|| kind::What::NotUsedYet(String::new()));
        collections.push(Collected { what, cut_off, pointer: format!("{pointer}/@odata.nextLink"), reach });
    }
}

fn single<'t>(members: &Raw<'t>, raw: &'t str, pointer: &str, format: Format) -> Content<'t> {
    let context = member(members, "@odata.context").and_then(text);
    let part = Part { raw, pointer: pointer.to_owned(), context, expected: None };
    Content::Objects { format, parts: vec![part], collections: Vec::new(), unused: Vec::new(), lost: Vec::new() }
}

/// A document keyed by resource: `{"conditionalAccessPolicies": […], "crossTenantAccessPolicy": {"default": {…}}}`.
fn combined<'t>(members: &Raw<'t>, whole_text: &'t str) -> Option<Content<'t>> {
    let mut found = Combined::default();
    found.gather(members, None, "", 0);
    // The root may be the organization itself, with everything else expanded into it.
    if is_single(members) && member(members, "id").is_some() {
        found.parts.push(whole(whole_text));
    }
    let Combined { known, parts, collections, unused, lost } = found;
    known.then_some(Content::Objects { format: Format::Combined, parts, collections, unused, lost })
}

/// Folders of Graph's address space that a combined document may nest.
const FOLDERS: [&str; 10] = [
    "identityGovernance",
    "entitlementManagement",
    "accessReviews",
    "identity",
    "conditionalAccess",
    "policies",
    "crossTenantAccessPolicy",
    "roleManagement",
    "directory",
    "termsOfUse",
];

/// How many folders of a combined document may stand in each other.
const DEEPEST: usize = 6;

/// What a combined document holds.
#[derive(Default)]
struct Combined<'t> {
    known: bool,
    parts: Vec<Part<'t>>,
    collections: Vec<Collected>,
    unused: Vec<String>,
    lost: Vec<(String, String)>,
}

impl<'t> Combined<'t> {
    fn gather(&mut self, members: &Raw<'t>, above: Option<&str>, pointer: &str, depth: usize) {
        for (name, raw) in members {
            let here = format!("{pointer}/{}", escape_pointer(name));
            let what = kind::of_collection_name(name, above);
            let folder = depth < DEEPEST && FOLDERS.iter().any(|folder| folder.eq_ignore_ascii_case(name));
            let related = kind::is_relation_name(name);
            let reach = if related { kind::Reach::Related } else { kind::Reach::All };
            match (crate::source::shallow(raw), what) {
                (Ok(Shallow::Array(items)), Some(what)) => {
                    let next = member(members, &format!("{name}@odata.nextLink"));
                    let cut_off = next.map(|_| MORE_PAGES.to_owned()).or_else(|| may_be_a_page(items.len()));
                    let list = Collected { what, cut_off, pointer: here.clone(), reach };
                    self.list(&items, &here, list);
                }
                (Ok(Shallow::Object(inner)), what) => {
                    let context = context_of(&inner);
                    if let Some(Ok(Shallow::Array(items))) = member(&inner, "value").map(crate::source::shallow)
                        && let Some(what) = what.clone().or_else(|| kind::of_context(context.as_deref()?))
                    {
                        let reach = match context.as_deref().map(kind::reach) {
                            Some(kind::Reach::AssignedTo(id)) => kind::Reach::AssignedTo(id),
                            _ => reach,
                        };
                        let page = || context.is_none().then(|| may_be_a_page(items.len())).flatten();
                        let cut_off = cut(&inner, items.len()).or_else(page);
                        let pointer = format!("{here}/value");
                        self.list(&items, &pointer, Collected { what, cut_off, pointer: here, reach });
                    } else if folder && (what.is_none() || holds_resources(&inner, name)) {
                        // One that is a resource too, such as `crossTenantAccessPolicy`, is both.
                        if what.is_some() && is_single(&inner) {
                            self.known = true;
                            self.parts.push(Part { raw, pointer: here.clone(), context: None, expected: what });
                        }
                        self.gather(&inner, Some(name), &here, depth + 1);
                    } else if let Some(what) = what {
                        self.known = true;
                        if inner.is_empty() || !is_blank(raw) {
                            self.parts.push(Part { raw, pointer: here, context: None, expected: Some(what) });
                        }
                    } else if matches!(what_of(&inner), Some(kind::What::Model(known)) if kind::is_configuration(known))
                    {
                        self.known = true;
                        self.parts.push(Part { raw, pointer: here, context: None, expected: None });
                    } else {
                        self.unused.push(here);
                    }
                }
                (Ok(Shallow::Array(items)), None) if items.iter().any(|item| item.starts_with('{')) => {
                    let next = member(members, &format!("{name}@odata.nextLink"));
                    self.unnamed(&items, here, next.map(|_| MORE_PAGES.to_owned()));
                }
                (Ok(Shallow::Scalar), Some(kind::What::Model(kind))) if *raw != "null" => {
                    self.lost.push((here, kind.as_str().to_owned()));
                }
                _ => {}
            }
        }
    }

    /// A list under a key that says nothing. What its first object is by itself, it is a list of: configuration only,
    /// since much else than the list of them names people and what they may use.
    fn unnamed(&mut self, items: &[&'t str], pointer: String, cut_off: Option<String>) {
        let first = items.iter().find(|item| item.starts_with('{')).map(|raw| crate::source::shallow(raw));
        let Some(Ok(Shallow::Object(members))) = first else { return self.unused.push(pointer) };
        match what_of(&members) {
            Some(what @ kind::What::Model(known)) if kind::is_configuration(known) => {
                self.known = true;
                let cut_off = cut_off.or_else(|| may_be_a_page(items.len()));
                self.parts.extend(array(items, &pointer, None, None).into_iter().filter(|part| part.raw != "null"));
                self.collections.push(Collected { what, cut_off, pointer, reach: kind::Reach::All });
            }
            _ => self.unused.push(pointer),
        }
    }

    fn list(&mut self, items: &[&'t str], pointer: &str, list: Collected) {
        self.known = true;
        // What is no object is told by whoever reads it; PowerShell writes `null` for nothing.
        let parts = array(items, pointer, None, Some(&list.what));
        self.parts.extend(parts.into_iter().filter(|part| part.raw != "null"));
        self.collections.push(list);
    }
}

/// Whether it is the object of nulls that PowerShell writes for nothing.
fn is_blank(raw: &str) -> bool {
    const LONG: usize = 16_384;
    raw.len() <= LONG && parse(raw).is_ok_and(|(node, _)| node.is_blank())
}

/// Whether known resources stand in it that are set.
fn holds_resources(members: &Raw<'_>, name: &str) -> bool {
    members.iter().any(|(inner, raw)| {
        kind::of_collection_name(inner, Some(name)).is_some()
            && (raw.starts_with('[') || raw.starts_with('{') && !is_blank(raw))
    })
}

fn is_scuba(members: &Raw<'_>) -> bool {
    let has = |name| member(members, name).is_some();
    has("conditional_access_policies")
        && (has("baseline_version") || has("cap_table_data") || has("aad_successful_commands"))
}

/// ScubaGear's keys, with what stands under them. One fork has a key for each policy.
fn scuba<'t>(members: &Raw<'t>, prefix: &str) -> Content<'t> {
    let model = |kind| Some(kind::What::Model(kind));
    let mut parts = Vec::new();
    let mut collections = Vec::new();
    let failed = member(members, "aad_unsuccessful_commands").unwrap_or_default();
    for (name, raw) in members {
        let what = match name.as_ref() {
            name if name.starts_with("conditional_access_polic") => model(crate::model::Kind::ConditionalAccessPolicy),
            "authorization_policies" => model(crate::model::Kind::AuthorizationPolicy),
            "authentication_strength_policy" => model(crate::model::Kind::AuthenticationStrength),
            "external_identity_policy" => model(crate::model::Kind::ExternalIdentitiesPolicy),
            "cross_tenant_access_policy" => model(crate::model::Kind::CrossTenantDefault),
            "tenant_details" | "authentication_method" => None,
            _ => continue,
        };
        let here = format!("{prefix}/{}", escape_pointer(name));
        let shape = crate::source::shallow(raw);
        let is_list = matches!(shape, Ok(Shallow::Array(_)));
        let items = match shape {
            Ok(Shallow::Array(items)) => array(&items, &here, None, what.as_ref()),
            Ok(Shallow::Object(_)) => vec![Part { raw, pointer: here.clone(), context: None, expected: what.clone() }],
            _ => Vec::new(),
        };
        match name.as_ref() {
            // What Graph gives stands one level below.
            "tenant_details" => parts.extend(items.iter().flat_map(|part| below(part, "AADAdditionalData"))),
            "authentication_method" => {
                let policies = items.iter().flat_map(|part| below(part, "authentication_method_policy"));
                let expected = model(crate::model::Kind::AuthenticationMethods);
                parts.extend(policies.map(|part| Part { expected: expected.clone(), ..part }));
            }
            _ => {
                parts.extend(items);
                let command = match name.as_ref() {
                    "conditional_access_policies" => "ConditionalAccessPolicy",
                    "authorization_policies" => "AuthorizationPolicy",
                    _ => continue,
                };
                if let (Some(what), true) = (what, is_list) {
                    let cut_off = failed.contains(command).then(|| format!("ScubaGear's `Get-…{command}` failed"));
                    collections.push(Collected { what, cut_off, pointer: here, reach: kind::Reach::All });
                }
            }
        }
    }
    Content::Objects { format: Format::ScubaGear, parts, collections, unused: Vec::new(), lost: Vec::new() }
}

fn below<'t>(part: &Part<'t>, name: &str) -> Vec<Part<'t>> {
    let Ok(Shallow::Object(members)) = crate::source::shallow(part.raw) else { return Vec::new() };
    let Some(raw) = member(&members, name) else { return Vec::new() };
    let pointer = format!("{}/{name}", part.pointer);
    match crate::source::shallow(raw) {
        Ok(Shallow::Array(items)) => array(&items, &pointer, None, None),
        Ok(Shallow::Object(_)) => vec![Part { raw, pointer, context: None, expected: None }],
        _ => Vec::new(),
    }
}

fn migration_table(members: &Raw<'_>) -> Option<Vec<(String, String, String)>> {
    let objects = member(members, "Objects")?;
    if member(members, "TenantId").is_none() && member(members, "SchemaVersion").is_none() {
        return None;
    }
    let Ok(Shallow::Array(items)) = crate::source::shallow(objects) else { return None };
    let read = |item: &&str| {
        let Ok(Shallow::Object(object)) = crate::source::shallow(item) else { return None };
        let text_of = |name: &str| member(&object, name).and_then(text);
        Some((text_of("Id")?, text_of("DisplayName")?, text_of("Type").unwrap_or_default()))
    };
    Some(items.iter().filter_map(read).collect())
}

fn not_read_yet(members: &Raw<'_>) -> Option<&'static str> {
    let has = |name| member(members, name).is_some();
    if has("planned_values") || has("resource_changes") || has("terraform_version") {
        Some("Terraform plan or state")
    } else if has("meta") && has("data") && member(members, "meta").is_some_and(|meta| meta.contains("\"azure\"")) {
        Some("AzureHound")
    } else if has("$schema")
        && has("resources")
        && member(members, "$schema").is_some_and(|schema| schema.contains("deploymentTemplate"))
    {
        Some("ARM template")
    } else if has("resources") && member(members, "resources").is_some_and(|list| list.contains("microsoft.entra.")) {
        Some("Tenant Configuration Management snapshot")
    } else {
        None
    }
}

/// The whole document as one object, for roots that are neither a wrapper nor combined.
pub(super) fn whole(root: &str) -> Part<'_> {
    Part { raw: root.trim(), pointer: String::new(), context: None, expected: None }
}
