import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type RanCommand, runCommands } from '../../../../extension-points/commands/path-plugins/testing/run-commands.fixture.ts';
import { testTarGz } from '../archive/testing.fixture.ts';
import { krewCommand } from '../krew-command.ts';

export const hasGit = spawnSync('git', ['--version']).status === 0;

/** A krew with an index of its own, all within one temporary folder. */
export interface KrewWorld extends Disposable {
  readonly directory: string;
  /** The store: `KREW_ROOT`. */
  readonly root: string;
  readonly environment: Record<string, string | undefined>;
  /** Puts a version of a plugin into the index; `changes` are made to the text of the manifest. */
  publish(name: string, version: string, options?: { readonly script?: string; readonly changes?: (text: string) => string; readonly index?: string }): string;
  /** Runs a command line of krew; standard input is a terminal unless there is an input. */
  krew(line: string, options?: { readonly input?: string; readonly isTerminal?: boolean; readonly environment?: Record<string, string> }): Promise<RanCommand>;
  /** Runs what is installed. */
  installed(name: string): string;
}

export function createKrewWorld(): KrewWorld {
  const directory = mkdtempSync(join(tmpdir(), 'krew-'));
  const root = join(directory, 'root');
  const environment: Record<string, string | undefined> = {
    ...process.env,
    PATH: [join(root, 'bin'), process.env['PATH']].join(delimiter),
    KREW_ROOT: root,
    KREW_OS: 'linux',
    KREW_ARCH: 'amd64',
    KREW_DEFAULT_INDEX_URI: pathToFileURL(join(directory, 'default')).href,
    GIT_CONFIG_GLOBAL: '/dev/null',
  };
  const git = (index: string, ...args: string[]): string =>
    execFileSync('git', ['-c', 'user.name=test', '-c', 'user.email=test@example.com', ...args], {
      cwd: join(directory, index),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  return {
    directory,
    root,
    environment,
    publish(name, version, { script = `#!/bin/sh\necho "${name} ${version} $*"\n`, changes = (text: string): string => text, index = 'default' } = {}) {
      const archive = join(directory, `${name}-${version}.tar.gz`);
      const bytes = testTarGz([
        { name: `${name}.sh`, content: script, mode: 0o755 },
        { name: 'LICENSE', content: 'MIT' },
      ]);
      writeFileSync(archive, bytes);
      const plugins = join(directory, index, 'plugins');
      if (mkdirSync(plugins, { recursive: true })) git(index, 'init', '-q');
      const text = changes(manifest({ name, version, uri: pathToFileURL(archive).href, sha256: createHash('sha256').update(bytes).digest('hex') }));
      const path = join(plugins, `${name}.yaml`);
      writeFileSync(path, text);
      git(index, 'add', '-A');
      git(index, 'commit', '-q', '-m', `${name} ${version}`);
      return path;
    },
    krew: (line, { input, isTerminal = input === undefined, environment: extra = {} } = {}) =>
      runCommands([krewCommand], ['krew', ...line.split(' ')], {
        environment: { ...environment, NO_COLOR: '1', ...extra },
        directory,
        isTerminal,
        ...(input === undefined ? {} : { input }),
      }),
    installed: (name) => execFileSync(join(root, 'bin', `kubectl-${name.replaceAll('-', '_')}`), ['x'], { encoding: 'utf8' }),
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
}

export const manifest = ({
  name,
  version,
  uri,
  sha256,
}: {
  name: string;
  version: string;
  uri: string;
  sha256: string;
}): string => `apiVersion: krew.googlecontainertools.github.com/v1alpha2
kind: Plugin
metadata:
  name: ${name}
spec:
  version: ${version}
  shortDescription: The plugin ${name}
  homepage: https://example.com/${name}
  platforms:
  - selector:
      matchLabels: {os: linux, arch: amd64}
    uri: ${uri}
    sha256: ${sha256}
    bin: ${name}.sh
`;
