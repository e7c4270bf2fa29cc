import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { startTestCluster } from '../fixtures/cluster.ts';
import { run } from '../fixtures/run.ts';

const directory = join(import.meta.dirname, 'controller-runtime');

it('an operator of controller-runtime, with a custom kind, status, finalizer and owned objects, runs unchanged', async () => {
  await using cluster = await startTestCluster({ simulate: true });
  await cluster.mustKubectl(['apply', '-f', join(directory, 'definition.yaml')]);
  await cluster.mustKubectl(['wait', '--for=condition=Established', 'customresourcedefinition/greetings.conformance.wherry.dev', '--timeout=120s']);
  const binary = join(cluster.directory, 'operator');
  const built = await run('go', ['build', '-o', binary, '.'], { cwd: directory, timeoutMs: 900_000 });
  assert.equal(built.code, 0, built.stderr);
  const { code, stdout, stderr } = await run(binary, [], { environment: { ...process.env, KUBECONFIG: cluster.kubeconfig }, timeoutMs: 240_000 });
  rmSync(binary);
  assert.equal(code, 0, `${stdout}\n${stderr}`);
  assert.deepEqual(stdout.trimEnd().split('\n'), steps);
});

const steps = [
  'elected',
  'created with hello',
  'said',
  'ready',
  'owner Greeting generation 1 observed 1',
  'said anew',
  'made again',
  'invalid true',
  'listed 1',
  'gone',
  'collected',
  'farewell world',
  'stopped',
];
