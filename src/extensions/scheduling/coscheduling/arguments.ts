/** `CoschedulingArgs`, with defaults filled in. */
export interface CoschedulingArgs {
  /** How long a member waits for the others when its group does not say. Default 60. */
  readonly permitWaitingTimeSeconds: number;
  /** How long a group that was rejected is not tried again. Default 0: it is tried at once. */
  readonly podGroupBackoffSeconds: number;
  /** A group that lacks at most so many per cent of `minMember` keeps its places when a member fits nowhere. Default 10. */
  readonly podGroupRejectPercentage: number;
}

const defaults: CoschedulingArgs = { permitWaitingTimeSeconds: 60, podGroupBackoffSeconds: 0, podGroupRejectPercentage: 10 };
const limits: Readonly<Record<keyof CoschedulingArgs, { readonly most: number; readonly rule: string }>> = {
  permitWaitingTimeSeconds: { most: Number.MAX_SAFE_INTEGER, rule: 'must be greater than 0' },
  podGroupBackoffSeconds: { most: Number.MAX_SAFE_INTEGER, rule: 'must be greater than 0' },
  podGroupRejectPercentage: { most: 100, rule: 'must be between 0 and 100' },
};

/** Reads the plugin's arguments. Throws, in upstream's words, for a field that is unknown, no whole number or out of range. */
export function readArguments(args: unknown): CoschedulingArgs {
  const given = { ...((args ?? {}) as Record<string, unknown>) };
  delete given['apiVersion'];
  delete given['kind'];
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(limits, name)) throw new Error(`strict decoding error: unknown field "${name}"`);
    const { most, rule } = limits[name as keyof CoschedulingArgs];
    if (!Number.isInteger(value) || (value as number) < 0 || (value as number) > most)
      throw new Error(`${name}: Invalid value: ${JSON.stringify(value)}: ${rule}`);
  }
  return { ...defaults, ...(given as Partial<CoschedulingArgs>) };
}
