import { ApiError } from '../../../api/status.ts';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import { ExitCode, ManyErrors } from '../../../extension-points/commands/errors/command-errors.ts';
import { standardMessage } from '../../../extension-points/commands/errors/error-text.ts';
import { completeResources } from '../../../extension-points/commands/resources/complete-resources.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { fileFlags, fileSourcesOf, hasSources } from '../../../extension-points/commands/resources/file-sources.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import type { DescribeContext } from './contract.ts';
import { describeObject } from './describe-object.ts';
import { describerFor } from './describers.ts';

const flags = {
  'all-namespaces': selectionFlags['all-namespaces'],
  'chunk-size': selectionFlags['chunk-size'],
  selector: selectionFlags.selector,
  ...fileFlags('with the objects to describe'),
  'show-events': { type: 'boolean', default: true, description: 'Show events about the object. Not done by default for several objects, or for a prefix.' },
} as const satisfies FlagTable;

type Context = CommandContext<typeof flags>;

export const describeCommand = defineCommand({
  name: 'describe',
  suggestFor: ['inspect'],
  group: 'Troubleshooting and Debugging Commands:',
  short: 'Show details of a specific resource or group of resources',
  long: `
    Tell what is known of one or more objects in detail, with what belongs to them: events, or the pods of a controller.

    A name that no object has is taken for the beginning of names: every object of the type whose name starts with it is described.

    Use "$PROGRAM api-resources" for a complete list of supported resources.`,
  examples: `
    # A node
    $PROGRAM describe nodes node-1

    # A pod
    $PROGRAM describe pods/nginx

    # What a file names
    $PROGRAM describe -f pod.json

    # All pods of the namespace
    $PROGRAM describe pods

    # Pods with a label
    $PROGRAM describe pods -l name=myLabel

    # All pods whose names start with "frontend", such as those of its replica set
    $PROGRAM describe pods frontend`,
  usage: 'describe (-f FILENAME | TYPE [NAME_PREFIX | -l label] | TYPE/NAME)',
  flags,
  complete: (context, toComplete) => completeResources(context, toComplete),
  run: describeAll,
});

async function describeAll(context: Context): Promise<void> {
  const { args, flags: given, cluster, streams, program } = context;
  const namespace = cluster.namespace();
  const files = fileSourcesOf(given);
  if (args.length === 0 && !hasSources(files))
    throw new Error(`You must specify the type of resource to describe. Use "${program} api-resources" for a complete list of supported resources.\n`);
  const selection = await findResources(context, {
    args,
    files,
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit && !given['all-namespaces'],
    allNamespaces: given['all-namespaces'],
    labelSelector: given.selector,
    chunkSize: given['chunk-size'],
    typeAloneMeansAll: true,
    flattens: true,
    continuesOnError: true,
  });
  const { infos, errors } = await selection.all();
  const isOne = infos.length <= 1 && errors.length === 0;
  const settings = settingsOf(context, context.isSet('show-events') || isOne ? given['show-events'] : false);
  if (errors.length === 1 && isNotFound(errors[0]) && args.length === 2) return describeMatching(context, settings, errors[0]);
  const problems: unknown[] = errors.length > 1 ? [new ManyErrors(errors)] : [...errors];
  const problemsSeen = new Set<string>();
  let written = 0;
  for (const info of infos) {
    try {
      const text = await describe(info, settings);
      streams.stdout.write(written++ === 0 ? text : `\n\n${text}`);
      await streams.stdout.drained();
    } catch (error) {
      const { message } = error as Error;
      if (!problemsSeen.has(message)) problems.push(error);
      problemsSeen.add(message);
    }
  }
  if (infos.length === 0 && problems.length === 0)
    streams.stderr.write(given['all-namespaces'] ? 'No resources found\n' : `No resources found in ${namespace.name} namespace.\n`);
  // A lone error of a list is told bare, as kubectl does here.
  if (problems.length === 1 && errors.length === 1 && !selection.targetsSingleItems && standardMessage(errors[0]) === undefined)
    throw new ExitCode(1, `${(errors[0] as Error).message}\n`);
  ManyErrors.throwIfAny(problems);
}

const isNotFound = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';

const settingsOf = ({ cluster, clock, flags: given }: Context, showsEvents: boolean): DescribeContext => ({
  client: cluster.client(),
  now: clock.now(),
  showsEvents,
  chunkSize: given['chunk-size'],
});

const describe = async ({ resource, namespace, name }: ResourceInfo, settings: DescribeContext): Promise<string> =>
  describeObject(await describerFor(resource), { namespace, name }, settings);

/** Describes all objects whose names begin with the one that was not found. */
async function describeMatching(context: Context, settings: DescribeContext, notFound: unknown): Promise<void> {
  const { args, cluster, flags: given, streams } = context;
  const [type = '', prefix = ''] = args;
  const selection = await findResources(context, {
    args: [type],
    namespace: cluster.namespace().name,
    typeAloneMeansAll: true,
    singleType: true,
    chunkSize: given['chunk-size'],
    flattens: true,
  });
  const { infos, errors } = await selection.all();
  ManyErrors.throwIfAny(errors);
  const matching = infos.filter(({ name }) => name.startsWith(prefix));
  if (matching.length === 0) throw notFound;
  for (const info of matching) {
    streams.stdout.write(`${await describe(info, settings)}\n`);
    await streams.stdout.drained();
  }
}
