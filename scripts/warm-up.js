// @ts-check
/**
 * Runs the bundle against a little server, so that what V8 compiles for the most frequent command line (`get`) is kept beside the bundle.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createPlainServer } from 'node:http';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

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
/** @param {number} port @param {string} socket @param {{ certificate: string, key: string }} pair */
const kubeconfig = (port, socket, { certificate, key }) => `apiVersion: v1
kind: Config
clusters:
- cluster:
    certificate-authority-data: ${base64(certificate)}
    server: https://127.0.0.1:${port}
  name: far
- cluster:
    certificate-authority-data: ${base64(certificate)}
    extensions:
    - extension:
        path: ${socket}
        server: https://127.0.0.1:${port}
      name: wherry.dev/local-socket
    server: https://127.0.0.1:${port}
  name: local
contexts:
- context:
    cluster: far
    user: local
  name: far
- context:
    cluster: local
    user: local
  name: local
current-context: local
users:
- name: local
  user:
    client-certificate-data: ${base64(certificate)}
    client-key-data: ${base64(key)}
`;
const base64 = (/** @type {string} */ text) => Buffer.from(text).toString('base64');

/** Best effort: without it, starts are slower. @param {string} hotPart The file of the part that every command needs. */
export async function warmUp(hotPart) {
  if (Number(process.versions.node.split('.')[0]) < 26) return;
  const home = mkdtempSync(join(tmpdir(), 'wherry-warm-up-'));
  const { testCertificate } = await import('../src/client/testing/test-certificate.ts');
  /** @type {import('node:http').RequestListener} */
  const answer = ({ url = '' }, response) =>
    void response
      .setHeader('content-type', 'application/json')
      .end(JSON.stringify(url === '/api' ? discovery : url === '/apis' ? { ...discovery, items: [] } : table));
  const server = createServer({ key: testCertificate.key, cert: testCertificate.certificate }, answer);
  const socket = join(home, 'socket');
  const nearServer = createPlainServer((request, response) => {
    if (request.url?.startsWith('/wherry.dev/')) response.writeHead(204).end();
    else answer(request, response);
  });
  try {
    await listening(server, { port: 0, host: '127.0.0.1' });
    // Where there can be none, commands do without it.
    await listening(nearServer, { path: socket }).catch(() => undefined);
    const { port } = /** @type {import('node:net').AddressInfo} */ (server.address());
    writeFileSync(join(home, 'config'), kubeconfig(port, socket, testCertificate));
    const environment = { ...process.env, HOME: home, KUBECONFIG: join(home, 'config') };
    // The first one learns what the server serves, as any user's did long ago.
    await getPods(hotPart, environment);
    await getPods(hotPart, environment);
  } finally {
    server.close();
    nearServer.close();
    rmSync(home, { recursive: true, force: true });
  }
}

/** @param {string} hotPart @param {NodeJS.ProcessEnv} environment @returns {Promise<void>} */
function getPods(hotPart, environment) {
  const program = join(dirname(fileURLToPath(import.meta.url)), 'keep-code.cjs');
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, hotPart, 'get pods --context=far', 'get pods'], {
      env: environment,
      stdio: ['ignore', 'ignore', 'inherit'],
      timeout: 60_000,
    });
    child.on('error', () => resolve());
    child.on('exit', () => resolve());
  });
}

/** @param {import('node:net').Server} server @param {import('node:net').ListenOptions} where */
async function listening(server, where) {
  server.listen(where);
  await once(server, 'listening');
}
