import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { testCertificate } from '../../src/client/testing/test-certificate.ts';
import type { TestCluster } from '../fixtures/cluster.ts';
import { eventually, kubectlVersions, startTestCluster } from '../fixtures/cluster.ts';
import { cronTab, fullDefinition, plainDefinition, twoVersions } from '../fixtures/crontab.ts';

const definitionName = 'crd/crontabs.stable.example.com';

const versions = [...kubectlVersions().keys()];

// The oldest and the newest: they differ in what they ask of OpenAPI.
for (const version of new Set([versions.at(0)!, versions.at(-1)!])) {
  describe(`custom resources with kubectl ${version}`, () => {
    let cluster: TestCluster;
    before(async () => {
      cluster = await startTestCluster({ simulate: true });
    });
    after(async () => {
      await cluster?.[Symbol.asyncDispose]();
    });
    const kubectl = (args: readonly string[], input?: string): Promise<string> =>
      cluster.mustKubectl(args, { version, ...(input === undefined ? {} : { input }) });
    const refused = async (args: readonly string[], input?: string): Promise<string> => {
      const { code, stderr } = await cluster.kubectl(args, { version, ...(input === undefined ? {} : { input }) });
      assert.notEqual(code, 0);
      return stderr;
    };
    const apply = (text: string, ...more: string[]): Promise<string> => kubectl(['apply', '-f', '-', ...more], text);
    const field = (path: string, name = 'my-new-cron-object'): Promise<string> => kubectl(['get', 'ct', name, '-o', `jsonpath={${path}}`]);

    it('are there as soon as the definition is applied', async () => {
      assert.equal(await apply(plainDefinition), 'customresourcedefinition.apiextensions.k8s.io/crontabs.stable.example.com created\n');
      assert.equal(await apply(cronTab('my-new-cron-object')), 'crontab.stable.example.com/my-new-cron-object created\n');
      await kubectl(['wait', '--for=condition=Established', definitionName, '--timeout=120s']);
      assert.match(await kubectl(['get', 'crontab']), /^NAME +AGE\nmy-new-cron-object +\d+s\n$/);
      assert.match(
        await kubectl(['api-resources', '--api-group=stable.example.com', '--no-headers']),
        /^crontabs +ct +stable\.example\.com\/v1 +true +CronTab\n$/,
      );
      assert.match(await kubectl(['get', 'ct', '-o', 'yaml']), /cronSpec: '\* \* \* \* \*\/5'/);
    });

    it('are explained and checked against their schema', async () => {
      assert.match(await kubectl(['explain', 'crontab.spec', '--recursive']), /cronSpec\s+<string>[^]*image\s+<string>[^]*replicas\s+<integer>/);
      const unknown = cronTab('unknown', '  someRandomField: 42\n');
      assert.match(await refused(['create', '-f', '-'], unknown), /unknown field "spec\.someRandomField"|unknown field "someRandomField"/);
      await kubectl(['create', '--validate=false', '-f', '-'], unknown);
      assert.equal(await field('.spec.someRandomField', 'unknown'), '');
      await kubectl(['delete', 'ct', 'unknown']);
    });

    it('follow a changed definition at once: validation, defaults, columns, categories', async () => {
      await apply(fullDefinition);
      const invalid = cronTab('invalid', '  replicas: 15\n').replace('* * * * */5', '* * * *');
      assert.equal(
        await refused(['apply', '-f', '-'], invalid),
        'The CronTab "invalid" is invalid: \n' +
          '* spec.cronSpec: Invalid value: "* * * *": spec.cronSpec in body should match \'^(\\d+|\\*)(/\\d+)?(\\s+(\\d+|\\*)(/\\d+)?){4}$\'\n' +
          '* spec.replicas: Invalid value: 15: spec.replicas in body should be less than or equal to 10\n',
      );
      await apply(cronTab('defaulted', '  replicas: 3\n').replace('  image: my-awesome-cron-image\n', ''));
      assert.equal(await field('.spec.image', 'defaulted'), 'busybox');
      assert.match(await kubectl(['get', 'ct', 'defaulted']), /^NAME +SPEC +REPLICAS +AGE\ndefaulted +\* \* \* \* \*\/5 +3 +\d+s\n$/);
      assert.match(await kubectl(['get', 'ct', 'defaulted', '-o', 'wide']), /^NAME +SPEC +REPLICAS +IMAGE +AGE\n/);
      // Names and categories are cached by kubectl, unless asked for.
      await kubectl(['api-resources']);
      assert.match(await kubectl(['get', 'all']), /crontab\.stable\.example\.com\/defaulted/);
      assert.match(await kubectl(['explain', 'crontab.spec.cronSpec']), /When it runs/);
      assert.equal(await kubectl(['get', 'ct', '--field-selector', 'spec.image=busybox', '-o', 'name']), 'crontab.stable.example.com/defaulted\n');
      assert.match(await refused(['get', 'ct', '--field-selector', 'spec.cronSpec=x']), /field label not supported: spec\.cronSpec/);
    });

    it('are scaled, patched and applied in every way', async () => {
      await kubectl(['scale', '--replicas=5', 'crontabs/defaulted']);
      assert.equal(await field('.spec.replicas', 'defaulted'), '5');
      await kubectl(['patch', 'ct', 'defaulted', '--type=merge', '-p', '{"spec":{"replicas":6}}']);
      await kubectl(['patch', 'ct', 'defaulted', '--type=json', '-p', '[{"op":"replace","path":"/spec/replicas","value":7}]']);
      assert.equal(await field('.spec.replicas', 'defaulted'), '7');
      assert.match(
        await refused(['patch', 'ct', 'defaulted', '-p', '{"spec":{"replicas":6}}']),
        /strategic-merge-patch\+json is not supported by stable\.example\.com\/v1, Kind=CronTab/,
      );
      await kubectl(['patch', 'ct', 'defaulted', '--subresource=status', '--type=merge', '-p', '{"status":{"replicas":2}}']);
      assert.equal(await field('.status.replicas', 'defaulted'), '2');
      await apply(cronTab('defaulted', '  replicas: 4\n'));
      assert.equal(await field('.spec.replicas', 'defaulted'), '4');
      await apply(cronTab('applied', '  replicas: 2\n'), '--server-side');
      assert.match(await kubectl(['get', 'ct', 'applied', '-o', 'yaml', '--show-managed-fields']), /f:cronSpec/);
      await kubectl(['label', 'ct', 'applied', 'a=b']);
      assert.equal(await kubectl(['get', 'ct', '-l', 'a=b', '-o', 'name']), 'crontab.stable.example.com/applied\n');
    });

    it('keep their finalizers until these are taken off, and take what they own with them', async () => {
      await apply(cronTab('held', '', '  finalizers: [stable.example.com/finalizer]\n'));
      const uid = await field('.metadata.uid', 'held');
      const owner = `{apiVersion: stable.example.com/v1, kind: CronTab, name: held, uid: ${uid}}`;
      await apply(`apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owned, ownerReferences: [${owner}]}`);
      await kubectl(['delete', 'ct', 'held', '--wait=false']);
      assert.notEqual(await field('.metadata.deletionTimestamp', 'held'), '');
      await kubectl(['patch', 'ct', 'held', '--type=merge', '-p', '{"metadata":{"finalizers":[]}}']);
      assert.match(await refused(['get', 'ct', 'held']), /crontabs\.stable\.example\.com "held" not found/);
      await eventually(async () => assert.match(await refused(['get', 'configmap', 'owned']), /not found/));
    });

    it('go with their namespace', async () => {
      await kubectl(['create', 'namespace', 'team']);
      await apply(cronTab('member'), '-n', 'team');
      await kubectl(['delete', 'namespace', 'team', '--timeout=120s']);
      await eventually(async () =>
        assert.equal(await kubectl(['get', 'ct', '-A', '-o', 'jsonpath={.items[?(@.metadata.namespace=="team")].metadata.name}']), ''),
      );
    });

    it('survive a crash', async () => {
      await cluster.killHard();
      await cluster.start();
      assert.equal(await field('.spec.replicas', 'applied'), '2');
      await apply(cronTab('later'));
    });

    it('have several versions, old ones with a warning', async () => {
      await apply(twoVersions());
      const { stdout, stderr } = await cluster.kubectl(['get', 'crontabs.v1beta1.stable.example.com', 'applied', '-o', 'jsonpath={.apiVersion}'], { version });
      assert.equal(stdout, 'stable.example.com/v1beta1');
      assert.match(stderr, /Warning: stable\.example\.com\/v1beta1 CronTab is deprecated; use stable\.example\.com\/v1 CronTab/);
      assert.equal(await field('.apiVersion', 'applied'), 'stable.example.com/v1');
    });

    it('are converted by a webhook', async () => {
      await using webhook = await startWebhook();
      await apply(twoVersions(webhook.conversion));
      assert.equal(await kubectl(['get', 'crontabs.v1beta1.stable.example.com', 'applied', '-o', 'jsonpath={.spec.picture}']), 'my-awesome-cron-image');
      await kubectl(['patch', 'crontabs.v1beta1.stable.example.com', 'applied', '--type=merge', '-p', '{"spec":{"picture":"new"}}']);
      assert.equal(await field('.spec.image', 'applied'), 'new');
      await webhook[Symbol.asyncDispose]();
      await apply(cronTab('unconverted'));
      assert.match(
        await refused(['get', 'crontabs.v1beta1.stable.example.com', 'unconverted']),
        /conversion webhook for stable\.example\.com\/v1, Kind=CronTab failed: Post "https:\/\/127\.0\.0\.1:\d+\/convert\?timeout=30s": dial tcp .*connection refused/,
      );
    });

    it('end with their definition', async () => {
      await kubectl(['delete', definitionName, '--timeout=120s']);
      await kubectl(['api-resources']);
      assert.match(await refused(['get', 'ct']), /the server doesn't have a resource type "ct"/);
      await apply(plainDefinition);
      assert.equal(await kubectl(['get', 'ct', '-o', 'name']), '');
    });
  });
}

/** A conversion webhook in plain Node: v1beta1 calls the image a picture. */
async function startWebhook(): Promise<{ conversion: string } & AsyncDisposable> {
  const server: Server = createServer({ key: testCertificate.key, cert: testCertificate.certificate }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const review = JSON.parse(Buffer.concat(chunks).toString()) as { request: { uid: string; desiredAPIVersion: string; objects: Record<string, any>[] } };
      const { uid, desiredAPIVersion, objects } = review.request;
      const convertedObjects = objects.map((object) => {
        const { image, picture, ...spec } = object['spec'] as Record<string, unknown>;
        const name = image ?? picture;
        return { ...object, apiVersion: desiredAPIVersion, spec: { ...spec, ...(desiredAPIVersion.endsWith('/v1') ? { image: name } : { picture: name }) } };
      });
      const answer = { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response: { uid, result: { status: 'Success' }, convertedObjects } };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const caBundle = Buffer.from(testCertificate.certificate).toString('base64');
  return {
    conversion: `strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {url: "https://127.0.0.1:${port}/convert", caBundle: ${caBundle}}}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      if (server.listening) await new Promise((resolve) => server.close(resolve));
    },
  };
}
