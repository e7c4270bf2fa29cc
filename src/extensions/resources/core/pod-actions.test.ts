import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { keyText, type UntypedObject } from '../../../api/object.ts';
import { ApiError, notFound } from '../../../api/status.ts';
import type { ResourceServices, Subresource, WriteContext } from '../../../extension-points/resources/contract.ts';
import { podDefinition } from './pods.ts';

const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'tester', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'web' },
};

/** Objects in memory, by resource and key. */
function memory(
  objects: Readonly<Record<string, UntypedObject>>,
): ResourceServices & { readonly stored: Map<string, UntypedObject>; readonly deleted: string[] } {
  const stored = new Map(Object.entries(objects).map(([key, object]) => [key, structuredClone(object)]));
  const deleted: string[] = [];
  const find = (type: { group: string; resource: string }, name: string): UntypedObject => {
    const object = stored.get(`${type.resource}/${name}`);
    if (!object) throw notFound(type, name);
    return object;
  };
  return {
    stored,
    deleted,
    get: (type, key) => stored.get(`${type.resource}/${keyText(key)}`),
    list: (type) => [...stored].filter(([key]) => key.startsWith(`${type.resource}/`)).map(([, object]) => object),
    update: async (type, key, change) => (change(find(type, keyText(key))), find(type, keyText(key))),
    delete: async (type, key) => (deleted.push(keyText(key)), find(type, keyText(key))),
    service: () => assert.fail('no service is needed'),
  };
}

function createOf(name: string): Extract<Subresource, { kind: 'create' }> {
  const subresource = podDefinition().subresources?.[name];
  assert.ok(subresource?.kind === 'create');
  return subresource;
}

const pod = (fields: Record<string, unknown> = {}): UntypedObject => ({
  metadata: { name: 'web', namespace: 'default', uid: 'u', labels: { app: 'web' } },
  spec: { containers: [] },
  status: { phase: 'Running', conditions: [{ type: 'Ready', status: 'True' }] },
  ...fields,
});
const refusal =
  (code: number, message: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError && error.code === code && error.message === message;

describe('binding', () => {
  const bind = (services: ResourceServices, target: unknown = { kind: 'Node', name: 'a' }): Promise<UntypedObject> =>
    createOf('binding').create(pod(), { metadata: { name: 'web' }, target }, context, services);

  it('puts a pod on a node and says so', async () => {
    const services = memory({ 'pods/default/web': pod() });
    assert.equal((await bind(services))['status'], 'Success');
    const bound = services.stored.get('pods/default/web');
    assert.equal((bound?.['spec'] as { nodeName: string }).nodeName, 'a');
    assert.deepEqual((bound?.['status'] as { conditions: unknown[] }).conditions.at(-1), {
      type: 'PodScheduled',
      status: 'True',
      lastTransitionTime: '1970-01-01T00:00:00Z',
    });
  });

  it('refuses a pod that has a node', async () => {
    const services = memory({ 'pods/default/web': pod({ spec: { nodeName: 'b' } }) });
    await assert.rejects(bind(services), refusal(409, 'Operation cannot be fulfilled on pods/binding "web": pod web is already assigned to node "b"'));
  });

  it('refuses a target without a name', async () => {
    await assert.rejects(bind(memory({}), { kind: 'Node' }), refusal(422, 'Binding "web" is invalid: target.name: Required value'));
  });
});

describe('eviction', () => {
  const budget = (disruptionsAllowed: number): UntypedObject => ({
    metadata: { name: 'budget', namespace: 'default', generation: 1 },
    spec: { selector: { matchLabels: { app: 'web' } } },
    status: { observedGeneration: 1, disruptionsAllowed, desiredHealthy: 2, currentHealthy: 2 },
  });
  const evict = (services: ResourceServices): Promise<UntypedObject> => createOf('eviction').create(pod(), { metadata: { name: 'web' } }, context, services);

  it('deletes a pod and charges its budget', async () => {
    const services = memory({ 'pods/default/web': pod(), 'poddisruptionbudgets/default/budget': budget(1) });
    await evict(services);
    assert.deepEqual(services.deleted, ['default/web']);
    const status = services.stored.get('poddisruptionbudgets/default/budget')?.['status'] as { disruptionsAllowed: number; disruptedPods: unknown };
    assert.deepEqual([status.disruptionsAllowed, status.disruptedPods], [0, { web: '1970-01-01T00:00:00Z' }]);
  });

  it('keeps a pod whose budget is used up', async () => {
    const services = memory({ 'pods/default/web': pod(), 'poddisruptionbudgets/default/budget': budget(0) });
    await assert.rejects(evict(services), (error: unknown) => {
      assert.ok(error instanceof ApiError);
      assert.deepEqual(
        [error.code, error.message, error.details?.causes],
        [
          429,
          "Cannot evict pod as it would violate the pod's disruption budget.",
          [{ reason: 'DisruptionBudget', message: 'The disruption budget budget needs 2 healthy pods and has 2 currently' }],
        ],
      );
      return true;
    });
    assert.deepEqual(services.deleted, []);
  });
});

describe('ephemeral containers', () => {
  it('takes only those from the client', () => {
    const subresource = podDefinition().subresources?.['ephemeralcontainers'];
    assert.ok(subresource?.kind === 'update');
    const draft = pod({ spec: { containers: [{ name: 'changed' }], ephemeralContainers: [{ name: 'debug' }] } });
    subresource.prepareForUpdate(draft, pod(), context);
    assert.deepEqual(draft['spec'], { containers: [], ephemeralContainers: [{ name: 'debug' }] });
  });
});
