import type { RuntimeVersion } from '../../../../extension-points/runtime/contract.ts';

/** Whether a runtime does what CDI devices ask for by itself: containerd does from 2.0 on (before, not at all or when it is told to), CRI-O always. */
export function appliesCdi({ name, version }: Pick<RuntimeVersion, 'name' | 'version'>): boolean {
  if (name === 'containerd') return Number(/^v?(\d+)\./.exec(version)?.[1] ?? 0) >= 2;
  return name === 'cri-o';
}
