import { join, resolve } from 'node:path';
import type { Environment } from '../../../kernel/look-up-executable.ts';

/** Where krew keeps everything: the same folders and file names as the original, so that both programs work on one store. */
export interface KrewLayout {
  readonly base: string;
  /** One git clone per index. */
  readonly indexes: string;
  /** One YAML file per installed plugin. */
  readonly receipts: string;
  /** `PLUGIN/VERSION/`: what was installed. */
  readonly store: string;
  /** Links to the executables; belongs on PATH. */
  readonly bin: string;
}

/** `$KREW_ROOT`, or `.krew` in the home directory. */
export function krewLayout(environment: Environment, homeDirectory: string): KrewLayout {
  const base = resolve(environment['KREW_ROOT'] || join(homeDirectory, '.krew'));
  return { base, indexes: join(base, 'index'), receipts: join(base, 'receipts'), store: join(base, 'store'), bin: join(base, 'bin') };
}

/** The folder of an index that holds its manifests. */
export const manifestsOf = (layout: KrewLayout, index: string): string => join(layout.indexes, index, 'plugins');

export const receiptPath = (layout: KrewLayout, plugin: string): string => join(layout.receipts, `${plugin}.yaml`);

export const versionDirectory = (layout: KrewLayout, plugin: string, version: string): string => join(layout.store, plugin, version);

/** kubectl reads a dash in a file name as a blank, so names with dashes get underscores. */
export const linkName = (plugin: string, isWindows: boolean): string => `kubectl-${plugin.replaceAll('-', '_')}${isWindows ? '.exe' : ''}`;
