import { isDeepStrictEqual } from 'node:util';
import type { ContainerImage, Node, NodeStatus, ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { ApiError, isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import { type Clock, timeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { isExtendedResource } from '../resources.ts';
import { conditionEvents, nodeConditions } from './node-conditions.ts';
import type { Pressure } from './pressure.ts';

export interface NodeRegistrarDeps {
  readonly client: Client;
  readonly clock: Clock;
  readonly log: Log;
  readonly events: EventRecorder;
  readonly nodeName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly podCidr: string | undefined;
  readonly isSimulated: boolean;
  /** Everything but the conditions. */
  readonly facts: () => Omit<NodeStatus, 'conditions'>;
  /** Whether extended resources that an existing Node shows are of a machine that is gone. */
  readonly resetsExtendedResources?: () => boolean;
  readonly problems: () => readonly string[];
  readonly pressure: () => Pressure;
}

const checkEveryMs = 10_000;
const reportEveryMs = 300_000;
const retryMs = 1_000;

/** Keeps the Node object: registers it, and reports its status when something changed, else every 5 minutes. */
export class NodeRegistrar implements AsyncDisposable {
  readonly #deps: NodeRegistrarDeps;
  readonly #abort = new AbortController();
  #node: Node | undefined;
  #reportedAtMs = 0;
  #timer: Disposable | undefined;
  #working: Promise<void> | undefined;
  #isDue = false;

  constructor(deps: NodeRegistrarDeps) {
    this.#deps = deps;
  }

  /** The Node as last seen. */
  get node(): Node | undefined {
    return this.#node;
  }

  /** A newer Node came from the API. One that was deleted is registered again. */
  observe(node: Node | undefined): void {
    if (node === undefined && this.#node !== undefined) {
      this.#node = undefined;
      return this.update();
    }
    if (node && this.#node && this.#node.metadata.uid === node.metadata.uid && versionOf(node) < versionOf(this.#node)) return; // an answer to this agent came first
    this.#node = node ?? this.#node;
  }

  /** Registers the node; tries until the API takes it. */
  async register(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        this.#node = await this.#createOrAdopt();
        this.#plan();
        return;
      } catch (error) {
        this.#deps.log.warn('node not registered; trying again', { node: this.#deps.nodeName, error });
        await this.#deps.clock.sleep(retryMs, this.#abort.signal).catch(() => {}); // stopped: the loop ends
      }
    }
  }

  /** Something that the status shows may have changed. */
  update(): void {
    if (this.#abort.signal.aborted) return;
    this.#isDue = true;
    this.#working ??= this.#report().finally(() => (this.#working = undefined));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error('node agent stopped'));
    this.#timer?.[Symbol.dispose]();
    await this.#working;
  }

  #plan(): void {
    this.#timer?.[Symbol.dispose]();
    // Nothing of a simulated node changes by itself.
    if (this.#abort.signal.aborted || this.#deps.isSimulated) return;
    this.#timer = this.#deps.clock.after(checkEveryMs, () => {
      this.update();
      this.#plan();
    });
  }

  async #createOrAdopt(): Promise<Node> {
    const { client, nodeName, labels, taints, podCidr } = this.#deps;
    const status = this.#status({});
    const spec = { ...(podCidr ? { podCIDR: podCidr, podCIDRs: [podCidr] } : {}), ...(taints.length > 0 ? { taints: [...taints] } : {}) };
    try {
      const node = await client.create(nodes, { apiVersion: 'v1', kind: 'Node', metadata: { name: nodeName, labels: { ...labels } }, spec, status });
      if (!node.status?.conditions) return await this.#patchStatus(node); // a server that keeps status out of creation
      this.#reportedAtMs = this.#deps.clock.now();
      this.#tell(node, [], status);
      return node;
    } catch (error) {
      if (!isAlreadyExists(error)) throw error;
    }
    const existing = await client.get(nodes, { name: nodeName });
    const missing = Object.entries(labels).filter(([name, value]) => existing.metadata.labels?.[name] !== value);
    const node =
      missing.length === 0
        ? existing
        : await client.patch(nodes, { name: nodeName }, { type: 'merge', body: { metadata: { labels: Object.fromEntries(missing) } } });
    return this.#patchStatus(node, this.#deps.resetsExtendedResources?.());
  }

  async #report(): Promise<void> {
    while (this.#isDue && !this.#abort.signal.aborted) {
      this.#isDue = false;
      try {
        if (!this.#node) await this.register();
        else this.#node = await this.#patchStatus(this.#node);
      } catch (error) {
        if (isNotFound(error)) this.#node = undefined;
        const isWorthTelling = !(error instanceof ApiError) || error.reason !== 'Conflict';
        if (isWorthTelling) this.#deps.log.warn('node status not reported; trying again', { node: this.#deps.nodeName, error });
        this.#isDue = true;
        await this.#deps.clock.sleep(retryMs, this.#abort.signal).catch(() => {}); // stopped: the loop ends
      }
    }
  }

  #status(before: NodeStatus, isReset = false): NodeStatus {
    const old = before.conditions ?? [];
    const conditions = nodeConditions({ problems: this.#deps.problems(), pressure: this.#deps.pressure(), old, nowText: timeText(this.#deps.clock.now()) });
    const facts = this.#deps.facts();
    // As upstream, those of a node that is set up anew become 0.
    const kept = extendedResources(before.capacity, facts.capacity ?? {}, isReset ? '0' : undefined);
    return { ...facts, capacity: { ...kept, ...facts.capacity }, allocatable: { ...kept, ...facts.allocatable }, conditions };
  }

  async #patchStatus(node: Node, isReset = false): Promise<Node> {
    const old = node.status ?? {};
    const status = this.#status(old, isReset);
    const patch = changedFields(old, status);
    const isDue = this.#deps.clock.now() - this.#reportedAtMs >= reportEveryMs && !this.#deps.isSimulated;
    if (!patch && !isDue) return node;
    const body = { status: { ...patch, conditions: status.conditions } };
    const answer = await this.#deps.client.patch(nodes, { name: this.#deps.nodeName }, { type: 'strategic', body }, { subresource: 'status' });
    this.#reportedAtMs = this.#deps.clock.now();
    this.#tell(answer, old.conditions ?? [], status);
    return answer;
  }

  #tell(node: Node, before: NonNullable<NodeStatus['conditions']>, status: NodeStatus): void {
    if (this.#deps.isSimulated) return;
    for (const { reason, message } of conditionEvents(this.#deps.nodeName, before, status.conditions ?? []))
      this.#deps.events.record(node, 'Normal', reason, message);
  }
}

/** What others say the node has: a patch of `status.capacity` is how a cluster is told of a resource without a plugin. All of it can be given away. */
const extendedResources = (shown: ResourceList | undefined, own: ResourceList, amount: string | undefined): ResourceList =>
  Object.fromEntries(
    Object.entries(shown ?? {})
      .filter(([name]) => isExtendedResource(name) && own[name] === undefined)
      .map(([name, value]) => [name, amount ?? value]),
  );

const versionOf = (node: Node): number => Number(node.metadata.resourceVersion ?? 0) || 0;

/** What of a status is new, heartbeats aside; undefined when nothing is. */
function changedFields(old: NodeStatus, status: NodeStatus): Partial<NodeStatus> | undefined {
  const { conditions, ...facts } = status;
  const changed = Object.fromEntries(Object.entries(facts).filter(([field, value]) => !isDeepStrictEqual(old[field as keyof NodeStatus], value)));
  const withoutTime = (list: NodeStatus['conditions']): unknown => list?.map(({ lastHeartbeatTime: _heartbeat, ...condition }) => condition);
  const ownTypes = new Set(conditions?.map(({ type }) => type));
  const sameConditions = isDeepStrictEqual(withoutTime(old.conditions?.filter(({ type }) => ownTypes.has(type))), withoutTime(conditions));
  if (Object.keys(changed).length === 0 && sameConditions) return undefined;
  return withRemovedResources(old, changed);
}

/** Maps are merged by key: a resource that is gone must be nulled. */
function withRemovedResources(old: NodeStatus, changed: Partial<NodeStatus>): Partial<NodeStatus> {
  const nulled = (before: ResourceList | undefined, after: ResourceList | undefined): Record<string, unknown> | undefined =>
    after && {
      ...Object.fromEntries(
        Object.keys(before ?? {})
          .filter((name) => !(name in after))
          .map((name) => [name, null]),
      ),
      ...after,
    };
  const capacity = nulled(old.capacity, changed.capacity) as ResourceList | undefined;
  const allocatable = nulled(old.allocatable, changed.allocatable) as ResourceList | undefined;
  return { ...changed, ...(capacity ? { capacity } : {}), ...(allocatable ? { allocatable } : {}) };
}

const maximumImages = 50;
const maximumNames = 5;

/** The largest images of the node, for the scheduler. */
export function nodeImages(images: readonly { tags: readonly string[]; digests: readonly string[]; sizeBytes: number }[]): ContainerImage[] {
  return [...images]
    .sort((left, right) => right.sizeBytes - left.sizeBytes)
    .slice(0, maximumImages)
    .map(({ tags, digests, sizeBytes }) => ({ names: [...digests, ...tags].slice(0, maximumNames), sizeBytes }));
}
