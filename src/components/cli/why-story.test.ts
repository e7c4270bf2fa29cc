import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { Event, Pod } from '../../api/generated/core-v1.ts';
import type { SchedulingAttempt } from '../../extension-points/scheduling/decision.ts';
import type { PodFacts } from './why-story.ts';
import { tellStory } from './why-story.ts';

const nowMs = Date.parse('2026-01-01T00:10:00Z');
const pod = (more: Partial<Pod> = {}, spec: Record<string, unknown> = {}): Pod => ({
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { containers: [{ name: 'main', image: 'x' }], ...spec },
  ...more,
});

const attempt = (more: Partial<SchedulingAttempt> = {}): SchedulingAttempt => ({
  pod: { namespace: 'shop', name: 'web', uid: 'u1' },
  attempt: 1,
  schedulerName: 'default-scheduler',
  startTime: '2026-01-01T00:00:00.500000Z',
  durationMilliseconds: 4,
  result: 'Scheduled',
  nodeName: 'a',
  nodes: { total: 2, evaluated: 2, feasible: 2 },
  refusals: [],
  refusalCount: 0,
  scores: [],
  scoreCount: 0,
  moves: [{ time: '2026-01-01T00:00:00.400000Z', from: 'New', to: 'Active', cause: { event: 'PodAdd' } }],
  ...more,
});

const unfit = (more: Partial<SchedulingAttempt> = {}): SchedulingAttempt => {
  const { nodeName: _, ...rest } = attempt({
    result: 'Unschedulable',
    message: '0/2 nodes are available: 2 Insufficient cpu.',
    nodes: { total: 2, evaluated: 2, feasible: 0 },
    refusals: [{ plugin: 'NodeResourcesFit', code: 'unschedulable', reasons: ['Insufficient cpu'], count: 2, nodeNames: ['a', 'b'] }],
    refusalCount: 1,
    ...more,
  });
  return rest;
};

const storyOf = (facts: Partial<PodFacts>): string => {
  const { summary, paragraphs, advice } = tellStory({ namespace: 'shop', name: 'web', pod: pod(), attempts: [], events: [], admissions: [], nowMs, ...facts });
  const told = paragraphs.map(([heading, ...lines]) => [heading, ...lines.map((line) => `  ${line}`)].join('\n'));
  return [summary, ...told, ...advice.map((line) => `help: ${line}`)].join('\n');
};

