//! Layer 2: files to a [`Tenant`], and everything that could not be read as it stands.
//!
//! One file per job: [`document`](self) takes a document apart, `kind` tells what an object is, `object` reads it,
//! `members` reads its members in every dialect, and here all of it becomes one tenant.

mod assemble;
mod conditional_access;
mod cross_tenant;
mod directory;
mod document;
mod entitlement;
mod kind;
mod members;
mod object;
mod path;
mod problem;
mod references;
mod writer;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use document::Format;
pub use problem::{Place, Problem, Sort, Weight};

use crate::model::{Group, Id, Kind, Member, Tenant};
use crate::source::{
    self, DocumentId, FileId, OffsetMap, Origin, Shallow, SourceMap, blank_extensions, decode, shallow, to_json,
};
use document::{Collected, Content, Part, Row, take_apart};
use object::{ReadObject, Spot};

/// What became of one file.
#[derive(Debug, Clone)]
pub struct FileReport {
    /// The path as shown.
    pub path: String,
    /// The format, as far as one could be told.
    pub format: Option<Format>,
    /// Objects read, by the name of their type, before merging.
    pub objects: BTreeMap<String, usize>,
    /// Whether anything of it was understood: an object, or a list that says of what and is empty.
    pub understood: bool,
}

impl FileReport {
    fn new(path: String) -> Self {
        Self { path, format: None, objects: BTreeMap::new(), understood: false }
    }
}

/// A tenant, and how it was read.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The tenant.
    pub tenant: Tenant,
    /// The texts that it was read from.
    pub sources: SourceMap,
    /// The files that were looked at.
    pub files: Vec<FileReport>,
    /// Files that hold nothing to look at (pictures, prose, …), by number.
    pub ignored: usize,
    /// What could not be read, or not as it stands; in the order of the files.
    pub problems: Vec<Problem>,
}

impl Loaded {
    /// Objects read before merging, by the name of their type.
    #[must_use]
    pub fn objects(&self) -> BTreeMap<&str, usize> {
        let mut counts = BTreeMap::new();
        for (name, count) in self.files.iter().flat_map(|file| &file.objects) {
            *counts.entry(name.as_str()).or_default() += count;
        }
        counts
    }

    /// Whether something could not be read that may be part of the tenant. Answers are over the rest, and a run that gives
    /// them has failed.
    #[must_use]
    pub fn has_unread(&self) -> bool {
        self.problems.iter().any(|problem| problem.weight == Weight::Error)
    }

    /// The problem that makes every answer meaningless, if there is one.
    #[must_use]
    pub fn several_tenants(&self) -> Option<&Problem> {
        self.problems.iter().find(|problem| problem.sort == Sort::SeveralTenants)
    }
}

/// Reads files one after the other; [`Loader::finish`] makes them one tenant.
#[derive(Debug, Default)]
pub struct Loader {
    loaded: Loaded,
    memberships: Vec<(Id, Member)>,
    internal_sponsors: Vec<(Id, Member)>,
    external_sponsors: Vec<(Id, Member)>,
    /// Service principals of which a list tells who is assigned, and whether such a list was cut off.
    assigned: BTreeMap<Id, bool>,
    /// Whether what is read replaces what was read before.
    lays_over: bool,
    /// Objects that something was laid over, as JSON.
    laid: BTreeMap<(Kind, Id), String>,
    /// Objects that could not be read and seem to be of that kind.
    missed: Vec<(Kind, Origin)>,
    /// Those of the document at hand that seem to be nothing in particular.
    missed_here: Vec<Origin>,
    /// What files may hold of which nothing could be read, and which file.
    lost: Vec<(Kind, String)>,
    /// Files of which it was told that their writer loses something.
    told_writers: BTreeSet<FileId>,
    /// How many objects share a made-up id.
    variants: BTreeMap<(Kind, String), usize>,
}

