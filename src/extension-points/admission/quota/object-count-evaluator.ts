import { one } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { countName } from './resource-names.ts';

/** Names by which quotas counted objects before `count/<resource>.<group>`. */
const olderNames = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** Counts the objects of any resource, a custom one included. */
export function createObjectCountEvaluator({ group, resource }: { readonly group: string; readonly resource: string }): QuotaEvaluator {
  const names = [countName({ group, resource }), ...(group === '' && olderNames.has(resource) ? [resource] : [])];
  const usage = new Map(names.map((name) => [name, one]));
  return {
    resource: { group, resource },
    handles: ({ operation, subresource }) => operation === 'CREATE' && subresource === '',
    matchingNames: (given) => [...given].filter((name) => names.includes(name)),
    usage: () => usage,
  };
}
