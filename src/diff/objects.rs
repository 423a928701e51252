//! Objects of two tenants, matched by id and compared member by member.

use std::collections::{BTreeMap, BTreeSet};

use super::names::{Names, referred};
use super::{
    AccessChange, Change, Difference, Fate, FindingChanges, MemberChange, NotCompared, ObjectChange, Untold, Which,
    WhyUntold, place, written,
};
use crate::load::{Loaded, Sort};
use crate::model::{Aggregate, Collection, Gap, Id, Kind, Said, SaidSet, Tenant, Told, combination};

/// Members that say how an object was written, not what is configured.
const NOT_CONFIGURED: [(Kind, &str); 2] =
    [(Kind::AssignmentPolicy, "dialect"), (Kind::ConditionalAccessPolicy, "modified")];

/// Members of an assignment policy that only v1.0 has.
const V1_ONLY: [&str; 2] = ["custom_schedule", "automatic"];

pub(super) struct Comparison<'l> {
    old: &'l Loaded,
    new: &'l Loaded,
    names: Names<'l>,
    difference: Difference,
    untold: BTreeMap<(Kind, String, Which, WhyUntold), Untold>,
}

impl<'l> Comparison<'l> {
    pub(super) fn new(old: &'l Loaded, new: &'l Loaded) -> Self {
        Self {
            old,
            new,
            names: Names::new([&new.tenant, &old.tenant]),
            difference: Difference {
                tenants: None,
                access: AccessChange::NotDecided { why: String::new(), is_internal_error: false },
                policies: Vec::new(),
                objects: BTreeMap::new(),
                not_compared: Vec::new(),
                on_neither: Vec::new(),
                untold: Vec::new(),
                findings: FindingChanges::default(),
                names: BTreeMap::new(),
            },
            untold: BTreeMap::new(),
        }
    }

    pub(super) fn finish(mut self) -> Difference {
        self.difference.untold = self.untold.into_values().collect();
        self.difference.names = referred(&self.difference, &self.names);
        self.difference
    }

