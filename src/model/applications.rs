//! Microsoft's own applications: well-known ids and names, the groups of applications that policies can target, the
//! dependencies between them, and the scopes that Conditional Access treats as baseline.
//!
//! The lists follow what Microsoft documents. Each list names the document (the path in its public repository)
//! and the date that the document carries. Two more documents tell most of the ids:
//!
//! - `SupportArticles-docs`, `support/entra/entra-id/governance/verify-first-party-apps-sign-in.md` (2024-03-08; the
//!   table of commonly used applications is gone from the version of 2025-05-30)
//! - `power-platform`, `power-platform/admin/apps-to-allow.md` (2024-12-12)
//!
//! An id marked "third-party list" was seen in public lists and repositories only, not in a document of Microsoft that
//! gives both the id and the name.

/// An application of Microsoft that is known by its app id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownApplication {
    /// The app id, in lower case.
    pub id: &'static str,
    /// The display name.
    pub name: &'static str,
    /// Short names that people type, in lower case.
    pub aliases: &'static [&'static str],
}

/// Well-known applications of Microsoft, sorted by app id.
///
/// Ids and names: the two documents named at the top of this module; `entra-docs`,
/// `docs/external-id/cross-tenant-access-settings-b2b-collaboration.yml` (2026-04-24) and
/// `docs/external-id/cross-tenant-access-overview.md` (2025-03-28) for the portals of users, rights management and
/// terms of use; `docs/identity/authentication/concept-mandatory-multifactor-authentication.md` (2026-04-03) for the
/// Azure clients. `docs/id-governance/entitlement-management-external-users.md` (2025-09-09) names Request Approvals
/// Read Platform without its id. The aliases are this project's own.
pub const KNOWN_APPLICATIONS: &[KnownApplication] = &[
    KnownApplication {
        id: "00000002-0000-0000-c000-000000000000",
        name: "Windows Azure Active Directory",
        aliases: &["aad graph", "azure ad graph"],
    },
    KnownApplication {
        id: "00000002-0000-0ff1-ce00-000000000000",
        name: "Office 365 Exchange Online",
        aliases: &["exchange", "exchange online", "exo"],
    },
    KnownApplication {
        id: "00000003-0000-0000-c000-000000000000",
        name: "Microsoft Graph",
        aliases: &["graph", "msgraph"],
    },
    KnownApplication {
        id: "00000003-0000-0ff1-ce00-000000000000",
        name: "Office 365 SharePoint Online",
        aliases: &["onedrive", "onedrive for business", "sharepoint", "sharepoint online", "spo"],
    },
    KnownApplication {
        id: "00000004-0000-0ff1-ce00-000000000000",
        name: "Skype for Business Online",
        aliases: &["sfb", "skype"],
    },
    KnownApplication {
        id: "00000005-0000-0ff1-ce00-000000000000",
        name: "Viva Engage",
        aliases: &["engage", "yammer"],
    },
    KnownApplication {
        id: "00000006-0000-0ff1-ce00-000000000000",
        name: "Microsoft Office 365 Portal",
        aliases: &["m365 admin center", "microsoft 365 admin center", "office 365 portal"],
    },
    KnownApplication {
        id: "00000007-0000-0000-c000-000000000000",
        name: "Dataverse",
        aliases: &["common data service", "crm", "dynamics", "dynamics crm"],
    },
    KnownApplication {
        id: "00000009-0000-0000-c000-000000000000",
        name: "Power BI Service",
        aliases: &["power bi", "powerbi"],
    },
    // third-party list
    KnownApplication { id: "0000000a-0000-0000-c000-000000000000", name: "Microsoft Intune", aliases: &["intune"] },
    KnownApplication {
        id: "0000000c-0000-0000-c000-000000000000",
        name: "Microsoft App Access Panel",
        aliases: &["access panel", "app access panel"],
    },
    KnownApplication {
        id: "00000012-0000-0000-c000-000000000000",
        name: "Microsoft Rights Management Services",
        aliases: &["azure rms", "office 365 message encryption", "ome", "rms"],
    },
    KnownApplication {
        id: "00000015-0000-0000-c000-000000000000",
        name: "Microsoft Dynamics ERP",
        aliases: &["dynamics erp"],
    },
    // third-party list
    KnownApplication {
        id: "022907d3-0f1b-48f7-badc-1ba6abab6d66",
        name: "Azure SQL Database",
        aliases: &["azure sql", "sql managed instance"],
    },
    KnownApplication {
        id: "04b07795-8ddb-461a-bbee-02f9e1bf7b46",
        name: "Microsoft Azure CLI",
        aliases: &["azure cli"],
    },
    KnownApplication {
        id: "065d9450-1e87-434e-ac2f-69af271549ed",
        name: "Power Platform Admin Center",
        aliases: &["ppac"],
    },
    KnownApplication {
        id: "08e18876-6177-487e-b8b5-cf950c1e598c",
        name: "SharePoint Online Web Client Extensibility",
        aliases: &[],
    },
    // third-party list
    KnownApplication {
        id: "0947a342-ab4a-43be-93b3-b8243fc161e5",
        name: "Azure Data Factory",
        aliases: &["data factory"],
    },
    // third-party list
    KnownApplication {
        id: "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3",
        name: "ProjectWorkManagement",
        aliases: &["planner", "planner service"],
    },
    // third-party list
    KnownApplication {
        id: "0af06dc6-e4b5-4f28-818e-e78e62d137a5",
        name: "Windows 365",
        aliases: &["cloud pc", "w365"],
    },
    KnownApplication {
        id: "0c1307d4-29d6-4389-a11c-5cbe7f65d7fa",
        name: "Azure mobile app",
        aliases: &["azure mobile"],
    },
    KnownApplication {
        id: "14d82eec-204b-4c2f-b7e8-296a70dab67e",
        name: "Microsoft Graph Command Line Tools",
        aliases: &["graph powershell", "mggraph"],
    },
    KnownApplication {
        id: "1950a258-227b-4e31-a9cf-717495945fc2",
        name: "Microsoft Azure PowerShell",
        aliases: &["azure powershell"],
    },
    KnownApplication {
        id: "19db86c3-b2b9-44cc-b339-36da233a3be2",
        name: "My Signins",
        aliases: &["my sign ins", "my sign-ins", "mysignins", "security info"],
    },
    // third-party list
    KnownApplication {
        id: "1ac05c7e-12d2-4605-bf9d-549d7041c6b3",
        name: "Microsoft Azure Synapse Gateway",
        aliases: &["azure synapse", "synapse"],
    },
    KnownApplication {
        id: "1fec8e78-bce4-4aaf-ab1b-5451cc387264",
        name: "Microsoft Teams",
        aliases: &["teams client"],
    },
    KnownApplication {
        id: "22098786-6e16-43cc-a27d-191a01a1e3b5",
        name: "Microsoft To-Do client",
        aliases: &["to do client"],
    },
    // third-party list
    KnownApplication {
        id: "2634dd23-5e5a-431c-81ca-11710d9079f4",
        name: "Microsoft Stream Service",
        aliases: &["stream"],
    },
    // third-party list
    KnownApplication { id: "270efc09-cd0d-444b-a71f-39af4910ec45", name: "Windows Cloud Login", aliases: &[] },
    KnownApplication { id: "2793995e-0a7d-40d7-bd35-6968ba142197", name: "My Apps", aliases: &["myapps"] },
    // third-party list
    KnownApplication {
        id: "2ddfbe71-ed12-4123-b99b-d5fc8a062a79",
        name: "Microsoft Teams Admin Portal Service",
        aliases: &["teams admin center"],
    },
    KnownApplication {
        id: "3090ab82-f1c1-4cdf-af2c-5d7a6f3e2cc7",
        name: "Microsoft Defender for Cloud Apps",
        aliases: &["defender for cloud apps", "mdca"],
    },
    // third-party list
    KnownApplication {
        id: "3bc2296e-aa22-4ed2-9e1e-946d05afa6a2",
        name: "SharePoint Online Web Client Extensibility Isolated",
        aliases: &[],
    },
    // third-party list
    KnownApplication {
        id: "475226c6-020e-4fb2-8a90-7a972cbfc1d4",
        name: "PowerApps Service",
        aliases: &["power apps service"],
    },
    KnownApplication { id: "4765445b-32c6-49b0-83e6-1d93765276ca", name: "OfficeHome", aliases: &["office home"] },
    KnownApplication { id: "497effe9-df71-4043-a8bb-14cf78c4b63b", name: "Exchange Admin Center", aliases: &["eac"] },
    // third-party list
    KnownApplication {
        id: "499b84ac-1321-427f-aa17-267ca6975798",
        name: "Azure DevOps",
        aliases: &["ado", "azdo", "devops"],
    },
    KnownApplication { id: "4b233688-031c-404b-9a80-a4f3f2351f90", name: "Office.com", aliases: &[] },
    KnownApplication { id: "4e291c71-d680-4d0e-9640-0a3358e31177", name: "Power Apps", aliases: &["powerapps"] },
    // third-party list
    KnownApplication {
        id: "5926fc8e-304e-4f59-8bed-58ca97cc39a4",
        name: "Microsoft Intune portal extension",
        aliases: &[],
    },
    KnownApplication {
        id: "5e3ce6c0-2b1f-4285-8d4b-75ee78787346",
        name: "Microsoft Teams Web Client",
        aliases: &["teams web"],
    },
    KnownApplication {
        id: "6204c1d1-4712-4c46-a7d9-3ed63d992682",
        name: "Microsoft Flow Portal",
        aliases: &["flow portal"],
    },
    KnownApplication {
        id: "66375f6b-983f-4c2c-9701-d680650f588f",
        name: "Microsoft Planner",
        aliases: &["planner client"],
    },
    KnownApplication {
        id: "797f4846-ba00-4fd7-ba43-dac1f8f63013",
        name: "Windows Azure Service Management API",
        aliases: &["arm", "azure management", "azure resource manager"],
    },
    KnownApplication {
        id: "7df0a125-d3be-4c96-aa54-591f83ff541c",
        name: "Microsoft Flow Service",
        aliases: &["flow", "power automate"],
    },
    // third-party list
    KnownApplication {
        id: "80369ed6-5f11-4dd9-bef3-692475845e77",
        name: "Microsoft.EventHubs",
        aliases: &["azure event hubs", "event hubs"],
    },
    // third-party list
    KnownApplication {
        id: "80a10ef9-8168-493d-abf9-3297c4ef6e3c",
        name: "Microsoft.ServiceBus",
        aliases: &["azure service bus", "service bus"],
    },
    KnownApplication {
        id: "80ccca67-54bd-44ab-8625-4b79c4dc7775",
        name: "Microsoft 365 Security and Compliance Center",
        aliases: &[
            "defender portal",
            "microsoft 365 defender portal",
            "protection center",
            "purview",
            "purview portal",
        ],
    },
    KnownApplication {
        id: "810dcf14-1858-4bf2-8134-4c369fa3235b",
        name: "Azure AD Identity Governance - Entitlement Management",
        aliases: &["elm", "entitlement management", "my access", "myaccess"],
    },
    KnownApplication {
        id: "871c010f-5e61-4fb1-83ac-98610a7e9110",
        name: "Microsoft Power BI",
        aliases: &["power bi portal"],
    },
    KnownApplication { id: "872cd9fa-d31f-45e0-9eab-6e460a02d1f1", name: "Visual Studio", aliases: &[] },
    KnownApplication { id: "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", name: "Office365 Shell WCSS-Client", aliases: &[] },
    KnownApplication {
        id: "8c59ead7-d703-4a27-9e55-c96a0054c8d2",
        name: "My Profile",
        aliases: &["my account", "my groups", "myaccount", "myprofile"],
    },
    KnownApplication {
        id: "93625bc8-bfe2-437a-97e0-3d0060024faa",
        name: "Microsoft password reset service",
        aliases: &["sspr"],
    },
    KnownApplication {
        id: "95de633a-083e-42f5-b444-a4295d8e9314",
        name: "Microsoft Whiteboard Services",
        aliases: &["whiteboard"],
    },
    KnownApplication {
        id: "9ba1a5c7-f17a-4de9-a1f1-6178c8d51223",
        name: "Microsoft Intune Company Portal",
        aliases: &["company portal"],
    },
    KnownApplication {
        id: "9bc3ab49-b65d-410a-85ad-de819febfddc",
        name: "Microsoft SharePoint Online Management Shell",
        aliases: &["spo management shell"],
    },
    // third-party list
    KnownApplication { id: "9cdead84-a844-4324-93f2-b2e6bb768d07", name: "Azure Virtual Desktop", aliases: &["avd"] },
    KnownApplication {
        id: "9edfcdd9-0bc5-4bd4-b287-c3afc716aac7",
        name: "Azure IoT Central",
        aliases: &["iot central", "microsoft iot central"],
    },
    KnownApplication { id: "a3b79187-70b2-4139-83f9-6016c58cd27b", name: "WindowsDefenderATP Portal", aliases: &[] },
    // third-party list
    KnownApplication { id: "a4a365df-50f1-4397-bc59-1a1564b8bb9c", name: "Microsoft Remote Desktop", aliases: &[] },
    KnownApplication { id: "a8f7a65c-f5ba-4859-b2d6-df772c264e9d", name: "make.powerapps.com", aliases: &[] },
    KnownApplication {
        id: "ab9b8c07-8f02-4f72-87fa-80105867a763",
        name: "OneDrive SyncEngine",
        aliases: &["onedrive sync"],
    },
    KnownApplication {
        id: "aebc6443-996d-45c2-90f0-388ff96faa56",
        name: "Visual Studio Code",
        aliases: &["vs code", "vscode"],
    },
    KnownApplication {
        id: "c44b4083-3bb0-49c1-b47d-974e53cbdf3c",
        name: "Azure Portal",
        aliases: &[
            "entra admin center",
            "intune admin center",
            "microsoft entra admin center",
            "microsoft intune admin center",
        ],
    },
    // third-party list
    KnownApplication {
        id: "c830ddb0-63e6-4f22-bd71-2ad47198a23e",
        name: "Microsoft To-Do",
        aliases: &["to do", "to-do", "todo"],
    },
    KnownApplication { id: "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", name: "Microsoft Forms", aliases: &["forms"] },
    // third-party list
    KnownApplication {
        id: "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5",
        name: "Log Analytics API",
        aliases: &["log analytics"],
    },
    KnownApplication {
        id: "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe",
        name: "Microsoft Teams Services",
        aliases: &["teams"],
    },
    KnownApplication {
        id: "cf53fce8-def6-4aeb-8d30-b158e7b1cf83",
        name: "Microsoft Stream Portal",
        aliases: &["stream portal"],
    },
    // third-party list
    KnownApplication { id: "cfa8b339-82a2-471a-a3c9-0fc0be7a4093", name: "Azure Key Vault", aliases: &["key vault"] },
    KnownApplication {
        id: "d3590ed6-52b3-4102-aeff-aad2292ab01c",
        name: "Microsoft Office",
        aliases: &["office client"],
    },
    // third-party list
    KnownApplication {
        id: "d4ebce55-015a-49b5-a083-c84d1797ae8c",
        name: "Microsoft Intune Enrollment",
        aliases: &["intune enrollment"],
    },
    KnownApplication {
        id: "d52792f4-ba38-424d-8140-ada5b883f293",
        name: "AAD Terms Of Use",
        aliases: &["microsoft entra terms of use", "terms of use", "tou"],
    },
    // third-party list
    KnownApplication {
        id: "d8c767ef-3e9a-48c4-aef9-562696539b39",
        name: "Request Approvals Read Platform",
        aliases: &["request approvals"],
    },
    KnownApplication { id: "de8bc8b5-d9f9-48b1-a8ad-b748da725064", name: "Graph Explorer", aliases: &[] },
    // third-party list
    KnownApplication { id: "e406a681-f3d4-42a8-90b6-c2b029497af1", name: "Azure Storage", aliases: &[] },
    KnownApplication { id: "e9f49c6b-5ce5-44c8-925d-015017e9f7ad", name: "Azure Data Lake", aliases: &["data lake"] },
    // third-party list
    KnownApplication {
        id: "ec52d13d-2e85-410e-a89a-8c79fb6a32ac",
        name: "Azure Synapse Studio",
        aliases: &["synapse studio"],
    },
    // third-party list
    KnownApplication {
        id: "f5c26e74-f226-4ae8-85f0-b4af0080ac9e",
        name: "Application Insights API",
        aliases: &["application insights"],
    },
    KnownApplication {
        id: "fb78d390-0c51-40cd-8e17-fdbfab77341b",
        name: "Microsoft Exchange REST API Based Powershell",
        aliases: &["exchange powershell", "exo powershell"],
    },
    // third-party list
    KnownApplication {
        id: "fc780465-2017-40d4-a0c5-307022471b92",
        name: "WindowsDefenderATP",
        aliases: &["defender for endpoint", "mde"],
    },
];

