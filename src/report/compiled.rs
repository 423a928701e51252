//! A compiled tenant: what stands in its files beside policies and schema, and what was written, told on one screen
//! (`docs/compile.md`).

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde::{Serialize, Serializer, ser::SerializeMap as _};

use super::escape::plain;
use super::json::pretty;
use super::sign_in::views::{TenantView, Tool};
use crate::access::sign_in::AMBIGUITIES;
use crate::compile::{Compiled, Datum, Entity, Fault, Forbid, NotExpressed, Record, Term, Unknown, Value, reference};
use crate::model::{Kind, Tenant};

/// What was written.
#[derive(Debug)]
pub struct CompiledReport<'r> {
    /// The tenant.
    pub tenant: &'r Tenant,
    /// It as Cedar.
    pub compiled: &'r Compiled,
    /// Where to, as the user wrote it.
    pub folder: &'r str,
    /// The names of the files.
    pub files: &'r [&'static str],
    /// Whether everything is told.
    pub verbose: bool,
}

#[derive(Serialize)]
struct EntityView<'r> {
    uid: UidView<'r>,
    attrs: BTreeMap<&'r str, ValueView<'r>>,
    parents: Vec<UidView<'r>>,
}

#[derive(Serialize)]
struct UidView<'r> {
    #[serde(rename = "type")]
    kind: &'r str,
    id: &'r str,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueView<'r> {
    Flag(bool),
    Text(&'r str),
}

/// All entities in Cedar's JSON.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn entities_json(compiled: &Compiled) -> Result<String, serde_json::Error> {
    let all = compiled.everything();
    pretty(&all.iter().map(entity).collect::<Vec<_>>())
}

fn entity(entity: &Entity) -> EntityView<'_> {
    let value = |value| match value {
        &Value::Flag(flag) => ValueView::Flag(flag),
        Value::Text(text) => ValueView::Text(text),
    };
    EntityView {
        uid: UidView { kind: entity.kind, id: &entity.id },
        attrs: entity.attributes.iter().map(|(name, own)| (*name, value(own))).collect(),
        parents: entity.parents.iter().map(|(kind, id)| UidView { kind, id }).collect(),
    }
}

#[derive(Serialize)]
struct RequestView<'r> {
    principal: String,
    action: String,
    resource: String,
    context: RecordView<'r>,
}

struct RecordView<'r>(&'r Record);

impl Serialize for RecordView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, datum) in &self.0.leaves {
            map.serialize_entry(name, &DatumView(datum))?;
        }
        for (name, inner) in &self.0.branches {
            map.serialize_entry(name, &RecordView(inner))?;
        }
        map.end()
    }
}

struct DatumView<'r>(&'r Datum);

impl Serialize for DatumView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Datum::Flag(flag) => serializer.serialize_bool(*flag),
            Datum::Text(text) => serializer.serialize_str(text),
            Datum::Set(items) => serializer.collect_seq(items),
            Datum::Ip(address) => {
                let call = BTreeMap::from([("fn", "ip".to_owned()), ("arg", address.to_string())]);
                serializer.collect_map([("__extn", call)])
            }
        }
    }
}

/// The dullest sign-in as a request, to be edited.
///
/// # Errors
/// There is nobody and nothing that could be in a request, which is a mistake of ours.
pub fn request_json(compiled: &Compiled) -> Result<String, Fault> {
    let example = compiled.example().ok_or_else(|| Fault("there is no sign-in".to_owned()))?;
    let request = RequestView {
        principal: reference(example.person.kind, &example.person.id)?,
        action: reference("Action", "signIn")?,
        resource: reference(example.resource.0, &example.resource.1)?,
        context: RecordView(&compiled.context(&example)),
    };
    pretty(&request).map_err(|error| Fault(error.to_string()))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OpenView<'r> {
    unknowns: Vec<UnknownView<'r>>,
    not_expressed: Vec<NotExpressedView<'r>>,
}

#[derive(Serialize)]
struct UnknownView<'r> {
    name: &'r str,
    ambiguity: Option<&'static str>,
    option: Option<OptionView>,
    export: Option<&'static str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct OptionView {
    name: &'static str,
    when_true: &'static str,
    when_false: &'static str,
}

#[derive(Serialize)]
struct NotExpressedView<'r> {
    what: &'r str,
    why: &'r str,
}

fn option(unknown: &Unknown) -> Option<OptionView> {
    let id = unknown.ambiguity?;
    let known = AMBIGUITIES.iter().find(|known| known.id == id)?;
    let [when_true, when_false] = known.words;
    Some(OptionView { name: known.name, when_true, when_false })
}

