import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempDisposableSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { yamlText } from '../../../../extension-points/commands/printers/yaml-text.ts';
import { replaceFile } from '../installation/replace-file.ts';
import { stagePlugin } from '../installation/stage-plugin.ts';
import { type Machine, matchesMachine } from '../manifest/platforms.ts';
import type { Platform, Plugin } from '../manifest/plugin.ts';
import { requireValidPlugin } from '../manifest/validate-plugin.ts';
import { tarOf } from './write-tar.ts';

export interface PackageOptions {
  /** A manifest whose platforms say where their archives will be (`uri`); what it says of sums is replaced. */
  readonly plugin: Plugin;
  /** What was built, by machine. */
  readonly folders: readonly { readonly machine: Machine; readonly directory: string }[];
  /** What was built for all others. */
  readonly defaultFolder?: string;
  readonly output: string;
}

export interface PackagedFile {
  readonly path: string;
  readonly sha256: string;
}

/** Writes the archives of a plugin, and its manifest with their sums. Each archive is unpacked as an installation would, so that a wrong `bin` or `files` is told now. */
export async function packagePlugin({ plugin, folders, defaultFolder, output }: PackageOptions): Promise<{ archives: PackagedFile[]; manifest: string }> {
  const archives = new Map<string, PackagedFile & { readonly directory: string }>();
  const platforms: Platform[] = [];
  mkdirSync(output, { recursive: true });
  for (const [position, platform] of (plugin.spec.platforms ?? []).entries()) {
    const where = `spec.platforms[${position}]`;
    const directory = folders.find(({ machine }) => matchesMachine(platform, machine))?.directory ?? defaultFolder;
    if (directory === undefined) throw new Error(`nothing was given for ${where}; use --platform OS/ARCH=FOLDER, or --from FOLDER for all platforms`);
    const name = archiveName(platform, where);
    const same = archives.get(name);
    if (same && same.directory !== directory) throw new Error(`${where} has the same archive as another platform (${name}), but other contents`);
    const archive = same ?? { ...writeArchive(directory, join(output, name)), directory };
    archives.set(name, archive);
    platforms.push({ ...platform, sha256: archive.sha256 });
    await requireUnpackable({ ...platform, sha256: archive.sha256 }, archive.path, where);
  }
  const finished: Plugin = { ...plugin, spec: { ...plugin.spec, platforms } };
  requireValidPlugin(plugin.metadata.name, finished);
  const manifest = join(output, `${plugin.metadata.name}.yaml`);
  replaceFile(manifest, yamlText(finished));
  return { archives: [...archives.values()], manifest };
}

function archiveName({ uri = '' }: Platform, where: string): string {
  const url = URL.parse(uri);
  if (!url) throw new Error(`${where} has no uri, which says where its archive will be`);
  const name = basename(decodeURIComponent(url.pathname));
  if (!/\.(?:tar\.gz|tgz)$/.test(name)) throw new Error(`${where}: the archive ${goQuote(name)} must end in .tar.gz or .tgz`);
  return name;
}

function writeArchive(directory: string, path: string): PackagedFile {
  if (!statSync(directory, { throwIfNoEntry: false })?.isDirectory()) throw new Error(`${goQuote(directory)} is no folder`);
  const bytes = tarOf(directory);
  writeFileSync(path, bytes);
  return { path, sha256: createHash('sha256').update(bytes).digest('hex') };
}

async function requireUnpackable(platform: Platform, archiveFile: string, where: string): Promise<void> {
  using staging = mkdtempDisposableSync(join(tmpdir(), 'krew-package-'));
  try {
    await stagePlugin(staging.path, platform, { archiveFile });
  } catch (error) {
    throw new Error(`${where} would not install: ${(error as Error).message}`, { cause: error });
  }
}

/** Reads `OS/ARCH=FOLDER`. */
export function parseFolder(text: string): { machine: Machine; directory: string } {
  const [, os, arch, directory] = /^([^/=]+)\/([^/=]+)=(.+)$/s.exec(text) ?? [];
  if (!os || !arch || !directory) throw new Error(`--platform takes OS/ARCH=FOLDER, such as linux/amd64=./build, not ${goQuote(text)}`);
  return { machine: { os, arch }, directory };
}
