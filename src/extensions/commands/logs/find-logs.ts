import type { Pod } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Output } from '../../../extension-points/commands/contract.ts';
import {
  containerNames,
  defaultContainerAnnotation,
  findContainer,
  hasSeveralContainers,
  noSuchContainer,
} from '../../../extension-points/commands/workloads/containers.ts';
import { byLogging } from '../../../extension-points/commands/workloads/pod-order.ts';
import { goTypeName, podsOfSelector, selectorOfWorkload } from '../../../extension-points/commands/workloads/pods-of-workload.ts';
import type { LogsContext } from './logs-flags.ts';

/** One log to read. */
export interface LogSource {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
}

/** The logs that an object means: those of a pod's container or containers, of every pod of a list, of a workload's best pod or of all its pods. */
export async function findLogs(context: LogsContext, object: UntypedObject, container: string): Promise<readonly LogSource[]> {
  const { flags, cluster, streams } = context;
  const ofPod = (pod: Pod): LogSource[] =>
    flags['all-containers'] ? everyContainer(pod) : [oneContainer(pod, container, { notes: streams.stderr, saysDefault: !flags['all-pods'] })];
  if (Array.isArray(object['items'])) return (object['items'] as Pod[]).flatMap(ofPod);
  if (object.kind === 'Pod') return ofPod(object as unknown as Pod);
  const pods = await podsOfSelector(cluster.client(), selectorOf(object), { order: byLogging, timeoutMs: flags['pod-running-timeout'] });
  if (pods.length > 1 && flags['all-pods']) return pods.flatMap(ofPod);
  if (pods.length > 1) streams.stderr.write(`Found ${pods.length} pods, using pod/${pods[0]!.metadata.name}\n`);
  return ofPod(pods[0]!);
}

function selectorOf(object: UntypedObject): ReturnType<typeof selectorOfWorkload> {
  try {
    return selectorOfWorkload(object);
  } catch (error) {
    throw new Error(`cannot get the logs from ${goTypeName(object)}: ${(error as Error).message}`, { cause: error });
  }
}

const everyContainer = (pod: Pod): LogSource[] => {
  const { initContainers = [], containers, ephemeralContainers = [] } = pod.spec!;
  return [...initContainers, ...containers, ...ephemeralContainers].map(({ name }) => sourceOf(pod, name));
};

/** An annotation that names no container is told and overlooked. */
function oneContainer(pod: Pod, wanted: string, { notes, saysDefault }: { readonly notes: Output; readonly saysDefault: boolean }): LogSource {
  const annotated = pod.metadata.annotations?.[defaultContainerAnnotation] ?? '';
  let name = wanted;
  if (name === '' && annotated !== '') {
    if (findContainer(pod, annotated)) name = annotated;
    else notes.write(`Default container name ${JSON.stringify(annotated)} not found in pod ${pod.metadata.name}\n`);
  }
  if (name === '') {
    name = pod.spec?.containers[0]?.name ?? '';
    if (hasSeveralContainers(pod) && saysDefault) notes.write(`Defaulted container ${JSON.stringify(name)} out of: ${containerNames(pod)}\n`);
  }
  if (!findContainer(pod, name)) throw noSuchContainer(pod, name);
  return sourceOf(pod, name);
}

const sourceOf = ({ metadata }: Pod, container: string): LogSource => ({ namespace: metadata.namespace ?? '', pod: metadata.name ?? '', container });
