import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { dryRunOf } from '../../../extension-points/commands/resources/selection-flags.ts';
import { changeSchedulability, completeNodes, cordonFlags, findNodes, requireNodes } from './change-schedulability.ts';

export const cordonCommand = defineCommand({
  name: 'cordon',
  group: 'Cluster Management Commands:',
  short: 'Mark node as unschedulable',
  long: 'Keep new pods away from nodes; those that are there stay.',
  examples: `
    # One node
    $PROGRAM cordon foo`,
  usage: 'cordon NODE',
  flags: cordonFlags,
  complete: completeNodes,
  async run(context) {
    requireNodes(context, 'cordon NODE');
    const dryRun = dryRunOf(context.flags['dry-run']);
    await changeSchedulability(context, await findNodes(context), { isCordoned: true, dryRun });
  },
});
