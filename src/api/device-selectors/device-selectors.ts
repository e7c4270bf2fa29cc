import type { Device } from '../generated/resource-v1.ts';
import { lateModule } from '../late-module.ts';

/** What an expression sees of a device, and of the driver that offers it. */
export type SelectableDevice = Pick<Device, 'attributes' | 'capacity' | 'allowMultipleAllocations'> & { readonly driver: string };

/** An expression that was found good. */
export interface DeviceSelection {
  readonly kind: 'compiled';
  /** The most that one evaluation may cost, for limits at definition time. */
  readonly maximumCost: number;
  /** Whether a device satisfies it. Throws an `Error` in upstream's words for an expression that fails, or costs more than `selectionBudget`. */
  matches(device: SelectableDevice): boolean;
}

/** An expression that is refused; `message` is upstream's. */
export interface RefusedSelection {
  readonly kind: 'rejected';
  readonly message: string;
}

/** What a selector may cost, by estimate when it is written and in fact when it runs: `CELSelectorExpressionMaxCost`. */
export const selectionBudget = 1_000_000;

/** Loaded for the first selector there is. */
const engine = lateModule<typeof import('./device-selector-engine.ts')>(import.meta.url, './device-selector-engine');

const known = new Map<string, DeviceSelection | RefusedSelection>();
const knownLimit = 256;

/** Compiles a CEL expression of a device selector (`device.driver == "gpu.example.com"`). The most recent ones are remembered. */
export function compileSelector(expression: string): DeviceSelection | RefusedSelection {
  const found = known.get(expression);
  const compiled = found ?? engine().compileDeviceSelector(expression);
  if (found) known.delete(expression);
  else if (known.size >= knownLimit) known.delete(known.keys().next().value!);
  known.set(expression, compiled);
  return compiled;
}
