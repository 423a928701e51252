//! What a policy's grant controls demand of people from outside, and whether they can do it.

use super::{Answer, Class, Home, Trust, Why, trust};
use crate::model::{
    BuiltInControl, Combinations, ExternalUserType, Grant, GrantOperator, Kind, Place, Ref, Tenant, Worth,
    combinations_of, counts_from_outside, is_multifactor, method_named,
};

/// What one control means for a class.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Demand {
    /// Nobody gets in.
    Refuses,
    /// Whoever gets in did multifactor authentication.
    Mfa,
    /// It can be met without multifactor authentication.
    Other,
    /// It has no hold on people of this class (AM-4).
    NoHold,
    /// It depends on something that is not known.
    Unknown(Why),
}

/// What the whole grant means for a class: with *and* the strongest control counts, with *or* the weakest (CA-10.1,
/// CA-10.2). `None` for a policy without grant controls.
#[must_use]
pub fn demand(tenant: &Tenant, grant: &Grant, class: &Class) -> Option<Demand> {
    let mut demands: Vec<Demand> = grant.controls.iter().map(|control| built_in(tenant, control, class)).collect();
    demands.extend(grant.terms_of_use.iter().map(|_| Demand::Other));
    demands.extend(grant.custom_factors.iter().map(|_| Demand::Other));
    demands.extend(
        grant.strength.iter().map(|(strength, inline)| of_strength(tenant, strength, inline.as_deref(), class)),
    );
    // A block stands alone and always wins (CA-1.4).
    if demands.is_empty() {
        return None;
    }
    if grant.has(&BuiltInControl::Block) {
        return Some(Demand::Refuses);
    }
    let strength = |demand: &Demand| match demand {
        Demand::NoHold => 0,
        Demand::Other => 1,
        Demand::Unknown(_) => 2,
        Demand::Mfa => 3,
        Demand::Refuses => 4,
    };
    match grant.operator {
        GrantOperator::And => demands.into_iter().max_by_key(strength),
        GrantOperator::Or => demands.into_iter().min_by_key(strength),
    }
}

fn built_in(tenant: &Tenant, control: &BuiltInControl, class: &Class) -> Demand {
    let internal = class.kind == ExternalUserType::InternalGuest;
    let provider = class.kind == ExternalUserType::ServiceProvider;
    let device = |claim| match trust(tenant, &class.home, claim) {
        Answer::Yes => Demand::Other,
        Answer::No => Demand::Refuses,
        Answer::Unknown(why) => Demand::Unknown(why),
    };
    match control {
        BuiltInControl::Block => Demand::Refuses,
        BuiltInControl::Mfa => Demand::Mfa,
        // Internal guests register devices here. What a service provider's device proves is not documented (AM-26);
        // for coverage it counts as provable.
        BuiltInControl::CompliantDevice | BuiltInControl::DomainJoinedDevice if internal || provider => Demand::Other,
        BuiltInControl::CompliantDevice => device(Trust::CompliantDevice),
        BuiltInControl::DomainJoinedDevice => device(Trust::HybridJoinedDevice),
        // Not supported for people from outside: they cannot meet them (XU-1.12 to XU-1.14).
        BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication | BuiltInControl::PasswordChange
            if internal || provider =>
        {
            Demand::Other
        }
        BuiltInControl::ApprovedApplication | BuiltInControl::CompliantApplication | BuiltInControl::PasswordChange => {
            Demand::Refuses
        }
        BuiltInControl::RiskRemediation => Demand::Refuses,
        BuiltInControl::Undocumented(name) => {
            Demand::Unknown(Why::unreadable(format!("the grant control `{name}` is not understood")))
        }
    }
}

fn of_strength(tenant: &Tenant, strength: &Ref, inline: Option<&[String]>, class: &Class) -> Demand {
    // A service provider's multifactor authentication at home always happened and always counts (XU-5.1).
    if class.kind == ExternalUserType::ServiceProvider {
        return Demand::Mfa;
    }
    // Strengths have no hold on people who do not sign in with Entra (XU-3.1, AM-4). Internal guests do.
    if class.home == Home::NoTenant && class.kind != ExternalUserType::InternalGuest {
        return Demand::NoHold;
    }
    match strength_combinations(tenant, strength, inline) {
        // Nothing that can be registered here satisfies it, and nothing from home is believed (XU-1.7, XU-3.4).
        Ok(combinations)
            if resource_tenant_can(&combinations) == Answer::No
                && class.home != Home::NoTenant
                && trust(tenant, &class.home, Trust::Mfa).is_no() =>
        {
            Demand::Refuses
        }
        Ok(combinations) => match is_mfa_strength(&combinations) {
            Answer::Yes => Demand::Mfa,
            Answer::No => Demand::Other,
            Answer::Unknown(why) => Demand::Unknown(why),
        },
        Err(why) => Demand::Unknown(why),
    }
}

