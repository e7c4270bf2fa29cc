import type { Container, Node, Pod } from '../../api/generated/core-v1.ts';
import type { ExtenderConfiguration } from './configuration/configuration.ts';
import type { NodeInfo } from './contract.ts';
import type { ExtenderFilterResult, ExtenderVictims, SchedulingExtender } from './extender.ts';
import { fieldOf, listOf, numberOf, recordOf, textOf, textsOf } from './extender-answer.ts';
import { ExtenderError, ExtenderTransport } from './extender-transport.ts';

/** An extender with its connections. */
export type HttpExtender = SchedulingExtender & Disposable;

/** Extenders in the order in which they are asked: ignorable ones last. Throws for TLS settings that cannot be used. */
export function createHttpExtenders(configurations: readonly ExtenderConfiguration[]): HttpExtender[] {
  return configurations.toSorted((left, right) => Number(left.ignorable) - Number(right.ignorable)).map(createHttpExtender);
}

/** Speaks upstream's extender protocol: Go's field names are written, any case is read. Only the verbs that are configured become methods. */
export function createHttpExtender(configuration: ExtenderConfiguration): HttpExtender {
  const { urlPrefix, weight, ignorable, managedResources, filterVerb, prioritizeVerb, preemptVerb, bindVerb } = configuration;
  const managed = new Set(managedResources.map(({ name }) => name));
  const transport = new ExtenderTransport(configuration);
  const wire: Wire = { urlPrefix, isNodeCacheCapable: configuration.nodeCacheCapable, post: (verb, value, signal) => transport.post(verb, value, signal) };
  return {
    name: urlPrefix,
    isIgnorable: ignorable,
    weight,
    isInterested: ({ spec }) =>
      managed.size === 0 || [...(spec?.containers ?? []), ...(spec?.initContainers ?? [])].some((container) => asksFor(container, managed)),
    ...(filterVerb ? { filter: (pod, nodes, signal) => filter({ wire, verb: filterVerb, pod, signal }, nodes) } : {}),
    ...(prioritizeVerb ? { prioritize: (pod, nodes, signal) => prioritize({ wire, verb: prioritizeVerb, pod, signal }, nodes) } : {}),
    ...(preemptVerb ? { preempt: (pod, victims, nodeInfo, signal) => preempt({ wire, verb: preemptVerb, pod, signal }, victims, nodeInfo) } : {}),
    ...(bindVerb ? { bind: (pod, nodeName, signal) => bind({ wire, verb: bindVerb, pod, signal }, nodeName) } : {}),
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  };
}

interface Wire {
  readonly urlPrefix: string;
  /** It knows nodes and pods itself: names will do. */
  readonly isNodeCacheCapable: boolean;
  readonly post: (verb: string, value: object, signal: AbortSignal) => Promise<unknown>;
}
interface Call {
  readonly wire: Wire;
  readonly verb: string;
  readonly pod: Pod;
  readonly signal: AbortSignal;
}

const asksFor = ({ resources }: Container, managed: ReadonlySet<string>): boolean =>
  [...Object.keys(resources?.requests ?? {}), ...Object.keys(resources?.limits ?? {})].some((name) => managed.has(name));

const argumentsOf = ({ wire, pod }: Call, nodes: readonly NodeInfo[]): object =>
  wire.isNodeCacheCapable
    ? { Pod: pod, Nodes: null, NodeNames: nodes.map(({ name }) => name) }
    : { Pod: pod, Nodes: { metadata: {}, items: nodes.map(({ node }): Node => node) }, NodeNames: null };

async function filter(call: Call, nodes: readonly NodeInfo[]): Promise<ExtenderFilterResult> {
  const { wire, verb, signal } = call;
  const result = recordOf(await wire.post(verb, argumentsOf(call, nodes), signal), 'ExtenderFilterResult');
  const error = textOf(fieldOf(result, 'Error'));
  if (error !== '') throw new ExtenderError(error);
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const kept = namesOf(result, wire.isNodeCacheCapable).map((name) => {
    const node = byName.get(name);
    if (!node) throw new ExtenderError(`extender "${wire.urlPrefix}" claims a filtered node "${name}" which is not found in the input node list`);
    return node;
  });
  return {
    nodes: kept,
    failed: textsOf(fieldOf(result, 'FailedNodes'), 'FailedNodes'),
    failedAndUnresolvable: textsOf(fieldOf(result, 'FailedAndUnresolvableNodes'), 'FailedAndUnresolvableNodes'),
  };
}

