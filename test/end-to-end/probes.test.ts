import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import type { Container, Pod } from '../../src/api/generated/core-v1.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { startHealthServer } from '../fixtures/grpc-health-server.ts';
import { testImages } from '../fixtures/images/index.ts';
import { assertSome, conditionOf, podOf, shell, statusOf, stay, workbenchOf } from '../fixtures/workload.ts';

const often = { periodSeconds: 1, failureThreshold: 1 };
const fileExists = (path: string): { exec: { command: string[] } } => ({ exec: { command: ['cat', path] } });

describe('probes', { concurrency: 4, skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  const readyIs =
    (status: string) =>
    (pod: Pod): void =>
      assert.equal(conditionOf(pod, 'Ready').status, status);
  const eventsOf = (name: string, pattern: RegExp | string): Promise<void> => eventually(async () => assertSome(await bench.events(name), pattern));

  describe('of readiness', () => {
    it('by a command make the pod Ready and unready again', async () => {
      await bench.create(podOf('by-command', [shell(stay, { readinessProbe: { ...fileExists('/tmp/ready'), ...often } })]));
      const unready = await bench.podWhen('by-command', (pod) => assert.ok(statusOf(pod).state?.running));
      assert.deepEqual(conditionOf(unready, 'Ready'), { status: 'False', reason: 'ContainersNotReady', message: 'containers with unready status: [main]' });
      assert.deepEqual([statusOf(unready).ready, statusOf(unready).started], [false, true]);
      assert.deepEqual((await bench.row('pod', 'by-command')).slice(1, 3), ['0/1', 'Running']);
      await eventsOf('by-command', /^Warning Unhealthy Readiness probe failed: cat: can't open '\/tmp\/ready': No such file or directory\n?$/);
      await bench.exec('by-command', 'touch /tmp/ready');
      await bench.podWhen('by-command', readyIs('True'));
      await bench.exec('by-command', 'rm /tmp/ready');
      const pod = await bench.podWhen('by-command', readyIs('False'));
      assert.equal(statusOf(pod).restartCount, 0);
    });

    it('by a request count its status, and take it out of its service', async () => {
      const container: Container = {
        ...shell('mkdir /www; touch /www/index.html; exec httpd -f -p 8080 -h /www'),
        ports: [{ name: 'web', containerPort: 8080 }],
        readinessProbe: { httpGet: { path: '/ready', port: 'web' }, ...often },
      };
      await bench.create(podOf('by-request', [container], {}, { labels: { app: 'by-request' } }), {
        apiVersion: 'v1',
        kind: 'Service',
        metadata: { name: 'by-request' },
        spec: { selector: { app: 'by-request' }, ports: [{ port: 80, targetPort: 'web' }] },
      });
      await eventsOf('by-request', 'Warning Unhealthy Readiness probe failed: HTTP probe failed with statuscode: 404');
      const { status } = await bench.pod('by-request');
      const addresses = (field: 'addresses' | 'notReadyAddresses') => async (): Promise<void> => {
        const { subsets } = await bench.read<{ subsets?: Record<string, { ip: string }[]>[] }>('/api/v1/namespaces/default/endpoints/by-request');
        assert.deepEqual(
          subsets?.map((subset) => [Object.keys(subset).sort(), subset[field]?.[0]?.ip]),
          [[[field, 'ports'], status?.podIP]],
        );
      };
      await eventually(addresses('notReadyAddresses'));
      await bench.exec('by-request', 'touch /www/ready');
      await bench.podWhen('by-request', readyIs('True'));
      await eventually(addresses('addresses'));
      await bench.exec('by-request', 'rm /www/ready');
      await bench.podWhen('by-request', readyIs('False'));
      await eventually(addresses('notReadyAddresses'));
    });

    it('by a connection', async () => {
      await bench.create(podOf('by-connection', [shell(stay, { readinessProbe: { tcpSocket: { port: 8081 }, ...often } })]));
      const pod = await bench.podWhen('by-connection', (current) => assert.ok(statusOf(current).state?.running));
      await eventsOf('by-connection', `Warning Unhealthy Readiness probe failed: dial tcp ${pod.status!.podIP}:8081: connect: connection refused`);
      await bench.exec('by-connection', 'httpd -p 8081');
      await bench.podWhen('by-connection', readyIs('True'));
    });

    it('by headers, with a host of their own, after redirects', async () => {
      const asked: string[] = [];
      await using server = createServer((request, response) => {
        asked.push(`${request.url} ${String(request.headers['x-probe'])} ${request.headers.host} ${request.headers['user-agent']}`);
        if (request.url === '/moved') response.writeHead(302, { location: '/here' });
        response.end();
      }).listen(0, '127.0.0.1');
      await new Promise((resolve) => server.once('listening', resolve));
      const { port } = server.address() as AddressInfo;
      const httpGet = {
        path: '/moved',
        port,
        host: '127.0.0.1',
        httpHeaders: [
          { name: 'X-Probe', value: 'yes' },
          { name: 'Host', value: 'named.example' },
        ],
      };
      await bench.create(podOf('by-header', [shell(stay, { readinessProbe: { httpGet, periodSeconds: 1 } })]));
      await bench.podReady('by-header');
      assertSome(asked, /^\/moved yes named\.example kube-probe\/1\.\d+$/);
      assertSome(asked, /^\/here /);
      await bench.kubectl('delete', 'pod', 'by-header');
    });

    it('by gRPC', async () => {
      await using server = await startHealthServer();
      // On the host's network, where the server is.
      await bench.create(
        podOf('by-grpc', [shell(stay, { readinessProbe: { grpc: { port: server.port, service: 'shop' }, ...often } })], { hostNetwork: true }),
      );
      await eventsOf('by-grpc', 'Warning Unhealthy Readiness probe failed: service unhealthy (responded with "NOT_SERVING")');
      server.setServing('shop', true);
      await bench.podWhen('by-grpc', readyIs('True'));
      await bench.kubectl('delete', 'pod', 'by-grpc');
    });

    it('by gRPC where nobody answers', async () => {
      await bench.create(podOf('no-grpc', [shell(stay, { readinessProbe: { grpc: { port: 9 }, ...often } })]));
      await eventsOf('no-grpc', /^Warning Unhealthy Readiness probe failed: .*(connect|timeout)/);
      assert.equal(conditionOf(await bench.pod('no-grpc'), 'Ready').status, 'False');
    });

    it('together with gates of the pod', async () => {
      await bench.create(podOf('gated', [shell(stay)], { readinessGates: [{ conditionType: 'example.com/open' }] }));
      const pod = await bench.podWhen('gated', (current) => assert.equal(conditionOf(current, 'ContainersReady').status, 'True'));
      assert.deepEqual(conditionOf(pod, 'Ready'), {
        status: 'False',
        reason: 'ReadinessGatesNotReady',
        message: 'corresponding condition of pod readiness gate "example.com/open" does not exist.',
      });
      await bench.kubectl('patch', 'pod', 'gated', '--subresource=status', '-p', '{"status":{"conditions":[{"type":"example.com/open","status":"True"}]}}');
      await bench.podReady('gated');
    });
  });

  describe('of liveness', () => {
    it('start a container again that fails, within their own grace period', async () => {
      const script = "trap '' TERM; touch /tmp/alive; while true; do sleep 0.1; done";
      await bench.create(
        podOf('sick', [shell(script, { livenessProbe: { ...fileExists('/tmp/alive'), ...often, initialDelaySeconds: 1, terminationGracePeriodSeconds: 1 } })], {
          terminationGracePeriodSeconds: 600,
        }),
      );
      await bench.podReady('sick');
      await bench.exec('sick', 'rm /tmp/alive');
      const pod = await bench.podWhen('sick', (current) => {
        assert.equal(statusOf(current).restartCount, 1);
        assert.ok(statusOf(current).state?.running);
      });
      assert.deepEqual([statusOf(pod).lastState?.terminated?.exitCode, statusOf(pod).lastState?.terminated?.reason], [137, 'Error']);
      await eventsOf('sick', /^Warning Unhealthy Liveness probe failed: cat: can't open '\/tmp\/alive': No such file or directory\n?$/);
      await eventsOf('sick', 'Normal Killing Container main failed liveness probe, will be restarted');
      await bench.kubectl('delete', 'pod', 'sick', '--grace-period=1');
    });

    it('that take too long fail', async () => {
      await bench.create(podOf('slow', [shell(stay, { livenessProbe: { exec: { command: ['sleep', '600'] }, ...often, timeoutSeconds: 1 } })]));
      await eventsOf('slow', /^Warning Unhealthy Liveness probe failed: command timed out: "sleep 600" timed out after 1s$/);
      await bench.podWhen('slow', (pod) => assert.ok(statusOf(pod).restartCount > 0));
    });

    it('leave a pod that must not restart ended', async () => {
      await bench.create(podOf('mortal', [shell(stay, { livenessProbe: { exec: { command: ['false'] }, ...often } })], { restartPolicy: 'Never' }));
      await eventsOf('mortal', /^Normal (Killing Stopping container main|Killing Container main failed liveness probe)/);
      const pod = await bench.podWhen('mortal', (current) => assert.ok(statusOf(current).state?.terminated));
      assert.equal(statusOf(pod).restartCount, 0);
    });
  });

  describe('of a start', () => {
    it('hold the others back until they succeed', async () => {
      const failing = { exec: { command: ['false'] }, ...often };
      await bench.create(
        podOf('starting', [shell(stay, { startupProbe: { ...fileExists('/tmp/started'), periodSeconds: 1, failureThreshold: 300 }, livenessProbe: failing })]),
      );
      await eventsOf('starting', /^Warning Unhealthy Startup probe failed: /);
      const held = await bench.pod('starting');
      assert.deepEqual([statusOf(held).started, statusOf(held).ready, statusOf(held).restartCount], [false, false, 0]);
      assert.ok((await bench.events('starting')).every((event) => !event.includes('Liveness')));
      await bench.exec('starting', 'touch /tmp/started');
      await eventsOf('starting', /^Warning Unhealthy Liveness probe failed: /);
      await bench.podWhen('starting', (pod) => assert.ok(statusOf(pod).restartCount > 0));
    });

    it('end a container that never succeeds', async () => {
      await bench.create(podOf('stuck', [shell(stay, { startupProbe: { exec: { command: ['false'] }, ...often } })]));
      await eventsOf('stuck', 'Normal Killing Container main failed startup probe, will be restarted');
      await bench.podWhen('stuck', (pod) => assert.ok(statusOf(pod).restartCount > 0));
    });
  });
});
