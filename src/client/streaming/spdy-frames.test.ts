import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { constants, createInflate } from 'node:zlib';
import { type ControlFrame, dataFrameHeader, FrameReader, HeaderEncoder, pingFrame, synStreamFrame } from './spdy-frames.ts';

describe('HeaderEncoder', () => {
  it('writes one zlib stream that any inflater reads, block by block', async () => {
    const encoder = new HeaderEncoder();
    const inflate = createInflate({ finishFlush: constants.Z_SYNC_FLUSH });
    const readBlock = async (headers: Record<string, string>): Promise<Buffer> => {
      inflate.write(encoder.encode(headers));
      return new Promise((resolve) => inflate.once('data', resolve));
    };
    const first = await readBlock({ streamType: 'stdin' });
    assert.equal(first.toString('latin1'), '\0\0\0\x01\0\0\0\x0astreamtype\0\0\0\x05stdin');
    const second = await readBlock({ port: '80', requestID: '0' });
    assert.equal(second.readUInt32BE(0), 2);
    assert.match(second.toString('latin1'), /requestid/);
    inflate.close();
  });

  it('refuses headers that do not fit a block', () => assert.throws(() => new HeaderEncoder().encode({ name: 'x'.repeat(70_000) }), /too long/));
});

describe('FrameReader', () => {
  const frames = Buffer.concat([
    synStreamFrame(1, Buffer.from('headers')),
    dataFrameHeader(1, 5, false),
    Buffer.from('hello'),
    pingFrame(2),
    dataFrameHeader(1, 0, true),
  ]);

  function read(chunks: readonly Buffer[]): { controls: ControlFrame[]; data: string; ended: number[] } {
    const seen = { controls: [] as ControlFrame[], data: '', ended: [] as number[] };
    const reader = new FrameReader({
      control: (frame) => seen.controls.push({ ...frame, payload: Buffer.from(frame.payload) }),
      data: (id, piece, isLast) => {
        seen.data += piece.toString();
        if (isLast) seen.ended.push(id);
      },
    });
    for (const chunk of chunks) reader.write(chunk);
    return seen;
  }

  it('reads frames whole', () => {
    const { controls, data, ended } = read([frames]);
    assert.deepEqual([controls.map(({ type }) => type), data, ended], [[1, 6], 'hello', [1]]);
  });

  it('reads the same from single bytes', () => {
    const single = [...frames].map((byte) => Buffer.from([byte]));
    assert.deepEqual(read(single), read([frames]));
  });

  const broken = [
    { name: 'another version', bytes: '80020001000000040000000', want: /another version/ },
    { name: 'a huge control frame', bytes: '8003000100ffffff', want: /too large/ },
  ];
  for (const { name, bytes, want } of broken) it(`refuses ${name}`, () => assert.throws(() => read([Buffer.from(bytes, 'hex')]), want));
});