/// The well-known application with this app id, display name or alias, whatever the case.
#[must_use]
pub fn known_application(text: &str) -> Option<&'static KnownApplication> {
    let text = text.trim();
    let is = |candidate: &str| candidate.eq_ignore_ascii_case(text);
    KNOWN_APPLICATIONS.iter().find(|app| is(app.id) || is(app.name) || app.aliases.iter().any(|alias| is(alias)))
}

/// App ids of the `Office365` group of Conditional Access, sorted.
///
/// The group is documented by display name only, and as subject to change: `entra-docs`,
/// `docs/identity/conditional-access/reference-office-365-application-contents.md` (2026-06-05). The ids belong to
/// those names according to the documents named at the top of this module. Names whose id is not known are left out, so
/// an id that is missing here is not proof that the application is outside of the group.
pub const OFFICE_365: &[&str] = &[
    "00000002-0000-0ff1-ce00-000000000000", // Office 365 Exchange Online
    "00000003-0000-0ff1-ce00-000000000000", // Office 365 SharePoint Online
    "00000004-0000-0ff1-ce00-000000000000", // Skype for Business Online
    "00000005-0000-0ff1-ce00-000000000000", // Viva Engage
    "00000006-0000-0ff1-ce00-000000000000", // Microsoft Office 365 Portal
    "00000007-0000-0ff1-ce00-000000000000", // Microsoft Exchange Online Protection
    "00695ed2-3202-4156-8da1-69f60065e255", // Microsoft Visio Data Visualizer (third-party list)
    "038187f5-ca69-4382-8c0b-8d87708d099f", // MSAI Substrate Meeting Intelligence (third-party list)
    "08e18876-6177-487e-b8b5-cf950c1e598c", // SharePoint Online Web Client Extensibility
    "0922ef46-e1b9-4f7e-9134-9ad00547eb41", // Loop (third-party list)
    "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3", // ProjectWorkManagement (third-party list)
    "0cd196ee-71bf-4fd6-a57c-b491ffd4fb1e", // Media Analysis and Transformation Service
    "0e90d0b8-039a-4936-a6f4-d25dd510be5d", // Message Recall (third-party list)
    "0f698dd4-f011-4d23-a33e-b36416dcb1e6", // OfficeClientService
    "166f1b03-5b19-416f-a94b-1d7aa2d247dc", // Office Hive (third-party list)
    "17d5e35f-655b-4fb0-8ae6-86356e9a49f5", // Office Online Maker SSO (id documented under an older name)
    "18f36947-75b0-49fb-8d1c-29584a55cac5", // Reply-At-Mention (third-party list)
    "1996141e-2b07-4491-927a-5a024b335c78", // Microsoft Teams UIS (third-party list)
    "1e70cd27-4707-4589-8ec5-9bd20c472a46", // Skype Presence Service (third-party list)
    "1fec8e78-bce4-4aaf-ab1b-5451cc387264", // Microsoft Teams
    "23c898c1-f7e8-41da-9501-f16571f8d097", // OCPS Checkin Service (third-party list)
    "243c63a3-247d-41c5-9d83-7788c43f1c43", // Office Online Core SSO
    "2634dd23-5e5a-431c-81ca-11710d9079f4", // Microsoft Stream Service (third-party list)
    "2abdc806-e091-4495-9b10-b04d93c3f040", // Office Online Augmentation Loop SSO (id documented under an older name)
    "2d4d3d8e-2be3-4bef-9f87-7875a61c29de", // OneNote
    "38a893b6-d74c-4786-8fe7-bc3b4318e881", // Microsoft Flow Portal GCC (third-party list)
    "392c0cd5-b73d-42f5-9e94-49904793f11c", // Microsoft Virtual Events Portal (third-party list)
    "394866fc-eedb-4f01-8536-3ff84b16be2a", // Microsoft People Cards Service (third-party list)
    "39aaf054-81a5-48c7-a4f8-0293012095b9", // IC3 Gateway (third-party list)
    "3bc2296e-aa22-4ed2-9e1e-946d05afa6a2", // SharePoint Online Web Client Extensibility Isolated (third-party list)
    "3ce44149-e365-40e4-9bb4-8c0ecb710fe6", // Office Online Print SSO (third-party list)
    "3ff8e6ba-7dc3-4e9e-ba40-ee12b60d6d48", // Microsoft Todo web app (third-party list)
    "40775b29-2688-46b6-a3b5-b256bd04df9f", // Microsoft Information Protection API (third-party list)
    "4345a7b9-9a63-4910-a426-35363201d503", // O365 Suite UX
    "4580fd1d-e5a3-4f56-9ad1-aab0e3bf8f76", // Call Recorder (third-party list)
    "475226c6-020e-4fb2-8a90-7a972cbfc1d4", // PowerApps Service (third-party list)
    "4765445b-32c6-49b0-83e6-1d93765276ca", // OfficeHome
    "48ac35b8-9aa8-4d74-927d-1f4a14a0b239", // Skype and Teams Tenant Admin API (third-party list)
    "48af08dc-f6d2-435f-b2a7-069abd99c086", // Connectors
    "4b233688-031c-404b-9a80-a4f3f2351f90", // Office.com
    "4c4f550b-42b2-4a16-93f9-fdb9e01bb6ed", // Targeted Messaging Service (third-party list)
    "51133ff5-8e0d-4078-bcca-84fb7f905b64", // Microsoft Teams Mailhook (third-party list)
    "57da3f69-2d82-4c17-9e57-2e6d78b2dc60", // O365 Diagnostic Service (third-party list)
    "5a4eed13-c4c4-4b4c-9506-334ab200bf31", // Office Online Search SSO (third-party list)
    "5e3ce6c0-2b1f-4285-8d4b-75ee78787346", // Microsoft Teams Web Client
    "5f00fd34-f302-417f-81ef-1adda179d8fd", // Microsoft Forms Web (third-party list)
    "6204c1d1-4712-4c46-a7d9-3ed63d992682", // Microsoft Flow Portal
    "62fd1447-0ef3-4ab7-a956-7dd05232ecc1", // Office Scripts Service (third-party list)
    "66375f6b-983f-4c2c-9701-d680650f588f", // Microsoft Planner
    "66a88757-258c-4c72-893c-3e8bed4d6899", // Office 365 Search Service
    "6b91db1b-f05b-405a-a0b2-e3f60b28d645", // M365 Admin Services
    "6f82282e-0070-4e78-bc23-e6320c5fa7de", // Microsoft Discovery Service (third-party list)
    "72782ba9-4490-4f03-8d82-562370ea3566", // Office 365 (third-party list)
    "7557eb47-c689-4224-abcf-aef9bd7573df", // Skype for Business (third-party list)
    "75efb5bc-18a1-4e7b-8a66-2ad2503d79c6", // Microsoft Teams Retail Service (third-party list)
    "75f31797-37c9-498e-8dc9-53c16a36afca", // Microsoft Planner Client (third-party list)
    "80ccca67-54bd-44ab-8625-4b79c4dc7775", // Protection Center
    "89bee1f7-5e6e-4d8a-9f3d-ecd601259da7", // Office365 Shell WCSS-Client
    "8e14e873-35ba-4720-b787-0bed94370b17", // Microsoft Teams Targeting Application (third-party list)
    "8f348934-64be-4bb2-bc16-c54c96789f43", // EDU Assignments (third-party list)
    "905fcf26-4eb7-48a0-9ff0-8dcc7194b5ba", // Sway
    "9199bf20-a13f-4107-85dc-02114787ef48", // One Outlook Web (third-party list)
    "93d53678-613d-4013-afc1-62e9e444a0a5", // Office Online Add-in SSO
    "944f0bd1-117b-4b1c-af26-804ed95e767e", // Media Analysis and Transformation Service
    "94c63fef-13a3-47bc-8074-75af8c65887a", // Office Delve
    "95de633a-083e-42f5-b444-a4295d8e9314", // Microsoft Whiteboard Services
    "9e4a5442-a5c9-4f6f-b03f-5b9fcaaf24b1", // OfficeServicesManager (third-party list)
    "a8f7a65c-f5ba-4859-b2d6-df772c264e9d", // make.powerapps.com
    "ab3be6b7-f5df-413d-ac2d-abf1e3fd9c0b", // Microsoft Teams Graph Service (third-party list)
    "ab9b8c07-8f02-4f72-87fa-80105867a763", // OneDrive SyncEngine
    "b1379a75-ce5e-4fa3-80c6-89bb39bf646c", // Microsoft Teams Chat Aggregator (third-party list)
    "b23dd4db-9142-4734-867f-3577f640ad0c", // Office Online Loki SSO (id documented under an older name)
    "b26aadf8-566f-4478-926f-589f601d9c74", // OneDrive
    "b55b276d-2b09-4ad2-8de5-f09cf24ffba9", // Microsoft Teams - Teams And Channels Service (third-party list)
    "b97b6bd4-a49f-4a0c-af18-af507d1da76c", // Office Shredding Service (third-party list)
    "bb893c22-978d-4cd4-a6f7-bb6cc0d6e6ce", // Olympus (third-party list)
    "c0ab8ce9-e9a0-42e7-b064-33d422df41f1", // M365ChatClient (third-party list)
    "c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", // Microsoft Forms
    "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", // Microsoft Teams Services
    "cf53fce8-def6-4aeb-8d30-b158e7b1cf83", // Microsoft Stream Portal
    "d3590ed6-52b3-4102-aeff-aad2292ab01c", // Microsoft Office
    "dcad865d-9257-4521-ad4d-bae3e137b345", // Microsoft SharePoint Online - SharePoint Home (third-party list)
    "e1829006-9cf1-4d05-8b48-2e665cb48e6a", // Microsoft Teams Web Client (third-party list)
    "e1979c22-8b73-4aed-a4da-572cc4d0b832", // App Studio for Microsoft Teams (third-party list)
    "ebe0c285-db95-403f-a1a3-a793bd6d7767", // Office MRO Device Manager Service (third-party list)
    "f229df84-05da-4ca8-a893-6e514fca6157", // Teams Walkie Talkie Service (third-party list)
    "feb2c8aa-4f70-4881-abec-521141627b04", // make.gov.powerapps.us
];

