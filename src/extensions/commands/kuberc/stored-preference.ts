import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseYaml } from '../../../api/yaml.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { type PreferencePlace, preferencePlace } from '../../../extension-points/commands/preferences/preference-file.ts';
import { yamlText } from '../../../extension-points/commands/printers/yaml-text.ts';

export type Fields = Record<string, unknown>;

/** A kuberc file as it stands, in the words of `v1beta1`. Fields not named here are kept. */
export interface StoredPreference extends Fields {
  apiVersion?: string;
  kind?: string;
  defaults?: StoredEntry[] | null;
  aliases?: StoredEntry[] | null;
}

export interface StoredEntry extends Fields {
  name?: string;
  command?: string;
  options?: unknown;
}

export const emptyPreference = (): StoredPreference => ({ apiVersion: 'kubectl.config.k8s.io/v1beta1', kind: 'Preference' });

/** Where the command reads and writes. Throws when preferences are turned off. */
export function placeOf({ cluster, environment, homeDirectory }: Pick<CommandContext, 'cluster' | 'environment' | 'homeDirectory'>): PreferencePlace {
  const flag = cluster.globalFlag('kuberc');
  const place = preferencePlace(typeof flag === 'string' ? flag : '', environment, homeDirectory);
  if (place.path === '') throw new Error('KUBERC is disabled via KUBERC=off environment variable');
  return place;
}

/** Undefined where there is no file. */
export function readStored(path: string): StoredPreference | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return undefined;
    throw new Error(`error reading kuberc file: ${code === 'EISDIR' ? `read ${path}: is a directory` : message}`, { cause: error });
  }
  return text.trim() === '' ? emptyPreference() : inNewWords(parsed(text));
}

function parsed(text: string): StoredPreference {
  try {
    const { value } = parseYaml(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as StoredPreference;
  } catch (error) {
    throw new Error(`error parsing kuberc file: ${(error as Error).message}`, { cause: error });
  }
  throw new Error('error parsing kuberc file: it holds no object');
}

/** `v1alpha1` calls defaults overrides, and options flags. */
function inNewWords(stored: StoredPreference): StoredPreference {
  if (stored.apiVersion !== 'kubectl.config.k8s.io/v1alpha1') return stored;
  const { overrides, aliases, ...rest } = stored;
  const renamed = (list: unknown): StoredEntry[] =>
    (Array.isArray(list) ? (list as StoredEntry[]) : []).map(({ flags, ...entry }) => ({ ...entry, ...(flags === undefined ? {} : { options: flags }) }));
  return { ...rest, apiVersion: 'kubectl.config.k8s.io/v1beta1', defaults: renamed(overrides), aliases: renamed(aliases) };
}

/** Writes the file and tells so. */
export function writeStored(path: string, stored: StoredPreference, { streams }: Pick<CommandContext, 'streams'>): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, yamlText({ ...stored, defaults: stored.defaults ?? null, aliases: stored.aliases ?? null }), { mode: 0o644 });
  streams.stdout.write(`Updated ${path}\n`);
}
