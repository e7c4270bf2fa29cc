import { readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Environment } from '../../../kernel/look-up-executable.ts';
import { operatingSystemText } from './operating-system-error.ts';

/** What every plugin's file name starts with. wherry has no prefix of its own, so that what is installed for kubectl is what is installed for wherry. */
export const pluginPrefix = 'kubectl-';

/** What stands in its place in the name of the executable that completes a plugin's lines. */
export const completionPrefix = 'kubectl_complete-';

export interface PluginFiles {
  /** Paths, in the order of PATH and by name within a directory; whether they can be executed was not asked. */
  readonly paths: readonly string[];
  /** Directories of PATH that could not be read. */
  readonly unreadable: readonly UnreadableDirectory[];
}

export interface UnreadableDirectory {
  readonly directory: string;
  /** `open /nowhere: no such file or directory`. */
  readonly problem: string;
}

/** Every file on PATH that is named like a plugin. A directory that PATH names twice in the same words is read once. */
export function listPluginFiles(environment: Environment): PluginFiles {
  const paths: string[] = [];
  const unreadable: UnreadableDirectory[] = [];
  for (const directory of new Set((environment['PATH'] ?? '').split(delimiter))) {
    if (directory.trim() === '') continue;
    try {
      paths.push(...pluginNamesIn(directory).map((name) => join(directory, name)));
    } catch (error) {
      unreadable.push({ directory, problem: `open ${directory}: ${operatingSystemText(error)}` });
    }
  }
  return { paths, unreadable };
}

const pluginNamesIn = (directory: string): string[] =>
  readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.name.startsWith(pluginPrefix) && !entry.isDirectory())
    .map(({ name }) => name)
    .sort((left, right) => Buffer.compare(Buffer.from(left), Buffer.from(right)));
