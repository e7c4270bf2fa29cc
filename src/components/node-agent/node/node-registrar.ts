import { isDeepStrictEqual } from 'node:util';
import type { ContainerImage, Node, NodeCondition, NodeStatus, ResourceList, Taint } from '../../../api/generated/core-v1.ts';
import { nodes } from '../../../api/generated/resource-types.ts';
import { ApiError, isAlreadyExists, isNotFound } from '../../../api/status.ts';
import type { Client } from '../../../client/client.ts';
import type { EventRecorder } from '../../../client/events.ts';
import { type Clock, timeText } from '../../../kernel/clock.ts';
import type { Log } from '../../../kernel/log.ts';
import { keptResources, type NodeResources, sameAmounts, sameResources } from './kept-resources.ts';
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
  /** Whether the node plays dead: then nothing is set right that others say of it. Default: never. */
  readonly isSilent?: (node: Node) => boolean;
}

const checkEveryMs = 10_000;
const reportEveryMs = 300_000;
const retryMs = 1_000;

/**
 * Keeps the Node object: registers it, and reports its status when something changed, when the API shows other conditions than this agent would report, else every 5 minutes.
 * The second is how a node comes back that was marked unknown while its agent could not be heard (upstream: `nodeStatusUpdateFrequency`, 10 s).
 */
export class NodeRegistrar implements AsyncDisposable {
  readonly #deps: NodeRegistrarDeps;
  readonly #abort = new AbortController();
  #node: Node | undefined;
  /** What of the node was last said to be there. */
  #resources: NodeResources | undefined;
  #reportedAtMs = 0;
  #repairedAtMs = -Infinity;
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
    if (!node) return;
    this.#node = node;
    this.#repair();
  }

  /** Registers the node; tries until the API takes it. */
  async register(): Promise<void> {
    while (!this.#abort.signal.aborted) {
      try {
        this.#take(await this.#createOrAdopt());
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
    this.#working ??= this.#report().finally(() => {
      this.#working = undefined;
      if (this.#isDue) this.update(); // it came after the last look, while the promise settled
    });
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

  /** An answer never takes the place of what was seen later than it. */
  #take(answer: Node): void {
    if (!this.#node || versionOf(answer) >= versionOf(this.#node)) this.#node = answer;
  }

  /** Sets right at once what others wrote over the conditions, and takes up what they say the node has; whoever does it again is answered as often as upstream's agent looks. */
  #repair(): void {
    const { clock, isSilent } = this.#deps;
    if (!this.#node || this.#abort.signal.aborted || isSilent?.(this.#node) || !this.#isContradicted(this.#node)) return;
    const waitMs = this.#repairedAtMs + checkEveryMs - clock.now();
    this.#timer?.[Symbol.dispose]();
    if (waitMs > 0) {
      this.#timer = clock.after(waitMs, () => (this.#repair(), this.#plan()));
      return;
    }
    this.#repairedAtMs = clock.now();
    this.update();
    this.#plan();
  }

  #isContradicted({ status }: Node): boolean {
    const shown = new Map(status?.conditions?.map((condition) => [condition.type, condition.status]));
    if (this.#conditions([]).some((condition) => shown.get(condition.type) !== condition.status)) return true;
    return this.#resources !== undefined && !sameResources(status ?? {}, this.#resources);
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
    return this.#patchStatus(node, { isRegistration: true });
  }

  async #report(): Promise<void> {
    while (this.#isDue && !this.#abort.signal.aborted) {
      this.#isDue = false;
      try {
        if (!this.#node) await this.register();
        else await this.#reportOf(this.#node);
      } catch (error) {
        if (isNotFound(error)) this.#node = undefined;
        const isWorthTelling = !(error instanceof ApiError) || error.reason !== 'Conflict';
        if (isWorthTelling) this.#deps.log.warn('node status not reported; trying again', { node: this.#deps.nodeName, error });
        this.#isDue = true;
        await this.#deps.clock.sleep(retryMs, this.#abort.signal).catch(() => {}); // stopped: the loop ends
      }
    }
  }

  async #reportOf(node: Node): Promise<void> {
    const answer = await this.#patchStatus(node);
    if (this.#node) this.#take(answer); // else it was deleted meanwhile
  }

  #conditions(old: readonly NodeCondition[]): NodeCondition[] {
    return nodeConditions({ problems: this.#deps.problems(), pressure: this.#deps.pressure(), old, nowText: timeText(this.#deps.clock.now()) });
  }

  #status(before: NodeStatus, { isRegistration = false } = {}): NodeStatus {
    const conditions = this.#conditions(before.conditions ?? []);
    const facts = this.#deps.facts();
    const isReset = isRegistration && (this.#deps.resetsExtendedResources?.() ?? false);
    this.#resources = keptResources(before, facts, { isRegistration, isReset });
    return { ...facts, ...this.#resources, conditions };
  }

  async #patchStatus(node: Node, options: { isRegistration?: boolean } = {}): Promise<Node> {
    const old = node.status ?? {};
    const status = this.#status(old, options);
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

const versionOf = (node: Node): number => Number(node.metadata.resourceVersion ?? 0) || 0;

/** What of a status is new, heartbeats aside; undefined when nothing is. */
function changedFields(old: NodeStatus, status: NodeStatus): Partial<NodeStatus> | undefined {
  const { conditions, ...facts } = status;
  const isSame = (field: string, value: unknown): boolean =>
    field === 'capacity' || field === 'allocatable' ? sameAmounts(old[field], facts[field]) : isDeepStrictEqual(old[field as keyof NodeStatus], value);
  const changed = Object.fromEntries(Object.entries(facts).filter(([field, value]) => !isSame(field, value)));
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
