/** What cel-go's functions of strings cost in Kubernetes' environment: upstream has its own rules for them, by name. */
import { traverseCost } from '../costs.ts';
import type { Library, Overload } from '../library.ts';
import { doubleReadingCost, joiningCost, traversalCost } from './costs.ts';

const costs: Readonly<Record<string, NonNullable<Overload['cost']>>> = {
  ...Object.fromEntries(['lowerAscii', 'upperAscii', 'substring', 'trim'].map((name) => [name, traverseCost])),
  replace: doubleReadingCost,
  split: doubleReadingCost,
  join: joiningCost,
  indexOf: traversalCost,
  lastIndexOf: traversalCost,
};

/** The same library with upstream's costs. */
export function withCallCosts(library: Library): Library {
  const functions = library.functions?.map((declared) => {
    const cost = Object.hasOwn(costs, declared.name) ? costs[declared.name] : undefined;
    return cost ? { ...declared, overloads: declared.overloads.map((overload) => ({ ...overload, cost })) } : declared;
  });
  return { ...library, ...(functions && { functions }) };
}
