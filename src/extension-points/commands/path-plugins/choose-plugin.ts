import { pluginPrefix } from './list-plugin-files.ts';

export type PluginChoice =
  | { readonly kind: 'none' }
  | { readonly kind: 'plugin'; readonly path: string; readonly args: readonly string[] }
  /** Whoever writes a flag first wants a plugin's name to be found behind it, which kubectl does not do. `message` says so in its words. */
  | { readonly kind: 'misplaced-flag'; readonly message: string };

/** Finds the executable for a plugin's file name. */
export type LookUp = (fileName: string) => string | undefined;

/** Answered by kubectl itself, although none of them is in its list of commands. */
const neverPlugins: ReadonlySet<string> = new Set(['help', '__complete', '__completeNoDesc']);

/**
 * The plugin that a command line means, if any, once no built-in command fits. `parents` are the built-in commands that the line names and that take plugins for
 * sub-commands (`create` alone, of kubectl's), `words` is what follows them. The longest name wins, and what follows the name is handed over as it is.
 */
export function choosePlugin(parents: readonly string[], words: readonly string[], lookUp: LookUp): PluginChoice {
  const first = parents.length > 0 ? words[0] : words.find((word) => !word.startsWith('-'));
  if (first === undefined || (parents.length > 0 ? first.startsWith('-') : neverPlugins.has(first))) return { kind: 'none' };
  return longestName([...parents, ...words], parents.length + 1, lookUp);
}

function longestName(line: readonly string[], fewestWords: number, lookUp: LookUp): PluginChoice {
  const firstFlag = line.findIndex((word) => word.startsWith('-'));
  const name = (firstFlag === -1 ? line : line.slice(0, firstFlag)).map((word) => word.replaceAll('-', '_'));
  if (name.length === 0) return { kind: 'misplaced-flag', message: `flags cannot be placed before plugin name: ${line[0]}` };
  for (let length = name.length; length >= fewestWords; length--) {
    const path = lookUp(`${pluginPrefix}${name.slice(0, length).join('-')}`);
    if (path) return { kind: 'plugin', path, args: line.slice(length) };
  }
  return { kind: 'none' };
}
