//! Puts what was read together: one tenant of many objects, some of which stand in several files.

use std::collections::{BTreeMap, BTreeSet};

use super::document::{Collected, Format};
use super::kind::{Reach, What};
use super::object::{Object, ReadObject};
use super::path::{self, Parent};
use super::problem::{Place, Sort, Weight};
use super::writer::Writer;
use super::{Loaded, Loader, directory, references};
use crate::model::{Expanded, Gap, Id, Kind, Member, MemberKind, Ref};
use crate::source::{DocumentId, Origin};

/// What to do about files of more than one tenant.
const ONE_TENANT: &str =
    "check one tenant at a time, or pass `--each` to take every first-level folder as a tenant of its own";

/// Objects of one made-up id that are compared with each other.
const MOST_VARIANTS: usize = 16;

impl Loader {
    pub(super) fn admit(&mut self, mut result: ReadObject, seen: &mut BTreeSet<Kind>) {
        self.loaded.problems.append(&mut result.problems);
        if let Some((origin, kind)) = result.missed.take() {
            match kind {
                Some(kind) => self.missed.push((kind, origin)),
                None => self.missed_here.push(origin),
            }
        }
        let path = self.loaded.files.last().map(|file| file.path.clone()).unwrap_or_default();
        let parent = path::parent(&path);
        if parent.is_some() || path::is_overwritten_partner(&path) {
            self.format(Format::EntraExporter);
        } else if result.annotated {
            self.refine(Format::FullOData);
        } else {
            self.written_by(result.writer, result.object.as_ref());
        }
        match &result.what {
            Some(What::Model(kind)) => self.count(kind.as_str()),
            Some(What::NotUsedYet(name)) => self.count(name),
            None => {}
        }
        for nested in result.nested {
            if nested.kind() == Kind::RoleAssignment || nested.kind() == Kind::AssignmentPolicy {
                self.loaded.tenant.coverage_mut(nested.kind()).exported = true;
            }
            self.add(nested, false, true);
        }
        if let (Some((kind, origin)), Some(What::NotUsedYet(name))) = (result.stray, &result.what) {
            self.loaded.tenant.coverage_mut(kind).exported = true;
            self.partial(kind, &format!("an object of type `{name}` in it is not known here"), origin, Vec::new());
        }
        let Some(mut object) = result.object else { return };
        match parent {
            Some(Parent::MemberOf(group)) => return self.relate(object, |this| &mut this.memberships, group),
            Some(Parent::InternalSponsorOf(id)) => return self.relate(object, |this| &mut this.internal_sponsors, id),
            Some(Parent::ExternalSponsorOf(id)) => return self.relate(object, |this| &mut this.external_sponsors, id),
            Some(Parent::AssignedTo(principal)) => {
                // Whoever exports these for one service principal exports them for all.
                if let Object::AppRoleAssignment(assignment) = &mut object {
                    self.loaded.tenant.coverage_mut(Kind::AppRoleAssignment).exported = true;
                    assignment.resource = assignment.resource.clone().or(Ok(principal));
                }
            }
            Some(Parent::Another) => return self.add(object, false, false),
            Some(Parent::AccessPackage(package)) => match &mut object {
                Object::AssignmentPolicy(policy) if policy.access_package.is_err() => {
                    policy.access_package = Ok(Ref::Id(package));
                }
                Object::Assignment(assignment) if assignment.access_package.is_err() => {
                    assignment.access_package = Ok(Ref::Id(package));
                }
                _ => {}
            },
            None => {}
        }
        let kind = object.kind();
        if !result.related {
            seen.insert(kind);
        }
        if kind == Kind::CrossTenantPartner && path::is_overwritten_partner(&path) {
            let reason = "EntraExporter writes every partner into one file, so only the last one is left";
            self.partial(kind, reason, object.origin().clone(), Vec::new());
        }
        if !result.related {
            self.loaded.tenant.coverage_mut(kind).exported = true;
            if result.made_up_id && kind == Kind::User && self.loaded.tenant.coverage(kind).is_complete() {
                let reason = "policies name users by id, and some have none here";
                self.partial(kind, reason, object.origin().clone(), Vec::new());
            }
        }
        self.add(object, result.made_up_id, false);
    }

