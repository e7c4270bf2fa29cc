import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { builtInSchemas, kindSchema } from './built-in-schemas.ts';
import { compileSchema } from './schema-processor.ts';

const decoded = (group: string, kind: string, draft: Record<string, unknown>): Record<string, unknown> => {
  const schema = kindSchema({ group, version: 'v1', kind });
  assert.ok(schema);
  const { decodeError } = compileSchema(schema, builtInSchemas).process(draft, { prune: true, applyDefaults: false, dialect: 'built-in' });
  assert.equal(decodeError, undefined);
  return draft;
};

describe("what Go's omitempty leaves out", () => {
  it('is every optional list and map that is empty', () => {
    const draft = { metadata: { name: 'a', labels: {}, ownerReferences: [], annotations: { kept: '' } }, data: {} };
    assert.deepEqual(decoded('', 'ConfigMap', draft), { metadata: { name: 'a', annotations: { kept: '' } } });
  });

  it('is neither a required list nor an empty struct', () => {
    const draft = { metadata: { name: 'a' }, spec: { containers: [], securityContext: {}, volumes: [{ name: 'v', emptyDir: {} }], tolerations: [] } };
    assert.deepEqual(decoded('', 'Pod', draft)['spec'], { containers: [], securityContext: {}, volumes: [{ name: 'v', emptyDir: {} }] });
  });
});
