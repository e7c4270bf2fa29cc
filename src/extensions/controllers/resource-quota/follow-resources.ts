import { apiservices, customresourcedefinitions } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import type { ControllerDeps } from '../../../extension-points/controllers/contract.ts';
import type { DisposalStack } from '../../../kernel/disposal.ts';
import { WorkQueue } from '../../../kernel/work-queue.ts';

const rediscoverEveryMs = 30_000;
// Definitions come in bunches; their resources are served a moment after they are established.
const rediscoverSoonMs = 250;

/** Has `follow` called now, every 30 s, and soon after a definition or an APIService changed. */
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