    fn loaded(&self, which: Which) -> &'l Loaded {
        match which {
            Which::Old => self.old,
            Which::New => self.new,
        }
    }

    fn object<T: Aggregate>(&self, kind: Kind, object: &T, which: Which, fate: Fate) -> ObjectChange {
        let says = object.say();
        let text = |member: &str| {
            let found = says.iter().find(|(name, _)| *name == member).map(|(_, said)| said);
            match found {
                Some(Ok(Said::Text(text))) if !text.is_empty() => Some(text.clone()),
                _ => None,
            }
        };
        let name = text("display_name").or_else(|| text("target_name")).or_else(|| text("user_principal_name"));
        let tenant = &self.loaded(which).tenant;
        let (name, package) = match kind {
            Kind::RoleAssignment => (self.role_assignment(tenant, object), None),
            Kind::AppRoleAssignment => (self.app_role_assignment(tenant, object), None),
            Kind::AssignmentPolicy => (name, self.package(tenant, object)),
            Kind::Assignment => {
                let assignment = tenant.assignments.get(object.id());
                let package = assignment.and_then(|assignment| assignment.access_package.as_ref().ok());
                (name, package.map(ToString::to_string).map(|id| self.names.name(&id).unwrap_or(id)))
            }
            _ => (name, None),
        };
        let says = match (kind, fate) {
            (Kind::AssignmentPolicy, Fate::Added | Fate::Removed) => {
                let configured = |(member, said): (&'static str, Told<Said>)| {
                    let shown = !NOT_CONFIGURED.contains(&(kind, member)) && member != "display_name";
                    Some((camel(member), said.ok().filter(|_| shown)?))
                };
                says.into_iter().filter_map(configured).collect()
            }
            _ => Vec::new(),
        };
        ObjectChange {
            kind,
            id: object.id().to_string(),
            name,
            package,
            fate,
            members: Vec::new(),
            says,
            place: place(self.loaded(which), which, object.origin()),
        }
    }

    fn package<T: Aggregate>(&self, tenant: &Tenant, policy: &T) -> Option<String> {
        let policy = tenant.assignment_policies.get(policy.id())?;
        let package = policy.access_package.as_ref().ok()?.to_string();
        Some(self.names.name(&package).unwrap_or(package))
    }

    fn role_assignment<T: Aggregate>(&self, tenant: &Tenant, assignment: &T) -> Option<String> {
        let assignment = tenant.role_assignments.get(assignment.id())?;
        Some(format!("{}: {}", self.names.or_id(&assignment.role)?, self.names.or_id(&assignment.principal)?))
    }

    fn app_role_assignment<T: Aggregate>(&self, tenant: &Tenant, assignment: &T) -> Option<String> {
        let assignment = tenant.app_role_assignments.get(assignment.id())?;
        Some(format!("{}: {}", self.names.or_id(&assignment.resource)?, self.names.or_id(&assignment.principal)?))
    }

    /// Compares two objects; what one side does not tell is noted, if it tells of the kind at all.
    fn compare<T: Aggregate>(&mut self, kind: Kind, old: &T, new: &T, note: bool) -> Option<ObjectChange> {
        let differing = old.differing(new);
        let other_dialect = differing.iter().any(|(member, ..)| *member == "dialect");
        let mut members = Members { names: &self.names, changes: Vec::new(), untold: Vec::new() };
        for (member, old, new) in differing {
            if NOT_CONFIGURED.contains(&(kind, member)) {
                continue;
            }
            let path = camel(member);
            if kind == Kind::AssignmentPolicy && other_dialect && V1_ONLY.contains(&member) {
                members.untold.push((path, Which::New, WhyUntold::Dialect));
            } else if (kind, member) == (Kind::AuthenticationStrength, "combinations") {
                members.compare(path, &old.map(in_any_order), &new.map(in_any_order));
            } else {
                members.compare(path, &old, &new);
            }
        }
        for (member, gap) in self.open(old, new) {
            members.untold.push((camel(member), Which::New, WhyUntold::Gap(gap)));
        }
        let Members { changes, untold, .. } = members;
        for (member, which, why) in untold.into_iter().filter(|_| note) {
            let key = (kind, member.clone(), which, why.clone());
            if let Some(known) = self.untold.get_mut(&key) {
                known.objects += 1;
                continue;
            }
            let first = self.object(kind, new, Which::New, Fate::Changed);
            let untold =
                Untold { kind, member, which, why, objects: 1, first: first.id.clone(), first_name: first.name };
            self.untold.insert(key, untold);
        }
        if changes.is_empty() {
            return None;
        }
        let mut object = self.object(kind, new, Which::New, Fate::Changed);
        object.members = changes;
        Some(object)
    }
}

impl Comparison<'_> {
    /// Members that neither side tells and that may differ: what is not understood, of an object that is written
    /// differently, and what was lost on both sides.
    fn open<T: Aggregate>(&self, old: &T, new: &T) -> Vec<(&'static str, Gap)> {
        let before = old.gaps();
        let on_both = |(member, _): &(&'static str, &Gap)| before.iter().any(|(other, _)| other == member);
        let mut found = new.gaps();
        found.retain(on_both);
        if found.iter().any(|(_, gap)| **gap == Gap::NotUnderstood)
            && written::is_same((self.old, old), (self.new, new))
        {
            found.retain(|(_, gap)| **gap == Gap::Lost);
        }
        found.into_iter().map(|(member, gap)| (member, gap.clone())).collect()
    }
}

