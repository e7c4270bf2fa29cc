import type { RunningCluster } from '../components/cli/distribution.ts';
export async function startNodes(..._args: unknown[]): Promise<{ ready(signal: AbortSignal): Promise<void>; detachContainers(): void }> {
  return { ready: async () => {}, detachContainers: () => {} };
}
