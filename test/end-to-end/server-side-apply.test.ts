import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { kubectlVersions, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

const versions = [...kubectlVersions().keys()].filter((version) => ['1.27', '1.33'].includes(version));
type Outcome = Awaited<ReturnType<TestCluster['kubectl']>>;

const manifest = (name: string, more: { replicas?: number; image?: string; labels?: Record<string, string> } = {}): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, labels: more.labels ?? { app: name } },
    spec: {
      ...(more.replicas === undefined ? {} : { replicas: more.replicas }),
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: 'main', image: more.image ?? 'image:1', ports: [{ containerPort: 80 }] }] },
      },
    },
  });

describe('server-side apply with kubectl', () => {
  let cluster: TestCluster;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
  });
  after(() => cluster[Symbol.asyncDispose]());

  for (const version of versions) {
    describe(version, () => {
      const name = `web-${version.replace('.', '-')}`;
      const kubectl = (args: readonly string[], input?: string): Promise<Outcome> =>
        cluster.kubectl(args, { version, ...(input === undefined ? {} : { input }) });
      const must = async (args: readonly string[], input?: string): Promise<string> => {
        const { code, stdout, stderr } = await kubectl(args, input);
        assert.equal(code, 0, stderr);
        return stdout;
      };
      const managers = async (): Promise<string[]> => {
        const { metadata } = JSON.parse(await must(['get', 'deployment', name, '-o', 'json', '--show-managed-fields'])) as {
          metadata: { managedFields: { manager: string; operation: string }[] };
        };
        return metadata.managedFields.map(({ manager, operation }) => `${manager} ${operation}`);
      };

      it('creates, and changes nothing the second time', async () => {
        assert.match(await must(['apply', '--server-side', '-f', '-'], manifest(name)), /serverside-applied/);
        const before = await must(['get', 'deployment', name, '-o', 'jsonpath={.metadata.generation}']);
        await must(['apply', '--server-side', '-f', '-'], manifest(name));
        assert.equal(await must(['get', 'deployment', name, '-o', 'jsonpath={.metadata.generation}']), before);
        assert.ok((await managers()).includes('kubectl Apply'));
        assert.doesNotMatch(await must(['get', 'deployment', name, '-o', 'yaml']), /managedFields/);
      });

      it('names conflicts, and takes fields over when told to', async () => {
        await must(['apply', '--server-side', '-f', '-'], manifest(name, { replicas: 1 }));
        await must(['scale', 'deployment', name, '--replicas=5']);
        const refused = await kubectl(['apply', '--server-side', '-f', '-'], manifest(name, { replicas: 2 }));
        assert.notEqual(refused.code, 0);
        assert.match(refused.stderr, /Apply failed with 1 conflict: conflict with "kubectl[^"]*" with subresource "scale" using apps\/v1: \.spec\.replicas/);
        await must(['apply', '--server-side', '--force-conflicts', '-f', '-'], manifest(name, { replicas: 2 }));
        assert.equal(await must(['get', 'deployment', name, '-o', 'jsonpath={.spec.replicas}']), '2');
      });

      it('shares with other managers, and takes away what nobody applies', async () => {
        await must(['apply', '--server-side', '--field-manager=other', '-f', '-'], manifest(name, { labels: { app: name, other: 'x' } }));
        await must(['apply', '--server-side', '--field-manager=other', '-f', '-'], manifest(name));
        assert.equal(await must(['get', 'deployment', name, '-o', 'jsonpath={.metadata.labels.other}']), '');
        assert.equal(await must(['get', 'deployment', name, '-o', 'jsonpath={.metadata.labels.app}']), name);
      });

      it('shows what it would change without changing it', async () => {
        const { code, stdout } = await kubectl(['diff', '--server-side', '--force-conflicts', '-f', '-'], manifest(name, { replicas: 2, image: 'image:2' }));
        assert.equal(code, 1);
        assert.match(stdout, /\+.*image: image:2/);
        await must(['apply', '--server-side', '--force-conflicts', '--dry-run=server', '-f', '-'], manifest(name, { replicas: 2, image: 'image:2' }));
        assert.equal(await must(['get', 'deployment', name, '-o', 'jsonpath={.spec.template.spec.containers[0].image}']), 'image:1');
      });

      it('takes over an object of client-side apply without a conflict', async () => {
        const old = `old-${name}`;
        await must(['apply', '-f', '-'], manifest(old, { replicas: 1 }));
        await must(['apply', '--server-side', '-f', '-'], manifest(old, { replicas: 3 }));
        const applied = JSON.parse(await must(['get', 'deployment', old, '-o', 'json', '--show-managed-fields'])) as Record<string, any>;
        assert.equal(applied['spec'].replicas, 3);
        const names = applied['metadata'].managedFields.map((entry: Record<string, string>) => entry['manager']);
        assert.ok(!names.includes('kubectl-client-side-apply') && names.includes('kubectl'), names.join());
        const last = JSON.parse(await must(['apply', 'view-last-applied', 'deployment', old, '-o', 'json'])) as Record<string, any>;
        assert.equal(last['spec'].replicas, 3);
      });

      it('refuses a field that is not there', async () => {
        const { code, stderr } = await kubectl(
          ['apply', '--server-side', '--validate=false', '-f', '-'],
          manifest(name).replace('"replicas"', '"x"').replace('"selector"', '"foo":1,"selector"'),
        );
        assert.notEqual(code, 0);
        assert.match(stderr, /failed to create typed patch object \(default\/.*; apps\/v1, Kind=Deployment\): \.spec\.foo: field not declared in schema/);
      });
    });
  }
});
