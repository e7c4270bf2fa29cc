import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { TestCluster } from '../fixtures/cluster.ts';
import { startTestCluster } from '../fixtures/cluster.ts';
import { conditionOf, podOf, workbenchOf } from '../fixtures/workload.ts';

/** What somebody writes next to their manifests; nothing of it is built or installed. */
const policy = `
import { allow, type AdmissionPlugin } from 'wherry/admission';
import { forbidden } from 'wherry/api';
import { success, unschedulable, type SchedulingPlugin } from 'wherry/scheduling';

interface Container { image?: string }
const isLatest = ({ image = '' }: Container): boolean => /:latest$/.test(image) || !/[:@]/.test(image.slice(image.lastIndexOf('/') + 1));

const noLatest: AdmissionPlugin = {
  handles: ({ resource, subresource, operation }) => resource.resource === 'pods' && subresource === '' && operation === 'CREATE',
  mutate({ object }) {
    if (!object) return allow;
    return { kind: 'replace', object: { ...object, metadata: { ...object.metadata, labels: { ...object.metadata.labels, checked: 'yes' } } }, warnings: ['checked by the house'] };
  },
  validate({ object, name, resource }) {
    const { containers = [] } = (object?.spec ?? {}) as { containers?: Container[] };
    const found = containers.find(isLatest);
    return found ? { kind: 'deny', error: forbidden(resource, name, \`the image "\${found.image}" moves: give it a version\`) } : allow;
  },
};

const careless: AdmissionPlugin = {
  handles: ({ resource }) => resource.resource === 'configmaps',
  validate({ name }) {
    if (name === 'boom') throw new Error('did not expect that');
    return allow;
  },
};

const nodeOneOnly: SchedulingPlugin = {
  filter: (_state, _pod, node) => (node.name === 'node-1' ? success : unschedulable(\`\${node.name} is closed today\`)),
};

export default { admission: { 'no-latest': noLatest, careless }, scheduling: { 'node-one-only': nodeOneOnly } };
`;

