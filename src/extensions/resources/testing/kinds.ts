import assert from 'node:assert/strict';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, WriteContext } from '../../../extension-points/resources/contract.ts';
import { builtInResources } from '../index.ts';

const definitions = builtInResources();

/** The built-in definition of a plural; fails the test when there is none. */
export const definitionOf = (resource: string): ResourceDefinition =>
  definitions.find((definition) => definition.resource === resource) ?? assert.fail(resource);

/** A create by a user called alice. */
export const context = (more: Partial<WriteContext> = {}): WriteContext => ({
  operation: 'CREATE',
  user: { name: 'alice', uid: 'u1', groups: ['dev'], extra: { scope: ['x'] } },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { name: 'x' },
  ...more,
});

export const named = (name: string, rest: Record<string, unknown>): UntypedObject => ({ metadata: { name }, ...rest });

/** What the kind's validation says, in the wording of its refusals. */
export const texts = (resource: string, object: UntypedObject): string[] => (definitionOf(resource).validate?.(object, context()) ?? []).map(fieldErrorText);

/** The cells of `kubectl get`, by column, at the epoch. */
export const cells = (resource: string, object: UntypedObject): Record<string, unknown> =>
  Object.fromEntries((definitionOf(resource).versions[0]?.columns ?? []).map(({ name, cell }) => [name, cell(object, 0)]));
