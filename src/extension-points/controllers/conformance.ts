import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { FakeClient, type FakeCall } from '../../client/testing/fake-client.ts';
import { settle, until } from '../../client/testing/settle.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { ApiError } from '../../api/status.ts';
import type { Controller } from './contract.ts';

/** A controller under test and one piece of work for it. */
export interface ControllerSample {
  readonly controller: Controller;
  /** Creates what the controller has to act on. Called once per test, on an empty API. */
  arrange(client: Client): Promise<void>;
  /** Whether the controller has done its work. */
  isDone(client: FakeClient): boolean;
}

/** What every controller must do, whatever it does. Register it inside a test file: `controllerConformance('replica-set', () => ({ ... }))`. */
export function controllerConformance(name: string, create: () => ControllerSample): void {
  describe(`controller conformance: ${name}`, () => {
    it('acts on what was there before it started', async () => {
      await using world = createWorld(create());
      await world.sample.arrange(world.client);
      await world.start();
      await world.done();
    });

    it('acts on what comes after it started', async () => {
      await using world = createWorld(create());
      await world.start();
      await world.sample.arrange(world.client);
      await world.done();
    });

    it('writes nothing when it is started on a finished world', async () => {
      await using world = createWorld(create());
      await world.sample.arrange(world.client);
      await world.start();
      await world.done();
      await world.stop();
      world.client.writes.length = 0;
      await world.start();
      await settle(50);
      assert.deepEqual(withoutEvents(world.client.writes), []);
    });

    it('gets over writes that the API refuses once', async () => {
      const refused = new Set<string>();
      await using world = createWorld(create(), (call) => {
        const isWrite = world.isStarted && call.verb !== 'get' && call.verb !== 'list' && call.verb !== 'watch' && call.resource !== 'events';
        if (!isWrite || refused.has(call.resource + call.verb)) return;
        refused.add(call.resource + call.verb);
        throw new ApiError(500, 'InternalError', 'refused by the test');
      });
      await world.sample.arrange(world.client);
      await world.start();
      await world.done();
    });

    it('writes nothing after it was stopped', async () => {
      await using world = createWorld(create());
      await world.start();
      await world.stop();
      await world.sample.arrange(world.client);
      world.client.writes.length = 0;
      await settle(50);
      assert.deepEqual(world.client.writes, []);
    });
  });
}

const withoutEvents = (calls: readonly FakeCall[]): FakeCall[] => calls.filter(({ resource }) => resource !== 'events');

function createWorld(sample: ControllerSample, intercept: (call: FakeCall) => void = () => undefined) {
  const clock = new ManualClock();
  const client = new FakeClient({ clock, intercept });
  let stack: DisposalStack | undefined;
  return {
    sample, client,
    get isStarted(): boolean {
      return stack !== undefined;
    },
    async start(): Promise<void> {
      stack = new DisposalStack();
      const informers = stack.use(createInformers({ client, clock, log: silentLog }));
      const events = stack.use(createEventRecorder({ client, clock, log: silentLog, component: 'conformance' }));
      stack.use(await sample.controller.start({ client, informers, events, clock, log: silentLog }));
    },
    async stop(): Promise<void> {
      await stack?.[Symbol.asyncDispose]();
      stack = undefined;
    },
    /** Lets the clock run as well: retries and delays are part of a controller's work. */
    async done(): Promise<void> {
      for (let turn = 0; turn < 300 && !sample.isDone(client); turn++) {
        await settle(5);
        await clock.advance(1_000);
      }
      await until(() => sample.isDone(client), 'the work of the controller', 50);
      await settle(50);
    },
    async [Symbol.asyncDispose](): Promise<void> {
      await this.stop();
    },
  };
}
