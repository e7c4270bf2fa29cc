import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Job, JobSpec } from '../../../api/generated/batch-v1.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { jobs, pods } from '../../../api/generated/resource-types.ts';
import { type KubernetesObject, keyOf, type UntypedObject } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { ApiError } from '../../../api/status.ts';
import type { WatchEvent, WatchOptions } from '../../../client/client.ts';
import { settle } from '../../../client/testing/settle.ts';
import { isPodActive, isPodFinished } from '../../../extension-points/controllers/pod-state.ts';
import { ControllerWorld } from '../../../extension-points/controllers/testing/controller-world.ts';
import { timeText } from '../../../kernel/clock.ts';
import { completionIndexOf } from './completion-index.ts';
import { jobController } from './job.ts';

const key = { namespace: 'a', name: 'sums' };
const labels = { app: 'sums' };
const steps = 400;

/** Plays everything around a job at random: pods that end, clients that write, an API that refuses, a controller that dies at any write. */
class Play {
  readonly world: ControllerWorld;
  readonly #spec: JobSpec;
  #seed: number;
  #isFaulty = true;
  #isDead = false;
  /** Uids of pods that ended while they were held, by how. */
  readonly succeeded = new Set<string>();
  readonly failed = new Set<string>();
  /** How many of the failed ones were deleted instead of ending. */
  #deleted = 0;

  constructor(seed: number, spec: JobSpec) {
    this.#seed = seed;
    this.#spec = spec;
    this.world = new ControllerWorld({
      intercept: ({ verb, resource }) => {
        if (resource === 'events' || verb === 'get' || verb === 'list' || verb === 'watch') return;
        if (this.#isDead) throw new ApiError(503, 'ServiceUnavailable', 'the controller is dead'); // whatever it was about to write
        if (!this.#isFaulty) return;
        if (this.random(12) === 0) throw new ApiError(500, 'InternalError', 'refused by the test');
        if (this.random(15) === 0) this.#isDead = true; // this write arrives, no other does
      },
    });
    this.#delayViews();
  }

  /** Views of jobs and of pods fall behind what was written, each by its own time. */
  #delayViews(): void {
    const { client } = this.world;
    const watch = client.watch.bind(client);
    const late = (turns: number): Promise<void> => settle(this.#isFaulty ? this.random(turns) : 0);
    client.watch = async function* <T extends KubernetesObject>(type: ResourceType<T>, options: WatchOptions): AsyncIterable<WatchEvent<T>> {
      for await (const event of watch(type, options)) {
        await late(12);
        yield event;
      }
    };
  }

  random(below: number): number {
    this.#seed = (this.#seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor(this.#seed / 65_536) % below;
  }

  get job(): Job {
    return this.world.find(jobs, key) ?? assert.fail('the job is gone');
  }

  get active(): Pod[] {
    return this.world.list(pods).filter(isPodActive);
  }

  isOver = (): boolean => this.job.status?.conditions?.some(({ type }) => type === 'Complete' || type === 'Failed') === true;

  async run(): Promise<void> {
    this.world.client.store.put(jobs, { ...this.#draft(), apiVersion: 'batch/v1', kind: 'Job' } as unknown as UntypedObject);
    await this.world.start(jobController());
    for (let step = 0; step < steps && !this.isOver(); step++) {
      if (this.#isDead) await this.#restart();
      this.#step();
      await settle(this.random(6));
      this.#check();
    }
    this.#isFaulty = false;
    for (let round = 0; round < 200 && !this.isOver(); round++) {
      await this.#restart();
      for (const pod of this.active) this.#end(pod, true);
      await this.world.clock.advance(700_000);
      await settle(30);
      this.#check();
    }
    assert.ok(this.isOver(), 'the job never ended');
    await this.world.clock.advance(5_000);
    await settle(30);
    this.#checkEnd();
  }

  #draft(): Job {
    return { metadata: { ...key, uid: 'job', creationTimestamp: timeText(this.world.clock.now()), generation: 1 }, spec: this.#spec };
  }

  async #restart(): Promise<void> {
    await this.world.stop();
    this.#isDead = false;
    await this.world.start(jobController());
  }

  #step(): void {
    const pod = this.active[this.random(Math.max(1, this.active.length))];
    const choice = this.random(10);
    if (choice < 4 && pod) this.#end(pod, this.random(3) > 0);
    else if (choice === 4) this.#touch();
    else if (choice === 5) this.#isDead = true;
    else if (choice === 6 && pod && this.#spec.podReplacementPolicy !== 'Failed') this.#delete(pod);
    else void this.world.clock.advance(this.random(30_000));
  }

  #end(pod: Pod, isSuccess: boolean): void {
    const terminated = { exitCode: isSuccess ? 0 : 1, finishedAt: timeText(this.world.clock.now()) };
    const status = { phase: isSuccess ? 'Succeeded' : 'Failed', containerStatuses: [{ name: 'c', state: { terminated } }] };
    this.world.client.store.put(pods, { ...pod, spec: { ...pod.spec, nodeName: 'n' }, status } as unknown as UntypedObject);
    (isSuccess ? this.succeeded : this.failed).add(pod.metadata.uid!);
  }

  /** Somebody deletes the pod: it goes as soon as it is let go. */
  #delete(pod: Pod): void {
    const metadata = { ...pod.metadata, deletionTimestamp: timeText(this.world.clock.now()), deletionGracePeriodSeconds: 0 };
    this.world.client.store.put(pods, { ...pod, metadata } as unknown as UntypedObject);
    this.failed.add(pod.metadata.uid!);
    this.#deleted++;
  }

  /** Somebody writes the job: the controller's next status may be refused with a conflict. */
  #touch(): void {
    const { metadata } = this.job;
    const annotations = { touched: String(this.random(1_000)) };
    this.world.client.store.put(jobs, { ...this.job, metadata: { ...metadata, annotations } } as unknown as UntypedObject);
  }

  #check(): void {
    const { parallelism = 1 } = this.#spec;
    assert.ok(this.active.length <= parallelism, `${this.active.length} pods are active`);
    const { succeeded = 0, failed = 0 } = this.job.status ?? {};
    assert.ok(succeeded <= this.succeeded.size && failed <= this.failed.size, 'pods were counted twice');
  }

