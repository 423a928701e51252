#!/usr/bin/env bash
# @cedar-policy/cedar-wasm 4.13.0.
# Guess: Cedar's `datetime` (documented as a subset of ISO 8601) reads the times of Graph, which are RFC 3339.
# Seen: three digits after the second are read, the seven that Graph writes are refused; `Z` and `+0000` are read, `+00:00` is
# refused.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @cedar-policy/cedar-wasm@4.13.0 >> npm.log 2>&1
cat > ask.cjs <<'JS'
const cedar = require("@cedar-policy/cedar-wasm/nodejs");
// true, false, or the error of an expression.
module.exports = (expression) => {
  const policies = { staticPolicies: `permit (principal, action, resource) when { ${expression} };` };
  const one = { type: "Thing", id: "1" };
  const { response } = cedar.isAuthorized({ principal: one, action: { type: "Action", id: "1" }, resource: one, context: {}, policies, entities: [] });
  const [error] = response.diagnostics.errors;
  const said = error ? error.error.message : response.decision === "allow";
  console.log(`${expression}: ${said}`);
  return said;
};
JS
cat > run.cjs <<'JS'
const assert = require("node:assert");
const ask = require("./ask.cjs");
const before = (text) => ask(`datetime("${text}") < datetime("2030-01-01")`);
assert.equal(before("2026-02-11T09:14:27Z"), true);
assert.equal(before("2026-02-11T09:14:27.331Z"), true);
assert.match(before("2026-02-11T09:14:27.3310482Z"), /invalid millisecond/);
assert.equal(before("2026-02-11T09:14:27+0000"), true);
assert.match(before("2026-02-11T09:14:27+00:00"), /invalid millisecond/);
JS
node run.cjs
