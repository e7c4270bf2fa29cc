import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { fieldErrorText } from '../../../api/status.ts';
import { validateWrite } from '../../../extension-points/resources/run.ts';
import { builtInResources } from '../index.ts';
import { context } from './kinds.ts';

/** Objects, and what the registry of Kubernetes 1.36 says of their creation: numbers of messages, each a path and a fault. None: they are created. */
interface UpstreamRefusals {
  readonly messages: readonly string[];
  readonly cases: readonly (readonly [object: UntypedObject & { apiVersion: string; kind: string }, messages: readonly number[]])[];
}
const { messages, cases } = JSON.parse(readFileSync(new URL('./upstream-refusals.json', import.meta.url), 'utf8')) as UpstreamRefusals;
const definitions = builtInResources();

function refusals(object: UpstreamRefusals['cases'][number][0]): string[] {
  const [version = '', group = ''] = object.apiVersion.split('/').reverse();
  const definition = definitions.find((candidate) => candidate.group === group && candidate.kind === object.kind);
  assert.ok(definition, object.kind);
  const draft = structuredClone(object);
  if (definition.namespaced) draft.metadata.namespace = 'default';
  definition.applyDefaults?.(draft, version);
  draft.metadata.uid = 'u';
  const write = context({ version, key: { namespace: 'default', name: object.metadata.name ?? '' } });
  definition.prepareForCreate?.(draft, write);
  return validateWrite(definition, draft, undefined, write).map(fieldErrorText);
}

describe("upstream's refusals", () => {
  for (const kind of new Set(cases.map(([object]) => object.kind))) {
    it(`are ours for every ${kind} of the table`, () => {
      for (const [object, expected] of cases.filter(([candidate]) => candidate.kind === kind))
        assert.deepEqual(
          refusals(object),
          expected.map((index) => messages[index]),
          JSON.stringify(object).slice(0, 600),
        );
    });
  }
});
