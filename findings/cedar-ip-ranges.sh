#!/usr/bin/env bash
# @cedar-policy/cedar-wasm 4.13.0.
# Guess: `ip("203.0.113.7/24")` and `ip("203.0.113.0/24")` are the same range, so they are equal, as networks are in most
# libraries, or the first is refused for its host bits, as Python's `ipaddress` does.
# Seen: neither. Each is in the range of the other, and they are not equal, nor is a set that holds one said to hold the other.
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
const [host, network] = ['ip("203.0.113.7/24")', 'ip("203.0.113.0/24")'];
assert.equal(ask(`${host}.isInRange(${network})`), true);
assert.equal(ask(`${network}.isInRange(${host})`), true);
assert.equal(ask(`${host} == ${network}`), false);
assert.equal(ask(`[${network}].contains(${host})`), false);
JS
node run.cjs
