import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check } from './compile.ts';
import { sampleEnvironment } from './sample.fixture.ts';
import { formatType, intType, type ObjectType, optionalType, stringType } from './types.ts';

/** Sources that are refused, and the place and text of each issue as cel-go 0.26 prints it. */
const refusals: readonly (readonly [string, readonly string[]])[] = [
  ["[1, 'a']", ["1:5: expected type 'int' but found 'string'"]],
  ["s.matches('(')", ['1:11: invalid matches argument']],
  ['foo(1)', ["1:4: undeclared reference to 'foo' (in container '')"]],
  ['s.foo(1)', ["1:6: undeclared reference to 'foo' (in container '')"]],
  ['s.size(1)', ["1:7: found no matching overload for 'size' applied to 'string.(int)'"]],
  ['s.x', ["1:2: type 'string' does not support field selection"]],
  ['i.map(z, z)', ["1:1: expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)"]],
  ['b && 1', ["1:6: expected type 'bool' but found 'int'"]],
  ["b ? 1 : 'a'", ["1:3: found no matching overload for '_?_:_' applied to '(bool, int, string)'"]],
  ["i == 's'", ["1:3: found no matching overload for '_==_' applied to '(int, string)'"]],
  ['"%f".format([1])', ['1:14: error during formatting: fixed-point clause can only be used on doubles, was given int']],
  ['"%d".format([1.0])', ['1:14: error during formatting: decimal clause can only be used on integers, was given double']],
  ['"%z".format([1.0])', ['1:12: could not parse formatting clause: unrecognized formatting clause "z"']],
  ['"%d %d".format([1])', ['1:15: index 1 out of range']],
  ['has(x.f, 1)', ["1:4: undeclared reference to 'has' (in container '')"]],
  ['x.all(a)', ["1:6: undeclared reference to 'all' (in container '')", "1:7: undeclared reference to 'a' (in container '')"]],
  ['null.x', ["1:5: type 'null' does not support field selection"]],
  ["i == 'a' || zz == 3", ["1:3: found no matching overload for '_==_' applied to '(int, string)'", "1:13: undeclared reference to 'zz' (in container '')"]],
  ['foo.bar == 3', ["1:1: undeclared reference to 'foo' (in container '')"]],
  ['Foo{a: 1}', ["1:4: undeclared reference to 'Foo' (in container '')"]],
  ['int{a: 1}', ["1:4: 'int' is not a message type", "1:6: unexpected failed resolution of 'int'"]],
  ['x{a: 1}', ["1:2: 'dyn' is not a type", "1:4: unexpected failed resolution of 'x'"]],
  ["i.startsWith('x')", ["1:13: found no matching overload for 'startsWith' applied to 'int.(string)'"]],
  ['s.startsWith(1)', ["1:13: found no matching overload for 'startsWith' applied to 'string.(int)'"]],
  ['size(1)', ["1:5: found no matching overload for 'size' applied to '(int)'"]],
  ["{'a': 1, 'b': 'c'}", ["1:15: expected type 'int' but found 'string'"]],
  ["{'a': 1, 2: 3}", ["1:10: expected type 'string' but found 'int'"]],
  ["duration('x')", ['1:10: invalid duration argument']],
  ["timestamp('x')", ['1:11: invalid timestamp argument']],
  ['[?1]', ["1:3: expected type 'optional_type(int)' but found 'int'"]],
  ['s.?k', ["1:2: type 'string' does not support field selection"]],
  ['m.k.z', ["1:4: type 'int' does not support field selection"]],
  ['dyn', ["1:1: undeclared reference to 'dyn' (in container '')"]],
  ['a.b.c.d', ["1:6: type 'int' does not support field selection"]],
  ['a.b', ["1:1: undeclared reference to 'a' (in container '')"]],
  ['[1, 2u, 3.0]', ["1:5: expected type 'int' but found 'uint'"]],
  ["[[1], ['a']]", ["1:7: expected type 'list(int)' but found 'list(string)'"]],
  ['[1, null]', ["1:5: expected type 'int' but found 'null'"]],
  ["[dyn(1), 'a']", ["1:10: expected type 'dyn' but found 'string'"]],
  ['1 == 1.0 || 1 < 1.5 || 2u > 1', ["1:3: found no matching overload for '_==_' applied to '(int, double)'"]],
  ["{1: 'a', 1u: 'b'}", ["1:10: expected type 'int' but found 'uint'"]],
];

