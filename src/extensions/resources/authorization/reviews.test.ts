import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { builtInResources } from '../index.ts';

const definitions = builtInResources();
const definitionOf = (resource: string): ResourceDefinition => definitions.find((definition) => definition.resource === resource) ?? assert.fail(resource);
const context = (more: Partial<WriteContext> = {}): WriteContext => ({
  operation: 'CREATE',
  user: { name: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { name: 'x' },
  ...more,
});

describe('reviews', () => {
  const attributes = { resourceAttributes: { namespace: 'default', verb: 'get', resource: 'pods' } };
  const asked: { resource: string; service: string; spec: Record<string, unknown> }[] = [
    { resource: 'tokenreviews', service: 'token-review', spec: { token: 't' } },
    { resource: 'selfsubjectreviews', service: 'self-subject-review', spec: {} },
    { resource: 'subjectaccessreviews', service: 'subject-access-review', spec: { ...attributes, user: 'u' } },
    { resource: 'localsubjectaccessreviews', service: 'local-subject-access-review', spec: { ...attributes, user: 'u' } },
    { resource: 'selfsubjectaccessreviews', service: 'self-subject-access-review', spec: attributes },
    { resource: 'selfsubjectrulesreviews', service: 'self-subject-rules-review', spec: { namespace: 'default' } },
  ];
  for (const { resource, service, spec } of asked) {
    it(`of ${resource} are answered by ${service}`, async () => {
      const names: string[] = [];
      const services = {
        service: (name: string) => (names.push(name), async (draft: UntypedObject) => ({ ...draft, status: 'answered' })),
      } as unknown as ResourceServices;
      const answer = await definitionOf(resource).review?.({ metadata: { namespace: 'default' }, spec }, context(), services);
      assert.deepEqual([answer?.['status'], names], ['answered', [service]]);
    });
  }
});
