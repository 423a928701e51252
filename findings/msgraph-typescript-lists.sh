#!/usr/bin/env bash
# @microsoft/msgraph-sdk 1.0.0-preview.90 (Graph's SDK for TypeScript) and msgraph-sdk 1.65.0 (that for Python).
# Guess: `password,sms` is a value of `allowedCombinations` (Graph documentation: authenticationStrengthPolicy, where the
# built-in strength for multifactor authentication lists it), so both SDKs read it.
# Seen: the SDK for TypeScript leaves it out of the list, so that a strength that takes a text message looks like one of
# security keys alone; the SDK for Python puts null in its place.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @microsoft/msgraph-sdk@1.0.0-preview.90 >> npm.log 2>&1
python3 -m venv venv && venv/bin/pip install --quiet msgraph-sdk==1.65.0 microsoft-kiota-serialization-json==1.16.0
echo '{"displayName": "Ours", "policyType": "custom", "allowedCombinations": ["fido2", "password,sms"]}' > strength.json
cat > run.mjs <<'JS'
import fs from "node:fs";
import { JsonParseNode } from "@microsoft/kiota-serialization-json";
import * as models from "@microsoft/msgraph-sdk/models/index.js";
const node = new JsonParseNode(JSON.parse(fs.readFileSync("strength.json", "utf8")));
const model = node.getObjectValue(models.createAuthenticationStrengthPolicyFromDiscriminatorValue);
console.log(JSON.stringify(model.allowedCombinations));
JS
cat > run.py <<'PY'
from kiota_serialization_json.json_parse_node_factory import JsonParseNodeFactory
from msgraph.generated.models.authentication_strength_policy import AuthenticationStrengthPolicy
node = JsonParseNodeFactory().get_root_parse_node("application/json", open("strength.json", "rb").read())
print([word and word.value for word in node.get_object_value(AuthenticationStrengthPolicy).allowed_combinations])
PY
typescript=$(node run.mjs); python=$(venv/bin/python run.py)
echo "TypeScript: $typescript, Python: $python"
[ "$typescript" = '["fido2"]' ] && [ "$python" = "['fido2', None]" ]
