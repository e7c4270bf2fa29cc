import { statSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { goQuote } from '../../../api/cel/kubernetes/go-quote.ts';
import type { Command, CommandContext, LazyCommand } from '../../../extension-points/commands/contract.ts';
import { byName, loaded } from '../../../extension-points/commands/flags/find-command.ts';
import { operatingSystemText } from '../../../extension-points/commands/path-plugins/operating-system-error.ts';

/** Says what keeps a plugin from running, in kubectl's words; nothing for one that runs. Files must be given in the order of PATH: the first of a name counts. */
export function createPluginCheck(built: Pick<CommandContext, 'program' | 'commands'>): (path: string) => Promise<string[]> {
  const firstOfName = new Map<string, string>();
  return async (path) => {
    const name = basename(path);
    const complaints = [executableComplaint(path)];
    const first = firstOfName.get(name);
    if (first === undefined) firstOfName.set(name, path);
    else complaints.push(`warning: ${path} is overshadowed by a similarly named plugin: ${first}`);
    complaints.push(await overwritingComplaint(name, built));
    return complaints.filter((complaint) => complaint !== undefined);
  };
}

function executableComplaint(path: string): string | undefined {
  try {
    if (!isExecutable(path)) return `warning: ${path} identified as a kubectl plugin, but it is not executable`;
  } catch (error) {
    return `error: unable to identify ${path} as an executable file: stat ${path}: ${operatingSystemText(error)}`;
  }
  return undefined;
}

const windowsExecutables: ReadonlySet<string> = new Set(['.bat', '.cmd', '.com', '.exe', '.ps1']);

function isExecutable(path: string): boolean {
  const information = statSync(path);
  if (process.platform === 'win32') return windowsExecutables.has(extname(path).toLowerCase());
  return !information.isDirectory() && (information.mode & 0o111) !== 0;
}

/** A plugin whose first word is built in never runs; kubectl says so of sub-commands of `create` too, which do. The deepest command that it names is told. */
async function overwritingComplaint(fileName: string, { program, commands }: Pick<CommandContext, 'program' | 'commands'>): Promise<string | undefined> {
  const words = fileName
    .split('-')
    .slice(1)
    .filter((word) => word !== '');
  const found = answeredByHost.has(words[0] ?? '') ? words.slice(0, 1) : (await deepest(words, commands)).map(({ name }) => name);
  if (found.length === 0 && words.length > 0) return undefined;
  return `warning: ${fileName} overwrites existing command: ${goQuote([program, ...found].join(' '))}`;
}

/** Commands that are in no list of the host's, but its own. */
const answeredByHost: ReadonlySet<string> = new Set(['help', 'options']);

async function deepest(words: readonly string[], commands: readonly (Command | LazyCommand)[]): Promise<readonly Command[]> {
  const next = words[0] === undefined ? undefined : byName(commands, words[0]);
  if (!next) return [];
  const command = await loaded(next);
  return [command, ...(await deepest(words.slice(1), command.subcommands ?? []))];
}
