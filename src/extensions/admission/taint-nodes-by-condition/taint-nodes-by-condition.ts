import type { Node, Taint } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type AdmissionPlugin, allow } from '../../../extension-points/admission/contract.ts';

const notReady: Taint = Object.freeze({ key: 'node.kubernetes.io/not-ready', effect: 'NoSchedule' });

/** A new node is tainted as not ready, so that nothing is scheduled to it before its conditions are known. */
export const taintNodesByCondition: AdmissionPlugin = {
  handles: ({ resource, subresource, operation }) => resource.group === '' && resource.resource === 'nodes' && subresource === '' && operation === 'CREATE',
  mutate({ object }) {
    const node = object as unknown as Node;
    const taints = node.spec?.taints ?? [];
    if (taints.some(({ key, effect }) => key === notReady.key && effect === notReady.effect)) return allow;
    return { kind: 'replace', object: { ...node, spec: { ...node.spec, taints: [...taints, notReady] } } as unknown as UntypedObject };
  },
};
