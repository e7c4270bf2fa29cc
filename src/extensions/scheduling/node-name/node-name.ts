import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';

/** A pod that names its node fits no other. */
export default function nodeName(): SchedulingPlugin {
  return {
    filter(_state, { spec }, { name }) {
      return !spec?.nodeName || spec.nodeName === name ? success : unresolvable("node(s) didn't match the requested node name");
    },
    sign: ({ spec }) => spec?.nodeName ?? '',
    eventsToRegister: () => [{ event: { resource: 'Node', actions: ['Add'] } }],
  };
}
