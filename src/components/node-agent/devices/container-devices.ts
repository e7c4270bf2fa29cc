import type { Log } from '../../../kernel/log.ts';
import type { DeviceAllocation } from './allocations.ts';
import { type ContainerDevices, noDevices } from './contract.ts';

/** Puts together what the plugins of all of a container's resources answered. What is set twice keeps its first value, as upstream has it; a different second one is logged. */
export function containerDevices(allocations: readonly DeviceAllocation[], log: Log): ContainerDevices {
  if (allocations.length === 0) return noDevices;
  const environment = new FirstWins<string>('environment variable', log);
  const mounts = new FirstWins<{ hostPath: string; readOnly: boolean }>('mount', log);
  const devices = new FirstWins<{ hostPath: string; permissions: string }>('device', log);
  const annotations = new FirstWins<string>('annotation', log);
  const cdiDevices = new Set<string>();
  for (const { answer } of allocations) {
    for (const [name, value] of Object.entries(answer.environment)) environment.add(name, value, value);
    for (const { containerPath, hostPath, readOnly } of answer.mounts) mounts.add(containerPath, { hostPath, readOnly }, hostPath);
    for (const { containerPath, hostPath, permissions } of answer.devices) devices.add(containerPath, { hostPath, permissions }, hostPath);
    for (const [name, value] of Object.entries(answer.annotations)) annotations.add(name, value, value);
    for (const name of answer.cdiDevices) cdiDevices.add(name);
  }
  return {
    environment: environment.entries().map(([name, value]) => ({ name, value })),
    mounts: mounts
      .entries()
      .map(([containerPath, { hostPath, readOnly }]) => ({ containerPath, hostPath, readonly: readOnly, propagation: 'private', seLinuxRelabel: false })),
    devices: devices.entries().map(([containerPath, { hostPath, permissions }]) => ({ containerPath, hostPath, permissions })),
    annotations: Object.fromEntries(annotations.entries()),
    cdiDevices: [...cdiDevices],
  };
}

class FirstWins<T> {
  readonly #what: string;
  readonly #log: Log;
  readonly #values = new Map<string, { value: T; text: string }>();

  constructor(what: string, log: Log) {
    this.#what = what;
    this.#log = log;
  }

  /** `text` tells values apart. */
  add(name: string, value: T, text: string): void {
    const known = this.#values.get(name);
    if (!known) this.#values.set(name, { value, text });
    else if (known.text !== text) this.#log.error('device plugins set the same thing differently; the first is kept', { what: this.#what, name });
  }

  entries(): [string, T][] {
    return [...this.#values].map(([name, { value }]) => [name, value]);
  }
}
