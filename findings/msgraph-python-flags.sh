#!/usr/bin/env bash
# msgraph-sdk 1.65.0 (Graph's SDK for Python) with microsoft-kiota-serialization-json 1.16.0.
# Guess: what the SDK reads of a Conditional Access policy, it writes. Enumerations of flags (text with commas, Graph
# documentation: conditionalAccessConditionSet, conditionalAccessGuestsOrExternalUsers) are documented members of v1.0.
# Seen: they are gone, also where one flag is set; the members beside them stay.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
python3 -m venv venv && venv/bin/pip install --quiet msgraph-sdk==1.65.0 microsoft-kiota-serialization-json==1.16.0
cat > policy.json <<'JSON'
{"id": "c0ffee00-0000-4000-8000-000000000001", "displayName": "Risky insiders stay out", "state": "enabled",
 "conditions": {"clientAppTypes": ["all"], "insiderRiskLevels": "elevated",
  "authenticationFlows": {"transferMethods": "deviceCodeFlow"},
  "applications": {"includeApplications": ["All"]},
  "users": {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": {"guestOrExternalUserTypes": "serviceProvider,b2bCollaborationGuest"}}},
 "grantControls": {"operator": "OR", "builtInControls": ["block"]}}
JSON
cat > run.py <<'PY'
import json
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from kiota_serialization_json.json_serialization_writer_factory import JsonSerializationWriterFactory
from msgraph.generated.models.conditional_access_policy import ConditionalAccessPolicy
policy = JsonParseNodeFactory().get_root_parse_node("application/json", open("policy.json", "rb").read())
writer = JsonSerializationWriterFactory().get_serialization_writer("application/json")
writer.write_object_value(None, policy.get_object_value(ConditionalAccessPolicy))
conditions = json.loads(writer.get_serialized_content())["conditions"]
print(json.dumps(conditions))
assert "insiderRiskLevels" not in conditions
assert conditions["authenticationFlows"] == {}
assert conditions["users"] == {"includeUsers": ["All"], "excludeGuestsOrExternalUsers": {}}
assert conditions["clientAppTypes"] == ["all"]
PY
venv/bin/python run.py
