import type { Labels } from '../../../extension-points/node-labels/contract.ts';
import type { NvidiaFacts } from './nvidia-facts.ts';
import { type Replication, resourceLabels } from './resource-labels.ts';

interface MigKind {
  /** Of the GPU that it is part of. */
  readonly model: string;
  /** `1g.5gb`, `1c.3g.20gb`. */
  readonly profile: string;
  readonly memoryMib: number;
  readonly count: number;
}

/** Whether a GPU is split, or is to be. */
export const isSplit = ({ told }: NvidiaFacts, gpu: NvidiaFacts['driver']['gpus'][number]): boolean =>
  gpu.gpuInstances.length > 0 || (told.get(gpu.uuid)?.isMigEnabled ?? false);

/** The labels of MIG devices. Their profiles are known to `nvidia-smi` only: nothing without it. */
export function migLabels(facts: NvidiaFacts, strategy: 'single' | 'mixed', replicated: ReadonlyMap<string, Replication>): Labels {
  const kinds = migKinds(facts);
  if (strategy === 'single') return singleLabels(facts, kinds, replicated);
  // What cannot be part of a name is not part of the resource's either.
  return Object.assign({}, ...kinds.map((kind) => kindLabels(`nvidia.com/mig-${kind.profile.replaceAll('+', '.')}`, kind, replicated))) as Labels;
}

/** All GPUs of the node must be split, and alike; otherwise the labels say that this is not so. */
function singleLabels(facts: NvidiaFacts, kinds: readonly MigKind[], replicated: ReadonlyMap<string, Replication>): Labels {
  const { gpus } = facts.driver;
  const split = gpus.filter((gpu) => isSplit(facts, gpu));
  const [first] = split;
  if (!first || facts.told.size === 0) return {};
  const isAnyEmpty = split.some(({ uuid }) => (facts.told.get(uuid)?.migDevices.length ?? 0) === 0);
  const [kind] = kinds;
  if (!isAnyEmpty && split.length === gpus.length && kind && kinds.length === 1) return kindLabels('nvidia.com/gpu', kind, replicated);
  const invalid = resourceLabels({ name: 'nvidia.com/gpu', product: [first.model, 'MIG', 'INVALID'], count: 0, replication: 'none' });
  return { ...invalid, 'nvidia.com/gpu.sharing-strategy': '', 'nvidia.com/gpu.memory': '0' };
}

function kindLabels(name: string, { model, profile, memoryMib, count }: MigKind, replicated: ReadonlyMap<string, Replication>): Labels {
  const [, computeSlices, slices] = /^(?:(\d+)c\.)?(\d+)g\./.exec(profile) ?? [];
  return {
    ...resourceLabels({ name, product: [model, 'MIG', profile], count, replication: replicated.get(name) }),
    ...(memoryMib > 0 ? { [`${name}.memory`]: String(memoryMib) } : {}),
    ...(slices === undefined ? {} : { [`${name}.slices.gi`]: slices, [`${name}.slices.ci`]: computeSlices ?? slices }),
  };
}

function migKinds({ driver, told }: NvidiaFacts): readonly MigKind[] {
  const kinds = new Map<string, MigKind>();
  for (const { uuid, model } of driver.gpus) {
    for (const { profile, memoryMib } of told.get(uuid)?.migDevices ?? []) {
      const known = kinds.get(profile);
      kinds.set(profile, { model: known?.model ?? model, profile, memoryMib: known?.memoryMib ?? memoryMib, count: (known?.count ?? 0) + 1 });
    }
  }
  return [...kinds.values()];
}
