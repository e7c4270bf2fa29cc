import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type KrewLayout, linkName, versionDirectory } from '../krew-layout.ts';
import { type Machine, machineText, platformFor } from '../manifest/platforms.ts';
import type { Platform, Plugin, Receipt } from '../manifest/plugin.ts';
import { isOlder, parseVersion } from '../manifest/version.ts';
import { removeLink, replaceLink } from './link.ts';
import { createReceipt, findReceipt, isPinned, writeReceipt } from './receipts.ts';
import { type StageOptions, stagePlugin } from './stage-plugin.ts';
import { createStaging } from './staging.ts';

export interface Installation {
  readonly layout: KrewLayout;
  readonly plugin: Plugin;
  /** Where the manifest comes from. */
  readonly index: string;
  readonly machine: Machine;
  /** The time of the receipt, RFC 3339 without fractions. */
  readonly now: string;
  readonly isToBePinned?: boolean;
  readonly fetching: StageOptions;
  /** Told after each step that changes the store; for tests that end the process there. */
  readonly onStep?: (step: 'staged' | 'linked to the old version' | 'set aside' | 'stored' | 'linked' | 'recorded') => void;
}

export type InstallOutcome = 'installed' | 'already installed';
export type UpgradeOutcome = 'upgraded' | 'already upgraded' | 'pinned';

/**
 * Installs a plugin that is not. The receipt comes last: a run that is ended before leaves a plugin that is not installed, and the next run starts anew. Rejects in
 * krew's words; then nothing has changed.
 */
export async function installPlugin(installation: Installation): Promise<InstallOutcome> {
  const { layout, plugin, machine } = installation;
  if (findReceipt(layout, plugin.metadata.name)) return 'already installed';
  const platform = platformFor(plugin.spec.platforms ?? [], machine);
  if (!platform) throw new Error(`plugin ${goQuote(plugin.metadata.name)} does not offer installation for this platform`);
  try {
    return (await put(installation, platform, undefined)) ? 'installed' : 'already installed';
  } catch (error) {
    throw new Error(`install failed: ${(error as Error).message}`, { cause: error });
  }
}

/**
 * Puts a newer version in the place of an installed one, or, with `isToBePinned`, the version that is given, older ones too. At every moment the link leads to the whole
 * old or the whole new version. Rejects when the plugin is not installed.
 */
export async function upgradePlugin(installation: Installation): Promise<UpgradeOutcome> {
  const { layout, plugin, machine, isToBePinned = false } = installation;
  const { name } = plugin.metadata;
  const old = findReceipt(layout, name);
  if (!old) throw new Error(`failed to load install receipt for plugin ${goQuote(name)}: plugin is not installed`);
  if (isPinned(old) && !isToBePinned) return 'pinned';
  const platform = platformFor(plugin.spec.platforms ?? [], machine);
  if (!platform) throw new Error(`plugin ${goQuote(name)} does not offer installation for this platform (${machineText(machine)})`);
  const [before, after] = [old.spec.version ?? '', plugin.spec.version ?? ''];
  if (isToBePinned ? !differ(before, after) : !isOlder(before, after)) {
    if (isToBePinned) writeReceipt(layout, createReceipt(old, old.status.source.name, old.metadata.creationTimestamp ?? installation.now, true));
    return 'already upgraded';
  }
  try {
    await put(installation, platform, old);
  } catch (error) {
    throw new Error(`failed to install new version: ${(error as Error).message}`, { cause: error });
  }
  if (before !== after) rmSync(versionDirectory(layout, name, before), { recursive: true, force: true });
  return 'upgraded';
}

const differ = (before: string, after: string): boolean => parseVersion(before).compareTo(parseVersion(after)) !== 0;

/** Answers false when another run was quicker to install what was not installed. */
async function put(installation: Installation, platform: Platform, old: Receipt | undefined): Promise<boolean> {
  const { layout, plugin, index, machine, now, isToBePinned = false, fetching, onStep } = installation;
  const { name } = plugin.metadata;
  using staging = createStaging(layout.store);
  const staged = await stagePlugin(staging.directory, platform, fetching);
  onStep?.('staged');
  if (!old && findReceipt(layout, name)) return false;
  const directory = versionDirectory(layout, name, plugin.spec.version ?? '');
  const link = join(layout.bin, linkName(name, machine.os === 'windows'));
  mkdirSync(dirname(directory), { recursive: true });
  for (let attempt = 1; ; attempt++) {
    if (existsSync(directory)) {
      // What a run that was ended left there, or one that goes on beside this one. The link may lead into it already, and must not be caught leading nowhere.
      lead(link, layout, old, machine);
      onStep?.('linked to the old version');
      moveUnless(['ENOENT'], directory, join(staging.directory, `aside-${attempt}`));
      onStep?.('set aside');
    }
    if (moveUnless(attempt < maximumAttempts ? ['ENOTEMPTY', 'EEXIST'] : [], staged, directory)) break;
  }
  onStep?.('stored');
  replaceLink(link, join(directory, platform.bin));
  onStep?.('linked');
  writeReceipt(layout, createReceipt(plugin, index, old?.metadata.creationTimestamp ?? now, isToBePinned));
  onStep?.('recorded');
  return true;
}

/** Others may put theirs in the same place meanwhile. */
const maximumAttempts = 10;

/** Answers whether it was done; throws for other problems than those. */
function moveUnless(problems: readonly string[], from: string, to: string): boolean {
  try {
    renameSync(from, to);
    return true;
  } catch (error) {
    if (!problems.includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
    return false;
  }
}

/** Brings a link back to what the receipt says: to the version that was installed, or to nothing. */
function lead(link: string, layout: KrewLayout, old: Receipt | undefined, machine: Machine): void {
  const platform = old && platformFor(old.spec.platforms ?? [], machine);
  const executable = platform && join(versionDirectory(layout, old.metadata.name, old.spec.version ?? ''), platform.bin);
  if (executable && existsSync(executable)) replaceLink(link, executable);
  else removeLink(link);
}
