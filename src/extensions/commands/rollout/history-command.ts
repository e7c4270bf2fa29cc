import { type Command, type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';
import { completeRollouts, findFlags, findRollouts, requireResource } from './find-rollouts.ts';
import { requireRevisions } from './require-revisions.ts';
import { type Revision, revisionsOf } from './revisions.ts';
import type { RolloutParts } from './rollout-command.ts';

const historyFlags = {
  ...findFlags,
  ...outputFlags,
  revision: { type: 'integer', description: 'Show this revision, its pod template included.' },
} as const satisfies FlagTable;

type HistoryContext = CommandContext<typeof historyFlags>;

export const createHistoryCommand = (parts: RolloutParts): Command =>
  defineCommand({
    name: 'history',
    short: 'View rollout history',
    long: 'Show the revisions that a workload has had, and why each came, or one revision whole.',
    examples: `
      # The revisions of a deployment
      $PROGRAM rollout history deployment/abc

      # One revision of a daemon set
      $PROGRAM rollout history daemonset/abc --revision=3`,
    usage: 'history (TYPE NAME | TYPE/NAME) [flags]',
    flags: historyFlags,
    complete: completeRollouts,
    async run(context) {
      const { flags } = context;
      context.cluster.namespace();
      requireResource(context);
      if (flags.revision < 0) throw new Error(`revision must be a positive integer: ${flags.revision}`);
      const selection = await findRollouts(context);
      await selection.visit(async (info) => {
        requireRevisions(info.resource, 'history viewer', 'history');
        const revisions = await revisionsOf(context.cluster.client(), info.object!);
        await (flags.output === '' && flags.template === '' ? showHistory(context, info, revisions, parts) : printRevisions(context, revisions));
      });
    },
  });

async function printRevisions({ flags, streams, directory }: HistoryContext, revisions: readonly Revision[]): Promise<void> {
  const printer = await createPrinter(flags, { directory });
  const wanted = flags.revision > 0 ? [chosen(revisions, flags.revision)] : revisions;
  for (const { object } of wanted) streams.stdout.write(printer.print(typedForm(object)));
  streams.stdout.write(printer.flush());
}

async function showHistory(
  { flags, streams, directory }: HistoryContext,
  info: ResourceInfo,
  revisions: readonly Revision[],
  parts: RolloutParts,
): Promise<void> {
  const text = await historyText(revisions, flags.revision, parts);
  const heading = flags.revision > 0 ? `with revision #${flags.revision}` : '';
  const printer = await createPrinter(flags, { operation: `${heading}\n${text}`, directory });
  streams.stdout.write(printer.print(info.object!));
}

async function historyText(revisions: readonly Revision[], number: number, parts: RolloutParts): Promise<string> {
  if (revisions.length === 0) return 'No rollout history found.';
  if (number > 0) return parts.describePodTemplate(chosen(revisions, number).template);
  const writer = new TabWriter({ minimumWidth: 0, padding: 2, remembersWidths: false });
  writer.write('REVISION\tCHANGE-CAUSE\n');
  for (const revision of revisions) writer.write(`${revision.number}\t${revision.changeCause || '<none>'}\n`);
  return writer.flush();
}

function chosen(revisions: readonly Revision[], number: number): Revision {
  const found = revisions.find((revision) => revision.number === number);
  if (!found) throw new Error('unable to find the specified revision');
  return found;
}
