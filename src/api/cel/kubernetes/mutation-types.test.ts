import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { check, compile } from '../compile.ts';
import { EvaluationError, type Value } from '../values.ts';
import { kubernetesEnvironment } from './environment.ts';
import { jsonPatchLibrary } from './json-patch-library.ts';
import { mutationTypes } from './mutation-types.ts';
import { patchSteps, valueToJson } from './value-json.ts';

const environment = kubernetesEnvironment().extend({ libraries: [jsonPatchLibrary], types: mutationTypes });

function evaluate(expression: string): Value {
  const checked = check(expression, environment);
  assert.ok(checked.kind === 'checked', checked.kind === 'rejected' ? checked.message : '');
  const { value, error } = compile(checked).evaluate({}, { budget: 1_000_000 });
  if (error) throw error;
  return value;
}

describe('an expression of a mutating policy', () => {
  it('makes a JSON patch', () => {
    const steps = `[
      JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b~c'), value: 'x'},
      JSONPatch{op: 'move', path: '/b', from: '/a'},
      JSONPatch{op: 'add', path: '/spec', value: Object.spec{replicas: 3, list: [1.5, 2.0], map: {'k': b'hi'}, none: null}},
      JSONPatch{op: 'remove', path: '/c', from: ''}
    ]`;
    assert.deepEqual(patchSteps(evaluate(steps)), [
      { op: 'add', path: '/metadata/labels/a~1b~0c', value: 'x' },
      { op: 'move', path: '/b', from: '/a' },
      { op: 'add', path: '/spec', value: { replicas: 3, list: [1.5, 2], map: { k: 'aGk=' }, none: null } },
      { op: 'remove', path: '/c' },
    ]);
  });

  it('makes an object', () => {
    assert.deepEqual(valueToJson(evaluate("Object{metadata: Object.metadata{labels: {'a': 'b'}}, spec: Object.spec{at: duration('90s')}}")), {
      metadata: { labels: { a: 'b' } },
      spec: { at: '90s' },
    });
  });

  it('compares and reads what it made', () => {
    assert.equal(evaluate("JSONPatch{op: 'add', path: '/a'} == JSONPatch{op: 'add', path: '/a', from: ''}"), true);
    assert.equal(evaluate("JSONPatch{op: 'add'}.path == '' && !has(JSONPatch{op: 'add'}.value)"), true);
    assert.equal(evaluate('Object{a: 1} == Object{a: 1}'), true);
    assert.equal(evaluate('Object{a: 1} == Object{a: 1, b: 2}'), false);
    assert.equal(evaluate('Object{a: Object.a{b: 2}}.a.b == 2'), true);
  });

  const refusals = [
    {
      expression: "[JSONPatch{op: 'add', path: '/spec', value: Object.spec{selector: Object.spec.wrong{}}}]",
      message: 'type mismatch: unexpected type name "Object.spec.wrong", expected "Object.spec.selector", which matches field name path from root Object type',
    },
    {
      expression: "[JSONPatch{op: 'add', path: '/a', value: ip('::1')}]",
      message: 'JSONPath valueExpression evaluated to a type that could not marshal to JSON: net.IP',
    },
  ];
  for (const { expression, message } of refusals)
    it(`may not make ${expression}`, () => assert.throws(() => patchSteps(evaluate(expression)), new EvaluationError(message)));
});
