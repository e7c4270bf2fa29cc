import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  quantityMilliValue,
  quantityOf,
  quantityOfMilli,
  quantityProblem,
  quantityValue,
  roundUpQuantity,
  subtractQuantities,
} from './quantity.ts';

describe('canonical form', () => {
  const cases: readonly (readonly [text: string | number, canonical: string])[] = [
    ['0', '0'],
    ['0.0', '0'],
    ['-0', '0'],
    ['0Ki', '0'],
    ['1', '1'],
    ['+1', '+1'],
    ['1000', '1k'],
    ['1000m', '1'],
    ['1500m', '1500m'],
    ['1.5', '1500m'],
    ['0.1', '100m'],
    ['.5', '500m'],
    ['5.', '5.'],
    ['100m', '100m'],
    ['250n', '250n'],
    ['1u', '1u'],
    ['1000000n', '1m'],
    ['0.0000000001', '1n'],
    ['-0.0000000001', '-1n'],
    ['1e3', '1e3'],
    ['1E3', '1E3'],
    ['12e6', '12e6'],
    ['1e-3', '1e-3'],
    ['100e-3', '100e-3'],
    ['1e2', '100'],
    ['1024Ki', '1Mi'],
    ['1024Mi', '1Gi'],
    ['1536Mi', '1536Mi'],
    ['1.5Gi', '1536Mi'],
    ['0.5Mi', '512Ki'],
    ['1Ki', '1Ki'],
    ['512Ki', '512Ki'],
    ['0.5Ki', '512'],
    ['0.001Ki', '1024m'],
    ['8Ei', '9223372036854775807'],
    ['1E', '1E'],
    ['1000E', '1000E'],
    ['123456789', '123456789'],
    ['-5', '-5'],
    ['-1500m', '-1500m'],
    [4, '4'],
    [0.25, '250m'],
    ['1k', '1k'],
    ['1M', '1M'],
    ['1000k', '1M'],
    ['1T', '1T'],
    ['1P', '1P'],
    ['9223372036854775808', '9223372036854775808'],
  ];
  for (const [text, canonical] of cases) it(`writes ${text} as ${canonical}`, () => assert.equal(canonicalQuantity(text), canonical));
});

describe('refusals', () => {
  const format = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
  const suffix = "unable to parse quantity's suffix";
  const cases: readonly (readonly [text: string, message: string])[] = [
    ['', format],
    ['abc', format],
    ['1.1.1', format],
    [' 1', format],
    ['1 ', format],
    ['1Gb', format],
    ['--1', suffix],
    ['1GiB', format],
    ['1KiM', suffix],
    ['1mi', suffix],
    ['1K', suffix],
    ['1i', suffix],
    ['1e', suffix],
    ['1g1', format],
  ];
  for (const [text, message] of cases) it(`refuses "${text}"`, () => assert.equal(quantityProblem(text), message));
  it('refuses exponents that would need unbounded numbers', () => assert.notEqual(quantityProblem('1e999999999'), undefined));
  it('rounds away what a tiny exponent leaves', () => assert.equal(canonicalQuantity('1e-999999999'), '1e-9'));
  it('answers nothing for a quantity', () => assert.equal(quantityProblem('1.5Gi'), undefined));
});

describe('values', () => {
  const values: readonly (readonly [text: string | number, value: number, milli: number])[] = [
    ['2', 2, 2000],
    ['250m', 1, 250],
    ['1001m', 2, 1001],
    ['-1001m', -2, -1001],
    ['0.5', 1, 500],
    ['1Ki', 1024, 1_024_000],
    ['128Mi', 134_217_728, 134_217_728_000],
    ['1.5Gi', 1_610_612_736, 1_610_612_736_000],
    ['64Gi', 68_719_476_736, 68_719_476_736_000],
    ['1e3', 1000, 1_000_000],
    ['1n', 1, 1],
    ['0', 0, 0],
    [3, 3, 3000],
    [1.5, 2, 1500],
    ['2000000n', 1, 2],
    ['10Ti', 10 * 2 ** 40, 10 * 2 ** 40 * 1000],
  ];
  for (const [text, value, milli] of values) {
    it(`reads ${text}`, () => assert.deepEqual([quantityValue(text), quantityMilliValue(text)], [value, milli]));
  }
});

describe('arithmetic', () => {
  const add = (left: string, right: string): string => formatQuantity(addQuantities(parseQuantity(left), parseQuantity(right)));
  it('adds in the format of the left operand', () =>
    assert.deepEqual([add('1Gi', '512Mi'), add('1', '500m'), add('0', '1Gi'), add('1Gi', '1G')], ['1536Mi', '1500m', '1Gi', '2073741824']));
  it('subtracts', () => assert.equal(formatQuantity(subtractQuantities(parseQuantity('1Gi'), parseQuantity('1Mi'))), '1023Mi'));
  it('compares amounts, not texts', () => {
    assert.equal(compareQuantities(parseQuantity('1000m'), parseQuantity('1')), 0);
    assert.equal(compareQuantities(parseQuantity('1Gi'), parseQuantity('1G')), 1);
    assert.equal(compareQuantities(parseQuantity('-1'), parseQuantity('0')), -1);
  });
  it('rounds away from zero', () => {
    assert.equal(formatQuantity(roundUpQuantity(parseQuantity('0.0001'), -3)), '1m');
    assert.equal(formatQuantity(roundUpQuantity(parseQuantity('-1500m'), 0)), '-2');
    assert.equal(formatQuantity(roundUpQuantity(parseQuantity('1500m'), -3)), '1500m');
  });
  it('makes quantities of numbers', () =>
    assert.deepEqual([formatQuantity(quantityOf(2 ** 30, 'BinarySI')), formatQuantity(quantityOfMilli(1500))], ['1Gi', '1500m']));
  it('keeps sums of many amounts exact', () => {
    let sum = parseQuantity('0');
    for (let count = 0; count < 1000; count++) sum = addQuantities(sum, parseQuantity('0.1'));
    assert.equal(formatQuantity(sum), '100');
  });
});

/** What apimachinery 0.36 makes of texts: `[text, written]` or `[text, null, refusal]`, and `[left, right, sum, difference, comparison]`. */
interface UpstreamCases {
  readonly written: readonly (readonly [text: string, written: string | null, refusal?: string])[];
  readonly arithmetic: readonly (readonly [left: string, right: string, sum: string, difference: string, comparison: number])[];
}
const upstream = JSON.parse(readFileSync(new URL('./quantity-upstream-cases.json', import.meta.url), 'utf8')) as UpstreamCases;

describe("upstream's quantities", () => {
  for (const [text, written, refusal] of upstream.written) {
    it(`${written === null ? 'refuses' : 'writes'} "${text}" as upstream does`, () => {
      if (written === null) assert.equal(quantityProblem(text), refusal);
      else assert.equal(canonicalQuantity(text), written);
    });
  }
  it('are added, subtracted and compared as upstream does', () => {
    for (const [left, right, sum, difference, comparison] of upstream.arithmetic) {
      const [first, second] = [parseQuantity(left), parseQuantity(right)];
      const ours = [formatQuantity(addQuantities(first, second)), formatQuantity(subtractQuantities(first, second)), compareQuantities(first, second)];
      assert.deepEqual(ours, [sum, difference, comparison], `${left} and ${right}`);
    }
  });
});
