import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Pod, PodStatus } from '../../../api/generated/core-v1.ts';
import type { ObservedPod } from '../pod/observed-pod.ts';
import { exitedContainer, observedContainer, testContainer, testObserved, testPod, testSandbox } from '../testing/pods.ts';
import { type PodStatusInput, podStatus } from './pod-status.ts';

const statusOf = (pod: Pod, observed: ObservedPod, options: Partial<PodStatusInput> = {}): PodStatus =>
  podStatus({
    pod,
    observed,
    hostIps: ['192.0.2.1'],
    nowText: '2026-01-01T00:00:00Z',
    startTime: '2026-01-01T00:00:00Z',
    runtimeName: 'containerd',
    isEnding: false,
    startFailure: () => undefined,
    hasStarted: () => true,
    isReady: () => true,
    ...options,
  });
const nothing = testObserved([], []);
const two = { containers: [testContainer('a'), testContainer('b')] };
const withInit = { initContainers: [testContainer('setup')] };
const withSidecar = { initContainers: [testContainer('proxy', { restartPolicy: 'Always' })] };

describe('pod phase', () => {
  const cases: { name: string; pod: Pod; observed: ObservedPod; options?: Partial<PodStatusInput>; want: string }[] = [
    { name: 'is Pending before anything is there', pod: testPod(), observed: nothing, want: 'Pending' },
    { name: 'is Pending while one container is still missing', pod: testPod(two), observed: testObserved([observedContainer('a')]), want: 'Pending' },
    {
      name: 'is Running when all containers have started',
      pod: testPod(two),
      observed: testObserved([observedContainer('a'), observedContainer('b')]),
      want: 'Running',
    },
    {
      name: 'is Running when one of two has ended',
      pod: testPod({ ...two, restartPolicy: 'Never' }),
      observed: testObserved([observedContainer('a'), exitedContainer('b', 1)]),
      want: 'Running',
    },
    {
      name: 'is Succeeded when all succeeded and nothing restarts',
      pod: testPod({ restartPolicy: 'Never' }),
      observed: testObserved([exitedContainer('web', 0)]),
      want: 'Succeeded',
    },
    {
      name: 'is Failed when one failed and nothing restarts',
      pod: testPod({ ...two, restartPolicy: 'Never' }),
      observed: testObserved([exitedContainer('a', 0), exitedContainer('b', 1)]),
      want: 'Failed',
    },
    {
      name: 'is Running while a failed container comes back',
      pod: testPod({ restartPolicy: 'OnFailure' }),
      observed: testObserved([exitedContainer('web', 1)]),
      want: 'Running',
    },
    {
      name: 'is Running under Always even after success',
      pod: testPod({ restartPolicy: 'Always' }),
      observed: testObserved([exitedContainer('web', 0)]),
      want: 'Running',
    },
    { name: 'is Pending while an init container runs', pod: testPod(withInit), observed: testObserved([observedContainer('setup')]), want: 'Pending' },
    {
      name: 'is Failed when an init container failed under Never',
      pod: testPod({ ...withInit, restartPolicy: 'Never' }),
      observed: testObserved([exitedContainer('setup', 1)]),
      want: 'Failed',
    },
    {
      name: 'is Pending when an init container will be tried again',
      pod: testPod(withInit),
      observed: testObserved([exitedContainer('setup', 1)]),
      want: 'Pending',
    },
    {
      name: 'is Succeeded although a sidecar still runs',
      pod: testPod({ ...withSidecar, restartPolicy: 'Never' }),
      observed: testObserved([observedContainer('proxy'), exitedContainer('web', 0)]),
      want: 'Succeeded',
    },
    { name: 'is Failed when a pod ends before it ran', pod: testPod(), observed: nothing, options: { isEnding: true }, want: 'Failed' },
    { name: 'stays Succeeded once it was', pod: { ...testPod(), status: { phase: 'Succeeded' } }, observed: nothing, want: 'Succeeded' },
  ];
  for (const { name, pod, observed, options, want } of cases) it(name, () => assert.equal(statusOf(pod, observed, options).phase, want));
});

