import { type Environment, lookUpExecutable } from '../../../kernel/look-up-executable.ts';
import { choosePlugin } from './choose-plugin.ts';
import { executePlugin, pluginEnvironment } from './execute-plugin.ts';

export interface PathPluginHost {
  readonly environment: Environment;
  /** Absolute path of the program itself, by which a plugin can call it back. */
  readonly ownPath: string;
  /** Replaced by tests. */
  readonly execute?: typeof executePlugin;
}

/**
 * Runs the plugin that a command line means, if it means one (see `choosePlugin`), with the arguments and the environment as they are. Usually never returns: the
 * plugin takes the place of this process. Else answers the exit code, or undefined when no plugin is meant. Rejects with what kubectl would print behind `Error: `
 * (exit code 1) for a flag in front of the plugin's name, and for a file that the operating system does not run.
 */
export async function runPathPlugin(parents: readonly string[], words: readonly string[], host: PathPluginHost): Promise<number | undefined> {
  const { environment, ownPath, execute = executePlugin } = host;
  const choice = choosePlugin(parents, words, (name) => lookUpExecutable(name, environment));
  if (choice.kind === 'none') return undefined;
  if (choice.kind === 'misplaced-flag') throw new Error(choice.message);
  return execute({ path: choice.path, args: choice.args, environment: pluginEnvironment(environment, ownPath) });
}