/// Whether the application is known to be in the `Office365` group.
#[must_use]
pub fn is_office_365(app_id: &str) -> bool {
    holds(OFFICE_365, app_id)
}

/// App ids of the `MicrosoftAdminPortals` group of Conditional Access, sorted.
///
/// `entra-docs`, `docs/identity/conditional-access/concept-conditional-access-cloud-apps.md` (2026-03-24), which gives
/// the four ids. The version of 2026-01-26 named the portals instead: the Azure portal's id serves the Microsoft Entra
/// admin center too, the compliance center's id serves the Defender and Purview portals (and, by
/// `docs/external-id/cross-tenant-access-settings-b2b-collaboration.yml` of 2024-08-21, the Intune admin center). No id
/// is documented for the Teams admin center.
pub const ADMIN_PORTALS: &[&str] = &[
    "00000006-0000-0ff1-ce00-000000000000", // Microsoft Office 365 Portal (Microsoft 365 admin center)
    "497effe9-df71-4043-a8bb-14cf78c4b63b", // Exchange Admin Center
    "80ccca67-54bd-44ab-8625-4b79c4dc7775", // Microsoft 365 Security and Compliance Center (Protection Center)
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", // Azure Portal, Microsoft Entra admin center
];

/// Whether the application is in the `MicrosoftAdminPortals` group.
#[must_use]
pub fn is_admin_portal(app_id: &str) -> bool {
    holds(ADMIN_PORTALS, app_id)
}

