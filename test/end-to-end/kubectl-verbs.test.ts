import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';

describe('stock kubectl against simulated nodes', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true, nodes: 3 });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
  });

  it('drain a node as far as budgets allow', async () => {
    await cluster.mustKubectl(['create', 'deployment', 'kept', '--image=busybox', '--replicas=3']);
    await cluster.mustKubectl(['create', 'poddisruptionbudget', 'kept', '--selector=app=kept', '--min-available=2']);
    const budget = (): Promise<string> =>
      cluster.mustKubectl(['get', 'pdb', 'kept', '-o', 'jsonpath={.status.expectedPods} {.status.currentHealthy} {.status.disruptionsAllowed}']);
    await eventually(async () => assert.equal(await budget(), '3 3 1'));
    const node = await cluster.mustKubectl(['get', 'pods', '-l', 'app=kept', '-o', 'jsonpath={.items[0].spec.nodeName}']);
    assert.match(await cluster.mustKubectl(['drain', node, '--ignore-daemonsets', '--pod-selector=app=kept', '--timeout=120s']), /drained$/m);
    await eventually(async () => assert.equal(await budget(), '3 3 1'));
    await cluster.mustKubectl(['uncordon', node]);
    await cluster.mustKubectl(['delete', 'deployment/kept', 'pdb/kept']);
    await eventually(async () => assert.equal(await cluster.mustKubectl(['get', 'pods', '-l', 'app=kept', '-o', 'name']), ''));
  });

  for (const version of kubectlVersions().keys()) {
    describe(`kubectl ${version}`, () => {
      const kubectl = (args: readonly string[], input?: string): Promise<string> =>
        cluster.mustKubectl(args, { version, ...(input === undefined ? {} : { input }) });

      it('warns of nothing', async () => {
        const commands = [
          ['version'],
          ['cluster-info'],
          ['api-resources'],
          ['api-versions'],
          ['get', 'nodes', '-o', 'wide'],
          ['get', 'all', '-A'],
          ['explain', 'pod.spec', '--recursive'],
          ['auth', 'can-i', '--list'],
        ];
        for (const args of commands) {
          const { code, stderr } = await cluster.kubectl(args, { version });
          assert.deepEqual(
            { args, code, stderr: stderr.replace(/^WARNING: (This version information|version difference).*\n/gm, '') },
            { args, code: 0, stderr: '' },
          );
        }
      });

      it('lists every built-in resource', async () => {
        const names = (await kubectl(['api-resources', '--no-headers', '-o', 'name'])).trim().split('\n');
        for (const expected of [
          'pods',
          'deployments.apps',
          'horizontalpodautoscalers.autoscaling',
          'resourceslices.resource.k8s.io',
          'customresourcedefinitions.apiextensions.k8s.io',
        ])
          assert.ok(names.includes(expected), expected);
        assert.ok(names.length >= 60, `only ${names.length}`);
      });

      it('explains fields', async () => {
        assert.match(await kubectl(['explain', 'pod.spec.containers.livenessProbe.httpGet']), /FIELDS:[^]*port/);
        assert.match(await kubectl(['explain', 'pod.spec', '--recursive']), /terminationGracePeriodSeconds/);
        assert.match(await kubectl(['explain', 'deployment.spec.strategy']), /rollingUpdate/);
      });

      it('asks what it may do', async () => {
        assert.equal(await kubectl(['auth', 'can-i', 'create', 'pods']), 'yes\n');
        const denied = await cluster.kubectl(['auth', 'can-i', 'create', 'pods', '--as', 'system:serviceaccount:default:default'], { version });
        assert.match(denied.stdout, /^no/);
        assert.equal(denied.code, 1);
      });

      it('creates, labels, annotates, patches, scales, replaces and deletes', async () => {
        const name = `verbs-${version.replace('.', '-')}`;
        await kubectl(['create', 'deployment', name, '--image=nginx', '--replicas=2']);
        await kubectl(['rollout', 'status', `deployment/${name}`, '--timeout=120s']);
        await kubectl(['label', 'deployment', name, 'tier=front']);
        await kubectl(['annotate', 'deployment', name, 'note=hello']);
        await kubectl(['patch', 'deployment', name, '-p', '{"spec":{"template":{"spec":{"containers":[{"name":"nginx","env":[{"name":"A","value":"1"}]}]}}}}']);
        await kubectl(['patch', 'deployment', name, '--type=json', '-p', '[{"op":"add","path":"/metadata/labels/json","value":"yes"}]']);
        await kubectl(['patch', 'deployment', name, '--type=merge', '-p', '{"metadata":{"labels":{"tier":null}}}']);
        const labels = JSON.parse(await kubectl(['get', 'deployment', name, '-o', 'jsonpath={.metadata.labels}'])) as Record<string, string>;
        assert.deepEqual(labels, { app: name, json: 'yes' });
        await kubectl(['scale', `deployment/${name}`, '--replicas=1']);
        await kubectl(['wait', `deployment/${name}`, '--for=condition=Available', '--timeout=120s']);
        // Controllers write to it too: whoever was overtaken looks again.
        await eventually(async () => {
          const object = JSON.parse(await kubectl(['get', 'deployment', name, '-o', 'json'])) as { spec: { replicas: number } };
          object.spec.replicas = 2;
          const { code, stderr } = await cluster.kubectl(['replace', '-f', '-'], { version, input: JSON.stringify(object) });
          assert.equal(code, 0, stderr);
        });
        assert.equal(await kubectl(['get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}']), '2');
        await kubectl(['delete', 'deployment', name]);
        await eventually(async () => assert.equal(await kubectl(['get', 'pods', '-l', `app=${name}`, '-o', 'name']), ''));
      });

      it('runs a pod, sees it and its events, and waits for its end', async () => {
        const name = `run-${version.replace('.', '-')}`;
        await kubectl(['run', name, '--image=busybox']);
        await kubectl(['wait', `pod/${name}`, '--for=condition=Ready', '--timeout=120s']);
        await eventually(async () => assert.match(await kubectl(['get', 'events', '--field-selector', `involvedObject.name=${name}`]), /Scheduled/));
        await kubectl(['delete', 'pod', name, '--wait=true']);
      });

      it('works in a namespace of its own and deletes it whole', async () => {
        const name = `space-${version.replace('.', '-')}`;
        await kubectl(['create', 'namespace', name]);
        await kubectl(['-n', name, 'create', 'configmap', 'settings', '--from-literal=a=1']);
        await kubectl(['-n', name, 'create', 'secret', 'generic', 'secret', '--from-literal=b=2']);
        await eventually(async () =>
          assert.match(
            await kubectl(['-n', name, 'get', 'serviceaccounts,configmaps', '-o', 'name']),
            /serviceaccount\/default[^]*configmap\/kube-root-ca.crt/,
          ),
        );
        await kubectl(['delete', 'namespace', name, '--timeout=120s']);
        assert.equal((await cluster.kubectl(['get', 'namespace', name], { version })).code, 1);
      });

      it('applies on the server', async () => {
        const manifest = JSON.stringify({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `applied-${version}` }, data: { a: '1' } });
        await kubectl(['apply', '--server-side', '-f', '-'], manifest);
        assert.equal(await kubectl(['get', 'configmap', `applied-${version}`, '-o', 'jsonpath={.data.a}']), '1');
      });

      it('says what would be created without creating it', async () => {
        assert.equal(await kubectl(['create', 'configmap', 'dry', '--dry-run=server', '--from-literal=a=1']), 'configmap/dry created (server dry run)\n');
        assert.equal((await cluster.kubectl(['get', 'configmap', 'dry'], { version })).code, 1);
      });
    });
  }
});
