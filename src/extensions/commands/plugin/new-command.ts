import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import type { PluginRuntime } from './plugin-runtime.ts';
import { pluginFiles, pluginNames } from './plugin-template.ts';

const flags = {
  directory: { type: 'string', shorthand: 'd', description: 'folder to write to (default: one with the name of the plugin)' },
} as const;

/** `plugin new`: a plugin that works, in a folder of its own. */
export const createNewCommand = (runtime: PluginRuntime): Command =>
  defineCommand({
    name: 'new',
    short: 'Write a plugin in TypeScript, with its test',
    usage: 'new NAME',
    long: 'Write a plugin that works and its test into a new folder. "foo-bar" becomes the command "foo-bar"; several words, "foo bar", become a command below another. The executable runs the TypeScript file with wherry, so nothing is to be compiled.',
    examples: `# Start a plugin, test it, and run it
$PROGRAM plugin new hello
$PROGRAM plugin test hello
PATH=$PWD/hello:$PATH $PROGRAM hello`,
    flags,
    run({ args, flags: { directory: folder }, directory, streams, usageError }) {
      if (args.length === 0) throw usageError('the name of the plugin is wanted');
      const wrong = args.find((word) => !/^[a-z0-9][a-z0-9-]*$/.test(word));
      if (wrong !== undefined) throw new Error(`the name "${wrong}" must be of small letters, digits and dashes`);
      const target = resolve(directory, folder || args.join('-'));
      if (existsSync(target) && readdirSync(target).length > 0) throw new Error(`${target} is there already, and not empty`);
      write(target, args, runtime);
      const shown = relative(directory, target) || '.';
      streams.stdout.write(nextSteps(args, shown));
    },
  });

function write(target: string, words: readonly string[], { packageDirectory }: PluginRuntime): void {
  mkdirSync(join(target, 'node_modules'), { recursive: true });
  for (const { name, text, isExecutable } of pluginFiles(words)) {
    writeFileSync(join(target, name), text);
    if (isExecutable) chmodSync(join(target, name), 0o755);
  }
  // Lets editors, the type checker and tests find `wherry/commands`; runs find it without.
  symlinkSync(packageDirectory, join(target, 'node_modules', 'wherry'), 'dir');
}

function nextSteps(words: readonly string[], folder: string): string {
  const { module, executable } = pluginNames(words);
  return `Wrote ${folder}/${module}.ts, its test, and ${folder}/${executable}, which runs it.

  wherry plugin test ${folder}              check the types, run the test
  PATH=$PWD/${folder}:$PATH wherry ${words.join(' ')}     run it; kubectl runs it too
`;
}
