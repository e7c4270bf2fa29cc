import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod } from '../../../api/generated/core-v1.ts';
import { exitedContainer, observedContainer, testContainer, testObserved, testPod, testSandbox } from '../testing/pods.ts';
import type { ObservedPod } from './observed-pod.ts';
import { type ProbeVerdicts, podActions } from './pod-actions.ts';

const fine: ProbeVerdicts = { failed: () => undefined, hasStarted: () => true };
const sidecar = testContainer('proxy', { restartPolicy: 'Always' });

/** `finished`, or what is to be done, in order. */
function summary(pod: Pod, observed: ObservedPod, verdicts: ProbeVerdicts = fine): string[] {
  const { isFinished, createSandbox, kill, startInit, start, startEphemeral } = podActions(pod, observed, verdicts);
  if (isFinished) return ['finished'];
  const names = (verb: string, containers: readonly { name: string }[]): string[] => containers.map(({ name }) => `${verb} ${name}`);
  return [
    ...(createSandbox ? [`sandbox ${createSandbox.attempt}`] : []),
    ...kill.map(({ container, reason }) => `kill ${container.metadata.name} (${reason})`),
    ...names('ephemeral', startEphemeral),
    ...names('init', startInit),
    ...names('start', start),
  ];
}

describe('what to do for a pod', () => {
  const cases: { name: string; pod: Pod; observed: ObservedPod; verdicts?: ProbeVerdicts; want: string[] }[] = [
    {
      name: 'makes a sandbox and starts everything',
      pod: testPod({ containers: [testContainer('a'), testContainer('b')] }),
      observed: testObserved([], []),
      want: ['sandbox 0', 'start a', 'start b'],
    },
    {
      name: 'starts only the first init container in a new sandbox',
      pod: testPod({ initContainers: [testContainer('one'), testContainer('two')] }),
      observed: testObserved([], []),
      want: ['sandbox 0', 'init one'],
    },
    {
      name: 'replaces a sandbox that is gone bad, with the next attempt',
      pod: testPod(),
      observed: testObserved([observedContainer('web')], [testSandbox({ state: 'not-ready' })]),
      want: ['sandbox 1', 'start web'],
    },
    { name: 'replaces a sandbox without an address', pod: testPod(), observed: testObserved([], [testSandbox({ ips: [] })]), want: ['sandbox 1', 'start web'] },
    {
      name: 'lets a host-network sandbox be without an address',
      pod: testPod({ hostNetwork: true }),
      observed: testObserved([observedContainer('web')], [testSandbox({ ips: [] })]),
      want: [],
    },
    {
      name: 'does not run a pod twice that must not restart',
      pod: testPod({ restartPolicy: 'Never' }),
      observed: testObserved([exitedContainer('web', 1)], [testSandbox({ state: 'not-ready' })]),
      want: ['finished'],
    },
    { name: 'does nothing while all runs', pod: testPod(), observed: testObserved([observedContainer('web')]), want: [] },
    {
      name: 'starts again what failed',
      pod: testPod({ restartPolicy: 'OnFailure' }),
      observed: testObserved([exitedContainer('web', 1)]),
      want: ['start web'],
    },
    { name: 'starts again what ended, under Always', pod: testPod(), observed: testObserved([exitedContainer('web', 0)]), want: ['start web'] },
    {
      name: 'is finished when all is done',
      pod: testPod({ restartPolicy: 'OnFailure' }),
      observed: testObserved([exitedContainer('web', 0)]),
      want: ['finished'],
    },
    {
      name: 'is finished when only sidecars run',
      pod: testPod({ restartPolicy: 'Never', initContainers: [sidecar] }),
      observed: testObserved([observedContainer('proxy'), exitedContainer('web', 0)]),
      want: ['finished'],
    },
    {
      name: 'replaces a container whose image changed',
      pod: testPod({ containers: [testContainer('web', { image: 'web:2' })] }),
      observed: testObserved([observedContainer('web')]),
      want: ['kill web (changed)', 'start web'],
    },
    {
      name: 'restarts what failed its liveness probe',
      pod: testPod(),
      observed: testObserved([observedContainer('web')]),
      verdicts: { ...fine, failed: () => 'liveness' },
      want: ['kill web (liveness)', 'start web'],
    },
    {
      name: 'only kills what failed its probe, under Never',
      pod: testPod({ restartPolicy: 'Never', containers: [testContainer('web'), testContainer('b')] }),
      observed: testObserved([observedContainer('web'), observedContainer('b')]),
      verdicts: { ...fine, failed: (id) => (id === 'web-id' ? 'startup' : undefined) },
      want: ['kill web (startup)'],
    },
    {
      name: 'starts ephemeral containers once',
      pod: testPod({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }),
      observed: testObserved([observedContainer('web')]),
      want: ['ephemeral debug'],
    },
    {
      name: 'leaves ended ephemeral containers alone',
      pod: testPod({ ephemeralContainers: [{ name: 'debug', image: 'busybox' }] }),
      observed: testObserved([observedContainer('web'), exitedContainer('debug', 1)]),
      want: [],
    },
    {
      name: 'restarts by the container rules before the policy',
      pod: testPod({
        restartPolicy: 'Never',
        containers: [testContainer('web', { restartPolicyRules: [{ action: 'Restart', exitCodes: { operator: 'In', values: [42] } }] })],
      }),
      observed: testObserved([exitedContainer('web', 42)]),
      want: ['start web'],
    },
  ];
  for (const { name, pod, observed, verdicts, want } of cases) it(name, () => assert.deepEqual(summary(pod, observed, verdicts), want));
});

describe('init containers', () => {
  const pod = testPod({ initContainers: [testContainer('one'), sidecar, testContainer('two')] });
  const cases: { name: string; observed: ObservedPod; verdicts?: ProbeVerdicts; pod?: Pod; want: string[] }[] = [
    { name: 'wait while one runs', observed: testObserved([observedContainer('one')]), want: [] },
    { name: 'go on after success', observed: testObserved([exitedContainer('one', 0)]), want: ['init proxy'] },
    {
      name: 'wait for a sidecar to have started',
      observed: testObserved([exitedContainer('one', 0), observedContainer('proxy')]),
      verdicts: { ...fine, hasStarted: () => false },
      want: [],
    },
    { name: 'go on once the sidecar has started', observed: testObserved([exitedContainer('one', 0), observedContainer('proxy')]), want: ['init two'] },
    {
      name: 'restart a sidecar beside a running init container',
      observed: testObserved([exitedContainer('one', 0), exitedContainer('proxy', 1), observedContainer('two')]),
      want: ['init proxy'],
    },
    { name: 'are tried again', observed: testObserved([exitedContainer('one', 1)]), want: ['init one'] },
    {
      name: 'fail the pod under Never',
      pod: testPod({ restartPolicy: 'Never', initContainers: [testContainer('one')] }),
      observed: testObserved([exitedContainer('one', 1)]),
      want: ['finished'],
    },
    {
      name: 'let the containers start',
      observed: testObserved([exitedContainer('one', 0), observedContainer('proxy'), exitedContainer('two', 0)]),
      want: ['start web'],
    },
    { name: 'keep sidecars alive while the pod runs', observed: testObserved([exitedContainer('proxy', 0), observedContainer('web')]), want: ['init proxy'] },
    { name: 'do not run again while the pod runs', observed: testObserved([observedContainer('proxy'), observedContainer('web')]), want: [] },
  ];
  for (const { name, observed, verdicts, pod: own, want } of cases) it(name, () => assert.deepEqual(summary(own ?? pod, observed, verdicts), want));
});
