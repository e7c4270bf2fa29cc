import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { pods } from '../../api/generated/resource-types.ts';
import type { EventRecorder } from '../../client/events.ts';
import { SchedulingWorld } from '../../components/scheduler/testing/scheduling-world.ts';
import type { SchedulingPlugin, SchedulingPluginFactory } from '../../extension-points/scheduling/contract.ts';
import { success, unschedulable } from '../../extension-points/scheduling/contract.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { createLog } from '../../kernel/log.ts';
import type { LiveScheduling } from './live-scheduling.ts';
import { startLiveScheduling } from './live-scheduling.ts';
import type { PluginSource } from './plugin-module.ts';

const prioritySort: SchedulingPluginFactory = () => ({ queueSort: (left, right) => left.queuedAtMs - right.queuedAtMs });
const defaultBinder: SchedulingPluginFactory = (_args, { client }) => ({
  async bind(_state, pod, nodeName) {
    const current = await client.get(pods, { namespace: 'default', name: pod.metadata.name! });
    await client.replace(pods, { ...current, spec: { ...current.spec!, nodeName } });
    return success;
  },
});
const builtIn = new Map<string, PluginSource>([
  ['PrioritySort', { factory: prioritySort, origin: 'built-in' }],
  ['DefaultBinder', { factory: defaultBinder, origin: 'built-in' }],
]);

/** A plugin that lets pods on the nodes that its arguments, or it itself, name. */
const moduleOf = (nodes: string, extra = ''): string => `
import { success, unschedulable, type SchedulingPlugin } from 'wherry/scheduling';
${extra}
export default (args: unknown): SchedulingPlugin => {
  const open: readonly string[] = (args as { open?: string[] } | undefined)?.open ?? ${nodes};
  return { filter: (_state, _pod, { name }) => (open.includes(name) ? success : unschedulable(name + ' is closed')), eventsToRegister: () => [] };
};`;
const configurationOf = (plugin: string, args?: object): string => `
apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
profiles:
- plugins: {multiPoint: {enabled: [{name: '${plugin}'}]}}
${args ? `  pluginConfig: [{name: '${plugin}', args: ${JSON.stringify(args)}}]` : ''}
`;

