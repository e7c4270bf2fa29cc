import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, compile, createEnvironment, type Program } from './compile.ts';
import { evaluateSample, sampleBindings, sampleEnvironment } from './sample.fixture.ts';
import { doubleType, dynType, intType, listType, mapType, type ObjectType, stringType, type Type, timestampType } from './types.ts';
import { Double, EvaluationError, fromDynamic, fromNative, type List, Timestamp, type Value } from './values.ts';

/** What fails as it runs, and cel-go 0.26's text. */
const failures: readonly (readonly [string, string])[] = [
  ['x.zz', 'no such key: zz'],
  ['x.f.z', 'no such key: z'],
  ['x.n.z', 'no such key: z'],
  ['x.g.z', "unsupported index type 'string' in list"],
  ['o.nope.x', 'no such key: nope'],
  ["m['zz']", 'no such key: zz'],
  ['x[1]', 'no such key: 1'],
  ['l[10]', 'index out of bounds: 10'],
  ['x.g[-1]', 'index out of bounds: -1'],
  ['x.g[1.5]', 'unsupported index value 1.5 in list'],
  ['x.f[0]', 'no such key: 0'],
  ["x.f.startsWith('a')", 'no such overload'],
  ["x + 'a'", 'no such overload: _+_'],
  ['-x.g', 'no such overload: -_'],
  ['!x.f', 'no such overload'],
  ['size(x.f)', 'no such overload: size'],
  ['int(x.g)', 'no such overload: int(list)'],
  ['x.f ? 1 : 2', 'no such overload'],
  ['x.f && b', 'no such overload'],
  ['x.f || false', 'no such overload'],
  ['x.f.all(z, z > 0)', "got 'types.Int', expected iterable type"],
  ['1/0', 'division by zero'],
  ['x.f % 0', 'modulus by zero'],
  ['9223372036854775807 + 1', 'integer overflow'],
  ['-9223372036854775808 - 1', 'integer overflow'],
  ['-(-9223372036854775807 - 1)', 'integer overflow'],
  ['(-9223372036854775807 - 1) / -1', 'integer overflow'],
  ['4611686018427387904 * 2', 'integer overflow'],
  ['1u - 2u', 'unsigned integer overflow'],
  ['uint(-1 * i)', 'unsigned integer overflow'],
  ['int(1e30 * d)', 'integer overflow'],
  ["s.matches(s + '(')", 'error parsing regexp: missing closing ): `hello world(`'],
  ['timestamp(s)', "type conversion error from 'string' to 'google.protobuf.Timestamp'"],
  ['duration(s)', "type conversion error from 'string' to 'google.protobuf.Duration'"],
  ["timestamp('2020-01-01T00:00:00Z').getHours('Nowhere/Else')", 'unknown time zone Nowhere/Else'],
  ['optional.none().value()', 'optional.none() dereference'],
  ['l.all(z, 1/0 > z)', 'division by zero'],
  ['l.map(z, 1/(z-1))', 'division by zero'],
  ['l.exists_one(z, 1/(z-1) > 0)', 'division by zero'],
  ["'abc'.charAt(10)", 'index out of range: 10'],
  ["'abc'.substring(2,1)", 'invalid substring range. start: 2, end: 1'],
];

const run = (source: string): Value | string => {
  const { value, error } = evaluateSample(source);
  return error ? `error: ${error.message}` : (value as Value);
};

