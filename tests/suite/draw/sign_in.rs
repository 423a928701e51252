//! Random sign-ins to a tenant, and what an open one may turn out to be.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use guestlist::access::sign_in::{
    Claims, Conditions, Device, DeviceInfo, DirectoryObject, Factors, Flow, Homes, Outsider, Provider, Request,
    Scenario, SeenPlatform, Subject, Target, UserAction,
};
use guestlist::access::{Answer, Home};
use guestlist::model::{
    Address, ClientApp, Country, ExternalTenants, ExternalUserType, Id, InsiderRisk, METHODS, Platform, Ref, RiskLevel,
    Tenant, TransferMethod, Whereabouts,
};

use super::directory::some_application;
use super::policy::ATTRIBUTES;
use super::{Draw, GROUPS, ROLES, at_home, domain_of, foreign, group, id, terms};

/// A sign-in of which every condition is specified with a chance of 85 %.
pub(crate) fn scenario(draw: &mut Draw, tenant: &Tenant) -> Scenario {
    let conditions = conditions(draw, 85);
    let target = target(draw, tenant, 4);
    Scenario { subject: subject(draw, tenant, 40), target, conditions }
}

/// A sign-in of which everything is specified.
pub(crate) fn full_scenario(draw: &mut Draw, tenant: &Tenant) -> Scenario {
    let conditions = conditions(draw, 100);
    let target = target(draw, tenant, 0);
    Scenario { subject: subject(draw, tenant, 100), target, conditions }
}

/// What somebody brings, of values that policies ask for.
fn conditions(draw: &mut Draw, percent: u32) -> Conditions {
    Conditions {
        client: draw.chance(percent).then(|| client(draw)),
        platform: draw.chance(percent).then(|| platform(draw)),
        from: Whereabouts {
            address: draw.chance(percent).then(|| address(draw)),
            country: draw.chance(percent).then(|| country(draw)),
            gps_country: draw.chance(percent).then(|| country(draw)),
            mfa_trusted: draw.chance(10),
            compliant_network: draw.chance(percent).then(|| draw.chance(30)),
        },
        device: draw.chance(percent).then(|| device(draw, percent)),
        sign_in_risk: draw.chance(percent).then(|| risk(draw)),
        user_risk: draw.chance(percent).then(|| risk(draw)),
        insider_risk: draw.chance(percent).then(|| insider_risk(draw)),
        flow: draw.chance(percent).then(|| flow(draw)),
        original_flow: draw
            .chance(3)
            .then(|| draw.one(&[TransferMethod::DeviceCodeFlow, TransferMethod::AuthenticationTransfer])),
        unattended: draw.chance(2),
        claims: claims(draw),
        home_outbound: draw.chance(percent).then(|| !draw.chance(2)),
        tenant_restricted: draw.chance(1),
        shared_channel: draw.chance(percent).then(|| draw.chance(10)),
    }
}

fn client(draw: &mut Draw) -> ClientApp {
    match draw.below(30) {
        0 => ClientApp::ExchangeActiveSync,
        1 => ClientApp::EasSupported,
        2 => ClientApp::Other,
        3..=13 => ClientApp::MobileAppsAndDesktopClients,
        _ => ClientApp::Browser,
    }
}

fn platform(draw: &mut Draw) -> SeenPlatform {
    let known =
        [Platform::Android, Platform::Ios, Platform::Windows, Platform::WindowsPhone, Platform::MacOs, Platform::Linux];
    if draw.chance(8) { SeenPlatform::Unknown } else { SeenPlatform::Known(draw.one(&known)) }
}

fn address(draw: &mut Draw) -> Address {
    let known = [
        "10.0.0.5",
        "10.1.2.3",
        "10.1.3.4",
        "192.0.2.7",
        "192.0.2.150",
        "198.51.100.7",
        "203.0.113.9",
        "2001:db8::1",
        "2001:db8:1::5",
        "2001:db9::1",
        "::ffff:10.0.0.5",
    ];
    if draw.chance(10) { Address::Unlisted } else { Address::Ip(draw.one(&known).parse::<IpAddr>().unwrap()) }
}

fn country(draw: &mut Draw) -> Country {
    Country::read(draw.one(&["DE", "FR", "US", "NL", "XK", "unmapped"])).unwrap()
}

fn risk(draw: &mut Draw) -> RiskLevel {
    if draw.chance(60) { RiskLevel::None } else { draw.one(&[RiskLevel::Low, RiskLevel::Medium, RiskLevel::High]) }
}

fn insider_risk(draw: &mut Draw) -> Option<InsiderRisk> {
    let known = [InsiderRisk::Minor, InsiderRisk::Moderate, InsiderRisk::Elevated];
    draw.chance(40).then(|| draw.one(&known))
}

