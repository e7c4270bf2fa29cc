import type { FlagTable, FlagValues } from '../../../extension-points/commands/contract.ts';
import { outputFlags, outputFormats } from '../../../extension-points/commands/printers/output-flags.ts';
import { fileFlags } from '../../../extension-points/commands/resources/file-sources.ts';
import { commonSubresources, selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';

export const getFormats = [...outputFormats, 'custom-columns', 'custom-columns-file', 'wide'];

export const getFlags = {
  ...selectionFlags,
  ...outputFlags,
  ...fileFlags('with the objects to get'),
  output: { type: 'string', shorthand: 'o', description: `Output format. One of: (${getFormats.join(', ')}).` },
  'ignore-not-found': { type: 'boolean', description: 'Exit with 0, and say nothing, when an object that is named does not exist.' },
  'label-columns': { type: 'list', shorthand: 'L', description: 'Labels to show as columns; names are case-sensitive.' },
  'no-fit': { type: 'boolean', description: 'On a terminal, show long cells whole although lines get wider than it.' },
  'no-headers': { type: 'boolean', description: 'Print no headings in tables and custom columns.' },
  'output-watch-events': {
    type: 'boolean',
    description: 'With --watch or --watch-only: tell what happened to each object. Those that exist already are ADDED.',
  },
  raw: { type: 'string', description: 'A path of the server to print the answer of, as it is.' },
  'server-print': { type: 'boolean', default: true, description: 'Have the server make the columns of tables.' },
  'show-kind': { type: 'boolean', description: 'Put the type of each object in front of its name.' },
  'show-labels': { type: 'boolean', description: 'Show all labels in a last column.' },
  'sort-by': { type: 'string', description: "Sort by the field at this path ('{.metadata.name}'), which must hold texts or numbers." },
  subresource: { type: 'string', description: 'Get this sub-resource (status, scale) of the objects.', choices: commonSubresources },
  watch: { type: 'boolean', shorthand: 'w', description: 'Go on to show changes after what there is.' },
  'watch-only': { type: 'boolean', description: 'Show changes only.' },
} as const satisfies FlagTable;

export type GetFlags = FlagValues<typeof getFlags>;

/** Whether the output is a table for people. */
export const isTableOutput = ({ output, template }: GetFlags): boolean => (output === '' && template === '') || output === 'wide';

/** Refuses flags that exclude each other, in kubectl's words. */
export function checkFlags(flags: GetFlags): void {
  const { raw, watch, selector, output } = flags;
  if (raw !== '') {
    if (watch || flags['watch-only'] || selector !== '')
      throw new Error('--raw may not be specified with other flags that filter the server request or alter the output');
    if (output !== '') throw new Error('--raw and --output are mutually exclusive');
    if (!raw.startsWith('/') && !URL.canParse(raw)) throw new Error(`--raw must be a valid URL path: parse ${JSON.stringify(raw)}: invalid URI for request`);
  }
  if (flags['show-labels'] && output !== '' && output !== 'wide') throw new Error(`--show-labels option cannot be used with ${output} printer`);
  if (flags['output-watch-events'] && !watch && !flags['watch-only'])
    throw new Error('--output-watch-events option can only be used with --watch or --watch-only');
}
