import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { isTable } from '../../../extension-points/commands/printers/table-printer.ts';
import type { ResourceInfo, ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { findResources, itemsOf } from '../../../extension-points/commands/resources/find-resources.ts';
import { untilStopped } from '../../../extension-points/commands/waiting/until-stopped.ts';
import type { GetContext } from './get-command.ts';
import { type GetPrinter, getPrinter } from './get-printer.ts';
import { kindText } from './print-tables.ts';
import { sayIfCut, tableWriter } from './table-writer.ts';
import { isForTerminal, type WatchedChange, watchLive } from './watch-live.ts';

/** Prints what there is (unless only changes are wanted) and then every change, until the server or the user ends it. */
export async function watchObjects(context: GetContext, query: ResourceQuery): Promise<void> {
  const { flags, streams, directory, clock } = context;
  const { infos, errors } = await (await findResources(context, { ...query, singleType: true })).all();
  if (errors.length > 0 && flags['ignore-not-found'] && errors.every(isNotFound)) return;
  ManyErrors.throwIfAny(errors);
  const areSeveral = new Set(infos.map(({ name }) => name)).size > 1;
  const info = infos[0]!;
  const place = { withNamespace: flags['all-namespaces'], kind: flags['show-kind'] ? kindText(info.resource) : undefined };
  await untilStopped(context, async () => {
    const changes = changesOf(context, info, query);
    const [first] = infos;
    let rest: WatchedChange | undefined;
    let isShown = false;
    if (isForTerminal(context) && infos.length === 1 && isTable(first!.object!)) {
      const { isTooHigh, rest: left } = await watchLive(context, first!.object, place, changes);
      isShown = !isTooHigh;
      rest = left;
      if (isShown && !rest) return;
    }
    const writer = await tableWriter(context);
    const printer = await getPrinter(flags, { ...place, writer }, { directory, now: clock.now() });
    const write = (text: string): void => streams.stdout.write(text + printer.flush());
    if (!isShown) {
      const texts: string[] = [];
      for (const each of infos) printNow(each.object!, context, printer, (text) => texts.push(text));
      write(texts.join(''));
    }
    sayIfCut(context, [writer]);
    if (areSeveral) throw new Error('you may only watch a single resource or type of resource at a time');
    if (rest) {
      // Changes come without the columns of what was shown.
      printer.print({ ...first!.object!, rows: [] } as UntypedObject);
      write(printer.print(rest.object));
    }
    for await (const { type, object } of changes) write(flags['output-watch-events'] ? printer.printEvent({ type, object }) : printer.print(object));
  });
}

const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';

/** The present state. With changes only, a table brings its columns and none of its rows. */
function printNow(object: UntypedObject, { flags }: GetContext, printer: GetPrinter, write: (text: string) => void): void {
  const isHeld = flags['watch-only'];
  if (isTable(object)) {
    const table = isHeld ? { ...object, rows: [] } : object;
    if (flags['output-watch-events'] && !isHeld) write(printer.printEvent({ type: 'ADDED', object: table }));
    else write(printer.print(table));
  } else if (!isHeld)
    for (const item of itemsOf(object)) write(flags['output-watch-events'] ? printer.printEvent({ type: 'ADDED', object: item }) : printer.print(item));
}

/** What happens from now on. */
async function* changesOf({ cluster }: GetContext, info: ResourceInfo, query: ResourceQuery): AsyncGenerator<WatchedChange, undefined> {
  const isList = info.name === '';
  // A watch of one object starts with the object as it is, which was shown already.
  let skipsFirst = !isList;
  const path =
    resourcePath(info.resource, { namespace: info.namespace }) +
    queryText({
      ...query.parameters,
      watch: true,
      labelSelector: query.labelSelector,
      fieldSelector: isList ? query.fieldSelector : `metadata.name=${info.name}`,
      resourceVersion: isList ? (info.object!.metadata.resourceVersion ?? '0') : '0',
    });
  const request = { path, ...(query.accept ? { accept: query.accept } : {}) };
  for await (const { type, object } of cluster.client().events<UntypedObject>(request)) {
    if (type === 'BOOKMARK') continue;
    const isHeld = skipsFirst;
    skipsFirst = false;
    if (!isHeld) yield { type, object };
    // Its columns are those of the rows to come.
    else if (isTable(object)) yield { type, object: { ...object, rows: [] } as UntypedObject };
  }
}
