import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { unpackArchive } from '../archive/unpack-archive.ts';
import type { Platform } from '../manifest/plugin.ts';
import { copyArchive, downloadArchive, type FetchOptions } from './download.ts';
import { isWithin, placeFiles } from './place-files.ts';

export interface StageOptions extends FetchOptions {
  /** A file of this machine in place of the one that the manifest names. */
  readonly archiveFile?: string;
}

/** What krew takes for a manifest without `files`: everything, as it is. */
const everything = [{ from: '*', to: '.' }];

/** Fetches, checks and unpacks a plugin within a folder of its own, so that what is installed is whole before anything else changes. Answers the folder to install. */
export async function stagePlugin(staging: string, platform: Platform, options: StageOptions): Promise<string> {
  const unpacked = join(staging, 'unpacked');
  const wanted = join(staging, 'wanted');
  mkdirSync(unpacked);
  mkdirSync(wanted);
  chmodSync(wanted, 0o755);
  await unpackInto(staging, unpacked, platform, options);
  try {
    placeFiles(unpacked, wanted, platform.files ?? everything);
  } catch (error) {
    throw new Error(`failed while moving files to the installation directory: failed to move files: ${(error as Error).message}`, { cause: error });
  }
  requireExecutable(wanted, platform.bin);
  return wanted;
}

async function unpackInto(staging: string, unpacked: string, { uri = '', sha256 = '' }: Platform, options: StageOptions): Promise<void> {
  const archive = join(staging, 'archive');
  try {
    if (options.archiveFile) await copyArchive(options.archiveFile, { to: archive, sha256 });
    else await downloadArchive(uri, { to: archive, sha256 }, options);
    await unpackArchive(archive, unpacked);
  } catch (error) {
    throw new Error(`failed to unpack into staging dir: failed to unpack the plugin archive: ${(error as Error).message}`, { cause: error });
  }
}

function requireExecutable(directory: string, bin: string): void {
  const path = join(directory, bin);
  if (!isWithin(directory, path)) throw new Error(`the executable ${goQuote(bin)} is outside of what is installed`);
  if (!existsSync(path))
    throw new Error(`failed to link installed plugin: can't create symbolic link, source binary (${goQuote(bin)}) cannot be found in extracted archive`);
}
