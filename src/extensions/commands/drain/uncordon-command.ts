import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeSchedulability, completeNodes, cordonFlags, findNodes, requireNodes } from './change-schedulability.ts';

export const uncordonCommand = defineCommand({
  name: 'uncordon',
  group: 'Cluster Management Commands:',
  short: 'Mark node as schedulable',
  long: 'Let pods come to nodes again.',
  examples: `
    # One node
    $PROGRAM uncordon foo`,
  usage: 'uncordon NODE',
  flags: cordonFlags,
  complete: completeNodes,
  async run(context) {
    requireNodes(context, 'uncordon NODE');
    const dryRun = dryRunOf(context.flags['dry-run']);
    await changeSchedulability(context, await findNodes(context), { isCordoned: false, dryRun });
  },
});
