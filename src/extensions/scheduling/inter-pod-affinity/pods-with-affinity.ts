import type { Pod } from '../../../api/generated/core-v1.ts';
import type { NodeInfo } from '../../../extension-points/scheduling/contract.ts';
import { termsOf } from './affinity-terms.ts';

interface PodsWithAffinity {
  /** With affinity or anti-affinity of any kind. */
  readonly any: readonly Pod[];
  readonly requiredAntiAffinity: readonly Pod[];
}

const none: PodsWithAffinity = { any: [], requiredAntiAffinity: [] };
const known = new WeakMap<readonly Pod[], PodsWithAffinity>();

/** The pods of a node that have a say in where others go. Remembered for as long as the node's pods stay the same, so a cycle looks at changed nodes only. */
export function podsWithAffinity({ pods }: NodeInfo): PodsWithAffinity {
  let found = known.get(pods);
  if (!found) {
    const any = pods.filter(({ spec }) => spec?.affinity?.podAffinity || spec?.affinity?.podAntiAffinity);
    found = any.length === 0 ? none : { any, requiredAntiAffinity: any.filter((pod) => termsOf(pod).requiredAntiAffinity.length > 0) };
    known.set(pods, found);
  }
  return found;
}
