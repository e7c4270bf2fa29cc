import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type TarEntry, type TarReading, tarEntries } from './tar-entries.ts';
import { tarPadding } from './tar-fields.ts';
import { type TarHeaderFields, tarHeader } from './tar-header.ts';

const end = Buffer.alloc(1024);

function entry(fields: Partial<TarHeaderFields>, content = ''): Buffer {
  const bytes = Buffer.byteLength(content);
  return Buffer.concat([tarHeader({ name: 'x', type: '0', mode: 0o644, bytes, ...fields }), Buffer.from(content), Buffer.alloc(tarPadding(bytes))]);
}

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

type Seen = Pick<TarEntry, 'name' | 'type' | 'linkName'> & { readonly text: string };

async function read(archive: Buffer, { pieceBytes = 512, ...reading }: TarReading & { pieceBytes?: number } = {}): Promise<Seen[]> {
  const seen: Seen[] = [];
  for await (const { name, type, linkName, contents } of tarEntries(inPieces(archive, pieceBytes), reading)) {
    let text = '';
    for await (const piece of contents()) text += piece.toString();
    seen.push({ name, type, linkName, text });
  }
  return seen;
}

const one = async (archive: Buffer): Promise<Seen> => (await read(archive))[0] ?? assert.fail('no entry');

describe('entries of a tar archive', () => {
  const record = (text: string): Buffer => entry({ type: 'x', name: 'PaxHeaders.0' }, text);
  const cases: readonly { readonly name: string; readonly archive: Buffer; readonly seen: Partial<Seen> }[] = [
    { name: 'a file', archive: entry({}, 'text'), seen: { name: 'x', type: '0', text: 'text' } },
    { name: 'folders in front of the name', archive: entry({ prefix: 'a/b' }), seen: { name: 'a/b/x' } },
    {
      name: 'a link without contents, whatever its size says',
      archive: entry({ type: '2', linkName: '/etc', bytes: 7 }),
      seen: { linkName: '/etc', text: '' },
    },
    { name: 'a folder of old archives', archive: entry({ type: '\0', name: 'old/' }), seen: { type: '5' } },
    { name: 'a file of old archives', archive: entry({ type: '\0' }, 'a'), seen: { type: '0', text: 'a' } },
    { name: 'a long name of GNU', archive: Buffer.concat([entry({ type: 'L' }, `${'n'.repeat(200)}\0`), entry({})]), seen: { name: 'n'.repeat(200) } },
    { name: 'a long link name of GNU', archive: Buffer.concat([entry({ type: 'K' }, 'to\0'), entry({ type: '2' })]), seen: { linkName: 'to' } },
    { name: 'a record of the name', archive: Buffer.concat([record('11 path=ü\n'), entry({})]), seen: { name: 'ü' } },
    { name: 'a record of the size', archive: Buffer.concat([record('9 size=2\n'), entry({ bytes: 0 }, 'ab')]), seen: { text: 'ab' } },
    { name: 'an empty record', archive: Buffer.concat([record('8 path=\n'), entry({})]), seen: { name: 'x' } },
    { name: 'a comment for all', archive: Buffer.concat([entry({ type: 'g' }, '11 path=no\n'), entry({})]), seen: { name: 'x' } },
  ];
  for (const { name, archive, seen } of cases)
    it(`are read: ${name}`, async () => {
      const found = await one(Buffer.concat([archive, end]));
      assert.deepEqual(found, { ...found, ...seen });
    });

  it('hold records of one name only', async () => {
    const archive = Buffer.concat([record('11 path=ü\n'), entry({}), entry({ name: 'second' }), end]);
    assert.deepEqual(
      (await read(archive, { pieceBytes: 1 })).map(({ name }) => name),
      ['ü', 'second'],
    );
  });

  const refused: readonly [string, Buffer, RegExp][] = [
    ['that is cut off in a header', entry({}).subarray(0, 100), /^Error: unexpected EOF$/],
    ['that is cut off in a file', entry({}, 'text').subarray(0, 514), /^Error: unexpected EOF$/],
    ['with an extended header cut off', record('11 path=ü\n').subarray(0, 515), /^Error: unexpected EOF$/],
    ['with a wrong checksum', Buffer.concat([entry({}).fill('y', 0, 1), end]), /invalid tar header/],
    ['of something else', Buffer.alloc(1024, 'no archive'), /invalid tar header/],
    ['with a huge extended header', entry({ type: 'x', bytes: 2 ** 30 }), /header field too long/],
    ['with a record longer than the header', record('99 path=a\n'), /invalid tar header/],
    ['with a record without an end', record('9 path=ab'), /invalid tar header/],
    ['with a size that is none', Buffer.concat([record('10 size=-1\n'), entry({})]), /invalid tar header/],
    ['with a sparse file', Buffer.concat([record('22 GNU.sparse.major=1\n'), entry({})]), /sparse files/],
  ];
  for (const [name, archive, message] of refused) it(`are refused of an archive ${name}`, () => assert.rejects(read(archive), message));

  it('may be left unread, and the reading stopped', async () => {
    const names = [];
    for await (const { name } of tarEntries(inPieces(Buffer.concat([entry({ name: 'a' }, 'text'), entry({ name: 'b' }), end]), 100))) names.push(name);
    assert.deepEqual(names, ['a', 'b']);
    let isClosed = false;
    async function* chunks(): AsyncGenerator<Buffer> {
      try {
        for (;;) yield entry({}, 'text');
      } finally {
        isClosed = true;
      }
    }
    for await (const { name } of tarEntries(chunks())) {
      assert.equal(name, 'x');
      break;
    }
    assert.equal(isClosed, true);
  });

  it('are followed by what comes behind the end, which is told', async () => {
    const archive = Buffer.concat([entry({}), end, Buffer.from('behind')]);
    const pieces: Buffer[] = [];
    await read(archive, { afterEnd: (piece) => void pieces.push(piece) });
    assert.equal(Buffer.concat(pieces).toString().replaceAll('\0', ''), 'behind');
    const afterEnd = (): never => {
      throw new Error('enough');
    };
    await assert.rejects(read(archive, { afterEnd }), /enough/);
  });
});
