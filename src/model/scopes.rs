//! Scopes of a request for a token, and the resource that each names (docs/semantics, CA-3.31 to CA-3.36).

use super::Id;
use super::applications::{
    AZURE_MANAGEMENT, BASELINE_DIRECTORY_SCOPES, BASELINE_SIGN_IN_SCOPES, DIRECTORY, EXCHANGE, SHAREPOINT, TEAMS,
};

/// What a scope asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Signing in: one of the OIDC scopes.
    SignIn,
    /// The directory: one of the baseline scopes beside those (CA-3.21).
    Directory,
    /// A resource, by its app id.
    Resource(Id),
    /// A service behind Microsoft Graph; which one is not documented for this scope.
    BehindGraph,
    /// A resource that is not known.
    Unknown,
}

/// Resources by the host of their identifier, lower case, sorted.
///
/// Microsoft Graph, Exchange and Azure Resource Manager as in `entra-docs`, `docs/identity-platform/scopes-oidc.md`; the
/// others as each service documents the audience of its tokens.
const HOSTS: &[(&str, &str)] = &[
    ("analysis.windows.net", "00000009-0000-0000-c000-000000000000"), // Power BI Service
    ("api.applicationinsights.io", "f5c26e74-f226-4ae8-85f0-b4af0080ac9e"),
    ("api.loganalytics.azure.com", "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5"),
    ("api.loganalytics.io", "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5"),
    ("api.spaces.skype.com", TEAMS),
    ("apps.azureiotcentral.com", "9edfcdd9-0bc5-4bd4-b287-c3afc716aac7"),
    ("database.windows.net", "022907d3-0f1b-48f7-badc-1ba6abab6d66"), // Azure SQL Database
    ("datalake.azure.net", "e9f49c6b-5ce5-44c8-925d-015017e9f7ad"),
    ("eventhubs.azure.net", "80369ed6-5f11-4dd9-bef3-692475845e77"),
    ("graph.windows.net", DIRECTORY),
    ("management.azure.com", AZURE_MANAGEMENT),
    ("management.core.windows.net", AZURE_MANAGEMENT),
    ("outlook.office.com", EXCHANGE),
    ("outlook.office365.com", EXCHANGE),
    ("service.flow.microsoft.com", "7df0a125-d3be-4c96-aa54-591f83ff541c"), // Microsoft Flow Service
    ("service.powerapps.com", "475226c6-020e-4fb2-8a90-7a972cbfc1d4"),      // PowerApps Service
    ("servicebus.azure.net", "80a10ef9-8168-493d-abf9-3297c4ef6e3c"),
    ("storage.azure.com", "e406a681-f3d4-42a8-90b6-c2b029497af1"), // Azure Storage
    ("vault.azure.net", "cfa8b339-82a2-471a-a3c9-0fc0be7a4093"),   // Azure Key Vault
];

/// The host of Microsoft Graph.
const GRAPH_HOST: &str = "graph.microsoft.com";
/// The app id of Microsoft Graph.
const GRAPH: &str = "00000003-0000-0000-c000-000000000000";

/// Permissions of Microsoft Graph by the first part of their names, and the service behind them that policies are held
/// against (CA-3.33): documented for mail and files by one example each.
const BEHIND_GRAPH: &[(&str, &str)] = &[
    ("calendars", EXCHANGE),
    ("contacts", EXCHANGE),
    ("files", SHAREPOINT),
    ("mail", EXCHANGE),
    ("mailboxfolder", EXCHANGE),
    ("mailboxitem", EXCHANGE),
    ("mailboxsettings", EXCHANGE),
    ("sites", SHAREPOINT),
];

impl Asked {
    /// What a scope asks for. `resource/permission` names the resource by app id or by the address that identifies it;
    /// a permission alone is one of Microsoft Graph.
    #[must_use]
    pub fn of(scope: &str) -> Self {
        let scope = scope.trim();
        if let Some((scheme, rest)) = scope.split_once("://") {
            let (host, path) = rest.split_once('/').unwrap_or((rest, ""));
            let permission = path.rsplit('/').next().unwrap_or_default();
            return of_address(scheme, &host.to_ascii_lowercase(), permission);
        }
        let (resource, permission) = scope.split_once('/').unwrap_or((scope, ""));
        let id = Id::new(resource);
        match permission {
            _ if id.as_str() == GRAPH => of_graph(permission),
            _ if id.is_guid() => of_resource(id, permission),
            "" => of_graph(scope),
            _ => Self::Unknown,
        }
    }

    /// Whether it is one of the baseline scopes (CA-3.21).
    #[must_use]
    pub const fn is_baseline(&self) -> bool {
        matches!(self, Self::SignIn | Self::Directory)
    }
}

