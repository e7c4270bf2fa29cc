/** Lets no more than a few pods run on a node that is labelled `size: small`. */
import { type SchedulingPlugin, success, unschedulable } from 'wherry/scheduling';

export const name = 'FewPods';

export default function fewPods(args: unknown): SchedulingPlugin {
  const { most = 3 } = (args ?? {}) as { readonly most?: number };
  return {
    filter(_state, _pod, { node, pods }) {
      const isSmall = node.metadata.labels?.['size'] === 'small';
      return isSmall && pods.length >= most ? unschedulable('node(s) were small and had enough pods') : success;
    },
    // What may make room for a pod that was refused.
    eventsToRegister: () => [{ event: { resource: 'AssignedPod', actions: ['Delete'] } }, { event: { resource: 'Node', actions: ['Add', 'UpdateNodeLabel'] } }],
  };
}