impl crate::model::Pairs for Comparison<'_> {
    fn pair<T: Aggregate>(&mut self, kind: Kind, old: &Collection<T>, new: &Collection<T>) {
        let exported = (old.coverage.exported, new.coverage.exported);
        let mut complete = (old.coverage.is_complete(), new.coverage.is_complete());
        let mut changes = Vec::new();
        let (mut only_old, mut only_new) = (Vec::new(), Vec::new());
        for (before, after) in matched(old, new) {
            match (before, after) {
                (Some(before), Some(after)) => {
                    changes.extend(self.compare(kind, before, after, exported == (true, true)));
                }
                (Some(before), None) => only_old.push(before),
                (None, Some(after)) => only_new.push(after),
                (None, None) => {}
            }
        }
        if exported == (false, false) {
            self.difference.on_neither.push(kind);
        } else {
            for (which, coverage, alone) in
                [(Which::Old, &old.coverage, only_new.len()), (Which::New, &new.coverage, only_old.len())]
            {
                let mut reasons =
                    if coverage.exported { coverage.partial.clone() } else { vec!["not exported".to_owned()] };
                // What was not opened may hold what seems to be gone.
                let unread = self.loaded(which).problems.iter().any(|problem| problem.sort == Sort::NotRead);
                if unread && alone > 0 && reasons.is_empty() {
                    reasons.push("a file was not read".to_owned());
                    complete = match which {
                        Which::Old => (false, complete.1),
                        Which::New => (complete.0, false),
                    };
                }
                let not_compared =
                    reasons.into_iter().map(|reason| NotCompared { kind, which, reason, objects: alone });
                self.difference.not_compared.extend(not_compared);
            }
        }
        if complete.1 && old.coverage.exported {
            changes.extend(only_old.into_iter().map(|object| self.object(kind, object, Which::Old, Fate::Removed)));
        }
        if complete.0 && new.coverage.exported {
            changes.extend(only_new.into_iter().map(|object| self.object(kind, object, Which::New, Fate::Added)));
        }
        // By name, as people look for things, not in the order of either file.
        changes.sort_by(|one, other| {
            (one.fate, &one.package, &one.name, &one.id).cmp(&(other.fate, &other.package, &other.name, &other.id))
        });
        if kind == Kind::AssignmentPolicy {
            self.difference.policies = changes;
        } else if !changes.is_empty() {
            self.difference.objects.insert(kind, changes);
        }
    }
}

/// Objects of one made-up id that are compared with each other.
const MOST_COMPARED: usize = 64;

/// The base of an id that was made up of a display name that several objects share: `Name #2`.
fn base(id: &str) -> &str {
    match id.rsplit_once(" #") {
        Some((base, number)) if !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()) => base,
        _ => id,
    }
}

/// The objects of two collections, each with the one that it is on the other side.
fn matched<'c, T: Aggregate>(old: &'c Collection<T>, new: &'c Collection<T>) -> Vec<(Option<&'c T>, Option<&'c T>)> {
    let ids = || old.items.iter().chain(&new.items).map(|object| object.id().as_str());
    // The number behind a name comes of the order in the export: such objects are matched by what they say.
    let shared: BTreeSet<&str> = ids().filter(|id| base(id) != *id).map(base).collect();
    let is_shared = |object: &T| shared.contains(base(object.id().as_str()));
    let mut pairs = Vec::new();
    for before in old.items.iter().filter(|object| !is_shared(object)) {
        pairs.push((Some(before), new.get(before.id())));
    }
    for after in new.items.iter().filter(|object| !is_shared(object) && old.get(object.id()).is_none()) {
        pairs.push((None, Some(after)));
    }
    let of = |items: &'c [T]| {
        let mut groups: BTreeMap<&'c str, Vec<&'c T>> = BTreeMap::new();
        for object in items.iter().filter(|object| is_shared(object)) {
            groups.entry(base(object.id().as_str())).or_default().push(object);
        }
        groups
    };
    let (mut before, mut after) = (of(&old.items), of(&new.items));
    for name in &shared {
        let mut right = after.remove(name).unwrap_or_default();
        let mut left = Vec::new();
        for before in before.remove(name).unwrap_or_default() {
            // Of very many of one name nobody asks which.
            let same = right.iter().take(MOST_COMPARED).position(|after| is_same(before, after));
            match same {
                Some(at) => pairs.push((Some(before), Some(right.remove(at)))),
                None => left.push(before),
            }
        }
        let mut right = right.into_iter();
        for before in left {
            pairs.push((Some(before), right.next()));
        }
        pairs.extend(right.map(|after| (None, Some(after))));
    }
    pairs
}

fn is_same<T: Aggregate>(one: &T, other: &T) -> bool {
    one.differing(other).into_iter().all(|(_, one, other)| one == other)
}

/// Combinations of methods, in any order within each.
fn in_any_order(said: Said) -> Said {
    let Said::Set(SaidSet { items, open }) = said else { return said };
    let sorted = |item: Said| match item {
        Said::Text(methods) => Said::Word(combination(&methods).join(", ")),
        other => other,
    };
    Said::Set(SaidSet { items: items.into_iter().map(sorted).collect(), open })
}

