import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import { ApiError, fieldErrorText } from '../../../api/status.ts';
import type { ResourceDefinition, ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { serviceDefinition } from './services.ts';

const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'tester', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'web' },
};
const lend = (existing: readonly UntypedObject[], cidrs: readonly UntypedObject[] = []): ResourceServices => ({
  get: () => undefined,
  list: ({ resource }) => (resource === 'services' ? existing : cidrs),
  update: () => assert.fail('not needed'),
  delete: () => assert.fail('not needed'),
  service: () => assert.fail('not needed'),
});

type Spec = { clusterIP?: string; clusterIPs?: string[]; ipFamilies?: string[]; ipFamilyPolicy?: string; ports?: { nodePort?: number; port?: number }[] };
function service(spec: Record<string, unknown>, name = 'web'): UntypedObject {
  const draft: UntypedObject = { metadata: { name, namespace: 'default' }, spec: { ports: [{ port: 80 }], selector: { app: 'web' }, ...spec } };
  serviceDefinition().applyDefaults?.(draft, 'v1');
  return draft;
}
async function allocate(definition: ResourceDefinition, draft: UntypedObject, lent: ResourceServices): Promise<Spec> {
  await definition.beforeCommit?.(draft, undefined, context, lent);
  return draft['spec'] as Spec;
}
const saying =
  (text: string) =>
  (error: unknown): boolean =>
    error instanceof ApiError && error.message.includes(text);

describe('allocation for services', () => {
  it('gives an address from the range, and the family', async () => {
    const spec = await allocate(serviceDefinition(), service({}), lend([]));
    assert.match(spec.clusterIP ?? '', /^10\.96\.\d+\.\d+$/);
    assert.deepEqual([spec.clusterIPs, spec.ipFamilies, spec.ipFamilyPolicy], [[spec.clusterIP], ['IPv4'], 'SingleStack']);
  });

  it('gives no address twice, though the first is not stored yet', async () => {
    const definition = serviceDefinition();
    const small = [{ metadata: { name: 'small' }, spec: { cidrs: ['10.9.0.0/29'] } }];
    const given: (string | undefined)[] = [];
    for (let index = 0; index < 6; index++) given.push((await allocate(definition, service({}, `s${index}`), lend([], small))).clusterIP);
    assert.deepEqual(given.sort(), ['10.9.0.1', '10.9.0.2', '10.9.0.3', '10.9.0.4', '10.9.0.5', '10.9.0.6']);
    await assert.rejects(allocate(definition, service({}, 'seventh'), lend([], small)), saying('range is full'));
  });

  it('takes the address that is asked for, once', async () => {
    const taken = service({ clusterIP: '10.96.0.1' }, 'kubernetes');
    assert.equal((await allocate(serviceDefinition(), service({ clusterIP: '10.96.0.10' }), lend([taken]))).clusterIP, '10.96.0.10');
    await assert.rejects(
      allocate(serviceDefinition(), service({ clusterIP: '10.96.0.1' }), lend([taken])),
      saying('failed to allocate IP 10.96.0.1: provided IP is already allocated'),
    );
    await assert.rejects(
      allocate(serviceDefinition(), service({ clusterIP: '10.0.0.1' }), lend([])),
      saying('is not in the valid range. The range of valid IPs is 10.96.0.0/16'),
    );
  });

  it('gives none to headless services', async () =>
    assert.equal((await allocate(serviceDefinition(), service({ clusterIP: 'None' }), lend([]))).clusterIP, 'None'));

  it('gives node ports and refuses those that are taken', async () => {
    const spec = await allocate(serviceDefinition(), service({ type: 'NodePort' }), lend([]));
    const port = spec.ports?.[0]?.nodePort ?? 0;
    assert.ok(port >= 30_000 && port <= 32_767);
    const other = service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }, 'other');
    await assert.rejects(
      allocate(serviceDefinition(), service({ type: 'NodePort', ports: [{ port: 80, nodePort: 30_080 }] }), lend([other])),
      saying('spec.ports[0].nodePort: Invalid value: 30080: provided port is already allocated'),
    );
  });

  it('leaves what it was given as it is', async () => {
    const draft = service({});
    const before = draft['spec'] as object;
    Object.freeze(before);
    await allocate(serviceDefinition(), draft, lend([]));
    assert.equal('clusterIP' in before, false);
  });
});

const refusals: readonly { name: string; spec: Record<string, unknown>; error: string }[] = [
  { name: 'no ports', spec: { ports: [] }, error: 'spec.ports: Required value' },
  { name: 'nameless ports', spec: { ports: [{ port: 80 }, { port: 81 }] }, error: 'spec.ports[0].name: Required value' },
  { name: 'port 0', spec: { ports: [{ port: 0 }] }, error: 'spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive' },
  {
    name: 'an unknown type',
    spec: { type: 'Magic' },
    error: 'spec.type: Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
  },
  {
    name: 'node ports inside the cluster',
    spec: { ports: [{ port: 80, nodePort: 30_080 }] },
    error: "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
  },
  { name: 'an ExternalName without name', spec: { type: 'ExternalName' }, error: 'spec.externalName: Required value' },
  {
    name: 'loopback from outside',
    spec: { externalIPs: ['127.0.0.1'] },
    error: 'spec.externalIPs[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)',
  },
];

describe('validation of services', () => {
  const definition = serviceDefinition();
  for (const { name, spec, error } of refusals) {
    it(`refuses ${name}`, () => assert.ok((definition.validate?.(service(spec), context) ?? []).map(fieldErrorText).includes(error)));
  }

  it('keeps the address of a service that an update leaves out', () => {
    const old = service({ clusterIP: '10.96.0.9' });
    const draft = service({});
    definition.prepareForUpdate?.(draft, old, context);
    assert.equal((draft['spec'] as Spec).clusterIP, '10.96.0.9');
    assert.deepEqual(definition.validateUpdate?.(draft, old, context), []);
  });

  it('refuses another address', () => {
    const errors = definition.validateUpdate?.(service({ clusterIP: '10.96.0.8' }), service({ clusterIP: '10.96.0.9' }), context) ?? [];
    assert.deepEqual(errors.map(fieldErrorText), ['spec.clusterIPs[0]: Invalid value: ["10.96.0.8"]: may not change once set']);
  });
});
