import { resolve } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { findPastVersion } from '../indexes/past-version.ts';
import { findInIndex, type IndexedPlugin } from '../indexes/scan-index.ts';
import { type FetchOptions, openUri } from '../installation/download.ts';
import { detachedIndex, type Plugin, splitPluginName } from '../manifest/plugin.ts';
import { readPluginFile, readPluginText } from '../manifest/read-plugin.ts';
import { isSafePluginName } from '../manifest/validate-plugin.ts';
import { parseVersion } from '../manifest/version.ts';
import type { Krew } from '../open-krew.ts';

export interface WantedPlugin extends IndexedPlugin {
  /** Asked for at a version, to stay there. */
  readonly isToBePinned: boolean;
}

/** Finds what `[INDEX/]NAME[@VERSION]` means: the newest manifest of the index, or the one it had for that version. Rejects in krew's words. */
export async function findWanted({ layout, git }: Krew, text: string): Promise<WantedPlugin> {
  const { reference, version } = splitVersion(text);
  const { index, name } = splitPluginName(reference);
  if (!isSafePluginName(name)) throw unsafeName(name);
  const newest = newestIn(layout, index, { name, reference });
  const isNewest = version === undefined || newest.spec.version === version;
  return {
    index,
    plugin: isNewest ? newest : await findPastVersion(layout, git, { index, name, version }),
    isToBePinned: version !== undefined,
  };
}

/** `NAME@VERSION`; the `v` in front may be left out. Throws for a version that is none. */
export function splitVersion(text: string): { reference: string; version: string | undefined } {
  const at = text.indexOf('@');
  if (at === -1) return { reference: text, version: undefined };
  const version = text.slice(at + 1).replace(/^v?/, 'v');
  parseVersion(version);
  return { reference: text.slice(0, at), version };
}

export const unsafeName = (name: string): Error => new Error(`plugin name ${goQuote(name)} not allowed`);

function newestIn(layout: Krew['layout'], index: string, { name, reference }: { name: string; reference: string }): Plugin {
  let plugin: Plugin | undefined;
  try {
    plugin = findInIndex(layout, index, name);
  } catch (error) {
    throw new Error(`failed to load plugin ${goQuote(reference)} from the index: ${(error as Error).message}`, { cause: error });
  }
  if (!plugin) throw new Error(`plugin ${goQuote(reference)} does not exist in the plugin index`);
  return plugin;
}

/** The plugin of a manifest file, which belongs to no index. */
export function readManifestFile(path: string, directory: string): WantedPlugin {
  try {
    return { index: detachedIndex, plugin: readPluginFile(resolve(directory, path)), isToBePinned: false };
  } catch (error) {
    throw new Error(`failed to load plugin manifest from file: ${(error as Error).message}`, { cause: error });
  }
}

/** A manifest is text; what is longer is something else. */
const maximumManifestBytes = 4 * 1024 * 1024;

/** The same from the network. */
export async function readManifestUrl(url: string, options: FetchOptions): Promise<WantedPlugin> {
  try {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of (await openUri(url, options)) as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maximumManifestBytes) throw new Error(`it is larger than ${maximumManifestBytes} bytes`);
      chunks.push(chunk);
    }
    return { index: detachedIndex, plugin: readPluginText(Buffer.concat(chunks).toString('utf8')), isToBePinned: false };
  } catch (error) {
    throw new Error(`failed to read plugin manifest file from url: ${(error as Error).message}`, { cause: error });
  }
}
