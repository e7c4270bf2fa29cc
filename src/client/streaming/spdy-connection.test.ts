import assert from 'node:assert/strict';
import { duplexPair } from 'node:stream';
import { describe, it } from 'node:test';
import { SpdyConnection } from './spdy-connection.ts';
import { dataFrameHeader, goAwayFrame, rstStreamFrame } from './spdy-frames.ts';

describe('a stream of a SPDY connection', () => {
  async function ending(answer: Buffer): Promise<{ text: string; isCutOff: boolean }> {
    const [ours, theirs] = duplexPair();
    const connection = new SpdyConnection(ours, Buffer.alloc(0));
    const stream = connection.openStream({ streamType: 'error' });
    theirs.resume().end(answer);
    let text = '';
    for await (const chunk of stream) text += String(chunk);
    connection.destroy();
    return { text, isCutOff: stream.isCutOff };
  }
  const said = (text: string, isLast: boolean): Buffer => Buffer.concat([dataFrameHeader(1, text.length, isLast), Buffer.from(text)]);

  it('ends when the peer says so', async () => {
    assert.deepEqual(await ending(said('done', true)), { text: 'done', isCutOff: false });
  });

  it('ends like that when the peer resets it, as runtimes do with what they have written out', async () => {
    assert.deepEqual(await ending(Buffer.concat([said('done', false), rstStreamFrame(1, 5)])), { text: 'done', isCutOff: false });
  });

  it('is told from one whose connection was lost', async () => {
    assert.deepEqual(await ending(said('half', false)), { text: 'half', isCutOff: true });
    assert.deepEqual(await ending(Buffer.concat([goAwayFrame(0)])), { text: '', isCutOff: true });
  });
});
