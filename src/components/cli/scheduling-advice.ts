import type { NodeRefusal, SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';

/** What would help a pod that did not get a node, by the words of the plugins that refused it; the most promising first. Empty for one that has a node. */
export function adviceFor({ result, refusals, plugin, waits, pod, nodes, nominatedNodeName, message, extenders }: SchedulingAttempt): string[] {
  const here = `-n ${pod.namespace}`;
  switch (result) {
    case 'Gated':
      return plugin === 'SchedulingGates'
        ? [
            `remove the gates when they have done their work: kubectl patch pod ${pod.name} ${here} --type=json -p '[{"op":"remove","path":"/spec/schedulingGates"}]'`,
          ]
        : [`whatever ${plugin ?? 'the gate'} waits for`];
    case 'Waiting':
      return (waits ?? []).map((wait) => `${wait.plugin} has to allow it; if it does not within ${wait.timeoutSeconds} s the pod is tried again`);
    case 'Rejected':
    case 'Error':
      return [`nothing by hand: it is tried again by itself${plugin ? `; ${plugin} is the plugin to look at` : ''} (wherry extensions lists them)`];
    case 'Unschedulable':
      if (nominatedNodeName) return [`nothing by hand: pods on ${nominatedNodeName} are being removed for it`];
      if (nodes.total === 0 && message?.startsWith('no nodes')) return ['add a node: without one no pod runs'];
      return [
        ...(extenders ?? []).filter(({ nodesAfter }) => nodesAfter === 0).map(({ name }) => `whatever the extender ${name} waits for: it left no node`),
        ...new Set(refusals.map(adviceOn)),
      ];
    default:
      return [];
  }
}

function adviceOn({ plugin = '', reasons, nodeNames, code }: NodeRefusal): string {
  const node = nodeNames[0] ?? 'NODE';
  const what = reasons[0] ?? '';
  const advice = byPlugin[plugin]?.(what, node);
  return advice ?? `what ${plugin || 'the scheduler'} says: ${what}${code === 'pending' ? ' (somebody else has to act first)' : ''}`;
}

/** Of the plugins that come with Kubernetes. */
const byPlugin: Readonly<Record<string, (reason: string, node: string) => string>> = {
  NodeResourcesFit(reason) {
    if (reason.startsWith('Too many pods')) return 'fewer pods per node, or another node: the nodes take no more pods';
    const resource = reason.replace(/^Insufficient /, '');
    return `another node, pods that go, or a smaller request of ${resource} (spec.containers[].resources.requests)`;
  },
  TaintToleration: (reason, node) => `a toleration in the pod, or the taint gone: kubectl taint nodes ${node} KEY- (${reason})`,
  NodeUnschedulable: (_reason, node) => `nodes that take pods again: kubectl uncordon ${node}`,
  NodeAffinity: (_reason, node) => `a node that its nodeSelector and node affinity ask for: compare with kubectl get node ${node} --show-labels`,
  NodeName: () => 'the node that spec.nodeName names',
  NodePorts: () => 'a node where its host port is free',
  PodTopologySpread: () => 'pods in the other domains, or spread constraints that ask for less (maxSkew, whenUnsatisfiable: ScheduleAnyway)',
  InterPodAffinity: () => 'pods that it wants beside it, or none of those it does not want',
  VolumeBinding: (reason) => `volumes it can have there (${reason}): see kubectl get pvc,pv,storageclass`,
  VolumeZone: () => 'a node in the zone of its volume',
  VolumeRestrictions: (reason) => `whoever uses its volume has to let go of it (${reason})`,
  NodeVolumeLimits: () => 'a node that can attach more volumes',
  DynamicResources: (reason) => `devices that its claims ask for (${reason}): see kubectl get resourceclaims,resourceslices`,
};
