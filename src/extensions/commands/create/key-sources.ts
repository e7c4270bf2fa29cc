import { type Dirent, readdirSync, readFileSync, type Stats, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { environmentNameProblems } from '../../../extension-points/commands/pod-templates/environment-names.ts';
import { readFileBounded } from './read-file.ts';

/** A key and its value: the bytes of a file, or a text from the command line. */
export type KeyValue = readonly [key: string, value: Buffer];

/** Reads `KEY=VALUE` of `--from-literal`. Throws with kubectl's words. */
export function literalPair(source: string): KeyValue {
  const equals = source.indexOf('=');
  if (equals <= 0) throw new Error(`invalid literal source ${source}, expected key=value`);
  return [source.slice(0, equals), Buffer.from(source.slice(equals + 1))];
}

/** Reads `FILE`, `KEY=FILE` or `DIRECTORY` of `--from-file`; of a directory the files in it, sorted. Throws with kubectl's words. */
export function filePairs(source: string, directory: string): readonly KeyValue[] {
  const { key, path } = parseFileSource(source);
  if (!statOf(path, directory).isDirectory()) return [[key, readFileBounded(path, directory)]];
  if (source.includes('=')) throw new Error('cannot give a key name for a directory path');
  return entriesOf(path, directory)
    .filter((entry) => entry.isFile())
    .sort((one, other) => (one.name < other.name ? -1 : 1))
    .map(({ name }) => [name, readFileBounded(join(path, name), directory)] as const);
}

function parseFileSource(source: string): { key: string; path: string } {
  const parts = source.split('=');
  if (parts.length === 1) return { key: basename(source), path: source };
  if (parts.length > 2) throw new Error("key names or file paths cannot contain '='");
  const [key = '', path = ''] = parts;
  if (key === '') throw new Error(`key name for file path ${path} missing`);
  if (path === '') throw new Error(`file path for key name ${key} missing`);
  return { key, path };
}

function statOf(path: string, directory: string): Stats {
  try {
    return statSync(resolve(directory, path));
  } catch (error) {
    throw new Error(`error reading ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

function entriesOf(path: string, directory: string): Dirent[] {
  try {
    return readdirSync(resolve(directory, path), { withFileTypes: true });
  } catch (error) {
    throw new Error(`error listing files in ${path}: ${reasonOf(error)}`, { cause: error });
  }
}

const reasons: Readonly<Record<string, string>> = { ENOENT: 'no such file or directory', EACCES: 'permission denied', ENOTDIR: 'not a directory' };
const reasonOf = (error: unknown): string => reasons[(error as NodeJS.ErrnoException).code ?? ''] ?? (error as Error).message;

type Environment = Readonly<Record<string, string | undefined>>;

/** Reads `KEY=VALUE` lines of `--from-env-file`; a key alone takes its value from the environment. `what` names what is made: `config`, `secret`. */
export function environmentFilePairs(
  path: string,
  { directory, environment, what }: { directory: string; environment: Environment; what: string },
): KeyValue[] {
  if (statOf(path, directory).isDirectory()) throw new Error(`env ${what} file cannot be a directory`);
  const lines = readFileSync(resolve(directory, path));
  return splitLines(lines).flatMap((line, index) => {
    const text = lineText(line, { path, index });
    const pair = text === '' || text.startsWith('#') ? undefined : linePair(text, environment);
    return pair ? [pair] : [];
  });
}

function splitLines(bytes: Buffer): Buffer[] {
  const lines: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const end = bytes.indexOf(10, at);
    const line = bytes.subarray(at, end < 0 ? bytes.length : end);
    lines.push(line.at(-1) === 13 ? line.subarray(0, -1) : line);
    at = end < 0 ? bytes.length : end + 1;
  }
  return lines;
}

function lineText(line: Buffer, { path, index }: { readonly path: string; readonly index: number }): string {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: index > 0 }).decode(line);
  } catch {
    throw new Error(`env file ${path} contains invalid utf8 bytes at line ${index + 1}: [${[...line].join(' ')}]`);
  }
  return text.trimStart();
}

function linePair(text: string, environment: Environment): KeyValue {
  const equals = text.indexOf('=');
  const key = equals < 0 ? text : text.slice(0, equals);
  const problems = environmentNameProblems(key);
  if (problems.length > 0) throw new Error(`${JSON.stringify(key)} is not a valid key name: ${problems.join(';')}`);
  return [key, Buffer.from(equals < 0 ? (environment[key] ?? '') : text.slice(equals + 1))];
}
