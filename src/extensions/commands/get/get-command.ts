import { ApiError } from '../../../api/status.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { defineCommand } from '../../../extension-points/commands/contract.ts';
import { tableAccept } from '../../../extension-points/commands/printers/table-printer.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { checkFlags, type GetFlags, getFlags, getFormats, isTableOutput } from './get-flags.ts';
import { printObjects } from './print-objects.ts';
import { printRaw } from './print-raw.ts';
import { printTables } from './print-tables.ts';

export type GetContext = CommandContext<typeof getFlags>;

export const getCommand = defineCommand({
  name: 'get',
  suggestFor: ['list', 'ls'],
  group: 'Basic Commands (Intermediate):',
  short: 'Display one or many resources',
  long: `
    Print what the server has of one or more types of resources, as a table of the most important things about them.

    Labels (--selector) and fields (--field-selector) choose among the objects. Types that have namespaces are looked up in the current one, unless another or all of them are asked for.

    With --output the objects are printed whole, or by a template.

    Use "$PROGRAM api-resources" for a complete list of supported resources.`,
  examples: `
    # Pods of the namespace
    $PROGRAM get pods

    # With more columns, such as the node
    $PROGRAM get pods -o wide

    # One deployment, in a chosen version of the API, as JSON
    $PROGRAM get deployments.v1.apps web -o json

    # What a file names, as it is on the server
    $PROGRAM get -f pod.yaml -o yaml

    # One field
    $PROGRAM get pod/web-pod-13je7 -o jsonpath='{.status.phase}'

    # Chosen fields in columns
    $PROGRAM get pod test-pod -o custom-columns=CONTAINER:.spec.containers[0].name,IMAGE:.spec.containers[0].image

    # Several types at once
    $PROGRAM get rc,services

    # Objects of different types
    $PROGRAM get rc/web service/frontend pods/web-pod-13je7

    # All pods of the cluster, and what becomes of them
    $PROGRAM get pods --all-namespaces --watch`,
  usage: `get [(-o|--output=)${getFormats.join('|')}] (TYPE[.VERSION][.GROUP] [NAME | -l label] | TYPE[.VERSION][.GROUP]/NAME ...) [flags]`,
  flags: getFlags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  completeFlag: { output: (_context, toComplete) => ({ choices: getFormats.filter((format) => format.startsWith(toComplete)), also: 'nothing' }) },
  async run(context) {
    const { args, flags, streams } = context;
    if (flags.raw !== '') {
      if (args.length > 0) throw new Error('arguments may not be passed when --raw is specified');
      checkFlags(flags);
      return printRaw(context);
    }
    const namespace = context.cluster.namespace();
    const files = fileSourcesOf(flags);
    if (flags['sort-by'] !== '' && flags.watch) streams.stderr.write('warning: --watch requested, --sort-by will be ignored for watch events received\n');
    else if (flags['sort-by'] !== '' && flags['watch-only']) streams.stderr.write('warning: --watch-only requested, --sort-by will be ignored\n');
    else if (!flags.watch && !flags['watch-only'] && args.length === 0 && !hasSources(files)) throw nothingAsked(context);
    checkFlags(flags);
    const query: ResourceQuery = {
      args,
      files,
      namespace: namespace.name,
      requiresNamespace: namespace.isExplicit && !flags['all-namespaces'],
      allNamespaces: flags['all-namespaces'],
      labelSelector: flags.selector,
      fieldSelector: flags['field-selector'],
      typeAloneMeansAll: true,
      subresource: flags.subresource,
      chunkSize: flags['sort-by'] === '' ? flags['chunk-size'] : 0,
      latest: true,
      ...tableRequest(flags),
    };
    if (flags.watch || flags['watch-only']) {
      const { watchObjects } = await import('./watch-objects.ts');
      return watchObjects(context, query);
    }
    const list: ResourceQuery = {
      ...query,
      flattens: true,
      continuesOnError: true,
      ...(flags['ignore-not-found'] ? { ignores: (error: unknown) => error instanceof ApiError && error.reason === 'NotFound' } : {}),
    };
    return isTableOutput(flags) ? printTables(context, list) : printObjects(context, list);
  },
});

/** Tables come with the objects' metadata, or with the objects when they are to be sorted by a field. */
function tableRequest(flags: GetFlags): Pick<ResourceQuery, 'accept' | 'parameters'> {
  if (!flags['server-print'] || !isTableOutput(flags)) return {};
  return { accept: tableAccept, ...(flags['sort-by'] === '' ? {} : { parameters: { includeObject: 'Object' } }) };
}

function nothingAsked({ streams, program, usageError }: GetContext): Error {
  streams.stderr.write(`You must specify the type of resource to get. Use "${program} api-resources" for a complete list of supported resources.\n\n`);
  return usageError(
    `Required resource not specified.\nUse "${program} explain <resource>" for a detailed description of that resource (e.g. ${program} explain pods).`,
  );
}
