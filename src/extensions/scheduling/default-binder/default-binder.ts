import { pods } from '../../../api/generated/resource-types.ts';
import { keyOf } from '../../../api/object.ts';
import type { SchedulingHandle, SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success } from '../../../extension-points/scheduling/contract.ts';

/** Binds a pod by posting to its `binding` sub-resource. */
export default function defaultBinder(_args: unknown, { client }: Pick<SchedulingHandle, 'client'>): SchedulingPlugin {
  return {
    async bind(_state, pod, nodeName) {
      const { namespace, name, uid } = pod.metadata;
      const binding = { apiVersion: 'v1', kind: 'Binding', metadata: { namespace, name, uid }, target: { kind: 'Node', name: nodeName } };
      try {
        await client.createSubresource(pods, keyOf(pod), 'binding', binding);
        return success;
      } catch (error) {
        return { code: 'error', reasons: [error instanceof Error ? error.message : String(error)], error };
      }
    },
  };
}