fn flow(draw: &mut Draw) -> Flow {
    let known = [TransferMethod::DeviceCodeFlow, TransferMethod::AuthenticationTransfer];
    if draw.chance(12) { Flow::Transfer(draw.one(&known)) } else { Flow::Ordinary }
}

/// A device with its attributes, each specified with that chance.
fn device(draw: &mut Draw, percent: u32) -> Device {
    if draw.chance(25) {
        return Device::Unregistered;
    }
    let mut info = DeviceInfo {
        compliant: draw.chance(percent).then(|| draw.chance(50)),
        hybrid_joined: draw.chance(percent).then(|| draw.chance(40)),
        attributes: BTreeMap::new(),
    };
    for (attribute, operators, values) in &ATTRIBUTES {
        let name = attribute.to_ascii_lowercase();
        if name == "iscompliant" || !draw.chance(percent) {
            continue;
        }
        let mut own: Vec<String> = draw
            .some(values, 0, if *operators == 2 { 2 } else { 1 })
            .into_iter()
            .map(|value| value.replace('`', ""))
            .collect();
        if name == "trusttype" {
            // What it says must not contradict the claim.
            own = match info.hybrid_joined {
                Some(true) => vec!["ServerAD".to_owned()],
                Some(false) => vec![draw.one(&["AzureAD", "Workplace"]).to_owned()],
                None => continue,
            };
        }
        info.attributes.insert(name, own);
    }
    Device::Registered(info)
}

fn methods(draw: &mut Draw, most: usize) -> BTreeSet<String> {
    let known: Vec<&str> = METHODS.iter().map(|method| method.name).collect();
    draw.some(&known, 0, most).into_iter().map(str::to_owned).collect()
}

fn factors(draw: &mut Draw) -> Factors {
    match draw.below(10) {
        0 | 1 => Factors { mfa: true, methods: BTreeSet::new() },
        2 => Factors { mfa: true, methods: methods(draw, 2) },
        3 | 4 => Factors { mfa: false, methods: methods(draw, 3) },
        _ => Factors::default(),
    }
}

fn claims(draw: &mut Draw) -> Claims {
    if draw.chance(60) {
        return Claims::default();
    }
    Claims {
        home: factors(draw),
        here: factors(draw),
        terms_accepted: draw.some(&(0..4).map(terms).collect::<Vec<_>>(), 0, 2).iter().map(|id| Id::new(id)).collect(),
        custom_passed: draw.some(&["DuoLike", "Other"], 0, 1).into_iter().map(str::to_owned).collect(),
    }
}

/// Somebody: a user of the export, or somebody described. `percent` tells how often what only a person can tell is told.
fn subject(draw: &mut Draw, tenant: &Tenant, percent: u32) -> Subject {
    let users = &tenant.users.items;
    let mut subject = if !users.is_empty() && draw.chance(55) {
        let given: BTreeMap<String, Id> = if draw.chance(30) {
            (0..10).map(|at| (domain_of(at), Id::new(&foreign(at)))).collect()
        } else {
            BTreeMap::new()
        };
        Subject::of_user(&users[draw.below(users.len())], &Homes::of_tenant(tenant, &given))
    } else {
        outsider(draw, tenant)
    };
    if draw.chance(35) {
        for _ in 0..=draw.below(2) {
            let id = mined(draw, tenant, Mine::Group).unwrap_or_else(|| Id::new(&group(draw.below(GROUPS))));
            subject.join(tenant, &id);
        }
    }
    if draw.chance(12) {
        subject.roles.extend(draw.some(&ROLES[..3], 1, 2).into_iter().map(Id::new));
    }
    if draw.chance(percent) {
        subject.home_id = Some(Id::new(&at_home(draw.below(6))));
        let groups = draw.some(&(4..8).map(at_home).collect::<Vec<_>>(), 0, 2);
        subject.home_groups = Some(groups.iter().map(|id| Id::new(id)).collect());
    }
    if draw.chance(percent) {
        subject.registered_at_home = Some(methods(draw, 5));
        subject.registered_here = Some(methods(draw, 4));
    }
    if draw.chance(8) && matches!(subject.object, DirectoryObject::User(_) | DirectoryObject::Invited) {
        subject.roles.insert(Id::new(&draw.one(&[ROLES[0].to_owned(), ROLES[1].to_owned(), id(0x90, 0)])));
    }
    if draw.rarely(8) {
        subject.group_count = Some(3000);
    }
    if draw.chance(3) {
        subject.other_cloud = true;
    }
    subject
}

