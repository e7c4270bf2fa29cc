import type { Container, ContainerStatus, Pod, PodSpec } from '../../api/generated/core-v1.ts';
import { quantityMilliValue, quantityValue } from '../../api/quantity.ts';
import type { ResourceTotals } from './contract.ts';

/** What a pod asks a node for. `nonZero` counts containers that ask for no CPU or memory as if they asked for a little, which spreads them in scores. */
export interface PodRequests extends ResourceTotals {
  readonly nonZero: { readonly milliCpu: number; readonly memoryBytes: number };
}

type Amounts = Map<string, number>;
type ResourceList = Readonly<Record<string, string | number>>;

/** Upstream's assumption for containers without requests: 100m CPU, 200 MiB. */
const assumed: ReadonlyMap<string, number> = new Map([
  ['cpu', 100],
  ['memory', 200 * 2 ** 20],
]);
const none: ReadonlyMap<string, number> = new Map();
/** Larger amounts, of which `1e400` is one, count as this: upstream's are 64 bits long. Sums and shares stay numbers so. */
const largestAmount = 2 ** 63;

const known = new WeakMap<Pod, PodRequests>();
const knownOfContainers = new WeakMap<Pod, PodRequests>();
/** By the containers, which pods of one template share, and so do a pod and its newer states. */
const knownOfTemplates = new WeakMap<readonly Container[], { readonly spec: PodSpec; readonly requests: PodRequests }>();

/**
 * The most a pod needs at any one time: its containers together or its largest initialisation step, sidecars (restartable init containers) counted from where they
 * start; pod-level requests override, overhead comes on top. Remembered per pod object, or for all pods with the same frozen containers. Rule: component-helpers `resource.PodRequests`.
 */
export function podRequests(pod: Pod): PodRequests {
  let requests = ofTemplate(pod) ?? known.get(pod);
  if (!requests) known.set(pod, (requests = compute(pod)));
  return requests;
}

/** What its containers ask for, whatever the pod as a whole asks for. */
export function containersRequests(pod: Pod): PodRequests {
  if (!pod.spec?.resources?.requests) return podRequests(pod);
  let requests = knownOfContainers.get(pod);
  if (!requests) {
    const { resources: _ofPod, ...spec } = pod.spec;
    requests = compute({ ...pod, spec });
    knownOfContainers.set(pod, requests);
  }
  return requests;
}

/** For plugins that read nothing of a pod but its requests: their `sign`. */
export const signRequests = (pod: Pod): unknown => signatureOf(podRequests(pod));

/** The same for those that read `containersRequests` too. */
export function signAllRequests(pod: Pod): unknown {
  const signature = signatureOf(podRequests(pod));
  return pod.spec?.resources?.requests ? [signature, signatureOf(containersRequests(pod))] : signature;
}

const signatureOf = ({ milliCpu, memoryBytes, ephemeralStorageBytes, nonZero, scalar }: PodRequests): unknown[] => [
  ...[milliCpu, memoryBytes, ephemeralStorageBytes, nonZero.milliCpu, nonZero.memoryBytes],
  ...scalar,
];

/** Whether a resource is accounted in `scalar`: extended resources, huge pages and attachable volumes. */
export const isScalarResource = (name: string): boolean => name.includes('/') || name.startsWith('hugepages-') || name.startsWith('attachable-volumes-');

/** Reads a resource list into totals. */
export function resourceTotals(list: ResourceList | undefined): ResourceTotals {
  return totalsOf(amountsOf(list));
}

/** The requests of a pod whose status has no say in them and whose containers are frozen. */
function ofTemplate(pod: Pod): PodRequests | undefined {
  const { spec, status } = pod;
  if (!spec || status?.containerStatuses || status?.initContainerStatuses || status?.conditions?.some(({ type }) => type === 'PodResizePending'))
    return undefined;
  const seen = knownOfTemplates.get(spec.containers);
  const isSame =
    seen?.spec.initContainers === spec.initContainers && seen?.spec.overhead === spec.overhead && seen?.spec.resources === spec.resources && seen !== undefined;
  if (isSame) return seen.requests;
  if (!Object.isFrozen(spec.containers)) return undefined;
  const requests = compute(pod);
  knownOfTemplates.set(spec.containers, { spec, requests });
  return requests;
}

