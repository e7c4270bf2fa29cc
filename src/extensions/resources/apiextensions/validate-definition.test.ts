import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { builtInSchemas, kindSchema } from '../../../api/built-in-schemas.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { compileSchema } from '../../../api/schema-processor.ts';
import { fieldErrorText } from '../../../api/status.ts';
import { dnsSubdomainName, validateObjectMeta } from '../../../extension-points/resources/object-meta.ts';
import { customResourceDefinitionDefinition } from './custom-resource-definitions.ts';
import type { Definition } from './definition-view.ts';
import type { RuleCompilation } from './schema/rule-compiler.ts';
import { definitionErrors, definitionUpdateErrors } from './validate-definition.ts';

/** A definition, perhaps the one it changes, and what apiextensions-apiserver 0.36 says of it. */
interface Case {
  readonly name: string;
  readonly definition: UntypedObject;
  readonly oldDefinition?: UntypedObject;
  readonly upstream: { readonly errors?: string[] };
}

/** One JSON value a line. */
const cases = readFileSync(new URL('testing/definitions.jsonl', import.meta.url), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as Case);
const schema = compileSchema(kindSchema({ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' })!, builtInSchemas);
const { applyDefaults } = customResourceDefinitionDefinition();

/** As the server reads one. */
function decoded(object: UntypedObject): Definition {
  const draft = structuredClone(object);
  const { decodeError } = schema.process(draft, { prune: true, applyDefaults: true, dialect: 'built-in' });
  assert.equal(decodeError, undefined);
  applyDefaults?.(draft, 'v1');
  return draft as Definition;
}

function errorsOf({ definition, oldDefinition }: Case): string[] {
  const draft = decoded(definition);
  const old = oldDefinition && decoded(oldDefinition);
  const storage = draft.spec?.versions?.find((version) => version.storage)?.name;
  const stored = old?.status?.storedVersions ?? [];
  draft.status = { ...old?.status, storedVersions: storage === undefined || stored.includes(storage) ? stored : [...stored, storage] };
  const errors = old
    ? definitionUpdateErrors(draft, old)
    : [...validateObjectMeta(draft.metadata, false, dnsSubdomainName, 'metadata'), ...definitionErrors(draft)];
  return [...new Set(errors.map(fieldErrorText))].sort();
}

/** Very long values are shown in part. */
const comparable = (texts: readonly string[]): string[] => texts.map((text) => text.replace(/\.\.\. \(\d+ more characters\).*$/s, '').slice(0, 8_000));

describe('definitions', () => {
  for (const each of cases)
    it(`are refused in upstream's words: ${each.name}`, () => assert.deepEqual(comparable(errorsOf(each)), comparable(each.upstream.errors ?? [])));
});

describe('definitions past the bounds', () => {
  const definitionOf = (properties: object): Definition => ({
    ...decoded(cases.find(({ name }) => name === 'sound')!.definition),
    spec: {
      ...decoded(cases.find(({ name }) => name === 'sound')!.definition).spec,
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties } } }],
    } as Definition['spec'],
    status: { storedVersions: ['v1'] },
  });
  const many = (count: number, make: (index: number) => object): object =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`f${index}`, make(index)]));
  it('are refused for too many schemas', () =>
    assert.deepEqual(definitionErrors(definitionOf(many(50_000, () => ({ type: 'string' })))).map(fieldErrorText), [
      'spec.versions: Too many: 40001: must have at most 40000 schemas in all versions together',
    ]));
  it('are refused for too many patterns', () =>
    assert.deepEqual(
      definitionErrors(definitionOf(many(2_000, (index) => ({ type: 'string', pattern: `(a|b){${index % 900}}x${index}` })))).map(fieldErrorText),
      ['spec.versions: Too many: 1001: must have at most 1000 new patterns in all versions together'],
    ));
});

describe('rules of definitions', () => {
  const rule = { rule: 'self.b != oldSelf.b', messageExpression: 'self.b' };
  const inner = { type: 'object', properties: { b: { type: 'string' } }, 'x-kubernetes-validations': [rule] };
  const definitionOf = (properties: object): Definition => {
    const sound = decoded(cases.find(({ name }) => name === 'sound')!.definition);
    const root = { type: 'object', properties, 'x-kubernetes-validations': [{ rule: 'true' }] };
    const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: root } }];
    return { ...sound, spec: { ...sound.spec, versions } as Definition['spec'], status: { storedVersions: ['v1'] } };
  };
  const compilations = (run: (compileRules: (compilation: RuleCompilation) => []) => unknown): RuleCompilation[] => {
    const found: RuleCompilation[] = [];
    run((compilation) => {
      found.push(compilation);
      return [];
    });
    return found;
  };
  it('are given to the compiler with their places, inner ones first', () => {
    const [compilation] = compilations((compileRules) => definitionErrors(definitionOf({ a: inner, l: { type: 'array', items: inner } }), { compileRules }));
    assert.deepEqual(
      compilation?.places.map(({ path, isRoot, uncorrelatable }) => ({ path, isRoot, uncorrelatable })),
      [
        { path: 'spec.validation.openAPIV3Schema.properties[a]', isRoot: false, uncorrelatable: undefined },
        {
          path: 'spec.validation.openAPIV3Schema.properties[l].items',
          isRoot: false,
          uncorrelatable: 'spec.validation.openAPIV3Schema.properties[l]',
        },
        { path: 'spec.validation.openAPIV3Schema', isRoot: true, uncorrelatable: undefined },
      ],
    );
    assert.equal(compilation?.isUnchanged, false);
  });
  it('of an update come with what was known before', () => {
    const [compilation] = compilations((compileRules) => definitionUpdateErrors(definitionOf({ a: inner }), definitionOf({ a: inner }), { compileRules }));
    assert.deepEqual([...(compilation?.known.rules ?? [])].sort(), ['self.b != oldSelf.b', 'true']);
    assert.deepEqual([...(compilation?.known.messageExpressions ?? [])], ['self.b']);
    assert.equal(compilation?.isUnchanged, true);
  });
  it('are not compiled where the schema is unsound', () =>
    assert.deepEqual(
      compilations((compileRules) => definitionErrors(definitionOf({ a: { ...inner, properties: { b: {} } } }), { compileRules })),
      [],
    ));
});
