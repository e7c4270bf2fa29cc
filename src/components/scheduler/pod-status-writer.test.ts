import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import type { Client } from '../../client/client.ts';
import { settle } from '../../client/testing/settle.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { PodStatusWriter } from './pod-status-writer.ts';

const podOf = (name: string, status: Pod['status'] = {}): Pod => ({ metadata: { name, namespace: 'default', uid: name }, spec: { containers: [] }, status });
const unschedulable = (message: string, nominatedNodeName?: string) =>
  ({ reason: 'Unschedulable', message, ...(nominatedNodeName === undefined ? {} : { nominatedNodeName }) }) as const;

/** A writer whose patches end when the test says so. */
class Desk {
  /** What is being written, oldest first: `<pod> <message> <nomination>`. */
  readonly underWay: { readonly text: string; readonly end: () => void }[] = [];
  readonly written: string[] = [];
  readonly writer: PodStatusWriter;

  constructor() {
    const patch = (_type: unknown, { name }: { name: string }, { body }: { body: Pod }): Promise<void> => {
      const { conditions = [], nominatedNodeName } = body.status!;
      const text = [name, conditions[0]?.message, nominatedNodeName].filter((part) => part !== undefined).join(' ');
      this.written.push(text);
      return new Promise((resolve) => this.underWay.push({ text, end: resolve }));
    };
    this.writer = new PodStatusWriter({ client: { patch } as unknown as Client, clock: new ManualClock(), log: silentLog });
  }

  async endAll(): Promise<void> {
    for (let item = this.underWay.shift(); item; item = this.underWay.shift()) {
      item.end();
      await settle();
    }
  }
}

describe('what is said of pods without a node', () => {
  it('is written a few at a time, and all of it in the end', async () => {
    const desk = new Desk();
    for (let index = 0; index < 1_000; index++) desk.writer.write(podOf(`p-${index}`), unschedulable('no room'));
    assert.equal(desk.underWay.length, 32);
    await desk.endAll();
    assert.equal(desk.written.length, 1_000);
    assert.deepEqual([desk.written[0], desk.written.at(-1)], ['p-0 no room', 'p-999 no room']);
  });

  it('is the last that was said, when there was no time for what was said before', async () => {
    const desk = new Desk();
    for (let round = 0; round < 50; round++) for (let index = 0; index < 100; index++) desk.writer.write(podOf(`p-${index}`), unschedulable(`round ${round}`));
    await desk.endAll();
    assert.ok(desk.written.length <= 132, `${desk.written.length} writes`);
    const last = new Map(desk.written.map((text) => [text.split(' ')[0], text]));
    assert.deepEqual(
      [...last.values()].filter((text) => !text.endsWith('round 49')),
      [],
    );
  });

  it('does not overtake what is being written of the same pod, nor is it taken for said because the pod at hand is old', async () => {
    const desk = new Desk();
    const pod = podOf('p', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'first' }] });
    desk.writer.write(pod, unschedulable('second'));
    desk.writer.write(pod, unschedulable('first'));
    assert.deepEqual(desk.written, ['p second']);
    await desk.endAll();
    assert.deepEqual(desk.written, ['p second', 'p first']);
  });

  it('keeps the node that was set aside, whatever is said after it', async () => {
    const desk = new Desk();
    desk.writer.write(podOf('p'), unschedulable('first'));
    desk.writer.write(podOf('p'), unschedulable('second', 'node-1'));
    desk.writer.write(podOf('p'), unschedulable('third'));
    await desk.endAll();
    assert.deepEqual(desk.written, ['p first', 'p third node-1']);
  });

  it('is not said of a pod that has a node by then, and nothing is when it is so already', async () => {
    const desk = new Desk();
    desk.writer.write(podOf('p'), unschedulable('first'));
    desk.writer.write(podOf('p'), unschedulable('second'));
    desk.writer.forget(podOf('p'));
    desk.writer.write(podOf('q', { conditions: [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'same' }] }), unschedulable('same'));
    await desk.endAll();
    assert.deepEqual(desk.written, ['p first']);
  });

  it('is given up at the end, but for what is under way', async () => {
    const desk = new Desk();
    for (let index = 0; index < 100; index++) desk.writer.write(podOf(`p-${index}`), unschedulable('no room'));
    const stopped = desk.writer[Symbol.asyncDispose]();
    await desk.endAll();
    await stopped;
    assert.equal(desk.written.length, 32);
  });
});
