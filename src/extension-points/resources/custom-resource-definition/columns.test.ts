import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { columnsOf } from './columns.ts';
import { compileJsonPath, JsonPathError } from './json-path.ts';

const object = {
  metadata: { name: 'a', creationTimestamp: '2026-01-01T00:00:00Z', annotations: { 'a.b/c': 'dotted' } },
  spec: {
    replicas: 3,
    ratio: 1.5,
    suspend: false,
    when: 'soon',
    items: [
      { name: 'x', at: 1 },
      { name: 'y', at: 2 },
    ],
    empty: null,
  },
  status: {
    conditions: [
      { type: 'Ready', status: 'True' },
      { type: 'Other', status: 'False' },
    ],
  },
};
const nowMs = Date.parse('2026-01-01T00:05:00Z');

describe('columns of custom resources', () => {
  const cases: [type: string, jsonPath: string, want: unknown][] = [
    ['string', '.spec.replicas', '3'],
    ['string', '.spec.suspend', 'false'],
    ['string', '.spec.items[0]', '{"at":1,"name":"x"}'],
    ['string', '.spec.items[*].name', 'x'],
    ['string', '.spec.empty', '<no value>'],
    ['integer', '.spec.empty', null],
    ['string', '.spec.missing.deeper', null],
    ['string', '.status.conditions[?(@.type=="Ready")].status', 'True'],
    ['string', ".status.conditions[?(@.type=='Absent')].status", null],
    ['string', '.metadata.annotations.a\\.b/c', 'dotted'],
    ['string', ".metadata.annotations['a.b/c']", null],
    ['string', ".metadata.annotations['a\\.b/c']", 'dotted'],
    ['string', '.spec.items[?(@.at>1)].name', 'y'],
    ['string', '.spec.items[5].name', null],
    ['string', '.spec.items[-1].name', 'y'],
    ['string', '.spec.replicas[0]', null],
    ['integer', '.spec.replicas', 3],
    ['integer', '.spec.ratio', 1],
    ['integer', '.spec.when', null],
    ['number', '.spec.ratio', 1.5],
    ['boolean', '.spec.suspend', false],
    ['boolean', '.spec.when', null],
    ['date', '.metadata.creationTimestamp', '5m'],
    ['date', '.spec.when', '<invalid>'],
    ['date', '.spec.missing', null],
  ];
  for (const [type, jsonPath, want] of cases) {
    it(`show ${jsonPath} as ${type}: ${String(want)}`, () => {
      const [, column] = columnsOf([{ name: 'X', type, jsonPath }]);
      assert.equal(column!.cell(object, nowMs), want);
    });
  }
});

describe('JSONPath', () => {
  const found: [path: string, want: unknown[]][] = [
    ['..name', ['a', 'x', 'y']],
    ['.spec.items[0,1].name', ['x', 'y']],
    ['.spec.items[0:1].name', ['x']],
    ['.spec.items[1:].name', ['y']],
    ['.spec.items[::2].name', ['x']],
    ["['spec']['when']", ['soon']],
    ['.spec.items[?(@.name)].at', [1, 2]],
    ['.spec.items[?(@.at<=1)].name', ['x']],
    ['.spec.items[?(@.at!=1)].name', ['y']],
    ['$.spec.when', ['soon']],
    ['.', []],
    ['.spec.items[].name', ['x']],
    [".spec.items[*]['name','at']", ['x', 'y', 1, 2]],
  ];
  for (const [path, want] of found) it(`finds ${path}`, () => assert.deepEqual(compileJsonPath(path).find(object), want));

  for (const path of ['.a[', '.a[?(@.b', '.a[x]', '.a}', '.a[?(b==1)]']) it(`refuses ${path}`, () => assert.throws(() => compileJsonPath(path), JsonPathError));

  it('ends a search that finds too much', () => {
    const wide = { items: Array.from({ length: 20_000 }, () => ({})) };
    assert.throws(() => compileJsonPath('..x').find(wide), JsonPathError);
  });
});
