import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { quantityOfInt, readQuantity } from './quantity-value.ts';

describe('an amount', () => {
  const texts = [
    '0',
    '1',
    '-1',
    '1.5',
    '250m',
    '1k',
    '1Ki',
    '1.5Gi',
    '1e3',
    '1e-3',
    '999n',
    '123456789012345678',
    '9223372036854775807',
    '12345678901234567890',
    '-2Ti',
  ];

  it('is less than what it becomes by adding something positive', () => {
    for (const text of texts) {
      const amount = readQuantity(text);
      assert.equal(amount.add(readQuantity('1m')).compareTo(amount), 1, text);
      assert.equal(amount.subtract(readQuantity('1m')).compareTo(amount), -1, text);
    }
  });

  it('is what it was when the same is added and taken away', () => {
    for (const left of texts) {
      for (const right of texts)
        assert.ok(readQuantity(left).add(readQuantity(right)).subtract(readQuantity(right)).equals(readQuantity(left)), `${left} ${right}`);
    }
  });

  it('is an integer only where upstream needs not divide', () => {
    assert.equal(readQuantity('1k').integer, 1000n);
    assert.equal(readQuantity('1Gi').integer, 1_073_741_824n);
    assert.equal(readQuantity('1000m').integer, undefined);
    assert.equal(readQuantity('9223372036854775807').integer, undefined);
  });

  it('takes the form of what is added to nothing', () => {
    assert.equal(readQuantity('0').add(readQuantity('1Gi')).toString(), '1Gi');
    assert.equal(readQuantity('0').add(quantityOfInt(1000)).toString(), '1e3');
  });

  it('is not capped where upstream does not cap it', () =>
    assert.equal(readQuantity('99999999999999999999').compareTo(readQuantity('99999999999999999998')), 1));
});
