import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { parseYaml } from '../../../api/yaml.ts';
import { type Preference, preferenceIn } from './preference.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where preferences are kept; an empty path where they are turned off. */
export interface PreferencePlace {
  readonly path: string;
  /** Named by a flag or by the environment: then it must be there. */
  readonly isExplicit: boolean;
}

/** The file that `--kuberc` names, else KUBERC, else `~/.kube/kuberc`; none with `KUBERC=off`. Throws when a flag names one that is turned off. */
export function preferencePlace(flag: string, environment: Environment, homeDirectory: string): PreferencePlace {
  const { KUBERC: named = '' } = environment;
  if (named === 'off') {
    if (flag !== '') throw new Error('disabling kuberc via KUBERC=off and passing kuberc flag are mutually exclusive');
    return { path: '', isExplicit: false };
  }
  return flag || named ? { path: flag || named, isExplicit: true } : { path: join(homeDirectory, '.kube', 'kuberc'), isExplicit: false };
}

const maximumFileBytes = 1024 * 1024;

/**
 * Reads a file of preferences; undefined: there are none. What is in it and means nothing, and a file that nobody named and that cannot be read, is told by `warn` and does
 * not count. Throws for one that was named.
 */
export function readPreference({ path, isExplicit }: PreferencePlace, warn: (text: string) => void): Preference | undefined {
  if (path === '') return undefined;
  try {
    const found = preferenceOf(textOf(path), path);
    if (found && found.unknownFields.length > 0) {
      const fields = found.unknownFields.map((field) => `unknown field ${JSON.stringify(field)}`).join(', ');
      warn(`kuberc: ignoring strict decoding error in ${path}: strict decoding error: ${fields}`);
    }
    return found?.preference;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const problem = code === 'ENOENT' ? `open ${path}: no such file or directory` : (error as Error).message;
    if (isExplicit) throw new Error(`kuberc: ${problem}`, { cause: error });
    if (code !== 'ENOENT') warn(`kuberc: no preferences loaded from ${path}: ${problem}`);
    return undefined;
  }
}

function textOf(path: string): string {
  if (statSync(path).size > maximumFileBytes) throw new Error(`${path} is larger than ${maximumFileBytes} bytes`);
  return readFileSync(path, 'utf8');
}

/** The first document that can be read counts. */
function preferenceOf(text: string, path: string): ReturnType<typeof preferenceIn> {
  const documents = text.split(/^---(?:[ \t].*)?$/m).filter((document) => document.trim() !== '');
  for (const document of documents) {
    const found = preferenceIn(valueOf(document));
    if (found) return found;
  }
  if (documents.length > 0) throw new Error(`no valid preferences found in ${path}, use --v=5 to see details`);
  return undefined;
}

function valueOf(document: string): unknown {
  try {
    return parseYaml(document).value;
  } catch {
    return undefined; // the next document may be one
  }
}
