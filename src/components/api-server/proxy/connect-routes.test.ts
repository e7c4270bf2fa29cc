import assert from 'node:assert/strict';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { networkInterfaces } from 'node:os';
import { after, before, describe, it } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import { mintServingCertificate } from '../certificates/mint-certificate.ts';
import { podNamed, startTestServer, type TestServer } from '../test-server.fixture.ts';
import { isProxyableAddress } from './proxyable-address.ts';

const pods = '/api/v1/namespaces/default/pods';

/** A node agent that says what it was asked, and echoes upgraded connections. */
function fakeAgent(): (options: { key: string; cert: string; ca: string }) => Server {
  return (options) => {
    const server = createServer({ ...options, requestCert: true, rejectUnauthorized: true }, (request, response) => {
      if (request.url!.includes('/waiting/')) {
        response.writeHead(400, { 'content-type': 'text/plain' });
        return void response.end('container "main" in pod "waiting" is waiting to start: ContainerCreating\n');
      }
      response.writeHead(200, { 'content-type': 'text/plain' });
      response.end(
        `${request.method} ${request.url} as ${(request.socket as TLSSocket).getPeerCertificate().subject.CN} auth=${request.headers.authorization ?? ''}`,
      );
    });
    server.on('upgrade', (request, socket) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: ${request.headers.upgrade}\r\n\r\n${request.method} ${request.url}\n`);
      socket.pipe(socket);
    });
    return server;
  };
}

/** An address of this machine that is not loopback: proxies do not go to those. */
const ownAddress = Object.values(networkInterfaces())
  .flat()
  .find((candidate) => candidate && isProxyableAddress(candidate.address))?.address;

describe('streams to nodes, pods and services', () => {
  let test: TestServer;
  let agent: Server;
  const backend = createHttpServer((request, response) => {
    if (request.url === '/moved') response.writeHead(302, { location: '/elsewhere' });
    request.on('data', () => {});
    request.on('end', () => response.end(`backend ${request.method} ${request.url}`));
  });

  before(async () => {
    const minted = await startTestServer();
    const { ca, admin } = minted;
    await minted[Symbol.asyncDispose]();
    test = await startTestServer({ nodeTls: { certificate: admin.certificatePem, key: admin.privateKeyPem, ca: ca.certificatePem } });
    const serving = await mintServingCertificate(ca, { commonName: 'node', days: 1, nowMs: Date.now(), serverNames: [], serverAddresses: ['127.0.0.1'] });
    agent = fakeAgent()({ key: serving.privateKeyPem, cert: serving.certificatePem, ca: ca.certificatePem });
    await Promise.all(
      [
        { server: agent, host: '127.0.0.1' },
        { server: backend, host: '::' },
      ].map(({ server, host }) => new Promise<void>((resolve) => server.listen(0, host, resolve))),
    );
    const client = test.server.client({ name: 'admin', groups: ['system:masters'] });
    const { nodes, pods: podType } = await import('../../../api/generated/resource-types.ts');
    await client.create(nodes, { metadata: { name: 'n1' }, spec: {}, status: {} } as never);
    await client.patch(
      nodes,
      { name: 'n1' },
      {
        type: 'merge',
        body: {
          status: {
            addresses: [{ type: 'InternalIP', address: '127.0.0.1' }],
            daemonEndpoints: { kubeletEndpoint: { Port: (agent.address() as AddressInfo).port } },
          },
        },
      },
      { subresource: 'status' },
    );
    for (const name of ['web', 'waiting']) await client.create(podType, podNamed(name, { spec: { nodeName: 'n1' } }) as never, { namespace: 'default' });
    await client.patch(podType, { namespace: 'default', name: 'web' }, { type: 'merge', body: { status: { podIP: '127.0.0.1' } } }, { subresource: 'status' });
    await client.create(podType, podNamed('homeless') as never, { namespace: 'default' });
    await client.create(podType, podNamed('two', { spec: { nodeName: 'n1', containers: [{ name: 'a' }, { name: 'b' }] } }) as never, { namespace: 'default' });
    await client.create(
      podType,
      podNamed('chosen', {
        metadata: { annotations: { 'kubectl.kubernetes.io/default-container': 'b' } },
        spec: { nodeName: 'n1', containers: [{ name: 'a' }, { name: 'b' }] },
      }) as never,
      { namespace: 'default' },
    );
  });
  after(async () => {
    await test[Symbol.asyncDispose]();
    for (const server of [agent, backend]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  it("asks the pod's node for logs with its own certificate, without the caller's credentials", async () => {
    const { status, text } = await test.call('GET', `${pods}/web/log?follow=true&tailLines=5&foo=1`, { headers: { authorization: 'Bearer user-x' } });
    assert.deepEqual([status, text], [200, 'GET /containerLogs/default/web/main?follow=true&tailLines=5 as admin auth=']);
  });

  const logCases = [
    { name: 'several containers', path: 'two/log', code: 400, message: 'a container name must be specified for pod two, choose one of: [a b]' },
    { name: 'an unknown container', path: 'web/log?container=zz', code: 400, message: 'container zz is not valid for pod web' },
    {
      name: 'a container that has not started',
      path: 'waiting/log',
      code: 400,
      message: 'container "main" in pod "waiting" is waiting to start: ContainerCreating',
    },
    {
      name: 'too few lines',
      path: 'web/log?tailLines=-5',
      code: 422,
      message: 'PodLogOptions "web" is invalid: tailLines: Invalid value: -5: must be greater than or equal to 0',
    },
    {
      name: 'no bytes and no seconds',
      path: 'web/log?limitBytes=0&sinceSeconds=0',
      code: 422,
      message: 'PodLogOptions "web" is invalid: [limitBytes: Invalid value: 0: must be greater than 0, sinceSeconds: Invalid value: 0: must be greater than 0]',
    },
    {
      name: 'two starts',
      path: 'web/log?sinceSeconds=1&sinceTime=2026-01-01T00:00:00Z',
      code: 422,
      message: 'PodLogOptions "web" is invalid: : Forbidden: at most one of `sinceTime` or `sinceSeconds` may be specified',
    },
    {
      name: 'an unknown stream',
      path: 'web/log?stream=x',
      code: 422,
      message: 'PodLogOptions "web" is invalid: stream: Unsupported value: "x": supported values: "All", "Stderr", "Stdout"',
    },
    {
      name: 'the last lines of one stream',
      path: 'web/log?stream=Stderr&tailLines=1',
      code: 422,
      message: 'PodLogOptions "web" is invalid: : Forbidden: `tailLines` and specific `stream` are mutually exclusive for now',
    },
    { name: 'a pod that is not there', path: 'none/log', code: 404, message: 'pods "none" not found' },
    { name: 'exec without a node', path: 'homeless/exec?command=ls', code: 400, message: 'pod homeless does not have a host assigned' },
  ];
  for (const { name, path, code, message } of logCases) {
    it(`answers a Status for ${name}`, async () => {
      const { status, json } = await test.call('GET', `${pods}/${path}`);
      assert.deepEqual([status, json['kind'], json['message']], [code, 'Status', message]);
    });
  }

  it('takes the annotated container, and empty logs from a pod without a node', async () => {
    assert.match((await test.call('GET', `${pods}/chosen/log`)).text, /\/chosen\/b /);
    assert.deepEqual([(await test.call('GET', `${pods}/homeless/log`)).status, (await test.call('GET', `${pods}/homeless/log`)).text], [200, '']);
  });

  for (const { method, protocol } of [
    { method: 'POST', protocol: 'SPDY/3.1' },
    { method: 'GET', protocol: 'websocket' },
  ]) {
    it(`passes ${protocol} through to the node byte by byte`, async () => {
      const socket = connect({
        host: '127.0.0.1',
        port: test.server.port,
        ca: test.ca.certificatePem,
        cert: test.admin.certificatePem,
        key: test.admin.privateKeyPem,
        ALPNProtocols: ['http/1.1'],
      });
      socket.write(
        `${method} ${pods}/web/exec?command=ls&command=-l&stdin=true&stdout=true&tty=true HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: ${protocol}\r\n\r\nearly`,
      );
      let received = '';
      socket.on('data', (chunk: Buffer) => (received += chunk.toString()));
      while (!received.endsWith('early')) await new Promise((resolve) => socket.once('data', resolve));
      socket.write('later');
      while (!received.endsWith('earlylater')) await new Promise((resolve) => socket.once('data', resolve));
      assert.match(received, /^HTTP\/1\.1 101 /);
      assert.match(received, new RegExp(`${method} /exec/default/web/main\\?input=1&output=1&tty=1&command=ls&command=-l\n`));
      const closed = new Promise((resolve) => socket.once('close', resolve));
      socket.destroy();
      await closed;
    });
  }

  it('refuses an upgrade it cannot make with an ordinary answer', async () => {
    const { status, json } = await test.call('GET', `${pods}/none/exec?command=ls`, { headers: { connection: 'Upgrade', upgrade: 'websocket' } });
    assert.deepEqual([status, json['message']], [404, 'pods "none" not found']);
  });

  const patchStatus = (name: string, podIP: string): Promise<unknown> =>
    test.call('PATCH', `${pods}/${name}/status`, { headers: { 'content-type': 'application/merge-patch+json' }, body: { status: { podIP } } });

  for (const podIP of ['127.0.0.1', '169.254.169.254', '::1', 'localhost']) {
    it(`does not proxy to a pod that says its address is ${podIP}`, async () => {
      const { port } = backend.address() as AddressInfo;
      await patchStatus('chosen', podIP);
      const { status, json } = await test.call('GET', `${pods}/chosen:${port}/proxy/`);
      assert.deepEqual([status, json['message']], [400, 'address not allowed']);
    });
  }

  it('proxies to pods and to the node', { skip: ownAddress === undefined && 'this machine has no address but loopback' }, async () => {
    const { port } = backend.address() as AddressInfo;
    await patchStatus('web', ownAddress!);
    assert.equal((await test.call('GET', `${pods}/web:${port}/proxy/a/b?c=d`)).text, 'backend GET /a/b?c=d');
    assert.equal((await test.call('POST', `${pods}/web:${port}/proxy/`, { body: { x: 1 } })).text, 'backend POST /');
    assert.equal(
      (await test.call('GET', `${pods}/web:${port}/proxy/moved`)).headers['location'],
      `/api/v1/namespaces/default/pods/web:${port}/proxy/elsewhere`,
    );
    assert.deepEqual(
      [(await test.call('GET', `${pods}/web:${port}/proxy`)).status, (await test.call('GET', `${pods}/web:${port}/proxy`)).headers['location']],
      [301, `${pods}/web:${port}/proxy/`],
    );
    assert.equal((await test.call('GET', `${pods}/web:1/proxy/`)).status, 503);
  });
});
