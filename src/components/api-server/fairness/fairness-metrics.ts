import type { Fairness } from './fairness.ts';

/** What each priority level has, uses and keeps waiting, in Prometheus' text format under upstream's names. */
export function fairnessMetrics(fairness: Fairness): string {
  const levels = [...fairness.levels()];
  const gauge = (name: string, help: string, valueOf: (level: (typeof levels)[number]) => number): string[] => [
    `# HELP ${name} ${help}`,
    `# TYPE ${name} gauge`,
    ...levels.map((level) => `${name}{priority_level=${JSON.stringify(level.name)}} ${valueOf(level)}`),
  ];
  return `${[
    ...gauge('apiserver_flowcontrol_current_limit_seats', 'Seats of the level, with what it lends and borrows.', ({ limit }) => limit),
    ...gauge('apiserver_flowcontrol_current_executing_seats', 'Seats of requests that run.', ({ seatsInUse }) => seatsInUse),
    ...gauge('apiserver_flowcontrol_current_inqueue_requests', 'Requests that wait.', ({ waiting }) => waiting),
  ].join('\n')}\n`;
}