fn outsider(draw: &mut Draw, tenant: &Tenant) -> Subject {
    let home = mined(draw, tenant, Mine::Tenant).unwrap_or_else(|| Id::new(&foreign(draw.below(10))));
    let providers = [
        Provider::OneTimePasscode,
        Provider::Google,
        Provider::Facebook,
        Provider::MicrosoftAccount,
        Provider::Federation,
    ];
    let who = match draw.below(20) {
        0..=6 => Outsider::Guest(home),
        7..=9 => Outsider::Member(home),
        10 => Outsider::GuestOfAnyOther,
        11..=13 => Outsider::WithoutTenant(draw.one(&providers)),
        14 | 15 => Outsider::DirectConnect(home),
        16 | 17 => Outsider::ServiceProvider(home),
        18 => Outsider::InternalGuest,
        _ => Outsider::Other(home),
    };
    let mut subject = Subject::described(&who, "somebody".to_owned());
    // A partner that the export lacks.
    if matches!(subject.home, Home::Tenant(_))
        && !tenant.cross_tenant_partners.coverage.is_complete()
        && draw.chance(30)
    {
        subject.home = Home::UnseenPartner;
    }
    let invited = subject.object == DirectoryObject::Invited;
    if invited && draw.chance(4) {
        subject.object = DirectoryObject::Missing;
    }
    if draw.chance(80) {
        subject.domain = Some(draw.one(&["mail.example", "blocked.example", "t0.example", "t5.example"]).to_owned());
    }
    if invited && draw.chance(12) {
        subject.pending = Answer::Yes;
    }
    subject.to_invite = invited && draw.chance(20);
    if matches!(who, Outsider::DirectConnect(_)) {
        subject.guest_here_too = draw.chance(25);
    }
    subject
}

fn target(draw: &mut Draw, tenant: &Tenant, open: u32) -> Target {
    if draw.chance(open) {
        return Target::Unspecified;
    }
    let application = mined(draw, tenant, Mine::Application).unwrap_or_else(|| Id::new(&some_application(draw)));
    match draw.below(30) {
        0 => Target::UserAction(draw.one(&UserAction::ALL)),
        1 => Target::AuthenticationContext(draw.one(&["c1", "c2", "c3", "c9"]).into()),
        2 => {
            Target::Outbound { tenant: Id::new(&foreign(draw.below(10))), application, direct_connect: draw.chance(40) }
        }
        _ => {
            let mut request = Request::plain(application);
            if draw.chance(15) {
                request.authentication_context = Some(draw.one(&["c1", "c2", "c3", "c9"]).into());
            }
            if draw.chance(12) {
                let known = [
                    "openid",
                    "profile",
                    "email",
                    "offline_access",
                    "User.Read",
                    "People.Read",
                    "User.Read.All",
                    "GroupMember.Read.All",
                    "Mail.Read",
                    "https://graph.microsoft.com/Files.Read",
                    "https://graph.microsoft.com/User.Read",
                    "Directory.Read.All",
                    "https://management.azure.com/.default",
                    "api://000000a0-0000-4000-8000-000000000001/Read",
                    "https://nowhere.example/Read",
                ];
                request.scopes = draw.some(&known, 1, 3).into_iter().map(Into::into).collect();
            }
            request.public_client = !draw.chance(20);
            Target::Application(request)
        }
    }
}

#[derive(Clone, Copy)]
enum Mine {
    Application,
    Group,
    Tenant,
}

/// Something that one of the tenant's own policies names, in one case of three.
fn mined(draw: &mut Draw, tenant: &Tenant, what: Mine) -> Option<Id> {
    let policies = &tenant.conditional_access.items;
    if policies.is_empty() || !draw.chance(33) {
        return None;
    }
    let policy = &policies[draw.below(policies.len())];
    let ids = |refs: &[&Vec<Ref>]| -> Vec<Id> {
        refs.iter().flat_map(|list| list.iter()).filter_map(Ref::id).cloned().collect()
    };
    let found =
        match what {
            Mine::Application => {
                let applications = policy.applications.as_ref().ok()?;
                ids(&[&applications.include_applications, &applications.exclude_applications])
            }
            Mine::Group => {
                let users = policy.users.as_ref().ok()?;
                ids(&[&users.include_groups, &users.exclude_groups])
            }
            Mine::Tenant => {
                let users = policy.users.as_ref().ok()?;
                let scopes = users.include_guests.iter().chain(&users.exclude_guests);
                scopes
                    .flat_map(|scope| {
                        if let ExternalTenants::Enumerated(ids) = &scope.tenants { ids.clone() } else { Vec::new() }
                    })
                    .collect()
            }
        };
    (!found.is_empty()).then(|| found[draw.below(found.len())].clone())
}