    /// Tells of a library that writes less than it read, once for a file.
    fn written_by(&mut self, writer: Writer, object: Option<&Object>) {
        self.refine(match writer {
            Writer::Graph => return,
            Writer::PowerShell => Format::GraphPowerShell,
            Writer::Python => Format::GraphSdkPython,
            Writer::TypeScript => Format::GraphSdkTypeScript,
        });
        let Some(object) = object else { return };
        let Some(loses) = writer.loses(object.kind()) else { return };
        let file = self.loaded.sources.document(object.origin().document).file;
        if self.told_writers.insert(file) {
            let help = Some("export what Graph answers, as `az rest` prints it");
            self.problem(Weight::Warning, Sort::MemberNotUnderstood, Place::File(file), loses.to_owned(), help);
        }
    }

    fn refine(&mut self, format: Format) {
        if let Some(file) = self.loaded.files.last_mut()
            && matches!(file.format, Some(Format::GraphObject | Format::GraphArray | Format::GraphCollection))
        {
            file.format = Some(format);
        }
    }

    /// A directory object that stands below the folder of what it belongs to.
    fn relate(&mut self, object: Object, list: fn(&mut Self) -> &mut Vec<(Id, Member)>, to: Id) {
        let kind = match object.kind() {
            Kind::User => MemberKind::User,
            Kind::Group => MemberKind::Group,
            _ => MemberKind::Another,
        };
        let member = Member { id: object.id().clone(), kind };
        list(self).push((to, member));
        self.add(object, false, false);
    }

    fn add(&mut self, mut object: Object, made_up_id: bool, expanded: bool) {
        if made_up_id {
            let name = object.id().as_str().to_owned();
            let variants = self.variants.entry((object.kind(), name.clone())).or_insert(1);
            let mut number = 1;
            // Two that say the same are one; of very many of one name nobody asks which.
            while number <= *variants && object.contradicts(&self.loaded.tenant) {
                number = if number < MOST_VARIANTS { number + 1 } else { *variants + 1 };
                object.set_id(Id::new(&format!("{name} #{number}")));
            }
            *variants = (*variants).max(number);
        }
        if self.lays_over && !expanded {
            object.lay_over(&mut self.loaded.tenant);
            return;
        }
        let kind = object.kind();
        let id = object.id().clone();
        let origin = object.origin().clone();
        let Some((differing, first)) = object.add_to(&mut self.loaded.tenant, expanded) else { return };
        let place =
            Place::Member { document: origin.document, start: origin.start, pointer: origin.pointer, path: Vec::new() };
        let region = self.loaded.sources.resolve(&first, &[]);
        let first = format!("{}:{}", self.loaded.sources.file(region.file).path, region.line);
        let members = differing.join("`, `").replace('_', " ");
        if kind == Kind::CrossTenantDefault {
            let message = format!(
                "a second cross-tenant default that differs from the one at {first}: these are the files of more than one tenant"
            );
            self.problem(Weight::Error, Sort::SeveralTenants, place, message, Some(ONE_TENANT));
        } else {
            let message = format!(
                "{} `{id}` stands here again and says something else about `{members}` than {first}; which of them holds is not known",
                kind.as_str()
            );
            self.problem(Weight::Warning, Sort::Conflict, place, message, Some("remove the file that is out of date"));
        }
    }

    /// What could not be read beside others may be one of them.
    pub(super) fn missed_beside(&mut self, seen: &BTreeSet<Kind>) {
        for origin in std::mem::take(&mut self.missed_here) {
            self.missed.extend(seen.iter().map(|kind| (*kind, origin.clone())));
        }
    }