/// Combinations of methods of which one satisfies the strength: from the policy, the export, or what Microsoft
/// built in (Graph documentation, authenticationStrengthPolicy).
///
/// # Errors
/// The strength is neither in the export nor built in.
pub fn strength_combinations(tenant: &Tenant, strength: &Ref, inline: Option<&[String]>) -> Result<Combinations, Why> {
    let found = combinations_of(tenant, strength, inline).map_err(|_| {
        let text = format!("authentication strength `{strength}` was not exported");
        Why::missing(Kind::AuthenticationStrength, text)
    });
    Ok(Combinations::read(&found?))
}

/// Why it is not known who meets a combination that holds a word that is no method.
pub(super) fn odd_combination() -> Why {
    Why::unreadable("a combination of the authentication strength names a method that is not documented")
}

/// Whether every way to satisfy the strength is multifactor authentication.
#[must_use]
pub fn is_mfa_strength(combinations: &Combinations) -> Answer {
    match (combinations.known.iter().all(|methods| is_multifactor(methods)), combinations.others) {
        (false, _) => Answer::No,
        (true, true) => Answer::Unknown(odd_combination()),
        (true, false) => Answer::from(!combinations.known.is_empty()),
    }
}

/// Whether a strength can be satisfied with what somebody from outside can register in this tenant (XU-2.1 to XU-2.9,
/// XU-3.3 to XU-3.6): a first factor is nothing that they register.
#[must_use]
pub fn resource_tenant_can(combinations: &Combinations) -> Answer {
    let registered = |name: &String| method_named(name).is_some_and(|method| method.worth != Worth::First);
    let can = |methods: &Vec<String>| counts_from_outside(methods, Place::Here) && methods.iter().any(registered);
    match (combinations.known.iter().any(can), combinations.others) {
        (true, _) => Answer::Yes,
        (false, true) => Answer::Unknown(odd_combination()),
        (false, false) => Answer::No,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Id;

    fn combinations(last: u8) -> Combinations {
        let id = Id::new(&format!("00000000-0000-0000-0000-00000000000{last}"));
        strength_combinations(&Tenant::default(), &Ref::Id(id), None).unwrap()
    }

    fn read(texts: &[&str]) -> Combinations {
        Combinations::read(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>())
    }

    /// XU-3.3, XU-3.4, XU-3.5.
    #[test]
    fn without_trust_only_the_mfa_strength_can_be_met() {
        assert!(resource_tenant_can(&combinations(2)).is_yes());
        assert!(resource_tenant_can(&combinations(3)).is_no());
        assert!(resource_tenant_can(&combinations(4)).is_no());
        assert!(resource_tenant_can(&read(&["password", "password,hardwareOath"])).is_no());
        assert!(resource_tenant_can(&read(&["Sms, Password"])).is_yes());
    }

    #[test]
    fn a_single_factor_is_no_mfa() {
        for last in [2, 3, 4] {
            assert!(is_mfa_strength(&combinations(last)).is_yes());
        }
        assert!(is_mfa_strength(&read(&["fido2", "password"])).is_no());
        assert!(is_mfa_strength(&read(&[])).is_no());
    }

    #[test]
    fn a_method_that_is_not_documented_leaves_open_what_it_decides() {
        for word in ["unknownFutureValue", "password,palmVein", ""] {
            let unknown = |answer: Answer| matches!(answer, Answer::Unknown(_));
            assert!(unknown(is_mfa_strength(&read(&["fido2", word]))), "{word}");
            assert!(unknown(resource_tenant_can(&read(&["fido2", word]))), "{word}");
            assert!(is_mfa_strength(&read(&["password", word])).is_no(), "{word}");
            assert!(resource_tenant_can(&read(&["password,sms", word])).is_yes(), "{word}");
        }
    }
}
