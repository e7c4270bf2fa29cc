import { readFileSync, writeFileSync } from 'node:fs';
import type { Machine } from './configuration.ts';
import type { Layout } from './layout.ts';

/** What was found out about the machine, kept because finding out takes longer than starting. */
export interface MachineRecord {
  /** What was tried holds until the machine boots again. */
  readonly bootId: string;
  readonly tried: Pick<Machine, 'snapshotter' | 'packetFilter' | 'canMapPorts'>;
  /** The chains the portmap plugin shares were not there at the first start: if nobody uses them in the end, they go. */
  readonly madeHostPortChains: boolean;
}

/** Undefined before the first start, and when the file is damaged. */
export function readMachineRecord(layout: Layout): MachineRecord | undefined {
  try {
    const { bootId, tried, madeHostPortChains } = JSON.parse(readFileSync(layout.machineFile, 'utf8')) as Partial<MachineRecord>;
    const isWhole =
      typeof bootId === 'string' &&
      typeof madeHostPortChains === 'boolean' &&
      (tried?.snapshotter === 'overlayfs' || tried?.snapshotter === 'native') &&
      typeof tried.canMapPorts === 'boolean';
    return isWhole ? { bootId, tried, madeHostPortChains } : undefined;
  } catch {
    return undefined;
  }
}

export const writeMachineRecord = (layout: Layout, record: MachineRecord): void => writeFileSync(layout.machineFile, JSON.stringify(record));
