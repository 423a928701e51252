//! Runs scenario files: reads them, builds the tenant of each case, asks, and compares.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::expect::{Difference, compare, compare_what_if};
use super::file::{Case, ScenarioFile};
use crate::access::sign_in::{Engine, Readings, Verdict, WhatIfVersion};
use crate::load::{Loaded, Loader, Weight};
use crate::model::Id;
use crate::simulate::question::{UserText, When, Whens};
use crate::simulate::{Assume, Misunderstood, Resolver};
use crate::source::{OffsetMap, Origin, Region, SourceMap, decode, to_json};

/// What became of one case, or of one cell of its matrix.
#[derive(Debug, Clone)]
pub struct CaseResult {
    /// The case's name, with what varies.
    pub name: String,
    /// The number of an acceptance case.
    pub case: Option<String>,
    /// How sure the expectation is.
    pub tag: Option<String>,
    /// Why it is expected.
    pub because: Option<String>,
    /// Line of the case in its file, from 1; 0 where it is not known.
    pub line: usize,
    /// What came out.
    pub outcome: CaseOutcome,
}

/// What came out.
#[derive(Debug, Clone)]
pub enum CaseOutcome {
    /// As expected.
    Passed,
    /// Otherwise.
    Failed(Vec<Difference>),
    /// It could not be asked.
    Broken(String),
}

/// What became of a scenario file.
#[derive(Debug, Clone)]
pub struct FileResult {
    /// The path as shown.
    pub path: String,
    /// What it is about.
    pub title: Option<String>,
    /// What kept the whole file from being run.
    pub error: Option<String>,
    /// The cases, in order.
    pub cases: Vec<CaseResult>,
}

impl FileResult {
    /// Number of cases that could not be asked.
    #[must_use]
    pub fn broken(&self) -> usize {
        self.cases.iter().filter(|case| matches!(case.outcome, CaseOutcome::Broken(_))).count()
    }

    /// Number of cases that came out otherwise or could not be asked.
    #[must_use]
    pub fn failed(&self) -> usize {
        self.cases.iter().filter(|case| !matches!(case.outcome, CaseOutcome::Passed)).count()
            + usize::from(self.error.is_some())
    }
}

/// Gives the files of a tenant: every file's shown path and content, in order.
pub type ReadTenant<'r> = dyn Fn(&[PathBuf]) -> Result<Vec<(String, Vec<u8>)>, String> + 'r;

/// Runs one scenario file. `bytes` is its content; `read` gives the files of the tenants that it names, relative to the
/// folder that the file is in.
#[must_use]
pub fn run(path: &Path, shown: &str, bytes: &[u8], read: &ReadTenant<'_>) -> FileResult {
    let mut result = FileResult { path: shown.to_owned(), title: None, error: None, cases: Vec::new() };
    let source = match Source::of(shown, bytes) {
        Ok(source) => source,
        Err(error) => {
            result.error = Some(error);
            return result;
        }
    };
    let file: ScenarioFile = match serde_json::from_str(&source.json) {
        Ok(file) => file,
        Err(error) => {
            result.error = Some(source.misread(&error));
            return result;
        }
    };
    result.title.clone_from(&file.title);
    let folder = path.parent().unwrap_or_else(|| Path::new(""));
    let base = match base_files(&file, folder, read) {
        Ok(base) => base,
        Err(error) => {
            result.error = Some(source.at(&["tenant"], &error));
            return result;
        }
    };
    let mut plain: Option<Loaded> = None;
    for (index, case) in file.cases.iter().enumerate() {
        let number = index.to_string();
        let line = source.place(&["cases", &number]).map_or(0, |region| region.line);
        let own;
        let loaded = if case.given.is_some() {
            own = load(&base, &file, Some(case), shown);
            &own
        } else {
            plain.get_or_insert_with(|| load(&base, &file, None, shown))
        };
        for (name, outcome) in case_outcomes(&file, case, loaded) {
            let outcome = match outcome {
                Err(why) => {
                    let path: Vec<&str> = ["cases", &number].into_iter().chain(why.member.split('.')).collect();
                    CaseOutcome::Broken(source.at(&path, &why.message))
                }
                Ok(differences) if differences.is_empty() => CaseOutcome::Passed,
                Ok(differences) => CaseOutcome::Failed(differences),
            };
            result.cases.push(CaseResult {
                name,
                case: case.case.clone(),
                tag: case.tag.clone(),
                because: case.because.clone(),
                line,
                outcome,
            });
        }
    }
    result
}

