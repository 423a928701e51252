"""Reads Graph's answers with Graph's SDK for Python and writes what it makes of them (msgraph-sdk, see ../../sdk-python)."""
import importlib, json, pathlib, sys
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory

TYPES = {
    "policies": "conditional_access_policy_collection_response",
    "strengths": "authentication_strength_policy_collection_response",
    "organization": "organization_collection_response",
    "namedLocations": "named_location_collection_response",
    "crossTenantDefault": "cross_tenant_access_policy_configuration_default",
    "crossTenantPartners": "cross_tenant_access_policy_configuration_partner_collection_response",
    "authorizationPolicy": "authorization_policy",
    "securityDefaults": "identity_security_defaults_enforcement_policy",
    "connectedOrganizations": "connected_organization_collection_response",
    "accessPackages": "access_package_collection_response",
    "assignmentPolicies": "access_package_assignment_policy_collection_response",
    "users": "user_collection_response",
    "groups": "group_collection_response",
    "settings": "entitlement_management_settings",
    "roleAssignments": "unified_role_assignment_collection_response",
}
answers, target = pathlib.Path(__file__).parent.parent, pathlib.Path(sys.argv[1])
target.mkdir(parents=True, exist_ok=True)
for name, module in TYPES.items():
    read = getattr(importlib.import_module(f"msgraph.generated.models.{module}"), module.title().replace("_", ""))
    node = JsonParseNodeFactory().get_root_parse_node("application/json", (answers / f"{name}.json").read_bytes())
    writer = JsonSerializationWriterFactory().get_serialization_writer("application/json")
    writer.write_object_value(None, node.get_object_value(read))
    written = json.loads(writer.get_serialized_content())
    (target / f"{name}.json").write_text(json.dumps(written, indent=2, ensure_ascii=False) + "\n")
