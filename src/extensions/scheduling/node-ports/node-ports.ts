import type { Node, Pod } from '../../../api/generated/core-v1.ts';
import type { SchedulingPlugin } from '../../../extension-points/scheduling/contract.ts';
import { skip, success, unschedulable } from '../../../extension-points/scheduling/contract.ts';
import type { HostPort } from '../../../extension-points/scheduling/host-ports.ts';
import { hostPorts, isPortTaken } from '../../../extension-points/scheduling/host-ports.ts';
import { NodeRecord } from '../../../extension-points/scheduling/node-record.ts';

const stateKey = 'PreFilterNodePorts';

/** Leaves out nodes on which a host port of the pod is taken. */
export default function nodePorts(): SchedulingPlugin {
  return {
    preFilter(state, pod) {
      const ports = hostPorts(pod);
      if (ports.length === 0) return { status: skip };
      state.write(stateKey, ports);
      return { status: success };
    },
    filter(state, pod, { usedPorts }) {
      const ports = state.read<HostPort[]>(stateKey) ?? hostPorts(pod);
      return ports.some((port) => isPortTaken(port, usedPorts)) ? unschedulable("node(s) didn't have free ports for the requested pod ports") : success;
    },
    sign: hostPorts,
    eventsToRegister: () => [
      { event: { resource: 'AssignedPod', actions: ['Delete'] }, hint: (pod, old) => (freesAPort(old as Pod, pod) ? 'queue' : 'skip') },
      { event: { resource: 'Node', actions: ['Add'] } },
    ],
  };
}

/** Whether a pod that went away held a port that another wants. */
function freesAPort(gone: Pod, pod: Pod): boolean {
  const node: Node = { metadata: { name: gone.spec?.nodeName ?? '' }, spec: {} };
  const { usedPorts } = NodeRecord.of(node, [gone]);
  return hostPorts(pod).some((port) => isPortTaken(port, usedPorts));
}