/// Names as Graph has them.
pub(crate) fn camel(name: &str) -> String {
    let mut camel = String::with_capacity(name.len());
    let mut after_underscore = false;
    for character in name.chars() {
        match character {
            '_' => after_underscore = true,
            _ if after_underscore => {
                camel.push(character.to_ascii_uppercase());
                after_underscore = false;
            }
            _ => camel.push(character),
        }
    }
    camel
}

/// The members of two objects.
struct Members<'n> {
    names: &'n Names<'n>,
    changes: Vec<MemberChange>,
    untold: Vec<(String, Which, WhyUntold)>,
}

impl Members<'_> {
    fn compare(&mut self, path: String, old: &Told<Said>, new: &Told<Said>) {
        match (old, new) {
            (Err(_), Err(_)) => {}
            (Err(gap), Ok(_)) => self.untold.push((path, Which::Old, WhyUntold::Gap(gap.clone()))),
            (Ok(_), Err(gap)) => self.untold.push((path, Which::New, WhyUntold::Gap(gap.clone()))),
            (Ok(Said::Fields(old)), Ok(Said::Fields(new))) if names(old).eq(names(new)) => {
                for ((name, old), (_, new)) in old.iter().zip(new) {
                    self.compare(format!("{path}.{}", camel(name)), old, new);
                }
            }
            (Ok(Said::List(old)), Ok(Said::List(new))) => {
                let none = Said::Absent("none");
                for number in 0..old.len().max(new.len()) {
                    let at = |list: &[Said]| Ok(list.get(number).unwrap_or(&none).clone());
                    self.compare(format!("{path}.{}", number + 1), &at(old), &at(new));
                }
            }
            (Ok(Said::Set(old)), Ok(Said::Set(new))) => self.set(path, old, new),
            (Ok(old), Ok(new)) if old == new => {}
            (Ok(old), Ok(new)) => {
                if let Some(which) = self.by_name(old, new) {
                    self.untold.push((path, which, WhyUntold::ByName));
                } else {
                    let change = Change::Value { old: old.clone(), new: new.clone() };
                    self.changes.push(MemberChange { member: path, change });
                }
            }
        }
    }

    /// The side that refers by name to what the other one refers to by id, if the name is that of the object.
    fn by_name(&self, old: &Said, new: &Said) -> Option<Which> {
        let (Said::Thing(old), Said::Thing(new)) = (old, new) else { return None };
        let is_named = |id: &str, name: &str| {
            is_guid(id) && !is_guid(name) && self.names.name(id).is_some_and(|known| known == name)
        };
        match () {
            () if old.what != new.what => None,
            () if is_named(&old.id, &new.id) => Some(Which::New),
            () if is_named(&new.id, &old.id) => Some(Which::Old),
            () => None,
        }
    }

    /// What is not in a list that was cut off may still be there.
    fn set(&mut self, path: String, old: &SaidSet, new: &SaidSet) {
        let only =
            |one: &SaidSet, other: &SaidSet| -> Vec<Said> { one.items.difference(&other.items).cloned().collect() };
        let (mut added, mut removed) = (only(new, old), only(old, new));
        for (open, alone, which) in [(old.open, &mut added, Which::Old), (new.open, &mut removed, Which::New)] {
            if open && !alone.is_empty() {
                self.untold.push((path.clone(), which, WhyUntold::CutOff));
                alone.clear();
            }
        }
        let mut by_name = BTreeSet::new();
        removed.retain(|gone| {
            let same = added.iter().enumerate().find_map(|(at, new)| Some((at, self.by_name(gone, new)?)));
            if let Some((at, which)) = same {
                added.remove(at);
                by_name.insert(which);
            }
            same.is_none()
        });
        self.untold.extend(by_name.into_iter().map(|which| (path.clone(), which, WhyUntold::ByName)));
        if !added.is_empty() || !removed.is_empty() {
            self.changes.push(MemberChange { member: path, change: Change::Items { added, removed } });
        }
    }
}

