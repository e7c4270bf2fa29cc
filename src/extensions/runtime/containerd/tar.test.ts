import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'node:test';
import { readTar } from './read-tar.ts';
import { type TarEntry, tarArchive } from './tar.ts';

const long = `${'directory/'.repeat(12)}file`;
const entries: readonly TarEntry[] = [
  { path: 'bin', type: 'directory' },
  { path: 'bin/tool', type: 'file', mode: 0o755, content: Buffer.from('x'.repeat(700)) },
  { path: 'bin/link', type: 'symlink', target: 'tool' },
  { path: long, type: 'file', content: Buffer.from('deep') },
];

async function* inPieces(bytes: Buffer, size: number): AsyncIterable<Buffer> {
  for (let offset = 0; offset < bytes.length; offset += size) yield bytes.subarray(offset, offset + size);
}

describe('tarArchive', () => {
  it('writes what tar reads', () => {
    const listing = execFileSync('tar', ['-tvf', '-'], { input: tarArchive(entries), encoding: 'utf8' });
    assert.match(listing, /^drwxr-xr-x 0\/0 .* bin\/$/m);
    assert.match(listing, /^-rwxr-xr-x 0\/0 +700 .* bin\/tool$/m);
    assert.match(listing, /bin\/link -> tool$/m);
    assert.ok(listing.includes(long));
  });

  it('refuses paths that do not fit', () => assert.throws(() => tarArchive([{ path: 'x'.repeat(300), type: 'file' }]), /too long/));
});

describe('readTar', () => {
  for (const size of [1, 511, 512, 10_000]) {
    it(`reads an archive in pieces of ${size} bytes`, async () => {
      const { paths, files } = await readTar(inPieces(tarArchive(entries), size), new Set(['bin/tool', long]));
      assert.deepEqual([...paths], ['bin', 'bin/tool', 'bin/link', long]);
      assert.deepEqual([files.get('bin/tool')?.length, files.get(long)?.toString()], [700, 'deep']);
    });
  }

  const whole = tarArchive(entries);
  const broken: { name: string; bytes: Buffer; want: RegExp }[] = [
    { name: 'text', bytes: Buffer.from('hello '.repeat(200)), want: /not a tar archive/ },
    { name: 'nothing', bytes: Buffer.alloc(0), want: /not a tar archive/ },
    { name: 'half an archive', bytes: whole.subarray(0, 1_200), want: /cut off in "bin\/tool"/ },
    { name: 'a flipped bit', bytes: Buffer.concat([whole.subarray(0, 600), Buffer.from([1]), whole.subarray(601)]), want: /damaged/ },
  ];
  for (const { name, bytes, want } of broken) it(`refuses ${name}`, () => assert.rejects(readTar(inPieces(bytes, 512), new Set()), want));
});
