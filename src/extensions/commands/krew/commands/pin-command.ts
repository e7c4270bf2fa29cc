import { type Command, defineCommand } from '../../../../extension-points/commands/contract.ts';
import { createReceipt, findReceipt, writeReceipt } from '../installation/receipts.ts';
import { isSafePluginName } from '../manifest/validate-plugin.ts';
import { type Krew, type KrewContext, requireWords, withKrew } from '../open-krew.ts';
import { unsafeName } from './wanted-plugins.ts';

export const pinCommand = pinning(
  'pin',
  true,
  'Keep plugins at their version',
  'Keep installed plugins at the version they have: "upgrade" leaves them alone until they are unpinned.',
);
export const unpinCommand = pinning(
  'unpin',
  false,
  'Let plugins be upgraded again',
  'Let "upgrade" upgrade plugins again that were pinned, or installed at a version.',
);

function pinning(name: string, isToBePinned: boolean, short: string, long: string): Command {
  return defineCommand({ name, short, long, usage: `${name} NAME...`, run: (context) => withKrew(context, (krew) => setPins(context, krew, isToBePinned)) });
}

function setPins(context: KrewContext, { layout }: Krew, isToBePinned: boolean): void {
  requireWords(context, 1, Infinity);
  for (const name of context.args) {
    if (!isSafePluginName(name)) throw unsafeName(name);
    const receipt = findReceipt(layout, name);
    if (!receipt) throw new Error(`plugin "${name}" is not installed`);
    writeReceipt(layout, createReceipt(receipt, receipt.status.source.name, receipt.metadata.creationTimestamp ?? '', isToBePinned));
    context.streams.stderr.write(`${isToBePinned ? 'Pinned' : 'Unpinned'} plugin: ${name} ${receipt.spec.version}\n`);
  }
}
