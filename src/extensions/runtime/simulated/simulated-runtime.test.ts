import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type ConformanceOptions, type RuntimeSubject, runtimeConformance } from '../../../extension-points/runtime/conformance.ts';
import { containerConfig, sandboxConfig } from '../../../extension-points/runtime/conformance-configs.ts';
import type { ContainerConfig, Runtime } from '../../../extension-points/runtime/contract.ts';
import { connectCri } from '../../../extension-points/runtime/cri.ts';
import { serveRuntime } from '../../../extension-points/runtime/serve.ts';
import { systemClock } from '../../../kernel/clock.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { createSimulatedRuntime, type SimulatedRuntimeOptions } from './simulated-runtime.ts';

const runsNothing = 'nothing runs, so there is nobody to act';
const unsupported: ConformanceOptions = {
  skip: {
    'stop signal': runsNothing,
    environment: runsNothing,
    exec: runsNothing,
    'exec time limit': runsNothing,
    streams: 'simulated containers have no streams',
  },
};
const images = { image: 'docker.io/library/busybox:latest', missingImage: 'missing.simulate.wherry.dev/none:1' };

runtimeConformance(
  'the simulated runtime',
  async () => ({ runtime: createSimulatedRuntime({ clock: systemClock }), ...images, [Symbol.asyncDispose]: async () => {} }),
  unsupported,
);
runtimeConformance('the simulated runtime through CRI', throughTheWire, unsupported);