/// What a file's ending promises. It only decides whether to look: what an object is, its content decides.
enum Promise {
    Json,
    Yaml,
    Look,
    NotReadYet(&'static str),
    Nothing,
}

fn promise(path: &str) -> Promise {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension).to_ascii_lowercase();
    match extension.as_str() {
        "json" | "jsonc" | "json5" => Promise::Json,
        "yaml" | "yml" => Promise::Yaml,
        "" if name == "<stdin>" => Promise::Yaml,
        "" | "txt" | "bak" => Promise::Look,
        "tf" | "tfvars" | "hcl" | "tfstate" | "tfplan" => Promise::NotReadYet("Terraform"),
        "ps1" | "psd1" | "psm1" => Promise::NotReadYet("PowerShell"),
        "bicep" => Promise::NotReadYet("Bicep"),
        "csv" => Promise::NotReadYet("CSV"),
        "jsonl" | "ndjson" | "log" => Promise::NotReadYet("log"),
        "db" | "sqlite" => Promise::NotReadYet("SQLite"),
        "clixml" => Promise::NotReadYet("CLIXML"),
        _ => Promise::Nothing,
    }
}

impl Loader {
    /// Tells about something that was not opened or entered.
    pub fn not_read(&mut self, path: String, reason: &str) {
        let message = format!("not read: {reason}");
        if matches!(promise(&path), Promise::Json | Promise::Yaml) {
            self.lost(&path);
        }
        self.problem(Weight::Warning, Sort::NotRead, Place::Path(path), message, None);
    }

    /// Takes note of a file of which nothing could be read: it may hold what its name says, or else anything.
    fn lost(&mut self, path: &str) {
        let name = path.rsplit('/').next().unwrap_or(path);
        let stem = name.split_once('.').map_or(name, |(stem, _)| stem);
        let kinds = match kind::of_collection_name(stem, None) {
            Some(kind::What::Model(kind)) => vec![kind],
            _ => Kind::ALL.to_vec(),
        };
        let reason = format!("`{path}` could not be read");
        self.lost.extend(kinds.into_iter().map(|kind| (kind, reason.clone())));
    }

    /// Whether a file of that name is worth opening at all. Counts or names it if not.
    pub fn wants(&mut self, path: &str) -> bool {
        match promise(path) {
            Promise::Nothing => {
                self.loaded.ignored += 1;
                false
            }
            Promise::NotReadYet(format) => {
                let message = format!("{format} is not read yet");
                self.problem(Weight::Warning, Sort::FormatNotReadYet, Place::Path(path.to_owned()), message, None);
                self.loaded.files.push(FileReport::new(path.to_owned()));
                false
            }
            Promise::Json | Promise::Yaml | Promise::Look => true,
        }
    }

    /// Reads one file.
    pub fn file(&mut self, path: String, bytes: &[u8]) {
        let text = match decode(bytes) {
            Ok((text, _)) => text,
            Err(_) if matches!(promise(&path), Promise::Look) => {
                self.loaded.ignored += 1;
                return;
            }
            Err(error) => {
                let help = Some("save it as UTF-8, or as UTF-16 with a byte order mark");
                self.loaded.files.push(FileReport::new(path.clone()));
                let message = error.to_string();
                self.lost(&path);
                self.problem(Weight::Error, Sort::DoesNotParse, Place::Path(path), message, help);
                return;
            }
        };
        let looks_like_json = text.trim_start().starts_with(['{', '[']);
        // YAML may look like JSON in its first character only.
        let yaml = matches!(promise(&path), Promise::Yaml) && (!looks_like_json || shallow(&text).is_err());
        if matches!(promise(&path), Promise::Look) && !looks_like_json {
            self.loaded.ignored += 1;
            return;
        }
        let text: Arc<str> = text.into();
        let file = self.loaded.sources.add_file(path.clone(), Arc::clone(&text));
        self.loaded.files.push(FileReport::new(path));
        if yaml {
            self.yaml(file, &text);
        } else {
            self.json(file, text);
        }
    }

    /// Reads JSON that is laid over everything that was read: of an object that is there already, the members that are
    /// named are replaced, and the others stay.
    pub fn lay_over(&mut self, path: String, json: &str) {
        self.lays_over = true;
        self.file(path, json.as_bytes());
        self.lays_over = false;
    }

    fn problem(&mut self, weight: Weight, sort: Sort, place: Place, message: String, help: Option<&str>) {
        self.loaded.problems.push(Problem { weight, sort, message, help: help.map(Into::into), place });
    }

