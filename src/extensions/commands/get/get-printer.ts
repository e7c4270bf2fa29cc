import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { ResourcePrinter } from '../../../extension-points/commands/printers/contract.ts';
import { compactJson, inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';
import { formatPrinter, noPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import type { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { tablePrinter, type WatchedObject } from '../../../extension-points/commands/printers/table-printer.ts';
import { type GetFlags, getFormats, isTableOutput } from './get-flags.ts';

export interface TablePlace {
  readonly writer: TabWriter;
  readonly withNamespace: boolean;
  /** Puts this kind in front of names. */
  readonly kind: string | undefined;
}

/** A printer that can tell what happened to an object, too. */
export interface GetPrinter extends ResourcePrinter {
  printEvent(event: WatchedObject): string;
}

/** The printer for what was asked. Throws `unable to match a printer …`. */
export async function getPrinter(
  flags: GetFlags,
  place: TablePlace,
  { directory, now }: { readonly directory: string; readonly now: number },
): Promise<GetPrinter> {
  if (isTableOutput(flags))
    return tablePrinter({
      ...place,
      now,
      isWide: flags.output === 'wide',
      hasNoHeaders: flags['no-headers'],
      columnLabels: flags['label-columns'],
      showsLabels: flags['show-labels'],
    });
  const printer = (await customColumns(flags, directory)) ?? (await formatPrinter(flags, { directory }));
  if (!printer) throw noPrinter(flags.output, getFormats);
  return { ...printer, printEvent: (event) => eventText(printer, flags.output.toLowerCase(), event) };
}

/** What happened and the object, as one object: in JSON on one line; of names there is only the object's. */
function eventText(printer: ResourcePrinter, format: string, { type, object }: WatchedObject): string {
  if (format === 'name') return printer.print(object);
  return format === 'json' ? `${compactJson({ [inOwnOrder]: true, type, object })}\n` : printer.print({ type, object } as never);
}

/** `custom-columns=SPEC`, `custom-columns-file=FILE`; the argument may stand in --template. */
async function customColumns({ output, template, 'no-headers': hasNoHeaders }: GetFlags, directory: string): Promise<ResourcePrinter | undefined> {
  const match = /^(custom-columns(?:-file)?)(?:=(.*))?$/s.exec(output);
  // With --template the format stands alone.
  if (!match || (template !== '' && match[2] !== undefined)) return undefined;
  const argument = match[2] ?? template;
  const { columnsOfSpec, columnsOfTemplate, customColumnsPrinter } = await import('../../../extension-points/commands/printers/custom-columns-printer.ts');
  if (argument === '') throw new Error('custom-columns format specified but no custom columns given');
  if (match[1] === 'custom-columns') return customColumnsPrinter(columnsOfSpec(argument), { hasNoHeaders });
  let text: string;
  try {
    text = readFileSync(isAbsolute(argument) ? argument : join(directory, argument), 'utf8');
  } catch {
    throw new Error(`error reading template ${argument}, open ${argument}: no such file or directory\n`);
  }
  return customColumnsPrinter(columnsOfTemplate(text), { hasNoHeaders: false });
}
