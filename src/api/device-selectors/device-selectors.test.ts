import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { compileSelector, type SelectableDevice, selectionBudget } from './device-selectors.ts';

const device: SelectableDevice = {
  driver: 'gpu.example.com',
  attributes: { model: { string: 'LLM-7' }, 'other.example.com/numa': { int: 1 }, ready: { bool: true }, driverVersion: { version: '1.2.3' } },
  capacity: { memory: { value: '16Gi' } },
};
const matches = (expression: string, of = device): boolean => {
  const selector = compileSelector(expression);
  if (selector.kind === 'rejected') throw new Error(selector.message);
  return selector.matches(of);
};

describe('a device selector', () => {
  for (const [expression, want] of [
    ['device.driver == "gpu.example.com"', true],
    ['device.attributes["gpu.example.com"].model == "LLM-7"', true],
    ['device.attributes["gpu.example.com"].model.startsWith("X")', false],
    ['device.attributes["other.example.com"].numa == 1', true],
    ['device.attributes["gpu.example.com"].ready', true],
    ['device.attributes["gpu.example.com"].driverVersion.isGreaterThan(semver("1.0.0"))', true],
    ['device.capacity["gpu.example.com"].memory.compareTo(quantity("8Gi")) > 0', true],
    ['device.capacity["gpu.example.com"].memory.isGreaterThan(quantity("32Gi"))', false],
    ['"memory" in device.capacity["gpu.example.com"]', true],
    ['"gpu.example.com" in device.attributes', true],
    ['"none.example.com" in device.attributes', false],
    ['"x" in device.attributes["none.example.com"]', false],
    ['has(device.attributes["gpu.example.com"].missing)', false],
    ['device.allowMultipleAllocations', false],
    ['cel.bind(own, device.attributes["gpu.example.com"], own.ready && own.model == "LLM-7")', true],
  ] as const)
    it(`says ${want} to ${expression}`, () => assert.equal(matches(expression), want));

  it('fails, in the engine’s words, where it reads what is not there', () => {
    assert.throws(() => matches('device.attributes["gpu.example.com"].missing == 1'), { message: 'no such key: missing' });
  });

  it('fails when a device has an attribute of an unknown kind', () => {
    assert.throws(() => matches('true', { driver: 'd', attributes: { future: {} } }), { message: 'attribute future: unsupported attribute value' });
  });

  it('is refused when it is none', () => {
    const refusal = (expression: string): string => {
      const selector = compileSelector(expression);
      return selector.kind === 'rejected' ? selector.message : `cost ${selector.maximumCost}`;
    };
    assert.equal(refusal('"text"'), 'must evaluate to bool or the unknown type, not string');
    assert.match(refusal('noSuchVar'), /^compilation failed: ERROR: <input>:1:1: undeclared reference to 'noSuchVar'/);
  });

  it('costs no more than a device can make it', () => {
    const nested =
      'device.attributes["a"].all(x, device.attributes["b"].all(y, device.attributes["c"].all(z, device.attributes["d"].all(w, x + y + z + w == ""))))';
    assert.equal(costOf(nested) > selectionBudget, true);
  });

  describe('is estimated to cost what upstream estimates', () => {
    const own = (rest: string): string => `device.attributes["dra.example.com"]${rest}`;
    const capacity = (rest: string): string => `device.capacity["dra.example.com"]${rest}`;
    for (const [expression, want] of [
      ['device.attributes["no-such-domain"].noSuchAttr.isGreaterThan(quantity("0"))', 6],
      ['"dra.example.com" in device.attributes', 3],
      ['device.driver == ""', 2],
      ['device.driver == "dra.example.com"', 4],
      [own('.name'), 4],
      [own('["name"]'), 4],
      [`cel.bind(dra, ${own('')}, dra.name)`, 15],
      [own('.name > 0'), 5],
      [own('.name == "fish"'), 5],
      [own('.name.isGreaterThan(semver("0.0.1"))'), 6],
      [capacity('.name.isGreaterThan(quantity("1Ki"))'), 6],
      [`"name" in ${capacity('')} && ${capacity('.name.isGreaterThan(quantity("1Ki"))')}`, 10],
      [`!("name" in ${capacity('')}) || ${capacity('.name.isGreaterThan(quantity("1Ki"))')}`, 11],
      [`${own('.a')} && ${own('.b')} && ${own('.c')}`, 12],
      ['device.attributes.exists_one(x, x == "dra.example.com")', 164],
      [own('.exists_one(x, x == "services")'), 133],
      [own('.services.split("example").size() >= 2'), 19],
      [own('.services.matches("[^a]?sym")'), 18],
      ['device.capacity.exists_one(x, x == "dra.example.com")', 164],
      [capacity('.exists_one(x, x == "memory")'), 133],
      ['device.allowMultipleAllocations == true', 3],
    ] as const)
      it(`of ${expression}`, () => assert.equal(costOf(expression), want));
  });
});

function costOf(expression: string): number {
  const selector = compileSelector(expression);
  return selector.kind === 'compiled' ? selector.maximumCost : -1;
}
