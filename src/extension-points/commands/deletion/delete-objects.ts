import type { UntypedObject } from '../../../api/object.ts';
import { ApiError } from '../../../api/status.ts';
import type { CommandContext } from '../contract.ts';
import { errorWithSource } from '../errors/error-with-source.ts';
import type { ResourceInfo, ResourceSelection } from '../resources/contract.ts';
import { deleteObject } from '../resources/object-requests.ts';
import { type DryRun, dryRunSuffix } from '../resources/selection-flags.ts';
import { waitForDeletion, weekMs } from '../waiting/wait-for-deletion.ts';
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

type Host = Pick<CommandContext, 'cluster' | 'streams' | 'clock'>;

/** Deletes what was found, tells of each, and waits until all are gone. Answers them. */
export async function deleteObjects({ cluster, streams, clock }: Host, selection: ResourceSelection, deletion: Deletion): Promise<readonly ResourceInfo[]> {
  const deleted: { readonly info: ResourceInfo; readonly uid: string | undefined }[] = [];
  let warnsOfScope = deletion.warnsOfClusterScope ?? false;
  await selection.visit(async (info) => {
    if (deletion.chooses?.(info) === false) return;
    if (warnsOfScope && !info.resource.namespaced) {
      warn(streams.stderr, 'deleting cluster-scoped resources, not scoped to the provided namespace');
      warnsOfScope = false;
    }
    const place = { info, uid: undefined as string | undefined };
    deleted.push(place);
    if (deletion.dryRun !== 'client') place.uid = await deleteOne(cluster.client(), info, deletion);
    streams.stdout.write(line(info, deletion));
  });
  if (deleted.length === 0) streams.stdout.write('No resources found\n');
  if (!deletion.waits || deletion.dryRun !== 'none') return deleted.map(({ info }) => info);
  const end = clock.now() + (deletion.timeoutMs || weekMs);
  for (const { info, uid } of deleted) {
    const mayNotLook = await waitForDeletion({ client: cluster.client(), clock, timeoutMs: end - clock.now(), uid }, info).then(
      () => false,
      (error: unknown) => {
        // Whoever may delete need not be allowed to read.
        if (error instanceof ApiError && (error.reason === 'Forbidden' || error.reason === 'MethodNotAllowed')) return true;
        throw error;
      },
    );
    if (mayNotLook) break;
  }
  return deleted.map(({ info }) => info);
}

export function warn(stderr: CommandContext['streams']['stderr'], text: string): void {
  stderr.write(stderr.hasColours ? `\u001b[33;1mWarning:\u001b[0m ${text}\n` : `Warning: ${text}\n`);
}

/** Answers the UID of what goes, where the server tells it. */
async function deleteOne(
  client: Parameters<typeof deleteObject>[0],
  info: ResourceInfo,
  { propagationPolicy, gracePeriodSeconds, dryRun }: Deletion,
): Promise<string | undefined> {
  try {
    const options = deleteOptionsOf(propagationPolicy, gracePeriodSeconds, { dryRun: dryRun === 'server' });
    const answer = await deleteObject(client, info, options);
    return answer.kind === 'Status' ? ((answer as UntypedObject)['details'] as { uid?: string } | undefined)?.uid : answer.metadata.uid;
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
