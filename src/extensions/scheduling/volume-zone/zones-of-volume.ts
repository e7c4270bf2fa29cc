import type { PersistentVolume } from '../../../api/generated/core-v1.ts';

/** A label that says where things are, and the one that took its place. */
interface TopologyKey {
  readonly key: string;
  readonly currentKey: string;
}

/** Where a volume can be used: one of the values of a label. */
export interface VolumeTopology extends TopologyKey {
  readonly values: ReadonlySet<string>;
}

export const topologyKeys: readonly TopologyKey[] = [
  { key: 'failure-domain.beta.kubernetes.io/zone', currentKey: 'topology.kubernetes.io/zone' },
  { key: 'failure-domain.beta.kubernetes.io/region', currentKey: 'topology.kubernetes.io/region' },
  { key: 'topology.kubernetes.io/zone', currentKey: 'topology.kubernetes.io/zone' },
  { key: 'topology.kubernetes.io/region', currentKey: 'topology.kubernetes.io/region' },
];

/** The zones and regions that a volume's labels name, several separated by `__`. A label with an empty part says nothing. */
export function zonesOf({ metadata: { labels = {} } }: PersistentVolume): VolumeTopology[] {
  return topologyKeys.flatMap((topologyKey) => {
    const label = labels[topologyKey.key];
    const values = label?.split('__').map((value) => value.trim()) ?? [];
    return label === undefined || values.includes('') ? [] : [{ ...topologyKey, values: new Set(values) }];
  });
}
