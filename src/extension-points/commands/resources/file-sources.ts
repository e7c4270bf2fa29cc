import { globSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { extname, isAbsolute, join } from 'node:path';
import type { FlagTable, Input } from '../contract.ts';

/** What `-f`, `-R` and `-k` say. */
export interface FileSources {
  readonly filenames: readonly string[];
  readonly isRecursive?: boolean;
  /** A kustomization directory. */
  readonly kustomize?: string;
}

/** `-f`, `-R` and `-k`. `purpose` ends the description of `-f`: "with the objects to delete". */
export const fileFlags = (purpose: string) =>
  ({
    filename: {
      type: 'list',
      shorthand: 'f',
      description: `Files, directories or URLs ${purpose}; - for standard input.`,
      fileExtensions: ['json', 'yaml', 'yml'],
    },
    kustomize: { type: 'string', shorthand: 'k', description: 'A directory with a kustomization to build. Cannot be used with -f or -R.' },
    recursive: { type: 'boolean', shorthand: 'R', description: 'Go into the sub-directories of directories that -f names.' },
  }) as const satisfies FlagTable;

/** The sources that those flags name. Throws when they exclude each other. */
export function fileSourcesOf(flags: { readonly filename: readonly string[]; readonly kustomize: string; readonly recursive: boolean }): FileSources {
  if (flags.kustomize !== '' && flags.filename.length > 0) throw new Error('only one of -f or -k can be specified');
  if (flags.kustomize !== '' && flags.recursive) throw new Error("the -k flag can't be used with -f or -R");
  return { filenames: flags.filename, isRecursive: flags.recursive, ...(flags.kustomize === '' ? {} : { kustomize: flags.kustomize }) };
}

export const hasSources = ({ filenames, kustomize }: FileSources): boolean => filenames.length > 0 || Boolean(kustomize);

/** A text with objects, and where it comes from. */
export interface ObjectText {
  readonly source: string;
  text(): Promise<string>;
}

export interface ExpandedSources {
  readonly texts: readonly ObjectText[];
  /** A directory or stream may hold more than one object: the answer is a list even if it holds one. */
  readonly mayHoldMany: boolean;
}

const extensions = ['.json', '.yaml', '.yml'];
const maximumFileBytes = 256 * 1024 * 1024;

/** Finds the files behind names, directories and patterns. Throws for what is not there; files are read when asked for. */
export async function expandSources(
  sources: FileSources,
  { directory, stdin }: { readonly directory: string; readonly stdin: Input },
): Promise<ExpandedSources> {
  const texts: ObjectText[] = [];
  let mayHoldMany = false;
  if (sources.kustomize) {
    const { buildKustomization } = await import('./kustomization.ts');
    const root = sources.kustomize;
    texts.push({ source: root, text: () => buildKustomization(root, directory) });
    mayHoldMany = true;
  }
  for (const name of sources.filenames) {
    if (name === '-') {
      if (texts.some(({ source }) => source === 'STDIN')) throw new Error('standard input cannot be used for multiple arguments');
      texts.push({ source: 'STDIN', text: () => stdin.text() });
      mayHoldMany = true;
    } else if (/^https?:\/\//.test(name)) {
      const { readUrl } = await import('./read-url.ts');
      texts.push({ source: name, text: () => readUrl(name) });
      mayHoldMany = true;
    } else {
      const files = matches(name, directory).flatMap((path) => filesOf(path, directory, sources.isRecursive ?? false));
      if (files.length === 0) throw new Error(`error reading [${name}]: recognized file extensions are [${extensions.join(' ')}]`);
      mayHoldMany ||= files.length > 1;
      texts.push(...files.map((path) => ({ source: path, text: async () => readText(absolute(path, directory)) })));
    }
  }
  return { texts, mayHoldMany: mayHoldMany || texts.length > 1 };
}

const absolute = (path: string, directory: string): string => (isAbsolute(path) ? path : join(directory, path));

/** A name that is no file may be a pattern. */
function matches(name: string, directory: string): string[] {
  if (statSync(absolute(name, directory), { throwIfNoEntry: false })) return [name];
  const found = /[*?[]/.test(name) ? globSync(name, { cwd: directory }).sort() : [];
  if (found.length === 0) throw new Error(`the path ${JSON.stringify(name)} does not exist`);
  return found;
}

/** A file itself, or what a directory holds, in order of names: files with an extension that says what they are. */
function filesOf(path: string, directory: string, isRecursive: boolean): string[] {
  if (!statSync(absolute(path, directory)).isDirectory()) return [path];
  const entries = readdirSync(absolute(path, directory), { withFileTypes: true }).sort((left, right) => (left.name < right.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const inner = join(path, entry.name);
    if (entry.isDirectory()) return isRecursive ? filesOf(inner, directory, true) : [];
    return extensions.includes(extname(entry.name)) ? [inner] : [];
  });
}

function readText(path: string): string {
  const { size } = statSync(path);
  if (size > maximumFileBytes) throw new Error(`${path} is longer than ${maximumFileBytes} bytes`);
  const bytes = readFileSync(path);
  const hasUtf16Mark = bytes.length >= 2 && bytes[0] === 0xff && bytes[1] === 0xfe;
  return hasUtf16Mark ? bytes.toString('utf16le', 2) : bytes.toString('utf8');
}
