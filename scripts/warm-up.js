// @ts-check
/**
 * Runs the bundle once against a little server, so that what Node compiles for the most frequent command line (`get`) is kept beside the bundle. Node keeps what a program had
 * compiled when it first ended: without this, of whatever was typed first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch'];
const pods = {
  resource: 'pods',
  responseKind: { group: '', version: '', kind: 'Pod' },
  scope: 'Namespaced',
  singularResource: 'pod',
  verbs,
  shortNames: ['po'],
  categories: ['all'],
  subresources: [{ subresource: 'status', responseKind: { group: '', version: '', kind: 'Pod' }, verbs: ['get', 'patch', 'update'] }],
};
const discovery = {
  kind: 'APIGroupDiscoveryList',
  apiVersion: 'apidiscovery.k8s.io/v2',
  items: [{ metadata: {}, versions: [{ version: 'v1', resources: [pods], freshness: 'Current' }] }],
};
const column = (/** @type {string} */ name) => ({ name, type: 'string', format: name === 'Name' ? 'name' : '', description: '', priority: 0 });
const table = {
  kind: 'Table',
  apiVersion: 'meta.k8s.io/v1',
  metadata: { resourceVersion: '1' },
  columnDefinitions: [column('Name'), column('Age')],
  rows: [{ cells: ['web', '5s'], object: { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata: { name: 'web', namespace: 'default' } } }],
};
const kubeconfig = (/** @type {number} */ port) => `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: http://127.0.0.1:${port}
  name: local
contexts:
- context:
    cluster: local
    user: local
  name: local
current-context: local
users:
- name: local
  user:
    client-certificate-data: LS0t
    client-key-data: LS0t
`;

/** Best effort: without it, starts are a little slower. @param {string} bundle */
export async function warmUp(bundle) {
  if (Number(process.versions.node.split('.')[0]) < 26) return;
  const home = mkdtempSync(join(tmpdir(), 'wherry-warm-up-'));
  const server = createServer(({ url = '' }, response) => {
    response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(url === '/api' ? discovery : url === '/apis' ? { ...discovery, items: [] } : table));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  try {
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    writeFileSync(join(home, 'config'), kubeconfig(port));
    const environment = { ...process.env, HOME: home, KUBECONFIG: join(home, 'config') };
    // The first one learns what the server serves, as any user's did long ago.
    await getPods(bundle, { ...environment, NODE_DISABLE_COMPILE_CACHE: '1' });
    await getPods(bundle, environment);
  } finally {
    server.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** @param {string} bundle @param {NodeJS.ProcessEnv} environment @returns {Promise<void>} */
function getPods(bundle, environment) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bundle, 'get', 'pods'], { env: environment, stdio: ['ignore', 'ignore', 'inherit'], timeout: 60_000 });
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}
