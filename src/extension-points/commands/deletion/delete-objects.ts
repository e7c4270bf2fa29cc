import { ApiError } from '../../../api/status.ts';
import { changeMany } from '../changes/change-many.ts';
import type { CommandContext } from '../contract.ts';
import { errorWithSource } from '../errors/error-with-source.ts';
import type { ResourceInfo, ResourceSelection } from '../resources/contract.ts';
import { deleteObject } from '../resources/object-requests.ts';
import { type DryRun, dryRunSuffix } from '../resources/selection-flags.ts';
import { waitForDeletion, weekMs } from '../waiting/wait-for-deletion.ts';
import { waitForMany } from '../waiting/wait-for-many.ts';
import { deleteOptionsOf, type PropagationPolicy } from './deletion-flags.ts';

/** How objects are deleted. */
export interface Deletion {
  readonly propagationPolicy: PropagationPolicy;
  /** Negative: the object's own. 0: at once. */
  readonly gracePeriodSeconds: number;
  readonly waits: boolean;
  /** 0: a week. */
  readonly timeoutMs: number;
  readonly dryRun: DryRun;
  /** `name`: nothing is told but `type/name`. */
  readonly output: string;
  /** `--namespace` was given: objects that have none are warned of. */
  readonly warnsOfClusterScope?: boolean;
  /** Which of them; default: all. */
  readonly chooses?: (info: ResourceInfo) => boolean;
}

type Host = Pick<CommandContext, 'cluster' | 'streams' | 'clock'> & Partial<Pick<CommandContext, 'signal'>>;

/** `isGone`: the server said that nothing of it is left. */
interface Deleted {
  readonly info: ResourceInfo;
  readonly uid: string | undefined;
  readonly isGone: boolean;
}

/** Deletes what was found, tells of each, and waits until all are gone. Answers them. */
export async function deleteObjects(context: Host, selection: ResourceSelection, deletion: Deletion): Promise<readonly ResourceInfo[]> {
  const { cluster, streams } = context;
  const deleted: Deleted[] = [];
  let found = 0;
  let warnsOfScope = deletion.warnsOfClusterScope ?? false;
  await changeMany<Deleted | undefined>(context, selection, {
    order: 'deletion',
    what: 'deleted',
    async change(info) {
      if (deletion.chooses?.(info) === false) return undefined;
      found++;
      if (warnsOfScope && !info.resource.namespaced) {
        warn(streams.stderr, 'deleting cluster-scoped resources, not scoped to the provided namespace');
        warnsOfScope = false;
      }
      return deletion.dryRun === 'client' ? { info, uid: undefined, isGone: false } : deleteOne(cluster.client(), info, deletion);
    },
    tell(one) {
      if (one) deleted.push(one);
      return { line: one ? line(one.info, deletion) : '' };
    },
  });
  if (found === 0) streams.stdout.write('No resources found\n');
  if (deletion.waits && deletion.dryRun === 'none') await waitUntilGone(context, deleted, deletion);
  return deleted.map(({ info }) => info);
}

async function waitUntilGone(context: Host, deleted: readonly Deleted[], { timeoutMs }: Deletion): Promise<void> {
  const { clock, cluster } = context;
  const end = clock.now() + (timeoutMs || weekMs);
  const there = deleted.filter(({ isGone }) => !isGone);
  let mayLook = true;
  await waitForMany(context, there, {
    what: 'gone',
    async wait({ info, uid }) {
      if (!mayLook) return;
      await waitForDeletion({ client: cluster.client(), clock, timeoutMs: end - clock.now(), uid }, info).catch((error: unknown) => {
        // Whoever may delete need not be allowed to read.
        if (!(error instanceof ApiError) || (error.reason !== 'Forbidden' && error.reason !== 'MethodNotAllowed')) throw error;
        mayLook = false;
      });
    },
  });
}

export function warn(stderr: CommandContext['streams']['stderr'], text: string): void {
  stderr.write(stderr.hasColours ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`);
}

/** Servers answer the object while it is still there, or a status when it is not. */
async function deleteOne(
  client: Parameters<typeof deleteObject>[0],
  info: ResourceInfo,
  { propagationPolicy, gracePeriodSeconds, dryRun }: Deletion,
): Promise<Deleted> {
  try {
    const options = deleteOptionsOf(propagationPolicy, gracePeriodSeconds, { dryRun: dryRun === 'server' });
    const answer = await deleteObject(client, info, options);
    if (answer.kind !== 'Status') return { info, uid: answer.metadata.uid, isGone: false };
    const uid = (answer['details'] as { uid?: string } | undefined)?.uid;
    // Servers that do not say which object it was may mean another thing.
    return { info, uid, isGone: uid !== undefined };
  } catch (error) {
    throw errorWithSource('deleting', info.source, error);
  }
}

function line({ resource, name, namespace }: ResourceInfo, { gracePeriodSeconds, dryRun, output }: Deletion): string {
  const kind = resource.group === '' ? resource.kind.toLowerCase() : `${resource.kind.toLowerCase()}.${resource.group}`;
  if (output === 'name') return `${kind}/${name}\n`;
  const place = resource.namespaced ? ` from ${namespace ?? ''} namespace` : '';
  return `${kind} "${name}" ${gracePeriodSeconds === 0 ? 'force deleted' : 'deleted'}${place}${dryRunSuffix(dryRun)}\n`;
}
