#!/usr/bin/env bash
# @pnp/cli-microsoft365 11.11.0 (Microsoft 365 CLI) against a stand-in for Graph in the same process.
# Guess: `m365 entra policy list` lists all policies: `m365 entra user list` follows `@odata.nextLink` by itself.
# Seen: of two pages of one object each, `entra user list` prints two users, `entra policy list` one policy, without a word
# and without the link.
set -euo pipefail
work=$(mktemp -d); trap 'rm -rf "$work"' EXIT; cd "$work"
export HOME=$work CLIMICROSOFT365_NOUPDATE=1
npm init --yes > npm.log && npm install --silent --no-audit --no-fund @pnp/cli-microsoft365@11.11.0 >> npm.log 2>&1
cat > graph.mjs <<'JS'
const dist = new URL("node_modules/@pnp/cli-microsoft365/dist/", `file://${process.cwd()}/`);
const { default: auth } = await import(new URL("Auth.js", dist));
const { default: request } = await import(new URL("request.js", dist));
auth.restoreAuth = async () => {};
auth.connection.active = true;
auth.ensureAccessToken = async () => "";
request.req.defaults.adapter = async (config) => {
  const second = config.url.includes("skiptoken");
  const next = second ? {} : { "@odata.nextLink": `${config.url}?$skiptoken=2` };
  const data = JSON.stringify({ ...next, value: [{ id: second ? "2" : "1", displayName: "x" }] });
  return { data, status: 200, statusText: "OK", headers: { "content-type": "application/json" }, config };
};
JS
list() { node --import ./graph.mjs node_modules/@pnp/cli-microsoft365/dist/index.js entra "$@" --output json | tr -d ' \n'; }
policies=$(list policy list --type conditionalAccess); users=$(list user list)
echo "policies: $policies users: $users"
[ "$policies" = '[{"id":"1","displayName":"x"}]' ]
[ "$users" = '[{"id":"1","displayName":"x"},{"id":"2","displayName":"x"}]' ]
