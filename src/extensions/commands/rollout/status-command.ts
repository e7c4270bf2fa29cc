import type { KubernetesList, UntypedObject } from '../../../api/object.ts';
import { isExpired } from '../../../api/status.ts';
import { queryText, resourcePath } from '../../../client/request-paths.ts';
import { type CommandContext, defineCommand, type FlagTable } from '../../../extension-points/commands/contract.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { untilStopped } from '../../../extension-points/commands/waiting/until-stopped.ts';
import { completeRollouts, findFlags, findRollouts, requireResource, sayNothingFound } from './find-rollouts.ts';
import { stateViewer } from './rollout-state.ts';

const statusFlags = {
  ...findFlags,
  revision: { type: 'integer', description: 'Only while this revision is the one that is rolled out; 0 for the last one.' },
  timeout: { type: 'duration', description: 'How long to watch, with a unit (1s, 2m, 3h); zero for as long as it takes.' },
  watch: { type: 'boolean', shorthand: 'w', default: true, description: 'Go on until the rollout is done.' },
} as const satisfies FlagTable;

type StatusContext = CommandContext<typeof statusFlags>;

export const statusCommand = defineCommand({
  name: 'status',
  short: 'Show the status of the rollout',
  long: 'Tell how far the last rollout has come, and go on until it is done. With --revision it ends when another rollout takes its place.',
  examples: `
    # A deployment's
    $PROGRAM rollout status deployment/nginx`,
  usage: 'status (TYPE NAME | TYPE/NAME) [flags]',
  flags: statusFlags,
  complete: (context, toComplete) => completeRollouts(context, toComplete, { takesOne: true }),
  async run(context) {
    const { flags } = context;
    context.cluster.namespace();
    requireResource(context);
    if (flags.revision < 0) throw new Error(`revision must be a positive integer: ${flags.revision}`);
    let isFound = false;
    const selection = await findRollouts(context);
    const watchAll = (): Promise<void> =>
      selection.visit(async (info) => {
        isFound = true;
        await watchRollout(context, info);
      });
    await untilStopped(context, watchAll);
    if (!isFound) sayNothingFound(context);
  },
});

/** Prints each state until the last; a watch that ends is begun again. */
async function watchRollout(context: StatusContext, info: ResourceInfo): Promise<void> {
  const { flags, streams } = context;
  const viewer = stateViewer(info.resource);
  const signal = flags.timeout > 0 ? AbortSignal.timeout(flags.timeout) : undefined;
  for await (const object of statesOf(context, info, signal)) {
    const { text, isDone } = viewer(object, flags.revision);
    streams.stdout.write(text);
    if (isDone || !flags.watch) return;
  }
  throw new Error('timed out waiting for the condition');
}

/** The object as it is and whenever it has changed. Ends with the signal only. */
async function* statesOf(
  { cluster }: StatusContext,
  { resource, namespace, name }: ResourceInfo,
  signal: AbortSignal | undefined,
): AsyncIterable<UntypedObject> {
  const path = resourcePath(resource, { namespace });
  const fieldSelector = `metadata.name=${name}`;
  while (!signal?.aborted) {
    const list = await cluster
      .client()
      .json<KubernetesList<UntypedObject>>({ method: 'GET', path: path + queryText({ fieldSelector }), ...(signal ? { signal } : {}) })
      .catch((error: unknown) => {
        if (signal?.aborted) return undefined;
        throw error;
      });
    if (!list) return;
    yield* list.items;
    const watch = path + queryText({ fieldSelector, watch: true, resourceVersion: list.metadata.resourceVersion });
    try {
      for await (const { type, object } of cluster.client().events<UntypedObject>({ path: watch, ...(signal ? { signal } : {}) })) {
        if (type === 'DELETED') throw new Error('object has been deleted');
        if (type !== 'BOOKMARK') yield object;
      }
    } catch (error) {
      if (!isExpired(error)) throw error;
    }
  }
}
