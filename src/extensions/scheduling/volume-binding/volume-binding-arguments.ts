/** `VolumeBindingArgs`. */
export interface VolumeBindingArgs {
  /** How long a pod waits for its volumes to be bound before it is scheduled anew. Default 600. */
  readonly bindTimeoutSeconds?: number;
  /** Only with storage capacity scoring: how the score of a node grows with the share of its storage that is used. */
  readonly shape?: readonly UtilizationPoint[];
}

/** `utilization` is 0 to 100, rising; `score` 0 to 10. */
export interface UtilizationPoint {
  readonly utilization: number;
  readonly score: number;
}

/** Upstream's: the less is left, the lower the score. */
const defaultShape: readonly UtilizationPoint[] = [
  { utilization: 0, score: 10 },
  { utilization: 100, score: 0 },
];

/** The arguments with their defaults. Throws, as upstream words it, for those that cannot be. */
export function volumeBindingOptions(args: unknown, scoresCapacity: boolean): { readonly bindTimeoutMs: number; readonly shape: readonly UtilizationPoint[] } {
  const { bindTimeoutSeconds = 600, shape } = (args ?? {}) as VolumeBindingArgs;
  if (!Number.isInteger(bindTimeoutSeconds) || bindTimeoutSeconds < 0)
    throw invalid('bindTimeoutSeconds', bindTimeoutSeconds, 'invalid BindTimeoutSeconds, should not be a negative value');
  if (shape && !scoresCapacity) throw invalid('shape', shape, 'unexpected field `shape`, remove it or turn on the feature gate StorageCapacityScoring');
  for (const [index, { utilization, score }] of (shape ?? []).entries()) checkPoint(index, utilization, score, shape![index - 1]?.utilization);
  return { bindTimeoutMs: bindTimeoutSeconds * 1_000, shape: shape?.length ? shape : defaultShape };
}

function checkPoint(index: number, utilization: number, score: number, before = -1): void {
  const path = `shape[${index}]`;
  if (!(utilization >= 0)) throw invalid(`${path}.utilization`, utilization, 'should not be less than 0');
  if (utilization > 100) throw invalid(`${path}.utilization`, utilization, 'should not be greater than 100');
  if (utilization <= before) throw invalid(`${path}.utilization`, utilization, 'utilization values must be sorted in increasing order');
  if (!(score >= 0)) throw invalid(`${path}.score`, score, 'should not be less than 0');
  if (score > 10) throw invalid(`${path}.score`, score, 'should not be greater than 10');
}

const invalid = (path: string, value: unknown, why: string): Error => new Error(`${path}: Invalid value: ${JSON.stringify(value)}: ${why}`);
