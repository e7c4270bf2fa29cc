import { resolve } from 'node:path';
import { type CommandSubject, casesFor } from '../../../extension-points/commands/conformance-cases.ts';
import { commandInProcess, executablePlugin } from '../../../extension-points/commands/conformance-subjects.ts';
import { type Command, type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { choosePlugin } from '../../../extension-points/commands/path-plugins/choose-plugin.ts';
import { lookUpExecutable } from '../../../kernel/look-up-executable.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { commandIn } from './run-command.ts';

const flags = { skip: { type: 'array', description: 'leave a case out, by its title' } } as const;

/** `plugin conformance`: holds a plugin, in whatever language, to what users and hosts count on. Exit code 1 when it fails a case. */
export const createConformanceCommand = (runtime: PluginRuntime): Command =>
  defineCommand({
    name: 'conformance',
    short: 'Hold a plugin, in whatever language, to the contract',
    usage: 'conformance (NAME... | EXECUTABLE | FILE.ts)',
    long: 'Hold a plugin to what users and hosts count on in every command: one on PATH by its words, an executable by its path, or the command that a TypeScript module exports. No cluster is needed. A case that does not suit a plugin is left out by --skip.',
    examples: `# The plugin that "$PROGRAM hello" runs
$PROGRAM plugin conformance hello

# A module, before it is a plugin
$PROGRAM plugin conformance ./hello.ts`,
    flags,
    async run(context) {
      const { args, flags: given, streams, usageError } = context;
      if (args.length === 0) throw usageError('the name of a plugin, or its file, is wanted');
      const subject = await subjectOf(context, runtime);
      const cases = Object.entries(casesFor(subject.kind));
      const unknown = given.skip.find((title) => !cases.some(([known]) => known === title));
      if (unknown !== undefined) throw new Error(`no case is called "${unknown}"`);
      const counts = { passed: 0, failed: 0, skipped: 0 };
      for (const [title, run] of cases) {
        const outcome = given.skip.includes(title) ? 'skipped' : await run(subject).then(() => 'passed' as const, messageText);
        counts[typeof outcome === 'string' ? outcome : 'failed']++;
        const line = typeof outcome === 'string' ? `${marks[outcome]} ${title}\n` : `FAILED ${title}\n       ${outcome.text.replaceAll('\n', '\n       ')}\n`;
        streams.stdout.write(line);
      }
      streams.stdout.write(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped\n`);
      return counts.failed === 0 ? 0 : 1;
    },
  });

const marks = { passed: 'ok    ', skipped: 'skip  ' } as const;
const messageText = (error: unknown): { readonly text: string } => ({ text: error instanceof Error ? error.message : String(error) });

async function subjectOf(
  { args, directory, environment }: Pick<CommandContext, 'args' | 'directory' | 'environment'>,
  runtime: PluginRuntime,
): Promise<CommandSubject> {
  const [word = ''] = args;
  if (args.length === 1 && /\.[cm]?[jt]s$/.test(word)) return commandInProcess(commandIn(await runtime.importModule(resolve(directory, word)), word));
  if (args.length === 1 && word.includes('/')) return executablePlugin(resolve(directory, word), environment);
  const lookUp = (name: string): string | undefined => lookUpExecutable(name, environment);
  const choice = word === 'create' ? choosePlugin(['create'], args.slice(1), lookUp) : choosePlugin([], args, lookUp);
  if (choice.kind !== 'plugin') throw new Error(`no plugin on PATH is called ${JSON.stringify(args.join(' '))}; see what there is: wherry plugin list`);
  return executablePlugin(resolve(directory, choice.path), environment);
}
