//! Runs scenario files: reads them, builds the tenant of each case, asks, and compares.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::expect::{Difference, check, compare, compare_what_if};
use super::file::{Case, ScenarioFile};
use crate::access::sign_in::{Engine, Readings, Verdict, WhatIfVersion};
use crate::config::home_tenant;
use crate::load::{Loaded, Loader, Place, Sort, Weight};
use crate::model::Id;
use crate::simulate::question::{Mapped, Setting, UserText, When, Whens};
use crate::simulate::{Assume, Misunderstood, Resolver};
use crate::source::{Origin, Region, SourceMap, decode, descend, to_json, toml_to_json};

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

/// Runs one scenario file. `bytes` is its content; `readings` are how ambiguities are read where it does not say; `read` gives the files of the tenants that it names, relative to the
/// folder that the file is in.
#[must_use]
pub fn run(path: &Path, shown: &str, bytes: &[u8], readings: &Readings, read: &ReadTenant<'_>) -> FileResult {
    let mut result = FileResult { path: shown.to_owned(), title: None, error: None, cases: Vec::new() };
    let source = match Source::of(shown, bytes) {
        Ok(source) => source,
        Err(error) => {
            result.error = Some(error);
            return result;
        }
    };
    let file: ScenarioFile = match serde_json::from_str(&source.json) {
        Ok(Mapped(file)) => file,
        Err(error) => {
            result.error = Some(source.misread(&error));
            return result;
        }
    };
    result.title.clone_from(&file.title);
    let scene = match Scene::of(&file, &source, path, readings, read) {
        Ok(scene) => scene,
        Err(error) => {
            result.error = Some(error);
            return result;
        }
    };
    let mut names = BTreeSet::new();
    for (index, case) in file.cases.iter().enumerate() {
        let number = index.to_string();
        let line = source.place(&["cases", &number]).line;
        let broken = |error| vec![(case.name.clone(), CaseOutcome::Broken(error))];
        let found = if names.insert(case.name.as_str()) {
            scene.case(case, &number).unwrap_or_else(broken)
        } else {
            broken(source.at(&["cases", &number, "name"], "another case of this file has the same name"))
        };
        result.cases.extend(found.into_iter().map(|(name, outcome)| CaseResult {
            name,
            case: case.case.clone(),
            tag: case.tag.clone(),
            because: case.because.clone(),
            line,
            outcome,
        }));
    }
    result
}

/// The text of a scenario file as JSON, and the way back to its lines.
struct Source {
    json: Arc<str>,
    sources: SourceMap,
    origin: Origin,
    shown: String,
}

impl Source {
    fn of(shown: &str, bytes: &[u8]) -> Result<Self, String> {
        let (text, _) = decode(bytes).map_err(|error| format!("{shown}: {error}"))?;
        let text: Arc<str> = text.into();
        let mut sources = SourceMap::default();
        let file = sources.add_file(shown.to_owned(), Arc::clone(&text));
        let told = |sources: &SourceMap, offset: usize, message: &str| {
            let region = sources.region(file, String::new(), (offset, offset));
            format!("{shown}:{}:{}: {message}", region.line, region.column)
        };
        if text.trim().is_empty() {
            return Err(told(&sources, 0, "the file is empty"));
        }
        let (json, offsets) = if shown.to_ascii_lowercase().ends_with(".toml") {
            toml_to_json(&text).map_err(|error| told(&sources, error.offset, &error.message))?
        } else {
            let documents = to_json(&text).map_err(|error| told(&sources, error.offset, &error.message))?;
            let mut documents = documents.into_iter();
            let first = documents.next().ok_or_else(|| told(&sources, 0, "the file is empty"))?;
            if let Some(second) = documents.next() {
                let document = sources.add_document(file, second.json.into(), second.offsets);
                let region = sources.region_in_document(document, "", (0, 0));
                let message = "a second document begins here; a scenario file is one";
                return Err(format!("{shown}:{}:{}: {message}", region.line, region.column));
            }
            (first.json, first.offsets)
        };
        let json: Arc<str> = json.into();
        let document = sources.add_document(file, Arc::clone(&json), offsets);
        let origin = Origin { document, start: 0, pointer: "".into() };
        Ok(Self { json, sources, origin, shown: shown.to_owned() })
    }

