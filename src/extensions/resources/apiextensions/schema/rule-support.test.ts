import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { fieldErrorText } from '../../../../api/status.ts';
import type { Definition } from '../definition-view.ts';
import { definitionErrors, definitionUpdateErrors } from '../validate-definition.ts';
import { ruleSupport } from './rule-support.ts';

/** The schemas of a definition's versions, those before an update, and what apiextensions-apiserver 0.36 says of it. */
interface Case {
  readonly name: string;
  readonly schemas: readonly object[];
  readonly old?: readonly object[];
  readonly errors?: readonly string[];
}

const cases = readFileSync(new URL('../testing/rules.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line): Case => JSON.parse(line));

const definitionOf = (schemas: readonly object[]): Definition =>
  ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'foos', kind: 'Foo', singular: 'foo', listKind: 'FooList' },
      conversion: { strategy: 'None' },
      versions: schemas.map((openAPIV3Schema, index) => ({ name: `v${index + 1}`, served: true, storage: index === 0, schema: { openAPIV3Schema } })),
    },
    status: { storedVersions: ['v1'] },
  }) as unknown as Definition;

describe('definitions with rules', () => {
  for (const { name, schemas, old, errors = [] } of cases) {
    it(`are refused as upstream does: ${name}`, () => {
      const found = old ? definitionUpdateErrors(definitionOf(schemas), definitionOf(old), ruleSupport) : definitionErrors(definitionOf(schemas), ruleSupport);
      assert.deepEqual(found.map(fieldErrorText).sort(), errors);
    });
  }
});
