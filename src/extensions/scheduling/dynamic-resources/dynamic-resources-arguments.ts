import { parseDuration } from '../../../api/cel/duration.ts';

/** `DynamicResourcesArgs`. Durations are Go's text. */
export interface DynamicResourcesArgs {
  /** How long the search for devices of one node may take; 0 is no limit. Default 10s. */
  readonly filterTimeout?: string;
  /** How long a pod waits for its devices to be made ready for its node before they are looked for anew. Default 600s. */
  readonly bindingTimeout?: string;
}

export interface DynamicResourcesOptions {
  readonly filterTimeoutMs: number;
  readonly bindingTimeoutMs: number;
}

/** The arguments with their defaults. Throws, as upstream words it, for those that cannot be. */
export function dynamicResourcesOptions(args: unknown): DynamicResourcesOptions {
  const { filterTimeout = '10s', bindingTimeout = '600s' } = (args ?? {}) as DynamicResourcesArgs;
  const [filterTimeoutMs, bindingTimeoutMs] = [millisecondsOf('filterTimeout', filterTimeout), millisecondsOf('bindingTimeout', bindingTimeout)];
  if (filterTimeoutMs < 0) throw invalid('filterTimeout', filterTimeout, 'must be zero or positive');
  if (bindingTimeoutMs < 1_000) throw invalid('bindingTimeout', bindingTimeout, 'must be at least 1 second');
  return { filterTimeoutMs, bindingTimeoutMs };
}

function millisecondsOf(path: string, text: string): number {
  try {
    return Number(parseDuration(text).nanoseconds) / 1e6;
  } catch {
    throw invalid(path, text, `time: invalid duration ${JSON.stringify(text)}`);
  }
}

const invalid = (path: string, value: unknown, why: string): Error => new Error(`${path}: Invalid value: ${JSON.stringify(value)}: ${why}`);
