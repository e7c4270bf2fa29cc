import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { createStaging } from '../installation/staging.ts';
import type { KrewLayout } from '../krew-layout.ts';
import { type Git, isClone } from './git.ts';

export interface Index {
  readonly name: string;
  readonly url: string;
}

export const isValidIndexName = (name: string): boolean => /^[A-Za-z0-9_-]+$/.test(name);

const folderNames = (layout: KrewLayout): string[] =>
  readdirSync(layout.indexes, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
    .sort();

/** Every index, by name. */
export async function listIndexes(layout: KrewLayout, git: Git): Promise<Index[]> {
  const indexes: Index[] = [];
  for (const name of folderNames(layout)) {
    try {
      indexes.push({ name, url: await git(['config', '--get', 'remote.origin.url'], join(layout.indexes, name)) });
    } catch (error) {
      throw new Error(`failed to list the remote URL for index ${name}: ${(error as Error).message}`, { cause: error });
    }
  }
  return indexes;
}

/** Clones an index. It is there when the clone is whole. Rejects when there is one of that name already, and with git's words. */
export async function addIndex(layout: KrewLayout, git: Git, { name, url }: Index): Promise<void> {
  const directory = join(layout.indexes, name);
  if (existsSync(directory)) throw new Error('index already exists');
  using staging = createStaging(layout.base);
  const clone = join(staging.directory, name);
  await git(['clone', '-v', '--', url, clone]);
  try {
    renameSync(clone, directory);
  } catch (error) {
    // Another run was quicker.
    if (existsSync(directory)) throw new Error('index already exists', { cause: error });
    throw error;
  }
}

/** Removes an index. Answers false when there is none of that name. */
export function removeIndex(layout: KrewLayout, name: string): boolean {
  const directory = join(layout.indexes, name);
  if (!existsSync(directory)) return false;
  using staging = createStaging(layout.base);
  // Out of sight at once, then gone.
  renameSync(directory, join(staging.directory, name));
  return true;
}

/** Brings an index to what its origin has; local changes are lost. Clones it again where the clone is gone. */
export async function updateIndex(layout: KrewLayout, git: Git, { name, url }: Index): Promise<void> {
  const directory = join(layout.indexes, name);
  if (!isClone(directory)) {
    rmSync(directory, { recursive: true, force: true });
    await addIndex(layout, git, { name, url });
  }
  const steps: readonly [string, readonly string[]][] = [
    ['fetch', ['fetch', '-v']],
    ['reset', ['reset', '--hard', '@{upstream}']],
    ['clean', ['clean', '-xfd']],
  ];
  for (const [step, args] of steps) {
    try {
      await untilUnlocked(() => git(args, directory));
    } catch (error) {
      throw new Error(`${step} index at ${goQuote(directory)} failed: ${(error as Error).message}`, { cause: error });
    }
  }
}

const lockAttempts = 25;
const lockPauseMs = 200;

/** Does what git refuses while another git is at work in the same clone, once that one is done. */
async function untilUnlocked<Answer>(work: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (attempt === lockAttempts || !/\.lock'?: File exists|cannot lock ref/.test((error as Error).message)) throw error;
      await sleep(lockPauseMs);
    }
  }
}

/** Throws when there is no index, or something in their folder that is none. */
export function requireIndexes(layout: KrewLayout): void {
  if (readdirSync(layout.indexes).length === 0) throw new Error('krew local plugin index is not initialized (run "kubectl krew update")');
  for (const name of folderNames(layout))
    if (!isClone(join(layout.indexes, name))) throw new Error(`invalid index ${goQuote(name)}, non git directory found in index folder`);
}

/** Before krew 0.4 the folder of indexes was the clone of the only one. */
export function migrateIndexes(layout: KrewLayout): void {
  const aside = join(layout.base, 'tmp_index_migration');
  if (existsSync(join(layout.indexes, '.git'))) renameSync(layout.indexes, aside);
  // Also when a run was ended between the two.
  else if (!existsSync(aside) || existsSync(join(layout.indexes, 'default'))) return;
  mkdirSync(layout.indexes, { recursive: true });
  renameSync(aside, join(layout.indexes, 'default'));
}
