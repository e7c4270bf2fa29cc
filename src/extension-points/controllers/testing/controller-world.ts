import type { Event } from '../../../api/generated/core-v1.ts';
import { events as eventType } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject, ObjectKey } from '../../../api/object.ts';
import type { ResourceType } from '../../../api/resource-type.ts';
import { createEventRecorder } from '../../../client/event-recorder.ts';
import type { Informers } from '../../../client/informer.ts';
import { createInformers } from '../../../client/shared-informers.ts';
import { FakeClient, type FakeClientOptions } from '../../../client/testing/fake-client.ts';
import { settle } from '../../../client/testing/settle.ts';
import { DisposalStack } from '../../../kernel/disposal.ts';
import { type Log, silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import type { Controller, ControllerDeps } from '../contract.ts';

const stepMs = 1_000;

/** An API in memory with a clock that stands still, and the controllers a test starts on it. */
export class ControllerWorld implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly client: FakeClient;
  readonly #log: Log;
  #stack = new DisposalStack();
  #deps: ControllerDeps | undefined;

  constructor(options: Pick<FakeClientOptions, 'intercept'> & { log?: Log } = {}) {
    this.client = new FakeClient({ clock: this.clock, ...(options.intercept ? { intercept: options.intercept } : {}) });
    this.#log = options.log ?? silentLog;
  }

  async start(...controllers: readonly Controller[]): Promise<void> {
    this.#deps ??= this.#createDeps();
    for (const controller of controllers) this.#stack.use(await controller.start(this.#deps));
  }

  get informers(): Informers {
    return (this.#deps ??= this.#createDeps()).informers;
  }

  /** Stops all controllers and informers; the API stays. */
  async stop(): Promise<void> {
    const stack = this.#stack;
    this.#stack = new DisposalStack();
    this.#deps = undefined;
    await stack[Symbol.asyncDispose]();
  }

  find<T extends KubernetesObject>(type: ResourceType<T>, key: ObjectKey): T | undefined {
    return this.client.store.get(type, key) as unknown as T | undefined;
  }

  list<T extends KubernetesObject>(type: ResourceType<T>): T[] {
    return this.client.store.list(type) as unknown as T[];
  }

  /** `Reason: message` of every event, oldest first. */
  events(): string[] {
    return this.list<Event>(eventType)
      .sort((left, right) => ((left.metadata.name ?? '') < (right.metadata.name ?? '') ? -1 : 1))
      .map(({ reason, message }) => `${reason}: ${message}`);
  }

  /** Waits for a condition; while nothing happens of itself the clock moves on, a second at a time, at most `limitMs`. */
  async until(condition: () => boolean, what: string, limitMs = 300_000): Promise<void> {
    const endMs = this.clock.now() + limitMs;
    for (;;) {
      for (let turn = 0; turn < 20; turn++) {
        if (condition()) return;
        await settle(2);
      }
      if (this.clock.now() >= endMs) throw new Error(`${what} did not come about within ${limitMs / 1000} s of the test's clock`);
      await this.clock.advance(stepMs);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #createDeps(): ControllerDeps {
    const { client, clock } = this;
    const log = this.#log;
    const informers = this.#stack.use(createInformers({ client, clock, log }));
    const events = this.#stack.use(createEventRecorder({ client, clock, log, component: 'test' }));
    return { client, informers, events, clock, log };
  }
}
