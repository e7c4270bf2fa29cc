import { resourceAmounts } from '../../../extension-points/commands/pod-templates/resource-amounts.ts';
import { defineGenerator } from './generator.ts';

export const createQuotaCommand = defineGenerator({
  name: 'quota',
  aliases: ['resourcequota'],
  short: 'Create a quota with the specified name',
  long: 'Create a resource quota: what a namespace may have at most. Scopes, when given, say which objects count.',
  examples: `
    # Limits of a namespace
    $PROGRAM create quota my-quota --hard=cpu=1,memory=1G,pods=2,services=3,replicationcontrollers=2,resourcequotas=1,secrets=5,persistentvolumeclaims=10

    # Of pods without requests and limits only
    $PROGRAM create quota best-effort --hard=pods=100 --scopes=BestEffort`,
  usage: 'quota NAME [--hard=key1=value1,key2=value2] [--scopes=Scope1,Scope2] [--dry-run=server|client|none]',
  flags: {
    hard: { type: 'string', description: 'The limits: NAME=AMOUNT, with commas between them.' },
    scopes: { type: 'string', description: 'Scopes that objects must be in to count, with commas between them.' },
  },
  type: { group: '', version: 'v1', resource: 'resourcequotas', kind: 'ResourceQuota', namespaced: true },
  failure: 'failed to create quota: ',
  generate({ flags }, name) {
    if (name === '') throw new Error('name must be specified');
    const hard = resourceAmounts(flags.hard);
    const scopes = flags.scopes === '' ? undefined : flags.scopes.split(',');
    if (scopes?.includes('')) throw new Error('invalid resource quota scope ""');
    return { spec: { hard, scopes } };
  },
});
