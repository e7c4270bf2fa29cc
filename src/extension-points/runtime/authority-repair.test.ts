import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { FrameRepair } from './authority-repair.ts';

const preface = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
const endHeaders = 0x4;

function frame(type: number, flags: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header[3] = type;
  header[4] = flags;
  header.writeUInt32BE(1, 5);
  return Buffer.concat([header, payload]);
}

const headers = (payload: Buffer, flags = endHeaders): Buffer => frame(1, flags, payload);
const continuation = (payload: Buffer, flags = endHeaders): Buffer => frame(9, flags, payload);
const text = (value: string): Buffer => Buffer.concat([Buffer.from([value.length]), Buffer.from(value)]);

const post = Buffer.from([0x83]);
const path = Buffer.concat([Buffer.from([0x44]), text('/v1/Register')]);
const socketPath = '/var/lib/kubelet/kubelet.sock';
const authority = Buffer.concat([Buffer.from([0x41]), text(socketPath)]);
const repaired = Buffer.concat([Buffer.from([0x41]), text('a'.repeat(socketPath.length))]);
const join = (...parts: readonly Buffer[]): Buffer => Buffer.concat(parts);

describe('FrameRepair', () => {
  const cases: { name: string; frames: Buffer; want: Buffer }[] = [
    { name: 'a literal that is indexed', frames: headers(join(post, authority, path)), want: headers(join(post, repaired, path)) },
    { name: 'a literal that is not indexed', frames: headers(join(Buffer.from([0x01]), text('/x'))), want: headers(join(Buffer.from([0x01]), text('aa'))) },
    { name: 'a literal that is never indexed', frames: headers(join(Buffer.from([0x11]), text('/x'))), want: headers(join(Buffer.from([0x11]), text('aa'))) },
    {
      name: 'a name written out',
      frames: headers(join(Buffer.from([0x40]), text(':authority'), text('/x'))),
      want: headers(join(Buffer.from([0x40]), text(':authority'), text('aa'))),
    },
    {
      name: 'a name in Huffman code',
      frames: headers(Buffer.from('4088b83b5339ec327d7f022f78', 'hex')),
      want: headers(Buffer.from('4088b83b5339ec327d7f026161', 'hex')),
    },
    { name: 'a value in Huffman code', frames: headers(Buffer.from('418360c3c7', 'hex')), want: headers(Buffer.from('4103616161', 'hex')) },
    {
      name: 'a value after a table size update',
      frames: headers(join(Buffer.from([0x3f, 0xe1, 0x1f]), authority)),
      want: headers(join(Buffer.from([0x3f, 0xe1, 0x1f]), repaired)),
    },
    {
      name: 'a padded frame with a priority',
      frames: headers(join(Buffer.from([3, 0, 0, 0, 0, 16]), authority, Buffer.alloc(3)), endHeaders | 0x28),
      want: headers(join(Buffer.from([3, 0, 0, 0, 0, 16]), repaired, Buffer.alloc(3)), endHeaders | 0x28),
    },
    {
      name: 'a long value',
      frames: headers(join(Buffer.from([0x41, 0x7f, 0x81, 0x01]), Buffer.from('/'.repeat(256)))),
      want: headers(join(Buffer.from([0x41, 0x7f, 0x81, 0x01]), Buffer.from('a'.repeat(256)))),
    },
    {
      name: 'a block that is split within the value',
      frames: join(
        headers(join(post, authority.subarray(0, 9)), 0),
        continuation(authority.subarray(9, 12), 0),
        continuation(join(authority.subarray(12), path)),
      ),
      want: join(headers(join(post, repaired.subarray(0, 9)), 0), continuation(repaired.subarray(9, 12), 0), continuation(join(repaired.subarray(12), path))),
    },
    { name: 'nothing in other headers', frames: headers(join(post, path)), want: headers(join(post, path)) },
    { name: 'nothing in a block that is cut off', frames: headers(Buffer.from([0x41, 0x20, 0x2f])), want: headers(Buffer.from([0x41, 0x20, 0x2f])) },
    {
      name: 'nothing in data',
      frames: join(frame(4, 0, Buffer.alloc(0)), frame(0, 1, authority)),
      want: join(frame(4, 0, Buffer.alloc(0)), frame(0, 1, authority)),
    },
  ];
  for (const { name, frames, want } of cases) {
    it(`repairs ${name}`, () => assert.deepEqual(join(...new FrameRepair().write(join(preface, frames))), join(preface, want)));
    it(`repairs ${name}, byte by byte`, () => {
      const repair = new FrameRepair();
      const out = [...join(preface, frames)].flatMap((byte) => repair.write(Buffer.from([byte])));
      assert.deepEqual(join(...out), join(preface, want));
    });
  }

  const broken: { name: string; bytes: Buffer; want: RegExp }[] = [
    { name: 'another protocol', bytes: Buffer.from('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'), want: /preface/ },
    { name: 'padding longer than its frame', bytes: join(preface, headers(Buffer.from([200, 0]), endHeaders | 0x8)), want: /padding/ },
    { name: 'a continuation of nothing', bytes: join(preface, continuation(path)), want: /out of order/ },
    { name: 'a block that another frame interrupts', bytes: join(preface, headers(path, 0), frame(0, 0, Buffer.from('x'))), want: /interrupted/ },
    { name: 'a frame of headers without measure', bytes: join(preface, Buffer.from([0xff, 0xff, 0xff, 1, 0, 0, 0, 0, 1])), want: /too large/ },
    {
      name: 'a block without end',
      bytes: join(preface, headers(Buffer.alloc(16_000), 0), ...Array.from({ length: 5 }, () => continuation(Buffer.alloc(16_000), 0))),
      want: /too large/,
    },
  ];
  for (const { name, bytes, want } of broken) it(`refuses ${name}`, () => assert.throws(() => new FrameRepair().write(bytes), want));

  it('survives any bytes', () => {
    let seed = 1;
    const random = (): number => (seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31);
    for (let round = 0; round < 2_000; round++) {
      const payload = Buffer.from(Array.from({ length: random() % 40 }, () => random() % 256));
      new FrameRepair().write(join(preface, headers(payload)));
    }
  });
});
