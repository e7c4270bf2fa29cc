/** `math.greatest`, `math.least`, rounding, signs and bits (cel-go's `Math`). */
import type { Expression } from '../ast.ts';
import { compareValues } from '../comparison.ts';
import { declareFunction, type FunctionDeclaration, type Library, type Overload } from '../library.ts';
import type { Macro } from '../macros.ts';
import { boolType, doubleType, dynType, intType, listType, type Type, uintType } from '../types.ts';
import { Double, EvaluationError, type List, toInt, Uint, type Value } from '../values.ts';

type Int = number | bigint;

const numberTypes: readonly (readonly [string, Type])[] = [
  ['double', doubleType],
  ['int', intType],
  ['uint', uintType],
];

function extreme(name: string, sign: 1 | -1): FunctionDeclaration {
  const id = name.replace('math.', 'math_');
  const pick = (left: Value, right: Value): Value => {
    const compared = compareValues(left, right);
    if (compared === undefined) throw new EvaluationError(`no such overload: ${name}`);
    return compared * sign < 0 ? right : left;
  };
  const overloads: Overload[] = [];
  for (const [left, leftType] of numberTypes) {
    overloads.push({ id: `${id}_${left}`, parameters: [leftType], result: leftType, evaluate: (value: Value) => value });
    for (const [right, rightType] of numberTypes) {
      const result = leftType === rightType ? leftType : dynType;
      overloads.push({ id: `${id}_${left}_${right}`, parameters: [leftType, rightType], result, evaluate: pick });
    }
    overloads.push({
      id: `${id}_list_${left}`,
      parameters: [listType(leftType)],
      result: leftType,
      evaluate(list: List) {
        if (list.size === 0) throw new EvaluationError(`${name}(list) argument must not be empty`);
        return list.values().reduce(pick);
      },
    });
  }
  return declareFunction(name, ...overloads);
}

/** `math.least(...)` with any number of arguments, as a call of a function of two or of a list. */
function extremeMacro(name: string, callee: string): Macro {
  return {
    name,
    isMember: true,
    argumentCount: undefined,
    expand(create, target, values) {
      if (target?.kind !== 'identifier' || target.name !== 'math') return undefined;
      const [first] = values;
      if (!first) return create.problem(`math.${name}() requires at least one argument`, target);
      if (values.length === 1) {
        const isNumeric = first.kind === 'list' ? first.elements.length > 0 && first.elements.every(mayBeNumber) : mayBeNumber(first);
        return isNumeric ? create.call(callee, [first]) : create.problem(`math.${name}() invalid single argument value`, first);
      }
      const wrong = values.find((value) => !mayBeNumber(value));
      if (wrong) return create.problem(`math.${name}() simple literal arguments must be numeric`, wrong);
      return create.call(callee, values.length === 2 ? values : [create.list(values)]);
    },
  };
}

function mayBeNumber(value: Expression): boolean {
  if (value.kind === 'list' || value.kind === 'map' || value.kind === 'struct') return false;
  if (value.kind !== 'literal') return true;
  return typeof value.value === 'number' || typeof value.value === 'bigint' || value.value instanceof Double || value.value instanceof Uint;
}

const ofDouble = (name: string, compute: (value: number) => number): FunctionDeclaration =>
  declareFunction(`math.${name}`, {
    id: `math_${name}_double`,
    parameters: [doubleType],
    result: doubleType,
    evaluate: ({ value }: Double) => new Double(compute(value)),
  });

const testDouble = (name: string, test: (value: number) => boolean): FunctionDeclaration =>
  declareFunction(`math.${name}`, { id: `math_${name}_double`, parameters: [doubleType], result: boolType, evaluate: ({ value }: Double) => test(value) });

/** Halves away from zero, as Go rounds. */
const round = (value: number): number => (Number.isFinite(value) ? Math.sign(value) * Math.floor(Math.abs(value) + 0.5) : value);

/** Adding a half to this and larger doubles would change them. */
const exactRound = (value: number): number =>
  Math.abs(value) >= 2 ** 52 || value === 0.49999999999999994 || value === -0.49999999999999994 ? Math.trunc(value) : round(value);

