import assert from 'node:assert/strict';
import { existsSync, globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { Container, Volume } from '../../src/api/generated/core-v1.ts';
import { callApi } from '../fixtures/api-request.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { canRunContainers, eventually, startTestCluster } from '../fixtures/cluster.ts';
import { testImages } from '../fixtures/images/index.ts';
import { assertSome, conditionOf, podOf, shell, statusOf, stay, workbenchOf, writing } from '../fixtures/workload.ts';

const configMap = (name: string, data: Record<string, string>): object => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data });
const at = (mountPath: string, rest: object = {}): Pick<Container, 'volumeMounts'> => ({ volumeMounts: [{ name: 'v', mountPath, ...rest }] });
const one = (volume: Omit<Volume, 'name'>): { volumes: Volume[] } => ({ volumes: [{ name: 'v', ...volume }] });

describe('volumes', { concurrency: 4, skip: canRunContainers ? false : 'needs root, containerd, runc and the CNI plugins' }, () => {
  let cluster: TestCluster;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    cluster = await startTestCluster({ images: await testImages('busybox') });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  describe('that are empty at first', () => {
    it('are shared by the containers of a pod, outlive a restart, and go with the pod', async () => {
      await bench.create(
        podOf(
          'shared',
          [
            shell(`echo written > /a/file; ${stay}`, { ...at('/a') }),
            shell(`until [ -f /b/die ]; do sleep 0.1; done; rm /b/die; exit 1`, { name: 'other', ...at('/b') }),
          ],
          one({ emptyDir: {} }),
        ),
      );
      const { metadata } = await bench.podReady('shared');
      await eventually(async () => assert.equal(await bench.exec('shared', 'cat /b/file', 'other'), 'written\n'));
      await bench.exec('shared', 'touch /b/die', 'other');
      await bench.podWhen('shared', (pod) => {
        assert.equal(statusOf(pod, 'other').restartCount, 1);
        assert.ok(statusOf(pod, 'other').state?.running);
      });
      assert.equal(await bench.exec('shared', 'cat /b/file', 'other'), 'written\n');
      const kept = (): string[] => globSync(`nodes/*/pods/${metadata.uid}/volumes/*/v/file`, { cwd: cluster.dataDirectory });
      assert.equal(kept().length, 1);
      await bench.kubectl('delete', 'pod', 'shared');
      await eventually(() => assert.deepEqual(kept(), []));
    });

    it('in memory are as large as they may be', async () => {
      await bench.create(
        podOf('in-memory', [writing('df -k /cache | tail -1; dd if=/dev/zero of=/cache/x bs=1M count=17 2>&1 | head -1', at('/cache'))], {
          restartPolicy: 'Never',
          ...one({ emptyDir: { medium: 'Memory', sizeLimit: '16Mi' } }),
        }),
      );
      assert.match(await bench.written('in-memory'), /^tmpfs +16384 .* \/cache\n.*No space left on device\n$/);
    });

    it('belong to the group of their pod', async () => {
      const script = 'stat -c "%a %g" /data; id -G | tr " " "\\n" | sort -n | xargs; touch /data/own && stat -c %g /data/own';
      await bench.create(
        podOf('grouped', [writing(script, at('/data'))], {
          restartPolicy: 'Never',
          securityContext: { runAsUser: 1000, runAsGroup: 3000, fsGroup: 2000 },
          ...one({ emptyDir: {} }),
        }),
      );
      assert.equal(await bench.written('grouped'), '2777 2000\n2000 3000\n2000\n');
    });
  });

  describe('of the host', () => {
    it('are used as they are, or made', async () => {
      const [file, fresh] = ['given', 'fresh'].map((name) => join(cluster.directory, name)) as [string, string];
      writeFileSync(file, 'from the host\n');
      const volumes: Volume[] = [
        { name: 'file', hostPath: { path: file, type: 'File' } },
        { name: 'fresh', hostPath: { path: fresh, type: 'DirectoryOrCreate' } },
      ];
      const volumeMounts = [
        { name: 'file', mountPath: '/given', readOnly: true },
        { name: 'fresh', mountPath: '/fresh' },
      ];
      await bench.create(
        podOf('on-host', [writing('exec 2>&1; cat /given; echo to the host > /fresh/back; echo x > /given', { volumeMounts })], {
          restartPolicy: 'Never',
          volumes,
        }),
      );
      assert.equal(await bench.written('on-host'), "from the host\nsh: can't create /given: Read-only file system\n");
      assert.equal(readFileSync(join(fresh, 'back'), 'utf8'), 'to the host\n');
      await bench.kubectl('delete', 'pod', 'on-host');
      assert.ok(existsSync(join(fresh, 'back')));
    });

    const refusals = [
      { type: 'File', text: 'a file' },
      { type: 'Directory', text: 'a directory' },
      { type: 'Socket', text: 'a socket file' },
      { type: 'CharDevice', text: 'a character device' },
    ] as const;
    for (const { type, text } of refusals) {
      it(`hold the pod back when they are not a ${type}`, async () => {
        const name = `not-a-${type.toLowerCase()}`;
        const path = join(cluster.directory, 'not-there');
        await bench.create(podOf(name, [shell(stay, at('/x'))], one({ hostPath: { path, type } })));
        await eventually(async () =>
          assertSome(
            await bench.events(name),
            `Warning FailedMount MountVolume.SetUp failed for volume "v" : hostPath type check failed: ${path} is not ${text}`,
          ),
        );
        assert.equal((await bench.row('pod', name))[2], 'ContainerCreating');
        await bench.kubectl('delete', 'pod', name, '--wait=false');
      });
    }
  });

  describe('of ConfigMaps', () => {
    it('hold chosen keys with modes, and cannot be written', async () => {
      await bench.create(configMap('settings', { a: 'one', b: 'two', c: 'three' }));
      const items = [
        { key: 'a', path: 'deep/er/a', mode: 0o400 },
        { key: 'b', path: 'b' },
      ];
      await bench.create(
        podOf(
          'chosen',
          [
            writing(
              'cd /etc/settings; find . -follow -type f | grep -v "/\\.\\." | sort; stat -L -c "%a" deep/er/a b; cat deep/er/a; touch x 2>&1; rm b 2>&1',
              at('/etc/settings'),
            ),
          ],
          { restartPolicy: 'Never', ...one({ configMap: { name: 'settings', defaultMode: 0o440, items } }) },
        ),
      );
      assert.equal(
        await bench.written('chosen'),
        "./b\n./deep/er/a\n400\n440\nonetouch: x: Read-only file system\nrm: can't remove 'b': Read-only file system\n",
      );
    });

    it('change with them, all files at once, but not where a single file is mounted', async () => {
      await bench.create(configMap('changing', { left: '1', right: '1' }));
      const volumeMounts = [
        { name: 'v', mountPath: '/all' },
        { name: 'v', mountPath: '/single', subPath: 'left' },
      ];
      await bench.create(podOf('reloading', [shell(stay, { volumeMounts })], one({ configMap: { name: 'changing' } })));
      await bench.podReady('reloading');
      assert.equal(await bench.exec('reloading', 'cat /all/left /all/right /single'), '111');
      await bench.kubectl('patch', 'configmap', 'changing', '-p', '{"data":{"left":"2","right":null,"new":"2"}}');
      await eventually(async () => assert.equal(await bench.exec('reloading', 'cd /all; echo $(ls) $(cat *) $(cat /single)'), 'left new 22 1\n'));
      assert.match(await bench.exec('reloading', 'readlink /all/left; readlink /all/..data'), /^\.\.data\/left\n\.\.\d{4}_/);
    });

    it('that are missing are waited for', async () => {
      await bench.create(podOf('waiting', [shell(stay, at('/x'))], one({ configMap: { name: 'later' } })));
      await eventually(async () =>
        assertSome(await bench.events('waiting'), 'Warning FailedMount MountVolume.SetUp failed for volume "v" : configmap "later" not found'),
      );
      const held = await bench.pod('waiting');
      assert.deepEqual([statusOf(held).state, conditionOf(held, 'PodReadyToStartContainers').status], [{ waiting: { reason: 'ContainerCreating' } }, 'False']);
      await bench.create(configMap('later', { a: 'now' }));
      await bench.podWhen('waiting', (pod) => assert.ok(statusOf(pod).state?.running));
      assert.equal(await bench.exec('waiting', 'cat /x/a'), 'now');
    });

    it('that are missing are left out when they are optional', async () => {
      await bench.create(podOf('content', [shell(stay, at('/x'))], one({ configMap: { name: 'perhaps', optional: true } })));
      await bench.podReady('content');
      assert.equal(await bench.exec('content', 'ls /x'), '');
      await bench.create(configMap('perhaps', { a: 'after all' }));
      await eventually(async () => assert.equal(await bench.exec('content', 'cat /x/a'), 'after all'));
    });
  });

  it('of Secrets hold their bytes, in memory', async () => {
    await bench.create({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'bytes' }, data: { key: Buffer.from([0, 255, 10, 13]).toString('base64') } });
    await bench.create(
      podOf('secretive', [writing('od -An -tx1 /s/key; grep " /s " /proc/mounts | cut -d" " -f3; stat -L -c %a /s/key', at('/s'))], {
        restartPolicy: 'Never',
        ...one({ secret: { secretName: 'bytes', defaultMode: 0o400 } }),
      }),
    );
    assert.equal(await bench.written('secretive'), ' 00 ff 0a 0d\ntmpfs\n400\n');
  });

  describe('of the pod itself', () => {
    it('show its labels, as they change', async () => {
      const items = [
        { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
        { path: 'notes', fieldRef: { fieldPath: 'metadata.annotations' } },
        { path: 'name', fieldRef: { fieldPath: 'metadata.name' } },
        { path: 'memory', resourceFieldRef: { containerName: 'main', resource: 'limits.memory', divisor: '1Mi' } },
      ];
      await bench.create(
        podOf('introspective', [shell(stay, { ...at('/info'), resources: { limits: { memory: '48Mi' } } })], one({ downwardAPI: { items } }), {
          labels: { b: '2', a: '1' },
          annotations: { note: 'say "hi"' },
        }),
      );
      await bench.podReady('introspective');
      assert.equal(
        await bench.exec('introspective', 'cd /info; cat labels; echo; cat notes; echo; cat name; echo; cat memory'),
        'a="1"\nb="2"\nnote="say \\"hi\\""\nintrospective\n48',
      );
      await bench.kubectl('label', 'pod', 'introspective', 'c=3', 'a-');
      await eventually(async () => assert.equal(await bench.exec('introspective', 'cat /info/labels'), 'b="2"\nc="3"'));
    });

    it('hold what proves who it is, until it is gone', async () => {
      await bench.create(podOf('known', [shell(stay)]));
      const { metadata } = await bench.podReady('known');
      const directory = '/var/run/secrets/kubernetes.io/serviceaccount';
      assert.equal(await bench.exec('known', `ls ${directory}; cat ${directory}/namespace`), 'ca.crt\nnamespace\ntoken\ndefault');
      assert.equal(
        (await bench.exec('known', `cat ${directory}/ca.crt`)).trim(),
        readFileSync(join(cluster.dataDirectory, 'certificates/ca.crt'), 'utf8').trim(),
      );
      const token = await bench.exec('known', `cat ${directory}/token`);
      const review = { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' };
      const whoAmI = (): ReturnType<typeof callApi<{ status?: { userInfo?: Record<string, unknown> } }>> =>
        callApi(cluster, '/apis/authentication.k8s.io/v1/selfsubjectreviews', { method: 'POST', body: review, credentials: { token } });
      const { code, body } = await whoAmI();
      assert.equal(code, 201);
      const extra = body.status?.userInfo?.['extra'] as Record<string, string[]>;
      assert.equal(body.status?.userInfo?.['username'], 'system:serviceaccount:default:default');
      assert.deepEqual([extra['authentication.kubernetes.io/pod-name'], extra['authentication.kubernetes.io/pod-uid']], [['known'], [metadata.uid]]);
      const denied = await callApi(cluster, '/api/v1/namespaces/default/pods', { credentials: { token } });
      assert.deepEqual(
        [denied.code, denied.body.message],
        [403, 'pods is forbidden: User "system:serviceaccount:default:default" cannot list resource "pods" in API group "" in the namespace "default"'],
      );
      // The address that programs in pods use.
      await bench.exec('known', 'nc -w 5 $KUBERNETES_SERVICE_HOST $KUBERNETES_SERVICE_PORT < /dev/null');
      await bench.kubectl('delete', 'pod', 'known');
      await eventually(async () => assert.equal((await whoAmI()).code, 401));
    });

    it('can be without that', async () => {
      await bench.create(podOf('unknown', [writing('ls /var/run/secrets 2>&1')], { restartPolicy: 'Never', automountServiceAccountToken: false }));
      assert.equal(await bench.written('unknown'), 'ls: /var/run/secrets: No such file or directory\n');
    });

    it('join several sources', async () => {
      await bench.create(configMap('part', { from: 'config' }), {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { name: 'part' },
        stringData: { hidden: 'secret' },
      });
      const sources = [
        { configMap: { name: 'part', items: [{ key: 'from', path: 'sub/from' }] } },
        { secret: { name: 'part' } },
        { downwardAPI: { items: [{ path: 'name', fieldRef: { fieldPath: 'metadata.name' } }] } },
        { serviceAccountToken: { path: 'vault-token', audience: 'vault', expirationSeconds: 1200 } },
      ];
      await bench.create(
        podOf('joined', [writing('cd /p; cat sub/from hidden name; echo; stat -L -c "%a %g" hidden vault-token; cut -d. -f2 vault-token', at('/p'))], {
          restartPolicy: 'Never',
          securityContext: { fsGroup: 2000 },
          ...one({ projected: { sources, defaultMode: 0o400 } }),
        }),
      );
      const [contents, hidden, token, claims] = (await bench.written('joined')).trim().split('\n');
      assert.deepEqual([contents, hidden, token], ['configsecretjoined', '440 2000', '640 2000']);
      const { aud, exp, iat } = JSON.parse(Buffer.from(claims!, 'base64url').toString()) as { aud: string[]; exp: number; iat: number };
      assert.deepEqual({ aud, seconds: exp - iat }, { aud: ['vault'], seconds: 1200 });
    });
  });

  describe('are mounted in part', () => {
    it('by paths that variables name', async () => {
      const env = [{ name: 'SELF', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } }];
      const path = join(cluster.directory, 'parts');
      mkdirSync(path);
      await bench.create(
        podOf('partly', [shell('echo mine > /own/file', { env, ...at('/own', { subPathExpr: 'of-$(SELF)' }) })], {
          restartPolicy: 'Never',
          ...one({ hostPath: { path } }),
        }),
      );
      await bench.podInPhase('partly', 'Succeeded');
      assert.equal(readFileSync(join(path, 'of-partly/file'), 'utf8'), 'mine\n');
    });

    it('never through a link that leads out of them', async () => {
      const path = join(cluster.directory, 'trap');
      await bench.create(
        podOf('trapper', [shell('ln -s / /v/out', at('/v'))], { restartPolicy: 'Never', ...one({ hostPath: { path, type: 'DirectoryOrCreate' } }) }),
      );
      await bench.podInPhase('trapper', 'Succeeded');
      await bench.create(podOf('trapped', [shell('ls /in', at('/in', { subPath: 'out/etc' }))], { restartPolicy: 'Never', ...one({ hostPath: { path } }) }));
      const pod = await bench.podWhen('trapped', (current) => assert.ok(statusOf(current).state?.waiting?.message));
      assert.equal(statusOf(pod).state?.waiting?.reason, 'CreateContainerConfigError');
      assert.match(statusOf(pod).state?.waiting?.message ?? '', /^failed to prepare subPath for volumeMount "v" of container "main"/);
      await bench.kubectl('delete', 'pod', 'trapped');
    });

    it('never above them', async () => {
      const { code, stderr } = await cluster.kubectl(['create', '-f', '-'], {
        input: JSON.stringify(podOf('above', [shell(stay, at('/x', { subPath: '../up' }))], one({ emptyDir: {} }))),
      });
      assert.equal(code, 1);
      assert.match(stderr, /^The Pod "above" is invalid: spec\.containers\[0\]\.volumeMounts\.subPath: Invalid value: "\.\.\/up": must not contain '\.\.'$/m);
    });
  });

  it('are read-only where they are mounted so', async () => {
    const volumeMounts = [
      { name: 'v', mountPath: '/rw' },
      { name: 'v', mountPath: '/ro', readOnly: true },
    ];
    await bench.create(
      podOf('half', [writing('echo x > /rw/file; cat /ro/file; touch /ro/file2 2>&1', { volumeMounts })], { restartPolicy: 'Never', ...one({ emptyDir: {} }) }),
    );
    assert.equal(await bench.written('half'), 'x\ntouch: /ro/file2: Read-only file system\n');
  });
});