describe('a file of extensions', () => {
  let cluster: TestCluster;
  let directory: string;
  const bench = workbenchOf(() => cluster);
  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'we-'));
    writeFileSync(join(directory, 'policy.ts'), policy);
    cluster = await startTestCluster({ simulate: true, nodes: 3, flags: ['--extension', join(directory, 'policy.ts')] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true });
  });

  const podWith = (name: string, image: string): object => podOf(name, [{ name: 'main', image }]);
  const create = (object: object): Promise<{ code: number; stdout: string; stderr: string }> =>
    cluster.kubectl(['create', '-f', '-'], { input: JSON.stringify(object) });

  it('refuses what it does not like, in its own words', async () => {
    for (const image of ['nginx', 'nginx:latest', 'localhost:5000/team/app']) {
      const { code, stderr } = await create(podWith('moving', image));
      assert.equal(code, 1);
      assert.ok(
        stderr.endsWith(
          `Error from server (Forbidden): error when creating "STDIN": pods "moving" is forbidden: the image "${image}" moves: give it a version\n`,
        ),
        stderr,
      );
    }
  });

  it('lets through what it likes, changed and with a warning', async () => {
    const { code, stdout, stderr } = await create(podWith('fixed', 'nginx:1.27'));
    assert.deepEqual({ code, stdout, stderr }, { code: 0, stdout: 'pod/fixed created\n', stderr: 'Warning: checked by the house\n' });
    assert.equal((await bench.pod('fixed')).metadata.labels?.['checked'], 'yes');
  });

  it('also stands before controllers', async () => {
    await bench.kubectl('create', 'deployment', 'web', '--image=nginx', '--replicas=1');
    await bench.kubectl('wait', 'deployment/web', '--for=condition=ReplicaFailure', '--timeout=120s');
    const message = await bench.kubectl('get', 'deployment', 'web', '-o', 'jsonpath={.status.conditions[?(@.type=="ReplicaFailure")].message}');
    assert.match(message, /^pods "web-[^"]*" is forbidden: the image "nginx" moves: give it a version$/);
  });

  it('has a say in where pods go', async () => {
    for (const name of ['one', 'two', 'three']) {
      await create(podWith(name, 'app:1'));
      assert.equal((await bench.podReady(name)).spec.nodeName, 'node-1');
    }
    await create(podOf('stranded', [{ name: 'main', image: 'app:1' }], { nodeSelector: { 'kubernetes.io/hostname': 'node-2' } }));
    const pod = await bench.podWhen('stranded', (current) => assert.ok(conditionOf(current, 'PodScheduled').message));
    assert.match(
      conditionOf(pod, 'PodScheduled').message ?? '',
      /^0\/3 nodes are available: 1 node-2 is closed today, 2 node\(s\) didn't match Pod's node affinity\/selector\./,
    );
  });

  it('is named when it fails, and nobody else is harmed', async () => {
    const { code, stderr } = await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'boom' } });
    assert.equal(code, 1);
    assert.equal(
      stderr,
      'Error from server (InternalError): error when creating "STDIN": Internal error occurred: admission/careless: validate failed: did not expect that\n',
    );
    assert.equal((await create({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'calm' } })).code, 0);
  });

  it('is listed with what it did', async () => {
    const { code, stdout } = await cluster.wherry('extensions');
    assert.equal(code, 0);
    assert.match(stdout, /^POINT +EXTENSION +ORIGIN +CALLS +ERRORS +P99\n/);
    assert.match(stdout, /^admission +no-latest +policy\.ts +[1-9]\d* +0 +\d+\.\d\d ms$/m);
    assert.match(stdout, /^admission +careless +policy\.ts +[1-9]\d* +1 +\d+\.\d\d ms$/m);
    assert.match(stdout, /^scheduling +node-one-only +policy\.ts +\d+ +0 +\d+\.\d\d ms$/m);
    assert.match(stdout, /^admission +namespace-lifecycle +built-in /m);
    const listed = JSON.parse((await cluster.wherry('extensions', '-o', 'json')).stdout) as { point: string; extensions: { name: string; origin: string }[] }[];
    const lines = listed.flatMap(({ point, extensions }) => extensions.map(({ name, origin }) => `${point} ${name} ${origin}`));
    assert.deepEqual(
      lines.filter((line) => !line.endsWith(' built-in')),
      ['admission no-latest policy.ts', 'admission careless policy.ts', 'scheduling node-one-only policy.ts'],
    );
  });

  const broken: { name: string; text: string | undefined; says: RegExp }[] = [
    { name: 'is not there', text: undefined, says: /no such file$/ },
    { name: 'is no TypeScript', text: 'export default {{{', says: /cannot be loaded: / },
    { name: 'throws', text: 'throw new Error("not today");', says: /cannot be loaded: not today$/ },
    { name: 'imports what is not there', text: "import 'no-such-package'; export default {};", says: /cannot be loaded: .*no-such-package/ },
    { name: 'exports nothing', text: 'export const admission = {};', says: /has no default export with one property per extension point/ },
    { name: 'names an unknown point', text: 'export default { admision: {} };', says: /there is no extension point "admision"; there are .*admission/ },
    { name: 'gives a list', text: 'export default { admission: { a: 7 } };', says: /admission\.a must be an object$/ },
    {
      name: 'takes a name that is taken',
      text: "export default { admission: { 'namespace-lifecycle': {} } };",
      says: /"namespace-lifecycle" is already there$/,
    },
  ];
  for (const { name, text, says } of broken) {
    it(`that ${name} is one line at the start, and nothing is left running`, async () => {
      const file = join(directory, 'broken.ts');
      if (text === undefined) rmSync(file, { force: true });
      else writeFileSync(file, text);
      const other = join(cluster.directory, 'other');
      const { code, stderr } = await cluster.wherry('up', '--simulate', '--detach', '--port', '0', '--data-dir', other, '--extension', file);
      const errors = stderr
        .trimEnd()
        .split('\n')
        .filter((line) => line.startsWith('error: '));
      assert.deepEqual({ code, errors: errors.length }, { code: 1, errors: 1 }, stderr);
      assert.equal(stderr.trimEnd().split('\n').at(-1), errors[0]);
      assert.match(errors[0]!, says);
      if (name !== 'takes a name that is taken') assert.ok(errors[0]!.includes(file), stderr);
      assert.equal((await cluster.wherry('status', '--data-dir', other)).code, 3);
    });
  }
});
