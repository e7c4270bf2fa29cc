import type { KubernetesObject, UntypedObject } from '../../../api/object.ts';
import { apiServiceObjects, type ClusterFacts, configMapObjects, namespaceObjects, priorityClassObjects, serviceAddressObjects } from './cluster-objects.ts';
import { flowSchemaObjects, priorityLevelObjects } from './flow-control-objects.ts';
import { clusterRoleBindingObjects, clusterRoleObjects, roleBindingObjects, roleObjects } from './rbac-objects.ts';

/** An object that a cluster has from the start. */
export interface BootstrapObject {
  /** Where the store keeps it: the resource as `deployments.apps`. */
  readonly prefix: string;
  readonly object: UntypedObject;
  /** What to do when there is one already: nothing, add what is missing of a role or binding, or bring the named fields up to date. */
  readonly reconcile: 'keep' | 'rbac' | readonly string[];
}

/** All objects of a new cluster, in an order in which each finds what it refers to. They have no uid and no times yet. */
export function bootstrapObjects(facts: ClusterFacts): BootstrapObject[] {
  const as = (prefix: string, reconcile: BootstrapObject['reconcile'], objects: readonly KubernetesObject[]): BootstrapObject[] =>
    objects.map((object) => ({ prefix, reconcile, object: object as UntypedObject }));
  const rbac = 'rbac.authorization.k8s.io';
  const [service, endpoints, endpointSlice] = apiServiceObjects(facts);
  const [serviceCidr, ipAddress] = serviceAddressObjects(facts);
  return [
    ...as('namespaces', 'keep', namespaceObjects()),
    ...as(`clusterroles.${rbac}`, 'rbac', clusterRoleObjects()),
    ...as(`clusterrolebindings.${rbac}`, 'rbac', clusterRoleBindingObjects()),
    ...as(`roles.${rbac}`, 'rbac', roleObjects()),
    ...as(`rolebindings.${rbac}`, 'rbac', roleBindingObjects()),
    ...as('priorityclasses.scheduling.k8s.io', 'keep', priorityClassObjects()),
    ...as('prioritylevelconfigurations.flowcontrol.apiserver.k8s.io', 'keep', priorityLevelObjects()),
    ...as('flowschemas.flowcontrol.apiserver.k8s.io', 'keep', flowSchemaObjects(facts.nowMs)),
    ...as('servicecidrs.networking.k8s.io', 'keep', [serviceCidr!]),
    ...as('ipaddresses.networking.k8s.io', 'keep', [ipAddress!]),
    // The API server may come up under another address: these follow it.
    ...as('services', ['spec.ports'], [service!]),
    ...as('endpoints', ['subsets'], [endpoints!]),
    ...as('endpointslices.discovery.k8s.io', ['addressType', 'endpoints', 'ports'], [endpointSlice!]),
    ...as('configmaps', ['data'], configMapObjects(facts)),
  ];
}
