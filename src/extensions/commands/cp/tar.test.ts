import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type TarEntry, tarEntries } from '../../../extension-points/commands/archives/tar-entries.ts';
import { archivePrefix, parseFileSpecification, withoutShortcuts } from './file-specification.ts';
import { tarOf } from './tar-writer.ts';

async function* inPieces(bytes: Buffer, size: number): AsyncGenerator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

async function read(archive: Buffer, pieceBytes: number): Promise<(Pick<TarEntry, 'name' | 'type' | 'linkName'> & { text: string })[]> {
  const found = [];
  for await (const entry of tarEntries(inPieces(archive, pieceBytes)))
    found.push({ name: entry.name, type: entry.type, linkName: entry.linkName, text: (await collect(entry.contents())).toString() });
  return found;
}

describe('an archive of a folder', () => {
  const long = `${'long'.repeat(40)}.txt`;
  let directory: string;
  let archive: Buffer;
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'tar-'));
    mkdirSync(join(directory, 'empty'));
    writeFileSync(join(directory, 'block'), 'x'.repeat(512));
    writeFileSync(join(directory, 'nothing'), '');
    writeFileSync(join(directory, long), 'named at length');
    symlinkSync('block', join(directory, 'link'));
    archive = await collect(tarOf(directory, 'target'));
  });
  after(() => rmSync(directory, { recursive: true }));

  for (const pieceBytes of [1, 511, 512, 1_000_000])
    it(`reads as it was written, ${pieceBytes} bytes at a time`, async () => {
      assert.deepEqual(await read(archive, pieceBytes), [
        { name: 'target/block', type: '0', linkName: '', text: 'x'.repeat(512) },
        { name: 'target/empty/', type: '5', linkName: '', text: '' },
        { name: 'target/link', type: '2', linkName: 'block', text: '' },
        { name: `target/${long}`, type: '0', linkName: '', text: 'named at length' },
        { name: 'target/nothing', type: '0', linkName: '', text: '' },
      ]);
    });

  it('is told from one that was cut off', async () => {
    await assert.rejects(read(archive.subarray(0, 700), 100), /unexpected EOF/);
    await assert.rejects(read(archive.subarray(0, 100), 100), /unexpected EOF/);
  });

  it('is told from anything else', async () => {
    await assert.rejects(read(Buffer.alloc(1024, 'no archive'), 100), /invalid tar header/);
  });

  it('may be left half read', async () => {
    const names = [];
    for await (const { name } of tarEntries(inPieces(archive, 100))) names.push(name);
    assert.equal(names.length, 5);
  });
});

describe('a side of a copy', () => {
  const cases: readonly [string, ReturnType<typeof parseFileSpecification>][] = [
    ['/tmp/a', { path: '/tmp/a', pod: undefined }],
    ['/tmp/a/', { path: '/tmp/a', pod: undefined }],
    ['web:/tmp/a', { path: '/tmp/a', pod: { name: 'web', namespace: '' } }],
    ['ns/web:a/', { path: 'a', pod: { name: 'web', namespace: 'ns' } }],
    ['web:', { path: '', pod: { name: 'web', namespace: '' } }],
  ];
  for (const [text, wanted] of cases) it(`reads ${text}`, () => assert.deepEqual(parseFileSpecification(text), wanted));
  for (const text of [':/a', 'a/b/c:/d']) it(`refuses ${text}`, () => assert.throws(() => parseFileSpecification(text), /canonical format/));
});

describe('a path of a hostile archive', () => {
  const cases: readonly [string, string][] = [
    ['../../etc/passwd', 'etc/passwd'],
    ['/etc/passwd', 'etc/passwd'],
    ['a/../../b', 'b'],
    ['..', ''],
    ['.', ''],
    ['a/b', 'a/b'],
  ];
  for (const [path, wanted] of cases) it(`leads ${path} nowhere above`, () => assert.equal(withoutShortcuts(path), wanted));
  it('has the prefix that tar gives it', () => assert.equal(archivePrefix('/tmp/foo'), 'tmp/foo'));
});
