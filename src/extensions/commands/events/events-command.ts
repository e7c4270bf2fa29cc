import { events } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { createPrinter, outputFlags, outputFormats } from '../../../extension-points/commands/printers/output-flags.ts';
import { TabWriter } from '../../../extension-points/commands/printers/tab-writer.ts';
import { listPages } from '../../../extension-points/commands/resources/object-requests.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { untilStopped } from '../../../extension-points/commands/waiting/until-stopped.ts';
import { subjectSelector } from './event-subject.ts';
import { eventTable } from './event-table.ts';
import { type ListedEvent, timeOf, typedEvent, typedList } from './listed-event.ts';

const flags = {
  'all-namespaces': selectionFlags['all-namespaces'],
  'chunk-size': selectionFlags['chunk-size'],
  ...outputFlags,
  for: { type: 'string', description: 'Only events about this object (TYPE/NAME).' },
  'no-headers': { type: 'boolean', description: 'Print no headings.' },
  types: { type: 'list', description: 'Only events of these types: Normal, Warning.' },
  watch: { type: 'boolean', shorthand: 'w', description: 'Go on to show events as they come.' },
} as const satisfies FlagTable;

type Context = CommandContext<typeof flags>;

export const eventsCommand = defineCommand({
  name: 'events',
  group: 'Troubleshooting and Debugging Commands:',
  short: 'List events',
  long: `
    Show events: what happened in a namespace, in all of them, or to one object. The newest come last.`,
  examples: `
    # Events of the namespace
    $PROGRAM events

    # Events of all namespaces
    $PROGRAM events --all-namespaces

    # What happened to a pod, and what will
    $PROGRAM events --for pod/web-pod-13je7 --watch

    # As YAML
    $PROGRAM events -oyaml

    # Of one type
    $PROGRAM events --types=Warning`,
  usage: `events [(-o|--output=)${[...outputFormats].join('|')}] [--for TYPE/NAME] [--watch] [--types=Normal,Warning]`,
  flags,
  async run(context) {
    const { cluster, flags: given } = context;
    const namespace = cluster.namespace().name;
    const fieldSelector = given.for === '' ? '' : await subjectSelector(given.for, cluster.mapper());
    const printer = await printerOf(context);
    for (const type of given.types) if (!/^(?:normal|warning)$/i.test(type)) throw new Error('valid --types are Normal or Warning');
    const query = { namespace: given['all-namespaces'] ? undefined : namespace, fieldSelector };
    await (given.watch ? untilStopped(context, () => watchEvents(context, query, printer)) : listEvents(context, query, printer));
  },
});

interface EventQuery {
  readonly namespace: string | undefined;
  readonly fieldSelector: string;
}

/** Makes text of a list or of one event. */
type EventPrinter = (object: UntypedObject) => string;

async function printerOf({ flags: given, directory, clock }: Context): Promise<EventPrinter> {
  if (given.output !== '' || given.template !== '') {
    const printer = await createPrinter(given, { operation: 'events', directory });
    return (object) => printer.print(object) + printer.flush();
  }
  const writer = new TabWriter();
  const table = eventTable({ withNamespace: given['all-namespaces'], hasNoHeaders: given['no-headers'] });
  return (object) => {
    writer.write(table(object, clock.now()));
    return writer.flush();
  };
}

const isWanted = (types: readonly string[], { type = '' }: ListedEvent): boolean =>
  types.length === 0 || types.some((wanted) => wanted.toLowerCase() === type.toLowerCase());

async function listEvents({ cluster, flags: given, streams }: Context, { namespace, fieldSelector }: EventQuery, print: EventPrinter): Promise<void> {
  const found: ListedEvent[] = [];
  for await (const page of listPages(cluster.client(), { resource: events, namespace }, { fieldSelector, chunkSize: given['chunk-size'] }))
    found.push(...(page.items as unknown as ListedEvent[]).filter((event) => isWanted(given.types, event)));
  if (found.length > 0) return streams.stdout.write(print(typedList(found.sort((left, right) => timeOf(left) - timeOf(right)))));
  streams.stderr.write(namespace === undefined ? 'No events found.\n' : `No events found in ${namespace} namespace.\n`);
}

/** Shows what there is and every change, until the server or the user ends it. Events that expire are not told. */
async function watchEvents({ cluster, flags: given, streams }: Context, { namespace, fieldSelector }: EventQuery, print: EventPrinter): Promise<void> {
  const path = resourcePath(events, { namespace }) + queryText({ watch: true, fieldSelector });
  for await (const { type, object } of cluster.client().events<ListedEvent>({ path }))
    if (type !== 'DELETED' && type !== 'BOOKMARK' && isWanted(given.types, object)) streams.stdout.write(print(typedEvent(object)));
}