/// Portals of administrators that may be in the `MicrosoftAdminPortals` group, sorted.
///
/// The Microsoft Teams admin center is named by the version of 2026-01-26, and its id is documented nowhere. "We're
/// continually adding more administrative portals to the list": other portals of administrators may have come.
const PERHAPS_ADMIN_PORTALS: &[&str] = &[
    "065d9450-1e87-434e-ac2f-69af271549ed", // Power Platform Admin Center
    "2ddfbe71-ed12-4123-b99b-d5fc8a062a79", // Microsoft Teams Admin Portal Service
];

/// Whether the application may be in the `MicrosoftAdminPortals` group, beside those that are.
#[must_use]
pub fn is_perhaps_admin_portal(app_id: &str) -> bool {
    holds(PERHAPS_ADMIN_PORTALS, app_id)
}

/// App ids that a policy on Windows Azure Service Management API targets, sorted.
///
/// `entra-docs`, `docs/identity/conditional-access/concept-conditional-access-cloud-apps.md` (2026-01-26): "this grouping
/// includes the application IDs of" Azure Resource Manager, the Azure portal with the Microsoft Entra admin center, Azure
/// Data Lake, Application Insights API and Log Analytics API. Azure PowerShell and Azure CLI are in the suite by
/// `docs/identity/conditional-access/policy-old-require-mfa-azure-mgmt.md` (2026-03-24). The ids of the two APIs are of
/// third-party lists.
const AZURE_MANAGEMENT_GROUP: &[&str] = &[
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46", // Microsoft Azure CLI
    "1950a258-227b-4e31-a9cf-717495945fc2", // Microsoft Azure PowerShell
    "797f4846-ba00-4fd7-ba43-dac1f8f63013", // Windows Azure Service Management API
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", // Azure Portal, Microsoft Entra admin center, Microsoft Intune admin center
    "ca7f3f0b-7d91-482c-8e09-c5d840d0eac5", // Log Analytics API
    "e9f49c6b-5ce5-44c8-925d-015017e9f7ad", // Azure Data Lake
    "f5c26e74-f226-4ae8-85f0-b4af0080ac9e", // Application Insights API
];

