//! Which classes of people from outside are covered by which enforced policies, whatever they open.

use std::collections::BTreeMap;

use super::{Answer, Audience, Class, Demand, Why, classes, demand, is_refused};
use crate::model::{
    Applications, BuiltInControl, ClientApp, ConditionalAccessPolicy, EXCHANGE, ExternalUserType, Keyword, Kind,
    Platform, PolicyState, Ref, Tenant, Told, TransferMethod,
};

/// A kind of client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Client {
    /// A browser.
    Browser,
    /// A modern native client.
    Modern,
    /// Exchange ActiveSync.
    ActiveSync,
    /// Any other legacy client.
    Legacy,
}

impl Client {
    fn is_legacy(self) -> bool {
        matches!(self, Self::ActiveSync | Self::Legacy)
    }
}

/// How well a class is protected on some clients.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protection {
    /// Refused outright, by a block or by cross-tenant settings.
    Refused,
    /// Refused or asked for multifactor authentication.
    Demanded,
    /// Neither.
    Open,
    /// It depends on what is not known.
    Unknown(Why),
}

/// Protection of every class against sign-ins without multifactor authentication, from legacy clients and by device
/// code flow.
#[derive(Debug)]
pub struct Coverage {
    /// The classes, in a fixed order; the lists below run in step with it.
    pub classes: Vec<Class>,
    /// Browsers and modern clients.
    pub mfa: Vec<Protection>,
    /// Legacy clients.
    pub legacy: Vec<Protection>,
    /// Whether a block refuses legacy clients; where it is not known, so is what the list above says of it.
    pub legacy_blocked: Vec<Answer>,
    /// Device code flow: refused or open.
    pub device_code: Vec<Protection>,
}

impl Coverage {
    /// Works out the coverage of a tenant's enforced policies.
    ///
    /// # Errors
    /// Conditional Access policies were not exported.
    pub fn of(tenant: &Tenant) -> Result<Self, Why> {
        if !tenant.conditional_access.coverage.exported {
            let kind = Kind::ConditionalAccessPolicy;
            return Err(Why::missing(kind, format!("{} was not exported", kind.as_str())));
        }
        let cut_off = !tenant.conditional_access.coverage.is_complete();
        let classes = classes(tenant);
        let audiences = tenant.conditional_access.items.iter().map(|policy| Audience::of(tenant, policy));
        let audiences: Vec<Audience<'_>> = audiences.collect();
        let mut coverage = Self {
            classes: Vec::new(),
            mfa: Vec::new(),
            legacy: Vec::new(),
            legacy_blocked: Vec::new(),
            device_code: Vec::new(),
        };
        for class in classes {
            let refused = is_refused(tenant, &class);
            let question = Question { tenant, audiences: &audiences, class: &class, refused: &refused, cut_off };
            coverage.mfa.push(question.on([Client::Browser, Client::Modern]));
            coverage.legacy.push(question.on([Client::ActiveSync, Client::Legacy]));
            coverage.legacy_blocked.push(question.is_legacy_blocked());
            coverage.device_code.push(question.device_code());
            coverage.classes.push(class);
        }
        Ok(coverage)
    }

    /// Classes with their protection, for one of the lists.
    pub fn with<'c>(&'c self, list: &'c [Protection]) -> impl Iterator<Item = (&'c Class, &'c Protection)> {
        self.classes.iter().zip(list)
    }

    /// Tells open classes in words: by external user type, then by home.
    #[must_use]
    pub fn describe(
        &self,
        list: &[Protection],
        open: &dyn Fn(&Protection) -> bool,
        name: &dyn Fn(&Class) -> String,
    ) -> String {
        let mut by_kind: BTreeMap<&str, (Vec<&Class>, usize)> = BTreeMap::new();
        let mut order = Vec::new();
        for (class, protection) in self.with(list) {
            let name = class.kind.as_str();
            if !order.contains(&name) {
                order.push(name);
            }
            let entry = by_kind.entry(name).or_default();
            entry.1 += 1;
            if open(protection) {
                entry.0.push(class);
            }
        }
        let mut told = Vec::new();
        for kind in order {
            let Some((found, all)) = by_kind.get(kind) else { continue };
            match found.as_slice() {
                [] => {}
                found if found.len() == *all => told.push(kind.to_owned()),
                found => {
                    told.extend(found.iter().take(MOST_TOLD).map(|class| name(class)));
                    let more = found.len().saturating_sub(MOST_TOLD);
                    if more > 0 {
                        told.push(format!("{kind} of {more} more homes"));
                    }
                }
            }
        }
        told.join(", ")
    }
}

