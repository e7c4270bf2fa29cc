/** `quantity(...)`, `isQuantity(...)` and the arithmetic of amounts. */
import { quantityProblem } from '../../quantity.ts';
import { traverseCost } from '../costs.ts';
import type { Library } from '../library.ts';
import { boolType, doubleType, intType, stringType } from '../types.ts';
import { Double, EvaluationError, toInt } from '../values.ts';
import { globalFunction, memberFunction } from './declarations.ts';
import { type QuantityValue, quantityOfInt, quantityType, readQuantity } from './quantity-value.ts';

const both = [quantityType, quantityType];
const withInt = [quantityType, intType];

export const quantityLibrary: Library = {
  name: 'kubernetes.quantity',
  functions: [
    globalFunction('quantity', 'string_to_quantity', [stringType], quantityType, { evaluate: readQuantity, cost: traverseCost }),
    globalFunction('isQuantity', 'is_quantity_string', [stringType], boolType, {
      evaluate: (text: string) => quantityProblem(text) === undefined,
      cost: traverseCost,
    }),
    // Upstream declares it as a function that is no member.
    globalFunction('sign', 'quantity_sign', [quantityType], intType, { evaluate: (quantity: QuantityValue) => quantity.sign }),
    memberFunction('isInteger', 'quantity_is_integer', [quantityType], boolType, { evaluate: (quantity: QuantityValue) => quantity.integer !== undefined }),
    memberFunction('asInteger', 'quantity_get_int', [quantityType], intType, { evaluate: integerOf }),
    memberFunction('asApproximateFloat', 'quantity_get_float', [quantityType], doubleType, {
      evaluate: (quantity: QuantityValue) => new Double(quantity.approximateFloat),
    }),
    memberFunction('isGreaterThan', 'quantity_is_greater_than', both, boolType, {
      evaluate: (quantity: QuantityValue, other: QuantityValue) => quantity.compareTo(other) > 0,
    }),
    memberFunction('isLessThan', 'quantity_is_less_than', both, boolType, {
      evaluate: (quantity: QuantityValue, other: QuantityValue) => quantity.compareTo(other) < 0,
    }),
    memberFunction('compareTo', 'quantity_compare_to', both, intType, {
      evaluate: (quantity: QuantityValue, other: QuantityValue) => quantity.compareTo(other),
    }),
    memberFunction('add', 'quantity_add', both, quantityType, { evaluate: (quantity: QuantityValue, other: QuantityValue) => quantity.add(other) }),
    memberFunction('add', 'quantity_add_int', withInt, quantityType, {
      evaluate: (quantity: QuantityValue, units: number | bigint) => quantity.add(quantityOfInt(units)),
    }),
    memberFunction('sub', 'quantity_sub', both, quantityType, { evaluate: (quantity: QuantityValue, other: QuantityValue) => quantity.subtract(other) }),
    memberFunction('sub', 'quantity_sub_int', withInt, quantityType, {
      evaluate: (quantity: QuantityValue, units: number | bigint) => quantity.subtract(quantityOfInt(units)),
    }),
  ],
};

function integerOf(quantity: QuantityValue): number | bigint {
  const { integer } = quantity;
  if (integer === undefined) throw new EvaluationError('cannot convert value to integer');
  return toInt(integer);
}