async function throughTheWire(): Promise<RuntimeSubject> {
  const stack = new DisposalStack();
  const directory = await mkdtemp(join(tmpdir(), 'wherry-cri-'));
  stack.defer(() => rm(directory, { recursive: true, force: true }));
  const socket = join(directory, 'cri.sock');
  stack.use(await serveRuntime(createSimulatedRuntime({ clock: systemClock }), socket));
  const runtime = stack.use(await connectCri({ endpoint: `unix://${socket}`, log: silentLog }));
  return { runtime, ...images, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}

interface Run {
  readonly annotations?: Record<string, string>;
  readonly labels?: Record<string, string>;
  readonly container?: Partial<ContainerConfig>;
  readonly options?: Partial<SimulatedRuntimeOptions>;
}

async function run({ annotations = {}, labels = {}, container = {}, options = {} }: Run): Promise<{ runtime: Runtime; clock: ManualClock; id: string }> {
  const clock = new ManualClock();
  const runtime = createSimulatedRuntime({ clock, writesLogs: false, ...options });
  const config = { ...sandboxConfig('pod', '/nowhere'), annotations, labels };
  const sandbox = await runtime.runPodSandbox(config, '');
  const id = await runtime.createContainer(sandbox, containerConfig('app', 'any', ['server'], container), config);
  await runtime.startContainer(id);
  return { runtime, clock, id };
}

describe('a simulated container', () => {
  it('runs until it is stopped when nothing else is said', async () => {
    const { runtime, clock, id } = await run({});
    await clock.advance(24 * 3_600_000);
    assert.equal((await runtime.containerStatus(id)).state, 'running');
  });

  const endings: { name: string; run: Run; afterSeconds: number; want: [number, string] }[] = [
    {
      name: 'ends when its annotation says so',
      run: { annotations: { 'simulate.wherry.dev/run-seconds': '5', 'simulate.wherry.dev/exit-code': '3' } },
      afterSeconds: 5,
      want: [3, 'Error'],
    },
    {
      name: 'prefers what is said about it by name',
      run: { annotations: { 'simulate.wherry.dev/run-seconds': '50', 'simulate.wherry.dev/run-seconds.app': '2' } },
      afterSeconds: 2,
      want: [0, 'Completed'],
    },
    {
      name: 'takes a reason',
      run: { labels: { 'simulate.wherry.dev/run-seconds': '1', 'simulate.wherry.dev/exit-code': '137', 'simulate.wherry.dev/exit-reason': 'OOMKilled' } },
      afterSeconds: 1,
      want: [137, 'OOMKilled'],
    },
    { name: 'finishes as part of a job', run: { labels: { 'batch.kubernetes.io/job-name': 'report' } }, afterSeconds: 1, want: [0, 'Completed'] },
    { name: 'sleeps as long as its command', run: { container: { command: ['/bin/sleep', '7'] } }, afterSeconds: 7, want: [0, 'Completed'] },
    {
      name: 'follows a script first',
      run: { annotations: { 'simulate.wherry.dev/run-seconds': '9' }, options: { script: () => ({ runSeconds: 1, exitCode: 4 }) } },
      afterSeconds: 1,
      want: [4, 'Error'],
    },
  ];
  for (const { name, run: how, afterSeconds, want } of endings) {
    it(name, async () => {
      const { runtime, clock, id } = await run(how);
      await clock.advance(afterSeconds * 1_000 - 1);
      assert.equal((await runtime.containerStatus(id)).state, 'running');
      await clock.advance(1);
      const { state, exitCode, reason, startedAtMs, finishedAtMs } = await runtime.containerStatus(id);
      assert.deepEqual([state, exitCode, reason, finishedAtMs - startedAtMs], ['exited', ...want, afterSeconds * 1_000]);
    });
  }

  it('ignores settings that are not numbers', async () => {
    const { runtime, clock, id } = await run({ annotations: { 'simulate.wherry.dev/run-seconds': 'soon' } });
    await clock.advance(60_000);
    assert.equal((await runtime.containerStatus(id)).state, 'running');
  });

  it('is killed when it stops too slowly', async () => {
    const { runtime, clock, id } = await run({ annotations: { 'simulate.wherry.dev/stop-seconds': '60' } });
    const stopping = runtime.stopContainer(id, 30);
    await clock.advance(30_000);
    await stopping;
    assert.equal((await runtime.containerStatus(id)).exitCode, 137);
  });

  it('uses as much of the processor as it is told to', async () => {
    const { runtime, clock, id } = await run({ annotations: { 'simulate.wherry.dev/cpu-millicores': '250' } });
    await clock.advance(4_000);
    const { cpu } = await runtime.containerStats(id);
    assert.deepEqual([cpu?.usageNanoCores, cpu?.usageCoreNanoSeconds], [250_000_000n, 1_000_000_000n]);
  });
});

describe('a simulated node', () => {
  const sandbox = (runtime: Runtime, name: string): Promise<string> => runtime.runPodSandbox(sandboxConfig(name, ''), '');

  it('hands out addresses of the range it was told, each once, and reuses them', async () => {
    const runtime = createSimulatedRuntime({ clock: new ManualClock() });
    await runtime.updateRuntimeConfig?.('10.9.8.0/29');
    const ids = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => sandbox(runtime, name)));
    const addresses = await Promise.all(ids.map(async (id) => (await runtime.podSandboxStatus(id)).ips[0]));
    assert.deepEqual(addresses, ['10.9.8.2', '10.9.8.3', '10.9.8.4', '10.9.8.5', '10.9.8.6']);
    await assert.rejects(sandbox(runtime, 'f'), { code: 'RESOURCE_EXHAUSTED' });
    await runtime.stopPodSandbox(ids[2]!);
    assert.deepEqual((await runtime.podSandboxStatus(await sandbox(runtime, 'f'))).ips, ['10.9.8.4']);
  });

  it('refuses a range that is none', async () => {
    const runtime = createSimulatedRuntime({ clock: new ManualClock() });
    for (const range of ['10.0.0.0', '300.0.0.0/16', '10.0.0.0/31', 'fd00::/64'])
      await assert.rejects(runtime.updateRuntimeConfig!(range), { code: 'INVALID_ARGUMENT' });
  });

  it('holds no more sandboxes than it claims', async () => {
    const runtime = createSimulatedRuntime({ clock: new ManualClock(), capacity: { sandboxes: 1 } });
    await sandbox(runtime, 'a');
    await assert.rejects(sandbox(runtime, 'b'), { code: 'RESOURCE_EXHAUSTED' });
  });
});
