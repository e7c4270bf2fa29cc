import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import type { GetContext } from './get-command.ts';

/** A writer that tells whether it left anything out. */
export type TableWriter = TabWriter & { readonly isCut?: boolean };

/** What tables are written with: for a person at a terminal they fit it and have colours; files and pipes get kubectl's. */
export async function tableWriter({ streams: { stdout }, flags }: Pick<GetContext, 'streams' | 'flags'>): Promise<TableWriter> {
  if (!stdout.isTerminal && !stdout.hasColours) return new TabWriter();
  const { TerminalTable } = await import('../../../extension-points/commands/printers/terminal-table.ts');
  const columns = flags['no-fit'] || flags.output === 'wide' ? undefined : stdout.columns;
  return new TerminalTable({ columns, hasColours: stdout.hasColours, hasHeaders: !flags['no-headers'] });
}

/** Nothing is left out without a word. */
export function sayIfCut({ streams: { stdout, stderr } }: Pick<GetContext, 'streams'>, writers: readonly TableWriter[]): void {
  if (writers.some(({ isCut }) => isCut)) stderr.write(`(shortened to ${stdout.columns} columns; --no-fit shows everything, -o wide more)\n`);
}
