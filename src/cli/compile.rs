//! `guestlist compile`.

use std::fs;
use std::io::Write as _;
use std::path::Path;

use super::args::Compile;
use super::simulate::args::AnswerFormat;
use super::{Failure, Outcome, print, simulate, status};
use crate::compile::{Fault, Mentions, Part, compile, schema, written};
use crate::load::Loaded;
use crate::report::{
    CompiledReport, compiled_json, compiled_text, entities_json, not_expressed_json, plain, request_json,
};
use crate::source::Origin;

pub(super) fn run(arguments: &Compile) -> Outcome {
    let folder = &arguments.output;
    if !arguments.force {
        refuse_what_is_there(folder)?;
    }
    let readings = simulate::readings(&arguments.option)?;
    let ready = simulate::ready(&arguments.input, arguments.verbose)?;
    let mentions = Mentions { homes: ready.homes, ..Mentions::default() };
    let compiled = compile(&ready.loaded.tenant, &readings.settled(), &mentions).map_err(|fault| ours(&fault))?;
    let place = |origin: &Origin| place(&ready.loaded, origin);
    let policies = |part: Part| {
        let listed = compiled.listed(part, &place).map_err(|fault| ours(&fault))?;
        written(&listed).map_err(|fault| ours(&fault))
    };
    let (known, schema) = schema(&compiled).map_err(|fault| ours(&fault))?;
    // An id of the export may be one that a gate or a kind of people has: nothing is written that Cedar would refuse.
    let whole = compiled.policies().and_then(|_| compiled.all_entities(Some(&known)));
    whole.map_err(|fault| {
        let help = "ids in the export collide with each other, or with those that `guestlist compile` gives";
        Failure::new(format!("Cedar does not take this tenant: {}\n  help: {help}", plain(&fault.0)))
    })?;
    let bug = |error: serde_json::Error| Failure::new(format!("this is a bug of guestlist: {error}"));
    let files = [
        ("policies.cedar", policies(Part::Decision)?),
        ("applies.cedar", policies(Part::Applies)?),
        ("report-only.cedar", policies(Part::ReportOnly)?),
        ("entities.json", entities_json(&compiled).map_err(bug)?),
        ("schema.cedarschema", schema),
        ("request.json", request_json(&compiled).map_err(|fault| ours(&fault))?),
        ("not-expressed.json", not_expressed_json(&compiled).map_err(bug)?),
    ];
    write(folder, &files)?;
    let shown = folder.display().to_string();
    let report = CompiledReport {
        tenant: &ready.loaded.tenant,
        compiled: &compiled,
        folder: &shown,
        files: &files.each_ref().map(|(name, _)| *name),
        verbose: arguments.verbose,
    };
    match arguments.format {
        AnswerFormat::Text => print(&compiled_text(&report))?,
        AnswerFormat::Json => print(&compiled_json(&report).map_err(bug)?)?,
    }
    Ok(status::CLEAN)
}

fn ours(fault: &Fault) -> Failure {
    Failure::new(format!("this is a bug of guestlist: {}", plain(&fault.0)))
}

/// `FILE:LINE`.
fn place(loaded: &Loaded, origin: &Origin) -> String {
    let region = loaded.sources.resolve(origin, &[]);
    format!("{}:{}", loaded.sources.file(region.file).path, region.line)
}

fn refuse_what_is_there(folder: &Path) -> Result<(), Failure> {
    if !folder.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder).map_err(|error| failed(folder, &error))?;
    if entries.next().is_some() {
        return Err(Failure::new(format!(
            "the folder `{}` is not empty\n  help: name another, or write over it with `--force`",
            plain(&folder.display().to_string())
        )));
    }
    Ok(())
}

fn write(folder: &Path, files: &[(&str, String)]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| failed(folder, &error))?;
    for (name, content) in files {
        let path = folder.join(name);
        // What stands there goes first: a link would lead elsewhere.
        match fs::remove_file(&path) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed(&path, &error)),
            _ => {}
        }
        let mut file = fs::File::create_new(&path).map_err(|error| failed(&path, &error))?;
        file.write_all(content.as_bytes()).map_err(|error| failed(&path, &error))?;
    }
    Ok(())
}

fn failed(path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(format!("`{}`: {error}", plain(&path.display().to_string())))
}