    fn place(&self, path: &[&str]) -> Region {
        self.sources.resolve(&self.origin, path)
    }

    fn has(&self, path: &[&str]) -> bool {
        self.place(path).pointer.split('/').count() > path.len()
    }

    /// A message with its place.
    fn at(&self, path: &[&str], message: &str) -> String {
        self.told(&self.place(path), message)
    }

    /// A message about a byte of the text that stands at a path.
    fn within(&self, path: &[&str], offset: usize, message: &str) -> String {
        let path: Vec<String> = path.iter().map(|step| (*step).to_owned()).collect();
        let (start, _) = descend(&self.json, &path);
        let offset = start as usize + offset;
        self.told(&self.sources.region_in_document(self.origin.document, "", (offset, offset)), message)
    }

    fn told(&self, region: &Region, message: &str) -> String {
        format!("{}:{}:{}: {message}", self.shown, region.line, region.column)
    }

    /// What could not be understood of a case, where it stands: in the case, or in the defaults above.
    fn misunderstood(&self, number: &str, why: &Misunderstood) -> String {
        let members: Vec<&str> = why.member.split('.').collect();
        let path: Vec<&str> = ["cases", number].into_iter().chain(members.iter().copied()).collect();
        // `when` is laid over the defaults member by member.
        let depth = if members.first() == Some(&"when") { 2 } else { 1 };
        let own = path.get(..2 + depth).is_some_and(|own| self.has(own));
        let above = members.get(..depth).is_some_and(|above| self.has(above));
        self.at(if above && !own { &members } else { &path }, &why.message)
    }

    /// What serde says of the JSON, at its place in the file.
    fn misread(&self, error: &serde_json::Error) -> String {
        let text = error.to_string();
        let message = text.rsplit_once(" at line ").map_or(text.as_str(), |(message, _)| message);
        let line_start: usize =
            self.json.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = line_start + error.column().saturating_sub(1);
        self.told(&self.sources.region_in_document(self.origin.document, "", (offset, offset)), message)
    }
}

type Asked = Result<Vec<Difference>, Misunderstood>;

fn wrong(member: &str, message: String) -> Misunderstood {
    Misunderstood { member: member.to_owned(), message }
}

/// A scenario file with its tenant.
struct Scene<'f> {
    file: &'f ScenarioFile,
    source: &'f Source,
    /// How ambiguities are read where the file does not say.
    readings: &'f Readings,
    /// The files of the tenant.
    base: Vec<(String, Vec<u8>)>,
    homes: BTreeMap<String, Id>,
    /// The tenant of cases that lay nothing of their own over it.
    plain: Loaded,
}

impl<'f> Scene<'f> {
    fn of(
        file: &'f ScenarioFile,
        source: &'f Source,
        path: &Path,
        readings: &'f Readings,
        read: &ReadTenant<'_>,
    ) -> Result<Self, String> {
        let folder = path.parent().unwrap_or_else(|| Path::new(""));
        let paths: Vec<PathBuf> = file.tenant.choices().into_iter().flatten().map(|path| folder.join(path)).collect();
        let base = read(&paths).map_err(|error| source.at(&["tenant"], &error))?;
        let mut homes = BTreeMap::new();
        for (domain, id) in &file.home_tenants {
            let (domain, id) = home_tenant(domain, id).map_err(|error| source.at(&["homeTenants", domain], &error))?;
            homes.insert(domain, id);
        }
        let mut scene = Self { file, source, readings, base, homes, plain: Loaded::default() };
        scene.plain = scene.load(None)?;
        if !paths.is_empty() && !scene.plain.files.iter().any(|file| file.understood && !is_given(&file.path)) {
            return Err(source.at(&["tenant"], "no Entra configuration was found there"));
        }
        Ok(scene)
    }

