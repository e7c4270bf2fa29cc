import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSecurityContext, SecurityContext } from '../../../api/generated/core-v1.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { containerSecurity, verifyNonRoot } from './security-context.ts';

const root = { uid: 0, username: '' };
const setup = (pod: PodSecurityContext, container: SecurityContext = {}) => {
  const web = testContainer('web', { securityContext: container });
  return { pod: testPod({ containers: [web], securityContext: pod }), web };
};

describe('runAsNonRoot', () => {
  const where = '(pod: "pod_default(uid-1)", container: web)';
  const cases: { name: string; pod: PodSecurityContext; container?: SecurityContext; image: { uid?: number; username: string }; want?: string }[] = [
    { name: 'refuses an image of root', pod: { runAsNonRoot: true }, image: root, want: `container has runAsNonRoot and image will run as root ${where}` },
    {
      name: 'refuses an explicit root',
      pod: { runAsNonRoot: true },
      container: { runAsUser: 0 },
      image: root,
      want: `container's runAsUser breaks non-root policy ${where}`,
    },
    {
      name: 'refuses a user that is only a name',
      pod: { runAsNonRoot: true },
      image: { username: 'www' },
      want: `container has runAsNonRoot and image has non-numeric user (www), cannot verify user is non-root ${where}`,
    },
    { name: 'takes a numeric user of the image', pod: { runAsNonRoot: true }, image: { uid: 101, username: '' } },
    { name: 'takes a user of the pod', pod: { runAsNonRoot: true, runAsUser: 1000 }, image: root },
    { name: 'can be lifted by the container', pod: { runAsNonRoot: true }, container: { runAsNonRoot: false }, image: root },
  ];
  for (const { name, pod, container, image, want } of cases) {
    it(name, () => {
      const { pod: owner, web } = setup(pod, container);
      if (want) assert.throws(() => verifyNonRoot(owner, web, image), { message: want });
      else verifyNonRoot(owner, web, image);
    });
  }
});

describe('what the runtime is told', () => {
  const told = (pod: PodSecurityContext, container: SecurityContext = {}, image: { uid?: number; username: string } = root) => {
    const { pod: owner, web } = setup(pod, container);
    return containerSecurity(owner, web, image);
  };
  it('prefers the container over the pod over the image', () => {
    assert.deepEqual(
      [
        told({ runAsUser: 1 }, { runAsUser: 2 }).runAsUser,
        told({ runAsUser: 1 }).runAsUser,
        told({}, {}, { uid: 7, username: '' }).runAsUser,
        told({}, {}, { username: 'www' }).runAsUsername,
      ],
      [2, 1, 7, 'www'],
    );
  });
  it('adds the fsGroup to the groups', () => assert.deepEqual(told({ fsGroup: 2000, supplementalGroups: [1] }).supplementalGroups, [1, 2000]));
  it('masks paths unless privileged', () =>
    assert.deepEqual(
      [told({}).maskedPaths.length > 0, told({}, { privileged: true }).maskedPaths, told({}, { procMount: 'Unmasked' }).readonlyPaths],
      [true, [], []],
    ));
  it('forbids new privileges only when asked', () =>
    assert.deepEqual([told({}).noNewPrivileges, told({}, { allowPrivilegeEscalation: false }).noNewPrivileges], [false, true]));
  it('inherits the seccomp profile', () =>
    assert.deepEqual([told({ seccompProfile: { type: 'RuntimeDefault' } }).seccomp, told({}).seccomp], [{ type: 'RuntimeDefault' }, { type: 'Unconfined' }]));
});
