// Stands between the Microsoft 365 CLI and Graph: signed in as nobody, and every request goes to serve.py.
// node --import m365.mjs node_modules/@pnp/cli-microsoft365/dist/index.js entra policy list …
import { pathToFileURL } from "node:url";
import path from "node:path";
const dist = (file) => pathToFileURL(path.resolve("node_modules/@pnp/cli-microsoft365/dist", file)).href;
const { default: auth } = await import(dist("Auth.js"));
const { default: request } = await import(dist("request.js"));
auth.restoreAuth = async () => {};
auth.connection.active = true;
auth.ensureAccessToken = async () => "";
request.req.interceptors.request.use((config) => {
  config.url = config.url.replace("https://graph.microsoft.com", "http://127.0.0.1:8099");
  return config;
});
