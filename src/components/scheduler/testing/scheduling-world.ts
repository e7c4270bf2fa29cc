import type { Node, Pod, PodSpec } from '../../../api/generated/core-v1.ts';
import { nodes, pods } from '../../../api/generated/resource-types.ts';
import type { EventRecorder } from '../../../client/events.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { FakeClient, type FakeClientOptions } from '../../../client/testing/fake-client.ts';
import { settle } from '../../../client/testing/settle.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success } from '../../../extension-points/scheduling/contract.ts';
import { AttachableHandle } from '../../../extension-points/scheduling/handle.ts';
import { SchedulingFramework } from '../../../extension-points/scheduling/run.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { ExtensionPoint } from '../../../kernel/extension-point.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { SchedulingGeneration } from '../generation.ts';
import type { RunningScheduler } from '../scheduler.ts';
import { startScheduler } from '../scheduler.ts';

export interface PodParts extends Partial<PodSpec> {
  readonly namespace?: string;
  readonly labels?: Record<string, string>;
  readonly requests?: Record<string, string>;
}

/** An API in memory with a clock that stands still, nodes without kubelets, and a scheduler with the plugins of a test. The first choice among equals is taken. */
export class SchedulingWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: FakeClient;
  /** `<pod> <reason>: <message>` of every event. */
  readonly said: string[] = [];
  readonly handle: AttachableHandle;
  readonly #stack = new DisposalStack();
  #scheduler: RunningScheduler | undefined;
  #generations = 0;
  readonly #events: EventRecorder = {
    record: (object, _type, reason, message) => void this.said.push(`${object.metadata.name} ${reason}: ${message}`),
    as: () => this.#events,
    flush: async () => undefined,
  };

  constructor(options: Pick<FakeClientOptions, 'intercept'> = {}) {
    this.client = new FakeClient({ clock: this.clock, ...options });
    const { client, clock } = this;
    const informers = this.#stack.use(createInformers({ client, clock, log: silentLog }));
    this.handle = new AttachableHandle({ client, informers, events: this.#events, clock });
  }

  /** In the order given; a binder comes last. */
  async start(plugins: Readonly<Record<string, SchedulingPlugin>>): Promise<void> {
    const { client, clock, handle } = this;
    const generation = this.#generation(plugins, handle);
    const deps = { client, informers: handle.informers, events: this.#events, clock, log: silentLog, random: () => 0 };
    this.#scheduler = this.#stack.use(await startScheduler({ ...deps, generation }));
  }

  /** Loads plugins anew while the scheduler runs. */
  async replace(create: (handle: AttachableHandle) => Readonly<Record<string, SchedulingPlugin>>): Promise<void> {
    const { client, clock } = this;
    const handle = new AttachableHandle({ client, informers: this.handle.informers, events: this.#events, clock });
    await this.#scheduler!.replace(this.#generation(create(handle), handle));
  }

  async addNode(name: string, allocatable: Record<string, string> = { cpu: '4', memory: '8Gi', pods: '110' }): Promise<void> {
    await this.client.create<Node>(nodes, { metadata: { name }, spec: {} });
    await this.client.patch<Node>(nodes, { name }, { type: 'merge', body: { status: { allocatable } } }, { subresource: 'status' });
  }

  addPod(name: string, { namespace = 'default', labels, requests, ...spec }: PodParts = {}): Promise<Pod> {
    return this.client.create<Pod>(pods, {
      metadata: { name, namespace, ...(labels ? { labels } : {}) },
      spec: { containers: [{ name: 'main', image: 'app', ...(requests ? { resources: { requests } } : {}) }], ...spec },
    });
  }

  /** What a kubelet would do: pods that are on their way out are gone. Answers how many. */
  async endDeletedPods(): Promise<number> {
    const leaving = (this.client.store.list(pods) as unknown as Pod[]).filter(({ metadata }) => metadata.deletionTimestamp);
    for (const { metadata } of leaving)
      await this.client.delete<Pod>(pods, { namespace: metadata.namespace!, name: metadata.name! }, { gracePeriodSeconds: 0 });
    return leaving.length;
  }

  /** The pods that have a node, as `name@node`, by name. */
  bound(): string[] {
    const all = this.client.store.list(pods) as unknown as Pod[];
    return all.flatMap(({ metadata, spec }) => (spec?.nodeName ? [`${metadata.name}@${spec.nodeName}`] : [])).sort();
  }

  /** Lets so much time pass, second by second, with everything settling in between. */
  async pass(seconds: number): Promise<void> {
    await settle();
    for (let second = 0; second < seconds; second++) {
      await this.clock.advance(1_000);
      await settle();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#stack[Symbol.asyncDispose]();
  }

  #generation(plugins: Readonly<Record<string, SchedulingPlugin>>, handle: AttachableHandle): SchedulingGeneration {
    const point = new ExtensionPoint<SchedulingPlugin>('scheduling');
    for (const [name, implementation] of Object.entries({ ...plugins, binder: this.#binder })) point.add({ name, origin: 'test', implementation });
    const framework = new SchedulingFramework(point, { clock: this.clock });
    return {
      number: ++this.#generations,
      profiles: [{ schedulerName: 'default-scheduler', framework, handle }],
      [Symbol.dispose]: () => Object.values(plugins).forEach((plugin) => plugin[Symbol.dispose]?.()),
    };
  }

  readonly #binder: SchedulingPlugin = {
    bind: async (_state, pod, nodeName) => {
      const current = await this.client.get(pods, pod.metadata as { namespace: string; name: string });
      await this.client.replace(pods, { ...current, spec: { ...current.spec!, nodeName } });
      return success;
    },
  };
}
