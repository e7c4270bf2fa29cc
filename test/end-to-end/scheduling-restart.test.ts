import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { Agent, request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Node, Pod } from '../../src/api/generated/core-v1.ts';
import { certificateOf } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, startTestCluster } from '../fixtures/cluster.ts';
import { conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

const podCount = 10_000;
const nodeCount = 50;
/** In thousandths of a CPU, of which the system keeps 100 for itself. Not every pod finds room. */
const capacity = 16_000;
const cpuOfNode = capacity - 100;
const cpuOf = (pod: Pod): number => Number.parseInt(String(pod.spec!.containers[0]!.resources!.requests!['cpu']), 10);
const isRefused = (pod: Pod): boolean => conditionOf(pod, 'PodScheduled').reason === 'Unschedulable';

/** What a watch saw of the pods: where each is, and every rule that was broken on the way. */
class Ledger {
  readonly pods = new Map<string, Pod>();
  readonly broken: string[] = [];
  readonly #used = new Map<string, number>();
  bound = 0;
  revision = '';

  note(type: string, pod: Pod): void {
    this.revision = pod.metadata.resourceVersion!;
    if (type === 'BOOKMARK') return;
    const name = pod.metadata.name!;
    const before = this.pods.get(name);
    if (type === 'DELETED') this.broken.push(`${name} was deleted`);
    if (type === 'ADDED' && before) this.broken.push(`${name} was made twice`);
    this.pods.set(name, pod);
    const [was, is] = [before?.spec?.nodeName, pod.spec?.nodeName];
    if (was === is) return;
    if (was || !is) return void this.broken.push(`${name} went from ${was} to ${is}`);
    this.bound++;
    const used = (this.#used.get(is) ?? 0) + cpuOf(pod);
    this.#used.set(is, used);
    if (used > cpuOfNode) this.broken.push(`${is} has ${used} of ${cpuOfNode} after ${name}`);
  }

  /** The most that a node has left. */
  get mostLeft(): number {
    const used = [...this.#used.values()];
    return used.length < nodeCount ? cpuOfNode : cpuOfNode - Math.min(...used);
  }
}

describe('a scheduler that is killed in the middle of ten thousand pods', () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-restart-'));
  let cluster: TestCluster;
  let agent: Agent;
  const bench = workbenchOf(() => cluster);
  const configuration = join(directory, 'scheduler.json');
  const configure = (schedulerName: string): void =>
    writeFileSync(
      configuration,
      JSON.stringify({ apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration', profiles: [{ schedulerName }] }),
    );

  before(async () => {
    const file = join(directory, 'simulation.yaml');
    writeFileSync(file, JSON.stringify({ nodes: [{ name: 'small', capacity: { cpu: capacity / 1_000, memory: '64Gi', pods: 1_000 } }] }));
    configure('another-scheduler');
    cluster = await startTestCluster({ nodes: nodeCount, flags: ['--simulation', file, '--scheduler-config', configuration] });
    const identity = { ca: certificateOf(cluster, 'ca.crt'), cert: certificateOf(cluster, 'admin.crt'), key: certificateOf(cluster, 'admin.key') };
    agent = new Agent({ keepAlive: true, maxSockets: 16, ...identity });
  });
  after(async () => {
    agent?.destroy();
    await cluster?.[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true, force: true });
  });

  const open = (path: string, method: string, body?: object): Promise<IncomingMessage & { readonly outgoing: ClientRequest }> =>
    new Promise((resolve, reject) => {
      const outgoing = request(`${cluster.url()}${path}`, { method, agent, headers: { 'content-type': 'application/json' } }, (answer) =>
        resolve(Object.assign(answer, { outgoing })),
      );
      outgoing.on('error', reject);
      outgoing.end(body && JSON.stringify(body));
    });
  const create = async (pod: Pod): Promise<void> => {
    const answer = await open('/api/v1/namespaces/default/pods', 'POST', pod);
    answer.resume();
    await new Promise((resolve) => answer.on('end', resolve));
    assert.equal(answer.statusCode, 201);
  };
  /** Follows the pods into the ledger until the connection ends, or the ledger has what is asked for. */
  const follow = async (ledger: Ledger, isEnough: () => boolean): Promise<void> => {
    const answer = await open(`/api/v1/namespaces/default/pods?watch=true&allowWatchBookmarks=true&resourceVersion=${ledger.revision}`, 'GET');
    assert.equal(answer.statusCode, 200);
    const cut = (): void => void answer.outgoing.destroy();
    const deadline = Date.now() + 300_000;
    const timer = setInterval(() => void ((isEnough() || Date.now() > deadline) && cut()), 500);
    answer.on('error', () => undefined);
    answer.outgoing.on('error', () => undefined);
    try {
      let rest = '';
      for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop()!;
        for (const line of lines) {
          const { type, object } = JSON.parse(line) as { type: string; object: Pod };
          assert.notEqual(type, 'ERROR', line);
          ledger.note(type, object);
        }
        if (isEnough()) break;
      }
    } catch (error) {
      // The connection was cut.
      if ((error as { code?: string }).code === 'ERR_ASSERTION') throw error;
    } finally {
      clearInterval(timer);
      cut();
    }
  };

  it('loses none, binds none twice, and fills no node beyond its room', async () => {
    const [node] = (await bench.read<{ items: Node[] }>('/api/v1/nodes')).items;
    assert.equal(node!.status?.allocatable?.['cpu'], `${cpuOfNode}m`);
    const ledger = new Ledger();
    ledger.revision = (await bench.read<{ metadata: { resourceVersion: string } }>('/api/v1/namespaces/default/pods?limit=1')).metadata.resourceVersion;
    // As small as possible, and some that leave gaps.
    const waiting = Array.from({ length: podCount }, (_, index) =>
      podOf(`p-${index}`, [{ name: 'main', image: 'app', resources: { requests: { cpu: index % 10 === 0 ? '300m' : '80m' } } }]),
    );
    await Promise.all(
      Array.from({ length: 16 }, async () => {
        for (let pod = waiting.pop(); pod; pod = waiting.pop()) await create(pod);
      }),
    );
    // Nobody answered for them until now.
    configure('default-scheduler');
    for (const share of [0.2, 0.5]) {
      await follow(ledger, () => ledger.bound > podCount * share);
      assert.ok(ledger.bound > podCount * share && ledger.bound < podCount * 0.75, `killed in the middle, not at ${ledger.bound}`);
      await cluster.killHard();
      await cluster.start();
    }
    const isDone = (): boolean => {
      const left = [...ledger.pods.values()].filter(({ spec }) => !spec?.nodeName);
      return left.every((pod) => isRefused(pod) && cpuOf(pod) > ledger.mostLeft);
    };
    let next = 0;
    await follow(ledger, () => Date.now() >= next && ((next = Date.now() + 400), isDone()));
    assert.deepEqual(ledger.broken.slice(0, 5), []);
    // What is said in the end, and not only what was seen on the way.
    const { items } = await bench.read<{ items: Pod[] }>('/api/v1/namespaces/default/pods');
    assert.equal(items.length, podCount);
    const pending = items.filter(({ spec }) => !spec?.nodeName);
    assert.ok(pending.length > podCount / 20, `${pending.length} are left over`);
    assert.ok(
      pending.every((pod) => isRefused(pod) && cpuOf(pod) > ledger.mostLeft),
      `${ledger.mostLeft} are free where pods wait`,
    );
    assert.match(conditionOf(pending[0]!, 'PodScheduled').message ?? '', /^0\/50 nodes are available: 50 Insufficient cpu\./);
    // And room that is made is found.
    const there = items.filter(({ spec }) => spec?.nodeName === node!.metadata.name).slice(0, 10);
    await bench.kubectl('delete', 'pods', '--wait=false', ...there.map(({ metadata }) => metadata.name!));
    await eventually(async () => {
      const now = await bench.read<{ items: Pod[] }>('/api/v1/namespaces/default/pods');
      assert.ok(now.items.filter(({ spec }) => !spec?.nodeName).length < pending.length);
    });
  });
});
