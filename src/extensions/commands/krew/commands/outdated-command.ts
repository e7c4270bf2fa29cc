import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { requireIndexes } from '../indexes/indexes.ts';
import { findInIndex } from '../indexes/scan-index.ts';
import { isPinned, listReceipts } from '../installation/receipts.ts';
import type { KrewLayout } from '../krew-layout.ts';
import { detachedIndex, displayName, type Receipt } from '../manifest/plugin.ts';
import { isOlder } from '../manifest/version.ts';
import { table } from '../messages.ts';
import { withKrew } from '../open-krew.ts';
import { byFirstCell } from './sorted-rows.ts';

export const outdatedCommand = defineCommand({
  name: 'outdated',
  short: 'List installed plugins with newer versions available',
  usage: 'outdated',
  long: 'List installed plugins that the local index has a newer version of, pinned ones too. "update" fetches the index; "upgrade" upgrades them.',
  run: (context) =>
    withKrew(context, ({ layout }) => {
      requireIndexes(layout);
      const { stdout, stderr } = context.streams;
      const rows = listReceipts(layout)
        .flatMap((receipt) => outdatedRow(layout, receipt))
        .sort(byFirstCell);
      if (rows.length === 0) stderr.write('All plugins are up to date.\n');
      else stdout.write(stdout.isTerminal ? table([['PLUGIN', 'INSTALLED', 'AVAILABLE'], ...rows]) : `${rows.map(([name]) => name).join('\n')}\n`);
    }),
});

function outdatedRow(layout: KrewLayout, receipt: Receipt): string[][] {
  const { name: index } = receipt.status.source;
  if (index === detachedIndex) return [];
  const [current, newest] = [receipt.spec.version ?? '', findInIndex(layout, index, receipt.metadata.name)?.spec.version];
  if (newest === undefined || !isOlder(current, newest)) return [];
  return [[displayName(index, receipt.metadata.name), `${current}${isPinned(receipt) ? ' (pinned)' : ''}`, newest]];
}
