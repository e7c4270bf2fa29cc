import assert from 'node:assert/strict';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { it } from 'node:test';
import { startTestCluster } from '../fixtures/cluster.ts';
import { run } from '../fixtures/run.ts';

it('a controller of client-go that speaks protobuf both ways, with informers and leader election, runs unchanged', async () => {
  await using cluster = await startTestCluster({ simulate: true });
  const binary = join(cluster.directory, 'client-go');
  const built = await run('go', ['build', '-o', binary, '.'], { cwd: join(import.meta.dirname, 'client-go'), timeoutMs: 900_000 });
  assert.equal(built.code, 0, built.stderr);
  const { code, stdout, stderr } = await run(binary, [], { environment: { ...process.env, KUBECONFIG: cluster.kubeconfig }, timeoutMs: 240_000 });
  rmSync(binary);
  assert.equal(code, 0, stderr);
  for (const line of lines) assert.ok(stdout.includes(`${line}\n`), `${line} is missing from:\n${stdout}\n${stderr}`);
});

const lines = [
  'version 1 36',
  'deployment 0 1500m web 80 false true',
  'scale 0 app=wire',
  'secret [0 255 10]',
  'not found true',
  'eviction true',
  'allowed true',
  'token true true',
  'metadata of wire',
  'leading',
  'synced',
  'labelled 20',
  'first page 7 more true',
  'done',
  'stopped leading',
  'protobuf answers true protobuf watches true other answers []',
];
