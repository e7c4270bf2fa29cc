import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempDisposableSync, readdirSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { type RanCommand, runCommands } from '../../../../extension-points/commands/path-plugins/testing/run-commands.fixture.ts';
import { krewCommand } from '../krew-command.ts';

const manifest = (platforms: string): string => `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata: {name: tool}
spec:
  version: v1.0.0
  shortDescription: A tool
  platforms:
${platforms}`;
const platform = (os: string, extra = ''): string => `  - selector: {matchLabels: {os: ${os}, arch: amd64}}
    uri: https://example.com/tool_${os}.tar.gz
    bin: tool
${extra}`;

function build(folder: string, text: string): string {
  mkdirSync(join(folder, 'docs'), { recursive: true });
  for (const [name, content] of [
    ['tool', text],
    ['LICENSE', 'MIT'],
    ['docs/a.md', '#'],
  ] as const)
    writeFileSync(join(folder, name), content);
  chmodSync(join(folder, 'tool'), 0o700);
  return folder;
}

const krew = (directory: string, ...line: string[]): Promise<RanCommand> =>
  runCommands([krewCommand], ['krew', ...line], {
    environment: { ...process.env, KREW_ROOT: join(directory, 'root'), NO_COLOR: '1' },
    directory,
    isTerminal: true,
  });

describe('an author', () => {
  it('packs what was built, and gets a manifest that is valid and installs', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'package-'));
    build(join(folder.path, 'linux'), '#!/bin/sh\necho linux\n');
    build(join(folder.path, 'other'), '#!/bin/sh\necho other\n');
    writeFileSync(join(folder.path, 'tool.yaml'), manifest(platform('linux') + platform('darwin')));
    const packed = await krew(folder.path, 'package', 'tool.yaml', '--platform', 'linux/amd64=linux', '--from', 'other');
    assert.equal(packed.code, 0, packed.stderr);
    assert.deepEqual(readdirSync(join(folder.path, 'dist')).sort(), ['tool.yaml', 'tool_darwin.tar.gz', 'tool_linux.tar.gz']);
    const sum = createHash('sha256')
      .update(readFileSync(join(folder.path, 'dist', 'tool_linux.tar.gz')))
      .digest('hex');
    const finished = readFileSync(join(folder.path, 'dist', 'tool.yaml'), 'utf8');
    assert.ok(finished.includes(sum));
    assert.equal((await krew(folder.path, 'validate', '--skip-install', 'dist/tool.yaml')).code, 0);
    writeFileSync(join(folder.path, 'dist', 'tool.yaml'), finished.replaceAll('https://example.com', `file://${join(folder.path, 'dist')}`));
    const { code, stderr } = await krew(folder.path, 'validate', 'dist/tool.yaml');
    assert.equal(
      stderr.replace(/^WARNING[^]*?shell\.\n\n/, ''),
      'dist/tool.yaml: structural validation OK\ndist/tool.yaml: all spec.platforms[] items are used, and none overlap\ndist/tool.yaml: spec.platforms[0] installs (linux/amd64)\ndist/tool.yaml: spec.platforms[1] installs (darwin/amd64)\n',
    );
    assert.equal(code, 0);
  });

  it('gets the same archive from the same contents, whenever they were written', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'package-'));
    writeFileSync(join(folder.path, 'tool.yaml'), manifest(platform('linux')));
    const sums = [];
    for (const time of [1_000_000, 2_000_000]) {
      const built = build(join(folder.path, `built-${time}`), 'same');
      utimesSync(join(built, 'tool'), time, time);
      sums.push((await krew(folder.path, 'package', 'tool.yaml', '--from', built)).stdout.split(' ')[0]);
    }
    assert.equal(sums[0], sums[1]);
  });

  const refused = [
    {
      name: 'a platform that nothing was built for',
      platforms: platform('linux') + platform('darwin'),
      args: ['--platform', 'linux/amd64=built'],
      message: /nothing was given for spec\.platforms\[1\]/,
    },
    {
      name: 'an executable that is not there',
      platforms: platform('linux').replace('bin: tool', 'bin: other'),
      message: /would not install: .*source binary \("other"\) cannot be found/,
    },
    { name: 'files that are not there', platforms: platform('linux', '    files: [{from: "none*", to: .}]\n'), message: /matched the glob pattern=none\*/ },
    { name: 'another archive format', platforms: platform('linux').replace('.tar.gz', '.rar'), message: /must end in \.tar\.gz or \.tgz/ },
    { name: 'a folder that is not there', platforms: platform('linux'), args: ['--from', 'nowhere'], message: /nowhere" is no folder/ },
    { name: 'links', platforms: platform('linux'), args: ['--from', 'linked'], message: /"link" is neither a file nor a folder/ },
    { name: 'nonsense for a platform', platforms: platform('linux'), args: ['--platform', 'linux'], message: /--platform takes OS\/ARCH=FOLDER/ },
  ];
  for (const { name, platforms, args = ['--from', 'built'], message } of refused)
    it(`is told of ${name}`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'package-'));
      build(join(folder.path, 'built'), 'x');
      symlinkSync('/', join(build(join(folder.path, 'linked'), 'x'), 'link'));
      writeFileSync(join(folder.path, 'tool.yaml'), manifest(platforms));
      const { code, stderr } = await krew(folder.path, 'package', 'tool.yaml', ...args);
      assert.match(stderr, message);
      assert.equal(code, 1);
    });

  const invalid = [
    {
      name: 'platforms that overlap',
      platforms: platform('linux', `    sha256: ${'a'.repeat(64)}\n`).repeat(2),
      message: /multiple spec\.platforms \(at indexes \[0 1\]\) have overlapping selectors that select linux\/amd64/,
    },
    {
      name: 'a platform that does not exist',
      platforms: platform('plan9', `    sha256: ${'a'.repeat(64)}\n`),
      message: /spec\.platform\[0\]'s selector .* doesn't match any supported platforms/,
    },
    {
      name: 'a file name that is not the plugin’s',
      file: 'other.yaml',
      platforms: platform('linux', `    sha256: ${'a'.repeat(64)}\n`),
      message: /plugin validation error: plugin should be named "other", not "tool"/,
    },
    {
      name: 'another file extension',
      file: 'tool.yml',
      platforms: platform('linux', `    sha256: ${'a'.repeat(64)}\n`),
      message: /expected manifest extension "\.yaml" but found "\.yml"/,
    },
  ];
  for (const { name, file = 'tool.yaml', platforms, message } of invalid)
    it(`is told by validate of ${name}`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'package-'));
      writeFileSync(join(folder.path, file), manifest(platforms));
      const { code, stderr } = await krew(folder.path, 'validate', '--skip-install', file);
      assert.match(stderr, message);
      assert.equal(code, 1);
    });
});
