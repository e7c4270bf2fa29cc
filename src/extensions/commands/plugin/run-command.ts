import { resolve } from 'node:path';
import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import { byName } from '../../../extension-points/commands/flags/find-command.ts';
import { runCommandLine } from '../../../extension-points/commands/run.ts';
import type { PluginRuntime } from './plugin-runtime.ts';

/** `plugin run`: what the executable of a TypeScript plugin calls. The default export of the module is the command; flags, help and errors are the host's. */
export const createRunCommand = (runtime: PluginRuntime): Command =>
  defineCommand({
    name: 'run',
    short: 'Run a TypeScript module as a plugin',
    usage: 'run FILE [ARGUMENT...]',
    long: 'Run the command that a TypeScript module exports by default, with the arguments as they are. The executable of a plugin that "plugin new" wrote does this.',
    passesFlags: true,
    async run({ args: [file, ...rest], directory, line, usageError }) {
      if (file === undefined || file.startsWith('-')) throw usageError('the file of a plugin is wanted');
      const command = commandIn(await runtime.importModule(resolve(directory, file)), file);
      const { outside: _, ...host } = line;
      const [first = ''] = rest;
      // What a plugin's completion executable asks for.
      const completion = first.startsWith('__complete') ? byName(line.commands, first) : undefined;
      if (completion) return runCommandLine({ ...host, commands: [command, completion], arguments: [first, command.name, ...rest.slice(1)] });
      return runCommandLine({ ...host, commands: [command], arguments: [command.name, ...rest] });
    },
  });

/** The command that a module exports by default. Throws, naming the file, when there is none. */
export function commandIn({ default: exported }: Readonly<Record<string, unknown>>, file: string): Command {
  const { name, run, subcommands } = (exported ?? {}) as Partial<Command>;
  if (typeof name === 'string' && (typeof run === 'function' || Array.isArray(subcommands))) return exported as Command;
  throw new Error(`${file}: its default export is no command; make it one with defineCommand of "wherry/commands"`);
}
