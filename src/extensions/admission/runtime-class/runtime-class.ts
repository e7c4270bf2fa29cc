import { isDeepStrictEqual } from 'node:util';
import type { Pod, PodSpec, Toleration } from '../../../api/generated/core-v1.ts';
import type { RuntimeClass } from '../../../api/generated/node-v1.ts';
import { runtimeclasses } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';
import { forbidRequest } from '../../../extension-points/admission/forbid-request.ts';
import type { ObjectLookup } from '../../../extension-points/admission/lookup.ts';

const overheadMismatch = "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead";

/** Adds what a runtime class costs and where it runs to the pods that use it. */
export function createRuntimeClass({ lookup }: { readonly lookup: ObjectLookup }): AdmissionPlugin {
  const classOf = (name: string | undefined): RuntimeClass | undefined => (name ? lookup.get(runtimeclasses, { name }) : undefined);
  return {
    handles: ({ resource, subresource, operation }) => resource.group === '' && resource.resource === 'pods' && subresource === '' && operation === 'CREATE',
    mutate(request) {
      const pod = request.object as unknown as Pod;
      const name = pod.spec?.runtimeClassName;
      if (!pod.spec || !name) return allow;
      const runtimeClass = classOf(name);
      if (!runtimeClass) return forbidRequest(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
      const changed = withScheduling(withOverhead(pod.spec, runtimeClass), runtimeClass);
      if (typeof changed === 'string') return forbidRequest(request, changed);
      return { kind: 'replace', object: { ...pod, spec: changed } as unknown as UntypedObject };
    },
    validate(request) {
      const pod = request.object as unknown as Pod;
      const wanted = classOf(pod.spec?.runtimeClassName)?.overhead?.podFixed;
      if (wanted) return isDeepStrictEqual(pod.spec?.overhead, wanted) ? allow : forbidRequest(request, overheadMismatch);
      return pod.spec?.overhead && Object.keys(pod.spec.overhead).length > 0
        ? forbidRequest(request, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead')
        : allow;
    },
  };
}

/** The spec with the class's overhead, or why it cannot be. */
function withOverhead(spec: PodSpec, { overhead }: RuntimeClass): PodSpec | string {
  if (!overhead?.podFixed) return spec;
  if (spec.overhead && !isDeepStrictEqual(spec.overhead, overhead.podFixed)) return overheadMismatch;
  return { ...spec, overhead: overhead.podFixed };
}

function withScheduling(spec: PodSpec | string, { scheduling }: RuntimeClass): PodSpec | string {
  if (typeof spec === 'string' || !scheduling) return spec;
  const merged = { ...spec };
  for (const [label, value] of Object.entries(scheduling.nodeSelector ?? {})) {
    const own = spec.nodeSelector?.[label];
    if (own !== undefined && own !== value)
      return `pod rejected: conflict: runtimeClass.scheduling.nodeSelector[${label}] = ${value}; pod.spec.nodeSelector[${label}] = ${own}`;
    merged.nodeSelector = { ...merged.nodeSelector, [label]: value };
  }
  if (scheduling.tolerations?.length) merged.tolerations = mergedTolerations(spec.tolerations ?? [], scheduling.tolerations);
  return merged;
}

const mergedTolerations = (own: readonly Toleration[], added: readonly Toleration[]): Toleration[] => [
  ...own,
  ...added.filter((toleration) => !own.some((known) => isDeepStrictEqual(known, toleration))),
];
