//! `guestlist simulate sign-in`.

use super::super::check::color;
use super::super::{Failure, Outcome, print, status};
use super::args::{AnswerFormat, Parity, SignIn};
use super::{Ready, assumed, content, readings, ready, words};
use crate::access::sign_in::{Engine, Readings, Scenario, Verdict, WhatIfResult, WhatIfVersion, WorkloadSignIn};
use crate::report::{SignInTextOptions, plain, scenario_line, sign_in_json, sign_in_text, what_if_json, what_if_text};
use crate::simulate::what_if::{Identity, Misread, WhatIfRequest, for_any};
use crate::simulate::{Answered, Resolver};

/// What is asked.
enum Question {
    /// What comes of these; with notes on how the question was read.
    People { scenarios: Vec<Scenario>, notes: Vec<String>, applied_only: bool },
    /// Which policies apply to a service principal.
    Workload { sign_in: WorkloadSignIn, applied_only: bool },
}

pub(super) fn run(arguments: &SignIn) -> Outcome {
    let stdin = |path: &std::path::PathBuf| path.as_os_str() == "-";
    if arguments.unknowns.what_if.as_ref().is_some_and(stdin) && arguments.input.paths.iter().any(stdin) {
        return Err(Failure::new("standard input is either the export or the request of `--what-if`, not both"));
    }
    let readings = readings(&arguments.unknowns.option)?;
    let ready = ready(&arguments.input, arguments.output.verbose)?;
    let version = arguments.unknowns.parity.map(|parity| match parity {
        Parity::V1 => WhatIfVersion::V1,
        Parity::Beta => WhatIfVersion::Beta,
    });
    let question = question(arguments, &ready, version.is_some())?;
    let status = match (version, question) {
        (Some(version), question) => what_if(arguments, &ready, version, &question),
        (None, Question::People { scenarios, notes, .. }) => explain(arguments, &ready, &readings, scenarios, &notes),
        (None, Question::Workload { .. }) => Err(Failure::new(
            "`--what-if`: a service principal signs in, for which there is only what Microsoft's what-if answers\n  help: ask with `--parity`",
        )),
    }?;
    Ok(ready.ends_with(status))
}

fn question(arguments: &SignIn, ready: &Ready, as_api: bool) -> Result<Question, Failure> {
    let resolver = Resolver::new(&ready.loaded.tenant, &ready.homes);
    let Some(path) = &arguments.unknowns.what_if else {
        let told = |why| words::failure(&why);
        let user = words::user(&arguments.who)?;
        let subject = resolver.user(&user).map_err(told)?;
        let when = words::when(&arguments.what, &arguments.conditions, &subject)?;
        let app = arguments.what.app.as_deref();
        let scenario =
            if as_api { resolver.what_if_scenario(&user, app, &when) } else { resolver.scenario(&user, app, &when) };
        return Ok(Question::People {
            scenarios: vec![scenario.map_err(told)?],
            notes: Vec::new(),
            applied_only: false,
        });
    };
    let shown = if path.as_os_str() == "-" { "<stdin>".to_owned() } else { path.display().to_string() };
    let told = |why: Misread| Failure::new(plain(&format!("{shown}: {why}")));
    let request = WhatIfRequest::read(&content(path)?).map_err(told)?;
    let applied_only = request.applied_policies_only;
    if matches!(request.identity, Identity::ServicePrincipal(_))
        && let Some(sign_in) = request.workload().map_err(told)?
    {
        return Ok(Question::Workload { sign_in, applied_only });
    }
    let (scenarios, notes) = request.scenarios(&resolver, as_api).map_err(told)?;
    Ok(Question::People { scenarios, notes, applied_only })
}

fn options(arguments: &SignIn) -> SignInTextOptions {
    SignInTextOptions { color: color(arguments.output.color), verbose: arguments.output.verbose }
}

/// Our own answer.
fn explain(
    arguments: &SignIn,
    ready: &Ready,
    readings: &Readings,
    scenarios: Vec<Scenario>,
    notes: &[String],
) -> Outcome {
    let tenant = &ready.loaded.tenant;
    let engine = Engine::new(tenant, readings.clone());
    let assume = arguments.unknowns.assume.map(assumed);
    let answer = |scenario: Scenario| {
        let mut explanation = engine.explain(&scenario);
        explanation.notes.extend(notes.iter().cloned());
        Answered { tenant, scenario, explanation, assume, readings: readings.clone() }
    };
    let answers: Vec<Answered<'_>> = scenarios.into_iter().map(answer).collect();
    match arguments.output.format {
        AnswerFormat::Text => print(&sign_in_text(&answers, options(arguments)))?,
        AnswerFormat::Json => {
            print(&sign_in_json(tenant, &answers).map_err(|error| Failure::new(error.to_string()))?)?;
        }
    }
    let unknown = answers.iter().any(|answer| matches!(answer.verdict(), Verdict::Unknown(_)));
    Ok(if arguments.unknowns.strict && unknown { status::UNDECIDED } else { status::CLEAN })
}

/// The answer of Microsoft's API.
fn what_if(arguments: &SignIn, ready: &Ready, version: WhatIfVersion, question: &Question) -> Outcome {
    let tenant = &ready.loaded.tenant;
    let engine = Engine::new(tenant, Readings::default()).for_what_if();
    let (mut results, title, notes, applied_only): (Vec<WhatIfResult<'_>>, _, _, _) = match question {
        Question::People { scenarios, notes, applied_only } => {
            let results = for_any(scenarios.iter().map(|scenario| engine.what_if(scenario, version)).collect());
            let titles: Vec<String> = scenarios.iter().map(|scenario| scenario_line(tenant, scenario)).collect();
            (results, titles.join("\n"), notes.as_slice(), *applied_only)
        }
        Question::Workload { sign_in, applied_only } => {
            let title = format!("service principal {}", sign_in.service_principal);
            (engine.what_if_workload(sign_in), title, [].as_slice(), *applied_only)
        }
    };
    let total = results.len();
    if applied_only {
        results.retain(WhatIfResult::applies);
    }
    match arguments.output.format {
        AnswerFormat::Text => print(&what_if_text(&title, version, &results, total, notes, options(arguments)))?,
        AnswerFormat::Json => {
            let text = what_if_json(&ready.loaded, version, &results);
            print(&text.map_err(|error| Failure::new(error.to_string()))?)?;
        }
    }
    Ok(status::CLEAN)
}
