import type { ResourceHints, TopologyHint } from './contract.ts';
import { nodesIn } from './numa-mask.ts';

/** Of more ways to have a resource the first are told. */
const hintsTold = 8;

/** Where each resource could have come from: `container main could have cpu from NUMA node 0 or 1; example.com/gpu from NUMA node 1`. For people. */
export function hintsText(subject: string, hints: readonly ResourceHints[]): string {
  const resources = hints.flatMap((map) => [...map]).flatMap(([resource, ways]) => (ways === undefined ? [] : [wayText(resource, ways)]));
  return `${subject} could have ${resources.length > 0 ? resources.join('; ') : 'nothing'}`;
}

function wayText(resource: string, ways: readonly TopologyHint[]): string {
  if (ways.length === 0) return `no ${resource} on any NUMA nodes`;
  const preferred = ways.filter(({ isPreferred }) => isPreferred);
  const told = preferred.length > 0 ? preferred : ways;
  const texts = told.slice(0, hintsTold).map(({ affinity }) => (affinity === undefined ? 'any' : nodesIn(affinity).join('+')));
  const more = told.length > hintsTold ? ` or ${told.length - hintsTold} more` : '';
  return `${resource} from NUMA node ${texts.join(' or ')}${more}${preferred.length > 0 ? '' : ' (more nodes than it needs)'}`;
}
