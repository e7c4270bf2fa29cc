import { goQuote } from '../../../../api/cel/kubernetes/go-quote.ts';
import { type CommandContext, defineCommand } from '../../../../extension-points/commands/contract.ts';
import { findInIndex } from '../indexes/scan-index.ts';
import { updateIndexes } from '../indexes/update-indexes.ts';
import { type UpgradeOutcome, upgradePlugin } from '../installation/install-plugin.ts';
import { findReceipt, isPinned, listReceipts } from '../installation/receipts.ts';
import { defaultIndex, detachedIndex, displayName, isCanonicalName, type Receipt } from '../manifest/plugin.ts';
import { isSafePluginName } from '../manifest/validate-plugin.ts';
import { warn, warnOfPlugin } from '../messages.ts';
import { type Krew, withKrew } from '../open-krew.ts';
import { fetchFlags, fetchOptions, receiptTime } from './fetch-flags.ts';
import { findWanted, splitVersion, unsafeName, type WantedPlugin } from './wanted-plugins.ts';

type Context = CommandContext<typeof fetchFlags>;

export const upgradeCommand = defineCommand({
  name: 'upgrade',
  short: 'Upgrade installed plugins to newer versions',
  usage: 'upgrade [NAME[@VERSION]...]',
  long: `Upgrade installed plugins to the newest version of the local index, all of them unless some are named. Pinned plugins stay where they are. With a version, a plugin goes to it, down too, and is pinned there.`,
  examples: `# Upgrade all plugins
$PROGRAM krew upgrade

# Upgrade two plugins
$PROGRAM krew upgrade ctx ns

# Go to a version and stay at it
$PROGRAM krew upgrade ctx@v0.9.4`,
  flags: fetchFlags,
  run: (context) => withKrew(context, (krew) => upgrade(context, krew)),
});

async function upgrade(context: Context, krew: Krew): Promise<void> {
  const { stderr } = context.streams;
  if (!context.flags['no-update-index']) await updateIndexes({ ...krew, environment: context.environment, stderr });
  if (context.args.length > 0) for (const text of context.args) await upgradeOne(context, krew, text);
  else await upgradeAll(context, krew);
}

async function upgradeOne(context: Context, krew: Krew, text: string): Promise<void> {
  const { reference, version } = splitVersion(text);
  const receipt = installed(krew, reference);
  const index = receipt.status.source.name;
  if (isDetached(context, receipt)) return;
  const shown = displayName(index, receipt.metadata.name);
  const wanted = await findWanted(krew, `${index}/${receipt.metadata.name}${version === undefined ? '' : `@${version}`}`);
  try {
    if (version === undefined && isPinned(receipt))
      throw new Error(
        `it is pinned to ${receipt.spec.version}; unpin it ("${context.program} krew unpin ${reference}") or name a version ("${reference}@VERSION")`,
      );
    const outcome = await perform(context, krew, wanted);
    if (outcome === 'already upgraded' && version === undefined) throw new Error("can't upgrade, the newest version is already installed");
  } catch (error) {
    context.signal.throwIfAborted();
    throw new Error(`failed to upgrade plugin ${goQuote(shown)}: ${(error as Error).message}`, { cause: error });
  }
  tellUpgraded(context, index, receipt.metadata.name);
}

function installed({ layout }: Krew, name: string): Receipt {
  if (isCanonicalName(name)) throw new Error('upgrade command does not support INDEX/PLUGIN syntax; just specify PLUGIN');
  if (!isSafePluginName(name)) throw unsafeName(name);
  const receipt = findReceipt(layout, name);
  if (!receipt) throw new Error(`read receipt ${goQuote(name)}: plugin is not installed`);
  return receipt;
}

/** Every plugin that can be; what goes wrong with one does not keep the others from it. */
async function upgradeAll(context: Context, krew: Krew): Promise<void> {
  const { stderr } = context.streams;
  let failures = 0;
  for (const receipt of listReceipts(krew.layout)) {
    context.signal.throwIfAborted();
    if (isDetached(context, receipt)) continue;
    const { index, name, shown } = {
      index: receipt.status.source.name,
      name: receipt.metadata.name,
      shown: displayName(receipt.status.source.name, receipt.metadata.name),
    };
    try {
      if (isPinned(receipt)) {
        stderr.write(`Skipping plugin ${shown}, it is pinned to ${receipt.spec.version}\n`);
        continue;
      }
      const plugin = findInIndex(krew.layout, index, name);
      if (!plugin) throw new Error(`plugin ${goQuote(name)} does not exist in the plugin index`);
      const outcome = await perform(context, krew, { index, plugin, isToBePinned: false });
      if (outcome === 'already upgraded') stderr.write(`Skipping plugin ${shown}, it is already on the newest version\n`);
      else tellUpgraded(context, index, name);
    } catch (error) {
      context.signal.throwIfAborted();
      failures++;
      stderr.write(`WARNING: failed to upgrade plugin ${goQuote(shown)}, skipping (error: ${(error as Error).message})\n`);
    }
  }
  if (failures > 0) stderr.write('WARNING: Some plugins failed to upgrade, check logs above.\n');
}

function isDetached({ streams: { stderr } }: Context, { metadata, status }: Receipt): boolean {
  const isWithoutIndex = status.source.name === detachedIndex;
  if (isWithoutIndex) warn(stderr, `Skipping upgrade for ${goQuote(metadata.name)} because it was installed via manifest\n`);
  return isWithoutIndex;
}

function perform(context: Context, krew: Krew, { index, plugin, isToBePinned }: WantedPlugin): Promise<UpgradeOutcome> {
  context.streams.stderr.write(`Upgrading plugin: ${displayName(index, plugin.metadata.name)}\n`);
  return upgradePlugin({ ...krew, plugin, index, isToBePinned, now: receiptTime(context), fetching: fetchOptions(context) });
}

function tellUpgraded({ streams: { stderr } }: Context, index: string, name: string): void {
  stderr.write(`Upgraded plugin: ${displayName(index, name)}\n`);
  if (index === defaultIndex) warnOfPlugin(stderr, name);
}
