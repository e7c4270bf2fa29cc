import { groupResource, type ResourceType } from '../../../api/resource-type.ts';
import type { ResourceInfo, WorkOrder } from './contract.ts';

/** What pods read when they start; nothing that a server decides about other objects hangs on it. */
const quietResources = new Set([
  'configmaps',
  'secrets',
  'services',
  'endpoints',
  'endpointslices.discovery.k8s.io',
  'persistentvolumeclaims',
  'ingresses.networking.k8s.io',
  'networkpolicies.networking.k8s.io',
  'horizontalpodautoscalers.autoscaling',
  'poddisruptionbudgets.policy',
]);

const workloads = new Set([
  'pods',
  'replicationcontrollers',
  'deployments.apps',
  'daemonsets.apps',
  'replicasets.apps',
  'statefulsets.apps',
  'jobs.batch',
  'cronjobs.batch',
]);

const quiet = '(quiet)';
const workload = '(workload)';

/** Types that do not wait for each other are of one class; all others are one of their own. */
function classOf(resource: ResourceType): string {
  const name = groupResource(resource);
  return quietResources.has(name) ? quiet : workloads.has(name) ? workload : name;
}

/** What other objects are served by: until it is there, those that stand behind it cannot even be told what they are. */
export const isDefinition = ({ resource }: ResourceInfo): boolean => ['customresourcedefinitions', 'apiservices'].includes(resource.resource);

/**
 * What is not done yet of objects in a row, for the question whether a later one may begin. Objects of one type may be under way together; others only where no server makes
 * one depend on the other: a namespace, a definition, a policy, a quota, an account or anything unknown is done before what stands behind it, and what pods read is there
 * before the pods (their deletion knows no such order). One object twice is changed twice.
 */
export class Unfinished {
  readonly #order: WorkOrder;
  readonly #classes = new Set<string>();
  readonly #names = new Set<string>();

  constructor(order: WorkOrder) {
    this.#order = order;
  }

  add(info: ResourceInfo): void {
    this.#classes.add(classOf(info.resource));
    if (info.name !== '') this.#names.add(nameOf(info));
  }

  allows(info: ResourceInfo): boolean {
    if (this.#order === 'any') return true;
    if (this.#names.has(nameOf(info))) return false;
    const own = classOf(info.resource);
    for (const other of this.#classes) if (other !== own && !this.#goesBeside(own, other)) return false;
    return true;
  }

  #goesBeside(own: string, earlier: string): boolean {
    return (own === quiet && earlier === workload) || (this.#order === 'deletion' && own === workload && earlier === quiet);
  }
}

const nameOf = ({ resource, namespace = '', name }: ResourceInfo): string => `${groupResource(resource)}/${namespace}/${name}`;
