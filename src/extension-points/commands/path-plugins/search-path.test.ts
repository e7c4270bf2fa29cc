import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, mkdtempDisposableSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { describe, it } from 'node:test';
import { lookUpExecutable } from '../../../kernel/look-up-executable.ts';
import { listPluginFiles } from './list-plugin-files.ts';
import { pluginCommandNames } from './plugin-completion.ts';

function place(directory: string, name: string, mode = 0o755): string {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, name);
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, mode);
  return path;
}

describe('executables on PATH', () => {
  it('are found in the first directory that has one', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
    place(two, 'kubectl-foo');
    const first = place(one, 'kubectl-foo');
    assert.equal(lookUpExecutable('kubectl-foo', { PATH: `/nowhere:${one}:${two}` }), first);
  });

  it('are passed over when they cannot be executed, are folders, or lead nowhere', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
    place(one, 'kubectl-plain', 0o644);
    mkdirSync(join(one, 'kubectl-folder'));
    symlinkSync('/nowhere', join(one, 'kubectl-dangling'));
    const second = ['kubectl-plain', 'kubectl-folder', 'kubectl-dangling'].map((name) => place(two, name));
    assert.deepEqual(
      ['kubectl-plain', 'kubectl-folder', 'kubectl-dangling'].map((name) => lookUpExecutable(name, { PATH: `${one}:${two}` })),
      second,
    );
  });

  it('have relative paths in relative directories', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    place(folder.path, 'kubectl-foo');
    const directory = relative(process.cwd(), folder.path);
    assert.equal(lookUpExecutable('kubectl-foo', { PATH: `./${directory}/` }), join(directory, 'kubectl-foo'));
  });

  it('are not found without a PATH', () => assert.equal(lookUpExecutable('kubectl-nowhere-to-be-found', {}), undefined));

  it('are found by their extension on Windows', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    const path = place(folder.path, 'kubectl-foo.cmd');
    assert.equal(lookUpExecutable('kubectl-foo', { PATH: folder.path, PATHEXT: '.EXE;.CMD' }, 'win32'), path);
  });
});

describe('files that are named like plugins', () => {
  it('are listed in the order of PATH and by name, each directory once, folders not', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    const [one, two] = [join(folder.path, 'one'), join(folder.path, 'two')];
    const paths = [place(two, 'kubectl-a', 0o644), place(two, 'kubectl-b'), place(one, 'kubectl-a')];
    place(one, 'other');
    place(one, 'kubectl_complete-a');
    mkdirSync(join(one, 'kubectl-folder'));
    assert.deepEqual(listPluginFiles({ PATH: `${two}: :${one}:${two}:` }).paths, paths);
  });

  it('come with what is said of directories that cannot be read', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    const file = place(folder.path, 'file');
    assert.deepEqual(listPluginFiles({ PATH: `/nowhere:${file}` }), {
      paths: [],
      unreadable: [
        { directory: '/nowhere', problem: 'open /nowhere: no such file or directory' },
        { directory: file, problem: `open ${file}: not a directory` },
      ],
    });
  });

  it('are commands by their first word, each once, but for those that are built in', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'path-'));
    for (const name of ['kubectl-foo', 'kubectl-foo-bar', 'kubectl-get_all', 'kubectl-create-thing']) place(folder.path, name);
    assert.deepEqual(
      pluginCommandNames({ PATH: folder.path }, (name) => name === 'create'),
      ['foo', 'get-all'],
    );
  });
});