/// The text of a scenario file as JSON, and the way back to its lines.
struct Source {
    json: Arc<str>,
    sources: SourceMap,
    origin: Origin,
    shown: String,
    /// Whether places of the JSON are places of the file.
    placed: bool,
}

impl Source {
    fn of(shown: &str, bytes: &[u8]) -> Result<Self, String> {
        let (text, _) = decode(bytes).map_err(|error| format!("{shown}: {error}"))?;
        let text: Arc<str> = text.into();
        let mut sources = SourceMap::default();
        let file = sources.add_file(shown.to_owned(), Arc::clone(&text));
        let toml = shown.to_ascii_lowercase().ends_with(".toml");
        let (json, offsets) = if toml {
            let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
                let span = error.span().unwrap_or_default();
                let region = sources.region(file, String::new(), (span.start, span.end));
                format!("{shown}:{}:{}: {}", region.line, region.column, error.message())
            })?;
            let json = serde_json::to_string(&table).map_err(|error| format!("{shown}: {error}"))?;
            (json, OffsetMap::default())
        } else {
            let mut documents = to_json(&text).map_err(|error| {
                let region = sources.region(file, String::new(), (error.offset, error.offset));
                format!("{shown}:{}:{}: {}", region.line, region.column, error.message)
            })?;
            match documents.pop() {
                Some(document) if documents.is_empty() => (document.json, document.offsets),
                Some(_) => return Err(format!("{shown}: a scenario file is one document, and this one holds several")),
                None => return Err(format!("{shown}: the file is empty")),
            }
        };
        let json: Arc<str> = json.into();
        let document = sources.add_document(file, Arc::clone(&json), offsets);
        let origin = Origin { document, start: 0, pointer: "".into() };
        Ok(Self { json, sources, origin, shown: shown.to_owned(), placed: !toml })
    }

    fn place(&self, path: &[&str]) -> Option<Region> {
        self.placed.then(|| self.sources.resolve(&self.origin, path))
    }

    /// A message with its place.
    fn at(&self, path: &[&str], message: &str) -> String {
        match self.place(path) {
            Some(region) => format!("{}:{}:{}: {message}", self.shown, region.line, region.column),
            None => format!("{} at /{}: {message}", self.shown, path.join("/")),
        }
    }

    /// What serde says of the JSON, at its place in the file.
    fn misread(&self, error: &serde_json::Error) -> String {
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        if !self.placed {
            return format!("{}: {message}", self.shown);
        }
        let line_start: usize =
            self.json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = line_start + error.column().saturating_sub(1);
        let region = self.sources.region_in_document(self.origin.document, "", (offset, offset));
        format!("{}:{}:{}: {message}", self.shown, region.line, region.column)
    }
}

fn base_files(file: &ScenarioFile, folder: &Path, read: &ReadTenant<'_>) -> Result<Vec<(String, Vec<u8>)>, String> {
    let Some(tenant) = &file.tenant else { return Ok(Vec::new()) };
    let paths: Vec<PathBuf> = tenant.all().into_iter().map(|path| folder.join(path)).collect();
    read(&paths)
}

fn load(base: &[(String, Vec<u8>)], file: &ScenarioFile, case: Option<&Case>, shown: &str) -> Loaded {
    let mut loader = Loader::default();
    for (path, bytes) in base {
        if loader.wants(path) {
            loader.file(path.clone(), bytes);
        }
    }
    let deltas = [file.given.as_ref(), case.and_then(|case| case.given.as_ref())];
    for given in deltas.into_iter().flatten() {
        loader.lay_over(format!("{shown}#given.json"), given.get());
    }
    loader.finish()
}

