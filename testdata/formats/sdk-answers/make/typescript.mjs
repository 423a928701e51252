// Reads Graph's answers with Graph's SDK for TypeScript and writes what it makes of them: as the SDK serialises its
// models, and as JSON.stringify does (see ../../sdk-typescript and ../../sdk-typescript-stringify).
import fs from "node:fs";
import path from "node:path";
import { JsonParseNode, JsonSerializationWriter } from "@microsoft/kiota-serialization-json";
import * as models from "@microsoft/msgraph-sdk/models/index.js";

const types = {
  policies: "ConditionalAccessPolicyCollectionResponse",
  strengths: "AuthenticationStrengthPolicyCollectionResponse",
  organization: "OrganizationCollectionResponse",
  namedLocations: "NamedLocationCollectionResponse",
  crossTenantDefault: "CrossTenantAccessPolicyConfigurationDefault",
  crossTenantPartners: "CrossTenantAccessPolicyConfigurationPartnerCollectionResponse",
  authorizationPolicy: "AuthorizationPolicy",
  securityDefaults: "IdentitySecurityDefaultsEnforcementPolicy",
  connectedOrganizations: "ConnectedOrganizationCollectionResponse",
  accessPackages: "AccessPackageCollectionResponse",
  assignmentPolicies: "AccessPackageAssignmentPolicyCollectionResponse",
  users: "UserCollectionResponse",
  groups: "GroupCollectionResponse",
  settings: "EntitlementManagementSettings",
  roleAssignments: "UnifiedRoleAssignmentCollectionResponse",
};
const [answers, serialised, stringified] = process.argv.slice(2);
for (const folder of [serialised, stringified]) fs.mkdirSync(folder, { recursive: true });
for (const [name, type] of Object.entries(types)) {
  const node = new JsonParseNode(JSON.parse(fs.readFileSync(path.join(answers, `${name}.json`), "utf8")));
  const model = node.getObjectValue(models[`create${type}FromDiscriminatorValue`]);
  const writer = new JsonSerializationWriter();
  writer.writeObjectValue(undefined, model, models[`serialize${type}`]);
  const written = JSON.parse(new TextDecoder().decode(writer.getSerializedContent()));
  fs.writeFileSync(path.join(serialised, `${name}.json`), JSON.stringify(written, null, 2) + "\n");
  fs.writeFileSync(path.join(stringified, `${name}.json`), JSON.stringify(model, null, 2) + "\n");
}