/// The app ids that a policy targets which names this one: a group's, where it names one that stands for others.
///
/// Gives nothing for an application that stands for itself alone.
#[must_use]
pub fn grouped(named: &str) -> &'static [&'static str] {
    if named.eq_ignore_ascii_case(AZURE_MANAGEMENT) { AZURE_MANAGEMENT_GROUP } else { &[] }
}

/// Applications that depend on Windows Azure Service Management API and "can be indirectly affected" by policies on it,
/// sorted: whether they are is not documented.
///
/// The same document. Left out because no id is known: Microsoft Defender Multitenant management and the Visual Studio
/// subscriptions administrator portal; the classic deployment model APIs and SQL Managed Instance share ids with others.
/// The Azure mobile app is another client of the API. Azure DevOps is no longer covered.
pub const AZURE_MANAGEMENT_DEPENDENTS: &[&str] = &[
    "00000006-0000-0ff1-ce00-000000000000", // Microsoft Office 365 Portal (Microsoft 365 admin center)
    "022907d3-0f1b-48f7-badc-1ba6abab6d66", // Azure SQL Database, SQL Managed Instance
    "0947a342-ab4a-43be-93b3-b8243fc161e5", // Azure Data Factory
    "0c1307d4-29d6-4389-a11c-5cbe7f65d7fa", // Azure mobile app
    "1ac05c7e-12d2-4605-bf9d-549d7041c6b3", // Microsoft Azure Synapse Gateway
    "80369ed6-5f11-4dd9-bef3-692475845e77", // Microsoft.EventHubs
    "80a10ef9-8168-493d-abf9-3297c4ef6e3c", // Microsoft.ServiceBus
    "9edfcdd9-0bc5-4bd4-b287-c3afc716aac7", // Azure IoT Central
    "ec52d13d-2e85-410e-a89a-8c79fb6a32ac", // Azure Synapse Studio
];

