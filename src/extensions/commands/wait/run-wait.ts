import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, notFound } from '../../../api/status.ts';
import type { CommandContext } from '../../../extension-points/commands/contract.ts';
import { createPrinter } from '../../../extension-points/commands/printers/output-flags.ts';
import type { ResourceInfo, ResourceQuery } from '../../../extension-points/commands/resources/contract.ts';
import { findResources } from '../../../extension-points/commands/resources/find-resources.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';
import { waitForDeletion, weekMs } from '../../../extension-points/commands/waiting/wait-for-deletion.ts';
import { watchOne } from '../../../extension-points/commands/waiting/watch-one.ts';
import { type Condition, parseConditions } from './conditions.ts';
import type { waitFlags } from './wait-command.ts';

type WaitContext = CommandContext<typeof waitFlags>;
const pollEveryMs = 500;

/** What `wait` does: objects one after the other, each within what is left of the time. */
export async function runWait(context: WaitContext): Promise<void> {
  const { args, flags, cluster, streams, directory, clock } = context;
  const printer = await createPrinter(flags, { operation: 'condition met', directory });
  const conditions = parseConditions(flags.for);
  const namespace = cluster.namespace();
  const isForDeletion = conditions.some(({ kind }) => kind === 'delete');
  const query: ResourceQuery = {
    args,
    files: { filenames: flags.filename, isRecursive: flags.recursive },
    namespace: namespace.name,
    requiresNamespace: namespace.isExplicit,
    allNamespaces: flags['all-namespaces'],
    labelSelector: flags.selector,
    fieldSelector: flags['field-selector'],
    selectsAll: flags.all,
    isLocal: flags.local,
    latest: !flags.local,
    flattens: true,
    continuesOnError: true,
    ...(isForDeletion ? { ignores: (error: unknown) => isMissing(error) } : {}),
  };
  if (flags.local && args.length > 0) throw new Error('error: you must specify resources by --filename when --local is set.');
  const timeoutMs = flags.timeout < 0 ? weekMs : flags.timeout;
  const end = clock.now() + timeoutMs;
  if (conditions.some(({ kind }) => kind === 'create')) await waitForCreation(context, query, end);
  let count = 0;
  const lines = new Map<ResourceInfo, readonly UntypedObject[]>();
  await (await findResources(context, query)).visitTogether<void>({
    order: 'any',
    async work(info) {
      count++;
      const told: UntypedObject[] = [];
      lines.set(info, told);
      for (const condition of conditions) told.push(await waitFor(context, info, condition, timeoutMs === 0 ? 0 : end - clock.now()));
    },
    tell(outcomes) {
      // What was so is told even of an object of which something else was not.
      for (const { info } of outcomes) for (const object of (info && lines.get(info)) ?? []) streams.stdout.write(printer.print(object));
    },
  });
  streams.stdout.write(printer.flush());
  if (count === 0 && !isForDeletion) throw new Error('no matching resources found');
}

const isMissing = (error: unknown): boolean => error instanceof ApiError && error.reason === 'NotFound';

/** Looks again and again until what is asked for is found at all. */
async function waitForCreation(context: WaitContext, query: ResourceQuery, end: number): Promise<void> {
  const { clock } = context;
  for (;;) {
    let isFound = false;
    try {
      await (await findResources(context, { ...query, ignores: () => false })).visit(() => void (isFound = true));
    } catch (error) {
      if (!isMissing(error)) throw error;
      isFound = false;
    }
    if (isFound) return;
    if (clock.now() + pollEveryMs > end) throw new Error('timed out waiting for the condition');
    await clock.sleep(pollEveryMs);
  }
}

async function waitFor({ cluster, clock }: WaitContext, info: ResourceInfo, condition: Condition, timeoutMs: number): Promise<UntypedObject> {
  if (info.name === '') throw new Error('resource name must be provided');
  const client = cluster.client();
  if (condition.kind === 'create') return info.object!;
  if (condition.kind === 'delete') return (await waitForDeletion({ client, clock, timeoutMs }, info)) ?? info.object!;
  if (timeoutMs === 0) {
    const object = await getObject(client, info);
    if (condition.holds(object)) return object;
    throw new Error(`condition not met for ${info.resource.resource}/${info.name}`);
  }
  // It was read a moment ago.
  if (info.object && condition.holds(info.object)) return info.object;
  const seen = await watchOne({ client, clock, timeoutMs }, info, (sighting) => {
    if (sighting.type === 'absent') throw notFound(info.resource, info.name);
    return sighting.type === 'present' && condition.holds(sighting.object);
  });
  return seen.type === 'absent' ? info.object! : seen.object;
}
