import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { PodSpec } from '../../../api/generated/core-v1.ts';
import { pods, priorityclasses } from '../../../api/generated/resource-types.ts';
import type { PriorityClass } from '../../../api/generated/scheduling-v1.ts';
import { admissionConformance } from '../../../extension-points/admission/conformance.ts';
import { admissionRequest } from '../../../extension-points/admission/testing/admission-requests.ts';
import { MemoryLookup } from '../../../extension-points/admission/testing/memory-lookup.ts';
import { createPriority } from './priority.ts';

const signal = new AbortController().signal;
const priorityClass = (name: string, value: number, more: Partial<PriorityClass> = {}): PriorityClass => ({ metadata: { name }, value, ...more });
const lookup = (...more: PriorityClass[]) => new MemoryLookup().put(priorityclasses, priorityClass('high', 100, { preemptionPolicy: 'Never' }), ...more);
const pod = (spec: Partial<PodSpec>) => ({ metadata: { name: 'web', namespace: 'default' }, spec: { containers: [], ...spec } });
const shown = (spec: PodSpec): unknown => [spec.priorityClassName, spec.priority, spec.preemptionPolicy];

describe('the priority of a new pod', () => {
  const cases: { name: string; spec: Partial<PodSpec>; classes?: PriorityClass[]; want: unknown }[] = [
    { name: 'is 0 without a class', spec: {}, want: [undefined, 0, 'PreemptLowerPriority'] },
    { name: "is its class's", spec: { priorityClassName: 'high' }, want: ['high', 100, 'Never'] },
    {
      name: "is the default class's when it names none",
      spec: {},
      classes: [priorityClass('usual', 5, { globalDefault: true })],
      want: ['usual', 5, 'PreemptLowerPriority'],
    },
    {
      name: "is the lowest default's should there be two",
      spec: {},
      classes: [priorityClass('usual', 5, { globalDefault: true }), priorityClass('low', 3, { globalDefault: true })],
      want: ['low', 3, 'PreemptLowerPriority'],
    },
    {
      name: 'may be given when it is the right one',
      spec: { priorityClassName: 'high', priority: 100, preemptionPolicy: 'Never' },
      want: ['high', 100, 'Never'],
    },
    { name: 'needs a class that exists', spec: { priorityClassName: 'none' }, want: 'pods "web" is forbidden: no PriorityClass with name none was found' },
    {
      name: 'may not be given otherwise',
      spec: { priority: 7 },
      want: 'pods "web" is forbidden: the integer value of priority (7) must not be provided in pod spec; priority admission controller computed 0 from the given PriorityClass name',
    },
    {
      name: "comes with its class's policy",
      spec: { priorityClassName: 'high', preemptionPolicy: 'PreemptLowerPriority' },
      want: 'pods "web" is forbidden: the string value of PreemptionPolicy (PreemptLowerPriority) must not be provided in pod spec; priority admission controller computed Never from the given PriorityClass name',
    },
  ];
  for (const { name, spec, classes = [], want } of cases) {
    it(name, async () => {
      const outcome = await createPriority({ lookup: lookup(...classes) }).mutate!(admissionRequest(pods, { object: pod(spec) }), signal);
      assert.deepEqual(outcome.kind === 'deny' ? outcome.error.message : outcome.kind === 'replace' && shown(outcome.object['spec'] as PodSpec), want);
    });
  }
});

describe('the priority of a pod that is changed', () => {
  it('stays when the change leaves it out', async () => {
    const request = admissionRequest(pods, { object: pod({}), oldObject: pod({ priority: 5, preemptionPolicy: 'Never' }) });
    const outcome = await createPriority({ lookup: lookup() }).mutate!(request, signal);
    assert.deepEqual(outcome.kind === 'replace' && shown(outcome.object['spec'] as PodSpec), [undefined, 5, 'Never']);
  });
});

describe('a default priority class', () => {
  const defaulted = priorityClass('usual', 5, { globalDefault: true });
  const cases = [
    { name: 'may be the first', object: defaulted, classes: [], want: 'allow' },
    { name: 'may be changed', object: { ...defaulted, value: 6 }, classes: [defaulted], want: 'allow' },
    {
      name: 'may not be the second',
      object: priorityClass('other', 1, { globalDefault: true }),
      classes: [defaulted],
      want: 'priorityclasses.scheduling.k8s.io "other" is forbidden: PriorityClass usual is already marked as default. Only one default can exist',
    },
  ];
  for (const { name, object, classes, want } of cases) {
    it(name, async () => {
      const outcome = await createPriority({ lookup: lookup(...classes) }).validate!(admissionRequest(priorityclasses, { object }), signal);
      assert.equal(outcome.kind === 'deny' ? outcome.error.message : outcome.kind, want);
    });
  }
});

admissionConformance({
  name: 'priority',
  create: () => createPriority({ lookup: lookup() }),
  samples: [admissionRequest(pods, { object: pod({ priorityClassName: 'high' }) }), admissionRequest(priorityclasses, { object: priorityClass('x', 1) })],
});
