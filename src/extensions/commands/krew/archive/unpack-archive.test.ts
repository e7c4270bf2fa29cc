import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, mkdirSync, mkdtempDisposableSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { ArchiveLimits } from './archive-limits.ts';
import { type TestEntry, testTar, testTarGz, testZip } from './testing.fixture.ts';
import { unpackArchive } from './unpack-archive.ts';

/** Unpacks bytes into a folder within `folder`. */
async function unpack(folder: string, bytes: Buffer, limits?: ArchiveLimits): Promise<string> {
  writeFileSync(join(folder, 'archive'), bytes);
  const target = join(folder, 'target');
  mkdirSync(target);
  await unpackArchive(join(folder, 'archive'), target, limits);
  return target;
}

const formats = [
  { format: 'zip', pack: testZip },
  { format: 'tar.gz', pack: testTarGz },
];

for (const { format, pack } of formats)
  describe(`a ${format} archive`, () => {
    it('is unpacked with its folders and permissions', async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
      const target = await unpack(
        folder.path,
        pack([
          { name: 'empty/' },
          { name: 'bin/tool', content: '#!/bin/sh\n', mode: 0o104755 },
          { name: 'deep/er/file.txt', content: 'x'.repeat(200_000), mode: 0o100640 },
          { name: 'nothing', content: '' },
        ]),
      );
      assert.deepEqual(readdirSync(target, { recursive: true }).sort(), ['bin', 'bin/tool', 'deep', 'deep/er', 'deep/er/file.txt', 'empty', 'nothing']);
      assert.equal(readFileSync(join(target, 'deep/er/file.txt'), 'utf8'), 'x'.repeat(200_000));
      assert.equal(lstatSync(join(target, 'bin/tool')).mode & 0o7777, 0o755);
      assert.equal(lstatSync(join(target, 'deep/er/file.txt')).mode & 0o7777, 0o640);
    });

    const refused: readonly { name: string; entry: TestEntry; message: RegExp }[] = [
      { name: 'a path that goes up', entry: { name: '../evil' }, message: /refusing to unpack archive with suspicious entry "\.\.\/evil"/ },
      { name: 'a path that goes up within', entry: { name: 'a/../../evil' }, message: /suspicious entry/ },
      { name: 'an absolute path', entry: { name: '/tmp/evil' }, message: /refusing to unpack archive with absolute entry "\/tmp\/evil"/ },
      { name: 'an absolute path of Windows', entry: { name: '\\evil' }, message: /absolute entry/ },
      {
        name: 'a symbolic link',
        entry: { name: 'link', content: format === 'zip' ? '/etc/passwd' : '', mode: 0o120777, type: '2', linkName: '/etc/passwd' },
        message: format === 'zip' ? /unable to handle file type symbolic link for "link" in zip/ : /unable to handle file type 50 for "link" in tar/,
      },
    ];
    for (const { name, entry, message } of refused)
      it(`is refused for ${name}`, async () => {
        using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
        await assert.rejects(unpack(folder.path, pack([{ name: 'fine' }, entry])), message);
        assert.deepEqual(readdirSync(folder.path).sort(), ['archive', 'target']);
        assert.equal(existsSync(join(folder.path, 'evil')), false);
      });

    it('is refused when it unpacks to more than is allowed, in all or in proportion', async () => {
      const limits: ArchiveLimits = { entries: 3, bytes: 100_000, ratio: 10, ratioFromBytes: 50_000 };
      const cases = [
        { entries: [{ name: 'large', content: Buffer.alloc(100_001) }], message: /unpacks to more than/ },
        { entries: [{ name: 'dense', content: Buffer.alloc(60_000) }], message: /unpacks to more than 10 times its size/ },
        { entries: ['a', 'b', 'c', 'd'].map((name) => ({ name })), message: /has more than 3 entries/ },
      ];
      for (const { entries, message } of cases) {
        using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
        await assert.rejects(unpack(folder.path, pack(entries), limits), message);
      }
    });

    it('is refused when it is cut off anywhere before its end', async () => {
      const whole = pack([
        { name: 'one', content: 'first '.repeat(50) },
        { name: 'two', content: 'second' },
      ]);
      for (let length = 4; length < whole.length - 1; length += 7) {
        using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
        // What stands behind the last file is not always missed.
        const isUnpacked = await unpack(folder.path, whole.subarray(0, length)).then(
          () => true,
          () => false,
        );
        if (isUnpacked) assert.ok(length > whole.length - 16, `${length} of ${whole.length} bytes`);
      }
    });

    it('never leaves its folder and never hangs, whichever byte of it is changed', async () => {
      const whole = pack([
        { name: 'a/one', content: 'first' },
        { name: 'two', content: 'second' },
      ]);
      for (let at = 0; at < whole.length; at += 5) {
        using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
        const changed = Buffer.from(whole);
        changed[at] = changed[at]! ^ 0x2e;
        await unpack(folder.path, changed).catch((error: unknown) => assert.ok(error instanceof Error));
        assert.deepEqual(readdirSync(folder.path).sort(), ['archive', 'target']);
      }
    });
  });