    fn yaml(&mut self, file: FileId, text: &str) {
        match to_json(text) {
            Ok(documents) => {
                for document in documents {
                    let json: Arc<str> = document.json.into();
                    let id = self.loaded.sources.add_document(file, Arc::clone(&json), document.offsets);
                    match shallow(&json) {
                        Ok(root) => self.document(file, id, &json, root, ""),
                        Err(error) => self.does_not_parse(file, id, &error),
                    }
                }
            }
            Err(error) => {
                let place = Place::Span(file, (error.offset, error.offset + 1));
                let message = format!("does not parse as YAML: {}", error.message);
                let path = self.loaded.sources.file(file).path.clone();
                self.lost(&path);
                self.problem(Weight::Error, Sort::DoesNotParse, place, message, Some(NOTHING_READ));
            }
        }
    }

    fn json(&mut self, file: FileId, text: Arc<str>) {
        if text.trim().is_empty() {
            self.problem(Weight::Warning, Sort::DoesNotParse, Place::File(file), "the file is empty".into(), None);
            return;
        }
        let mut error = match shallow(&text) {
            Ok(root) => {
                let id = self.loaded.sources.add_document(file, Arc::clone(&text), OffsetMap::default());
                return self.document(file, id, &text, root, "");
            }
            Err(error) => error,
        };
        if let Some((blanked, places)) = blank_extensions(&text) {
            let blanked: Arc<str> = blanked.into();
            match shallow(&blanked) {
                Ok(root) => {
                    let first = places.first().copied().unwrap_or_default();
                    let message =
                        format!("JSON has neither comments nor trailing commas; {} passed over", places.len());
                    let place = Place::Span(file, (first, first + 1));
                    self.problem(Weight::Warning, Sort::Irregular, place, message, None);
                    let id = self.loaded.sources.add_document(file, Arc::clone(&blanked), OffsetMap::default());
                    return self.document(file, id, &blanked, root, "");
                }
                // What is wrong beside them.
                Err(other) => error = other,
            }
        }
        let id = self.loaded.sources.add_document(file, text, OffsetMap::default());
        self.does_not_parse(file, id, &error);
    }

    fn does_not_parse(&mut self, file: FileId, document: DocumentId, error: &source::ParseError) {
        let region = self.loaded.sources.region_in_document(document, "", (error.offset, error.offset + 1));
        let message = format!("does not parse as JSON: {}", error.message);
        let path = self.loaded.sources.file(file).path.clone();
        self.lost(&path);
        self.problem(Weight::Error, Sort::DoesNotParse, Place::Span(file, region.span), message, Some(NOTHING_READ));
    }

    fn document(&mut self, file: FileId, id: DocumentId, text: &str, mut root: Shallow<'_>, prefix: &str) {
        if let Shallow::Object(members) = &mut root {
            let mut seen = BTreeSet::new();
            let mut repeated = Vec::new();
            // From the end, because the last one counts.
            members.reverse();
            members.retain(|(name, _)| {
                let first = seen.insert(name.to_string());
                if !first {
                    repeated.push(name.to_string());
                }
                first
            });
            members.reverse();
            // One object is looked through when it is read.
            if members.iter().any(|(_, raw)| raw.starts_with('[')) {
                for name in repeated {
                    let message = format!("`{name}` stands here more than once; the last one counts");
                    let place = Place::Member { document: id, start: 0, pointer: "".into(), path: vec![name] };
                    self.problem(Weight::Warning, Sort::Irregular, place, message, None);
                }
            }
        }
        match take_apart(root, text) {
            Content::Objects { format, parts, collections, unused, lost } => {
                self.format(format);
                if format == Format::WrappedObject {
                    let message = "a single object stands under `value`; Graph answers it bare".to_owned();
                    self.problem(Weight::Warning, Sort::Irregular, Place::File(file), message, None);
                }
                if parts.is_empty() && collections.is_empty() {
                    let message = "an empty list that does not say of what".to_owned();
                    let help = Some("keep `@odata.context` when exporting: it names the collection");
                    self.problem(Weight::Warning, Sort::KindUnknown, Place::File(file), message, help);
                }
                for (pointer, what) in lost {
                    let path = pointer.trim_start_matches('/').split('/').map(str::to_owned).collect();
                    let place = Place::Member { document: id, start: 0, pointer: "".into(), path };
                    let message = format!("a list of {what} is expected here; nothing of it was read");
                    self.problem(Weight::Warning, Sort::MemberNotUnderstood, place, message, None);
                }
                for pointer in unused {
                    let path = pointer.trim_start_matches('/').split('/').map(str::to_owned).collect();
                    let place = Place::Member { document: id, start: 0, pointer: "".into(), path };
                    let message = format!("`{pointer}` is not a resource that is known; it was not read");
                    self.problem(Weight::Warning, Sort::KindUnknown, place, message, None);
                }
                let seen = self.parts(id, text, &parts, prefix);
                let told = collections.iter().filter_map(Collected::all_of);
                self.missed_beside(&seen.iter().copied().chain(told).collect());
                self.collections(id, collections, &seen);
            }
            Content::Single => {
                self.format(Format::GraphObject);
                self.parts(id, text, &[document::whole(text)], prefix);
                self.location_info(id, text, prefix);
                self.missed_here.clear();
            }
            Content::Rows { rows, parts } => {
                self.format(Format::Cipp);
                for row in rows {
                    self.row(file, id, text, &row);
                }
                let seen = self.parts(id, text, &parts, prefix);
                self.missed_beside(&seen);
            }
            Content::Names(names) => {
                self.format(Format::MigrationTable);
                self.names(id, names);
            }
            Content::NotReadYet(format) => {
                let message = format!("{format} is not read yet");
                self.problem(Weight::Warning, Sort::FormatNotReadYet, Place::File(file), message, None);
            }
            Content::Unknown(what) => {
                let message = format!("the kind cannot be told: {what}");
                self.problem(Weight::Warning, Sort::KindUnknown, Place::File(file), message, None);
            }
        }
    }

