import { groupResource } from '../../../api/resource-type.ts';
import { ApiError, fieldError, invalid } from '../../../api/status.ts';
import type { Target } from './context.ts';

/** Kinds whose PUT has to name the revision that it replaces (upstream's AllowUnconditionalUpdate is false); custom resources are others. */
const conditional = new Set([
  'apiservices.apiregistration.k8s.io',
  'clustertrustbundles.certificates.k8s.io',
  'csidrivers.storage.k8s.io',
  'csinodes.storage.k8s.io',
  'csistoragecapacities.storage.k8s.io',
  'customresourcedefinitions.apiextensions.k8s.io',
  'leasecandidates.coordination.k8s.io',
  'leases.coordination.k8s.io',
  'mutatingadmissionpolicies.admissionregistration.k8s.io',
  'mutatingadmissionpolicybindings.admissionregistration.k8s.io',
  'mutatingwebhookconfigurations.admissionregistration.k8s.io',
  'podcertificaterequests.certificates.k8s.io',
  'poddisruptionbudgets.policy',
  'runtimeclasses.node.k8s.io',
  'storageversionmigrations.storagemigration.k8s.io',
  'storageversions.internal.apiserver.k8s.io',
  'validatingadmissionpolicies.admissionregistration.k8s.io',
  'validatingadmissionpolicybindings.admissionregistration.k8s.io',
  'validatingwebhookconfigurations.admissionregistration.k8s.io',
  'volumeattachments.storage.k8s.io',
]);

const revisionsEnd = 2n ** 64n;
const longestRevision = 20;
const quotedCharacters = 256;

/** The revision that a client wants to replace; empty for none, which 0 stands for too. Throws ApiError 500, as upstream does, for what is no number of 64 bits. */
export function sentRevision(resourceVersion: string | undefined): string {
  if (!resourceVersion) return '';
  const digits = resourceVersion.replace(/^0+/, '');
  const isNumber = /^[0-9]+$/.test(resourceVersion);
  if (isNumber && digits.length <= longestRevision && BigInt(digits) < revisionsEnd) return digits;
  const quoted = JSON.stringify(resourceVersion.slice(0, quotedCharacters));
  throw new ApiError(500, '', `strconv.ParseUint: parsing ${quoted}: ${isNumber ? 'value out of range' : 'invalid syntax'}`);
}

/** Refuses the PUT of an object without a resourceVersion where its kind asks for one. Throws ApiError 422, which names the resource in the kind's place. */
export function requireRevision({ served, name }: Target, resourceVersion: string | undefined): void {
  if (sentRevision(resourceVersion) !== '' || (!served.isCustom && !conditional.has(groupResource(served)))) return;
  const error = fieldError.invalid('metadata.resourceVersion', 0, 'must be specified for an update');
  throw invalid({ group: served.group, kind: served.resource }, name, [error]);
}
