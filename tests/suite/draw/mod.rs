//! Random tenants and random sign-ins, the same for the same seed. Every word that the engine knows comes up, out of
//! vocabularies so small that policies, settings and people keep meeting each other. A tenant is drawn as a combined Graph
//! JSON document and read by the loader.

#![allow(
    dead_code,
    unused_imports,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "shared by several tests, none of which uses all of it; a test that fails says so"
)]

mod directory;
mod packages;
mod policy;
mod sign_in;

use guestlist::access::sign_in::{AMBIGUITIES, Readings};
use guestlist::load::{Loaded, Loader};
use serde_json::{Map, Value, json};

pub(crate) use sign_in::{completed, full_scenario, scenario};

/// A source of draws.
#[derive(Debug)]
pub(crate) struct Draw(fastrand::Rng);

impl Draw {
    /// The same draws for the same seed. `what` keeps apart what is drawn for one seed: tenants, sign-ins, …
    pub(crate) fn new(seed: u64, what: u64) -> Self {
        Self(fastrand::Rng::with_seed(
            seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ what.wrapping_mul(0xd1b5_4a32_d192_ed03),
        ))
    }

    /// Yes in that many of a hundred cases.
    pub(crate) fn chance(&mut self, percent: u32) -> bool {
        self.0.u32(0..100) < percent
    }

    /// Yes in that many of a thousand cases.
    pub(crate) fn rarely(&mut self, permille: u32) -> bool {
        self.0.u32(0..1000) < permille
    }

    /// Less than `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        self.0.usize(0..end)
    }

    /// One of them.
    pub(crate) fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    /// One of them, each as often as its number says.
    pub(crate) fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> T {
        let mut at = self.0.u32(0..of.iter().map(|(weight, _)| weight).sum());
        for (weight, value) in of {
            if at < *weight {
                return *value;
            }
            at -= weight;
        }
        of[0].1
    }

    /// Some of them, in any order and each once: at most `most`, at least `least`.
    pub(crate) fn some<T: Clone>(&mut self, of: &[T], least: usize, most: usize) -> Vec<T> {
        let mut all = of.to_vec();
        self.0.shuffle(&mut all);
        let most = most.min(all.len());
        let least = least.min(most);
        all.truncate(least + self.below(most - least + 1));
        all
    }

    /// Any order.
    pub(crate) fn shuffle<T>(&mut self, of: &mut [T]) {
        self.0.shuffle(of);
    }
}

/// An id. The first number tells kinds apart.
pub(crate) fn id(kind: u32, number: usize) -> String {
    format!("{kind:08x}-0000-4000-8000-{number:012x}")
}

/// The tenant itself.
pub(crate) fn own() -> String {
    id(0xc0, 0)
}

/// Another tenant. The first eight may be partners; later ones no setting names.
pub(crate) fn foreign(number: usize) -> String {
    id(0xf0, number)
}

/// A user.
pub(crate) fn user(number: usize) -> String {
    id(0x50, number)
}

/// A group.
pub(crate) fn group(number: usize) -> String {
    id(0x60, number)
}

/// An object of somebody's home tenant: the first four are users, the others groups.
pub(crate) fn at_home(number: usize) -> String {
    id(0x70, number)
}

/// An application of no one's making but this tenant's.
pub(crate) fn own_application(number: usize) -> String {
    id(0xa0, number)
}

/// Terms of use.
pub(crate) fn terms(number: usize) -> String {
    id(0xe0, number)
}

/// Users and groups that policies name; the last of each is in no export.
pub(crate) const USERS: usize = 24;
/// See [`USERS`].
pub(crate) const GROUPS: usize = 9;

/// Roles: three that Microsoft built in, and one of the tenant's own.
pub(crate) const ROLES: [&str; 4] = [
    "62e90394-69f5-4237-9190-012177145e10",
    "f2ef992c-3afb-46b9-b7cf-a126ee74c451",
    "fe930be7-5e62-47db-91af-98c3a49a38b1",
    "00000090-0000-4000-8000-000000000001",
];

