import type { Authorizer } from '../../../extension-points/authorization/contract.ts';

/** Refuses everything, in the words of upstream's mode `AlwaysDeny`; which is no opinion, so that what is asked after it may still allow. */
export const alwaysDeny: Authorizer = {
  authorize: () => ({ kind: 'no-opinion', reason: 'Everything is forbidden.' }),
  rulesFor: () => ({ resourceRules: [], nonResourceRules: [], incomplete: false }),
};
