import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { configmaps, localsubjectaccessreviews, namespaces, nodes } from '../../../api/generated/resource-types.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import type { AdmissionRequest, Denied, MutationOutcome } from '../../../extension-points/admission/contract.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { createNamespaceLifecycle } from './namespace-lifecycle.ts';

const lookup = new MemoryLookup().put(
  namespaces,
  { metadata: { name: 'here' }, spec: {} },
  { metadata: { name: 'going' }, spec: {}, status: { phase: 'Terminating' } },
);
const plugin = createNamespaceLifecycle({ lookup });
const judge = (request: AdmissionRequest): MutationOutcome => plugin.mutate!(request, new AbortController().signal) as MutationOutcome;
const configMap = (namespace: string) => ({ metadata: { name: 'settings', namespace } });

describe('namespace lifecycle', () => {
  const allowed: { name: string; request: AdmissionRequest }[] = [
    { name: 'creating in a namespace that is there', request: admissionRequest(configmaps, { object: configMap('here') }) },
    {
      name: 'changing what is in a namespace that goes away',
      request: admissionRequest(configmaps, { object: configMap('going'), oldObject: configMap('going') }),
    },
    { name: 'deleting from a namespace that is gone', request: admissionRequest(configmaps, { oldObject: configMap('gone') }) },
    { name: 'cluster-scoped objects', request: admissionRequest(nodes, { object: { metadata: { name: 'one' } } }) },
    { name: 'creating a namespace', request: admissionRequest(namespaces, { object: { metadata: { name: 'new' } } }) },
    { name: 'deleting an ordinary namespace', request: admissionRequest(namespaces, { oldObject: { metadata: { name: 'here' } } }) },
    {
      name: 'asking what may be done in a namespace that is not there',
      request: admissionRequest(localsubjectaccessreviews, { object: { metadata: { namespace: 'gone' } } }),
    },
  ];
  for (const { name, request } of allowed) it(`allows ${name}`, () => assert.equal(judge(request).kind, 'allow'));

  const denied: { name: string; request: AdmissionRequest; code: number; message: string }[] = [
    {
      name: 'creating in a namespace that is not there',
      request: admissionRequest(configmaps, { object: configMap('gone') }),
      code: 404,
      message: 'namespaces "gone" not found',
    },
    {
      name: 'changing in a namespace that is not there',
      request: admissionRequest(configmaps, { object: configMap('gone'), oldObject: configMap('gone') }),
      code: 404,
      message: 'namespaces "gone" not found',
    },
    {
      name: 'creating in a namespace that goes away',
      request: admissionRequest(configmaps, { object: configMap('going') }),
      code: 403,
      message: 'configmaps "settings" is forbidden: unable to create new content in namespace going because it is being terminated',
    },
    ...['default', 'kube-system', 'kube-public'].map((name) => ({
      name: `deleting ${name}`,
      request: admissionRequest(namespaces, { oldObject: { metadata: { name } } }),
      code: 403,
      message: `namespaces "${name}" is forbidden: this namespace may not be deleted`,
    })),
  ];
  for (const { name, request, code, message } of denied) {
    it(`denies ${name}`, () => {
      const { error } = judge(request) as Denied;
      assert.deepEqual([error.code, error.message], [code, message]);
    });
  }

  it('says why creating fails in a namespace that goes away, for machines', () => {
    const { error } = judge(admissionRequest(configmaps, { object: configMap('going') })) as Denied;
    assert.deepEqual(error.details, {
      name: 'settings',
      kind: 'configmaps',
      causes: [{ reason: 'NamespaceTerminating', message: 'namespace going is being terminated', field: 'metadata.namespace' }],
    });
  });
});

admissionConformance({
  name: 'namespace-lifecycle',
  create: () => plugin,
  samples: [admissionRequest(configmaps, { object: configMap('here') }), admissionRequest(configmaps, { object: configMap('gone') })],
});