function compute(pod: Pod): PodRequests {
  const actual = totalOf(pod, none);
  const withAssumed = totalOf(pod, assumed);
  return { ...totalsOf(actual), pods: 1, nonZero: { milliCpu: withAssumed.get('cpu') ?? 0, memoryBytes: withAssumed.get('memory') ?? 0 } };
}

function totalOf({ spec, status }: Pod, missing: ReadonlyMap<string, number>): Amounts {
  const statuses = statusesByName([...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]);
  const isResizeInfeasible =
    status?.conditions?.some(({ type, status: value, reason }) => type === 'PodResizePending' && value === 'True' && reason === 'Infeasible') ?? false;
  const requestsOf = (container: Container): Amounts => containerRequests(container, statuses.get(container.name), { missing, isResizeInfeasible });
  const total: Amounts = new Map();
  const sidecars: Amounts = new Map();
  const largestStep: Amounts = new Map();
  for (const container of spec?.containers ?? []) add(total, requestsOf(container));
  for (const container of spec?.initContainers ?? []) {
    const requests = requestsOf(container);
    if (container.restartPolicy === 'Always') {
      add(total, requests);
      add(sidecars, requests);
      raise(largestStep, sidecars);
    } else {
      add(requests, sidecars);
      raise(largestStep, requests);
    }
  }
  raise(total, largestStep);
  for (const [name, amount] of amountsOf(spec?.resources?.requests))
    if (name === 'cpu' || name === 'memory' || name.startsWith('hugepages-')) total.set(name, amount);
  add(total, amountsOf(spec?.overhead));
  return total;
}

/** While a resize is under way the larger of what is wanted and what is given counts. */
function containerRequests(
  container: Container,
  status: ContainerStatus | undefined,
  { missing, isResizeInfeasible }: { missing: ReadonlyMap<string, number>; isResizeInfeasible: boolean },
): Amounts {
  const given = status && (status.resources?.requests ?? status.allocatedResources);
  const requests = given && isResizeInfeasible ? new Map() : amountsOf(container.resources?.requests);
  if (given) {
    raise(requests, amountsOf(status.resources?.requests));
    raise(requests, amountsOf(status.allocatedResources));
  }
  for (const [name, amount] of missing) if (!requests.has(name)) requests.set(name, amount);
  return requests;
}

const statusesByName = (statuses: readonly ContainerStatus[]): Map<string, ContainerStatus> => new Map(statuses.map((status) => [status.name, status]));

function amountsOf(list: ResourceList | undefined): Amounts {
  const amounts: Amounts = new Map();
  for (const name in list) amounts.set(name, Math.min(largestAmount, name === 'cpu' ? quantityMilliValue(list[name]!) : quantityValue(list[name]!)));
  return amounts;
}

function totalsOf(amounts: ReadonlyMap<string, number>): ResourceTotals {
  const scalar = new Map<string, number>();
  for (const [name, amount] of amounts) if (isScalarResource(name)) scalar.set(name, amount);
  const of = (name: string): number => amounts.get(name) ?? 0;
  return { milliCpu: of('cpu'), memoryBytes: of('memory'), ephemeralStorageBytes: of('ephemeral-storage'), pods: of('pods'), scalar };
}

function add(to: Amounts, from: ReadonlyMap<string, number>): void {
  for (const [name, amount] of from) to.set(name, (to.get(name) ?? 0) + amount);
}

function raise(to: Amounts, from: ReadonlyMap<string, number>): void {
  for (const [name, amount] of from) to.set(name, Math.max(to.get(name) ?? 0, amount));
}
