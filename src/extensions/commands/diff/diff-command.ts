import { fieldManagerFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { type CommandContext, defineCommand } from '../../../extension-points/commands/contract.ts';
import { ExitCode } from '../../../extension-points/commands/errors/command-errors.ts';
import { failureOf } from '../../../extension-points/commands/errors/error-text.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

const diffFlags = {
  ...fileFlags('with the objects to compare'),
  ...fieldManagerFlag('kubectl-client-side-apply'),
  concurrency: { type: 'integer', default: 1, description: 'How many objects to look at at a time.' },
  'force-conflicts': { type: 'boolean', description: 'With --server-side: as if fields of others were taken over.' },
  prune: { type: 'boolean', description: 'Show what pruning would delete, too.' },
  'prune-allowlist': { type: 'array', description: 'Types that --prune looks at, group/version/kind, instead of the default ones.' },
  selector: selectionFlags.selector,
  'server-side': { type: 'boolean', description: 'Compare with what a server-side apply would make.' },
  'show-managed-fields': { type: 'boolean', description: 'Compare managedFields, too.' },
  'show-secrets': { type: 'boolean', description: 'Show the values of Secrets instead of asterisks.' },
} as const;

export type DiffContext = CommandContext<typeof diffFlags>;

export const diffCommand = defineCommand({
  name: 'diff',
  group: 'Advanced Commands:',
  short: 'Diff the live version against a would-be applied version',
  long: `
    Show what would change if the objects of files were applied. The server is asked; nothing is changed.

    Differences are shown as the program diff with -u and -N shows them. KUBECTL_EXTERNAL_DIFF names another program, with its arguments: it is called with two directories.

    Exit status: 0 when nothing would change, 1 when something would, more than 1 when something went wrong.`,
  examples: `
    # What a file would change
    $PROGRAM diff -f pod.json

    # What comes on standard input
    cat service.yaml | $PROGRAM diff -f -

    # With colours
    KUBECTL_EXTERNAL_DIFF="diff --color=always -u -N" $PROGRAM diff -f pod.json`,
  usage: 'diff -f FILENAME',
  flags: diffFlags,
  flagErrorCode: 2,
  async run(context) {
    const { runDiff } = await import('./run-diff.ts');
    try {
      return await runDiff(context);
    } catch (error) {
      // 1 means that there are differences.
      throw new ExitCode(2, failureOf(error).text);
    }
  },
});
