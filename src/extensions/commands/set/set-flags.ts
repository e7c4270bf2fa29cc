import { fieldManagerFlag } from '../../../extension-points/commands/changes/change-flags.ts';
import { outputFlags } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { dryRunFlag, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

/** What every sub-command of `set` takes. */
export const setFlags = {
  ...outputFlags,
  ...fileFlags('with the objects to change'),
  ...fieldManagerFlag('kubectl-set'),
  'dry-run': dryRunFlag,
  all: { type: 'boolean', description: 'All objects of the types, in the namespace.' },
  local: { type: 'boolean', description: 'Work on files alone and ask no server.' },
} as const;

export const selectorFlag = { selector: selectionFlags.selector } as const;

export const containersFlag = {
  containers: { type: 'string', shorthand: 'c', default: '*', description: 'The containers to change; * stands for anything in their names.' },
} as const;
