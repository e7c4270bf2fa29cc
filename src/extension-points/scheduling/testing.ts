import type { Node, NodeSpec, NodeStatus, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import type { KubernetesObject } from '../../api/object.ts';
import { deepFreeze, keyOf, keyText } from '../../api/object.ts';
import type { ResourceType } from '../../api/resource-type.ts';
import type { Informer, Informers } from '../../client/informer.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { NodeInfo, SchedulingPlugin, Status } from './contract.ts';
import { NodeRecord } from './node-record.ts';
import { SchedulingFramework } from './run.ts';

/** For tests of plugins: a frozen pod of one container that asks for `requests`. */
export function testPod(name: string, spec: Partial<PodSpec> = {}, requests: Readonly<Record<string, string>> = {}): Pod {
  const containers = [{ name: 'main', image: 'app', ...(Object.keys(requests).length > 0 ? { resources: { requests } } : {}) }];
  return deepFreeze({ metadata: { name, namespace: 'default', uid: `uid-${name}` }, spec: { containers, ...spec } });
}

/** For tests of plugins: a frozen node. */
export function testNode(
  name: string,
  parts: { labels?: Record<string, string>; spec?: NodeSpec; status?: NodeStatus; allocatable?: Record<string, string> } = {},
): Node {
  const { labels, spec = {}, status = {}, allocatable = { cpu: '4', memory: '8Gi', pods: '110' } } = parts;
  return deepFreeze({ metadata: { name, ...(labels ? { labels } : {}) }, spec, status: { allocatable, ...status } });
}

/** For tests of plugins: informers that know these objects, by resource, and never hear of others. */
export function testInformers(objects: Readonly<Record<string, readonly KubernetesObject[]>> = {}): Informers {
  const informer = <T extends KubernetesObject>({ resource }: ResourceType<T>): Informer<T> => {
    const all = (objects[resource] ?? []) as readonly T[];
    return {
      hasSynced: true,
      synced: async () => undefined,
      get: (key) => all.find((object) => keyText(keyOf(object)) === keyText(key)),
      list: (namespace) => (namespace === undefined ? all : all.filter(({ metadata }) => metadata.namespace === namespace)),
      byIndex: () => [],
      addIndex: () => undefined,
      onChange: () => ({ [Symbol.dispose]: () => undefined }),
    };
  };
  return { informer, synced: async () => undefined, [Symbol.asyncDispose]: async () => undefined };
}

/** For tests of plugins: a framework with one plugin, run the way a scheduler runs it. */
export class PluginTrial {
  readonly #framework: SchedulingFramework;

  constructor(plugin: SchedulingPlugin, weight = 1) {
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    point.add({ name: 'trial', origin: 'test', implementation: plugin });
    this.#framework = new SchedulingFramework(point, { weights: { trial: weight } });
  }

  /** PreFilter, then Filter of each node: `fits`, or the code and reasons of the refusal. */
  filter(pod: Pod, nodes: readonly NodeInfo[]): string[] {
    const state = this.#framework.newState();
    const { status, nodeNames } = this.#framework.preFilter(state, pod, nodes);
    return nodes.map((node) => {
      if (status.code !== 'success') return textOf(status);
      return nodeNames && !nodeNames.has(node.name) ? 'left out' : textOf(this.#framework.filter(state, pod, node));
    });
  }

  /** PreScore, Score and normalisation. */
  score(pod: Pod, nodes: readonly NodeInfo[]): Promise<number[]> {
    return this.#framework.score(this.#framework.newState(), pod, nodes, () => undefined);
  }
}

export const nodeWith = (node: Node, ...pods: Pod[]): NodeInfo => NodeRecord.of(node, pods);

const textOf = ({ code, reasons }: Status): string => (code === 'success' ? 'fits' : `${code}: ${reasons.join(', ')}`);

/** For property tests: numbers from 0 to below 1 that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
