import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type Answers, define, runCase } from '../corpus/battery.ts';
import { corpus } from '../corpus/case.ts';
import { differences } from '../corpus/differences.ts';
import { type Printed, runKubectl } from '../corpus/kubectl-battery.ts';
import { sender } from '../corpus/send.ts';
import { certificateOf } from '../fixtures/api-request.ts';
import { kubectlVersions, startTestCluster, type TestCluster } from '../fixtures/cluster.ts';

const answersFolder = join(import.meta.dirname, '../corpus/answers');
const recorded = <T>(name: string): T => JSON.parse(readFileSync(join(answersFolder, `${name}.json`), 'utf8')) as T;
const cases = corpus();

// The answers are facts about Kubernetes 1.36, recorded with test/corpus/record.ts.
describe('definitions as they are found in the wild, and all that a definition can say,', () => {
  let cluster: TestCluster;
  let send: ReturnType<typeof sender>;
  before(async () => {
    cluster = await startTestCluster({ simulate: true });
    send = sender(cluster.url(), { ca: certificateOf(cluster, 'ca.crt'), cert: certificateOf(cluster, 'admin.crt'), key: certificateOf(cluster, 'admin.key') });
  });
  after(async () => {
    send?.[Symbol.dispose]();
    await cluster?.[Symbol.asyncDispose]();
  });

  for (const corpusCase of cases) {
    const { name, definition } = corpusCase;
    it(`answer as upstream: ${name}`, async () => {
      await define(send, corpusCase);
      const answers = await runCase(send, corpusCase);
      const { code } = await send('DELETE', `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${definition.metadata.name}`, undefined, {});
      assert.equal(code, 200);
      assertSame(answers, recorded<Answers>(name));
    });
  }

  const available = kubectlVersions();
  for (const version of ['1.27', '1.33']) {
    it(`look as upstream through kubectl ${version}`, { skip: !available.has(version) }, async () => {
      const printed = await runKubectl(
        (args) => cluster.kubectl(args, { version }),
        cases,
        async () => {},
      );
      assertSame(settled(printed), settled(recorded<Record<string, Printed>>(`kubectl-${version}`)));
    });
  }

  it('are all recorded', () => {
    assert.ok(cases.length >= 30);
    for (const { name } of cases) assert.ok(existsSync(join(answersFolder, `${name}.json`)), name);
  });
});

/** All differences at once: one may explain another. */
function assertSame(actual: Readonly<Record<string, unknown>>, expected: Readonly<Record<string, unknown>>): void {
  assert.equal(differences(actual, expected).join('\n'), '');
}

/** Lines whose outcome depends on the order in which upstream finds errors or kubectl asks for kinds; what the API answers to them is compared above. */
const unsettled = /^(apply|replace|create|get monitoring|get gateway-api|get platform|get pki|get columnals --sort-by|get conditioneds -L)/;

const settled = (printed: Record<string, Printed>): Record<string, Printed> =>
  Object.fromEntries(Object.entries(printed).filter(([line]) => line.startsWith('apply definitions') || !unsettled.test(line)));
