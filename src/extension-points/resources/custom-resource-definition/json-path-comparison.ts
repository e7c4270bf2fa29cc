/** The operators of filters: `[?(@.a == 1)]`. */
export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>=';

export const comparisons: readonly Comparison[] = ['==', '!=', '<=', '>=', '<', '>'];

/** Values of different kinds equal nothing and have no order. */
export function compareValues(left: unknown, operator: Comparison, right: unknown): boolean {
  if (operator === '==') return left === right;
  if (operator === '!=') return left !== right;
  if (typeof left !== typeof right || (typeof left !== 'number' && typeof left !== 'string')) return false;
  const [before, after] = [left, right as typeof left];
  switch (operator) {
    case '<':
      return before < after;
    case '<=':
      return before <= after;
    case '>':
      return before > after;
    case '>=':
      return before >= after;
  }
}
