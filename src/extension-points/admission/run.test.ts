import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps } from '../../api/generated/resource-types.ts';
import { ApiError, forbidden } from '../../api/status.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { admissionConformance } from './conformance.ts';
import { type AdmissionPlugin, allow } from './contract.ts';
import { forbidRequest } from './forbid-request.ts';
import { type AdmissionStep, mutateAdmission, validateAdmission } from './run.ts';
import { admissionRequest } from './testing/admission-requests.ts';
import { readmeExample } from './testing/readme-example.ts';

const request = admissionRequest(configmaps, { object: { metadata: { name: 'settings', namespace: 'default' } } });
const signal = new AbortController().signal;

function pointOf(plugins: Record<string, AdmissionPlugin>): ExtensionPoint<AdmissionPlugin> {
  const point = new ExtensionPoint<AdmissionPlugin>('admission');
  for (const [name, implementation] of Object.entries(plugins)) point.add({ name, origin: './plugins.ts', implementation });
  return point;
}

const labels = (label: string): AdmissionPlugin => ({
  mutate: ({ object }) => ({
    kind: 'replace',
    object: { ...object!, metadata: { ...object!.metadata, labels: { ...object!.metadata.labels, [label]: 'set' } } },
    warnings: [`${label} set`],
  }),
});
const denies: AdmissionPlugin = { mutate: (asked) => forbidRequest(asked, 'no'), validate: (asked) => forbidRequest(asked, 'no') };

describe('mutating admission', () => {
  it('hands each plugin what the one before left, frozen, and collects warnings', async () => {
    const seen: unknown[] = [];
    const looks: AdmissionPlugin = { mutate: ({ object }) => (seen.push(object?.metadata.labels, Object.isFrozen(object?.metadata)), allow) };
    const admission = await mutateAdmission(pointOf({ first: labels('a'), looks, last: labels('b') }), request, signal);
    assert.deepEqual(admission.object?.metadata.labels, { a: 'set', b: 'set' });
    assert.deepEqual(admission.warnings, ['a set', 'b set']);
    assert.deepEqual(seen, [{ a: 'set' }, true]);
    assert.ok(Object.isFrozen(admission.object?.metadata.labels));
  });

  it('ends with the first denial', async () => {
    let called = false;
    const after: AdmissionPlugin = { mutate: () => ((called = true), allow) };
    await assert.rejects(mutateAdmission(pointOf({ denies, after }), request, signal), { code: 403, message: 'configmaps "settings" is forbidden: no' });
    assert.equal(called, false);
  });

  it('never asks a plugin that does not handle the request', async () => {
    const picky: AdmissionPlugin = { ...denies, handles: ({ resource }) => resource.resource === 'pods' };
    assert.equal((await mutateAdmission(pointOf({ picky }), request, signal)).object, request.object);
    assert.equal((await validateAdmission(pointOf({ picky }), request, signal)).object, request.object);
  });

  it('tells the observer what changed, what was refused and what failed', async () => {
    const steps: AdmissionStep[] = [];
    const observe = (step: AdmissionStep): void => void steps.push(step);
    const breaks: AdmissionPlugin = {
      validate: () => {
        throw new Error('out of order');
      },
    };
    await mutateAdmission(pointOf({ nothing: { mutate: () => allow }, first: labels('a') }), request, signal, observe);
    await assert.rejects(validateAdmission(pointOf({ denies }), request, signal, observe));
    await assert.rejects(validateAdmission(pointOf({ breaks }), request, signal, observe));
    assert.deepEqual(
      steps.map(({ plugin, kind }) => [plugin, kind]),
      [
        ['first', 'changed'],
        ['denies', 'denied'],
        ['breaks', 'failed'],
      ],
    );
  });
});

describe('validating admission', () => {
  it('answers 500 and names the plugin when one throws, and passes on an ApiError', async () => {
    const breaks: AdmissionPlugin = {
      validate: () => {
        throw new Error('out of order');
      },
    };
    await assert.rejects(validateAdmission(pointOf({ breaks }), request, signal), {
      code: 500,
      message: 'Internal error occurred: admission/breaks: validate failed: out of order',
    });
    const calls: AdmissionPlugin = {
      validate: async () => {
        throw new ApiError(429, 'TooManyRequests', 'later');
      },
    };
    await assert.rejects(validateAdmission(pointOf({ calls }), request, signal), { code: 429 });
  });

  it('collects warnings of all plugins', async () => {
    const warns = (text: string): AdmissionPlugin => ({ validate: async () => ({ kind: 'allow', warnings: [text] }) });
    assert.deepEqual((await validateAdmission(pointOf({ a: warns('x'), b: warns('y') }), request, signal)).warnings, ['x', 'y']);
  });

  for (const { name, object, want } of [
    { name: 'the generated name while there is none', object: { metadata: { generateName: 'set-' } }, want: 'configmaps "set-" is forbidden: no' },
    { name: 'Unknown when there is no name at all', object: { metadata: {} }, want: 'configmaps "Unknown" is forbidden: no' },
  ]) {
    it(`words a denial with ${name}`, () => assert.equal(forbidRequest(admissionRequest(configmaps, { object }), 'no').error.message, want));
  }
});

describe('the README example', () => {
  const modules = { 'wherry/admission': new URL('contract.ts', import.meta.url), 'wherry/api': new URL('../../api/status.ts', import.meta.url) };

  it('refuses config maps without an owner', async () => {
    const { ownerRequired } = await readmeExample(new URL('README.md', import.meta.url), modules);
    const point = pointOf({ 'owner-required': ownerRequired as AdmissionPlugin });
    await assert.rejects(validateAdmission(point, request, signal), { message: forbidden(configmaps, 'settings', 'the label "owner" is missing').message });
    const owned = admissionRequest(configmaps, { object: { metadata: { name: 'settings', labels: { owner: 'ann' } } } });
    await validateAdmission(point, owned, signal);
  });
});

admissionConformance({ name: 'labels', create: () => labels('a'), samples: [request] });
