import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { until } from '../devices/testing/device-stage.ts';
import { ClaimStage, claimingPod } from './testing/claim-stage.ts';
import type { FakeDriver } from './testing/fake-driver.ts';

/** Numbers that are the same for the same seed. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const driverNames = ['gpu.example.com', 'nic.example.com'];
const podNames = Array.from({ length: 12 }, (_, index) => `pod-${index}`);

/** Drivers that fail as it comes, pods that come and go and share claims, an agent that is stopped and started. */
class World implements AsyncDisposable {
  readonly stage: ClaimStage;
  readonly next: (below: number) => number;
  /** Claims that each driver holds, as the driver knows it. */
  readonly held = new Map(driverNames.map((name) => [name, new Set<string>()]));
  /** Pods that were prepared for and have not ended. */
  readonly running = new Map<string, readonly string[]>();
  readonly drivers = new Map<string, FakeDriver>();
  /** What must not be, told here since drivers' errors are taken for faults. */
  readonly violations: string[] = [];
  faultPercent = 25;

  private constructor(stage: ClaimStage, seed: number) {
    this.stage = stage;
    this.next = random(seed);
  }

  static async open(seed: number): Promise<World> {
    const world = new World(await ClaimStage.open(), seed);
    for (const name of driverNames) world.drivers.set(name, await world.#driver(name));
    for (let index = 0; index < 8; index++) await world.stage.claim(`claim-${index}`, podNames, driverNames.slice(0, 1 + (index % 2)));
    await world.#register();
    return world;
  }

  async #driver(name: string): Promise<FakeDriver> {
    const driver = await this.stage.driver(name);
    const held = this.held.get(name)!;
    const fails = (): boolean => this.next(100) < this.faultPercent;
    driver.onPrepare = async (claims) => {
      const recorded = new Set((await this.stage.recorded()).map((record) => record.name));
      for (const claim of claims) if (!recorded.has(claim.name)) this.violations.push(`${claim.name} is not on disk while its driver is asked`);
      if (fails()) throw new Error('not now');
      for (const claim of claims) held.add(claim.name); // also what it then fails to tell
      return fails() ? Object.fromEntries(claims.map(({ uid }) => [uid, { error: 'the fan is stuck' }])) : undefined;
    };
    driver.onUnprepare = async (claims) => {
      for (const claim of claims)
        for (const [pod, names] of this.running) if (names.includes(claim.name)) this.violations.push(`${claim.name} is undone while ${pod} uses it`);
      if (fails()) throw new Error('not now');
      for (const claim of claims) held.delete(claim.name);
      return undefined;
    };
    return driver;
  }

  async #register(): Promise<void> {
    for (const [name, driver] of this.drivers) await this.stage.register(driver, name);
  }

  async restart(): Promise<void> {
    await this.stage.stop();
    await this.stage.start();
    await this.#register();
    this.stage.resources.sourcesReady();
  }

  async live(name: string): Promise<void> {
    const claims = [...new Set([this.next(8), this.next(8)].map((index) => `claim-${index}`))];
    const pod = claimingPod(name, ...claims);
    for (let tries = 0; tries < 3; tries++) {
      try {
        await this.stage.prepare(pod);
      } catch (error) {
        assert.match((error as Error).message, /NodePrepareResources/);
        continue;
      }
      this.running.set(name, claims);
      await this.check(pod, claims);
      break;
    }
    await new Promise((resolve) => setTimeout(resolve, this.next(20)));
    this.running.delete(name);
    await until(() => this.stage.end(pod));
  }

  async check(pod: Pod, claims: readonly string[]): Promise<void> {
    assert.deepEqual([...new Set(await this.stage.cdiOf(pod))].sort(), claims.map((claim) => `gpu.example.com/gpu=${claim}`).sort());
    for (const claim of claims) assert.ok(this.held.get('gpu.example.com')!.has(claim), `${claim} is used and not prepared`);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stage[Symbol.asyncDispose]();
  }
}

describe('however pods, faults and restarts come', () => {
  for (const seed of [1, 2, 3])
    it(`what drivers hold is on disk, nothing in use is undone, and in the end nothing is left (seed ${seed})`, async () => {
      await using world = await World.open(seed);
      for (let round = 0; round < 3; round++) {
        await Promise.all(podNames.map((name) => world.live(name)));
        await world.restart();
      }
      assert.deepEqual(world.violations, []);
      world.faultPercent = 0;
      await world.restart();
      await until(async () => assert.equal(await world.stage.recordedText(), ''));
      assert.deepEqual(
        [...world.held.values()].map(({ size }) => size),
        [0, 0],
      );
    });
});
