import { derived } from '../../../api/common-parts.ts';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { priorityclasses } from '../../../api/generated/resource-types.ts';
import type { PriorityClass } from '../../../api/generated/scheduling-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, type AdmissionRequest, allow, type MutationOutcome } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';

/** Turns a pod's class into a number, and keeps two classes from both being the default. */
export function createPriority({ lookup }: { readonly lookup: ObjectLookup }): AdmissionPlugin {
  return {
    handles: ({ resource, subresource, operation }) =>
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      ((resource.group === '' && resource.resource === 'pods') || isPriorityClass(resource)),
    mutate(request) {
      const pod = request.object as unknown as Pod;
      if (isPriorityClass(request.resource) || !pod.spec) return allow;
      return request.operation === 'CREATE' ? prioritised(request, pod, lookup) : keptPriority(pod, request.oldObject as unknown as Pod);
    },
    validate(request) {
      const priorityClass = request.object as unknown as PriorityClass;
      if (!isPriorityClass(request.resource) || !priorityClass.globalDefault) return allow;
      const other = globalDefaults(lookup).find(({ metadata }) => metadata.name !== priorityClass.metadata.name);
      return other ? forbidRequest(request, `PriorityClass ${other.metadata.name} is already marked as default. Only one default can exist`) : allow;
    },
  };
}

const isPriorityClass = (resource: { group: string; resource: string }): boolean =>
  resource.group === 'scheduling.k8s.io' && resource.resource === 'priorityclasses';
const globalDefaults = (lookup: ObjectLookup): readonly PriorityClass[] => lookup.list(priorityclasses).filter((candidate) => candidate.globalDefault);

/** Should there be several defaults, the lowest is taken, as upstream does. */
const defaultClass = (lookup: ObjectLookup): PriorityClass | undefined =>
  [...globalDefaults(lookup)].sort((left, right) => (left.value ?? 0) - (right.value ?? 0))[0];

function prioritised(request: AdmissionRequest, pod: Pod, lookup: ObjectLookup): MutationOutcome {
  const { priorityClassName: name, priority: given, preemptionPolicy: givenPolicy } = pod.spec!;
  const priorityClass = name ? lookup.get(priorityclasses, { name }) : defaultClass(lookup);
  if (name && !priorityClass) return forbidRequest(request, `no PriorityClass with name ${name} was found`);
  const priority = priorityClass?.value ?? 0;
  const preemptionPolicy = priorityClass?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (given !== undefined && given !== priority) {
    return forbidRequest(
      request,
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${priority} from the given PriorityClass name`,
    );
  }
  if (givenPolicy !== undefined && givenPolicy !== preemptionPolicy) {
    return forbidRequest(
      request,
      `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; priority admission controller computed ${preemptionPolicy} from the given PriorityClass name`,
    );
  }
  const className = priorityClass?.metadata.name;
  const more = { ...(className ? { priorityClassName: className } : {}), priority, preemptionPolicy };
  const spec = derived(pod.spec!, `priority ${JSON.stringify(more)}`, () => ({ ...pod.spec!, ...more }));
  return { kind: 'replace', object: { ...pod, spec } as unknown as UntypedObject };
}

/** A client that does not know these fields must not clear them by an update. */
function keptPriority(pod: Pod, old: Pod): MutationOutcome {
  const { priority, preemptionPolicy } = old.spec ?? {};
  const kept = {
    ...(pod.spec!.priority === undefined && priority !== undefined ? { priority } : {}),
    ...(pod.spec!.preemptionPolicy === undefined && preemptionPolicy !== undefined ? { preemptionPolicy } : {}),
  };
  if (Object.keys(kept).length === 0) return allow;
  return { kind: 'replace', object: { ...pod, spec: { ...pod.spec, ...kept } } as unknown as UntypedObject };
}
