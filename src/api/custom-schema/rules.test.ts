import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Schema } from '../schema.ts';
import { compileSchema } from '../schema-processor.ts';
import { fieldError, fieldErrorText } from '../status.ts';
import type { RuleNode, RuleRunner } from './rules.ts';

const rules = [{ rule: 'true' }];
const item: Schema = { type: 'object', properties: { k: { type: 'string' }, v: { type: 'integer', rules } }, rules };
const schema: Schema = {
  type: 'object',
  rules,
  properties: {
    spec: {
      type: 'object',
      properties: {
        list: { type: 'array', items: item, listType: 'map', listMapKeys: ['k'] },
        plain: { type: 'array', items: { type: 'integer', rules } },
        map: { type: 'object', additionalProperties: { type: 'string', nullable: true, rules } },
        size: { type: 'integer', maximum: 3 },
        name: { type: 'string', maxLength: 3 },
      },
    },
  },
};

/** Runs a validation; answers what the runner was asked. */
function asked(object: object, old: object | undefined, run: RuleRunner['run'] = () => ({ errors: [] })): { nodes: RuleNode[]; errors: string[] } {
  const nodes: RuleNode[] = [];
  const runner: RuleRunner = {
    run(node) {
      nodes.push(node);
      return run(node);
    },
  };
  const options = { prune: false, applyDefaults: false, dialect: 'custom', only: 'values', rules: runner } as const;
  const { errors } = compileSchema(schema, { get: () => undefined }).process(object, old ? { ...options, old } : options);
  return { nodes, errors: errors.map(fieldErrorText) };
}

describe('rules', () => {
  it('are run for every value, an object before what is in it', () => {
    const object = { spec: { list: [{ k: 'a', v: 1 }], plain: [5], map: { x: 'y', z: null } } };
    const { nodes } = asked(object, undefined);
    assert.deepEqual(
      nodes.map(({ path, isRoot }) => (isRoot ? '(root)' : path)),
      ['(root)', 'spec.list[0]', 'spec.list[0].v', 'spec.plain[0]', 'spec.map[x]'],
    );
    assert.equal(nodes[0]?.self, object);
  });
  it('see old values, of list items by their keys and of plain items none', () => {
    const old = {
      spec: {
        list: [
          { k: 'b', v: 2 },
          { k: 'a', v: 1 },
        ],
        plain: [5],
        map: { x: 'o' },
      },
    };
    const { nodes } = asked(
      {
        spec: {
          list: [
            { k: 'a', v: 3 },
            { k: 'c', v: 4 },
          ],
          plain: [5],
          map: { x: 'y' },
        },
      },
      old,
    );
    assert.deepEqual(
      nodes.slice(1).map(({ path, oldSelf }) => [path, oldSelf]),
      [
        ['spec.list[0]', { k: 'a', v: 1 }],
        ['spec.list[0].v', 1],
        ['spec.list[1]', undefined],
        ['spec.list[1].v', undefined],
        ['spec.plain[0]', undefined],
        ['spec.map[x]', 'o'],
      ],
    );
  });
  it('know whether a value, or the list that holds it, has changed', () => {
    const spec = { list: [{ k: 'a', v: 1 }], plain: [5] };
    const { nodes } = asked({ spec: { ...spec, map: { x: 'y' } } }, { spec: { ...spec, map: { x: 'z' } } });
    assert.deepEqual(
      nodes.map((node) => [node.path, node.isUnchanged()]),
      [
        ['', false],
        ['spec.list[0]', true],
        ['spec.list[0].v', true],
        ['spec.plain[0]', true],
        ['spec.map[x]', false],
      ],
    );
  });
  it('stop when the budget is spent', () => {
    const { nodes, errors } = asked({ spec: { plain: [1, 2, 3] } }, undefined, ({ path }) => ({
      errors: [fieldError.invalid(path, 1, 'no')],
      isOver: path === 'spec.plain[0]',
    }));
    assert.equal(nodes.length, 2);
    assert.deepEqual(errors, [': Invalid value: 1: no', 'spec.plain[0]: Invalid value: 1: no']);
  });
  it('are left out when a value is not of its type', () => {
    const { nodes, errors } = asked({ spec: { plain: ['x'] } }, undefined);
    assert.deepEqual(nodes, []);
    assert.deepEqual(errors, [
      'spec.plain[0]: Invalid value: "string": spec.plain[0] in body must be of type integer: "string"',
      '<nil>: Invalid value: null: some validation rules were not checked because the object was invalid; correct the existing errors to complete validation',
    ]);
  });
  it('are run beside other faults', () => assert.equal(asked({ spec: { size: 4 } }, undefined).nodes.length, 1));
});
