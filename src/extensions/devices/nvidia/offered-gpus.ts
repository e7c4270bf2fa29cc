import type { GpuPart } from './gpu-parts.ts';
import type { NvidiaSharing } from './sharing.ts';

/** What a pod can be given: a part, or one of its replicas. */
export interface OfferedGpu {
  /** Of the part; of a replica `<part>::<number>`. */
  readonly id: string;
  readonly part: GpuPart;
  readonly isReplica: boolean;
}

/** The parts of each resource, those that are shared as replicas and under the name of the shared resource. */
export function offeredGpus(parts: ReadonlyMap<string, readonly GpuPart[]>, { resources }: NvidiaSharing): ReadonlyMap<string, readonly OfferedGpu[]> {
  const offered = new Map<string, OfferedGpu[]>();
  for (const [name, own] of parts) {
    const shared = resources.find((resource) => resource.name === name);
    const gpus = shared ? own.flatMap((part) => replicasOf(part, shared.replicas)) : own.map((part) => ({ id: part.id, part, isReplica: false }));
    const resource = shared?.offeredAs ?? name;
    offered.set(resource, [...(offered.get(resource) ?? []), ...gpus]);
  }
  return offered;
}

const replicasOf = (part: GpuPart, replicas: number): OfferedGpu[] =>
  Array.from({ length: replicas }, (_, number) => ({ id: `${part.id}::${number}`, part, isReplica: true }));
