import type { Service } from '../../../api/generated/core-v1.ts';
import { services } from '../../../api/generated/resource-types.ts';
import { quantityOf } from '../../../api/quantity.ts';
import { one, zero } from './amounts.ts';
import type { QuotaEvaluator } from './evaluator.ts';
import { countName } from './resource-names.ts';

const objectCount = countName(services);
const names = new Set([objectCount, 'services', 'services.nodeports', 'services.loadbalancers']);

/** Services: their number, that of their node ports, and how many are load balancers. */
export const serviceEvaluator: QuotaEvaluator = {
  resource: services,
  // The type of a service may change.
  handles: ({ operation, subresource }) => subresource === '' && (operation === 'CREATE' || operation === 'UPDATE'),
  matchingNames: (given) => [...given].filter((name) => names.has(name)),
  usage(object) {
    const { spec } = object as unknown as Service;
    return new Map([
      [objectCount, one],
      ['services', one],
      ['services.loadbalancers', spec?.type === 'LoadBalancer' ? one : zero],
      ['services.nodeports', quantityOf(countNodePorts(spec))],
    ]);
  },
};

/** Ports that will be allocated count before they are. */
function countNodePorts(spec: Service['spec'] | undefined): number {
  const ports = spec?.ports ?? [];
  if (spec?.type !== 'NodePort' && spec?.type !== 'LoadBalancer') return 0;
  const areChosenOnly = spec.type === 'LoadBalancer' && spec.allocateLoadBalancerNodePorts === false;
  return areChosenOnly ? ports.filter(({ nodePort }) => nodePort).length : ports.length;
}
