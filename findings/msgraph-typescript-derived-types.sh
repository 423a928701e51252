#!/usr/bin/env bash
# @microsoft/msgraph-sdk 1.0.0-preview.90 (Graph's SDK for TypeScript), its own version of kiota-serialization-json, Node.js.
# Guess: the SDK's JSON writer writes an identity source of a connected organization with the domain that it read, since the
# model holds the domain and the type.
# Seen: the model holds it; what is written has the type alone. What the SDK has no class for is kept.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @microsoft/msgraph-sdk@1.0.0-preview.90 >> npm.log 2>&1
cat > run.mjs <<'JS'
import assert from "node:assert";
import { JsonParseNode, JsonSerializationWriter } from "@microsoft/kiota-serialization-json";
import * as models from "@microsoft/msgraph-sdk/models/index.js";
const answer = { id: "1", displayName: "Pickers", identitySources: [
  { "@odata.type": "#microsoft.graph.domainIdentitySource", domainName: "pickers.example", displayName: "Pickers" },
  { "@odata.type": "#microsoft.graph.madeUpIdentitySource", madeUp: "kept" } ] };
const model = new JsonParseNode(answer).getObjectValue(models.createConnectedOrganizationFromDiscriminatorValue);
assert.equal(model.identitySources[0].domainName, "pickers.example");
const writer = new JsonSerializationWriter();
writer.writeObjectValue(undefined, model, models.serializeConnectedOrganization);
const written = JSON.parse(new TextDecoder().decode(writer.getSerializedContent()));
console.log(JSON.stringify(written.identitySources));
assert.deepEqual(written.identitySources, [
  { "@odata.type": "#microsoft.graph.domainIdentitySource" },
  { "@odata.type": "#microsoft.graph.madeUpIdentitySource", madeUp: "kept" } ]);
JS
node run.mjs