/// Applications for which Microsoft demands multifactor authentication of every user, whatever the policies, sorted.
///
/// `entra-docs`, `docs/identity/authentication/concept-mandatory-multifactor-authentication.md` (2026-04-03), phase 1.
/// The document gives the id of the Azure portal, the Microsoft Entra admin center and the Microsoft Intune admin
/// center, but only addresses of the Microsoft 365 admin center: its id is taken from [`ADMIN_PORTALS`]. That id also
/// signs in users of the Office portal that do not administer anything, for whom the demand is not documented.
pub const MANDATORY_MFA: &[&str] = &[
    "00000006-0000-0ff1-ce00-000000000000", // Microsoft Office 365 Portal (Microsoft 365 admin center)
    "c44b4083-3bb0-49c1-b47d-974e53cbdf3c", // Azure Portal, Microsoft Entra admin center, Microsoft Intune admin center
];

/// Clients, and the resource that they call, where Microsoft demands multifactor authentication for every create,
/// update or delete operation but not for reading, sorted.
///
/// `entra-docs`, `docs/identity/authentication/concept-mandatory-multifactor-authentication.md` (2026-04-03), phase 2
/// (from 2025-10-01). Tools for infrastructure as code use the ids of Azure CLI and Azure PowerShell. The control
/// plane's REST API has no id in the document; it is Azure Resource Manager, known as Windows Azure Service Management
/// API.
pub const MANDATORY_MFA_FOR_WRITES: &[&str] = &[
    "04b07795-8ddb-461a-bbee-02f9e1bf7b46", // client: Microsoft Azure CLI
    "0c1307d4-29d6-4389-a11c-5cbe7f65d7fa", // client: Azure mobile app
    "1950a258-227b-4e31-a9cf-717495945fc2", // client: Microsoft Azure PowerShell
    "797f4846-ba00-4fd7-ba43-dac1f8f63013", // resource: Windows Azure Service Management API
];

/// Windows Azure Service Management API.
pub const AZURE_MANAGEMENT: &str = "797f4846-ba00-4fd7-ba43-dac1f8f63013";
/// Azure Portal, where the Microsoft Entra and Microsoft Intune admin centers are too.
pub const AZURE_PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
/// Windows Azure Active Directory: the audience of requests for baseline scopes (CA-3.23).
pub const DIRECTORY: &str = "00000002-0000-0000-c000-000000000000";
/// Office 365 Exchange Online, which Exchange ActiveSync reaches.
pub const EXCHANGE: &str = "00000002-0000-0ff1-ce00-000000000000";
const INTUNE: &str = "0000000a-0000-0000-c000-000000000000"; // third-party list
const PLANNER: &str = "09abbdfd-ed23-44ee-a2d9-a627aa1c90f3"; // third-party list
const POWER_APPS: &str = "475226c6-020e-4fb2-8a90-7a972cbfc1d4"; // third-party list
/// Office 365 SharePoint Online; with Microsoft Teams the place of shared channels (CA-2.27).
pub const SHAREPOINT: &str = "00000003-0000-0ff1-ce00-000000000000";
const SHAREPOINT_EXTENSIONS: &str = "08e18876-6177-487e-b8b5-cf950c1e598c";
const SHAREPOINT_EXTENSIONS_ISOLATED: &str = "3bc2296e-aa22-4ed2-9e1e-946d05afa6a2"; // third-party list
const SKYPE: &str = "00000004-0000-0ff1-ce00-000000000000";
const STREAM: &str = "2634dd23-5e5a-431c-81ca-11710d9079f4"; // third-party list
const STREAM_PORTAL: &str = "cf53fce8-def6-4aeb-8d30-b158e7b1cf83";
/// Microsoft Teams Services.
pub const TEAMS: &str = "cc15fd57-2c6c-4117-a88c-83b1d56b4bbe";
/// The My Apps portal.
pub const MY_APPS: &str = "0000000c-0000-0000-c000-000000000000";
const WHITEBOARD: &str = "95de633a-083e-42f5-b444-a4295d8e9314";
const WINDOWS_365: &str = "0af06dc6-e4b5-4f28-818e-e78e62d137a5"; // third-party list

