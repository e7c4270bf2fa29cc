import type { UntypedObject } from '../../../api/object.ts';
import { UnreadableAnswer } from '../../../client/unreadable-answer.ts';
import type { ServedResource } from '../../../extension-points/commands/discovery/contract.ts';
import { ExitCode, ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { standardMessage } from '../../../extension-points/commands/errors/error-text.ts';
import { sortObjects } from '../../../extension-points/commands/printers/sort-objects.ts';
import { isTable } from '../../../extension-points/commands/printers/table-printer.ts';
import type { ResourceInfo, ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources, OtherNamespace } from '../../../extension-points/commands/resources/find-resources.ts';
import type { GetContext } from './get-command.ts';
import { getPrinter } from './get-printer.ts';
import { sayIfCut, type TableWriter, tableWriter } from './table-writer.ts';

/** Prints tables for people: one for each run of objects of one type, an empty line between. */
export async function printTables(context: GetContext, query: ResourceQuery): Promise<void> {
  const { flags, streams } = context;
  const selection = await findResources(context, query);
  const { infos, errors } = await selection.all();
  const ordered = flags['sort-by'] === '' ? infos : sortInfos(infos, flags['sort-by']);
  const kinds = new Set(infos.map(({ resource }) => keyOf(resource)));
  const writers: TableWriter[] = [];
  let wasWritten = false;
  for (const run of runsOf(ordered)) {
    const writer = await tableWriter(context);
    writers.push(writer);
    const text = await tableText(context, run, writer, { withKind: flags['show-kind'] || kinds.size > 1 });
    if (text === '') continue;
    streams.stdout.write(wasWritten && !flags['no-headers'] ? `\n${text}` : text);
    wasWritten = true;
  }
  sayIfCut(context, writers);
  if (!wasWritten && !flags['ignore-not-found'] && errors.length === 0) {
    const isNamespaced = !flags['all-namespaces'] && infos.every(({ resource }) => resource.namespaced);
    streams.stderr.write(isNamespaced ? `No resources found in ${query.namespace} namespace.\n` : 'No resources found\n');
  }
  // A lone error of a file or a list is told bare, as kubectl does here.
  const [first] = errors;
  const isNamed = first instanceof OtherNamespace || (selection.targetsSingleItems && !hasSources(query.files!));
  if (errors.length === 1 && !isNamed && standardMessage(first) === undefined && !(first instanceof UnreadableAnswer))
    throw new ExitCode(1, `${(first as Error).message}\n`);
  ManyErrors.throwIfAny(errors);
}

const keyOf = ({ group, version, resource }: ServedResource): string => `${group}/${version}/${resource}`;

/** Neighbours of one type. */
function runsOf(infos: readonly ResourceInfo[]): ResourceInfo[][] {
  const runs: ResourceInfo[][] = [];
  for (const info of infos) {
    const run = runs.at(-1);
    if (run && keyOf(run[0]!.resource) === keyOf(info.resource)) run.push(info);
    else runs.push([info]);
  }
  return runs;
}

async function tableText(
  { flags, directory, clock }: GetContext,
  run: readonly ResourceInfo[],
  writer: TableWriter,
  { withKind }: { readonly withKind: boolean },
): Promise<string> {
  const { resource } = run[0]!;
  const place = {
    writer,
    withNamespace: flags['all-namespaces'] && resource.namespaced,
    kind: withKind ? kindText(resource) : undefined,
  };
  const printer = await getPrinter(flags, place, { directory, now: clock.now() });
  for (const { object } of run) if (!isTable(object!) || object.rows?.length > 0) printer.print(object!);
  return printer.flush();
}

export const kindText = ({ kind, group }: ServedResource): string => (group === '' ? kind : `${kind}.${group}`).toLowerCase();

/** Objects of several types are sorted together; tables each in itself. */
function sortInfos(infos: readonly ResourceInfo[], field: string): ResourceInfo[] {
  const objects = infos.map(({ object }) => object!);
  const sorted = sortObjects(objects, field);
  if (objects.some(isTable)) return infos.map((info, index) => ({ ...info, object: sorted[index]! }));
  const byObject = new Map<UntypedObject, ResourceInfo>(infos.map((info) => [info.object!, info]));
  return sorted.map((object) => byObject.get(object)!);
}
