import { fieldManagerFlag, validateFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { recordFlag } from '../../../extension-points/commands/changes/record.ts';
import type { FlagTable, FlagValues } from '../../../extension-points/commands/contract.ts';
import { deletionFlags } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { commonSubresources, type DryRun, dryRunFlag, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const applyFlags = {
  ...fileFlags('with the objects to apply'),
  ...deletionFlags,
  ...recordFlag,
  ...outputFlags,
  ...validateFlag,
  ...fieldManagerFlag('kubectl-client-side-apply'),
  all: { type: 'boolean', description: 'With --prune: of all objects, not only of those that a selector chooses.' },
  applyset: {
    type: 'string',
    description: '[TYPE[.GROUP]/]NAME of the object (a Secret, if no type is said) that keeps account of what belongs together, for --prune.',
    isHidden: true,
  },
  'dry-run': dryRunFlag,
  'force-conflicts': { type: 'boolean', description: 'With --server-side: take over fields that others manage.' },
  'openapi-patch': { type: 'boolean', default: true, description: 'Accepted for compatibility: how lists merge is known of built-in types.' },
  overwrite: { type: 'boolean', default: true, description: 'Apply over what was changed on the server meanwhile.' },
  prune: { type: 'boolean', description: 'Delete what was applied before and is not among the objects any more. Needs --selector, --all or --applyset.' },
  'prune-allowlist': { type: 'array', description: 'Types that --prune looks at, group/version/kind, instead of the default ones.' },
  selector: selectionFlags.selector,
  'server-side': { type: 'boolean', description: 'Have the server merge, and keep account of who manages which field.' },
  subresource: { type: 'string', description: 'Apply to this sub-resource of the objects. Only with --server-side.', choices: commonSubresources },
} as const satisfies FlagTable;

export type ApplyFlags = FlagValues<typeof applyFlags>;

/** Refuses flags that exclude each other, in kubectl's words and order. Those of apply sets come later. */
export function checkApplyFlags(flags: ApplyFlags, dryRun: DryRun): void {
  const refuse = (problem: boolean, message: string): void => {
    if (problem) throw new Error(message);
  };
  refuse(flags['force-conflicts'] && !flags['server-side'], '--force-conflicts only works with --server-side');
  refuse(dryRun === 'client' && flags['server-side'], "--dry-run=client doesn't work with --server-side (did you mean --dry-run=server instead?)");
  refuse(flags['server-side'] && flags.force, '--force cannot be used with --server-side');
  refuse(dryRun === 'server' && flags.force, '--dry-run=server cannot be used with --force');
  refuse(flags.all && flags.selector !== '', 'cannot set --all and --selector at the same time');
  refuse(flags.applyset !== '' && !flags.prune, '--applyset requires --prune');
}

/** The rules for pruning, which kubectl looks at after the apply set itself. */
export function checkPruneFlags(flags: ApplyFlags): void {
  const refuse = (problem: boolean, message: string): void => {
    if (problem) throw new Error(message);
  };
  if (flags.prune) {
    refuse(flags.force, '--force cannot be used with --prune');
    if (flags.applyset !== '') {
      refuse(flags.all, '--all is incompatible with --applyset');
      refuse(flags.selector !== '', '--selector is incompatible with --applyset');
      refuse(flags['prune-allowlist'].length > 0, '--prune-allowlist is incompatible with --applyset');
    } else {
      refuse(
        !flags.all && flags.selector === '',
        'all resources selected for prune without explicitly passing --all. To prune all resources, pass the --all flag. If you did not mean to prune all resources, specify a label selector',
      );
      refuse(flags['server-side'], "--prune is in alpha and doesn't currently work on objects created by server-side apply");
    }
  }
  refuse(flags.subresource !== '' && !flags['server-side'], '--subresource can only be specified for --server-side');
}
