import type { CommandContext, FlagTable } from '../../../extension-points/commands/contract.ts';
import { parseTimeArgument } from '../../../extension-points/commands/flags/time-argument.ts';
import { selectionFlags } from '../../../extension-points/commands/resources/selection-flags.ts';
import { podRunningTimeoutFlag } from '../../../extension-points/commands/workloads/pod-arguments.ts';

export const logsFlags = {
  'all-containers': { type: 'boolean', description: 'The logs of every container of the pods.' },
  'all-pods': { type: 'boolean', description: 'The logs of every pod; each line says which (--prefix).' },
  container: { type: 'string', shorthand: 'c', description: 'The log of this container.' },
  follow: { type: 'boolean', shorthand: 'f', description: 'Go on as more is written.' },
  'ignore-errors': { type: 'boolean', description: 'Go on with the others when one log cannot be had.' },
  'insecure-skip-tls-verify-backend': {
    type: 'boolean',
    description: 'Have the server accept whatever certificate the kubelet shows, an expired one or that of somebody else.',
  },
  'limit-bytes': { type: 'integer', description: 'No more bytes than this; 0 for no limit.' },
  'max-log-requests': { type: 'integer', default: 5, description: 'How many logs may be followed at once.' },
  'pod-running-timeout': podRunningTimeoutFlag(20_000),
  prefix: { type: 'boolean', description: 'Begin each line with the pod and container it came from.' },
  previous: { type: 'boolean', shorthand: 'p', description: 'The log of the container before it was restarted.' },
  selector: selectionFlags.selector,
  since: { type: 'duration', description: 'Only what is not older than this (5s, 2m, 3h). Excludes --since-time.' },
  'since-time': { type: 'string', description: 'Only what was written after this time (RFC 3339). Excludes --since.' },
  tail: { type: 'integer', default: -1, description: 'So many lines from the end; -1 for all of them, or ten when pods are chosen by a selector.' },
  timestamps: { type: 'boolean', description: 'Begin each line with the time of its writing.' },
} as const satisfies FlagTable;

export type LogsContext = CommandContext<typeof logsFlags>;

/** The query of a log request, but for the container. */
export type LogParameters = Readonly<Record<string, string | number | boolean | undefined>>;

const selectorTail = 10;

/** Throws for a time that cannot be read. */
export function logParameters({ flags, isSet }: LogsContext): LogParameters {
  const { selector, tail } = flags;
  const sinceTime = flags['since-time'];
  const sinceSeconds = Math.round(Math.abs(flags.since) / 1000) * Math.sign(flags.since);
  return {
    follow: flags.follow,
    insecureSkipTLSVerifyBackend: flags['insecure-skip-tls-verify-backend'],
    limitBytes: flags['limit-bytes'] || undefined,
    previous: flags.previous,
    sinceSeconds: flags.since === 0 ? undefined : sinceSeconds,
    sinceTime: sinceTime === '' ? undefined : `${new Date(parseTimeArgument(sinceTime)).toISOString().slice(0, 19)}Z`,
    tailLines: selector !== '' && tail === -1 && !isSet('tail') ? selectorTail : tail === -1 ? undefined : tail,
    timestamps: flags.timestamps,
  };
}

/** Refuses what makes no sense, in kubectl's words. `container` may have come as an argument. */
export function checkLogs({ flags, args, isSet }: LogsContext, container: string, parameters: LogParameters): void {
  if (flags['since-time'] !== '' && flags.since !== 0) throw new Error('at most one of `sinceTime` or `sinceSeconds` may be specified');
  if (flags['all-containers'] && container !== '') throw new Error(`--all-containers=true should not be specified with container name ${container}`);
  if (isSet('container') && args.length === 2) throw new Error('only one of -c or an inline [CONTAINER] arg is allowed');
  if (flags['limit-bytes'] < 0) throw new Error('--limit-bytes must be greater than 0');
  if (Number(parameters['sinceSeconds'] ?? 0) < 0) throw new Error('--since must be greater than 0');
  if (Number(parameters['tailLines'] ?? 0) < -1) throw new Error('--tail must be greater than or equal to -1');
}
