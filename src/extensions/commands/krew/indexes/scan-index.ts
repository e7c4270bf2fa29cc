import { readdirSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { type KrewLayout, manifestsOf } from '../krew-layout.ts';
import type { Plugin } from '../manifest/plugin.ts';
import { readPluginFile } from '../manifest/read-plugin.ts';

export interface IndexedPlugin {
  readonly index: string;
  readonly plugin: Plugin;
}

/** The manifest of a plugin; undefined when the index has none of that name. Throws for one that is not valid. */
export function findInIndex(layout: KrewLayout, index: string, name: string): Plugin | undefined {
  try {
    return readPluginFile(join(manifestsOf(layout, index), `${name}.yaml`));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
}

/** Every plugin of an index, by name. A manifest that cannot be read is reported and left out. Throws the file system's error when the index is not there. */
export function scanIndex(layout: KrewLayout, index: string, onUnreadable: (name: string, error: Error) => void): IndexedPlugin[] {
  return readdirSync(realpathSync(manifestsOf(layout, index)), { withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.yaml'))
    .map(({ name }) => name.slice(0, -'.yaml'.length))
    .sort()
    .flatMap((name) => {
      try {
        return [{ index, plugin: readPluginFile(join(manifestsOf(layout, index), `${name}.yaml`)) }];
      } catch (error) {
        onUnreadable(name, error as Error);
        return [];
      }
    });
}

const isMissing = (error: unknown): boolean => ['ENOENT', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? '');
