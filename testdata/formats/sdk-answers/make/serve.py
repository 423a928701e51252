"""Graph on loopback: answers with the files beside this folder, until its standard input ends."""
import http.server, json, pathlib, re, sys, threading

ANSWERS = pathlib.Path(__file__).parent.parent
PLACES = {
    "identity/conditionalAccess/policies": "policies",
    "policies/conditionalAccessPolicies": "policies",
    "policies/authenticationStrengthPolicies": "strengths",
    "organization": "organization",
    "identity/conditionalAccess/namedLocations": "namedLocations",
    "policies/crossTenantAccessPolicy/default": "crossTenantDefault",
    "policies/crossTenantAccessPolicy/partners": "crossTenantPartners",
    "policies/authorizationPolicy": "authorizationPolicy",
    "policies/identitySecurityDefaultsEnforcementPolicy": "securityDefaults",
    "identityGovernance/entitlementManagement/connectedOrganizations": "connectedOrganizations",
    "identityGovernance/entitlementManagement/accessPackages": "accessPackages",
    "identityGovernance/entitlementManagement/assignmentPolicies": "assignmentPolicies",
    "users": "users",
    "groups": "groups",
    "identityGovernance/entitlementManagement/settings": "settings",
    "roleManagement/directory/roleAssignments": "roleAssignments",
}


def bare(node):
    """What Graph answers to `odata.metadata=none`: no annotations, but links to further pages."""
    if isinstance(node, dict):
        return {k: bare(v) for k, v in node.items() if not k.startswith("@odata.") or k == "@odata.nextLink"}
    return [bare(item) for item in node] if isinstance(node, list) else node


class Graph(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        place = re.sub(r"^/(v1\.0|beta)/", "", self.path.split("?")[0])
        answer = json.loads((ANSWERS / f"{PLACES[place]}.json").read_text())
        if "odata.metadata=none" in self.headers.get("accept", ""):
            answer = bare(answer)
        body = json.dumps(answer, ensure_ascii=False).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


server = http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Graph)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
