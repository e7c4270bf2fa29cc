import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { estimateCost } from '../estimate/estimate.ts';
import { kubernetesEnvironment } from './environment.ts';
import { jsonPatchLibrary } from './json-patch-library.ts';
import { kubernetesCallRule } from './static-costs.ts';
import { answer, expectation, type Fact, functionFacts } from './upstream-facts.fixture.ts';

const groups = Map.groupBy(functionFacts(), ({ expression }) => /[\w.]+(?=\()/.exec(expression)?.[0] ?? 'operators');
const withJsonPatch = kubernetesEnvironment().extend({ libraries: [jsonPatchLibrary] });

/** Only the names of variables have a size. */
const sizeOf = (path: readonly string[]) => (path.length === 1 ? { minimum: 0, maximum: 0 } : undefined);

const answered = (fact: Fact) =>
  answer(fact, fact.library ? withJsonPatch : kubernetesEnvironment(), {}, (checked) => estimateCost(checked, { sizeOf, callRule: kubernetesCallRule }));

describe('the functions of Kubernetes, as upstream has them', () => {
  for (const [name, facts] of groups) {
    it(`${name}: results, errors, costs and estimates of ${facts.length} expressions`, () => {
      for (const fact of facts) assert.deepEqual({ ...answered(fact), of: fact.expression }, { ...expectation(fact), of: fact.expression });
    });
  }
});
