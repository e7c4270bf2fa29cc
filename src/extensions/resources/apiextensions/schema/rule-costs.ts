/** What rules may cost before they run (apiextensions `StaticEstimatedCostLimit` and its total). */
import { type FieldError, fieldError } from '../../../../api/status.ts';

/** The most that running one expression everywhere in an object may cost, and all of a schema together. */
const expressionLimit = 10_000_000;
const schemaLimit = 100_000_000;
/** Upstream counts in 64 bits; what does not fit is the largest. */
const largest = 2 ** 64;
/** The total names the expressions that make up a hundredth of it, at most four. */
const namedShare = schemaLimit / 100;
const maximumNamed = 4;

/** The cost of an expression that runs so many times. */
export const timesCost = (cost: number, count: number): number => Math.min(cost * count, largest);

/** The error when one expression may cost too much. */
export const expressionCostError = (path: string, name: string, cost: number): FieldError | undefined =>
  cost > expressionLimit ? fieldError.forbidden(path, excess(name, cost, expressionLimit)) : undefined;

/** Sums up the cost of a schema's expressions. */
export class TotalCost {
  #total = 0;
  readonly #expensive: { readonly path: string; readonly cost: number }[] = [];

  observe(path: string, cost: number): void {
    this.#total = Math.min(this.#total + cost, largest);
    if (cost < namedShare) return;
    this.#expensive.push({ path, cost });
    this.#expensive.sort((first, second) => second.cost - first.cost).splice(maximumNamed);
  }

  /** The errors when all expressions together may cost too much. */
  errors(schemaPath: string): FieldError[] {
    if (this.#total <= schemaLimit) return [];
    const detail = 'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema';
    const total = excess('x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema', this.#total, schemaLimit);
    return [...this.#expensive.map(({ path }) => fieldError.forbidden(path, detail)), fieldError.forbidden(schemaPath, total)];
  }
}

function excess(name: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const text = factor > 100 ? 'more than 100x' : factor < 1.5 ? `${factor.toFixed(6)}x` : `${withOneDigit(factor)}x`;
  return `${name} exceeds budget by factor of ${text} (try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared)`;
}

/** One digit after the point. Of two that are as close Go takes the even one: of binary fractions only quarters are half-way. */
function withOneDigit(factor: number): string {
  const isHalfWay = Number.isInteger(factor * 4) && !Number.isInteger(factor * 2);
  if (!isHalfWay) return factor.toFixed(1);
  const below = Math.floor(factor * 10);
  return ((below % 2 === 0 ? below : below + 1) / 10).toFixed(1);
}
