import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createEventSeriesRecorder } from '../../../src/client/event-series-recorder.ts';
import { createInformers } from '../../../src/client/shared-informers.ts';
import { DecisionMemory } from '../../../src/components/scheduler/decision-recorder.ts';
import { eventActions } from '../../../src/components/scheduler/event-actions.ts';
import { schedulingPlugins } from '../../../src/distributions/control-plane.ts';
import { startLiveScheduling } from '../../../src/distributions/scheduling/live-scheduling.ts';
import type { SchedulingPlugin } from '../../../src/extension-points/scheduling/contract.ts';
import type { SchedulingAttempt } from '../../../src/extension-points/scheduling/decision.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { DisposalStack } from '../../../src/kernel/disposal.ts';
import { ExtensionPoint } from '../../../src/kernel/extension-point.ts';
import { silentLog } from '../../../src/kernel/log.ts';
import type { ScoresOf } from './play.ts';
import type { Stage } from './stage.ts';
import type { Scores } from './trace.ts';

/** Wherry's scheduler as a cluster starts it, with all its plugins. */
export interface WherryScheduler extends AsyncDisposable {
  readonly scoresOf: ScoresOf;
}

export async function startWherry(stage: Stage, configuration?: Readonly<Record<string, unknown>>): Promise<WherryScheduler> {
  const stack = new DisposalStack();
  const clock = systemClock;
  const log = silentLog;
  const client = stage.server.client({ name: 'system:kube-scheduler', groups: ['system:authenticated'] });
  const informers = stack.use(createInformers({ client, clock, log }));
  const events = stack.use(createEventSeriesRecorder({ client, clock, log, component: 'default-scheduler', actions: eventActions }));
  const decisions = new DecisionMemory({ clock });
  const configurationFile = configuration && join(stage.directory, 'scheduler.json');
  const header = { apiVersion: 'kubescheduler.config.k8s.io/v1', kind: 'KubeSchedulerConfiguration' };
  if (configurationFile) writeFileSync(configurationFile, JSON.stringify({ ...header, ...configuration }));
  const builtIn = new Map(schedulingPlugins.map(({ name, implementation: factory }) => [name, { factory, origin: 'built-in' }]));
  const others = new ExtensionPoint<SchedulingPlugin>('scheduling');
  stack.use(await startLiveScheduling({ client, informers, events, clock, log, decisions, configurationFile, builtIn, others, onRosters: () => {} }));
  return {
    scoresOf(pod) {
      if (!pod) return undefined;
      const { metadata } = pod;
      const attempts = [...decisions.all(metadata.namespace)].map(({ attempt }) => attempt).filter((attempt) => attempt.pod.uid === metadata.uid);
      return scoresIn(attempts.sort((left, right) => right.attempt - left.attempt)[0]);
    },
    [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose](),
  };
}

function scoresIn(attempt: SchedulingAttempt | undefined): Scores | undefined {
  if (!attempt || attempt.scoreCount === 0) return undefined;
  const ofExtenders = attempt.extenders?.filter(({ verb }) => verb === 'prioritize').flatMap(({ scores = [] }) => scores) ?? [];
  const scores = attempt.scores.map(({ nodeName, plugins }) => {
    const extended = ofExtenders.filter((extender) => extender.nodeName === nodeName).map(({ score }) => ['extender', score] as const);
    return [nodeName, Object.fromEntries([...plugins.map(({ name, weighted }) => [name, weighted] as const), ...extended].filter(([, score]) => score !== 0))];
  });
  return Object.fromEntries(scores) as Scores;
}
