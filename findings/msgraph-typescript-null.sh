#!/usr/bin/env bash
# @microsoft/msgraph-sdk 1.0.0-preview.90 (Graph's SDK for TypeScript), its own version of kiota-serialization-json, Node.js.
# Guess: a member that Graph answers as null is null in the model, or undefined, and written as null or not at all.
# Seen: an object that was null is an empty object, in the model and in what is written; an enumeration of flags that was
# null is an empty list in the model, and written as an empty text. Other members that were null are left out.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @microsoft/msgraph-sdk@1.0.0-preview.90 >> npm.log 2>&1
cat > run.mjs <<'JS'
import assert from "node:assert";
import { JsonParseNode, JsonSerializationWriter } from "@microsoft/kiota-serialization-json";
import * as models from "@microsoft/msgraph-sdk/models/index.js";
const answer = { clientAppTypes: ["all"], platforms: null, insiderRiskLevels: null };
const model = new JsonParseNode(answer).getObjectValue(models.createConditionalAccessConditionSetFromDiscriminatorValue);
const writer = new JsonSerializationWriter();
writer.writeObjectValue(undefined, model, models.serializeConditionalAccessConditionSet);
const written = JSON.parse(new TextDecoder().decode(writer.getSerializedContent()));
console.log(JSON.stringify(model), JSON.stringify(written));
assert.deepEqual({ ...model }, { clientAppTypes: ["all"], platforms: {}, insiderRiskLevels: [] });
assert.deepEqual(written, { clientAppTypes: ["all"], platforms: {}, insiderRiskLevels: "" });
JS
node run.mjs
