import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { type Environment, lookUpExecutable } from '../../../kernel/look-up-executable.ts';
import { completionPrefix, listPluginFiles, pluginPrefix } from './list-plugin-files.ts';

/** What a shell is told: the choices (`value` or `value\tdescription`), and cobra's ShellCompDirective, a sum of flags. */
export interface PluginCompletion {
  readonly choices: readonly string[];
  readonly directive: number;
}

/** The shell falls back to files. */
const directiveDefault = 0;
/** A completion executable may print this much. */
const maximumOutputBytes = 16 * 1024 * 1024;

/** How plugins are described in `help` and by completion. */
export const pluginDescription = (name: string): string => `The command ${name} is a plugin installed by the user`;

/** The first words of all plugins on PATH, each once and by name, without those that are built in: what `help` lists and what the first word of a line may become. */
export function pluginCommandNames(environment: Environment, isBuiltIn: (name: string) => boolean): string[] {
  return [...pluginTree(environment).keys()].filter((name) => !isBuiltIn(name)).sort();
}

/**
 * Completes a line whose first word is no built-in command: sub-commands by the names of plugins on PATH, and whatever the plugin's completion executable
 * (`kubectl_complete-NAME`) prints when it is given the words behind the plugin's name and the word begun, which may be empty. Its last line may be a directive
 * (`:4`). Without such an executable, or when it fails, the shell completes files.
 */
export function completePlugin(words: readonly string[], toComplete: string, environment: Environment): PluginCompletion {
  const nothing: PluginCompletion = { choices: [], directive: directiveDefault };
  if (words[0] === undefined || words[0].startsWith('-')) return nothing;
  let children = pluginTree(environment);
  let depth = 0;
  for (let next = children.get(words[0]); next; next = words[depth] === undefined ? undefined : children.get(words[depth]!)) {
    children = next;
    depth++;
  }
  if (depth === 0) return nothing;
  const subcommands = depth === words.length ? [...children.keys()].filter((name) => name.startsWith(toComplete)).sort() : [];
  const named = subcommands.map((name) => `${name}\t${pluginDescription(name)}`);
  const { choices, directive } = askExecutable(words.slice(0, depth), [...words.slice(depth), toComplete], environment);
  return { choices: [...named, ...choices], directive };
}

/** Words to the words that may follow. */
interface PluginTree extends Map<string, PluginTree> {}

function pluginTree(environment: Environment): PluginTree {
  const root: PluginTree = new Map();
  for (const path of listPluginFiles(environment).paths) {
    const name = basename(path).slice(pluginPrefix.length);
    let parent = root;
    for (const word of name.split('-').map((segment) => segment.replaceAll('_', '-'))) {
      const child: PluginTree = parent.get(word) ?? new Map();
      parent.set(word, child);
      parent = child;
    }
  }
  return root;
}

function askExecutable(name: readonly string[], args: readonly string[], environment: Environment): PluginCompletion {
  const fileName = `${completionPrefix}${name.map((word) => word.replaceAll('-', '_')).join('-')}`;
  const path = lookUpExecutable(fileName, environment);
  const none: PluginCompletion = { choices: [], directive: directiveDefault };
  if (!path) return none;
  const { status, stdout } = spawnSync(path, args, {
    argv0: path,
    env: { ...environment },
    stdio: ['inherit', 'pipe', 'inherit'],
    encoding: 'utf8',
    maxBuffer: maximumOutputBytes,
  });
  if (status !== 0) return none;
  const lines = stdout.split('\n').filter((line) => line !== '');
  const directive = /^:([-+]?\d+)$/.exec(lines.at(-1) ?? '')?.[1];
  return directive === undefined ? { choices: lines, directive: directiveDefault } : { choices: lines.slice(0, -1), directive: Number(directive) };
}
