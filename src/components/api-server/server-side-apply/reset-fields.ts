import type { ServedResource } from '../resource-index.ts';
import { treeAt } from './compare.ts';
import { type FieldTree, isMember, leaf, makeTree, recursiveDifference, union } from './field-tree.ts';

/** Leaves the fields in a set that an endpoint can change. */
export type FieldFilter = (fields: FieldTree | undefined) => FieldTree | undefined;

const excluding = (...paths: readonly string[]): FieldFilter => {
  const excluded = paths.reduce<FieldTree | undefined>((tree, path) => union(tree, treeAt(path.split('.'))), undefined);
  return (fields) => recursiveDifference(fields, excluded);
};

/** Only what lies at these paths; `*` stands for any element. */
const including = (...paths: readonly string[]): FieldFilter => {
  const patterns = paths.map((path) => path.split('.').map((name) => (name === '*' ? '*' : `f:${name}`)));
  return (fields) => matching(fields, patterns);
};

function matching(fields: FieldTree | undefined, patterns: readonly (readonly string[])[]): FieldTree | undefined {
  if (fields === undefined || patterns.some((pattern) => pattern.length === 0)) return fields;
  const elements: Record<string, FieldTree> = {};
  for (const element in fields) {
    if (element === '.') continue;
    const further = patterns.filter(([first]) => first === '*' || first === element).map((pattern) => pattern.slice(1));
    if (further.length === 0) continue;
    const inner = matching(fields[element], further);
    if (inner !== undefined) elements[element] = inner;
    else if (isMember(fields[element]!)) elements[element] = leaf;
  }
  return makeTree(isMember(fields), elements);
}

const everything: FieldFilter = (fields) => fields;
const withoutStatus = excluding('status');
const withoutSpec = excluding('spec');
const withoutSpecAndMetadata = excluding('spec', 'metadata');

/** What upstream's strategies reset, where it is not `status` on the main endpoint and `spec` on `/status`. */
const special: ReadonlyMap<string, FieldFilter> = new Map([
  ['deployments.apps/status', excluding('spec', 'metadata.labels')],
  ['pods/status', excluding('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences')],
  ['pods/ephemeralcontainers', including('spec.ephemeralContainers')],
  [
    'pods/resize',
    including('spec.containers.*.resources', 'spec.containers.*.resizePolicy', 'spec.initContainers.*.resources', 'spec.initContainers.*.resizePolicy'),
  ],
  ['namespaces/finalize', withoutStatus],
  ['apiservices.apiregistration.k8s.io/status', withoutSpecAndMetadata],
  ['certificatesigningrequests.certificates.k8s.io/', excluding('spec', 'status')],
  ['certificatesigningrequests.certificates.k8s.io/status', excluding('spec', 'status.conditions')],
  ['certificatesigningrequests.certificates.k8s.io/approval', excluding('spec', 'status.certificate')],
  ['flowschemas.flowcontrol.apiserver.k8s.io/status', withoutSpecAndMetadata],
  ['prioritylevelconfigurations.flowcontrol.apiserver.k8s.io/status', withoutSpecAndMetadata],
  ['resourceclaims.resource.k8s.io/status', withoutSpecAndMetadata],
  ['servicecidrs.networking.k8s.io/status', withoutSpecAndMetadata],
  ['validatingadmissionpolicies.admissionregistration.k8s.io/status', withoutSpecAndMetadata],
  ['volumeattachments.storage.k8s.io/status', withoutSpecAndMetadata],
]);

/** What an endpoint may own: its strategy puts all else back (upstream's GetResetFields). */
export function fieldFilter(served: ServedResource, subresource: string): FieldFilter {
  const own = special.get(`${served.group === '' ? served.resource : `${served.resource}.${served.group}`}/${subresource}`);
  if (own) return own;
  const hasStatus = served.subresources['status'] !== undefined;
  if (subresource === '') return hasStatus ? withoutStatus : everything;
  if (subresource !== 'status') return everything;
  return served.isCustom ? withoutSpecAndMetadata : withoutSpec;
}
