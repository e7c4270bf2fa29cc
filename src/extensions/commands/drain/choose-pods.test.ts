import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { choosePods, type DrainRules } from './choose-pods.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const rules: DrainRules = {
  force: false,
  ignoresDaemonSets: false,
  deletesLocalData: false,
  skipAfterSeconds: 0,
  nowMs,
  daemonSetProblem: async () => undefined,
};
const ownedBy = (kind: string): Pod['metadata'] => ({
  name: 'x',
  namespace: 'ns',
  ownerReferences: [{ apiVersion: 'apps/v1', kind, name: 'owner', uid: 'u', controller: true }],
});
const pod = (metadata: Pod['metadata'], rest: Partial<Pick<Pod, 'spec' | 'status'>> = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata,
  spec: { containers: [] },
  ...rest,
});
const emptyDir = { spec: { containers: [], volumes: [{ name: 'v', emptyDir: {} }] } };

const cases: readonly {
  readonly name: string;
  readonly pod: Pod;
  readonly rules?: Partial<DrainRules>;
  readonly goes: boolean;
  readonly warnings?: string;
  readonly error?: string;
}[] = [
  { name: 'a pod of a replica set goes', pod: pod(ownedBy('ReplicaSet')), goes: true },
  {
    name: 'a pod of a daemon set forbids',
    pod: pod(ownedBy('DaemonSet')),
    goes: false,
    error: 'cannot delete DaemonSet-managed Pods (use --ignore-daemonsets to ignore): ns/x',
  },
  {
    name: 'a pod of a daemon set stays when those are ignored',
    pod: pod(ownedBy('DaemonSet')),
    rules: { ignoresDaemonSets: true },
    goes: false,
    warnings: 'ignoring DaemonSet-managed Pods: ns/x',
  },
  {
    name: 'a pod whose daemon set is gone forbids',
    pod: pod(ownedBy('DaemonSet')),
    rules: { daemonSetProblem: async () => ({ message: 'not found', isMissing: true }) },
    goes: false,
    error: 'cannot delete not found: ns/x',
  },
  {
    name: 'a pod whose daemon set is gone goes with force',
    pod: pod(ownedBy('DaemonSet')),
    rules: { force: true, daemonSetProblem: async () => ({ message: 'not found', isMissing: true }) },
    goes: true,
  },
  { name: 'a finished pod of a daemon set goes', pod: pod(ownedBy('DaemonSet'), { status: { phase: 'Succeeded' } }), goes: true },
  { name: 'a mirror pod stays', pod: pod({ name: 'x', namespace: 'ns', annotations: { 'kubernetes.io/config.mirror': 'h' } }), goes: false },
  {
    name: 'a pod with local data forbids',
    pod: pod(ownedBy('ReplicaSet'), emptyDir),
    goes: false,
    error: 'cannot delete Pods with local storage (use --delete-emptydir-data to override): ns/x',
  },
  { name: 'a pod with local data goes when that may be lost', pod: pod(ownedBy('ReplicaSet'), emptyDir), rules: { deletesLocalData: true }, goes: true },
  {
    name: 'a pod of nobody forbids',
    pod: pod({ name: 'x', namespace: 'ns' }),
    goes: false,
    error: 'cannot delete Pods that declare no controller (use --force to override): ns/x',
  },
  {
    name: 'a pod of nobody goes with force',
    pod: pod({ name: 'x', namespace: 'ns' }),
    rules: { force: true },
    goes: true,
    warnings: 'deleting Pods that declare no controller: ns/x',
  },
  { name: 'a failed pod of nobody goes', pod: pod({ name: 'x', namespace: 'ns' }, { status: { phase: 'Failed' } }), goes: true },
  {
    name: 'a pod that should long be gone is left alone',
    pod: pod({ name: 'x', namespace: 'ns', deletionTimestamp: '2026-01-01T00:00:00Z' }),
    rules: { skipAfterSeconds: 30 },
    goes: false,
  },
];

describe('a node is drained', () => {
  for (const { name, pod: subject, rules: more, goes, warnings = '', error } of cases)
    it(name, async () => {
      const chosen = await choosePods([subject], { ...rules, ...more });
      assert.deepEqual(
        { goes: chosen.pods.length === 1, warnings: chosen.warnings, errors: chosen.errors.map(({ message }) => message) },
        { goes, warnings, errors: error === undefined ? [] : [error] },
      );
    });
});
