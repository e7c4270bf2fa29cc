import { defineGenerator } from './generator.ts';

export const createServiceAccountCommand = defineGenerator({
  name: 'serviceaccount',
  aliases: ['sa'],
  short: 'Create a service account with the specified name',
  examples: `
    # A service account
    $PROGRAM create serviceaccount my-service-account`,
  usage: 'serviceaccount NAME [--dry-run=server|client|none]',
  flags: {},
  type: { group: '', version: 'v1', resource: 'serviceaccounts', kind: 'ServiceAccount', namespaced: true },
  failure: 'failed to create serviceaccount: ',
  generate: (_context, name) => {
    if (name === '') throw new Error('name must be specified');
    return {};
  },
});