/// What an open sign-in may turn out to be: everything that is not specified gets a value, and whoever may be several
/// kinds of people, or of several homes, is one of them. What an unspecified member takes as given stays that way: the home
/// tenant lets out (XT-2.16), a shared channel is guessed from the application, the client and the flow are ones in which
/// steps can be done. With `for_steps` the device and the platform are such, too: no claim says what the device is.
pub(crate) fn completed(draw: &mut Draw, open: &Scenario, tenant: &Tenant, for_steps: bool) -> Scenario {
    let mut closed = open.clone();
    let conditions = &mut closed.conditions;
    let client = draw.one(&[ClientApp::Browser, ClientApp::MobileAppsAndDesktopClients]);
    conditions.client.get_or_insert(client);
    conditions.flow.get_or_insert(Flow::Ordinary);
    let platform = match platform(draw) {
        _ if for_steps => SeenPlatform::Known(draw.one(&[Platform::Android, Platform::Ios, Platform::Windows])),
        any => any,
    };
    conditions.platform.get_or_insert(platform);
    conditions.from.address.get_or_insert_with(|| address(draw));
    conditions.from.country.get_or_insert_with(|| country(draw));
    conditions.from.gps_country.get_or_insert_with(|| country(draw));
    conditions.from.compliant_network.get_or_insert_with(|| draw.chance(30));
    conditions.sign_in_risk.get_or_insert_with(|| risk(draw));
    conditions.insider_risk.get_or_insert_with(|| insider_risk(draw));
    conditions.device = Some(match &conditions.device {
        None if !for_steps => device(draw, 100),
        None if draw.chance(30) => Device::Unregistered,
        None => registered(draw, &DeviceInfo::default()),
        Some(Device::Unregistered) => Device::Unregistered,
        // Whether a device is compliant or joined is a claim: none at all is a value.
        Some(Device::Registered(info)) => registered(draw, info),
    });
    let subject = &mut closed.subject;
    subject.home_groups.get_or_insert_with(|| {
        draw.some(&(4..8).map(at_home).collect::<Vec<_>>(), 0, 2).iter().map(|id| Id::new(id)).collect()
    });
    if subject.kinds.len() > 1 {
        subject.kinds = vec![draw.one(&subject.kinds)];
        subject.kinds_open = None;
    }
    if subject.home == Home::UnknownTenant {
        let partners = &tenant.cross_tenant_partners;
        let mut homes: Vec<Home> = partners.items.iter().map(|partner| Home::Tenant(partner.id.clone())).collect();
        homes.push(Home::OtherTenant);
        let internal = matches!(subject.kinds.as_slice(), [None | Some(ExternalUserType::InternalGuest)]);
        if subject.provider == Provider::Unknown && !internal {
            homes.push(Home::NoTenant);
        }
        subject.home = draw.one(&homes);
        if subject.provider == Provider::Unknown {
            subject.provider = if subject.home == Home::NoTenant {
                draw.one(&[Provider::Google, Provider::OneTimePasscode])
            } else {
                Provider::Entra
            };
        }
    }
    // Somebody without an Entra tenant has no user risk (XU-4.4).
    let nowhere = !subject.is_internal_account() && subject.home == Home::NoTenant;
    let user_risk = if nowhere { RiskLevel::None } else { risk(draw) };
    closed.conditions.user_risk.get_or_insert(user_risk);
    if matches!(subject.pending, Answer::Unknown(_)) {
        subject.pending = Answer::from(draw.chance(50));
    }
    if matches!(subject.enabled, Answer::Unknown(_)) {
        subject.enabled = Answer::from(draw.chance(80));
    }
    closed
}

/// A registered device of which that much is told, and everything else but the claims.
fn registered(draw: &mut Draw, told: &DeviceInfo) -> Device {
    loop {
        if let Device::Registered(mut any) = device(draw, 100) {
            any.compliant = told.compliant;
            any.hybrid_joined = told.hybrid_joined;
            any.attributes.extend(told.attributes.clone());
            match told.hybrid_joined {
                Some(true) => any.attributes.insert("trusttype".to_owned(), vec!["ServerAD".to_owned()]),
                Some(false)
                    if any.attributes.get("trusttype").is_some_and(|kind| kind.contains(&"ServerAD".to_owned())) =>
                {
                    any.attributes.insert("trusttype".to_owned(), vec!["AzureAD".to_owned()])
                }
                Some(false) => None,
                None => any.attributes.remove("trusttype"),
            };
            return Device::Registered(any);
        }
    }
}