    /// CIPP keeps the policy as text inside a JSON string, and its named locations inside the policy.
    fn row(&mut self, file: FileId, outer: DocumentId, text: &str, row: &Row<'_>) {
        let of_policy = row.partition.eq_ignore_ascii_case("CATemplate").then_some(Kind::ConditionalAccessPolicy);
        let missed = Origin { document: outer, start: 0, pointer: "".into() };
        let start = |raw: &str| raw.as_ptr().addr() - text.as_ptr().addr();
        let literals = row.literals.as_ref();
        let literals = literals.map(|literals| literals.iter().map(|raw| (start(raw), *raw)).collect::<Vec<_>>());
        let Some(id) = literals.and_then(|literals| self.loaded.sources.embed(outer, &literals)) else {
            let path = row.pointer.split('/').skip(1).map(str::to_owned).collect();
            let place = Place::Member { document: outer, start: 0, pointer: "".into(), path };
            let message = "the JSON of this row is not a readable string, or a part of it is missing";
            self.problem(Weight::Error, Sort::DoesNotParse, place, message.into(), None);
            self.missed.extend(of_policy.map(|kind| (kind, missed)));
            return;
        };
        let inner = Arc::clone(&self.loaded.sources.document(id).text);
        if let Err(error) = shallow(&inner) {
            self.missed.extend(of_policy.map(|kind| (kind, missed)));
            return self.does_not_parse(file, id, &error);
        }
        let prefix = format!("{}#", row.pointer);
        self.parts(id, &inner, &[document::whole(&inner)], &prefix);
        self.location_info(id, &inner, &prefix);
    }

    /// CIPP keeps the named locations of a policy inside the policy.
    fn location_info(&mut self, id: DocumentId, text: &str, prefix: &str) {
        let Ok(Shallow::Object(members)) = shallow(text) else { return };
        let locations = members.iter().find(|(name, _)| name.eq_ignore_ascii_case("LocationInfo"));
        if let Some(Ok(Shallow::Array(items))) = locations.map(|(_, raw)| shallow(raw)) {
            let objects = items.iter().enumerate().filter(|(_, raw)| raw.starts_with('{'));
            let mut parts = Vec::new();
            for (index, raw) in objects {
                parts.push(Part { raw, pointer: format!("/LocationInfo/{index}"), context: None, expected: None });
            }
            self.parts(id, text, &parts, prefix);
        }
    }

    fn names(&mut self, document: DocumentId, names: Vec<(String, String, String)>) {
        self.count("migrationTable");
        for (id, name, kind) in names {
            if kind.eq_ignore_ascii_case("group") {
                let origin = Origin { document, start: 0, pointer: "".into() };
                let mut group = Group::untold(Id::new(&id), origin);
                group.display_name = Ok(name);
                self.loaded.tenant.groups.add(group);
            }
        }
    }