/// Applications of Microsoft: some in Office 365, some portals, some in a group or that depend on others, what registration
/// and terms of use need, and one that is Microsoft's and known to nobody.
pub(crate) const MICROSOFTS: [&str; 19] = [
    "00000003-0000-0ff1-ce00-000000000000", // SharePoint Online
    "00000002-0000-0ff1-ce00-000000000000", // Exchange Online
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", // Teams
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264", // Teams, the client
    "00000004-0000-0ff1-ce00-000000000000", // Skype for Business
    "00000006-0000-0ff1-ce00-000000000000", // Office 365 portal: an admin portal, mandatory MFA
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", // Azure portal
    "797f4846-ba00-4fd7-ba43-dac1f8f63013", // Azure Resource Manager
    "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5", // Log Analytics, of one group with it
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46", // Azure CLI, so too
    "80369ed6-5f11-4dd9-bef3-692475845e77", // Event Hubs, which depends on it
    "2ddfbe71-ed12-4123-b99b-d5fc8a062a79", // Teams' portal, of which it is not known whether it is an admin portal
    "00000003-0000-0000-c000-000000000000", // Graph
    "00000002-0000-0000-c000-000000000000", // the directory, audience of baseline scopes
    "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3", // Planner
    "0000000c-0000-0000-c000-000000000000", // access panel
    "19db86c3-b2b9-44cc-b339-36da233a3be2", // My Signins
    "d52792f4-ba38-424d-8140-ada5b883f293", // terms of use
    "000000a1-0000-4000-8000-000000000001", // not known
];

/// The application that stands for a group.
pub(crate) const AZURE_MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";

/// Every application that policies and sign-ins name.
pub(crate) fn applications() -> Vec<String> {
    MICROSOFTS.iter().map(|app| (*app).to_owned()).chain((0..6).map(own_application)).collect()
}

/// Mail domains: those of tenants that connected organizations name, those of tenants that none names, others.
pub(crate) fn domain_of(tenant: usize) -> String {
    format!("t{tenant}.example")
}

/// How many policies the tenant of a seed has: mostly few, so that not everything is blocked.
pub(crate) fn policies(seed: u64) -> usize {
    let mut draw = Draw::new(seed, 1);
    match draw.below(20) {
        0..=7 => draw.below(5),
        8..=14 => draw.below(16),
        15..=18 => draw.below(61),
        _ => draw.below(241),
    }
}

/// How the ambiguities are read: mostly as by default.
pub(crate) fn readings(seed: u64) -> Readings {
    let mut draw = Draw::new(seed, 2);
    let mut readings = Readings::default();
    if draw.chance(60) {
        return readings;
    }
    let every = draw.chance(50);
    for ambiguity in AMBIGUITIES {
        if every || draw.chance(40) {
            let [first, second] = ambiguity.words;
            let word = if every { draw.one(&[first, second]) } else { draw.one(&[first, second, "unknown"]) };
            readings.set(ambiguity.name, word).unwrap();
        }
    }
    readings
}

/// Draws a tenant.
pub(crate) fn tenant(seed: u64, policies: usize) -> Loaded {
    load(&document(seed, policies))
}

/// Reads a combined document.
pub(crate) fn load(document: &Value) -> Loaded {
    let mut loader = Loader::default();
    loader.file("drawn.json".to_owned(), document.to_string().as_bytes());
    loader.finish()
}

/// The tenant as a combined Graph JSON document.
pub(crate) fn document(seed: u64, policies: usize) -> Value {
    let mut draw = Draw::new(seed, 3);
    let mut parts = directory::collections(&mut draw);
    let mut all = (0..policies).map(|number| policy::policy(&mut draw, number)).collect::<Vec<_>>();
    let mut shorter = Draw::new(seed, 30);
    for policy in &mut all {
        policy::shorten(&mut shorter, policy);
    }
    parts.push(("conditionalAccessPolicies", Value::from(all)));
    parts.extend(policy::collections(&mut draw));
    // Most exports are complete; of the others any collection may be missing or cut off.
    let gaps = if draw.chance(25) { 15 } else { 0 };
    let mut root = Map::new();
    for (name, value) in parts {
        let vital = matches!(name, "organization" | "conditionalAccessPolicies");
        if draw.chance(if vital { gaps / 5 } else { gaps }) && name != "organization" {
            continue;
        }
        let cut_off = value.is_array() && draw.chance(gaps / 3);
        let value = if cut_off {
            json!({ "@odata.nextLink": "https://graph.microsoft.com/v1.0/more", "value": value })
        } else {
            value
        };
        root.insert(name.to_owned(), value);
    }
    Value::Object(root)
}
