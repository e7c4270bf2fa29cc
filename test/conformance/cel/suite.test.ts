/** The conformance suite of CEL (cel-spec 0.25.1, from `@bufbuild/cel-spec`), but for what needs protocol buffer messages. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimpleTest } from '@bufbuild/cel-spec/cel/expr/conformance/test/simple_pb.js';
import { getConformanceSuite } from '@bufbuild/cel-spec/testdata/tests.js';
import { runTest } from './suite-runner.fixture.ts';

/** Suites of which nothing remains without messages, and why. */
const skippedSuites: Readonly<Record<string, string>> = {
  dynamic: 'wrapper messages and google.protobuf.Value, Struct and Any',
  enums: 'enumerations of messages',
  proto2: 'messages with presence',
  proto2_ext: 'extensions of messages',
  proto3: 'messages',
  wrappers: 'wrapper messages packed in google.protobuf.Any',
};

/** How many tests run in each suite, so that none goes missing unseen. */
const expectedCounts: Readonly<Record<string, number>> = {
  basic: 43,
  bindings_ext: 5,
  block_ext: 25,
  comparisons: 334,
  conversions: 109,
  encoders_ext: 4,
  fields: 60,
  fp_math: 30,
  integer_math: 64,
  lists: 39,
  logic: 30,
  macros: 44,
  macros2: 46,
  math_ext: 199,
  namespace: 3,
  optionals: 59,
  parse: 193,
  plumbing: 5,
  string: 51,
  string_ext: 205,
  timestamps: 71,
  type_deductions: 26,
};

const messages = /TestAllTypes|google\.protobuf|proto\.(?:has|get)Ext|GlobalEnum|cel\.expr/;

/** Whether a test's text, types, values or namespace are of messages. Kubernetes has none: its objects are JSON. */
function needsMessages(test: SimpleTest): boolean {
  const parts = [test.typeEnv, test.bindings, test.resultMatcher];
  const text = JSON.stringify(parts, (key, value: unknown) => (key === '$typeName' ? undefined : typeof value === 'bigint' ? String(value) : value));
  return messages.test(test.expr) || messages.test(text) || /^(?:cel\.expr\.conformance|google\.protobuf)/.test(test.container);
}

describe("CEL's conformance suite", () => {
  let ran = 0;
  for (const suite of getConformanceSuite().suites) {
    const tests = suite.suites.flatMap((section) => section.tests.map(({ original, name }) => ({ test: original, name: `${section.name}/${name}` })));
    const runnable = tests.filter(({ test }) => !needsMessages(test));
    const reason = skippedSuites[suite.name];
    ran += runnable.length;
    if (reason !== undefined) {
      it(`${suite.name} has nothing without ${reason}`, () => assert.equal(runnable.length, 0));
      continue;
    }
    it(`passes ${suite.name}`, () => {
      assert.equal(runnable.length, expectedCounts[suite.name] ?? 0);
      const failures = runnable.flatMap(({ test, name }) => {
        const problem = runTest(test);
        return problem === undefined ? [] : [`${name}: ${test.expr}: ${problem}`];
      });
      assert.deepEqual(failures, []);
    });
  }

  it('runs seven tests of ten', () => assert.equal(ran, 1645));
});