    fn format(&mut self, format: Format) {
        if let Some(file) = self.loaded.files.last_mut()
            && !matches!(file.format, Some(Format::Cipp | Format::EntraExporter))
        {
            file.format = Some(format);
        }
    }

    fn count(&mut self, name: &str) {
        if let Some(file) = self.loaded.files.last_mut() {
            *file.objects.entry(name.to_owned()).or_default() += 1;
            file.understood = true;
        }
    }

    /// Reads objects, in parallel where there are many. Gives the kinds that were seen.
    fn parts(&mut self, id: DocumentId, text: &str, parts: &[Part<'_>], prefix: &str) -> BTreeSet<Kind> {
        fn spot<'p>(part: &'p Part<'_>, id: DocumentId, text: &str, prefix: &str) -> Spot<'p> {
            Spot {
                document: id,
                start: source::index32(part.raw.as_ptr().addr() - text.as_ptr().addr()),
                pointer: format!("{prefix}{}", part.pointer),
                context: part.context.as_deref(),
                expected: part.expected.clone(),
            }
        }
        let read = |part: &Part<'_>| object::read(part.raw, &spot(part, id, text, prefix));
        let mut seen = BTreeSet::new();
        if self.lays_over {
            for part in parts {
                let read = self.read_over(part.raw, &spot(part, id, text, prefix));
                self.admit(read, &mut seen);
            }
            return seen;
        }
        let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        if parts.len() < MANY || threads == 1 {
            for part in parts {
                self.admit(read(part), &mut seen);
            }
            return seen;
        }
        // A slice at a time, so that the trees of a large collection never all exist at once.
        for slice in parts.chunks(SLICE) {
            let results: Vec<Vec<ReadObject>> = std::thread::scope(|scope| {
                let share = slice.len().div_ceil(threads);
                let running: Vec<_> =
                    slice.chunks(share).map(|chunk| scope.spawn(move || chunk.iter().map(read).collect())).collect();
                // A thread that panicked takes the run with it: its objects must not go missing in silence.
                let joined = running.into_iter().map(std::thread::ScopedJoinHandle::join);
                joined.map(|read| read.unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
            });
            for result in results.into_iter().flatten() {
                self.admit(result, &mut seen);
            }
        }
        seen
    }

    /// Reads an object that is laid over another one. What is not named is taken from that one's text: by itself, its
    /// absence would mean that it is not set.
    fn read_over(&mut self, raw: &str, spot: &Spot<'_>) -> ReadObject {
        let mut result = object::read(raw, spot);
        let Some(object) = &result.object else { return result };
        let key = (object.kind(), object.id().clone());
        let below = match self.laid.get(&key) {
            Some(laid) => Some(laid.as_str()),
            None => object.below(&self.loaded.tenant).and_then(|origin| {
                let text = self.loaded.sources.document(origin.document).text.get(origin.start as usize..)?;
                source::first_value(text)
            }),
        };
        let Some(whole) = below.and_then(|below| laid_over(below, raw)) else { return result };
        let again = object::read(&whole, spot);
        if let Some(object) = again.object.filter(|again| (again.kind(), again.id()) == (key.0, &key.1)) {
            result.object = Some(object);
            // What is missing here stands there.
            let said = |own: &Problem| again.problems.iter().any(|problem| problem.message == own.message);
            result.problems.retain(said);
            self.laid.insert(key, whole);
        }
        result
    }
}

/// The members of one object over those of another.
fn laid_over(below: &str, above: &str) -> Option<String> {
    let (Ok(Shallow::Object(below)), Ok(Shallow::Object(above))) = (shallow(below), shallow(above)) else {
        return None;
    };
    let stays = |name: &str| !above.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
    let members = below.iter().filter(|(name, _)| stays(name)).chain(&above);
    let members: Option<Vec<String>> =
        members.map(|(name, raw)| Some(format!("{}:{raw}", serde_json::to_string(name).ok()?))).collect();
    Some(format!("{{{}}}", members?.join(",")))
}

const NOTHING_READ: &str = "nothing of this file was read";
/// From how many objects on reading in parallel pays.
const MANY: usize = 512;
/// How many objects are read before they are put into the tenant.
const SLICE: usize = 8192;
