import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { FakeClient } from '../../client/testing/fake-client.ts';
import { settle } from '../../client/testing/settle.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import type { Controller } from './contract.ts';
import { runControllers } from './run.ts';

function createHost(point: ExtensionPoint<Controller>) {
  const clock = new ManualClock();
  const client = new FakeClient({ clock });
  const informers = createInformers({ client, clock, log: silentLog });
  const events = createEventRecorder({ client, clock, log: silentLog, component: 'test' });
  return {
    clock,
    host: runControllers({ controllers: point, depsFor: () => ({ deps: { client, informers, events, clock, log: silentLog } }), clock, log: silentLog }),
  };
}

const recording = (name: string, story: string[]): { name: string; origin: string; implementation: Controller } => ({
  name,
  origin: 'test',
  implementation: { start: async () => (story.push(`start ${name}`), { [Symbol.asyncDispose]: async () => void story.push(`stop ${name}`) }) },
});

describe('runControllers', () => {
  it('starts all controllers and stops them in reverse order', async () => {
    const story: string[] = [];
    const point = new ExtensionPoint<Controller>('controllers');
    point.add(recording('one', story));
    point.add(recording('two', story));
    const { host } = createHost(point);
    await host.ready;
    await host[Symbol.asyncDispose]();
    assert.deepEqual(story, ['start one', 'start two', 'stop two', 'stop one']);
  });

  it('starts one that failed again after a while, without holding up the others', async () => {
    const story: string[] = [];
    let starts = 0;
    const point = new ExtensionPoint<Controller>('controllers');
    point.add({
      name: 'broken',
      origin: 'test',
      implementation: {
        async start() {
          if (++starts < 3) throw new Error('refused by the test');
          return { [Symbol.asyncDispose]: async () => undefined };
        },
      },
    });
    point.add(recording('good', story));
    const { host, clock } = createHost(point);
    await host.ready;
    assert.deepEqual([starts, story], [1, ['start good']]);
    await clock.advance(1_000);
    await settle();
    assert.equal(starts, 2);
    await clock.advance(2_000);
    await settle();
    assert.equal(starts, 3);
    await host[Symbol.asyncDispose]();
  });

  it('follows the point when it is refreshed', async () => {
    const story: string[] = [];
    const point = new ExtensionPoint<Controller>('controllers');
    const one = point.add(recording('one', story));
    const { host } = createHost(point);
    await host.ready;
    one[Symbol.dispose]();
    point.add(recording('two', story));
    await host.refresh();
    assert.deepEqual(story, ['start one', 'stop one', 'start two']);
    await host[Symbol.asyncDispose]();
  });
});