describe('container statuses', () => {
  it('say ContainerCreating before a container is there', () => {
    assert.deepEqual(statusOf(testPod(), nothing).containerStatuses, [
      {
        name: 'web',
        ready: false,
        started: false,
        restartCount: 0,
        image: 'web:1',
        imageID: '',
        lastState: {},
        state: { waiting: { reason: 'ContainerCreating' } },
      },
    ]);
  });

  it('say PodInitializing of containers that wait for init containers', () => {
    const status = statusOf(testPod(withInit), testObserved([observedContainer('setup')]));
    assert.deepEqual(status.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
    assert.deepEqual(status.initContainerStatuses?.[0], {
      name: 'setup',
      ready: false,
      started: false,
      restartCount: 0,
      image: 'setup:1',
      imageID: 'sha256:setup',
      containerID: 'containerd://setup-id',
      lastState: {},
      state: { running: { startedAt: '1970-01-01T00:00:01Z' } },
    });
  });

  it('show the end before last as lastState', () => {
    const observed = testObserved([
      observedContainer('web', { id: 'second', restartCount: 1 }),
      exitedContainer('web', 137, { id: 'first', reason: 'OOMKilled' }),
    ]);
    const [web] = statusOf(testPod(), observed).containerStatuses ?? [];
    assert.equal(web?.restartCount, 1);
    assert.equal(web?.containerID, 'containerd://second');
    assert.deepEqual(web?.lastState, {
      terminated: {
        exitCode: 137,
        reason: 'OOMKilled',
        startedAt: '1970-01-01T00:00:01Z',
        finishedAt: '1970-01-01T00:00:02Z',
        containerID: 'containerd://first',
      },
    });
  });

  it('wait in CrashLoopBackOff with how they ended as lastState', () => {
    const startFailure = () => ({ reason: 'CrashLoopBackOff', message: 'back-off 10s restarting failed container' });
    const [web] = statusOf(testPod(), testObserved([exitedContainer('web', 1)]), { startFailure }).containerStatuses ?? [];
    assert.deepEqual(web?.state, { waiting: startFailure() });
    assert.equal(web?.lastState?.terminated?.exitCode, 1);
  });

  it('keep how a container ended that was cleaned up', () => {
    const ended = {
      name: 'web',
      ready: false,
      restartCount: 2,
      image: 'web:1',
      imageID: 'x',
      containerID: 'containerd://gone',
      state: { terminated: { exitCode: 0, containerID: 'containerd://gone' } },
    };
    const pod = { ...testPod({ restartPolicy: 'Never' }), status: { phase: 'Succeeded' as const, containerStatuses: [ended] } };
    const [web] = statusOf(pod, nothing, { isEnding: true }).containerStatuses ?? [];
    assert.deepEqual(web?.state, ended.state);
    assert.equal(web?.restartCount, 2);
  });

  const lost = { exitCode: 137, reason: 'ContainerStatusUnknown', message: 'The container could not be located when the pod was terminated' };
  it('say how a container ended that nobody saw ending, once the pod is over', () => {
    const before = { name: 'web', ready: true, restartCount: 0, image: 'web:1', imageID: 'x', containerID: 'containerd://gone', state: { running: {} } };
    const pod = { ...testPod({ restartPolicy: 'Never' }), status: { phase: 'Running' as const, containerStatuses: [before] } };
    const first = statusOf(pod, nothing);
    const over = statusOf({ ...pod, status: first }, nothing, { isEnding: true });
    assert.deepEqual([over.phase, over.containerStatuses?.[0]?.state], ['Failed', { terminated: lost }]);
  });

  it('of containers that waited for an init container stay as they are when the pod is over', () => {
    const over = statusOf(testPod(withInit), testObserved([exitedContainer('setup', 1)]), { isEnding: true });
    assert.deepEqual(over.containerStatuses?.[0]?.state, { waiting: { reason: 'PodInitializing' } });
  });

  it('are sorted by name', () => {
    const names = statusOf(testPod({ containers: [testContainer('z'), testContainer('a')] }), nothing).containerStatuses?.map(({ name }) => name);
    assert.deepEqual(names, ['a', 'z']);
  });

  it('show requests as allocated and limits while running', () => {
    const resources = { requests: { cpu: '100m' }, limits: { cpu: '1' } };
    const [web] = statusOf(testPod({ containers: [testContainer('web', { resources })] }), testObserved([observedContainer('web')])).containerStatuses ?? [];
    assert.deepEqual([web?.allocatedResources, web?.resources], [{ cpu: '100m' }, resources]);
  });
});

describe('pod conditions', () => {
  const texts = (status: PodStatus): string[] =>
    (status.conditions ?? []).map(({ type, status: is, reason, message }) => [type, is, reason, message].filter(Boolean).join(' '));
  const cases: { name: string; pod: Pod; observed: ObservedPod; options?: Partial<PodStatusInput>; want: string[] }[] = [
    {
      name: 'of a pod that starts',
      pod: testPod(two),
      observed: testObserved([observedContainer('a')]),
      want: [
        'PodReadyToStartContainers True',
        'Initialized True',
        'Ready False ContainersNotReady containers with unready status: [b]',
        'ContainersReady False ContainersNotReady containers with unready status: [b]',
        'PodScheduled True',
      ],
    },
    {
      name: 'of a pod without a sandbox',
      pod: testPod(),
      observed: nothing,
      want: [
        'PodReadyToStartContainers False',
        'Initialized True',
        'Ready False ContainersNotReady containers with unready status: [web]',
        'ContainersReady False ContainersNotReady containers with unready status: [web]',
        'PodScheduled True',
      ],
    },
    {
      name: 'of a ready pod',
      pod: testPod(),
      observed: testObserved([observedContainer('web')]),
      want: ['PodReadyToStartContainers True', 'Initialized True', 'Ready True', 'ContainersReady True', 'PodScheduled True'],
    },
    {
      name: 'of a pod whose init container runs',
      pod: testPod(withInit),
      observed: testObserved([observedContainer('setup')]),
      want: [
        'PodReadyToStartContainers True',
        'Initialized False ContainersNotInitialized containers with incomplete status: [setup]',
        'Ready False ContainersNotReady containers with unready status: [web]',
        'ContainersReady False ContainersNotReady containers with unready status: [web]',
        'PodScheduled True',
      ],
    },
    {
      name: 'of a pod that is done',
      pod: testPod({ restartPolicy: 'Never' }),
      observed: testObserved([exitedContainer('web', 0)], [testSandbox({ state: 'not-ready' })]),
      want: [
        'PodReadyToStartContainers False',
        'Initialized True PodCompleted',
        'Ready False PodCompleted',
        'ContainersReady False PodCompleted',
        'PodScheduled True',
      ],
    },
    {
      name: 'of a pod whose readiness gate is missing',
      pod: testPod({ readinessGates: [{ conditionType: 'example.com/gate' }] }),
      observed: testObserved([observedContainer('web')]),
      want: [
        'PodReadyToStartContainers True',
        'Initialized True',
        'Ready False ReadinessGatesNotReady corresponding condition of pod readiness gate "example.com/gate" does not exist.',
        'ContainersReady True',
        'PodScheduled True',
      ],
    },
  ];
  for (const { name, pod, observed, options, want } of cases) it(name, () => assert.deepEqual(texts(statusOf(pod, observed, options)), want));

  it('keep their time of transition while their status stays', () => {
    const before = { type: 'Ready', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' };
    const pod = { ...testPod(), status: { conditions: [before] } };
    const ready = (isReady: boolean): string | undefined =>
      statusOf(pod, testObserved([observedContainer('web')]), { isReady: () => isReady }).conditions?.find(({ type }) => type === 'Ready')?.lastTransitionTime;
    assert.deepEqual([ready(true), ready(false)], ['2025-01-01T00:00:00Z', '2026-01-01T00:00:00Z']);
  });
});
