import { isDeepStrictEqual } from 'node:util';
import type { Node } from '../../../api/generated/core-v1.ts';
import { allow, type ValidationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { NodeRequest } from './node-restriction.ts';

/** A node keeps its own Node object: not its taints, owners or the labels that steer workloads, once it exists. */
export function judgeNode({ node, request }: NodeRequest): ValidationOutcome {
  const subject = `node ${JSON.stringify(node)}`;
  const created = request.operation === 'CREATE';
  const name = request.name || request.object?.metadata.name || '';
  if (name !== node) return forbidRequest(request, `${subject} is not allowed to modify node ${JSON.stringify(name)}`);
  const [current, old] = [request.object as unknown as Node | undefined, request.oldObject as unknown as Node | undefined];
  if (!current) return allow;
  if (created && current.spec?.configSource) return forbidRequest(request, `${subject} is not allowed to create pods with a non-nil configSource`);
  const labels = forbiddenLabels(current.metadata.labels ?? {}, old?.metadata.labels ?? {}).join(', ');
  if (created) return labels === '' ? allow : forbidRequest(request, `${subject} is not allowed to set the following labels: ${labels}`);
  if (current.spec?.configSource && !isDeepStrictEqual(current.spec.configSource, old?.spec?.configSource)) {
    return forbidRequest(request, `${subject} is not allowed to update configSource to a new non-nil configSource`);
  }
  if (!isDeepStrictEqual(current.spec?.taints ?? [], old?.spec?.taints ?? [])) return forbidRequest(request, `${subject} is not allowed to modify taints`);
  if (labels !== '') return forbidRequest(request, `is not allowed to modify labels: ${labels}`);
  if (!isDeepStrictEqual(current.metadata.ownerReferences ?? [], old?.metadata.ownerReferences ?? []))
    return forbidRequest(request, `${subject} is not allowed to modify ownerReferences`);
  return allow;
}

/** Labels of Kubernetes' own namespaces that a node may set on itself. */
const nodeLabels: ReadonlySet<string> = new Set([
  'kubernetes.io/hostname',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'node.kubernetes.io/instance-type',
  'node.kubernetes.io/windows-build',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'beta.kubernetes.io/instance-type',
]);
const nodeLabelNamespaces = ['kubelet.kubernetes.io', 'node.kubernetes.io'];
const restrictedNamespace = 'node-restriction.kubernetes.io';

/** Sorted names of labels that differ and that a node may not touch. */
function forbiddenLabels(current: Readonly<Record<string, string>>, old: Readonly<Record<string, string>>): string[] {
  const names = new Set([...Object.keys(current), ...Object.keys(old)]);
  return [...names].filter((name) => current[name] !== old[name] && isForbidden(name)).sort();
}

function isForbidden(label: string): boolean {
  const slash = label.indexOf('/');
  const namespace = slash < 0 ? '' : label.slice(0, slash);
  const isIn = (parent: string): boolean => namespace === parent || namespace.endsWith(`.${parent}`);
  if (isIn(restrictedNamespace)) return true;
  return (isIn('kubernetes.io') || isIn('k8s.io')) && !nodeLabels.has(label) && !nodeLabelNamespaces.some(isIn);
}
