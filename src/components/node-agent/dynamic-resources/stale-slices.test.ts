import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceslices } from '../../../api/generated/resource-types.ts';
import { FakeClient } from '../../../client/testing/fake-client.ts';
import { silentLog } from '../../../kernel/log.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { StaleSlices } from './stale-slices.ts';

class Stage implements AsyncDisposable {
  readonly clock = new ManualClock();
  refusals = 0;
  readonly client = new FakeClient({
    clock: this.clock,
    intercept: ({ verb }) => {
      if (verb === 'deletecollection' && this.refusals-- > 0) throw new Error('not now');
    },
  });
  readonly slices = new StaleSlices({ client: this.client, nodeName: 'node-1', clock: this.clock, log: silentLog });

  async publish(driver: string, nodeName = 'node-1'): Promise<void> {
    const pool = { name: nodeName, generation: 1, resourceSliceCount: 1 };
    await this.client.create(resourceslices, { metadata: { name: `${driver}-${nodeName}` }, spec: { driver, nodeName, pool } });
  }
  async names(): Promise<string> {
    return (await this.client.list(resourceslices)).items.map(({ metadata }) => metadata.name).join();
  }
  /** Time in small steps, so that what is tried again is waited for when it is. */
  async pass(milliseconds: number): Promise<void> {
    for (let passed = 0; passed < milliseconds; passed += 100) await this.clock.advance(100);
  }
  [Symbol.asyncDispose](): Promise<void> {
    return this.slices[Symbol.asyncDispose]();
  }
}

describe('slices of drivers that are gone', () => {
  it('are deleted after 30 seconds, those of other drivers and nodes stay', async () => {
    await using stage = new Stage();
    await stage.publish('a');
    await stage.publish('a', 'node-2');
    await stage.publish('b');
    stage.slices.setUsable('a', false);
    await stage.clock.advance(29_999);
    stage.slices.setUsable('a', false); // the time goes on from when it left
    assert.equal(await stage.names(), 'a-node-1,a-node-2,b-node-1');
    await stage.clock.advance(1);
    assert.equal(await stage.names(), 'a-node-2,b-node-1');
  });

  it('stay when the driver is back in time, and go when it leaves again', async () => {
    await using stage = new Stage();
    await stage.publish('a');
    stage.slices.setUsable('a', false);
    await stage.clock.advance(20_000);
    stage.slices.setUsable('a', true);
    await stage.clock.advance(60_000);
    assert.equal(await stage.names(), 'a-node-1');
    stage.slices.setUsable('a', false);
    await stage.clock.advance(30_000);
    assert.equal(await stage.names(), '');
  });

  it('are all deleted when the agent starts, whatever that takes', async () => {
    await using stage = new Stage();
    await stage.publish('a');
    await stage.publish('b', 'node-2');
    stage.refusals = 3;
    stage.slices.wipeAll();
    await stage.pass(6_500);
    assert.equal(await stage.names(), 'a-node-1,b-node-2');
    await stage.pass(1_000);
    assert.equal(await stage.names(), 'b-node-2');
  });

  it('are left alone once the driver is back, also while the API refuses', async () => {
    await using stage = new Stage();
    await stage.publish('a');
    stage.refusals = 1;
    stage.slices.setUsable('a', false);
    await stage.clock.advance(30_000);
    stage.slices.setUsable('a', true);
    await stage.clock.advance(300_000);
    assert.equal(await stage.names(), 'a-node-1');
  });
});
