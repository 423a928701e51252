//! Whatever comes in: no panic, no hang, the same answer twice.

use std::path::Path;

use guestlist::check::{Request, check};
use guestlist::config::Parameters;
use guestlist::load::Loader;
use guestlist::model::Time;
use guestlist::report::{TenantRun, TextOptions, github, json, text};
use guestlist::rules::{Pack, Schema, bundled_files};
use proptest::prelude::*;

fn everything(files: &[(&str, &[u8])]) -> String {
    thread_local! {
        static PACK: Pack = Pack::read(&bundled_files(), &Schema::bundled().unwrap()).unwrap();
    }
    let mut loader = Loader::default();
    for (name, bytes) in files {
        loader.file((*name).to_owned(), bytes);
    }
    let loaded = loader.finish();
    let now = Time::read("2026-11-23").unwrap();
    let parameters = Parameters::default();
    PACK.with(|pack| {
        let rules = pack.rules.iter().collect();
        let report = check(&loaded, &Request::new(rules, &parameters, now));
        let runs = [TenantRun { name: None, loaded: &loaded, report: Some(&report), waivers: &[] }];
        let options = TextOptions { color: false, width: 100, verbose: true, quiet: false };
        format!("{}{}{}", text(&runs, options), json(&runs, now).unwrap(), github(&runs))
    })
}

fn tenant_files() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("testdata/tenants/consulting-walkthrough");
    let mut files: Vec<(String, Vec<u8>)> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .map(|path| (path.file_name().unwrap().to_string_lossy().into_owned(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

/// JSON that looks like Graph's in places.
fn graphish() -> impl Strategy<Value = serde_json::Value> {
    let word = prop::sample::select(vec![
        "All",
        "None",
        "enabled",
        "mfa",
        "block",
        "OR",
        "b2bCollaborationGuest,serviceProvider",
        "all",
        "configured",
        "System.Object[]",
        "P90D",
        "2026-01-01T00:00:00Z",
        "",
        "\u{202e}x\u{1b}[31m",
        "6c0b3a2e-0000-4000-8000-00000000abcd",
        "include",
        "device.isCompliant -eq True",
        "CustomSecurityAttribute.\u{e9}_x -in [",
    ]);
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        word.prop_map(Into::into),
    ];
    let key = prop::sample::select(vec![
        "id",
        "Id",
        "displayName",
        "state",
        "conditions",
        "Conditions",
        "users",
        "includeUsers",
        "excludeGroups",
        "includeGuestsOrExternalUsers",
        "guestOrExternalUserTypes",
        "externalTenants",
        "members",
        "applications",
        "includeApplications",
        "clientAppTypes",
        "grantControls",
        "builtInControls",
        "operator",
        "value",
        "@odata.nextLink",
        "@odata.type",
        "identitySources",
        "internalSponsors",
        "allowedTargetScope",
        "expiration",
        "requestorSettings",
        "requestApprovalSettings",
        "stages",
        "primaryApprovers",
        "tenantId",
        "inboundTrust",
        "b2bCollaborationInbound",
        "userPrincipalName",
        "userType",
        "sponsors",
        "AdditionalProperties",
        "JSON",
        "PartitionKey",
        "conditional_access_policies",
        "baseline_version",
        "Objects",
        "ipRanges",
        "appRoleAssignedTo",
        "appRoleAssignments",
        "principalId",
        "resourceId",
        "customSecurityAttributes",
        "crossTenantAccessPolicy",
        "allowedCloudEndpoints",
        "default",
        "partners",
        "termsOfUse",
        "agreements",
        "deviceFilter",
        "applicationFilter",
        "rule",
        "mode",
    ]);
    leaf.prop_recursive(6, 96, 8, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..6).prop_map(serde_json::Value::from),
            prop::collection::btree_map(key.clone(), inner, 0..8)
                .prop_map(|members| members.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..400), yaml in any::<bool>()) {
        let name = if yaml { "a.yaml" } else { "a.json" };
        everything(&[(name, &bytes)]);
    }

    #[test]
    fn any_graphish_document(value in graphish(), other in graphish()) {
        let (value, other) = (value.to_string(), other.to_string());
        let files = [("a.json", value.as_bytes()), ("b.yaml", other.as_bytes())];
        prop_assert_eq!(everything(&files), everything(&files));
    }

    /// A tenant of which some bytes were changed or cut away.
    #[test]
    fn a_damaged_tenant(file in 0..25_usize, at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<bool>()) {
        let mut files = tenant_files();
        let count = files.len();
        let bytes = &mut files[file % count].1;
        let at = at.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] = byte }
        let files: Vec<(&str, &[u8])> = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
        everything(&files);
    }
}
