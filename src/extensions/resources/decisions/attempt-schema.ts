import type { Schema } from '../../../api/schema.ts';

type Fields = Readonly<Record<string, Schema>>;

const text = (description: string, more: Schema = {}): Schema => ({ type: 'string', description, ...more });
const whole = (description: string): Schema => ({ type: 'integer', format: 'int64', description });
const number = (description: string): Schema => ({ type: 'number', format: 'double', description });
const flag = (description: string): Schema => ({ type: 'boolean', description });
const object = (description: string, properties: Fields): Schema => ({ type: 'object', description, properties });
const list = (description: string, items: Schema): Schema => ({ type: 'array', listType: 'atomic', description, items });
const names = (description: string): Schema => list(description, { type: 'string' });
const time = (description: string): Schema => text(description, { format: 'date-time' });

const podReference = { namespace: text('Its namespace.'), name: text('Its name.'), uid: text('Its uid.') };
const places = 'New, Active, Backoff, ErrorBackoff, Unschedulable, Gated or InFlight (being tried).';

const move = object('One move of the pod in the queue.', {
  time: time('When.'),
  from: text(`Where the pod was: ${places}`),
  to: text(`Where it went: ${places}`),
  cause: object('What moved it.', {
    event: text('The event as the scheduling queue calls it: PodAdd, ScheduleAttemptFailure, BackoffComplete, NodeAdd, AssignedPodDelete and so on.'),
    object: object('What the event was about.', { kind: text('Its kind.'), namespace: text('Its namespace.'), name: text('Its name.') }),
  }),
  plugin: text('The plugin whose hint, or gate, decided it; absent when none did.'),
});

const refusal = object('Nodes that were refused for the same reasons.', {
  plugin: text('The first plugin that refused them.'),
  code: text('unschedulable: removing pods may help; unschedulable-and-unresolvable: it will not; pending: somebody else has to act first.'),
  reasons: names("The plugin's words."),
  detail: text('What lies behind them, when the plugin said.'),
  count: whole('How many nodes.'),
  nodeNames: names('All of them in small clusters, else a few.'),
});

const score = object('What the plugins made of one node.', {
  nodeName: text('The node.'),
  total: number('The sum of the weighted scores, with what extenders added: the highest is chosen.'),
  plugins: list(
    'The score of each plugin.',
    object('One plugin.', {
      name: text('Its name.'),
      raw: number('What it answered.'),
      normalized: number('The same brought into 0 to 100.'),
      weight: number('How much it counts.'),
      weighted: number('The normalized score times the weight.'),
    }),
  ),
});

const extender = object('What one extender said.', {
  name: text('Its URL prefix.'),
  verb: text('filter, prioritize, preempt or bind.'),
  durationMilliseconds: number('How long it took.'),
  nodesBefore: whole('How many nodes it was asked about.'),
  nodesAfter: whole('How many of them it left.'),
  scores: list('What it added to nodes, weight included.', object('One node.', { nodeName: text('The node.'), score: number('What was added.') })),
  error: text('Why it failed.'),
  isIgnored: flag('The attempt went on although it failed.'),
});

const preemption = object('The search for pods that may go so that this one fits.', {
  plugin: text('Who searched.'),
  message: text('What it said.'),
  nodeName: text('The node that was chosen.'),
  candidateCount: whole('On how many nodes removing pods would help.'),
  candidates: list(
    'Some of them, the chosen one first.',
    object('One node.', {
      nodeName: text('The node.'),
      victimCount: whole('How many pods would have to go.'),
      budgetViolations: whole('How many of them break a PodDisruptionBudget.'),
      victims: list('The pods, the most important first.', object('One pod.', { ...podReference, priority: whole('Its priority.') })),
    }),
  ),
});

/** The fields of an attempt to schedule a pod (`SchedulingAttempt`), with their descriptions. */
export const attemptFields: Fields = {
  pod: object('The pod.', podReference),
  attempt: whole('The number of the attempt, from 1. A gated pod has the number of the attempt that its gate holds back.'),
  schedulerName: text('The profile that scheduled it: spec.schedulerName of the pod.'),
  startTime: time('When it began.'),
  durationMilliseconds: number('Until the outcome was known, binding included; absent while it is not.'),
  result: text(
    'Scheduled, Unschedulable (no node fits), Rejected (a plugin refused the chosen node), Error (a plugin failed) or Gated; Scheduling, Waiting (in Permit) and Binding while it is under way.',
  ),
  endedAt: text('Where a plugin ended it: PreEnqueue, PreFilter, Filter, PostFilter, Score, Reserve, Permit, PreBind or Bind.'),
  plugin: text('The plugin that ended it there.'),
  message: text('The text of the event that was written.'),
  nodeName: text('The node that was chosen.'),
  nominatedNodeName: text('The node that was set aside for the pod.'),
  nodes: object('How many nodes there were.', {
    total: whole('In the cluster.'),
    evaluated: whole('Asked about.'),
    feasible: whole('That would do.'),
  }),
  refusals: list('Why nodes did not take the pod, those that hold for most nodes first.', refusal),
  refusalCount: whole('How many of these there were.'),
  scores: list('The chosen node, then the best others; empty when there was nothing to compare.', score),
  scoreCount: whole('How many nodes were scored.'),
  tiedCount: whole('How many nodes had the highest total: the choice among them was by lot.'),
  extenders: list('What extenders said.', extender),
  preemption,
  waits: list('Who held the pod in Permit.', object('One plugin.', { plugin: text('The plugin.'), timeoutSeconds: number('How long it may hold the pod.') })),
  moves: list('What happened to the pod in the queue before this attempt, and since the last one: the last of them woke it.', move),
  movesSince: list('What happened in the queue since this attempt.', move),
};