/// A message names so many homes of one external user type at most.
const MOST_TOLD: usize = 5;

struct Question<'q> {
    tenant: &'q Tenant,
    audiences: &'q [Audience<'q>],
    class: &'q Class,
    refused: &'q Answer,
    cut_off: bool,
}

impl Question<'_> {
    /// The weaker protection of two kinds of clients.
    fn on(&self, clients: [Client; 2]) -> Protection {
        let [first, second] = clients.map(|client| {
            let answers = self.audiences.iter().map(|audience| protects(self.tenant, audience, self.class, client));
            self.best(answers)
        });
        let legacy = clients.iter().all(|client| client.is_legacy());
        match self.class.kind {
            // GDAP: multifactor authentication at home is always done and always counts (XU-5.1 to XU-5.4), and a
            // legacy client cannot carry it.
            ExternalUserType::ServiceProvider if legacy => return Protection::Refused,
            ExternalUserType::ServiceProvider => return Protection::Demanded,
            // Reaches Teams shared channels only (CA-2.16): no mailbox that a legacy client could open.
            ExternalUserType::B2bDirectConnectUser if legacy => return Protection::Refused,
            _ => {}
        }
        let weakness = |protection: &Protection| match protection {
            Protection::Refused => 0,
            Protection::Demanded => 1,
            Protection::Unknown(_) => 2,
            Protection::Open => 3,
        };
        if weakness(&first) >= weakness(&second) { first } else { second }
    }

    /// Whether a block, or a cross-tenant setting, refuses both kinds of legacy clients.
    fn is_legacy_blocked(&self) -> Answer {
        let blocked = |client: Client| {
            let policies =
                self.audiences.iter().map(|audience| match protects(self.tenant, audience, self.class, client) {
                    Protection::Refused => Answer::Yes,
                    Protection::Unknown(why) if !is_block(audience.policy).is_no() => Answer::Unknown(why),
                    _ => Answer::No,
                });
            Answer::any(policies.chain([self.refused.clone()]))
        };
        Answer::all([Client::ActiveSync, Client::Legacy].map(blocked))
    }

    fn device_code(&self) -> Protection {
        let answers = self.audiences.iter().map(|audience| {
            let policy = audience.policy;
            let flows = match &policy.flows {
                Ok(flows) => Answer::from(flows.is_empty() || flows.contains(&TransferMethod::DeviceCodeFlow)),
                Err(_) => unread(policy, "authentication flows"),
            };
            let clients = || Answer::all([Client::Browser, Client::Modern].map(|client| covers_client(policy, client)));
            let blocks = is_block(policy)
                .and(|| flows)
                .and(|| is_enforced(policy))
                .and(|| is_unconditional(policy, false, Client::Modern))
                .and(clients)
                .and(|| audience.is_all_of(self.tenant, self.class));
            match blocks {
                Answer::Yes => Protection::Refused,
                Answer::No => Protection::Open,
                Answer::Unknown(why) => Protection::Unknown(why),
            }
        });
        self.best(answers)
    }

    /// The best of what the policies give, with what cross-tenant settings refuse.
    fn best(&self, answers: impl Iterator<Item = Protection>) -> Protection {
        let mut unknown = None;
        let mut demanded = false;
        for answer in answers {
            match answer {
                Protection::Refused => return Protection::Refused,
                Protection::Demanded => demanded = true,
                Protection::Unknown(why) => {
                    unknown.get_or_insert(why);
                }
                Protection::Open => {}
            }
        }
        match self.refused {
            Answer::Yes => Protection::Refused,
            _ if demanded => Protection::Demanded,
            _ if unknown.is_some() => unknown.map_or(Protection::Open, Protection::Unknown),
            Answer::Unknown(why) => Protection::Unknown(why.clone()),
            Answer::No if self.cut_off => Protection::Unknown(Why::missing(
                Kind::ConditionalAccessPolicy,
                "the list of Conditional Access policies was cut off",
            )),
            Answer::No => Protection::Open,
        }
    }
}

