import type { Environment } from '../../../kernel/look-up-executable.ts';
import { ExitCode } from '../errors/command-errors.ts';
import type { OutsideCommands } from '../run.ts';
import { pluginCommandNames, pluginDescription } from './plugin-completion.ts';
import { runPathPlugin } from './run-path-plugin.ts';

export interface PathPluginsOptions {
  readonly environment: Environment;
  /** Absolute path of the program itself, by which a plugin can call it back (`KUBECTL_PATH`). */
  readonly ownPath: string;
  /** Whether a word is a command of the root; those are not listed a second time. */
  readonly isBuiltIn: (name: string) => boolean;
}

/** Executables on PATH as commands of the host, by kubectl's rules. Errors are printed as kubectl prints them: `Error: MESSAGE`, exit code 1. */
export function pathPlugins({ environment, ownPath, isBuiltIn }: PathPluginsOptions): OutsideCommands {
  return {
    async run(parents, words) {
      try {
        return await runPathPlugin(parents, words, { environment, ownPath });
      } catch (error) {
        throw new ExitCode(1, `Error: ${(error as Error).message}`);
      }
    },
    list: async () =>
      pluginCommandNames(environment, isBuiltIn).map((name) => ({ name, short: pluginDescription(name), group: 'Subcommands provided by plugins:' })),
  };
}
