import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { lookUpExecutable } from '../../kernel/look-up-executable.ts';
import { definitionCases } from './conformance-definition-cases.ts';
import type { Command, CommandSummary } from './contract.ts';
import { choosePlugin } from './path-plugins/choose-plugin.ts';
import { completionPrefix, listPluginFiles, pluginPrefix } from './path-plugins/list-plugin-files.ts';
import type { RanCommand } from './testing.ts';

/** A command under test that is a value of this process. */
export interface ProcessSubject {
  readonly kind: 'process';
  /** What the host is given: the command, or what loads it. */
  readonly summary: CommandSummary;
  load(): Promise<Command>;
  /** Runs a line without a cluster; the command's own word is not among `args`. */
  run(args: readonly string[]): Promise<RanCommand>;
}

/** A command under test that is an executable on PATH. */
export interface ExecutableSubject {
  readonly kind: 'executable';
  readonly path: string;
  /** What it is run with: a PATH that finds it, a kubeconfig without a cluster. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  run(args: readonly string[]): Promise<RanCommand>;
  /** Runs the executable that completes its lines. */
  complete(words: readonly string[]): Promise<RanCommand>;
}

export type CommandSubject = ProcessSubject | ExecutableSubject;
export type CommandCase = (subject: CommandSubject) => Promise<void>;

/** Nobody has this flag. */
const nonsense = '--no-such-flag-anywhere';
/** Everything below a blank but tabs and ends of lines. */
const commandsTerminals = /[^\P{Cc}\t\n]/u;

/** What users count on in every command, by name. None of them needs a cluster. */
const lineCases = {
  'tells what it is for by --help, on standard output, without a cluster': async (subject) => {
    const { code, stdout, stderr } = await subject.run(['--help']);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
    assert.notEqual(stdout.trim(), '', 'it says nothing');
  },
  'prints neither colours nor other commands of terminals where there is no terminal': async (subject) => {
    const { stdout, stderr } = await subject.run(['--help']);
    assert.doesNotMatch(stdout + stderr, commandsTerminals);
  },
  'says the same when it is asked again, and at the same time': async (subject) => {
    const [one, other] = await Promise.all([subject.run(['--help']), subject.run(['--help'])]);
    assert.deepEqual(one, other);
  },
  'refuses a flag that it does not have, on standard error': async (subject) => {
    const { code, stdout, stderr } = await subject.run([nonsense]);
    assert.notEqual(code, 0, 'its exit code is 0');
    assert.equal(stdout, '');
    assert.notEqual(stderr.trim(), '', 'it does not say why');
    assert.doesNotMatch(stderr, /^ +at .*:\d+:\d+\)?$/m, 'it prints a trace instead of a message');
  },
} satisfies Record<string, CommandCase>;

/** What hosts count on in executables. */
const executableCases = {
  'has a name that the words of a command line lead to': async ({ path, environment }) => {
    const { parents, words } = wordsOf(path);
    assert.ok(basename(path).startsWith(pluginPrefix), `its name does not begin with "${pluginPrefix}"`);
    assert.ok(words.length > 0 && words.every((word) => /^[^\s-]/.test(word)), 'nobody can type its name');
    assert.ok(listPluginFiles(environment).paths.includes(path), 'it is not found on PATH');
    const choice = choosePlugin(parents, [...words, 'argument', '--flag'], (name) => lookUpExecutable(name, environment));
    assert.deepEqual(choice, { kind: 'plugin', path, args: ['argument', '--flag'] });
  },
  'has a completion, if any, that fails for nothing and prints choices and a directive': async ({ path, complete }) => {
    if (!existsSync(join(dirname(path), basename(path).replace(pluginPrefix, completionPrefix)))) return;
    for (const words of [[''], ['-'], ['--'], ['no-such-word-anywhere', '']]) {
      const { code, stdout } = await complete(words);
      assert.equal(code, 0, `for ${JSON.stringify(words)} its exit code is ${code}`);
      assert.doesNotMatch(stdout, commandsTerminals);
      const directive = stdout.split('\n').findLast((line) => line !== '');
      assert.match(directive ?? ':0', /^:\d+$/, 'its last line is no directive, such as :4');
    }
  },
} satisfies Record<string, (subject: ExecutableSubject) => Promise<void>>;

/** `kubectl-foo_bar-baz` is `foo-bar baz`; below `create`, kubectl's own command comes first. */
function wordsOf(path: string): { readonly parents: readonly string[]; readonly words: readonly string[] } {
  const all = basename(path)
    .slice(pluginPrefix.length)
    .split('-')
    .map((word) => word.replaceAll('_', '-'));
  return all[0] === 'create' ? { parents: ['create'], words: all.slice(1) } : { parents: [], words: all };
}

/** The cases of a kind of subject, by name. */
export const casesFor = (kind: CommandSubject['kind']): Readonly<Record<string, CommandCase>> =>
  ({ ...lineCases, ...(kind === 'process' ? definitionCases : executableCases) }) as Record<string, CommandCase>;
