import { join } from 'node:path';
import type { KrewLayout } from '../krew-layout.ts';
import type { Plugin } from '../manifest/plugin.ts';
import { readPluginText } from '../manifest/read-plugin.ts';
import type { Git } from './git.ts';

/** So many changes of one manifest are looked at. */
const maximumRevisions = 2_000;

/**
 * The manifest that an index had for a version of a plugin. An index holds the newest one only, and its history the others. Rejects, naming what there was, when no
 * version fits.
 */
export async function findPastVersion(
  layout: KrewLayout,
  git: Git,
  { index, name, version }: { index: string; name: string; version: string },
): Promise<Plugin> {
  const directory = join(layout.indexes, index);
  const file = `plugins/${name}.yaml`;
  const log = await git(['log', `--max-count=${maximumRevisions}`, '--format=%H', '--', file], directory);
  const seen = new Set<string>();
  for (const revision of log.split('\n').filter((line) => /^[0-9a-f]{40,64}$/.test(line))) {
    const plugin = await readable(git, { revision, file, directory });
    if (plugin?.metadata.name === name && plugin.spec.version === version) return plugin;
    if (plugin?.spec.version) seen.add(plugin.spec.version);
  }
  throw new Error(`plugin "${name}" has no version ${version} in the index "${index}"; it has had ${[...seen].slice(0, 20).join(', ') || 'none'}`);
}

/** What an index once had may not have been valid, and the change that removed it has nothing. */
async function readable(git: Git, { revision, file, directory }: { revision: string; file: string; directory: string }): Promise<Plugin | undefined> {
  try {
    return readPluginText(await git(['show', `${revision}:${file}`], directory));
  } catch {
    return undefined;
  }
}
