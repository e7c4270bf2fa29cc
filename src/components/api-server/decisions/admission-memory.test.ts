import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { forbidden } from '../../../api/status.ts';
import type { AdmissionRequest } from '../../../extension-points/admission/contract.ts';
import type { AdmissionStep } from '../../../extension-points/admission/run.ts';
import { ManualClock } from '../../../kernel/manual-clock.ts';
import { AdmissionMemory } from './admission-memory.ts';

const requestOf = (requestId: string, more: Partial<AdmissionRequest> = {}): AdmissionRequest => ({
  uid: 'u',
  requestId,
  operation: 'CREATE',
  resource: { group: '', version: 'v1', resource: 'pods' },
  kind: { group: '', version: 'v1', kind: 'Pod' },
  subresource: '',
  namespace: 'shop',
  name: 'web',
  user: { name: 'eve', groups: [] },
  dryRun: false,
  ...more,
});
const pod = (spec: unknown): UntypedObject => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'web' }, spec });
const changed = (request: AdmissionRequest, before: unknown, after: unknown, plugin = 'priority'): AdmissionStep => ({
  kind: 'changed',
  plugin,
  request,
  before: pod(before),
  after: pod(after),
});
const denied = (request: AdmissionRequest): AdmissionStep => ({
  kind: 'denied',
  plugin: 'quota',
  request,
  error: forbidden({ group: '', resource: 'pods' }, 'web', 'exceeded quota'),
});

describe('the memory of admission', () => {
  it('remembers each step of a request, with what it changed', () => {
    const memory = new AdmissionMemory({ clock: new ManualClock() });
    const request = requestOf('0123456789-abcdef');
    memory.observer(changed(request, { a: 1 }, { a: 1, priority: 0 }));
    memory.observer(changed(request, { a: 1, priority: 0 }, { priority: 0 }, 'trim'));
    memory.observer(denied({ ...request, uid: 'another' }));
    assert.deepEqual(memory.find('shop', 'pods.0123456789-ab')?.record, {
      time: '2026-01-01T00:00:00.000000Z',
      operation: 'CREATE',
      target: { group: '', version: 'v1', resource: 'pods', namespace: 'shop', name: 'web' },
      user: 'eve',
      dryRun: false,
      result: 'Denied',
      steps: [
        { plugin: 'priority', result: 'Changed', patch: [{ op: 'add', path: '/spec/priority', value: 0 }] },
        { plugin: 'trim', result: 'Changed', patch: [{ op: 'remove', path: '/spec/a' }] },
        { plugin: 'quota', result: 'Denied', code: 403, message: 'pods "web" is forbidden: exceeded quota' },
      ],
    });
  });

  it('copies what it keeps: what becomes of the objects later is nothing to it', () => {
    const memory = new AdmissionMemory({ clock: new ManualClock() });
    const added = { key: 'x' };
    memory.observer(changed(requestOf('r'), {}, { added }));
    added.key = 'y';
    assert.deepEqual([...memory.all()][0]!.record.steps[0]!.patch, [{ op: 'add', path: '/spec/added', value: { key: 'x' } }]);
  });

  it('keeps no values of Secrets', () => {
    const memory = new AdmissionMemory({ clock: new ManualClock() });
    memory.observer(changed(requestOf('r', { resource: { group: '', version: 'v1', resource: 'secrets' } }), {}, { password: 'hidden' }));
    assert.deepEqual([...memory.all()][0]!.record.steps[0]!.patch, [{ op: 'add', path: '/spec/password' }]);
  });

  it('puts those of cluster-scoped objects where their events are', () => {
    const memory = new AdmissionMemory({ clock: new ManualClock() });
    memory.observer(denied(requestOf('r', { namespace: '', resource: { group: '', version: 'v1', resource: 'nodes' } })));
    assert.deepEqual(
      Array.from(memory.all('default'), ({ name }) => name),
      ['nodes.r'],
    );
  });

  it('stays within its bound, and cuts what is too long', () => {
    const clock = new ManualClock();
    const memory = new AdmissionMemory({ clock, maximumBytes: 50_000 });
    for (let index = 0; index < 300; index++) {
      const after = Object.fromEntries(Array.from({ length: 100 }, (_, field) => [`f${field}`, 'x'.repeat(index)]));
      memory.observer(changed(requestOf(`request-${index}`), {}, after));
      assert.ok(memory.bytes <= 50_000);
    }
    const { steps } = [...memory.all()].at(-1)!.record;
    assert.equal(steps[0]!.patch!.length + steps[0]!.omittedOperations!, 100);
    assert.ok(JSON.stringify(steps[0]!.patch).length <= 4_200);
  });
});