describe('a zip archive', () => {
  const cases: readonly { name: string; entry: TestEntry; message: RegExp }[] = [
    { name: 'has another checksum', entry: { name: 'x', content: 'abc', claimedChecksum: 1 }, message: /checksum error in "x"/ },
    { name: 'claims another size', entry: { name: 'x', content: 'abc', claimedBytes: 2 }, message: /checksum error in "x"/ },
    { name: 'is encrypted', entry: { name: 'x', content: 'abc', flags: 1 }, message: /encrypted file "x"/ },
    { name: 'is packed in another way', entry: { name: 'x', content: 'abc', method: 12 }, message: /unsupported compression algorithm/ },
  ];
  for (const { name, entry, message } of cases)
    it(`is refused when an entry ${name}`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
      await assert.rejects(unpack(folder.path, testZip([entry])), message);
    });

  it('may come from a system without permissions, and hold files as they are', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
    const target = await unpack(folder.path, testZip([{ name: 'stored', content: 'abc', method: 0, creator: 0 }]));
    assert.equal(readFileSync(join(target, 'stored'), 'utf8'), 'abc');
    assert.equal(lstatSync(join(target, 'stored')).mode & 0o111, 0);
  });
});

describe('a tar archive', () => {
  const records = (text: string): string => {
    const length = text.length + 3;
    return `${length} ${text}\n`;
  };

  it('may have long names, by pax or by GNU, and a global header', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
    const [first, second] = [`${'a'.repeat(60)}/${'b'.repeat(60)}`, `${'c'.repeat(60)}/${'d'.repeat(60)}`];
    const pax = `path=${first}`;
    const bytes = testTarGz([
      { name: 'pax_global_header', type: 'g', content: records('comment=0') },
      { name: 'x', type: 'x', content: `${pax.length + 5} ${pax}\n` },
      { name: 'short', content: 'one' },
      { name: '././@LongLink', type: 'L', content: `${second}\0` },
      { name: 'short', content: 'two' },
      { name: 'last', content: 'three' },
    ]);
    const target = await unpack(folder.path, bytes);
    assert.deepEqual(
      [first, second, 'last'].map((name) => readFileSync(join(target, name), 'utf8')),
      ['one', 'two', 'three'],
    );
  });

  it('is refused for paths in extended headers, too', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
    const bytes = testTarGz([{ name: '././@LongLink', type: 'L', content: '../../evil\0' }, { name: 'harmless' }]);
    await assert.rejects(unpack(folder.path, bytes), /suspicious entry "\.\.\/\.\.\/evil"/);
  });

  for (const [type, name] of [
    ['1', 'hard links'],
    ['3', 'devices'],
    ['6', 'pipes'],
    ['S', 'sparse files'],
  ] as const)
    it(`is refused for ${name}`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
      await assert.rejects(
        unpack(folder.path, testTarGz([{ name: 'x', type }])),
        new RegExp(`unable to handle file type ${type.charCodeAt(0)} for "x" in tar`),
      );
    });

  it('is read as the tar program writes it', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
    mkdirSync(join(folder.path, 'source', 'folder'), { recursive: true });
    writeFileSync(join(folder.path, 'source', 'folder', 'file'), 'text', { mode: 0o755 });
    const target = await unpack(folder.path, execFileSync('tar', ['-czf', '-', '-C', join(folder.path, 'source'), '.']));
    assert.equal(readFileSync(join(target, 'folder', 'file'), 'utf8'), 'text');
  });
});

describe('what is no archive', () => {
  const cases = [
    { name: 'a page of a web server', bytes: Buffer.from('<!DOCTYPE html><p>Sign in</p>'), type: 'text/html' },
    { name: 'a text', bytes: Buffer.from('Not Found'), type: 'text/plain' },
    { name: 'a program', bytes: Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1, 0]), type: 'application/octet-stream' },
    { name: 'a tar archive without gzip', bytes: testTar([{ name: 'x' }]), type: 'application/octet-stream' },
  ];
  for (const { name, bytes, type } of cases)
    it(`is refused: ${name}`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
      await assert.rejects(unpack(folder.path, bytes), { message: `mime type "${type}" for archive file is not a supported archive format` });
    });

  it('is refused in gzip, too', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'unpack-'));
    await assert.rejects(unpack(folder.path, gzipSync('x'.repeat(600))), /archive\/tar: invalid tar header/);
  });
});