    /// The tenant, with what a file and a case lay over it. Whatever of that was not understood is an error: it would
    /// be missing in silence.
    fn load(&self, case: Option<(&Case, &str)>) -> Result<Loaded, String> {
        let mut loader = Loader::default();
        for (path, bytes) in &self.base {
            if loader.wants(path) {
                loader.file(path.clone(), bytes);
            }
        }
        let mut given: Vec<(String, Vec<&str>)> = Vec::new();
        let own = case.and_then(|(case, number)| Some((case.given.as_ref()?, vec!["cases", number, "given"])));
        for (json, path) in self.file.given.as_ref().map(|json| (json, vec!["given"])).into_iter().chain(own) {
            let name = format!("{}{GIVEN}", path.join("/"));
            loader.lay_over(name.clone(), json.get());
            given.push((name, path));
        }
        let loaded = loader.finish();
        for problem in &loaded.problems {
            let (path, region) = place_of(&loaded.sources, &problem.place);
            let offset = region.as_ref().map_or(0, |region| region.span.0);
            match given.iter().find(|(name, _)| *name == path) {
                // A member that is not documented is most likely a misspelt one, and so is a reference to nothing.
                Some((_, at))
                    if problem.weight < Weight::Note
                        || matches!(problem.sort, Sort::MemberUnknown | Sort::Dangling) =>
                {
                    return Err(self.source.within(at, offset, &format!("given: {}", problem.message)));
                }
                None if problem.weight == Weight::Error => {
                    let place = region.map_or_else(String::new, |region| format!(":{}:{}", region.line, region.column));
                    let message = format!("the tenant cannot be read: {path}{place}: {}", problem.message);
                    return Err(self.source.at(&["tenant"], &message));
                }
                _ => {}
            }
        }
        Ok(loaded)
    }

    /// Every cell of a case's matrix, or why the case cannot be asked.
    fn case(&self, case: &Case, number: &str) -> Result<Vec<(String, CaseOutcome)>, String> {
        let placed = |why: Misunderstood| self.source.misunderstood(number, &why);
        let terms = Terms::of(self.file, case, self.readings).map_err(placed)?;
        let own;
        let loaded = if case.given.is_some() {
            own = self.load(Some((case, number)))?;
            &own
        } else if self.base.is_empty() && self.file.given.is_none() {
            let message = "there is no tenant to ask about; name one with `tenant`, or describe one with `given`";
            return Err(self.source.at(&["cases", number], message));
        } else {
            &self.plain
        };
        let outcomes = self.outcomes(case, &terms, loaded).map_err(placed)?;
        let outcome = |asked| match asked {
            Err(why) => CaseOutcome::Broken(placed(why)),
            Ok(differences) if Vec::is_empty(&differences) => CaseOutcome::Passed,
            Ok(differences) => CaseOutcome::Failed(differences),
        };
        Ok(outcomes.into_iter().map(|(name, asked)| (name, outcome(asked))).collect())
    }

    fn outcomes(&self, case: &Case, terms: &Terms, loaded: &Loaded) -> Result<Vec<(String, Asked)>, Misunderstood> {
        let engine = Engine::new(&loaded.tenant, terms.readings.clone());
        let resolver = Resolver::new(&loaded.tenant, &self.homes);
        // Each with the member that names it.
        let users: Vec<(&UserText, String)> = if case.users.is_empty() {
            case.user.iter().chain(&self.file.user).take(1).map(|user| (user, "user".to_owned())).collect()
        } else {
            case.users.iter().enumerate().map(|(index, user)| (user, format!("users.{index}"))).collect()
        };
        let apps: Vec<(Option<String>, String)> = if case.apps.is_empty() {
            case.app.over(&self.file.app).choices().into_iter().map(|app| (app, "app".to_owned())).collect()
        } else {
            case.apps.iter().enumerate().map(|(index, app)| (Some(app.clone()), format!("apps.{index}"))).collect()
        };
        if users.is_empty() {
            return Err(wrong("user", "nobody signs in; name a `user`".to_owned()));
        }
        let whens: Vec<(When, Vec<String>)> = Whens::each(&case.when.over(&self.file.when));
        let mut results = Vec::new();
        for (user, user_member) in &users {
            for (app, app_member) in &apps {
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
                    let asked = terms.ask(case, &engine, &resolver, user, app.as_deref(), when);
                    let named = |why: Misunderstood| {
                        let member = match why.member.split_once('.').map_or((why.member.as_str(), ""), |split| split) {
                            ("user", rest) => format!("{user_member}.{rest}"),
                            ("app", _) => app_member.clone(),
                            _ => why.member,
                        };
                        wrong(member.trim_end_matches('.'), why.message)
                    };
                    results.push((name, asked.map_err(named)));
                }
            }
        }
        Ok(results)
    }
}