describe('evaluation', () => {
  for (const [source, message] of failures) it(`fails with upstream's words: ${source}`, () => assert.equal(run(source), `error: ${message}`));

  const absorbing: readonly (readonly [string, boolean])[] = [
    ['1/0 > 1 || true', true],
    ['true || 1/0 > 1', true],
    ['1/0 > 1 && false', false],
    ['l.exists(z, 1/(z-1) > 0)', true],
    ['l.all(z, 1/(z-2) > 0)', false],
    ['[1, 0].exists(z, z / z == 1)', true],
  ];
  for (const [source, wanted] of absorbing) it(`goes on in spite of an error: ${source}`, () => assert.equal(run(source), wanted));

  it('computes a bound value once, when it is read', () => {
    assert.equal(run('cel.bind(v, 1/0, true || v == 1)'), true);
    assert.equal(evaluateSample('cel.bind(v, l.map(e, e), v == v)').cost < evaluateSample('l.map(e, e) == l.map(e, e)').cost, true);
    assert.equal(run('cel.bind(v, null, v == null)'), true);
  });

  it('lets an inner variable hide an outer one', () => {
    assert.equal(run('[[1], [2]].all(v, v.all(v, v > 0))'), true);
    assert.equal(run('cel.bind(i, 9, i) == 9 && i == 5'), true);
  });

  it('refuses a conversion of a literal that cannot be made as it compiles', () => {
    const checked = check("int('x')", sampleEnvironment);
    assert.ok(checked.kind === 'checked');
    assert.throws(() => compile(checked), new EvaluationError("type conversion error from 'string' to 'int'"));
  });

  it('fails for a variable that is declared and not bound', () => {
    const checked = check('i == 1', sampleEnvironment);
    assert.ok(checked.kind === 'checked');
    assert.equal(compile(checked).evaluate({}).error?.message, 'no such attribute(s): i');
  });

  it('takes a function from a later library in place of the same overload before', () => {
    const later = {
      name: 'later',
      functions: [{ name: 'size', overloads: [{ id: 'size_string', parameters: [stringType], result: intType, evaluate: () => -1, cost: () => 100 }] }],
    };
    const checked = check('size(s)', sampleEnvironment.extend({ libraries: [later] }));
    assert.ok(checked.kind === 'checked');
    assert.deepEqual(compile(checked).evaluate(sampleBindings), { value: -1, cost: 101 });
  });
});

const object = (name: string, fields: Readonly<Record<string, Type>>): ObjectType => ({
  kind: 'object',
  name,
  parameters: [],
  field: (field) => (Object.hasOwn(fields, field) ? { type: fields[field] as Type } : undefined),
  fieldNames: () => Object.keys(fields),
});

const container = object('Container', { name: stringType, limit: doubleType });
const spec = object('Spec', {
  replicas: intType,
  containers: listType(container),
  labels: mapType(stringType, stringType),
  nested: object('Nested', { value: intType }),
});

function compileFor(source: string): Program {
  const checked = check(source, createEnvironment({ variables: { self: spec } }));
  if (checked.kind === 'rejected') throw new Error(checked.message);
  return compile(checked);
}

describe('JSON objects of declared types', () => {
  const native = { replicas: 3, containers: [{ name: 'a', limit: 2 }, { name: 'b' }], labels: { app: 'x', toString: 'y' }, nested: { value: 7 } };
  const self = fromNative(spec)(native);
  const cases: readonly (readonly [string, boolean])[] = [
    ['self.replicas == 3', true],
    ['self.containers[0].limit == 2.0 && type(self.containers[0].limit) == double', true],
    ['has(self.containers[1].limit)', false],
    ['self.labels.app == "x" && "app" in self.labels && !("zz" in self.labels)', true],
    ['self.labels["toString"] == "y" && !has(self.labels.constructor) && !("__proto__" in self.labels)', true],
    ['self.nested == self.nested && self.containers[0] != self.containers[1]', true],
    ['dyn(self).nested.value == 7 && has(dyn(self).replicas)', true],
    ['self.containers.all(c, size(c.name) == 1)', true],
    ['self.labels.exists(k, k == "app")', true],
  ];
  for (const [source, wanted] of cases) it(`evaluates ${source}`, () => assert.equal(compileFor(source).evaluate({ self }).value, wanted));

  it('fails for a field that is not there', () => {
    assert.equal(compileFor('self.containers[1].limit > 1.0').evaluate({ self }).error?.message, 'no such key: limit');
  });

  it('takes what is not of the declared type for what it is', () => {
    const wrong = fromNative(spec)({ replicas: 'three' });
    assert.equal(compileFor('self.replicas > 1').evaluate({ self: wrong }).error?.message, 'no such overload');
    assert.equal(compileFor('self.replicas == 1').evaluate({ self: wrong }).value, false);
  });

  it('reads fields with converters, other names and values for what is absent', () => {
    const type: ObjectType = {
      ...object('Special', {}),
      field: (name) =>
        name === 'when'
          ? { type: timestampType, property: 'when-', convert: () => new Timestamp(0, 0) }
          : name === 'none'
            ? { type: doubleType, absent: new Double(1.5) }
            : undefined,
    };
    const checked = check(
      'self.when.getFullYear() == 1970 && self.none == 1.5 && has(self.when) && !has(self.none)',
      createEnvironment({ variables: { self: type } }),
    );
    assert.ok(checked.kind === 'checked');
    assert.equal(compile(checked).evaluate({ self: fromNative(type)({ 'when-': 'x' }) }).value, true);
  });

  it('does not copy lists', () => {
    const { value } = compileFor('self.containers').evaluate({ self });
    assert.equal((value as List).items, native.containers);
  });
});

