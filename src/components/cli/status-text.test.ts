import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type StatusSummary, statusText } from './status-text.ts';

const now = Date.parse('2026-01-01T01:00:00Z');
const summary: StatusSummary = {
  running: true,
  ready: true,
  url: 'https://127.0.0.1:6443',
  pid: 7,
  dataDirectory: '/data',
  startedAt: '2026-01-01T00:00:00Z',
  simulated: false,
  memoryBytes: 100 * 2 ** 20,
  storeBytes: 1.5 * 2 ** 20,
  nodes: [{ name: 'node-1', ready: false, pods: 2, runtime: 'containerd://2' }],
  pods: 3,
  podsByPhase: { Pending: 1, Running: 2 },
  warnings: [
    { time: '2026-01-01T00:58:00Z', namespace: 'default', object: 'pod/web', reason: 'FailedScheduling', message: '0/1 nodes are available\nmore', count: 4 },
  ],
};

it('status tells of the server, the store, nodes, pods and recent warnings', () => {
  assert.equal(
    statusText(summary, now),
    `https://127.0.0.1:6443 is ready (pid 7, up 60m, 100 MiB of memory)
data in /data (store: 1.5 MiB)

NODE    STATUS    PODS  RUNTIME
node-1  NotReady  2     containerd://2

3 pods: 1 Pending, 2 Running

WARNED  NAMESPACE  OBJECT   REASON            MESSAGE
2m      default    pod/web  FailedScheduling  0/1 nodes are available (4 times)
`,
  );
});

it('status says how many more there are of what is long', () => {
  const many = { ...summary, nodes: Array.from({ length: 22 }, () => summary.nodes[0]!), warnings: Array.from({ length: 7 }, () => summary.warnings[0]!) };
  const text = statusText(many, now);
  assert.match(text, /^… and 2 more nodes$/m);
  assert.match(text, /^… and 2 more in the last hour: wherry events -A --types=Warning$/m);
  assert.match(statusText({ ...summary, pods: 0, podsByPhase: {}, warnings: [] }, now), /\n\nno pods\n$/);
});
