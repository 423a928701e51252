//! `guestlist simulate access`.

use std::io::{self, BufWriter, Write as _};

use super::super::check::color;
use super::super::{Failure, Outcome, status, unwritten};
use super::args::{Access, Only, TableFormat};
use super::progress::Progress;
use super::{Ready, assumed, readings, ready, words};
use crate::access::sign_in::Engine;
use crate::report::{AccessOnly, AccessReport, AccessTextOptions, access_csv, access_json, access_text, plain};
use crate::simulate::question::UserText;
use crate::simulate::{AccessQuery, Resolver, access, conditions, over_plain};

pub(super) fn run(arguments: &Access) -> Outcome {
    let readings = readings(&arguments.unknowns.option)?;
    let ready = ready(&arguments.input, arguments.output.verbose)?;
    let resolver = Resolver::new(&ready.loaded.tenant, &ready.homes);
    let query = query(arguments, &ready, &resolver)?;
    let engine = Engine::new(&ready.loaded.tenant, readings);
    let progress = Progress::new();
    let table = access(&engine, resolver.homes(), &query, &|done, all| progress.tell(done, all));
    drop(progress);
    let report = AccessReport {
        tenant: &ready.loaded.tenant,
        table: &table,
        conditions: &query.conditions,
        assume: arguments.unknowns.assume.map(assumed),
        only: arguments.whom.only.map(|only| match only {
            Only::Allowed => AccessOnly::Allowed,
            Only::Blocked => AccessOnly::Blocked,
            Only::WithoutMfa => AccessOnly::WithoutMfa,
        }),
    };
    let options = AccessTextOptions {
        color: color(arguments.output.color),
        verbose: arguments.output.verbose,
        everybody: query.expand,
    };
    let mut output = BufWriter::new(io::stdout().lock());
    let written = match arguments.output.format {
        TableFormat::Text => access_text(&report, options, &mut output),
        TableFormat::Json => access_json(&report, &mut output),
        TableFormat::Csv => access_csv(&report, query.expand, &mut output),
    };
    written.and_then(|()| output.flush()).map_err(|error| unwritten(&error))?;
    let undecided = arguments.unknowns.strict && report.is_undecided();
    Ok(ready.ends_with(if undecided { status::UNDECIDED } else { status::CLEAN }))
}

fn query(arguments: &Access, ready: &Ready, resolver: &Resolver<'_>) -> Result<AccessQuery, Failure> {
    let told = |why| words::failure(&why);
    let given = conditions(&words::circumstances(&arguments.conditions, None)?).map_err(told)?;
    let done = given.claims.home.is_multifactor() || given.claims.here.is_multifactor();
    if done && arguments.whom.only == Some(Only::WithoutMfa) {
        return Err(Failure::new(
            "`--claims` says that multifactor authentication was done, so that nobody is without, as `--only without-mfa` asks",
        ));
    }
    let mut people = Vec::new();
    for who in &arguments.whom.user {
        let subject = resolver.user(&UserText::Word(who.clone())).map_err(told)?;
        if subject.kinds.iter().all(Option::is_none) {
            let name = plain(&subject.name);
            let tenant = ready.loaded.tenant.organizations.only().ok();
            let of = tenant.and_then(|found| found.display_name.as_deref().ok());
            let of = of.map_or_else(|| "this tenant".to_owned(), plain);
            return Err(Failure::new(format!(
                "`--user`: `{name}` is a member of {of}, and the table is of people from outside\n  help: `guestlist simulate sign-in` tells of anybody"
            )));
        }
        people.push(subject);
    }
    let applications = arguments.whom.app.iter().map(|name| resolver.application(name));
    let organizations = arguments.whom.org.iter().map(|name| resolver.whence(name));
    Ok(AccessQuery {
        conditions: over_plain(given),
        applications: applications.collect::<Result<_, _>>().map_err(told)?,
        organizations: organizations.collect::<Result<_, _>>().map_err(told)?,
        expand: arguments.whom.expand || !people.is_empty(),
        people,
    })
}