const texts = (message: string): string[] =>
  message.split('\n').flatMap((line) => (line.startsWith('ERROR: <input>:') ? [line.slice('ERROR: <input>:'.length)] : []));

const inner: ObjectType = {
  kind: 'object',
  name: 'Inner',
  parameters: [],
  field: (name) => (name === 'name' ? { type: stringType } : undefined),
  fieldNames: () => ['name'],
};

describe('the checker', () => {
  for (const [source, wanted] of refusals) {
    it(`refuses ${JSON.stringify(source)} in upstream's words`, () => {
      const outcome = check(source, sampleEnvironment);
      assert.equal(outcome.kind, 'rejected');
      assert.deepEqual(outcome.kind === 'rejected' ? texts(outcome.message) : [], wanted);
    });
  }

  it('prints the whole message as cel-go does', () => {
    const outcome = check('i + zz', sampleEnvironment);
    assert.ok(outcome.kind === 'rejected');
    assert.equal(outcome.message, "ERROR: <input>:1:5: undeclared reference to 'zz' (in container '')\n | i + zz\n | ....^");
  });

  const objects = sampleEnvironment.extend({ variables: { self: inner, maybe: optionalType(inner) }, container: 'here.there' });
  const objectCases: readonly (readonly [string, string])[] = [
    ['self.nam', "1:5: undefined field 'nam'"],
    ['self.?nam', "1:5: undefined field 'nam'"],
    ['has(self.nam)', "1:4: undefined field 'nam'"],
    ['self.name + 1', "1:11: found no matching overload for '_+_' applied to '(string, int)'"],
    ['maybe.name + 1', "1:12: found no matching overload for '_+_' applied to '(optional_type(string), int)'"],
    ['self == 1', "1:6: found no matching overload for '_==_' applied to '(Inner, int)'"],
    ['nothing', "1:1: undeclared reference to 'nothing' (in container 'here.there')"],
  ];
  for (const [source, wanted] of objectCases) {
    it(`refuses ${source}`, () => {
      const outcome = check(source, objects);
      assert.deepEqual(outcome.kind === 'rejected' ? texts(outcome.message) : [], [wanted]);
    });
  }

  const types: readonly (readonly [string, string])[] = [
    ['i', 'int'],
    ['l.map(v, string(v))', 'list(string)'],
    ['[]', 'list(dyn)'],
    ['{}', 'map(dyn, dyn)'],
    ["o.?k.orValue('z')", 'dyn'],
    ['m.?k', 'optional_type(int)'],
    ['m.transformMap(k, v, k)', 'map(string, string)'],
    ['b ? [] : l', 'list(int)'],
    ['b ? x : i', 'dyn'],
    ['type(i)', 'type(int)'],
    ['int', 'type(int)'],
    ['cel.bind(v, l, v[0])', 'int'],
    ['math.greatest(1, 2)', 'int'],
    ['math.greatest(1, 2.0)', 'dyn'],
    ["timestamp('2020-01-01T00:00:00Z') - timestamp('2020-01-01T00:00:00Z')", 'duration'],
  ];
  for (const [source, wanted] of types) {
    it(`gives ${source} the type ${wanted}`, () => {
      const outcome = check(source, sampleEnvironment);
      assert.equal(outcome.kind === 'checked' ? formatType(outcome.type) : outcome.message, wanted);
    });
  }

  it('refuses types that grow without bound', () => {
    const bound = (name: string, result: string) =>
      `${Array.from({ length: 60 }, (_, at) => `cel.bind(${name}${at + 1}, {${name}${at}: ${name}${at}}, `).join('')}${result}${')'.repeat(60)}`;
    for (const result of ['1', 'p60 + 1', '[p60, p59]', `cel.bind(q0, i, ${bound('q', 'p60 == q60')})`]) {
      const outcome = check(`cel.bind(p0, i, ${bound('p', result)})`, sampleEnvironment);
      assert.equal(outcome.kind === 'rejected' && outcome.message, 'ERROR: <input>:-1:0: the types of the expression are too complex');
    }
  });

  it('tells the type and the overloads of each node', () => {
    const outcome = check('i + 1', sampleEnvironment);
    assert.ok(outcome.kind === 'checked');
    const { expression } = outcome;
    assert.ok(expression.kind === 'call');
    assert.equal(outcome.typeOf(expression.arguments[0] as never), intType);
    assert.deepEqual(
      outcome.overloadsOf(expression).map(({ id }) => id),
      ['add_int64'],
    );
  });
});
