import type { FlagTable, FlagValues } from '../../../extension-points/commands/contract.ts';
import { deletionFlags } from '../../../extension-points/commands/deletion/deletion-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { dryRunFlag, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const deleteFlags = {
  ...fileFlags('with the objects to delete'),
  ...deletionFlags,
  all: { type: 'boolean', description: 'All objects of the types in the namespace.' },
  'all-namespaces': selectionFlags['all-namespaces'],
  'dry-run': dryRunFlag,
  'field-selector': selectionFlags['field-selector'],
  'ignore-not-found': { type: 'boolean', description: 'What is not there counts as deleted. Default with --all and selectors.' },
  interactive: { type: 'boolean', shorthand: 'i', description: 'Ask before anything is deleted.' },
  now: { type: 'boolean', description: 'Have objects end soon, as with --grace-period=1.' },
  output: { type: 'string', shorthand: 'o', description: "'name': tell only type/name." },
  raw: { type: 'string', description: 'A path of the server to send the deletion to, as it is.' },
  selector: selectionFlags.selector,
  wait: { ...deletionFlags.wait, default: true },
} as const satisfies FlagTable;

export type DeleteFlags = FlagValues<typeof deleteFlags>;

/** The grace period that the flags say together. Throws with kubectl's words. */
export function gracePeriodOf(flags: Pick<DeleteFlags, 'now' | 'force' | 'grace-period'>): number {
  const period = flags['grace-period'];
  if (flags.now && period !== -1) throw new Error('--now and --grace-period cannot be specified together');
  const wanted = flags.now ? 1 : period;
  if (wanted === 0 && !flags.force) return 1; // only a forced one is without any grace
  return flags.force && wanted < 0 ? 0 : wanted;
}

/** Refuses flags that exclude each other, in kubectl's words and order. */
export function checkDeleteFlags(flags: DeleteFlags, gracePeriodSeconds: number, warn: (text: string) => void): void {
  const { output, all, selector, raw, filename } = flags;
  if (output !== '' && output !== 'name') throw new Error(`unexpected -o output mode: ${output}. We only support '-o name'`);
  if (all && selector !== '') throw new Error('cannot set --all and --selector at the same time');
  if (all && flags['field-selector'] !== '') throw new Error('cannot set --all and --field-selector at the same time');
  if (flags.force && gracePeriodSeconds === 0)
    warn(
      'Immediate deletion does not wait for confirmation that the running resource has been terminated. The resource may continue to run on the cluster indefinitely.',
    );
  else if (flags.force && gracePeriodSeconds > 0) throw new Error('--force and --grace-period greater than 0 cannot be specified together');
  if (raw === '') return;
  if (flags.interactive) throw new Error('--interactive can not be used with --raw');
  if (filename.length > 1) throw new Error('--raw can only use a single local file or stdin');
  if (/^https?:\/\//.test(filename[0] ?? '')) throw new Error('--raw cannot read from a url');
  if (flags.recursive) throw new Error('--raw and --recursive are mutually exclusive');
  if (output !== '') throw new Error('--raw and --output are mutually exclusive');
  if (!raw.startsWith('/')) throw new Error(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
}