/// Early-bound service dependencies: a client application, and the resources whose policies a user must satisfy before
/// the sign-in to it. Sorted by client, resources sorted by app id.
///
/// `entra-docs`, `docs/identity/conditional-access/service-dependencies.md` (2026-05-12), which is not exhaustive and
/// gives names only. The dependency of Teams on Skype for Business Online, and of Skype for Business on Exchange, are
/// in the version of 2025-06-20 and no longer in the newer one. Left out because no id is known: the clients Microsoft
/// Classroom, Outlook groups and Project, the resource Microsoft 365 Reporting Service, and the web application
/// principal that SharePoint creates in a tenant. The application that a sign-in to Teams asks for is listed beside its
/// two clients.
pub const EARLY_BOUND: &[(&str, &[&str])] = &[
    // Office 365 SharePoint Online
    ("00000003-0000-0ff1-ce00-000000000000", &[SHAREPOINT_EXTENSIONS, SHAREPOINT_EXTENSIONS_ISOLATED]),
    // Skype for Business Online (until 2025-06-20)
    ("00000004-0000-0ff1-ce00-000000000000", &[EXCHANGE]),
    // Microsoft Office 365 Portal
    ("00000006-0000-0ff1-ce00-000000000000", &[EXCHANGE, SHAREPOINT, WINDOWS_365, TEAMS]),
    // Visual Studio
    ("04f0c124-f2bc-4f59-8241-bf6df9866bbd", &[AZURE_MANAGEMENT]),
    // Microsoft Teams
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", &[EXCHANGE, SHAREPOINT, SKYPE]),
    // Microsoft To-Do client
    ("22098786-6e16-43cc-a27d-191a01a1e3b5", &[EXCHANGE]),
    // PowerApps Service (third-party list)
    ("475226c6-020e-4fb2-8a90-7a972cbfc1d4", &[DIRECTORY, EXCHANGE, SHAREPOINT, AZURE_MANAGEMENT]),
    // Power Apps
    ("4e291c71-d680-4d0e-9640-0a3358e31177", &[DIRECTORY, EXCHANGE, SHAREPOINT, AZURE_MANAGEMENT]),
    // Microsoft Intune portal extension (third-party list)
    ("5926fc8e-304e-4f59-8bed-58ca97cc39a4", &[INTUNE, WINDOWS_365]),
    // Microsoft Teams Web Client
    ("5e3ce6c0-2b1f-4285-8d4b-75ee78787346", &[EXCHANGE, SHAREPOINT, SKYPE]),
    // Microsoft Flow Portal
    ("6204c1d1-4712-4c46-a7d9-3ed63d992682", &[POWER_APPS]),
    // Skype for Business (until 2025-06-20; third-party list)
    ("7557eb47-c689-4224-abcf-aef9bd7573df", &[EXCHANGE]),
    // Microsoft Flow Service
    ("7df0a125-d3be-4c96-aa54-591f83ff541c", &[POWER_APPS]),
    // Visual Studio
    ("872cd9fa-d31f-45e0-9eab-6e460a02d1f1", &[AZURE_MANAGEMENT]),
    // Azure Portal
    ("c44b4083-3bb0-49c1-b47d-974e53cbdf3c", &[EXCHANGE, SHAREPOINT, WINDOWS_365]),
    // Microsoft To-Do (third-party list)
    ("c830ddb0-63e6-4f22-bd71-2ad47198a23e", &[EXCHANGE]),
    // Microsoft Forms
    ("c9a559d2-7aab-4f13-a6ed-e7e9c52aec87", &[EXCHANGE, SHAREPOINT]),
    // Microsoft Teams Services
    ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", &[EXCHANGE, SHAREPOINT, SKYPE]),
    // Azure Data Lake
    ("e9f49c6b-5ce5-44c8-925d-015017e9f7ad", &[AZURE_MANAGEMENT]),
];

/// Late-bound service dependencies: a client application, and the resources whose policies apply only once it asks for
/// a token for them. Sorted by client, resources sorted by app id.
///
/// `entra-docs`, `docs/identity/conditional-access/service-dependencies.md` (2026-05-12) for Teams, and for Office.com
/// and SharePoint in its text; Office.com and Exchange are in the version of 2025-06-20 ("Office Portal").
pub const LATE_BOUND: &[(&str, &[&str])] = &[
    // Microsoft Teams
    ("1fec8e78-bce4-4aaf-ab1b-5451cc387264", &[PLANNER, STREAM, WHITEBOARD, STREAM_PORTAL]),
    // OfficeHome
    ("4765445b-32c6-49b0-83e6-1d93765276ca", &[EXCHANGE, SHAREPOINT]),
    // Office.com
    ("4b233688-031c-404b-9a80-a4f3f2351f90", &[EXCHANGE, SHAREPOINT]),
    // Microsoft Teams Web Client
    ("5e3ce6c0-2b1f-4285-8d4b-75ee78787346", &[PLANNER, STREAM, WHITEBOARD, STREAM_PORTAL]),
    // Microsoft Teams Services
    ("cc15fd57-2c6c-4117-a88c-83b1d56b4bbe", &[PLANNER, STREAM, WHITEBOARD, STREAM_PORTAL]),
];

/// The resources on which the application depends at sign-in.
#[must_use]
pub fn early_bound(app_id: &str) -> &'static [&'static str] {
    dependencies(EARLY_BOUND, app_id)
}

/// The resources on which the application may depend at sign-in, beside those of [`early_bound`].
#[must_use]
pub fn perhaps_bound(app_id: &str) -> &'static [&'static str] {
    if holds(AZURE_MANAGEMENT_DEPENDENTS, app_id) { &[AZURE_MANAGEMENT] } else { &[] }
}

/// The resources on which the application depends later, when it asks for their tokens.
#[must_use]
pub fn late_bound(app_id: &str) -> &'static [&'static str] {
    dependencies(LATE_BOUND, app_id)
}

/// Applications that an allow list in cross-tenant access settings must hold so that a user can register for
/// multifactor authentication in the resource tenant, sorted.
///
/// `entra-docs`, `docs/external-id/cross-tenant-access-settings-b2b-collaboration.yml` (2026-04-24) and
/// `docs/external-id/cross-tenant-access-overview.md` (2025-03-28; names the first only).
pub const MFA_REGISTRATION: &[&str] = &[
    "0000000c-0000-0000-c000-000000000000", // Microsoft App Access Panel
    "19db86c3-b2b9-44cc-b339-36da233a3be2", // My Signins
];

/// Applications that an allow list in cross-tenant access settings must hold so that a user can accept terms of use.
///
/// `entra-docs`, `docs/external-id/cross-tenant-access-overview.md` (2025-03-28).
pub const TERMS_OF_USE: &[&str] = &[
    "d52792f4-ba38-424d-8140-ada5b883f293", // AAD Terms Of Use
];

/// The sign-in (OIDC) scopes among the baseline scopes.
///
/// `entra-docs`, `docs/identity/conditional-access/concept-enforcement-resource-exclusions.md` (2026-05-27).
pub const BASELINE_SIGN_IN_SCOPES: &[&str] = &["email", "offline_access", "openid", "profile"];

/// The directory scopes among the baseline scopes.
///
/// `entra-docs`, `docs/identity/conditional-access/concept-enforcement-resource-exclusions.md` (2026-05-27).
pub const BASELINE_DIRECTORY_SCOPES: &[&str] = &[
    "GroupMember.Read.All",
    "Member.Read.Hidden",
    "People.Read",
    "People.Read.All",
    "User.Read",
    "User.Read.All",
    "User.ReadBasic.All",
];

fn holds(list: &[&str], app_id: &str) -> bool {
    list.iter().any(|id| id.eq_ignore_ascii_case(app_id))
}

