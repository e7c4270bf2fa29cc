import assert from 'node:assert/strict';
import { basename } from 'node:path';
import { AgentDouble, type FoundPlugin } from './agent-double.ts';
import { deviceCases } from './conformance-cases.ts';
import { devicePluginVersion } from './contract.ts';
import { connectDevicePlugin } from './device-plugin.ts';
import { isDeviceResourceName } from './resource-name.ts';

/** Where the plugin is: on a socket, or wherever it registers with a node agent, for which the suite then stands in. */
export type ConformanceTarget =
  | { readonly socketPath: string; readonly resourceName?: string }
  | { readonly kubeletDirectory: string; readonly resourceName?: string };

export interface ConformanceRunOptions {
  /** Titles of cases that are left out. */
  readonly skip?: readonly string[];
  /** How long a plugin may take to register. Default a minute. */
  readonly registrationMs?: number;
  /** Told of each case as it ends. */
  readonly report: (result: CaseResult) => void;
}

export interface CaseResult {
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** Why it failed. */
  readonly message?: string;
}

interface Subject {
  readonly plugin: FoundPlugin | undefined;
  readonly socketPath: string;
  readonly resourceName: string;
  readonly agent: AgentDouble | undefined;
  readonly registrationMs: number;
}

type RunCase = readonly [title: string, run: (subject: Subject) => Promise<void>];

/** The name that stands for a resource that is not known. */
const anyName = 'example.com/any';

const contractCases: readonly RunCase[] = Object.entries(deviceCases).map(([title, run]) => [
  title,
  async ({ resourceName, socketPath }) => {
    using plugin = await connectDevicePlugin(resourceName, socketPath);
    await run(plugin);
  },
]);

const registrationCases: readonly RunCase[] = [
  [
    'registers with the version, a name and a socket that an agent takes',
    async ({ plugin }) => {
      assert.equal(plugin!.version, devicePluginVersion, `version "${plugin!.version}"`);
      assert.ok(isDeviceResourceName(plugin!.resourceName), `"${plugin!.resourceName}" is not <domain>/<name> outside of kubernetes.io`);
      if (plugin!.route === 'kubelet.sock') assert.notEqual(basename(plugin!.socketPath), '', 'it names no socket');
    },
  ],
  [
    'listens on its socket by the time it registers, and says of its options what it said then',
    async ({ plugin }) => {
      using connected = await connectDevicePlugin(plugin!.resourceName, plugin!.socketPath);
      if (!plugin!.options) return;
      const { preStartRequired, getPreferredAllocationAvailable } = plugin!.options;
      assert.equal(connected.preStartContainer !== undefined, preStartRequired, 'PreStartRequired is another when asked');
      assert.equal(connected.preferredAllocation !== undefined, getPreferredAllocationAvailable, 'GetPreferredAllocationAvailable is another when asked');
    },
  ],
  [
    'comes back by itself after the agent was restarted, with the same name and the same devices',
    async ({ plugin, agent, registrationMs }) => {
      const before = await devicesOf(plugin!);
      await agent!.stop();
      await agent!.start();
      const again = await agent!.found(registrationMs);
      assert.equal(again.resourceName, plugin!.resourceName);
      assert.deepEqual(await devicesOf(again), before);
    },
  ],
];

async function devicesOf({ resourceName, socketPath }: FoundPlugin): Promise<string[]> {
  using plugin = await connectDevicePlugin(resourceName, socketPath);
  const cancellation = new AbortController();
  try {
    for await (const devices of plugin.devices(cancellation.signal)) return devices.map(({ id }) => id).sort();
    return [];
  } finally {
    cancellation.abort();
  }
}

/**
 * Holds a plugin in a process of its own, in whatever language it is written, to the contract. Answers how many cases failed. Rejects when there is no plugin to
 * be found. The plugin needs at least one healthy device that no pod holds; it is asked to allocate, and nothing is started with what it answers.
 */
export async function runDeviceConformance(target: ConformanceTarget, options: ConformanceRunOptions): Promise<number> {
  const { skip = [], report } = options;
  const unknown = skip.find((title) => ![...contractCases, ...registrationCases].some(([known]) => known === title));
  if (unknown !== undefined) throw new Error(`no case is called "${unknown}"`);
  await using agent = 'kubeletDirectory' in target ? new AgentDouble(target.kubeletDirectory, (name) => name === (target.resourceName ?? name)) : undefined;
  const subject = await subjectOf(target, agent, options.registrationMs ?? 60_000);
  let failed = 0;
  // The restart of the agent comes last: some plugins take it for their own end.
  for (const [title, run] of [...contractCases, ...(agent ? registrationCases : [])]) {
    const isUnnamed = subject.resourceName === anyName && title === 'has the name of an extended resource';
    if (isUnnamed || skip.includes(title)) {
      report({ title, outcome: 'skipped' });
      continue;
    }
    try {
      await run(subject);
      report({ title, outcome: 'passed' });
    } catch (error) {
      failed++;
      report({ title, outcome: 'failed', message: (error as Error).message });
    }
  }
  return failed;
}

async function subjectOf(target: ConformanceTarget, agent: AgentDouble | undefined, registrationMs: number): Promise<Subject> {
  if ('socketPath' in target) {
    const { socketPath, resourceName = anyName } = target;
    (await connectDevicePlugin(resourceName, socketPath))[Symbol.dispose]();
    return { plugin: undefined, socketPath, resourceName, agent, registrationMs };
  }
  await agent!.start();
  const plugin = await agent!.found(registrationMs);
  return { plugin, socketPath: plugin.socketPath, resourceName: plugin.resourceName, agent, registrationMs };
}
