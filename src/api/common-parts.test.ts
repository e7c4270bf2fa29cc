import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { commonJson, derived, extended, isCommon, makeCommon, rememberCommon } from './common-parts.ts';

describe('a common part', () => {
  const part = () => makeCommon({ a: { b: [1] } } as { a: { b: number[] }; c?: string });

  it('is frozen with all it holds', () => {
    const { a } = part();
    assert.ok(Object.isFrozen(a) && Object.isFrozen(a.b));
  });

  it('writes its JSON once, and other values have none here', () => {
    assert.equal(commonJson(part()), '{"a":{"b":[1]}}');
    assert.equal(commonJson({ a: 1 }), undefined);
  });

  it('is told from what only looks like it', () => {
    assert.deepEqual(
      [isCommon(part()), isCommon({ a: { b: [1] } }), isCommon(Object.freeze({})), isCommon(null), isCommon('a')],
      [true, false, false, false, false],
    );
  });
});

describe('an extended part', () => {
  const cases: { name: string; base: object; more: Record<string, unknown>; common: boolean }[] = [
    { name: 'of a common part is one', base: makeCommon({ a: 1 }), more: { b: 'x' }, common: true },
    { name: 'of an empty one is one', base: makeCommon({}), more: { b: 'x' }, common: true },
    { name: 'of an extended one is one', base: extended<Record<string, unknown>>(makeCommon({ a: 1 }), { b: 2 }), more: { c: { d: [3] } }, common: true },
    { name: 'that replaces a field is none', base: makeCommon({ a: 1, b: 2 }), more: { a: 3 }, common: false },
    { name: 'with an undefined field is none', base: makeCommon({ a: 1 }), more: { b: undefined }, common: false },
    { name: 'of anything else is none', base: { a: 1 }, more: { b: 2 }, common: false },
  ];
  for (const { name, base, more, common } of cases) {
    it(name, () => {
      const whole = extended<Record<string, unknown>>(base as Record<string, unknown>, more);
      assert.deepEqual(whole, { ...base, ...more });
      assert.equal(isCommon(whole), common);
      if (common) assert.equal(commonJson(whole), JSON.stringify({ ...base, ...more }));
    });
  }
});

describe('what is derived of a part', () => {
  it('is made once for a key, and is a common part', () => {
    const part = makeCommon({ a: 1 });
    const make = (): { a: number } => ({ ...part });
    const first = derived(part, 'x', make);
    assert.ok(isCommon(first));
    assert.equal(derived(part, 'x', make), first);
    assert.notEqual(derived(part, 'y', make), first);
  });

  it('is made each time of anything else', () => {
    const value = { a: 1 };
    const make = (): { a: number } => ({ ...value });
    assert.notEqual(derived(value, 'x', make), derived(value, 'x', make));
    assert.ok(!Object.isFrozen(derived(value, 'x', make)));
  });

  it('is right however many there are', () => {
    const part = makeCommon({ a: 0 });
    for (let round = 0; round < 200; round++) assert.equal(derived(part, `${round % 50}`, () => ({ a: round % 50 })).a, round % 50);
  });
});

it('an answer about a common part is remembered, one about another value is not', () => {
  let asked = 0;
  const ask = rememberCommon((_: object) => ++asked);
  const part = makeCommon({});
  const value = {};
  assert.deepEqual([ask(part), ask(part), ask(value), ask(value), ask(makeCommon({}))], [1, 1, 2, 3, 4]);
});
