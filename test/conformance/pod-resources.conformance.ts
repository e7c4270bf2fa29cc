import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it } from 'node:test';
import type { ResourceRequirements } from '../../src/api/generated/core-v1.ts';
import type { UntypedObject } from '../../src/api/object.ts';
import { fieldErrorText } from '../../src/api/status.ts';
import type { WriteContext } from '../../src/extension-points/resources/contract.ts';
import { podDefinition } from '../../src/extensions/resources/core/pods.ts';
import { run } from '../fixtures/run.ts';
import { randomPods } from './pod-resources/random-pods.ts';

const count = 5_000;

interface Judgement {
  readonly errors: readonly string[];
  readonly resources: unknown;
}

it(`the resources of ${count} pods have the defaults and the faults that upstream finds in them`, async () => {
  const directory = mkdtempSync(join(tmpdir(), 'wherry-pod-resources-'));
  try {
    const binary = join(directory, 'judge');
    const built = await run('go', ['build', '-o', binary, '.'], { cwd: join(import.meta.dirname, 'pod-resources'), timeoutMs: 900_000 });
    assert.equal(built.code, 0, built.stderr);
    const pods = randomPods(count, 1);
    const { code, stdout, stderr } = await run(binary, [], { input: pods.map((pod) => JSON.stringify(pod)).join('\n'), timeoutMs: 240_000 });
    assert.equal(code, 0, stderr);
    const answers = stdout.trimEnd().split('\n');
    assert.equal(answers.length, count);
    for (const [index, pod] of pods.entries()) {
      const { errors, resources } = JSON.parse(answers[index]!) as { errors: string[]; resources?: ResourceRequirements };
      assert.deepEqual(judge(pod), { errors: distinct(errors), resources: withoutEmpty(resources) }, JSON.stringify(pod));
    }
  } finally {
    rmSync(directory, { recursive: true });
  }
});

const context: WriteContext = {
  operation: 'CREATE',
  user: { name: 'tester', groups: [] },
  nowMs: 0,
  dryRun: false,
  version: 'v1',
  subresource: '',
  key: { namespace: 'default', name: 'web' },
};

function judge(pod: object): Judgement {
  const definition = podDefinition();
  const draft = structuredClone(pod) as UntypedObject & { spec: { resources?: ResourceRequirements } };
  definition.applyDefaults?.(draft, 'v1');
  return { errors: distinct((definition.validate?.(draft, context) ?? []).map(fieldErrorText)), resources: withoutEmpty(draft.spec.resources) };
}

/** Upstream's order follows maps that have none; what it says twice is said once. */
const distinct = (texts: readonly string[]): string[] => [...new Set(texts)].sort();

/** Upstream's encoder leaves empty lists out. */
const withoutEmpty = (resources: ResourceRequirements | undefined): unknown =>
  resources && Object.fromEntries(Object.entries(resources).filter(([, value]) => Object.keys(value as object).length > 0));