const perNumber = (name: string, onInt: (value: Int) => Int, onUint: (value: bigint) => bigint, onDouble: (value: number) => number): FunctionDeclaration =>
  declareFunction(
    `math.${name}`,
    { id: `math_${name}_double`, parameters: [doubleType], result: doubleType, evaluate: ({ value }: Double) => new Double(onDouble(value)) },
    { id: `math_${name}_int`, parameters: [intType], result: intType, evaluate: (value: Int) => onInt(value) },
    { id: `math_${name}_uint`, parameters: [uintType], result: uintType, evaluate: ({ value }: Uint) => new Uint(onUint(value)) },
  );

const signOf = (value: number | bigint): number => (value > 0 ? 1 : value < 0 ? -1 : 0);

const bits = (name: string, compute: (left: bigint, right: bigint) => bigint): FunctionDeclaration =>
  declareFunction(
    `math.${name}`,
    {
      id: `math_${name}_int_int`,
      parameters: [intType, intType],
      result: intType,
      evaluate: (left: Int, right: Int) => toInt(compute(BigInt(left), BigInt(right))),
    },
    {
      id: `math_${name}_uint_uint`,
      parameters: [uintType, uintType],
      result: uintType,
      evaluate: (left: Uint, right: Uint) => new Uint(compute(left.value, right.value)),
    },
  );

const uint64 = (value: bigint): bigint => BigInt.asUintN(64, value);

function shift(name: string, compute: (value: bigint, by: bigint) => bigint): FunctionDeclaration {
  const shifted = (value: bigint, by: Int): bigint => {
    if (by < 0) throw new EvaluationError(`math.${name}() negative offset: ${by}`);
    return by >= 64 ? 0n : uint64(compute(uint64(value), BigInt(by)));
  };
  return declareFunction(
    `math.${name}`,
    {
      id: `math_${name}_int_int`,
      parameters: [intType, intType],
      result: intType,
      evaluate: (value: Int, by: Int) => toInt(BigInt.asIntN(64, shifted(BigInt(value), by))),
    },
    { id: `math_${name}_uint_int`, parameters: [uintType, intType], result: uintType, evaluate: ({ value }: Uint, by: Int) => new Uint(shifted(value, by)) },
  );
}

const sqrt = declareFunction(
  'math.sqrt',
  { id: 'math_sqrt_double', parameters: [doubleType], result: doubleType, evaluate: ({ value }: Double) => new Double(Math.sqrt(value)) },
  { id: 'math_sqrt_int', parameters: [intType], result: doubleType, evaluate: (value: Int) => new Double(Math.sqrt(Number(value))) },
  { id: 'math_sqrt_uint', parameters: [uintType], result: doubleType, evaluate: ({ value }: Uint) => new Double(Math.sqrt(Number(value))) },
);

export const mathLibrary: Library = {
  name: 'math',
  macros: [extremeMacro('least', 'math.@min'), extremeMacro('greatest', 'math.@max')],
  functions: [
    extreme('math.@min', -1),
    extreme('math.@max', 1),
    ofDouble('ceil', Math.ceil),
    ofDouble('floor', Math.floor),
    ofDouble('round', exactRound),
    ofDouble('trunc', Math.trunc),
    testDouble('isInf', (value) => value === Infinity || value === -Infinity),
    testDouble('isNaN', Number.isNaN),
    testDouble('isFinite', Number.isFinite),
    perNumber(
      'abs',
      (value) => (value < 0 ? toInt(-BigInt(value)) : value),
      (value) => value,
      Math.abs,
    ),
    perNumber(
      'sign',
      signOf,
      (value) => (value === 0n ? 0n : 1n),
      (value) => (Number.isNaN(value) ? value : signOf(value)),
    ),
    sqrt,
    bits('bitAnd', (left, right) => left & right),
    bits('bitOr', (left, right) => left | right),
    bits('bitXor', (left, right) => left ^ right),
    declareFunction(
      'math.bitNot',
      { id: 'math_bitNot_int_int', parameters: [intType], result: intType, evaluate: (value: Int) => toInt(~BigInt(value)) },
      { id: 'math_bitNot_uint_uint', parameters: [uintType], result: uintType, evaluate: ({ value }: Uint) => new Uint(uint64(~value)) },
    ),
    shift('bitShiftLeft', (value, by) => value << by),
    shift('bitShiftRight', (value, by) => value >> by),
  ],
};
