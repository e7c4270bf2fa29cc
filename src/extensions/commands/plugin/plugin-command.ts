import { type Command, defineCommand } from '../../../extension-points/commands/contract.ts';
import type { PluginRuntime } from './plugin-runtime.ts';

/** `plugin`: what is on PATH, and a start for authors. */
export const createPluginCommand = (runtime: PluginRuntime): Command =>
  defineCommand({
    name: 'plugin',
    short: 'Provides utilities for interacting with plugins',
    usage: 'plugin [flags]',
    long: `Provides utilities for interacting with plugins.

Plugins are executable files on the PATH whose names begin with "kubectl-". They extend the command line, in any language.

To discover and install plugins, see "$PROGRAM krew". To write one in TypeScript, see "$PROGRAM plugin new".`,
    examples: `# List all available plugins
$PROGRAM plugin list

# List only binary names of available plugins without paths
$PROGRAM plugin list --name-only

# Start a plugin of your own in the folder "hello"
$PROGRAM plugin new hello`,
    subcommands: [
      { name: 'list', short: "List all visible plugin executables on a user's PATH", load: async () => (await import('./list-command.ts')).listCommand },
      { name: 'new', short: 'Write a plugin in TypeScript, with its test', load: async () => (await import('./new-command.ts')).createNewCommand(runtime) },
      { name: 'run', short: 'Run a TypeScript module as a plugin', load: async () => (await import('./run-command.ts')).createRunCommand(runtime) },
      {
        name: 'conformance',
        short: 'Hold a plugin, in whatever language, to the contract',
        load: async () => (await import('./conformance-command.ts')).createConformanceCommand(runtime),
      },
      {
        name: 'test',
        short: 'Check the types of a plugin and run its tests',
        load: async () => (await import('./test-command.ts')).createTestCommand(runtime),
      },
    ],
  });