    fn partial(&mut self, kind: Kind, reason: &str, origin: Origin, path: Vec<String>) {
        let coverage = self.loaded.tenant.coverage_mut(kind);
        if !coverage.partial.iter().any(|known| known == reason) {
            coverage.partial.push(reason.to_owned());
        }
        let place = Place::Member { document: origin.document, start: origin.start, pointer: origin.pointer, path };
        let message = format!("the list of {} is not complete: {reason}", kind.as_str());
        let help = format!("export all of {}", kind.resource());
        self.problem(Weight::Warning, Sort::CutOff, place, message, Some(&help));
    }

    pub(super) fn collections(&mut self, document: DocumentId, collections: Vec<Collected>, seen: &BTreeSet<Kind>) {
        for collected in collections {
            // Without a name the list said nothing, and its items tell what they are.
            let named = !matches!(&collected.what, What::NotUsedYet(name) if name.is_empty());
            if let Some(file) = self.loaded.files.last_mut() {
                file.understood |= named;
            }
            let origin = Origin { document, start: 0, pointer: "".into() };
            let path: Vec<String> = collected.pointer.split('/').skip(1).map(str::to_owned).collect();
            let kinds: BTreeSet<Kind> = match (&collected.reach, &collected.what) {
                (Reach::All, What::Model(kind)) => std::iter::once(*kind).collect(),
                (Reach::All, What::NotUsedYet(_)) => seen.clone(),
                (Reach::Related | Reach::AssignedTo(_), _) => BTreeSet::new(),
            };
            if let Reach::AssignedTo(id) = &collected.reach {
                *self.assigned.entry(id.clone()).or_default() |= collected.cut_off.is_some();
            }
            let no_kinds = kinds.is_empty();
            for kind in kinds {
                self.loaded.tenant.coverage_mut(kind).exported = true;
                if let Some(reason) = &collected.cut_off {
                    self.partial(kind, reason, origin.clone(), path.clone());
                }
            }
            if let (true, Some(reason)) = (no_kinds, &collected.cut_off) {
                let place = Place::Member { document, start: 0, pointer: "".into(), path };
                let what = match (&collected.reach, &collected.what) {
                    (Reach::AssignedTo(id), _) => format!("the list of who is assigned to `{id}`"),
                    (_, What::Model(kind)) => format!("the list of {}", kind.as_str()),
                    (_, What::NotUsedYet(name)) if name.is_empty() => "the list".to_owned(),
                    (_, What::NotUsedYet(name)) => format!("the list of {name}"),
                };
                let assigned = matches!(collected.reach, Reach::AssignedTo(_));
                let weight = if assigned { Weight::Warning } else { Weight::Note };
                self.problem(weight, Sort::CutOff, place, format!("{what} is not complete: {reason}"), None);
            }
        }
    }

    /// Makes everything read one tenant.
    #[must_use]
    pub fn finish(mut self) -> Loaded {
        for (kind, origin) in std::mem::take(&mut self.missed) {
            if self.loaded.tenant.coverage(kind).is_complete() {
                self.partial(kind, "something that seems to be one could not be read", origin, Vec::new());
            }
        }
        for (kind, reason) in std::mem::take(&mut self.lost) {
            let coverage = self.loaded.tenant.coverage_mut(kind);
            // One reason is enough: of very many files each would be held against all others.
            if coverage.is_complete() {
                coverage.partial.push(reason);
            }
        }
        self.relations();
        self.assignments();
        let organizations = &self.loaded.tenant.organizations.items;
        if let [first, others @ ..] = organizations.as_slice()
            && !others.is_empty()
        {
            let name = |organization: &crate::model::Organization| match &organization.display_name {
                Ok(name) => format!("`{name}` ({})", organization.id),
                Err(_) => format!("`{}`", organization.id),
            };
            let names: Vec<String> = std::iter::once(first).chain(others).map(name).collect();
            let message = format!("these files are of more than one tenant: {}", names.join(", "));
            let origin = others.first().map_or(&first.origin, |other| &other.origin).clone();
            let place = Place::Member {
                document: origin.document,
                start: origin.start,
                pointer: origin.pointer,
                path: Vec::new(),
            };
            self.problem(Weight::Error, Sort::SeveralTenants, place, message, Some(ONE_TENANT));
        }
        self.loaded.tenant.close_groups();
        let dangling = references::dangling(&self.loaded.tenant);
        for found in dangling {
            let path = found.path.iter().map(|step| (*step).to_owned()).collect();
            let origin = found.origin;
            let place = Place::Member { document: origin.document, start: origin.start, pointer: origin.pointer, path };
            let message = format!("no {} `{}` in the export", found.kind.as_str(), found.reference);
            self.problem(Weight::Note, Sort::Dangling, place, message, None);
        }
        self.loaded
    }