/// How a case is asked.
struct Terms {
    readings: Readings,
    assume: Option<Assume>,
    parity: Option<WhatIfVersion>,
}

impl Terms {
    /// Of a case over those of its file. What the case expects is looked through at the same time.
    fn of(file: &ScenarioFile, case: &Case, usual: &Readings) -> Result<Self, Misunderstood> {
        let mut readings = usual.clone();
        for (name, value) in file.options.iter().chain(&case.options) {
            readings.set(name, value).map_err(|message| wrong(&format!("options.{name}"), message))?;
        }
        let assume = match case.assume.as_ref().or(file.assume.as_ref()) {
            None => None,
            Some(text) => Some(Assume::read(text).ok_or_else(|| {
                let sides = Assume::ALL.map(Assume::as_str).join(" and ");
                wrong("assume", format!("`{text}` is no side of unknown; there are {sides}"))
            })?),
        };
        let parity = match case.parity.as_ref().or(file.parity.as_ref()) {
            None => None,
            Some(text) => {
                let found = WhatIfVersion::ALL.into_iter().find(|version| version.as_str() == text);
                Some(found.ok_or_else(|| {
                    let versions = WhatIfVersion::ALL.map(WhatIfVersion::as_str).join(" and ");
                    wrong("parity", format!("`{text}` is no version of the API; there are {versions}"))
                })?)
            }
        };
        let twice = [
            ("users", "user", !case.users.is_empty() && case.user.is_some()),
            ("apps", "app", !case.apps.is_empty() && case.app != Setting::Absent),
        ];
        if let Some((several, one, _)) = twice.into_iter().find(|(.., both)| *both) {
            return Err(wrong(several, format!("name `{several}` or `{one}`, not both")));
        }
        if parity.is_some() {
            let meant = [("options", !case.options.is_empty()), ("assume", case.assume.is_some())];
            if let Some((member, _)) = meant.into_iter().find(|(_, named)| *named) {
                return Err(wrong(
                    member,
                    format!("`{member}` has no meaning with `parity`: Microsoft's what-if has its own"),
                ));
            }
        }
        check(&case.expect, parity.is_some(), assume.is_some())?;
        Ok(Self { readings, assume, parity })
    }

    fn ask(
        &self,
        case: &Case,
        engine: &Engine<'_>,
        resolver: &Resolver<'_>,
        user: &UserText,
        app: Option<&str>,
        when: &When,
    ) -> Asked {
        if let (Some(version), Some(wanted)) = (self.parity, &case.expect.what_if) {
            let scenario = resolver.what_if_scenario(user, app, when)?;
            let engine = Engine::new(engine.tenant(), Readings::default()).for_what_if();
            return Ok(compare_what_if(wanted, &engine.what_if(&scenario, version)));
        }
        let scenario = resolver.scenario(user, app, when)?;
        let explanation = engine.explain(&scenario);
        let verdict: &Verdict = match self.assume {
            None => &explanation.verdict,
            Some(Assume::Coverage) => &explanation.coverage,
            Some(Assume::Reachability) => &explanation.reachability,
        };
        compare(&case.expect, &explanation, verdict)
    }
}

/// The end of the name under which `given` is read.
const GIVEN: &str = "#given.json";

fn is_given(path: &str) -> bool {
    path.ends_with(GIVEN)
}

/// The file that a problem is in, and its place there.
fn place_of(sources: &SourceMap, place: &Place) -> (String, Option<Region>) {
    let region = match place {
        Place::Path(path) => return (path.clone(), None),
        Place::File(file) => return (sources.file(*file).path.clone(), None),
        Place::Span(file, span) => sources.region(*file, String::new(), *span),
        Place::At(document, offset) => sources.region_in_document(*document, "", (*offset, *offset)),
        Place::Member { document, start, pointer, path } => {
            let origin = Origin { document: *document, start: *start, pointer: pointer.clone() };
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            sources.resolve(&origin, &path)
        }
    };
    (sources.file(region.file).path.clone(), Some(region))
}
