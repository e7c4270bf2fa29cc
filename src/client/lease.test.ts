import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Lease } from '../api/generated/coordination-v1.ts';
import { leases } from '../api/generated/resource-types.ts';
import { ApiError } from '../api/status.ts';
import { silentLog } from '../kernel/log.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { renewLease, whileLeading } from './lease.ts';
import { FakeClient } from './testing/fake-client.ts';
import { settle } from './testing/settle.ts';

const lease = { namespace: 'kube-system', name: 'controllers' };

function createWorld() {
  const clock = new ManualClock();
  const broken = new Set<string>();
  const client = new FakeClient({
    clock,
    intercept: () => {
      if (broken.has('all')) throw new ApiError(503, 'ServiceUnavailable', 'gone');
    },
  });
  const story: string[] = [];
  const join = (identity: string): { stop: () => void; ended: Promise<void> } => {
    const abort = new AbortController();
    const ended = whileLeading({ client, clock, log: silentLog, lease, identity, signal: abort.signal }, async (signal) => {
      story.push(`${identity} leads`);
      await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
      story.push(`${identity} stops`);
    });
    return { stop: () => abort.abort(), ended };
  };
  const pass = async (seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second++) {
      await clock.advance(1_000);
      await settle(3);
    }
  };
  return { clock, client, broken, story, join, pass, current: () => client.store.get(leases, lease) as unknown as Lease };
}

describe('whileLeading', () => {
  it('has one leader, and the next one after it stopped', async () => {
    const { story, join, pass, current } = createWorld();
    const one = join('one');
    await settle();
    const two = join('two');
    await pass(60);
    assert.deepEqual(story, ['one leads']);
    assert.deepEqual([current().spec.holderIdentity, current().spec.leaseDurationSeconds, current().spec.leaseTransitions], ['one', 15, 0]);
    one.stop();
    await one.ended;
    await pass(10);
    assert.deepEqual(story, ['one leads', 'one stops', 'two leads']);
    assert.deepEqual([current().spec.holderIdentity, current().spec.leaseTransitions], ['two', 1]);
    two.stop();
    await two.ended;
    assert.equal(current().spec.holderIdentity, '');
  });

  it('stops leading when it cannot renew for 10 seconds', async () => {
    const { story, join, pass, broken } = createWorld();
    const one = join('one');
    await pass(5);
    broken.add('all');
    await pass(8);
    assert.deepEqual(story, ['one leads']);
    await pass(6);
    assert.deepEqual(story, ['one leads', 'one stops']);
    await one.ended;
  });

  it('takes over a lease that has not changed for its duration, whatever times are written in it', async () => {
    const { client, story, join, pass } = createWorld();
    await client.create(leases, {
      metadata: { ...lease },
      spec: { holderIdentity: 'dead', leaseDurationSeconds: 15, renewTime: '2099-01-01T00:00:00.000000Z' },
    });
    const one = join('one');
    await pass(13);
    assert.deepEqual(story, []);
    await pass(10);
    assert.deepEqual(story, ['one leads']);
    one.stop();
    await one.ended;
  });
});

it('renewLease keeps a heartbeat every quarter of the duration, with its owner', async () => {
  const { client, clock } = createWorld();
  const node = { namespace: 'kube-node-lease', name: 'n1' };
  const owner = { apiVersion: 'v1', kind: 'Node', name: 'n1', uid: 'u1' };
  const renewal = renewLease({ client, clock, log: silentLog, lease: node, identity: 'n1', owner: () => owner });
  await settle();
  const read = (): Lease => client.store.get(leases, node) as unknown as Lease;
  assert.deepEqual(read().metadata.ownerReferences, [owner]);
  assert.deepEqual(read().spec, { holderIdentity: 'n1', leaseDurationSeconds: 40, renewTime: '2026-01-01T00:00:00.000000Z' });
  await clock.advance(10_500);
  await settle();
  assert.notEqual(read().spec.renewTime, '2026-01-01T00:00:00.000000Z');
  await renewal[Symbol.asyncDispose]();
});