    /// Members and sponsors that stood in files of their own. Whoever exports them for one object exports them for
    /// all, so an object without any has none.
    fn relations(&mut self) {
        let collect = |pairs: Vec<(Id, Member)>| {
            let mut lists: BTreeMap<Id, BTreeMap<Id, Member>> = BTreeMap::new();
            for (id, member) in pairs {
                let list = lists.entry(id).or_default();
                list.entry(member.id.clone()).or_insert(member);
            }
            lists
        };
        let members = collect(std::mem::take(&mut self.memberships));
        let internal = collect(std::mem::take(&mut self.internal_sponsors));
        let external = collect(std::mem::take(&mut self.external_sponsors));
        let fill =
            |lists: &BTreeMap<Id, BTreeMap<Id, Member>>, id: &Id, told: &mut crate::model::Told<Expanded<Member>>| {
                if !lists.is_empty() && *told == Err(Gap::NotExported) {
                    *told = Ok(Expanded {
                        items: lists.get(id).into_iter().flat_map(BTreeMap::values).cloned().collect(),
                        cut_off: false,
                    });
                }
            };
        for group in &mut self.loaded.tenant.groups.items {
            fill(&members, &group.id, &mut group.members);
        }
        for organization in &mut self.loaded.tenant.connected_organizations.items {
            fill(&internal, &organization.id, &mut organization.internal_sponsors);
            fill(&external, &organization.id, &mut organization.external_sponsors);
        }
    }

    /// Who is assigned to each service principal, of what stands there and of lists of their own. A list that names its
    /// service principal tells all of that one; lists of all of them, by their folders or under one key, tell all.
    /// What users and groups are assigned to adds to that and ends nothing.
    fn assignments(&mut self) {
        let tenant = &mut self.loaded.tenant;
        let coverage = &mut tenant.app_role_assignments.coverage;
        let all = coverage.is_complete();
        let mut lists: BTreeMap<Id, BTreeMap<Id, Member>> = BTreeMap::new();
        for assignment in &tenant.app_role_assignments.items {
            if let (Ok(resource), Some(member)) = (&assignment.resource, directory::assigned_member(assignment)) {
                lists.entry(resource.clone()).or_default().entry(member.id.clone()).or_insert(member);
            }
        }
        let mut open = !tenant.service_principals.coverage.is_complete();
        for principal in &mut tenant.service_principals.items {
            let own = lists.remove(&principal.id).unwrap_or_default();
            let complete = all || self.assigned.get(&principal.id) == Some(&false);
            match &mut principal.assigned {
                Ok(told) => {
                    told.cut_off &= !complete;
                    let known: BTreeSet<Id> = told.items.iter().map(|member| member.id.clone()).collect();
                    told.items.extend(own.into_values().filter(|member| !known.contains(&member.id)));
                }
                told if complete || !own.is_empty() => {
                    *told = Ok(Expanded { items: own.into_values().collect(), cut_off: !complete });
                }
                Err(_) => {}
            }
            open |= !principal.assigned.as_ref().is_ok_and(|assigned| !assigned.cut_off);
        }
        let told = tenant.service_principals.items.iter().any(|principal| principal.assigned.is_ok());
        if !coverage.exported && (told || !self.assigned.is_empty() || !tenant.app_role_assignments.items.is_empty()) {
            coverage.exported = true;
            if open {
                coverage.partial.push("who is assigned is not told of every service principal".to_owned());
            }
        }
    }
}