fn dependencies(table: &'static [(&'static str, &'static [&'static str])], app_id: &str) -> &'static [&'static str] {
    table.iter().find(|(client, _)| client.eq_ignore_ascii_case(app_id)).map_or(&[], |(_, resources)| *resources)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PORTAL: &str = "c44b4083-3bb0-49c1-b47d-974e53cbdf3c";
    const TEAMS_CLIENT: &str = "1fec8e78-bce4-4aaf-ab1b-5451cc387264";

    fn is_lower_case_guid(text: &str) -> bool {
        text.len() == 36
            && text.bytes().enumerate().all(|(at, byte)| match at {
                8 | 13 | 18 | 23 => byte == b'-',
                _ => byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte),
            })
    }

    fn assert_sorted_ids(ids: &[&str]) {
        assert!(!ids.is_empty());
        for id in ids {
            assert!(is_lower_case_guid(id), "{id}");
        }
        for pair in ids.windows(2) {
            assert!(pair[0] < pair[1], "{} and {} are out of order or the same", pair[0], pair[1]);
        }
    }

    #[test]
    fn lists_are_sorted_unique_and_lower_case() {
        assert_sorted_ids(&KNOWN_APPLICATIONS.iter().map(|app| app.id).collect::<Vec<_>>());
        let lists = [
            OFFICE_365,
            ADMIN_PORTALS,
            PERHAPS_ADMIN_PORTALS,
            AZURE_MANAGEMENT_GROUP,
            AZURE_MANAGEMENT_DEPENDENTS,
            MANDATORY_MFA,
            MANDATORY_MFA_FOR_WRITES,
            MFA_REGISTRATION,
            TERMS_OF_USE,
        ];
        for list in lists {
            assert_sorted_ids(list);
        }
        for table in [EARLY_BOUND, LATE_BOUND] {
            assert_sorted_ids(&table.iter().map(|(client, _)| *client).collect::<Vec<_>>());
            for (client, resources) in table {
                assert_sorted_ids(resources);
                assert!(!resources.contains(client), "{client} depends on itself");
            }
        }
        for scopes in [BASELINE_SIGN_IN_SCOPES, BASELINE_DIRECTORY_SCOPES] {
            assert!(scopes.is_sorted());
        }
    }

    #[test]
    fn names_and_aliases_are_unique() {
        let mut words = Vec::new();
        for app in KNOWN_APPLICATIONS {
            assert!(!app.name.is_empty() && app.name.trim() == app.name, "{}", app.id);
            assert!(app.aliases.is_sorted(), "{}", app.name);
            words.push(app.name.to_ascii_lowercase());
            for alias in app.aliases {
                assert_eq!(alias.to_ascii_lowercase(), *alias);
                assert!(!alias.is_empty() && alias.trim() == *alias, "{}", app.name);
                words.push((*alias).to_owned());
            }
        }
        words.sort();
        for pair in words.windows(2) {
            assert_ne!(pair[0], pair[1]);
        }
    }

    #[test]
    fn applications_are_found_by_id_name_and_alias() {
        for app in KNOWN_APPLICATIONS {
            assert_eq!(known_application(app.id), Some(app));
            assert_eq!(known_application(&app.id.to_ascii_uppercase()), Some(app));
            assert_eq!(known_application(&app.name.to_ascii_uppercase()), Some(app));
            for alias in app.aliases {
                assert_eq!(known_application(&alias.to_ascii_uppercase()), Some(app));
            }
        }
        let id = |text: &str| known_application(text).map(|app| app.id);
        assert_eq!(id("SharePoint"), Some(SHAREPOINT));
        assert_eq!(id("OneDrive"), Some(SHAREPOINT));
        assert_eq!(id("exo"), Some(EXCHANGE));
        assert_eq!(id(" teams "), Some(TEAMS));
        assert_eq!(id("ARM"), Some(AZURE_MANAGEMENT));
        assert_eq!(id("Azure Portal"), Some(PORTAL));
        assert_eq!(id("entitlement management"), Some("810dcf14-1858-4bf2-8134-4c369fa3235b"));
        assert_eq!(id("Contoso payroll"), None);
        assert_eq!(id(""), None);
    }

    #[test]
    fn groups_hold_what_is_documented() {
        for app in [EXCHANGE, SHAREPOINT, SKYPE, TEAMS, TEAMS_CLIENT, WHITEBOARD] {
            assert!(is_office_365(app), "{app}");
        }
        assert!(is_office_365("CC15FD57-2C6C-4117-A88C-83B1D56B4BBE"));
        for app in [AZURE_MANAGEMENT, DIRECTORY, INTUNE, PORTAL, "00000003-0000-0000-c000-000000000000", ""] {
            assert!(!is_office_365(app), "{app}");
        }
        assert!(is_admin_portal(PORTAL));
        assert!(is_admin_portal(&PORTAL.to_ascii_uppercase()));
        assert!(!is_admin_portal(AZURE_MANAGEMENT));
        assert!(!is_admin_portal(EXCHANGE));
        assert!(MANDATORY_MFA.iter().all(|app| is_admin_portal(app)));
        assert!(MANDATORY_MFA_FOR_WRITES.contains(&AZURE_MANAGEMENT));
        assert!(MANDATORY_MFA_FOR_WRITES.iter().all(|app| !MANDATORY_MFA.contains(app)));
    }

    #[test]
    fn ids_outside_of_the_group_of_office_have_a_name() {
        let lists = [
            ADMIN_PORTALS,
            PERHAPS_ADMIN_PORTALS,
            AZURE_MANAGEMENT_GROUP,
            AZURE_MANAGEMENT_DEPENDENTS,
            MANDATORY_MFA,
            MANDATORY_MFA_FOR_WRITES,
            MFA_REGISTRATION,
            TERMS_OF_USE,
        ];
        for app in lists.into_iter().flatten() {
            assert!(known_application(app).is_some(), "{app}");
        }
        for (_, resources) in EARLY_BOUND.iter().chain(LATE_BOUND) {
            for app in *resources {
                assert!(known_application(app).is_some(), "{app}");
            }
        }
    }

    #[test]
    fn dependencies_are_found_by_client() {
        for client in [TEAMS, TEAMS_CLIENT] {
            assert_eq!(early_bound(client), [EXCHANGE, SHAREPOINT, SKYPE]);
            assert_eq!(late_bound(client), [PLANNER, STREAM, WHITEBOARD, STREAM_PORTAL]);
        }
        assert_eq!(early_bound(&TEAMS.to_ascii_uppercase()), early_bound(TEAMS));
        assert_eq!(early_bound("e9f49c6b-5ce5-44c8-925d-015017e9f7ad"), [AZURE_MANAGEMENT]);
        assert!(early_bound(EXCHANGE).is_empty());
        assert!(late_bound(EXCHANGE).is_empty());
        assert!(early_bound("").is_empty());
    }

    #[test]
    fn no_dependency_is_both_early_and_late() {
        for (client, resources) in LATE_BOUND {
            assert!(resources.iter().all(|resource| !early_bound(client).contains(resource)), "{client}");
        }
    }
}
