import { derived } from '../../../api/common-parts.ts';
import type { Pod, Toleration } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { deepFreeze } from '../../../api/object.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';

export interface DefaultTolerationOptions {
  /** How long a pod that says nothing stays on a node that is not ready. Default 300. */
  readonly notReadySeconds?: number;
  /** The same for a node that cannot be reached. Default 300. */
  readonly unreachableSeconds?: number;
}

/** A pod stays five minutes on a node that fails, unless it says otherwise. */
export function createDefaultTolerationSeconds({ notReadySeconds = 300, unreachableSeconds = 300 }: DefaultTolerationOptions = {}): AdmissionPlugin {
  const defaults: readonly Toleration[] = deepFreeze([
    { key: 'node.kubernetes.io/not-ready', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: notReadySeconds },
    { key: 'node.kubernetes.io/unreachable', operator: 'Exists', effect: 'NoExecute', tolerationSeconds: unreachableSeconds },
  ]);
  const key = `tolerations for ${notReadySeconds} and ${unreachableSeconds} s`;
  return {
    handles: ({ resource, subresource, operation }) =>
      resource.group === '' && resource.resource === 'pods' && subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
    mutate({ object }) {
      const pod = object as unknown as Pod;
      const tolerations = pod.spec?.tolerations ?? [];
      const missing = defaults.filter((wanted) => !tolerations.some((toleration) => speaksOf(toleration, wanted.key!)));
      if (!pod.spec || missing.length === 0) return allow;
      const { spec: before } = pod;
      const spec = derived(before, key, () => ({ ...before, tolerations: [...tolerations, ...missing] }));
      return { kind: 'replace', object: { ...pod, spec } as unknown as UntypedObject };
    },
  };
}

/** No key means every taint, no effect every effect. */
const speaksOf = ({ key, effect }: Toleration, taint: string): boolean => (!key || key === taint) && (!effect || effect === 'NoExecute');
