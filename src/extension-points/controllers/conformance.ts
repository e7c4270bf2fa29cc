import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ApiError } from '../../api/status.ts';
import type { Client } from '../../client/client.ts';
import type { FakeCall, FakeClient } from '../../client/testing/fake-client.ts';
import { settle } from '../../client/testing/settle.ts';
import type { Controller } from './contract.ts';
import { ControllerWorld } from './testing/controller-world.ts';

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
      const sample = create();
      await using world = new ControllerWorld();
      await sample.arrange(world.client);
      await world.start(sample.controller);
      await finish(world, sample);
    });

    it('acts on what comes after it started', async () => {
      const sample = create();
      await using world = new ControllerWorld();
      await world.start(sample.controller);
      await sample.arrange(world.client);
      await finish(world, sample);
    });

    it('writes nothing when it is started on a finished world', async () => {
      const sample = create();
      await using world = new ControllerWorld();
      await sample.arrange(world.client);
      await world.start(sample.controller);
      await finish(world, sample);
      await world.stop();
      world.client.writes.length = 0;
      await world.start(sample.controller);
      await settle(50);
      assert.deepEqual(withoutEvents(world.client.writes), []);
    });

    it('gets over writes that the API refuses once', async () => {
      const sample = create();
      const refused = new Set<string>();
      let isStarted = false;
      await using world = new ControllerWorld({
        intercept: (call) => {
          const isRead = call.verb === 'get' || call.verb === 'list' || call.verb === 'watch' || call.resource === 'events';
          if (!isStarted || isRead || refused.has(call.resource + call.verb)) return;
          refused.add(call.resource + call.verb);
          throw new ApiError(500, 'InternalError', 'refused by the test');
        },
      });
      await sample.arrange(world.client);
      isStarted = true;
      await world.start(sample.controller);
      await finish(world, sample);
    });

    it('writes nothing after it was stopped', async () => {
      const sample = create();
      await using world = new ControllerWorld();
      await world.start(sample.controller);
      await world.stop();
      await sample.arrange(world.client);
      world.client.writes.length = 0;
      await settle(50);
      assert.deepEqual(world.client.writes, []);
    });
  });
}

const withoutEvents = (calls: readonly FakeCall[]): FakeCall[] => calls.filter(({ resource }) => resource !== 'events');

/** Lets the clock run as well: retries and delays are part of a controller's work. */
async function finish(world: ControllerWorld, sample: ControllerSample): Promise<void> {
  await world.until(() => sample.isDone(world.client), 'the work of the controller');
  await settle(50);
}