fn is_block(policy: &ConditionalAccessPolicy) -> Answer {
    match &policy.grant {
        Ok(grant) => Answer::from(grant.as_ref().is_some_and(|grant| grant.has(&BuiltInControl::Block))),
        Err(_) => unread(policy, "grant controls"),
    }
}

fn unread(policy: &ConditionalAccessPolicy, what: &str) -> Answer {
    Answer::Unknown(Why::unreadable(format!("the {what} of policy `{}` could not be read", policy.id)))
}

/// Whether the policy is enforced (CA-1.20 to CA-1.23, AM-29).
fn is_enforced(policy: &ConditionalAccessPolicy) -> Answer {
    match &policy.state {
        Ok(PolicyState::Undocumented(_)) | Err(_) => unread(policy, "state"),
        Ok(state) => Answer::from(*state == PolicyState::Enabled),
    }
}

fn covers_client(policy: &ConditionalAccessPolicy, client: Client) -> Answer {
    let Ok(clients) = &policy.client_apps else { return unread(policy, "client app types") };
    let wanted = match client {
        Client::Browser => ClientApp::Browser,
        Client::Modern => ClientApp::MobileAppsAndDesktopClients,
        Client::ActiveSync => ClientApp::ExchangeActiveSync,
        Client::Legacy => ClientApp::Other,
    };
    if clients.is_empty() || clients.contains(&ClientApp::All) || clients.contains(&wanted) {
        return Answer::Yes;
    }
    let odd = clients.iter().any(|client| !client.is_known());
    if odd { unread(policy, "client app types") } else { Answer::No }
}

/// Whether the policy holds for every resource, network, platform, device and risk (CA-1.8, CA-1.9): with a condition left it
/// protects some sign-ins only.
fn is_unconditional(policy: &ConditionalAccessPolicy, flows_too: bool, client: Client) -> Answer {
    fn unset<T>(
        policy: &ConditionalAccessPolicy,
        told: &Told<T>,
        what: &str,
        unset: impl FnOnce(&T) -> bool,
    ) -> Answer {
        told.as_ref().map_or_else(|_| unread(policy, what), |value| Answer::from(unset(value)))
    }
    Answer::all([
        unset(policy, &policy.applications, "applications", |applications| covers_all(applications, client)),
        unset(policy, &policy.workloads, "workload identities", Option::is_none),
        unset(policy, &policy.platforms, "platforms", |platforms| {
            platforms.as_ref().is_none_or(|platforms| {
                platforms.exclude.is_empty()
                    && (platforms.include.is_empty() || platforms.include.contains(&Platform::All))
            })
        }),
        unset(policy, &policy.locations, "locations", |locations| {
            locations.as_ref().is_none_or(|locations| {
                let all = locations.include.iter().any(|location| location.is(&Keyword::All));
                locations.exclude.is_empty() && (locations.include.is_empty() || all)
            })
        }),
        unset(policy, &policy.device_filter, "device filter", Option::is_none),
        unset(policy, &policy.user_risk, "user risk levels", Vec::is_empty),
        unset(policy, &policy.sign_in_risk, "sign-in risk levels", Vec::is_empty),
        unset(policy, &policy.service_principal_risk, "service principal risk levels", Vec::is_empty),
        unset(policy, &policy.insider_risk, "insider risk levels", Vec::is_empty),
        unset(policy, &policy.flows, "authentication flows", |flows| !flows_too || flows.is_empty()),
        unset(policy, &policy.other_conditions, "conditions", Vec::is_empty),
    ])
}

/// Whether the applications are all that such a client reaches. Exchange ActiveSync reaches Exchange Online only, and a
/// policy about it should name nothing else (CA-4.8).
fn covers_all(applications: &Applications, client: Client) -> bool {
    let exchange = |app: &Ref| app.is(&Keyword::Office365) || app.id().is_some_and(|id| id.as_str() == EXCHANGE);
    applications.is_everything()
        || (client == Client::ActiveSync
            && applications.filter.is_none()
            && applications.include_applications.iter().any(exchange)
            && !applications.exclude_applications.iter().any(exchange))
}

/// Which conditions other than users and clients narrow the policy, in Graph's words; `None` where that is not known.
#[must_use]
pub fn narrowing(policy: &ConditionalAccessPolicy) -> Option<bool> {
    is_unconditional(policy, true, Client::Modern).known().ok().map(|all| !all)
}

fn protects(tenant: &Tenant, audience: &Audience<'_>, class: &Class, client: Client) -> Protection {
    let enforced = is_enforced(audience.policy);
    protects_if_enforced(tenant, audience, class, client, enforced)
}

