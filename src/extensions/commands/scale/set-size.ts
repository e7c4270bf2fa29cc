import type { Scale } from '../../../api/generated/autoscaling-v1.ts';
import { ApiError } from '../../../api/status.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { getObject, patchObject, replaceObject } from '../../../extension-points/commands/resources/object-requests.ts';
import type { Clock } from '../../../kernel/clock.ts';

export interface ScaleTools {
  readonly client: HttpsClient;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}

export interface SizeChange {
  readonly replicas: number;
  /** What must be so; -1 and `''`: anything. */
  readonly expected: { readonly replicas: number; readonly resourceVersion: string };
  readonly dryRun: boolean;
}

const retryMs = 1_000;
const giveUpMs = 5 * 60_000;
const subresource = 'scale';

/** Sets the size by the scale sub-resource and answers the one that it has then. Tries again while others change the object. Throws `Expected replicas to be …`. */
export async function setSize({ client, clock, signal }: ScaleTools, info: ResourceInfo, change: SizeChange): Promise<number> {
  const end = clock.now() + giveUpMs;
  for (;;) {
    try {
      const scale = (await changeOnce(client, info, change)) as unknown as Scale;
      return scale.spec?.replicas ?? 0;
    } catch (error) {
      if (!(error instanceof ApiError) || error.reason !== 'Conflict') throw error;
      if (clock.now() >= end) throw new Error('timed out waiting for the condition', { cause: error });
      await clock.sleep(retryMs, signal);
    }
  }
}

async function changeOnce(client: HttpsClient, info: ResourceInfo, { replicas, expected, dryRun }: SizeChange): Promise<unknown> {
  const request = { subresource, dryRun, fieldManager: 'kubectl' };
  if (expected.replicas === -1 && expected.resourceVersion === '') return patchObject(client, info, { format: 'merge', body: { spec: { replicas } } }, request);
  const scale = (await getObject(client, info, { subresource })) as unknown as Scale;
  const actual = scale.spec?.replicas ?? 0;
  const version = scale.metadata?.resourceVersion ?? '';
  if (expected.replicas !== -1 && actual !== expected.replicas) throw new Error(`Expected replicas to be ${expected.replicas}, was ${actual}`);
  if (expected.resourceVersion !== '' && version !== expected.resourceVersion)
    throw new Error(`Expected resource version to be ${expected.resourceVersion}, was ${version}`);
  return replaceObject(client, info, { ...scale, spec: { ...scale.spec, replicas } }, request);
}

/** Waits until there are as many replicas as wanted, or somebody wants another number. Throws when it takes too long. */
export async function waitForSize(
  { client, clock, signal }: ScaleTools,
  info: ResourceInfo,
  { replicas, timeoutMs }: { readonly replicas: number; readonly timeoutMs: number },
): Promise<void> {
  const end = clock.now() + timeoutMs;
  for (;;) {
    const scale = (await getObject(client, info, { subresource })) as unknown as Scale;
    const wanted = scale.spec?.replicas ?? 0;
    if (wanted !== replicas || scale.status?.replicas === replicas) return;
    if (clock.now() + retryMs > end) throw new Error(`timed out waiting for ${JSON.stringify(info.name)} to be synced`);
    await clock.sleep(retryMs, signal);
  }
}
