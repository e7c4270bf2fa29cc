import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import type { Command } from '../../../extension-points/commands/contract.ts';
import { type RanCommand, runCommands } from '../../../extension-points/commands/path-plugins/testing/run-commands.fixture.ts';
import { createPluginCommand } from './plugin-command.ts';

const command = (name: string, ...subcommands: Command[]): Command => ({ name, short: '', usage: name, subcommands, run() {} });
const plugin = createPluginCommand({ importModule: async () => ({}), packageDirectory: '/nowhere', launcher: '/nowhere' });
const commands = [plugin, command('version'), command('create', command('cronjob')), { name: 'get', short: '', load: async () => command('get') }];

const list = (path: string, ...flags: string[]): Promise<RanCommand> =>
  runCommands(commands, ['plugin', 'list', ...flags], { environment: { PATH: path }, directory: tmpdir() });

function place(directory: string, name: string, mode = 0o755): string {
  mkdirSync(directory, { recursive: true });
  writeFileSync(join(directory, name), '#!/bin/sh\n');
  chmodSync(join(directory, name), mode);
  return join(directory, name);
}

// The texts and codes are kubectl 1.36's.
describe('plugin list', () => {
  it('says when there is no plugin', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    assert.deepEqual(await list(folder.path), { code: 1, stdout: '', stderr: 'error: unable to find any kubectl plugins in your PATH\n' });
  });

  it('names the plugins by path, or by name alone', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    const paths = [place(folder.path, 'kubectl-bar'), place(folder.path, 'kubectl-foo')];
    const heading = 'The following compatible plugins are available:\n\n';
    assert.deepEqual(await list(folder.path), { code: 0, stdout: `${heading}${paths[0]}\n${paths[1]}\n`, stderr: '' });
    assert.equal((await list(folder.path, '--name-only')).stdout, `${heading}kubectl-bar\nkubectl-foo\n`);
  });

  it('says of directories that cannot be read, and goes on', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    place(folder.path, 'kubectl-foo');
    const { code, stderr } = await list(`/no where:${folder.path}`);
    assert.equal(stderr, 'Unable to read directory "/no where" from your PATH: open /no where: no such file or directory. Skipping...\n');
    assert.equal(code, 0);
  });

  it('warns of one plugin that cannot be executed', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    const path = place(folder.path, 'kubectl-foo', 0o644);
    const { code, stdout, stderr } = await list(folder.path);
    assert.match(stdout, new RegExp(`^${path}$`, 'm'));
    assert.equal(stderr, `  - warning: ${path} identified as a kubectl plugin, but it is not executable\nerror: one plugin warning was found\n`);
    assert.equal(code, 1);
  });

  it('warns of every plugin that is hidden or leads nowhere, and counts the warnings', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
    const [first, second] = [place(one, 'kubectl-foo'), place(two, 'kubectl-foo')];
    const dangling = join(two, 'kubectl-gone');
    symlinkSync('/nowhere', dangling);
    const { code, stderr } = await list(`${one}:${two}`);
    assert.equal(
      stderr,
      `  - warning: ${second} is overshadowed by a similarly named plugin: ${first}
  - error: unable to identify ${dangling} as an executable file: stat ${dangling}: no such file or directory
error: 2 plugin warnings were found
`,
    );
    assert.equal(code, 1);
  });

  const overwritten = [
    { name: 'kubectl-version', command: 'kubectl version' },
    { name: 'kubectl-get', command: 'kubectl get' },
    { name: 'kubectl-create-foo', command: 'kubectl create' },
    { name: 'kubectl-create-cronjob-x', command: 'kubectl create cronjob' },
    { name: 'kubectl--version', command: 'kubectl version' },
    { name: 'kubectl-help', command: 'kubectl help' },
    { name: 'kubectl-', command: 'kubectl' },
  ];
  for (const { name, command: existing } of overwritten)
    it(`warns that ${name} overwrites "${existing}"`, async () => {
      using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
      place(folder.path, name);
      const { code, stderr } = await list(folder.path);
      assert.equal(stderr, `  - warning: ${name} overwrites existing command: "${existing}"\nerror: one plugin warning was found\n`);
      assert.equal(code, 1);
    });

  it('does not warn of names that only begin like a command, or have one behind a word of their own', async () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'list-'));
    for (const name of ['kubectl-versions', 'kubectl-foo-version', 'kubectl-get_all']) place(folder.path, name);
    assert.equal((await list(folder.path)).stderr, '');
  });
});
