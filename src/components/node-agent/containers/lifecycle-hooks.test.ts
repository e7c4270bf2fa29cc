import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { LifecycleHandler } from '../../../api/generated/core-v1.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { FakeRuntime } from '../testing/fake-runtime.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { runHook } from './lifecycle-hooks.ts';

describe('a lifecycle hook', () => {
  let server: Server;
  let port = 0;
  const agents: (string | undefined)[] = [];
  before(async () => {
    server = createServer((request, response) => {
      agents.push(request.headers['user-agent']);
      response.writeHead(404).end('no such page');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => server.close());

  const clock = new ManualClock();
  const run = (handler: LifecycleHandler): Promise<void> => {
    const container = testContainer('web');
    return runHook(
      { runtime: new FakeRuntime(clock), clock, isSimulated: false },
      { pod: testPod(), container, containerId: 'id', podIp: '127.0.0.1' },
      handler,
      { timeoutSeconds: 5 },
    );
  };

  it('over HTTP succeeds whatever the status is', async () => {
    await run({ httpGet: { port, path: '/bye' } });
    assert.deepEqual(agents, ['kube-lifecycle/1.36']);
  });
  const failures: { name: string; handler: LifecycleHandler; message: RegExp }[] = [
    { name: 'over HTTP fails when nobody answers', handler: { httpGet: { port: 1 } }, message: /connect: connection refused$/ },
    { name: 'over HTTP fails without such a port', handler: { httpGet: { port: 'nope' } }, message: /^couldn't find port: "nope" for web$/ },
    { name: 'over TCP is not run', handler: { tcpSocket: { port: 1 } }, message: /^invalid handler/ },
  ];
  for (const { name, handler, message } of failures) it(name, () => assert.rejects(run(handler), { name: 'HookError', message }));
});