const nested = (depth: number): string => {
  let source = '1';
  for (let level = 0; level < depth; level++) source = `[0,1,2,3,4,5,6,7,8,9].map(v${level}, ${source})`;
  return source;
};

describe('limits', () => {
  const expensive: readonly (readonly [string, string])[] = [
    ['nested loops', nested(30)],
    ['loops over errors', 'lists.range(1000000).all(v, 1/0 > v)'],
    ['long lists', 'lists.range(9000000000)'],
    ['sorting', 'lists.range(5000).sort()'],
    ['comparing all with all', 'lists.range(5000).distinct()'],
    ['a regular expression with nested repetition', `lists.range(1000).all(v, !('${'a'.repeat(2000)}!').matches('^(a+)+$'))`],
  ];
  for (const [name, source] of expensive) {
    it(`stops ${name} at the budget`, () => {
      const { error, cost } = evaluateSample(source, { budget: 100_000 });
      assert.equal(error?.message, 'operation cancelled: actual cost limit exceeded');
      assert.equal(error?.reason, 'budget');
      assert.ok(cost <= 200_000, `${cost}`);
    });
  }

  it('does not absorb a spent budget', () => {
    for (const source of [`${nested(8)}.size() > 0 || true`, `${nested(8)}.size() > 0 && false`, `[1].exists(v, ${nested(8)}.size() > 0 || true)`]) {
      assert.equal(evaluateSample(source, { budget: 10_000 }).error?.reason, 'budget');
    }
  });

  it('stops at the deadline', () => {
    const { error } = evaluateSample(nested(30), { deadline: performance.now() + 5 });
    assert.equal(error?.message, 'operation interrupted');
    assert.equal(error?.reason, 'interrupted');
  });

  it('stops at what calls may make together', () => {
    const source = `lists.range(1000).all(x, 'ab'.replace('b', 'c'.replace('c', 'dddddddddd')).size() > 0)`;
    assert.equal(evaluateSample(source, { bytes: 30_000 }).value, true);
    assert.equal(evaluateSample(source, { bytes: 20_000 }).error?.reason, 'interrupted');
    assert.equal(evaluateSample(`lists.range(1000).map(x, l + l).size() > 0`, { bytes: 30_000 }).error?.reason, 'interrupted');
  });

  it('stops comparing values that share parts', () => {
    const shared = (name: string) => Array.from({ length: 40 }, (_, at) => `cel.bind(${name}${at + 1}, [${name}${at}, ${name}${at}], `).join('');
    const source = `cel.bind(p0, [i], cel.bind(q0, [i], ${shared('p')}${shared('q')}p40 == q40${')'.repeat(82)}`;
    assert.equal(evaluateSample(source, { budget: 1_000_000 }).error?.reason, 'interrupted');
  });

  it('stops at values that nest deeper than the stack', () => {
    const deep = (): Value => {
      let native: unknown = [];
      for (let level = 0; level < 9_999; level++) native = [native];
      return fromDynamic(native);
    };
    const environment = sampleEnvironment.extend({ variables: { p: dynType, q: dynType } });
    for (const source of ['p == q', 'dyn([p]).flatten(100000).size() == 1', "'%s'.format([p]) == ''", '[p, q].distinct().size() == 1', 'p in [q]']) {
      const checked = check(source, environment);
      assert.ok(checked.kind === 'checked');
      const { error } = compile(checked).evaluate({ p: deep(), q: deep() });
      assert.ok(error === undefined || error instanceof EvaluationError, source);
    }
  });

  it('refuses lists and replacements that no memory holds', () => {
    assert.equal(evaluateSample(`[l]${'.map(v, v + v)'.repeat(60)}`).error?.message, 'list is longer than 250000 elements');
    assert.equal(
      evaluateSample('lists.range(9000).map(v, "a").join().replace("a", lists.range(9000).map(v, "a").join()).size()').error?.message,
      'string is too long',
    );
  });

  it('refuses strings that no memory holds', () => {
    const doubled = `${Array.from({ length: 40 }, (_, at) => `cel.bind(t${at + 1}, t${at} + t${at}, `).join('')}t40.size()${')'.repeat(41)}`;
    assert.equal(evaluateSample(`cel.bind(t0, s, ${doubled}`).error?.message, 'string is too long');
    assert.equal(evaluateSample(`cel.bind(t0, s, ${doubled}`, { budget: 1_000_000 }).error?.reason, 'budget');
  });
});
