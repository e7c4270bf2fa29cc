import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { ServedResource } from '../resource-index.ts';
import { generateName, nameTaken } from './generate-name.ts';

const pods = { group: '', resource: 'pods' } as ServedResource;
const pod = (metadata: object): UntypedObject => ({ apiVersion: 'v1', kind: 'Pod', metadata });

describe('generated names', () => {
  it('end in five characters that make no words', () => assert.match(generateName('web-'), /^web-[bcdfghjklmnpqrstvwxz2456789]{5}$/));
  it('have 63 characters at most', () => assert.match(generateName('x'.repeat(100)), /^x{58}[bcdfghjklmnpqrstvwxz2456789]{5}$/));
  it('differ', () => assert.ok(new Set(Array.from({ length: 1_000 }, () => generateName(''))).size > 990));
});

describe('a name that is taken', () => {
  const cases = [
    { name: 'is refused', wanted: { name: 'a' }, existing: {}, message: 'pods "a" already exists', retryAfterSeconds: undefined },
    {
      name: 'may be asked for again when it was generated',
      wanted: { name: 'a-bcdef', generateName: 'a-' },
      existing: {},
      message: 'pods "a-bcdef" already exists, the server was not able to generate a unique name for the object',
      retryAfterSeconds: 1,
    },
    {
      name: 'is told to be on its way out',
      wanted: { name: 'a' },
      existing: { deletionTimestamp: '2026-01-01T00:00:00Z' },
      message: 'object is being deleted: pods "a" already exists',
      retryAfterSeconds: undefined,
    },
  ];
  for (const { name, wanted, existing, message, retryAfterSeconds } of cases)
    it(name, () => {
      const error = nameTaken(pods, pod(wanted), pod(existing));
      assert.deepEqual(
        [error.code, error.reason, error.message, error.details?.kind, error.details?.name, error.details?.retryAfterSeconds],
        [409, 'AlreadyExists', message, 'pods', wanted.name, retryAfterSeconds],
      );
    });
});