fn of_address(scheme: &str, host: &str, permission: &str) -> Asked {
    if scheme.eq_ignore_ascii_case("api") {
        // `api://<app id>` is what an application is identified by unless it says otherwise.
        let id = Id::new(host);
        return if id.is_guid() { Asked::Resource(id) } else { Asked::Unknown };
    }
    if host == GRAPH_HOST {
        return of_graph(permission);
    }
    if host.ends_with(".sharepoint.com") {
        return Asked::Resource(Id::new(SHAREPOINT));
    }
    HOSTS
        .iter()
        .find(|(known, _)| *known == host)
        .map_or(Asked::Unknown, |(_, id)| of_resource(Id::new(id), permission))
}

/// A permission of a resource that is named by its id. Azure AD Graph is the directory (CA-3.23).
fn of_resource(id: Id, permission: &str) -> Asked {
    if id.as_str() == DIRECTORY && is_one_of(permission, BASELINE_DIRECTORY_SCOPES) {
        return Asked::Directory;
    }
    Asked::Resource(id)
}

fn of_graph(permission: &str) -> Asked {
    if is_one_of(permission, BASELINE_SIGN_IN_SCOPES) {
        return Asked::SignIn;
    }
    if is_one_of(permission, BASELINE_DIRECTORY_SCOPES) {
        return Asked::Directory;
    }
    // `.default` is whatever was consented to, and may be no more than baseline scopes. What has no dot within is no
    // permission of Graph, whatever was meant.
    if permission.is_empty() || permission.starts_with('.') || !permission.contains('.') {
        return Asked::Unknown;
    }
    let family = permission.split('.').next().unwrap_or_default().to_ascii_lowercase();
    let behind = BEHIND_GRAPH.iter().find(|(known, _)| *known == family);
    behind.map_or(Asked::BehindGraph, |(_, id)| Asked::Resource(Id::new(id)))
}

fn is_one_of(scope: &str, list: &[&str]) -> bool {
    list.iter().any(|known| known.eq_ignore_ascii_case(scope))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_name_resources() {
        let resource = |id: &str| Asked::Resource(Id::new(id));
        for (scope, asked) in [
            ("openid", Asked::SignIn),
            ("Offline_Access", Asked::SignIn),
            ("User.Read", Asked::Directory),
            ("https://graph.microsoft.com/User.Read", Asked::Directory),
            ("00000003-0000-0000-c000-000000000000/People.Read", Asked::Directory),
            ("https://graph.windows.net/User.Read", Asked::Directory),
            ("https://graph.windows.net/Directory.Read.All", resource(DIRECTORY)),
            ("Mail.Read", resource(EXCHANGE)),
            ("https://graph.microsoft.com/Calendars.Read.Shared", resource(EXCHANGE)),
            ("https://outlook.office.com/EWS.AccessAsUser.All", resource(EXCHANGE)),
            ("https://outlook.office365.com/.default", resource(EXCHANGE)),
            ("files.readwrite.all", resource(SHAREPOINT)),
            ("https://drawings-my.sharepoint.com/AllSites.Read", resource(SHAREPOINT)),
            ("https://management.azure.com/user_impersonation", resource(AZURE_MANAGEMENT)),
            ("https://management.core.windows.net//.default", resource(AZURE_MANAGEMENT)),
            ("https://management.azure.com", resource(AZURE_MANAGEMENT)),
            ("0A000000-0000-4000-8000-000000000001/.default", resource("0a000000-0000-4000-8000-000000000001")),
            ("api://0a000000-0000-4000-8000-000000000001/Read", resource("0a000000-0000-4000-8000-000000000001")),
            ("Directory.Read.All", Asked::BehindGraph),
            ("Chat.Read", Asked::BehindGraph),
            (".default", Asked::Unknown),
            ("https://graph.microsoft.com/.default", Asked::Unknown),
            ("https://nowhere.example/Read", Asked::Unknown),
            ("api://invented-name/Read", Asked::Unknown),
            ("nonsense/Read", Asked::Unknown),
            ("user_impersonation", Asked::Unknown),
        ] {
            assert_eq!(Asked::of(scope), asked, "{scope}");
        }
    }

    #[test]
    fn tables_are_sorted_and_in_lower_case() {
        for table in [HOSTS, BEHIND_GRAPH] {
            assert!(table.is_sorted());
            for (key, id) in table {
                assert_eq!(key.to_ascii_lowercase(), *key);
                assert!(Id::new(id).is_guid(), "{key}");
            }
        }
    }
}
