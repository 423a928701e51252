//! The words that sign-ins are written in. Resolving, the schema of scenario files and messages all read them here.

/// Clients.
pub const CLIENTS: [&str; 5] =
    ["browser", "mobileAppsAndDesktopClients", "exchangeActiveSync", "easSupported", "other"];

/// Platforms; `unknown` is one that Entra does not know.
pub const PLATFORMS: [&str; 7] = ["android", "iOS", "windows", "windowsPhone", "macOS", "linux", "unknown"];

/// Sign-in and user risk.
pub const RISKS: [&str; 4] = ["none", "low", "medium", "high"];

/// Insider risk.
pub const INSIDER_RISKS: [&str; 4] = ["none", "minor", "moderate", "elevated"];

/// Authentication flows; `none` is one that no policy can be about.
pub const FLOWS: [&str; 3] = ["none", "deviceCodeFlow", "authenticationTransfer"];

/// Devices in one word.
pub const DEVICES: [&str; 5] = ["unregistered", "registered", "compliant", "noncompliant", "hybridJoined"];

/// Members of Graph's deviceInfo, beside `extensionAttribute1` to `extensionAttribute15`.
pub const DEVICE_ATTRIBUTES: [&str; 17] = [
    "deviceId",
    "displayName",
    "enrollmentProfileName",
    "isCompliant",
    "hybridJoined",
    "manufacturer",
    "mdmAppId",
    "model",
    "operatingSystem",
    "operatingSystemVersion",
    "ownership",
    "deviceOwnership",
    "physicalIds",
    "profileType",
    "registered",
    "systemLabels",
    "trustType",
];

/// How many extension attributes a device has.
pub const EXTENSION_ATTRIBUTES: u8 = 15;

/// Whether the home tenant lets its people out.
pub const HOME_OUTBOUND: [&str; 2] = ["allowed", "blocked"];

/// How people go out to another tenant; the first is taken where none is named.
pub const CHANNELS: [&str; 2] = ["collaboration", "directConnect"];

/// Groups of applications in policies. As an application they name nothing, but Microsoft's what-if takes them.
pub const APPLICATION_GROUPS: [&str; 3] = ["All", "Office365", "MicrosoftAdminPortals"];

/// Multifactor authentication by methods that are not told, in place of a method.
pub const MFA: &str = "mfa";

/// An address that no named location lists.
pub const UNLISTED: &str = "unlisted";

/// A country that an address does not tell.
pub const UNMAPPED: &str = "unmapped";

/// Words for somebody who is described and not of the export, each with an example and who it is.
pub const PEOPLE: [(&str, &str); 17] = [
    ("tenant:fabrikam.com", "a B2B collaboration guest of an Entra tenant, by tenant id or mail domain"),
    ("member:fabrikam.com", "the same with `userType` Member"),
    ("direct-connect:fabrikam.com", "a B2B direct connect user"),
    ("service-provider:fabrikam.com", "a technician of a service provider (GDAP)"),
    ("other:fabrikam.com", "an external user of none of these types"),
    ("any-other-tenant", "a guest of an Entra tenant that no setting names"),
    (
        "domain:fabrikam.com",
        "a guest with an address in a mail domain: of the tenant behind it, else by one-time passcode",
    ),
    ("organization:Fabrikam", "somebody of a connected organization, by name or id"),
    ("one-time-passcode", "a guest with a one-time passcode"),
    ("google", "a guest with a Google account"),
    ("facebook", "a guest with a Facebook account"),
    ("microsoft-account", "a guest with a Microsoft account"),
    ("saml", "a guest of a SAML or WS-Federation provider"),
    ("one-time-passcode:fabrikam.com", "a guest with a one-time passcode and an address in a mail domain"),
    ("saml:fabrikam.com", "a guest of the SAML or WS-Federation provider of a mail domain"),
    ("internal-guest", "a guest whose credentials this tenant manages"),
    ("internal-member", "an internal member of whom nothing else is known"),
];