  #checkEnd(): void {
    const { status = {} } = this.job;
    const ended = this.world.list(pods).filter(isPodFinished);
    assert.equal(this.world.list(pods).length, ended.length, 'a deleted pod was not let go');
    assert.equal(ended.length, this.succeeded.size + this.failed.size - this.#deleted);
    assert.deepEqual(status.uncountedTerminatedPods, {});
    assert.deepEqual([status.failed ?? 0, this.active.length], [this.failed.size, 0]);
    const indexes = new Set(ended.filter((pod) => pod.status?.phase === 'Succeeded').map(completionIndexOf));
    assert.equal(status.succeeded ?? 0, this.#spec.completionMode === 'Indexed' ? indexes.size : this.succeeded.size);
    for (const pod of ended) assert.deepEqual(pod.metadata.finalizers ?? [], [], `${keyOf(pod).name} was not let go`);
  }
}

const specOf = (more: Partial<JobSpec>): JobSpec => ({
  backoffLimit: 1_000,
  selector: { matchLabels: labels },
  template: { metadata: { labels }, spec: { restartPolicy: 'Never', containers: [{ name: 'c', image: 'i' }] } },
  ...more,
});

describe('a job whose controller dies at any write', () => {
  for (const [what, spec] of [
    ['of many pods', { parallelism: 3, completions: 8 }],
    ['with indexes', { parallelism: 3, completions: 8, completionMode: 'Indexed' }],
    ['with a limit per index', { parallelism: 4, completions: 6, completionMode: 'Indexed', backoffLimitPerIndex: 50 }],
    ['that replaces only failed pods', { parallelism: 3, completions: 6, podReplacementPolicy: 'Failed' }],
  ] as const) {
    it(`counts every pod once and never runs too many: ${what}`, async () => {
      for (let seed = 1; seed <= 12; seed++) {
        const play = new Play(seed, specOf(spec));
        await using _ = play.world;
        await play.run().catch((error: unknown) => {
          throw new Error(`seed ${seed}`, { cause: error });
        });
      }
    });
  }
});