/// What the policy would give to a class on a client, were it enforced.
pub(crate) fn would_protect(tenant: &Tenant, audience: &Audience<'_>, class: &Class, client: Client) -> Protection {
    protects_if_enforced(tenant, audience, class, client, Answer::Yes)
}

/// What an enforced policy gives to a class on a client wherever another one asks something: each of its conditions is
/// unset, or the same as there, and it covers no fewer resources.
pub(crate) fn protects_wherever(
    tenant: &Tenant,
    audience: &Audience<'_>,
    other: &ConditionalAccessPolicy,
    class: &Class,
    client: Client,
) -> Protection {
    let wide = || is_as_wide(audience.policy, other, client);
    protection(tenant, audience, class, client, is_enforced(audience.policy), wide)
}

/// Whether a policy leaves out no sign-in for its conditions that another one takes in; who they are about is not looked at.
fn is_as_wide(policy: &ConditionalAccessPolicy, other: &ConditionalAccessPolicy, client: Client) -> Answer {
    let (Ok(own), Ok(others)) = (&policy.applications, &other.applications) else {
        return unread(policy, "applications");
    };
    let everything = |of: &Applications| of.include_applications.iter().any(|app| app.is(&Keyword::All));
    let fewer = own.exclude_applications.iter().all(|app| others.exclude_applications.contains(app));
    let wider = everything(own) && own.filter.is_none() && everything(others) && fewer;
    if own != others && !wider && !covers_all(own, client) {
        return Answer::No;
    }
    // The conditions that both have are left out of the question.
    let mut left = policy.clone();
    left.applications = Ok(Applications {
        include_applications: vec![Ref::Keyword(Keyword::All)],
        exclude_applications: Vec::new(),
        filter: None,
        ..own.clone()
    });
    macro_rules! leave_out {
        ($($condition:ident),*) => {
            $(if left.$condition.is_ok() && left.$condition == other.$condition {
                left.$condition = Ok(Default::default());
            })*
        };
    }
    leave_out!(platforms, locations, device_filter, user_risk, sign_in_risk, insider_risk, flows);
    is_unconditional(&left, true, client)
}

fn protects_if_enforced(
    tenant: &Tenant,
    audience: &Audience<'_>,
    class: &Class,
    client: Client,
    enforced: Answer,
) -> Protection {
    protection(tenant, audience, class, client, enforced, || is_unconditional(audience.policy, true, client))
}

/// What a policy gives to a class on a client where it is enforced and its conditions are met.
fn protection(
    tenant: &Tenant,
    audience: &Audience<'_>,
    class: &Class,
    client: Client,
    enforced: Answer,
    met: impl FnOnce() -> Answer,
) -> Protection {
    let policy = audience.policy;
    let grant = match &policy.grant {
        Ok(Some(grant)) => grant,
        Ok(None) => return Protection::Open,
        Err(_) => {
            return match enforced.and(|| audience.is_all_of(tenant, class)) {
                Answer::No => Protection::Open,
                _ => Protection::Unknown(Why::unreadable(format!(
                    "the grant controls of policy `{}` could not be read",
                    policy.id
                ))),
            };
        }
    };
    let given = match demand(tenant, grant, class) {
        None => return Protection::Open,
        Some(Demand::Refuses) => Protection::Refused,
        Some(Demand::Mfa) => Protection::Demanded,
        // A legacy client completes nothing (CA-4.7): whatever is asked refuses it.
        Some(Demand::Other) if client.is_legacy() => Protection::Demanded,
        Some(Demand::Other | Demand::NoHold) => Protection::Open,
        Some(Demand::Unknown(_)) if client.is_legacy() => Protection::Demanded,
        Some(Demand::Unknown(why)) => Protection::Unknown(why),
    };
    if given == Protection::Open {
        return given;
    }
    // Refused because a legacy client cannot do what is asked is not the same as blocked.
    let given = if client.is_legacy() && !grant.has(&BuiltInControl::Block) { Protection::Demanded } else { given };
    let applies = enforced.and(|| covers_client(policy, client)).and(met).and(|| audience.is_all_of(tenant, class));
    match applies {
        Answer::Yes => given,
        Answer::No => Protection::Open,
        Answer::Unknown(why) => Protection::Unknown(why),
    }
}
