import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { makeCommon } from '../../../api/common-parts.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { WriteContext } from '../../../extension-points/resources/contract.ts';
import { podDefinition } from './pods.ts';

const definition = podDefinition();

const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'a', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'a' },
};

const container = { name: 'a', image: 'i' };
const term = { labelSelector: { matchLabels: { a: 'b' } }, matchLabelKeys: ['app'], topologyKey: 't' };
const specs: { name: string; spec: Record<string, unknown> }[] = [
  { name: 'a plain one', spec: { containers: [container] } },
  { name: 'amounts', spec: { containers: [{ ...container, resources: { limits: { cpu: '1', memory: '1Gi' } } }] } },
  {
    name: 'faults',
    spec: {
      containers: [
        { name: 'A_', image: '' },
        { name: 'A_', image: ' i' },
      ],
      volumes: [{ name: 'x' }, { name: 'x' }],
    },
  },
  { name: 'nothing', spec: {} },
  {
    name: 'what is warned about',
    spec: { containers: [{ ...container, env: [{ name: 'E' }, { name: 'E' }] }], nodeSelector: { 'beta.kubernetes.io/os': 'linux' } },
  },
  {
    name: 'an ephemeral claim',
    spec: {
      containers: [container],
      volumes: [{ name: 'v', ephemeral: { volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } } } } }],
    },
  },
  { name: 'label keys', spec: { containers: [container], affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } } },
  { name: 'gates', spec: { containers: [container], schedulingGates: [{ name: 'example.com/gate' }] } },
];

/** Everything that a create asks of the definition after admission. */
function outcomeOf(name: string, app: string, spec: unknown): unknown {
  const draft = { apiVersion: 'v1', kind: 'Pod', metadata: { name, namespace: 'default', labels: { app } }, spec } as unknown as UntypedObject;
  definition.applyDefaults!(draft, 'v1');
  definition.prepareForCreate!(draft, context);
  const errors = definition.validate!(draft, context);
  const warnings = definition.warnings!(draft, undefined);
  return structuredClone({ draft, errors, warnings });
}

describe('pods that share their spec', () => {
  for (const { name, spec } of specs) {
    it(`are to the rules what pods with a spec of their own are: ${name}`, () => {
      const settled = { spec: structuredClone(spec) } as unknown as UntypedObject;
      definition.applyDefaults!({ ...settled, metadata: {} }, 'v1');
      const shared = makeCommon(settled['spec'] as object);
      const before = structuredClone(shared);
      for (const [podName, app] of [
        ['a', 'x'],
        ['b', 'y'],
        ['n'.repeat(253), 'x'],
        ['a', 'x'],
      ] as const) {
        assert.deepEqual(outcomeOf(podName, app, shared), outcomeOf(podName, app, structuredClone(spec)));
      }
      assert.deepEqual(shared, before);
    });
  }
});
