//! Facts of the tenant as a whole: what its Conditional Access policies cover.

use super::Subjects;
use super::value::{Facts, MissingFact, Places, Record};
use crate::access::{Answer, Class, Coverage, Protection, Why};
use crate::model::{Kind, PolicyState};

const PLACES: Places = &[];

pub(super) fn facts(subjects: &Subjects<'_>) -> Facts {
    let tenant = subjects.tenant;
    let organization = tenant.organizations.only().ok();
    let name = organization.and_then(|organization| organization.display_name.as_ref().ok());
    // What is about the tenant as a whole is shown at the tenant, or at its policies.
    let origin = organization
        .map(|organization| &organization.origin)
        .or_else(|| tenant.conditional_access.items.first().map(|policy| &policy.origin));
    let mut facts = Facts::new(&subjects.tenant_id(), name, origin, PLACES);
    facts.set("displayName", facts.name.clone());
    let coverage = match &subjects.coverage {
        Ok(coverage) => coverage,
        Err(why) => {
            for path in ["mfa", "legacyAuthentication", "deviceCodeFlow"] {
                facts.missing.push(MissingFact { path, why: why.clone() });
            }
            return facts;
        }
    };
    let name: &dyn Fn(&Class) -> String = &|class| subjects.name_class(class);
    mfa(&mut facts, coverage, subjects, name);
    legacy(&mut facts, coverage, subjects);
    device_code(&mut facts, coverage, name);
    facts
}

/// Whether some class is in the state; unknown if none is known to be and some may be.
fn some(list: &[Protection], state: &Protection) -> Answer {
    Answer::any(list.iter().map(|protection| match protection {
        Protection::Unknown(why) => Answer::Unknown(why.clone()),
        known => Answer::from(known == state),
    }))
}

fn mfa(facts: &mut Facts, coverage: &Coverage, subjects: &Subjects<'_>, name: &dyn Fn(&Class) -> String) {
    let mut record = Record::default();
    // AM-41: security defaults stand in for policies, and nothing says when they ask whom.
    let mut complete = some(&coverage.mfa, &Protection::Open).negated();
    let defaults = subjects.tenant.security_defaults.only().and_then(|policy| policy.enabled.clone());
    if complete.is_no() && defaults == Ok(true) {
        complete = Answer::Unknown(Why::unreadable(
            "security defaults are on, and when they ask people from outside for multifactor authentication is not documented",
        ));
    }
    record.answer("complete", "mfa.complete", complete);
    record.set("gaps", coverage.describe(&coverage.mfa, &|protection| *protection == Protection::Open, name));
    record.into_facts(facts, "mfa");
}

fn legacy(facts: &mut Facts, coverage: &Coverage, subjects: &Subjects<'_>) {
    let name: &dyn Fn(&Class) -> String = &|class| subjects.name_class(class);
    let mut record = Record::default();
    // Security defaults refuse legacy authentication by themselves, in place of Conditional Access (SI-1.9).
    let defaults = subjects.tenant.security_defaults.only().and_then(|policy| policy.enabled.clone());
    let mut policies = subjects.tenant.conditional_access.items.iter();
    let no_policy_enforced = policies.all(|policy| policy.state != Ok(PolicyState::Enabled));
    let open = some(&coverage.legacy, &Protection::Open);
    let weak = coverage.legacy.iter().zip(&coverage.legacy_blocked).map(|(protection, blocked)| match protection {
        Protection::Demanded => blocked.clone().negated(),
        Protection::Unknown(why) => blocked.clone().negated().and(|| Answer::Unknown(why.clone())),
        Protection::Refused | Protection::Open => Answer::No,
    });
    let demanded = Answer::any(weak);
    let (open, demanded) = match defaults {
        Ok(true) => (Answer::No, Answer::No),
        Ok(false) => (open, demanded),
        Err(_) if open.is_yes() && no_policy_enforced => {
            let why = Why::missing(Kind::SecurityDefaults, "whether security defaults are on was not exported");
            (Answer::Unknown(why), demanded)
        }
        // With enforced Conditional Access policies security defaults are off.
        Err(_) => (open, demanded),
    };
    record.answer("open", "legacyAuthentication.open", open);
    record.answer("refusedOnlyByControls", "legacyAuthentication.refusedOnlyByControls", demanded);
    record.set("gaps", coverage.describe(&coverage.legacy, &|protection| *protection == Protection::Open, name));
    record.set(
        "weaklyRefused",
        coverage.describe(&coverage.legacy, &|protection| *protection == Protection::Demanded, name),
    );
    record.into_facts(facts, "legacyAuthentication");
}

fn device_code(facts: &mut Facts, coverage: &Coverage, name: &dyn Fn(&Class) -> String) {
    let mut record = Record::default();
    record.answer("blocked", "deviceCodeFlow.blocked", some(&coverage.device_code, &Protection::Open).negated());
    record.set("gaps", coverage.describe(&coverage.device_code, &|protection| *protection == Protection::Open, name));
    record.into_facts(facts, "deviceCodeFlow");
}
