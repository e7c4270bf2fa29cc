import type { Authorizer } from '../../../extension-points/authorization/contract.ts';

/** Lets everyone do everything; for tests. */
export const alwaysAllow: Authorizer = {
  authorize: () => ({ kind: 'allow', reason: '' }),
  rulesFor: () => ({
    resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
    nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
    incomplete: false,
  }),
};