fn is_guid(id: &str) -> bool {
    Id::new(id).is_guid()
}

fn names<'f>(fields: &'f [(&'static str, Told<Said>)]) -> impl Iterator<Item = &'f str> {
    fields.iter().map(|(name, _)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::sign_in::Readings;
    use crate::check::Report;
    use crate::diff::{Side, difference};
    use crate::load::Loader;

    fn load(files: &[(&str, &str)]) -> Loaded {
        let mut loader = Loader::default();
        for (name, text) in files {
            loader.file((*name).to_owned(), text.as_bytes());
        }
        loader.finish()
    }

    fn compare(old: &Loaded, new: &Loaded) -> Difference {
        let report = Report::default();
        difference(
            Side { loaded: old, report: &report },
            Side { loaded: new, report: &report },
            &BTreeMap::new(),
            &Readings::default(),
            1,
        )
    }

    fn collection(name: &str, items: &str) -> String {
        format!(r#"{{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#{name}","value":[{items}]}}"#)
    }

    fn group(members: &[usize]) -> String {
        let members: Vec<String> = members
            .iter()
            .map(|number| {
                format!(r##"{{"@odata.type":"#microsoft.graph.user","id":"00000000-0000-4000-8000-{number:012}"}}"##)
            })
            .collect();
        let id = "a0000000-0000-4000-8000-000000000001";
        let group = format!(r#"{{"id":"{id}","displayName":"g","members":[{}]}}"#, members.join(","));
        collection("groups", &group)
    }

    /// Graph expands twenty members at most: what a full list lacks may have been there.
    #[test]
    fn lists_that_were_cut_off_lose_nothing() {
        let all: Vec<usize> = (0..20).collect();
        let cut = load(&[("g.json", &group(&all))]);
        let short = load(&[("g.json", &group(&[0, 1, 30]))]);
        let difference = compare(&cut, &short);
        let change = &difference.objects[&Kind::Group][0].members;
        assert!(
            matches!(&change[..], [MemberChange { change: Change::Items { added, removed }, .. }] if added.is_empty() && removed.len() == 18),
            "{change:?}"
        );
        assert_eq!(difference.untold[0].why, WhyUntold::CutOff);
        let difference = compare(&short, &cut);
        let change = &difference.objects[&Kind::Group][0].members;
        assert!(
            matches!(&change[..], [MemberChange { change: Change::Items { added, removed }, .. }] if added.len() == 18 && removed.is_empty()),
            "{change:?}"
        );
    }

    fn policy(name: &str, state: &str, more: &str) -> String {
        format!(
            r#"{{"displayName":"{name}","state":"{state}","conditions":{{"users":{{"includeUsers":["All"]}}{more}}}}}"#
        )
    }

    /// Templates have no ids: those of one name are told apart by what they say, whatever their order.
    #[test]
    fn objects_without_an_id_are_matched_by_name_and_content() {
        let list = |policies: &[String]| collection("identity/conditionalAccess/policies", &policies.join(","));
        let (one, two) = (policy("x", "enabled", ""), policy("x", "disabled", ""));
        let other = policy("y", "enabled", "");
        let old = load(&[("p.json", &list(&[one.clone(), two.clone(), other.clone()]))]);
        let new = load(&[("q.json", &list(&[other, two.clone(), one.clone()]))]);
        assert_eq!(old.tenant.conditional_access.items.len(), 3);
        assert_eq!(compare(&old, &new).changes().count(), 0);
        let report_only = policy("x", "enabledForReportingButNotEnforced", "");
        let new = load(&[("q.json", &list(&[report_only, one]))]);
        let fates: Vec<Fate> = compare(&old, &new).changes().map(|change| change.fate).collect();
        assert_eq!(fates, [Fate::Removed, Fate::Changed]);
    }

    #[test]
    fn what_one_side_does_not_tell_is_not_changed() {
        let id = "b0000000-0000-4000-8000-000000000001";
        let user = |more: &str| collection("users", &format!(r#"{{"id":"{id}","displayName":"u"{more}}}"#));
        let old = load(&[("u.json", &user(r#","accountEnabled":true"#))]);
        let new = load(&[("u.json", &user(r#","userType":"Guest""#))]);
        let difference = compare(&old, &new);
        assert_eq!(difference.changes().count(), 0);
        let untold: Vec<(&str, Which)> =
            difference.untold.iter().map(|untold| (untold.member.as_str(), untold.which)).collect();
        assert_eq!(untold, [("enabled", Which::New), ("userType", Which::Old)]);
    }

    /// Templates refer by name; nobody can tell whether an object of that name is the one.
    #[test]
    fn a_reference_by_name_is_no_change() {
        let group = collection("groups", r#"{"id":"a0000000-0000-4000-8000-000000000001","displayName":"Emergency"}"#);
        let policy = |excluded: &str| {
            let users = format!(r#"{{"includeUsers":["All"],"excludeGroups":[{excluded}]}}"#);
            let policy =
                format!(r#"{{"id":"p","displayName":"p","state":"enabled","conditions":{{"users":{users}}}}}"#);
            collection("identity/conditionalAccess/policies", &policy)
        };
        let by_id = load(&[("g.json", &group), ("p.json", &policy(r#""a0000000-0000-4000-8000-000000000001""#))]);
        let by_name = load(&[("g.json", &group), ("p.json", &policy(r#""Emergency""#))]);
        let another = load(&[("g.json", &group), ("p.json", &policy(r#""Another""#))]);
        for (old, new, which) in [(&by_id, &by_name, Which::New), (&by_name, &by_id, Which::Old)] {
            let difference = compare(old, new);
            assert_eq!(difference.changes().count(), 0);
            assert_eq!((difference.untold[0].which, &difference.untold[0].why), (which, &WhyUntold::ByName));
        }
        assert_eq!(compare(&by_id, &another).changes().count(), 1);
    }

    #[test]
    fn a_collection_of_one_side_only_is_not_compared() {
        let old = load(&[("g.json", &group(&[0])), ("u.json", &collection("users", r#"{"id":"u"}"#))]);
        let new = load(&[("g.json", &group(&[0]))]);
        let difference = compare(&old, &new);
        assert_eq!(difference.changes().count(), 0);
        let not_compared: Vec<(Kind, Which, usize)> =
            difference.not_compared.iter().map(|what| (what.kind, what.which, what.objects)).collect();
        assert_eq!(not_compared, [(Kind::User, Which::New, 1)]);
        assert!(!difference.on_neither.contains(&Kind::User));
    }

    #[test]
    fn an_unopened_file_removes_nothing() {
        let users = |ids: &str| collection("users", ids);
        let old = load(&[("u.json", &users(r#"{"id":"u"},{"id":"v"}"#))]);
        for (path, reason) in [("v.json", "`v.json` could not be read"), ("folder", "a file was not read")] {
            let mut loader = Loader::default();
            loader.file("u.json".into(), users(r#"{"id":"u"}"#).as_bytes());
            loader.not_read(path.into(), "a link");
            let difference = compare(&old, &loader.finish());
            assert_eq!(difference.changes().count(), 0);
            assert_eq!(difference.not_compared[0].reason, reason);
        }
    }

    #[test]
    fn order_and_spelling_make_no_difference() {
        let id = "c0000000-0000-4000-8000-000000000001";
        let policy = |users: &str, rule: &str| {
            let devices = format!(r#""devices":{{"deviceFilter":{{"mode":"exclude","rule":"{rule}"}}}}"#);
            let conditions = format!(r#"{{"users":{{"includeGroups":[{users}]}},{devices}}}"#);
            collection(
                "identity/conditionalAccess/policies",
                &format!(r#"{{"id":"{id}","displayName":"p","state":"enabled","conditions":{conditions}}}"#),
            )
        };
        let (one, two) = ("\"a0000000-0000-4000-8000-00000000000a\"", "\"a0000000-0000-4000-8000-00000000000B\"");
        let old = load(&[("p.json", &policy(&format!("{one},{two}"), "device.isCompliant -eq True"))]);
        let turned = format!("{},{one}", two.to_lowercase());
        let new = load(&[("p.json", &policy(&turned, "(device.isCompliant  -eq  True)"))]);
        let difference = compare(&old, &new);
        assert_eq!(difference.changes().count(), 0, "{:?}", difference.objects);
    }
}
