/** Compares two values as Go's templates do: of one basic kind only. Throws for other kinds, and for an operator that is none. */
export function compareValues(left: unknown, operator: string, right: unknown): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right);
    case '!=':
      return !isEqual(left, right);
    case '<':
      return isLess(left, right);
    case '<=':
      return isLess(left, right) || isEqual(left, right);
    case '>':
      return !isLess(left, right) && !isEqual(left, right);
    case '>=':
      return !isLess(left, right);
    default:
      throw new Error(`unrecognized filter operator ${operator}`);
  }
}

type Kind = 'string' | 'bool' | 'int' | 'float';

export function kindOf(value: unknown): Kind | undefined {
  if (typeof value === 'string') return 'string';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value !== 'number') return undefined;
  return Number.isInteger(value) ? 'int' : 'float';
}

export function isEqual(left: unknown, right: unknown): boolean {
  requireComparable(left, right);
  return left === right;
}

export function isLess(left: unknown, right: unknown): boolean {
  const kind = requireComparable(left, right);
  if (kind === 'bool') throw new Error('invalid type for comparison');
  return (left as string | number) < (right as string | number);
}

/** Whole numbers in JSON may stand for floats: numbers of both kinds are compared. */
function requireComparable(left: unknown, right: unknown): Kind {
  const [one, other] = [kindOf(left), kindOf(right)];
  if (one === undefined || other === undefined) throw new Error('invalid type for comparison');
  const areNumbers = typeof left === 'number' && typeof right === 'number';
  if (one !== other && !areNumbers) throw new Error('incompatible types for comparison');
  return one;
}
