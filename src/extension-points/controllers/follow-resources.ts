import { apiservices, customresourcedefinitions } from '../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../api/object.ts';
import type { DisposalStack } from '../../kernel/disposal.ts';
import { WorkQueue } from '../../kernel/work-queue.ts';
import type { ControllerDeps } from './contract.ts';

const rediscoverEveryMs = 30_000;
// Definitions come in bunches; their resources are served a moment after they are established.
const rediscoverSoonMs = 250;

/**
 * For controllers that work on every kind: has `follow` called now, every 30 s, and 250 ms after a definition or an APIService changed. Rejects when the first call does;
 * later failures are logged and retried with back-off.
 */
export async function followResources({ clock, informers, log }: ControllerDeps, stack: DisposalStack, follow: () => Promise<void>): Promise<void> {
  await follow();
  const onError = (_: string, error: unknown): void => log.warn('the resources of the API could not be discovered', { error });
  const queue = stack.use(
    new WorkQueue({ clock, onError }, async () => {
      await follow();
      return { requeueAfterMs: rediscoverEveryMs };
    }),
  );
  const soon = (): void => queue.addAfter('resources', rediscoverSoonMs);
  for (const type of [customresourcedefinitions, apiservices])
    stack.use(informers.informer<KubernetesObject>(type).onChange({ added: (_, isInitial) => isInitial || soon(), updated: soon, deleted: soon }));
  queue.addAfter('resources', rediscoverEveryMs);
  queue.start();
}
