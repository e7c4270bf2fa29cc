import { defineCommand } from '../../../../extension-points/commands/contract.ts';
import { requireIndexes } from '../indexes/indexes.ts';
import { isPinned, listReceipts } from '../installation/receipts.ts';
import { displayName } from '../manifest/plugin.ts';
import { table } from '../messages.ts';
import { withKrew } from '../open-krew.ts';
import { byFirstCell } from './sorted-rows.ts';

export const listCommand = defineCommand({
  name: 'list',
  aliases: ['ls'],
  short: 'List installed kubectl plugins',
  usage: 'list',
  long: 'List installed plugins and their versions. Into a file or a pipe, the names alone are written, as "install" reads them.',
  run: (context) =>
    withKrew(context, ({ layout }) => {
      requireIndexes(layout);
      const { stdout } = context.streams;
      const rows = listReceipts(layout)
        .map((receipt) => [
          displayName(receipt.status.source.name, receipt.metadata.name),
          `${receipt.spec.version ?? ''}${isPinned(receipt) ? ' (pinned)' : ''}`,
        ])
        .sort(byFirstCell);
      stdout.write(stdout.isTerminal ? table([['PLUGIN', 'VERSION'], ...rows]) : `${rows.map(([name]) => name).join('\n')}\n`);
    }),
});