describe('the story of a pod', () => {
  it('tells what an extender had against nodes that the plugins would have taken', () => {
    const extenders = [{ name: 'http://gpus/', verb: 'filter', nodesBefore: 2, nodesAfter: 0, durationMilliseconds: 1 }] as const;
    const story = storyOf({
      attempts: [
        unfit({ nodes: { total: 2, evaluated: 2, feasible: 2 }, refusals: [], refusalCount: 0, extenders, message: '0/2 nodes are available: 2 no gpu left.' }),
      ],
    });
    assert.match(story, /extender http:\/\/gpus\/ \(filter\), left 0 of 2 nodes\n/);
    assert.match(story, /all in all: 0\/2 nodes are available: 2 no gpu left\./);
    assert.match(story, /help: whatever the extender http:\/\/gpus\/ waits for: it left no node/);
  });

  it('tells why a node won, against the runner-up', () => {
    const score = (nodeName: string, raw: number, normalized: number): SchedulingAttempt['scores'][number] => ({
      nodeName,
      total: normalized * 3 + 50,
      plugins: [
        { name: 'TaintToleration', raw, normalized, weight: 3, weighted: normalized * 3 },
        { name: 'NodeResourcesFit', raw: 50, normalized: 50, weight: 1, weighted: 50 },
      ],
    });
    const attempts = [attempt({ scores: [score('a', 0, 100), score('b', 2, 0)], scoreCount: 2, tiedCount: 1 })];
    assert.equal(
      storyOf({ pod: pod({ status: { phase: 'Running' } }, { nodeName: 'a' }), attempts }),
      `pod shop/web is on a, Running
created 00:00:00.000Z, for default-scheduler
attempt 1 · 00:00:00.500Z, 4 ms · scheduled on a
  it was created, or the scheduler started
  2 of 2 nodes would do
  a was chosen with 350 points; b had 50
    POINTS (RAW → OF 100)  WEIGHT  a              b
    TaintToleration        3       300 (0 → 100)  0 (2 → 0)
    NodeResourcesFit       1       50             50
    TOTAL                          350            50`,
    );
  });

  it('tells attempts in order, what woke the pod, and what would help', () => {
    const nodeAdd = { event: 'NodeAdd', object: { kind: 'Node', name: 'small' } };
    const second = unfit({
      attempt: 2,
      startTime: '2026-01-01T00:01:00.000000Z',
      message: '0/3 nodes are available: 2 Insufficient cpu, 1 node(s) had untolerated taint(s).',
      nodes: { total: 3, evaluated: 3, feasible: 0 },
      refusals: [
        ...unfit().refusals,
        { plugin: 'TaintToleration', code: 'unschedulable', reasons: ['node(s) had untolerated taint(s)'], count: 1, nodeNames: ['small'] },
      ],
      moves: [
        { time: '2026-01-01T00:00:00.600000Z', from: 'InFlight', to: 'Unschedulable', cause: { event: 'ScheduleAttemptFailure' } },
        { time: '2026-01-01T00:00:59.000000Z', from: 'Unschedulable', to: 'Backoff', cause: nodeAdd, plugin: 'NodeResourcesFit' },
        { time: '2026-01-01T00:01:00.000000Z', from: 'Backoff', to: 'Active', cause: { event: 'BackoffComplete' } },
      ],
      movesSince: [
        { time: '2026-01-01T00:01:00.001000Z', from: 'InFlight', to: 'Unschedulable', cause: { event: 'ScheduleAttemptFailure' } },
        { time: '2026-01-01T00:09:00.000000Z', from: 'Unschedulable', to: 'Backoff', cause: { event: 'UnschedulableTimeout' } },
      ],
    });
    assert.equal(
      storyOf({ attempts: [second, unfit()] }),
      `pod shop/web is pending: no node fits
created 00:00:00.000Z, for default-scheduler
attempt 1 · 00:00:00.500Z, 4 ms · no node fits
  it was created, or the scheduler started
  0 of 2 nodes would do; the others:
    2  Insufficient cpu  (NodeResourcesFit)  a, b
attempt 2 · 00:01:00.000Z, 4 ms · no node fits
  woken by NodeAdd of Node small, as NodeResourcesFit asked; after its back-off
  0 of 3 nodes would do; the others:
    2  Insufficient cpu                  (NodeResourcesFit)  a, b
    1  node(s) had untolerated taint(s)  (TaintToleration)   small
since then
  00:09:00.000Z  waiting → back-off: nothing had happened for five minutes
help: another node, pods that go, or a smaller request of cpu (spec.containers[].resources.requests)
help: a toleration in the pod, or the taint gone: kubectl taint nodes small KEY- (node(s) had untolerated taint(s))`,
    );
  });

  it('tells attempts that ended alike as one, and leaves out the middle of many', () => {
    const alike = Array.from({ length: 5 }, (_, index) => unfit({ attempt: index + 1 }));
    assert.match(storyOf({ attempts: alike }), /\nattempts 1 to 5 · 00:00:00\.500Z to 00:00:00\.500Z · no node fits\n {2}the last time: it was created/);
    const unlike = Array.from({ length: 20 }, (_, index) => unfit({ attempt: index + 1, message: `reason ${index}` }));
    const told = storyOf({ attempts: unlike });
    assert.match(told, /attempt 1 ·[\s\S]*… 14 more that ended in other ways[\s\S]*attempt 20 ·/);
    assert.ok(!told.includes('attempt 2 ·'));
  });

  it('tells of a gate, of a permit, of a plugin that refused or failed, and of preemption', () => {
    const cases: [SchedulingAttempt, RegExp][] = [
      [
        unfit({
          result: 'Gated',
          endedAt: 'PreEnqueue',
          plugin: 'SchedulingGates',
          message: 'waiting for scheduling gates: [x]',
          nodes: { total: 0, evaluated: 0, feasible: 0 },
          refusals: [],
        }),
        /a gate keeps it from being tried[\s\S]*gated · [\s\S]*SchedulingGates: waiting for scheduling gates: \[x\]\nhelp: remove the gates/,
      ],
      [
        attempt({ result: 'Waiting', waits: [{ plugin: 'Gang', timeoutSeconds: 60 }] }),
        /has a node and waits for a permit[\s\S]*held in Permit by Gang, for 60 s at most\nhelp: Gang has to allow it/,
      ],
      [
        attempt({ result: 'Rejected', endedAt: 'Permit', plugin: 'Gang', message: 'gang is gone' }),
        /it lost its node again[\s\S]*lost a again[\s\S]*Gang refused a at Permit: gang is gone/,
      ],
      [
        attempt({ result: 'Error', endedAt: 'Bind', plugin: 'DefaultBinder', message: 'no connection' }),
        /the scheduler failed and tries again[\s\S]*DefaultBinder failed at Bind: no connection/,
      ],
      [
        unfit({
          nominatedNodeName: 'a',
          preemption: {
            plugin: 'DefaultPreemption',
            nodeName: 'a',
            candidateCount: 2,
            candidates: [
              { nodeName: 'a', victimCount: 1, budgetViolations: 0, victims: [{ namespace: 'shop', name: 'low', uid: 'v', priority: 0 }] },
              { nodeName: 'b', victimCount: 1, budgetViolations: 1, victims: [{ namespace: 'shop', name: 'mid', uid: 'w', priority: 5 }] },
            ],
          },
        }),
        /DefaultPreemption: shop\/low \(priority 0\) makes room on a, the least harm of 2 nodes\n {2}a is set aside for the pod\n {4}instead of shop\/mid \(priority 5\), breaking 1 disruption budget, on b\nhelp: nothing by hand/,
      ],
    ];
    for (const [told, want] of cases) assert.match(storyOf({ attempts: [told] }), want);
  });

  it('says so when nothing is remembered, and what to do', () => {
    const bound = pod(
      { status: { phase: 'Running', conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: '2025-01-01T00:00:00Z' }] } },
      { nodeName: 'a' },
    );
    assert.match(storyOf({ pod: bound }), /its scheduling at 2025-01-01T00:00:00Z is not remembered\n[\s\S]*wherry schedule --dry-run -n shop -f -/);
    assert.match(
      storyOf({ pod: pod({}, { schedulerName: 'mine' }) }),
      /no scheduler of this cluster has tried it yet\n {2}it names the scheduler mine: run that/,
    );
    assert.equal(storyOf({ pod: undefined }), 'pod shop/web is not there, and nothing is remembered of it');
  });

  it('tells what is remembered of a pod that is gone, and not of another of its name', () => {
    const other = unfit({ pod: { namespace: 'shop', name: 'web', uid: 'u0' }, startTime: '2025-12-31T00:00:00.000000Z' });
    const told = storyOf({ pod: undefined, attempts: [other, attempt()] });
    assert.match(told, /is gone; this is what is remembered of it\nattempt 1 · .* scheduled on a/);
    assert.ok(!told.includes('Insufficient'));
  });

  it('tells what admission changed, and who refused it', () => {
    const target = { group: '', version: 'v1', resource: 'pods', namespace: 'shop', name: 'web' };
    const about = { operation: 'CREATE', target, user: 'eve', dryRun: false } as const;
    const patch = [{ op: 'add', path: '/spec/priority', value: 0 } as const];
    const changed = { ...about, time: '2026-01-01T00:00:00.250000Z', result: 'Changed', steps: [{ plugin: 'priority', result: 'Changed', patch }] } as const;
    const earlier = { ...changed, time: '2025-12-31T00:00:00.250000Z', user: 'of another pod' };
    const rehearsed = { ...changed, dryRun: true, user: 'nobody' };
    assert.match(storyOf({ admissions: [changed, earlier, rehearsed] }), /\nadmission of CREATE by eve · 00:00:00\.250Z\n {2}priority: add \/spec\/priority\n/);
    assert.ok(!storyOf({ admissions: [changed, earlier, rehearsed] }).match(/of another pod|nobody/));
    const denied = {
      ...about,
      time: '2026-01-01T00:00:01.000000Z',
      result: 'Denied',
      steps: [{ plugin: 'quota', result: 'Denied', code: 403, message: 'exceeded' }],
    } as const;
    assert.match(storyOf({ pod: undefined, admissions: [denied] }), /quota refused it: exceeded/);
  });

  it('tells what keeps a pod with a node from running, and what kept a pod from being made', () => {
    const pulling = pod(
      {
        status: {
          phase: 'Pending',
          containerStatuses: [
            {
              name: 'main',
              image: 'x',
              imageID: '',
              ready: false,
              restartCount: 2,
              state: { waiting: { reason: 'ImagePullBackOff', message: 'Back-off pulling image "x"' } },
            },
          ],
        },
      },
      { nodeName: 'a' },
    );
    assert.match(
      storyOf({ pod: pulling, attempts: [attempt()] }),
      /containers that do not run\n {2}main: ImagePullBackOff: Back-off pulling image "x" \(2 restarts\)/,
    );
    const refused: Event = {
      metadata: { name: 'e', namespace: 'shop' },
      involvedObject: { kind: 'ReplicaSet', name: 'web-1' },
      type: 'Warning',
      reason: 'FailedCreate',
      message: 'exceeded quota: small',
      count: 3,
    };
    assert.match(
      storyOf({ pod: undefined, name: 'web-1-abcde', events: [refused] }),
      /warnings about what may have been to make it\n {2}ReplicaSet web-1: FailedCreate: exceeded quota: small \(3 times\)/,
    );
  });
});
