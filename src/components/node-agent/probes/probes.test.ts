import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Probe } from '../../../api/generated/core-v1.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { RecordingEvents } from '../testing/recording-events.ts';
import type { CheckResult } from './contract.ts';
import { checkHttp } from './http-check.ts';
import { type ProbeKind, ProbeWorker, type Verdict } from './probe-worker.ts';
import { checkTcp } from './tcp-check.ts';

describe('a probe', () => {
  /** Runs a probe over scripted results, one per period, and answers its verdict after each. */
  async function verdicts(
    kind: ProbeKind,
    probe: Probe,
    initial: Verdict,
    results: readonly CheckResult['outcome'][],
  ): Promise<{ seen: Verdict[]; events: string[] }> {
    const clock = new ManualClock();
    const events = new RecordingEvents();
    const seen: Verdict[] = [];
    let turn = 0;
    using worker = new ProbeWorker(kind, { periodSeconds: 1, ...probe }, initial, {
      clock,
      events,
      startedAtMs: clock.now(),
      fieldPath: '',
      mayRun: () => true,
      onVerdict: () => {},
      check: async () => ({ outcome: results[turn] ?? 'success', output: 'said' }),
      target: () => ({ pod: testPod(), container: testContainer('web'), containerId: 'id', podIp: '' }),
    });
    for (; turn < results.length; turn++) {
      await clock.advance(turn === 0 ? (probe.initialDelaySeconds ?? 0) * 1000 : 1000);
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(worker.verdict);
    }
    return { seen, events: events.of('pod') };
  }

  it('needs so many failures in a row', async () => {
    const { seen, events } = await verdicts('readiness', { failureThreshold: 2 }, 'failure', [
      'success',
      'failure',
      'success',
      'failure',
      'failure',
      'success',
    ]);
    assert.deepEqual(seen, ['success', 'success', 'success', 'success', 'failure', 'success']);
    assert.equal(events[0], 'Unhealthy: Readiness probe failed: said');
  });
  it('needs so many successes in a row', async () =>
    assert.deepEqual((await verdicts('readiness', { successThreshold: 2 }, 'failure', ['success', 'failure', 'success', 'success'])).seen, [
      'failure',
      'failure',
      'failure',
      'success',
    ]));
  it('of liveness ends with its failure', async () =>
    assert.deepEqual((await verdicts('liveness', { failureThreshold: 1 }, 'success', ['failure', 'success'])).seen, ['failure', 'failure']));
  it('that cannot be made changes nothing', async () =>
    assert.deepEqual((await verdicts('liveness', { failureThreshold: 1 }, 'success', ['unknown', 'unknown'])).seen, ['success', 'success']));
  it('waits for its initial delay', async () =>
    assert.deepEqual((await verdicts('startup', { initialDelaySeconds: 5 }, 'unknown', ['success'])).seen, ['success']));
});

describe('HTTP checks', () => {
  let server: Server;
  let port = 0;
  before(async () => {
    server = createServer((request, response) => {
      if (request.url === '/redirect') return response.writeHead(302, { location: '/ok' }).end();
      if (request.url === '/away') return response.writeHead(302, { location: 'http://example.invalid/' }).end();
      if (request.url === '/hang') return undefined;
      return response.writeHead(request.url === '/ok' && request.headers['x-key'] !== 'bad' ? 200 : 503).end('body');
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    port = (server.address() as AddressInfo).port;
  });
  after(() => {
    server.closeAllConnections();
    server.close();
  });

  const target = { container: testContainer('web', { ports: [{ name: 'web', containerPort: 1 }] }), podIp: '127.0.0.1' };
  const cases: {
    name: string;
    path: string;
    want: CheckResult['outcome'];
    output?: RegExp;
    headers?: { name: string; value: string }[];
    timeoutMs?: number;
  }[] = [
    { name: 'take 200', path: '/ok', want: 'success', output: /^body$/ },
    { name: 'refuse 503', path: '/bad', want: 'failure', output: /^HTTP probe failed with statuscode: 503$/ },
    { name: 'follow redirects', path: '/redirect', want: 'success' },
    { name: 'warn of redirects to elsewhere', path: '/away', want: 'warning' },
    { name: 'send headers', path: '/ok', headers: [{ name: 'X-Key', value: 'bad' }], want: 'failure' },
    {
      name: 'end in time',
      path: '/hang',
      want: 'failure',
      output: /context deadline exceeded \(Client.Timeout exceeded while awaiting headers\)$/,
      timeoutMs: 50,
    },
  ];
  for (const { name, path, want, output, headers = [], timeoutMs = 2_000 } of cases) {
    it(name, async () => {
      const result = await checkHttp(target, { path, port, httpHeaders: headers }, timeoutMs);
      assert.equal(result.outcome, want);
      if (output) assert.match(result.output, output);
    });
  }
  it('name the port in errors', async () =>
    assert.match(
      (await checkHttp(target, { path: '/', port: 'web' }, 1_000)).output,
      /^Get "http:\/\/127.0.0.1:1\/": dial tcp 127.0.0.1:1: connect: connection refused$/,
    ));
  it('refuse a port name that does not exist', () => assert.rejects(checkHttp(target, { port: 'nope' }, 1_000), /couldn't find port: "nope" for web/));
  it('by TCP only open a connection', async () =>
    assert.deepEqual(
      [(await checkTcp('127.0.0.1', port, 1_000)).outcome, (await checkTcp('127.0.0.1', 1, 1_000)).output],
      ['success', 'dial tcp 127.0.0.1:1: connect: connection refused'],
    ));
});
