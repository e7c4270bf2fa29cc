import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import type { Output } from '../../../../extension-points/commands/contract.ts';
import type { Environment } from '../../../../kernel/look-up-executable.ts';
import { listReceipts } from '../installation/receipts.ts';
import type { KrewLayout } from '../krew-layout.ts';
import { defaultIndex, displayName } from '../manifest/plugin.ts';
import { warn } from '../messages.ts';
import type { Git } from './git.ts';
import { addIndex, type Index, listIndexes, updateIndex } from './indexes.ts';
import { type IndexedPlugin, scanIndex } from './scan-index.ts';

/** Where plugins come from unless told otherwise. */
export const defaultIndexUrl = (environment: Environment): string =>
  environment['KREW_DEFAULT_INDEX_URI'] || 'https://github.com/kubernetes-sigs/krew-index.git';

export interface IndexUpdate {
  readonly layout: KrewLayout;
  readonly git: Git;
  readonly environment: Environment;
  readonly stderr: Output;
}

/** Fetches every index, the default one when there is none yet, and tells what is new. Rejects at the end when one could not be fetched; the others are. */
export async function updateIndexes({ layout, git, environment, stderr }: IndexUpdate): Promise<void> {
  await addDefaultIndex({ layout, git, environment, stderr });
  const indexes = await listIndexes(layout, git);
  const before = pluginsOf(layout, indexes);
  const failures: { index: string; error: Error }[] = [];
  for (const index of indexes) {
    try {
      await updateIndex(layout, git, index);
      stderr.write(`Updated the local copy of plugin index${index.name === defaultIndex ? '' : ` ${goQuote(index.name)}`}.\n`);
    } catch (error) {
      warn(stderr, `failed to update index ${goQuote(index.name)}: ${(error as Error).message}\n`);
      failures.push({ index: index.name, error: error as Error });
    }
  }
  if (before.length > 0) tellNews(layout, before, pluginsOf(layout, indexes), stderr);
  const [first] = failures;
  if (first)
    throw new Error(`failed to update the following indexes: ${failures.map(({ index }) => index).join(', ')}: ${first.error.message}`, { cause: first.error });
}

async function addDefaultIndex({ layout, git, environment, stderr }: IndexUpdate): Promise<void> {
  if ((await listIndexes(layout, git)).length > 0) return;
  const url = defaultIndexUrl(environment);
  stderr.write(`Adding "default" plugin index from ${url}.\n`);
  try {
    await addIndex(layout, git, { name: defaultIndex, url });
  } catch (error) {
    if ((await listIndexes(layout, git)).length > 0) return; // another run was quicker
    throw new Error(`failed to add default plugin index in absence of no indexes: ${(error as Error).message}`, { cause: error });
  }
}

/** An index that cannot be read has no plugins; the update says why. */
function pluginsOf(layout: KrewLayout, indexes: readonly Index[]): IndexedPlugin[] {
  return indexes.flatMap(({ name }) => {
    try {
      return scanIndex(layout, name, () => {});
    } catch {
      return [];
    }
  });
}

function tellNews(layout: KrewLayout, before: readonly IndexedPlugin[], after: readonly IndexedPlugin[], stderr: Output): void {
  const keyOf = ({ index, plugin }: IndexedPlugin): string => `${index}/${plugin.metadata.name}`;
  const nameOf = ({ index, plugin }: IndexedPlugin): string => displayName(index, plugin.metadata.name);
  const old = new Map(before.map((entry) => [keyOf(entry), entry]));
  const installed = new Set(listReceipts(layout).map(({ metadata, status }) => `${status.source.name}/${metadata.name}`));
  const added = after.filter((entry) => !old.has(keyOf(entry))).map(nameOf);
  const upgrades = after.flatMap((entry) => {
    const previous = old.get(keyOf(entry))?.plugin.spec.version;
    const version = entry.plugin.spec.version;
    return previous !== undefined && installed.has(keyOf(entry)) && previous !== version ? [`${nameOf(entry)} ${previous} -> ${version}`] : [];
  });
  tellList(stderr, 'New plugins available', added);
  tellList(stderr, 'Upgrades available for installed plugins', upgrades);
}

function tellList(stderr: Output, heading: string, lines: readonly string[]): void {
  if (lines.length > 0) stderr.write(`  ${heading}:\n${lines.map((line) => `    * ${line}\n`).join('')}`);
}
