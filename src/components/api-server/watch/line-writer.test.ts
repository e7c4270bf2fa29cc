import assert from 'node:assert/strict';
import { Writable } from 'node:stream';
import { describe, it } from 'node:test';
import { LineWriter } from './line-writer.ts';

/** Takes one write and is full from then on. */
const stuck = (): Writable => new Writable({ highWaterMark: 1, write: () => {} });

const cases = [
  { name: 'keeps lines within both bounds', lines: 3, bytes: 10, isDropped: false },
  { name: 'drops a client that has too many lines waiting', lines: 30, bytes: 1, isDropped: true },
  { name: 'drops a client that has too many bytes waiting', lines: 3, bytes: 400, isDropped: true },
];

describe('the line writer', () => {
  for (const { name, lines, bytes, isDropped } of cases) {
    it(name, async () => {
      let drops = 0;
      const writer = new LineWriter(stuck(), { backlog: 10, backlogBytes: 1_000, onOverflow: () => drops++ });
      writer.push([Buffer.from('first')]);
      await new Promise(setImmediate);
      for (let index = 0; index < lines; index++) writer.push([Buffer.alloc(bytes)]);
      assert.equal(drops > 0, isDropped);
      writer.stop();
    });
  }

  it('counts what waits now, not what went', async () => {
    let drops = 0;
    const out = new Writable({ write: (_chunk, _encoding, done) => done() });
    const writer = new LineWriter(out, { backlog: 10, backlogBytes: 1_000, onOverflow: () => drops++ });
    for (let index = 0; index < 20; index++) {
      writer.push([Buffer.alloc(300), Promise.resolve(Buffer.alloc(300))]);
      await writer.idle();
    }
    assert.equal(drops, 0);
  });
});