fn open(compiled: &Compiled) -> OpenView<'_> {
    let unknowns = compiled.unknowns.values().map(|own| UnknownView {
        name: &own.name,
        ambiguity: own.ambiguity,
        option: option(own),
        export: own.export.map(Kind::resource),
    });
    let not_expressed = compiled.not_expressed.iter().map(|NotExpressed { what, why }| NotExpressedView { what, why });
    OpenView { unknowns: unknowns.collect(), not_expressed: not_expressed.collect() }
}

/// What is not known and what no policy tells.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn not_expressed_json(compiled: &Compiled) -> Result<String, serde_json::Error> {
    pretty(&open(compiled))
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'r> {
    version: u32,
    tool: Tool,
    tenant: TenantView<'r>,
    folder: &'r str,
    files: &'r [&'static str],
    policies: Counts,
    entities: BTreeMap<&'static str, usize>,
    #[serde(flatten)]
    open: OpenView<'r>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Counts {
    permits: usize,
    gates: usize,
    enforced: usize,
    report_only: usize,
}

fn counts(compiled: &Compiled) -> Counts {
    let able = |forbid: &&Forbid| forbid.unless != Term::True;
    let refusing = || compiled.forbids.iter().filter(able);
    Counts {
        permits: compiled.permits.len(),
        gates: refusing().filter(|forbid| forbid.policy.is_none()).count(),
        enforced: refusing().filter(|forbid| forbid.policy.is_some()).count(),
        report_only: compiled.report_only.iter().filter(able).count(),
    }
}

fn entities(compiled: &Compiled) -> BTreeMap<&'static str, usize> {
    let mut all = BTreeMap::new();
    for entity in compiled.everything() {
        *all.entry(entity.kind).or_default() += 1;
    }
    all
}

/// What was written, for machines.
///
/// # Errors
/// None in practice: every value is one that JSON has.
pub fn compiled_json(report: &CompiledReport<'_>) -> Result<String, serde_json::Error> {
    let organization = report.tenant.organizations.only().ok();
    pretty(&Document {
        version: 1,
        tool: Tool { name: "guestlist", version: env!("CARGO_PKG_VERSION") },
        tenant: TenantView {
            id: organization.map(|organization| organization.id.to_string()),
            display_name: organization.and_then(|organization| organization.display_name.as_deref().ok()),
        },
        folder: report.folder,
        files: report.files,
        policies: counts(report.compiled),
        entities: entities(report.compiled),
        open: open(report.compiled),
    })
}

/// The most lines of a list that is not to be told whole.
const MOST_LINES: usize = 8;

/// What was written, for people.
#[must_use]
pub fn compiled_text(report: &CompiledReport<'_>) -> String {
    let compiled = report.compiled;
    let mut text = String::new();
    let folder = plain(report.folder);
    let _ = writeln!(text, "written to {folder}: {}", report.files.join(", "));
    let counts = counts(compiled);
    let plural = |number: usize, one: &str, more: &str| format!("{number} {}", if number == 1 { one } else { more });
    let _ = writeln!(
        text,
        "\npolicies: {}, {}, {} and {}",
        plural(counts.permits, "way in", "ways in"),
        plural(counts.gates, "gate", "gates"),
        plural(counts.enforced, "enforced policy", "enforced policies"),
        plural(counts.report_only, "report-only policy", "report-only policies"),
    );
    let entities = entities(compiled);
    let listed: Vec<String> = entities.iter().map(|(kind, number)| format!("{number} {kind}")).collect();
    let _ = writeln!(text, "entities: {}", listed.join(", "));
    let unknowns: Vec<String> = compiled.unknowns.values().map(unknown_line).collect();
    list(&mut text, "not known", &unknowns, report.verbose);
    let line = |own: &NotExpressed| format!("{}: {}", plain(&own.what), plain(&own.why));
    let not_expressed: Vec<String> = compiled.not_expressed.iter().map(line).collect();
    list(&mut text, "not expressed", &not_expressed, report.verbose);
    text
}

fn unknown_line(unknown: &Unknown) -> String {
    let name = plain(&unknown.name);
    match (option(unknown), unknown.ambiguity, unknown.export) {
        (Some(option), ..) => {
            format!("{name}: --option {}={} or {}", option.name, option.when_true, option.when_false)
        }
        (None, Some(id), _) => format!("{name}: {id}"),
        (None, None, Some(kind)) => format!("{name}: export {}", kind.resource().split('?').next().unwrap_or_default()),
        (None, None, None) => name,
    }
}

fn list(text: &mut String, title: &str, lines: &[String], all: bool) {
    let _ = writeln!(text, "\n{title}: {}", lines.len());
    let shown = if all { lines.len() } else { MOST_LINES };
    for line in lines.iter().take(shown) {
        let _ = writeln!(text, "  {line}");
    }
    if lines.len() > shown {
        let _ = writeln!(text, "  and {} more: not-expressed.json, or `-v`", lines.len() - shown);
    }
}
