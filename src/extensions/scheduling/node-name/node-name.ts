import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { success, unresolvable } from '../../../extension-points/scheduling/contract.ts';

const refusal = unresolvable("node(s) didn't match the requested node name");

/** A pod that names its node fits no other. */
export default function nodeName(): SchedulingPlugin {
  return {
    filter(_state, { spec }, { name }) {
      return !spec?.nodeName || spec.nodeName === name ? success : refusal;
    },
    filterAll(_state, { spec }, { nodes }, verdicts) {
      if (!spec?.nodeName) return;
      for (let index = 0; index < nodes.length; index++) if (nodes[index]!.name !== spec.nodeName) verdicts.refuse(index, refusal);
    },
    sign: ({ spec }) => spec?.nodeName ?? '',
    eventsToRegister: () => [{ event: { resource: 'Node', actions: ['Add'] } }],
  };
}
