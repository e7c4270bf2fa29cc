/** What authors of scheduling plugins import as `wherry/scheduling`. */
export type { Node, Pod } from '../../api/generated/core-v1.ts';
export * from './contract.ts';
export { fitErrorMessage } from './fit-error.ts';
export { hostPorts } from './host-ports.ts';
export { labelOf } from './node-labels.ts';
export { NodeRecord } from './node-record.ts';
export { matchesNodeSelector, matchesRequiredNodeAffinity } from './node-selector.ts';
export { maximumScore, scaleToMaximum } from './normalize-scores.ts';
export { podRequests } from './pod-requests.ts';
export { findUntolerated } from './tolerations.ts';