describe('a scheduler whose plugins are files', () => {
  let directory: string;
  let world: SchedulingWorld;
  let live: LiveScheduling | undefined;
  let lines: string[];
  let said: string[];
  let rosters: readonly ExtensionPoint<SchedulingPlugin>[];
  let others: ExtensionPoint<SchedulingPlugin>;

  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'ws-'));
    world = new SchedulingWorld();
    lines = [];
    said = [];
    rosters = [];
    others = new ExtensionPoint('scheduling');
    for (const node of ['a', 'b']) await world.addNode(node);
  });
  afterEach(async () => {
    await live?.[Symbol.asyncDispose]();
    live = undefined;
    await world[Symbol.asyncDispose]();
    rmSync(directory, { recursive: true });
  });

  const save = (name: string, text: string): void => {
    mkdirSync(dirname(join(directory, name)), { recursive: true });
    writeFileSync(join(directory, name), text);
  };
  const events: EventRecorder = {
    record: (object, _type, reason, message) => void said.push(`${object.kind ?? 'Pod'}/${object.metadata.name} ${reason}: ${message}`),
    as: () => events,
    flush: async () => undefined,
  };
  const start = async (file: string | undefined = 'scheduler.yaml'): Promise<void> => {
    const { client, clock, handle } = world;
    live = await startLiveScheduling({
      client,
      clock,
      informers: handle.informers,
      events,
      log: createLog((line) => lines.push(line)),
      configurationFile: file && join(directory, file),
      builtIn,
      others,
      onRosters: (given) => (rosters = given),
    });
  };
  const until = async (condition: () => boolean, what: string): Promise<void> => {
    for (let tries = 0; !condition(); tries++) {
      if (tries > 500) throw new Error(`${what} did not come about; ${[...lines, ...said, ...world.bound()].join('\n')}`);
      await sleep(20);
      await world.pass(1);
    }
  };
  const roster = (): string[] => rosters.flatMap((point) => [...point].map(({ name, origin, generation }) => `${point.name} ${name} ${origin} ${generation}`));
  const reasons = (): string[] => said.filter((line) => line.includes('FailedScheduling')).map((line) => line.replace(/^.*FailedScheduling: /, ''));

  it('knows them by their names, hands them their arguments, and shows where they come from', async () => {
    save('plugins/open-nodes.ts', moduleOf('[]'));
    save('scheduler.yaml', configurationOf('./plugins/open-nodes.ts', { open: ['b'] }));
    await start();
    await world.addPod('p');
    await until(() => world.bound().length === 1, 'the pod');
    assert.deepEqual(world.bound(), ['p@b']);
    assert.deepEqual(roster(), ['scheduling PrioritySort built-in 1', 'scheduling DefaultBinder built-in 1', 'scheduling open-nodes open-nodes.ts 1']);
  });

  it('takes the place of what waits by what was saved, however often', async () => {
    save('nodes.ts', 'export const nodes: string[] = [];');
    save('open-nodes.ts', moduleOf('nodes', `import { nodes } from ${JSON.stringify('./nodes.ts')};\nexport const name = 'OpenNodes';`));
    save('scheduler.yaml', configurationOf('./open-nodes.ts'));
    await start();
    await world.addPod('first');
    await until(() => reasons().length > 0, 'the refusal');
    assert.equal(reasons()[0], '0/2 nodes are available: 1 a is closed, 1 b is closed.');
    save('nodes.ts', "export const nodes: string[] = ['a'];");
    await until(() => world.bound().length === 1, 'the pod, once an imported file was saved');
    save('open-nodes.ts', moduleOf("['b']", "export const name = 'OpenNodes';"));
    await until(() => live!.generation === 3, 'the plugin');
    await world.addPod('second');
    await until(() => world.bound().length === 2, 'the second pod, once the plugin was saved');
    save('scheduler.yaml', configurationOf('./open-nodes.ts', { open: ['a'] }));
    await until(() => live!.generation === 4, 'the configuration');
    await world.addPod('third');
    await until(() => world.bound().length === 3, 'the third pod, once the configuration was saved');
    assert.deepEqual(world.bound(), ['first@a', 'second@b', 'third@a']);
    assert.deepEqual(roster().at(-1), 'scheduling OpenNodes open-nodes.ts 4');
    assert.deepEqual(
      said.filter((line) => line.startsWith('Kube')).at(-1),
      'KubeSchedulerConfiguration/scheduler.yaml PluginsLoaded: scheduling goes on with generation 4 of its plugins',
    );
  });

  it('frees the pods of a plugin that is gone', async () => {
    save('never.ts', moduleOf('[]'));
    save('scheduler.yaml', configurationOf('./never.ts'));
    await start();
    await world.addPod('p');
    await until(() => reasons().length > 0, 'the refusal');
    save('scheduler.yaml', 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\n');
    await until(() => world.bound().length === 1, 'the pod');
  });

  const broken: { name: string; file: string; text: string; says: RegExp }[] = [
    { name: 'a plugin that is no TypeScript', file: 'open-nodes.ts', text: 'export default {', says: /\.\/open-nodes\.ts: cannot be loaded: / },
    {
      name: 'a plugin that makes nothing',
      file: 'open-nodes.ts',
      text: 'export default () => undefined;',
      says: /initializing plugin "open-nodes": its factory answered undefined, not a plugin$/,
    },
    {
      name: 'a plugin whose making fails',
      file: 'open-nodes.ts',
      text: "export default () => { throw new Error('no quota'); };",
      says: /initializing plugin "open-nodes": no quota$/,
    },
    {
      name: 'a plugin with a name that is taken',
      file: 'open-nodes.ts',
      text: "export const name = 'PrioritySort'; export default () => ({});",
      says: /a plugin named PrioritySort already exists \(built-in\); open-nodes\.ts must export another name$/,
    },
    {
      name: 'a second order of the queue',
      file: 'open-nodes.ts',
      text: 'export default () => ({ queueSort: () => 0 });',
      says: /only one queue sort plugin required for profile with scheduler name "default-scheduler", but got 2$/,
    },
    {
      name: 'a configuration with an unknown field',
      file: 'scheduler.yaml',
      text: 'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofilez: []',
      says: /scheduler\.yaml: strict decoding error: unknown field "profilez"$/,
    },
    {
      name: 'a configuration that names a file that is not there',
      file: 'scheduler.yaml',
      text: configurationOf('./nobody.ts'),
      says: /nobody\.ts: no such file$/,
    },
    {
      name: 'a configuration that names a plugin that nobody has',
      file: 'scheduler.yaml',
      text: configurationOf('Nobody'),
      says: /creating profile for scheduler name default-scheduler: PreFilterPlugin "Nobody" does not exist$/,
    },
    {
      name: 'a configuration that names a package that is not there',
      file: 'scheduler.yaml',
      text: configurationOf('no-such-package'),
      says: /^(?!.*undefined).*no-such-package: cannot be loaded: /,
    },
  ];
  for (const { name, file, text, says } of broken) {
    it(`keeps what it has when somebody saves ${name}, says so, and gets over it`, async () => {
      save('open-nodes.ts', moduleOf("['a']"));
      save('scheduler.yaml', configurationOf('./open-nodes.ts'));
      await start();
      save(file, text);
      await until(() => said.length > 0, 'the event');
      const [subject = '', why = ''] = said[0]!.split(' PluginsNotLoaded: generation 1 of the scheduling plugins stays in use: ');
      assert.equal(subject, 'KubeSchedulerConfiguration/scheduler.yaml');
      assert.match(why, says);
      assert.match(lines.join(''), /scheduling plugins were saved but not loaded; those of before stay/);
      assert.equal(live!.generation, 1);
      await world.addPod('p');
      await until(() => world.bound().length === 1, 'the pod');
      save('open-nodes.ts', moduleOf("['b']"));
      save('scheduler.yaml', configurationOf('./open-nodes.ts'));
      await until(() => live!.generation === 2, 'what was mended');
    });
  }

  it('does not start with a configuration that cannot be used', async () => {
    save('scheduler.yaml', configurationOf('./nobody.ts'));
    await assert.rejects(start(), { message: /nobody\.ts: no such file$/ });
    await assert.rejects(start('none.yaml'), { message: /none\.yaml: no such file$/ });
  });

  it('finds plugins in packages that are installed beside the configuration', async () => {
    save('node_modules/@team/scheduling/package.json', '{"name":"@team/scheduling","type":"module","exports":{"./open":"./open.js"}}');
    save(
      'node_modules/@team/scheduling/open.js',
      "export const name = 'TeamOpen';\nexport default () => ({ score: (_state, _pod, node) => (node.name === 'b' ? 100 : 0) });",
    );
    save('scheduler.yaml', configurationOf('@team/scheduling/open'));
    await start();
    await world.addPod('p');
    await until(() => world.bound().length === 1, 'the pod');
    assert.deepEqual(world.bound(), ['p@b']);
    assert.equal(roster().at(-1), 'scheduling TeamOpen @team/scheduling/open 1');
  });

  it('has the plugins of files of extensions too, behind all others, unless the configuration says otherwise', async () => {
    const only = (name: string): SchedulingPlugin => ({ filter: (_state, _pod, node) => (node.name === name ? success : unschedulable('closed')) });
    others.add({ name: 'only-b', origin: 'policy.ts', implementation: only('b') });
    save(
      'scheduler.yaml',
      'apiVersion: kubescheduler.config.k8s.io/v1\nkind: KubeSchedulerConfiguration\nprofiles: [{schedulerName: one}, {schedulerName: two, plugins: {filter: {disabled: [{name: only-b}]}}}]\n',
    );
    await start();
    assert.deepEqual(roster(), [
      'scheduling PrioritySort built-in 1',
      'scheduling DefaultBinder built-in 1',
      'scheduling only-b policy.ts 1',
      'scheduling/two PrioritySort built-in 1',
      'scheduling/two DefaultBinder built-in 1',
    ]);
    await world.addPod('p', { schedulerName: 'one' });
    await until(() => world.bound().length === 1, 'the pod');
    assert.deepEqual(world.bound(), ['p@b']);
    others.add({ name: 'only-a', origin: 'policy.ts', implementation: only('a') });
    live!.refresh();
    await until(() => live!.generation === 2, 'another generation');
    await world.addPod('q', { schedulerName: 'one' });
    await until(() => reasons().length > 0, 'the refusal');
  });
});
