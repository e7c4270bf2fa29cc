import type { UntypedObject } from '../../../api/object.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { sortObjects } from '../../../extension-points/commands/printers/sort-objects.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import type { ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import type { GetContext } from './get-command.ts';
import { getPrinter } from './get-printer.ts';

/** Prints objects whole: one alone when one was named, else a list of all. */
export async function printObjects(context: GetContext, query: ResourceQuery): Promise<void> {
  const { flags, streams, directory, clock } = context;
  const selection = await findResources(context, query);
  const { infos, errors } = await selection.all();
  if (errors.length > 0 && selection.isSingleItem) throw errors.length === 1 ? errors[0] : new ManyErrors(errors);
  if (infos.length === 0 && flags['ignore-not-found']) return ManyErrors.throwIfAny(errors);
  const printer = await getPrinter(flags, { writer: new TabWriter(), withNamespace: false, kind: undefined }, { directory, now: clock.now() });
  const objects = infos.map(({ object }) => object!);
  const isAlone = selection.isSingleItem && objects.length === 1;
  const items = flags['sort-by'] === '' || isAlone ? objects : sortObjects(objects, flags['sort-by']);
  const shown = isAlone ? objects[0]! : ({ apiVersion: 'v1', items, kind: 'List', metadata: { resourceVersion: '' } } as UntypedObject);
  streams.stdout.write(printer.print(shown) + printer.flush());
  ManyErrors.throwIfAny(errors);
}
