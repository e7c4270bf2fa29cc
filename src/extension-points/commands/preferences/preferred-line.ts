import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { CredentialPluginPolicy } from '../../../client/credential-plugin-policy.ts';
import type { FlagTable, Streams } from '../contract.ts';
import { ExitCode } from '../errors/command-errors.ts';
import type { AnyCommand } from '../flags/find-command.ts';

/** What was typed, and where preferences for it may stand. */
export interface TypedLine {
  readonly program: string;
  readonly arguments: readonly string[];
  readonly commands: readonly AnyCommand[];
  readonly globalFlags: FlagTable;
  readonly streams: Streams;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly homeDirectory: string;
}

/** What a line is with the user's preferences. */
export interface LineWithPreferences {
  readonly arguments: readonly string[];
  /** Which credential plugins may run; absent: all. */
  readonly pluginPolicy?: CredentialPluginPolicy;
}

/** `KUBECTL_KUBERC=false` turns preferences off, the command for them too. */
export const knowsPreferences = (environment: TypedLine['environment']): boolean => !/^(?:0|f|false)$/i.test(environment['KUBECTL_KUBERC'] ?? '');

/**
 * Applies the user's preferences (a kuberc file) to what was typed. Where there can be none nothing is read and nothing is loaded. Throws an `ExitCode` with kubectl's words for
 * preferences that cannot be applied.
 */
export async function withPreferences(line: TypedLine): Promise<LineWithPreferences> {
  const { arguments: words, environment, homeDirectory, streams } = line;
  const isNamed = Boolean(environment['KUBERC']) || words.some((word) => word.startsWith('--kuberc'));
  const mayHave = words.length > 0 && knowsPreferences(environment) && (isNamed || existsSync(join(homeDirectory, '.kube', 'kuberc')));
  // What stands on a line that is completed is no command yet.
  if (!mayHave || words[0]!.startsWith('__complete')) return { arguments: words };
  const [{ applyPreference, namedPreferenceFile }, { preferencePlace, readPreference }] = await Promise.all([
    import('./apply-preference.ts'),
    import('./preference-file.ts'),
  ]);
  const warn = (text: string): void => streams.stderr.write(text);
  try {
    const flag = namedPreferenceFile(words);
    const preference = read(() => readPreference(preferencePlace(flag, environment, homeDirectory), warn));
    if (!preference) return { arguments: words };
    return { arguments: await applyPreference(preference, { ...line, warn }), pluginPolicy: preference.pluginPolicy };
  } catch (error) {
    throw new ExitCode(1, `error occurred while applying preferences ${error instanceof Error ? error.message : String(error)}`);
  }
}

function read<Value>(load: () => Value): Value {
  try {
    return load();
  } catch (error) {
    throw new Error(`kuberc error ${(error as Error).message}`, { cause: error });
  }
}
