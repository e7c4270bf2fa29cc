/** What stands in the cluster while golden tests run; no case may change it for good. */
export const worldManifest = `
apiVersion: v1
kind: Namespace
metadata: {name: golden}
---
apiVersion: v1
kind: Namespace
metadata: {name: empty}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: golden, labels: {app: web}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, tier: front}}
    spec:
      containers:
      - {name: nginx, image: nginx, ports: [{containerPort: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: golden}
spec: {selector: {app: web}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: golden}
stringData: {word: secret}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: texts, namespace: golden, annotations: {"10": ten, "9": nine, a10: x, a9: "y"}}
data:
  number: "12"
  truth: "yes"
  date: "2024-01-02T03:04:05Z"
  empty: ""
  colon: "a: b"
  hash: "a # b"
  html: "<a href='x'>&</a>"
  lines: "one\\n  two\\nthree\\n"
  open: "no end"
  many: "\\n\\nx\\n\\n"
  tab: "a\\tb"
  unicode: "é \\u2028"
  control: "\\u0001\\u001b"
  quote: "it's \\"so\\""
  long: "${'words that go on and on '.repeat(12)}"
`;

/** Files in the folder that each program runs in. */
export const goldenFiles: Readonly<Record<string, string>> = {
  'deployment.yaml': 'apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n',
  'several.yaml': [
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts, namespace: golden}\n',
    'apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Secret, metadata: {name: token, namespace: golden}}\n- {apiVersion: v1, kind: Service, metadata: {name: web, namespace: golden}}\n',
    '\n',
  ].join('---\n'),
  'folder/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: texts, namespace: golden}\n',
  'folder/b.json': '{"apiVersion":"v1","kind":"Secret","metadata":{"name":"token","namespace":"golden"}}',
  'folder/c.txt': 'not an object',
  'folder/sub/d.yml': 'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: golden}\n',
  'folder/sub/empty/readme.txt': 'nothing',
  'broken.yaml': 'a: [\n',
  'windows.yaml':
    '\uFEFFapiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: applied}\r\n---\r\napiVersion: v1\r\nkind: ConfigMap\r\nmetadata: {name: second}\r\n',
  'anchors.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied, labels: &same {a: b}}\ndata: *same\n',
  'bomb.yaml': `a0: &a0 [x,x,x,x,x,x,x,x,x]\n${Array.from({ length: 10 }, (_, index) => `a${index + 1}: &a${index + 1} [${`*a${index},`.repeat(9)}]\n`).join('')}`,
  'number-label.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied, labels: {a: 1}}\n',
  'list-metadata.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: [a]\n',
  'two.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"}}\n{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"second"}}',
  'cut-off.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"}',
  'trailing.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"applied"}} x',
  'kindless-first.yaml': 'apiVersion: v1\nmetadata: {name: x}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: applied}\n',
  'typed-list.yaml': 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: applied}\n- metadata: {name: second}\n',
  'unknown.yaml': 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n',
  'kindless.yaml': 'apiVersion: v1\nmetadata: {name: x}\n',
  'lines.env': '# comment\nA=1\n  B=x=y\r\n\nHOME_OF_NOBODY\nEMPTY=\n',
  'roles.yaml':
    'apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: golden-reader}\nrules:\n- {apiGroups: [""], resources: [pods], verbs: [get, list]}\n',
  // Stand in for editors; those that make mistakes make each once.
  'edit-add.sh': 'sed -i "s/^data:/data:\\n  c: d/" "$1"\n',
  'edit-second.sh': 'sed -i "s/name: edited2/name: edited2\\n    labels: {x: y}/" "$1"\n',
  'edit-rename.sh': 'sed -i "s/name: edited$/name: other/" "$1"\n',
  'edit-invalid.sh': 'grep -q Not_ "$1" || sed -i "s/^data:/data:\\n  Not_!: d/" "$1"\n',
  'edit-stale.sh': 'sed -i "s/resourceVersion: .*/resourceVersion: \\"1\\"/; s/^data:/data:\\n  c: d/" "$1"\n',
  'edit-both.sh': 'sed -i "s/^\\( *\\)data:/\\1data:\\n\\1  c: d/" "$1"\n',
  'edit-unknown.sh': 'grep -q nope "$1" || sed -i "s/^data:/nope: 1\\ndata:\\n  c: d/" "$1"\n',
  'edit-kindless.sh': 'sed -i "/^kind:/d" "$1"\n',
  columns: 'NAME   UID\n.metadata.name   .metadata.uid\n',
  template: '{{.metadata.name}}\n',
  tokenless: '',
  one: 'apiVersion: v1\nkind: Config\ncurrent-context: first\nclusters:\n- {name: c, cluster: {server: "https://one"}}\ncontexts:\n- {name: first, context: {cluster: c, user: u, namespace: ns1}}\nusers: []\n',
  two: 'apiVersion: v1\nkind: Config\ncurrent-context: second\nclusters:\n- {name: c, cluster: {server: "https://two"}}\n- {name: d, cluster: {server: "https://d", certificate-authority: ca.crt}}\ncontexts:\n- {name: second, context: {cluster: d, user: u}}\nusers:\n- {name: u, user: {token: t}}\n',
};
