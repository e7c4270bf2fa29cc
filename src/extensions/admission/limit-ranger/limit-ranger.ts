import { isCommon } from '../../../api/common-parts.ts';
import type { LimitRange, PersistentVolumeClaim, Pod } from '../../../api/generated/core-v1.ts';
import { limitranges } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';
import { withDefaults } from './container-defaults.ts';
import { claimProblems, podProblems } from './limits-kept.ts';

/**
 * Gives containers the default limits and requests of their namespace's limit ranges, and refuses pods and claims of volumes outside of what those allow.
 * Of what exists already only the resizing of a pod is judged: nothing else about its resources can change.
 */
export function createLimitRanger({ lookup }: { readonly lookup: ObjectLookup }): AdmissionPlugin {
  const rangesOf = (namespace: string): readonly LimitRange[] => lookup.list(limitranges, namespace);
  const judge = rememberPods();
  return {
    handles: (request) => isLimited(request) && !isBeingDeleted(request.oldObject) && rangesOf(request.namespace).length > 0,
    mutate(request) {
      if (request.resource.resource !== 'pods') return allow;
      const pod = request.object as unknown as Pod;
      const changed = rangesOf(request.namespace).reduce(withDefaults, pod);
      return changed === pod ? allow : { kind: 'replace', object: changed as unknown as UntypedObject };
    },
    validate(request) {
      const ranges = rangesOf(request.namespace);
      const why = request.resource.resource === 'pods' ? judge(request.object as unknown as Pod, ranges) : firstProblem(request, ranges);
      return why === undefined ? allow : forbidRequest(request, why);
    },
  };
}

function isLimited({ resource, subresource, operation }: AdmissionRequest): boolean {
  if (resource.group !== '') return false;
  if (resource.resource === 'persistentvolumeclaims') return subresource === '' && (operation === 'CREATE' || operation === 'UPDATE');
  if (resource.resource !== 'pods') return false;
  return subresource === '' ? operation === 'CREATE' : subresource === 'resize' && operation === 'UPDATE';
}

const isBeingDeleted = (old: UntypedObject | undefined): boolean => old?.metadata.deletionTimestamp !== undefined;

const firstProblem = ({ object }: AdmissionRequest, ranges: readonly LimitRange[]): string | undefined =>
  firstText(ranges.map((range) => claimProblems(object as unknown as PersistentVolumeClaim, range)));

/** Pods of one template are judged once, as long as the same limits are in force. */
function rememberPods(): (pod: Pod, ranges: readonly LimitRange[]) => string | undefined {
  const known = new WeakMap<object, { readonly ranges: readonly LimitRange[]; readonly why: string | undefined }>();
  return ({ spec }, ranges) => {
    const seen = known.get(spec);
    if (seen && seen.ranges.length === ranges.length && seen.ranges.every((range, index) => range === ranges[index])) return seen.why;
    const why = firstText(ranges.map((range) => podProblems(spec, range)));
    if (isCommon(spec)) known.set(spec, { ranges, why });
    return why;
  };
}

/** The problems with the first limit range that has any; several stand in brackets, each once. */
function firstText(problems: readonly (readonly string[])[]): string | undefined {
  const unique = [...new Set(problems.find((found) => found.length > 0))];
  return unique.length > 1 ? `[${unique.join(', ')}]` : unique[0];
}