type Asked = Result<Vec<Difference>, Misunderstood>;

fn wrong(member: &str, message: String) -> Misunderstood {
    Misunderstood { member: member.to_owned(), message }
}

/// Every cell of a case's matrix.
fn case_outcomes(file: &ScenarioFile, case: &Case, loaded: &Loaded) -> Vec<(String, Asked)> {
    let engine_of = || -> Result<_, Misunderstood> {
        if let Some(problem) = loaded.problems.iter().find(|problem| problem.weight == Weight::Error) {
            return Err(wrong("given", format!("the tenant cannot be read: {}", problem.message)));
        }
        let mut readings = Readings::default();
        for (name, value) in file.options.iter().chain(&case.options) {
            readings.set(name, value).map_err(|message| wrong("options", message))?;
        }
        Ok(Engine::new(&loaded.tenant, readings))
    };
    let engine = match engine_of() {
        Ok(engine) => engine,
        Err(why) => return vec![(case.name.clone(), Err(why))],
    };
    let homes: BTreeMap<String, Id> =
        file.home_tenants.iter().map(|(domain, id)| (domain.clone(), Id::new(id))).collect();
    let resolver = Resolver::new(&loaded.tenant, &homes);
    let users: Vec<&UserText> = if case.users.is_empty() {
        case.user.iter().chain(&file.user).take(1).collect()
    } else {
        case.users.iter().collect()
    };
    let apps: Vec<Option<String>> = if case.apps.is_empty() {
        case.app.over(&file.app).choices()
    } else {
        case.apps.iter().cloned().map(Some).collect()
    };
    if users.is_empty() {
        return vec![(case.name.clone(), Err(wrong("user", "nobody signs in; name a `user`".to_owned())))];
    }
    let whens: Vec<(When, Vec<String>)> = Whens::each(&case.when.over(&file.when));
    let mut results = Vec::new();
    for user in &users {
        for app in &apps {
            for (when, words) in &whens {
                let mut varying: Vec<String> = Vec::new();
                if users.len() > 1 {
                    varying.push(user.who().to_owned());
                }
                if apps.len() > 1 {
                    varying.extend(app.clone());
                }
                varying.extend(words.iter().cloned());
                let name = if varying.is_empty() {
                    case.name.clone()
                } else {
                    format!("{} [{}]", case.name, varying.join(", "))
                };
                results.push((name, ask(file, case, &engine, &resolver, user, app.as_deref(), when)));
            }
        }
    }
    results
}

fn ask(
    file: &ScenarioFile,
    case: &Case,
    engine: &Engine<'_>,
    resolver: &Resolver<'_>,
    user: &UserText,
    app: Option<&str>,
    when: &When,
) -> Asked {
    let assume = match case.assume.as_ref().or(file.assume.as_ref()) {
        None => None,
        Some(text) => Some(Assume::read(text).ok_or_else(|| {
            wrong("assume", format!("`{text}` is no side of unknown; there are coverage and reachability"))
        })?),
    };
    let parity = match case.parity.as_deref().or(file.parity.as_deref()) {
        None => None,
        Some("v1.0") => Some(WhatIfVersion::V1),
        Some("beta") => Some(WhatIfVersion::Beta),
        Some(text) => {
            return Err(wrong("parity", format!("`{text}` is no version of the API; there are v1.0 and beta")));
        }
    };
    if let Some(version) = parity {
        let scenario = resolver.what_if_scenario(user, app, when)?;
        let engine = Engine::new(engine.tenant(), Readings::default()).for_what_if();
        return compare_what_if(&case.expect, &engine.what_if(&scenario, version));
    }
    let scenario = resolver.scenario(user, app, when)?;
    let explanation = engine.explain(&scenario);
    let verdict: &Verdict = match assume {
        None => &explanation.verdict,
        Some(Assume::Coverage) => &explanation.coverage,
        Some(Assume::Reachability) => &explanation.reachability,
    };
    compare(&case.expect, &explanation, verdict)
}