/** No list at all means no node. */
function namesOf(result: object, isNodeCacheCapable: boolean): string[] {
  const names = fieldOf(result, 'NodeNames');
  if (isNodeCacheCapable && names !== undefined) return listOf(names, 'NodeNames').map(textOf);
  const nodes = fieldOf(result, 'Nodes');
  if (nodes === undefined) return [];
  return listOf(fieldOf(recordOf(nodes, 'Nodes'), 'items'), 'Nodes.items').map((node) =>
    textOf(fieldOf(recordOf(fieldOf(recordOf(node, 'Node'), 'metadata') ?? {}, 'Node.metadata'), 'name')),
  );
}

async function prioritize(call: Call, nodes: readonly NodeInfo[]): Promise<ReadonlyMap<string, number>> {
  const { wire, verb, signal } = call;
  const scores = new Map<string, number>();
  for (const entry of listOf(await wire.post(verb, argumentsOf(call, nodes), signal), 'HostPriorityList')) {
    const priority = recordOf(entry, 'HostPriority');
    const host = textOf(fieldOf(priority, 'Host'));
    scores.set(host, (scores.get(host) ?? 0) + numberOf(fieldOf(priority, 'Score'), 'HostPriority.Score'));
  }
  return scores;
}

async function preempt(call: Call, victims: ExtenderVictims, nodeInfo: (name: string) => NodeInfo | undefined): Promise<ExtenderVictims> {
  const { wire, verb, pod, signal } = call;
  const given = Object.fromEntries(
    [...victims].map(([name, { pods, disruptionBudgetViolations: NumPDBViolations }]) => [
      name,
      { Pods: wire.isNodeCacheCapable ? pods.map(({ metadata }) => ({ UID: metadata.uid ?? '' })) : pods, NumPDBViolations },
    ]),
  );
  const body = wire.isNodeCacheCapable
    ? { Pod: pod, NodeNameToVictims: null, NodeNameToMetaVictims: given }
    : { Pod: pod, NodeNameToVictims: given, NodeNameToMetaVictims: null };
  const result = recordOf(await wire.post(verb, body, signal), 'ExtenderPreemptionResult');
  const answered = new Map<string, { pods: Pod[]; disruptionBudgetViolations: number }>();
  for (const [name, value] of Object.entries(recordOf(fieldOf(result, 'NodeNameToMetaVictims') ?? {}, 'NodeNameToMetaVictims'))) {
    const node = nodeInfo(name);
    if (!node) throw new ExtenderError(`nodeinfo not found for node name "${name}"`);
    const meta = recordOf(value ?? {}, 'MetaVictims');
    const pods = listOf(fieldOf(meta, 'Pods'), 'MetaVictims.Pods').map((entry) =>
      podOf(textOf(fieldOf(recordOf(entry, 'MetaPod'), 'UID')), node, wire.urlPrefix),
    );
    answered.set(name, { pods, disruptionBudgetViolations: numberOf(fieldOf(meta, 'NumPDBViolations') ?? 0, 'MetaVictims.NumPDBViolations') });
  }
  return answered;
}

function podOf(uid: string, { pods, name }: NodeInfo, urlPrefix: string): Pod {
  const found = pods.find(({ metadata }) => metadata.uid === uid);
  if (found) return found;
  throw new ExtenderError(`extender: ${urlPrefix} claims to preempt pod (UID: &{${uid}}) on node: ${name}, but the pod is not found on that node`);
}

async function bind({ wire, verb, pod, signal }: Call, nodeName: string): Promise<void> {
  const { name, namespace, uid } = pod.metadata;
  const body = { PodName: name, PodNamespace: namespace, PodUID: uid, Node: nodeName };
  const error = textOf(fieldOf(recordOf(await wire.post(verb, body, signal), 'ExtenderBindingResult'), 'Error'));
  if (error !== '') throw new ExtenderError(error);
}
