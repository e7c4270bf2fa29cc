import { durationText, sinceText } from './since-text.ts';
import { sizeText, table } from './table.ts';

/** What `status` tells of a cluster that runs: the form of its JSON and YAML, too. */
export interface StatusSummary {
  readonly running: true;
  readonly ready: boolean;
  readonly url: string;
  readonly pid: number;
  readonly dataDirectory: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly simulated: boolean;
  /** Resident; 0 where it is not known. */
  readonly memoryBytes: number;
  /** Of the store's files; 0 where it keeps none here. */
  readonly storeBytes: number;
  readonly nodes: readonly NodeSummary[];
  readonly pods: number;
  readonly podsByPhase: Readonly<Record<string, number>>;
  /** Of the last hour, the newest first. */
  readonly warnings: readonly WarningSummary[];
}

export interface NodeSummary {
  readonly name: string;
  readonly ready: boolean;
  readonly pods: number;
  readonly runtime: string;
}

export interface WarningSummary {
  /** RFC 3339, the last time. */
  readonly time: string;
  readonly namespace: string;
  /** `pod/web`. */
  readonly object: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
}

const mostNodes = 20;
const mostWarnings = 5;

/** For people. */
export function statusText(summary: StatusSummary, nowMs: number): string {
  const { url, ready, pid, startedAt, memoryBytes, dataDirectory, storeBytes } = summary;
  const memory = memoryBytes > 0 ? `, ${sizeText(memoryBytes)} of memory` : '';
  const store = storeBytes > 0 ? ` (store: ${sizeText(storeBytes)})` : '';
  const head = `${url} is ${ready ? 'ready' : 'not ready'} (pid ${pid}, up ${durationText(nowMs - Date.parse(startedAt))}${memory})\ndata in ${dataDirectory}${store}\n`;
  return [head, nodesText(summary.nodes), podsText(summary), warningsText(summary.warnings, nowMs)].filter((text) => text !== '').join('\n');
}

function nodesText(nodes: readonly NodeSummary[]): string {
  const shown = nodes.slice(0, mostNodes).map(({ name, ready, pods, runtime }) => [name, ready ? 'Ready' : 'NotReady', String(pods), runtime]);
  const rest = nodes.length > mostNodes ? `… and ${nodes.length - mostNodes} more nodes\n` : '';
  return table(['NODE', 'STATUS', 'PODS', 'RUNTIME'], shown) + rest;
}

function podsText({ pods, podsByPhase }: StatusSummary): string {
  if (pods === 0) return 'no pods\n';
  const phases = Object.entries(podsByPhase).map(([phase, count]) => `${count} ${phase}`);
  return `${pods} ${pods === 1 ? 'pod' : 'pods'}: ${phases.join(', ')}\n`;
}

function warningsText(warnings: readonly WarningSummary[], nowMs: number): string {
  if (warnings.length === 0) return '';
  const rows = warnings
    .slice(0, mostWarnings)
    .map(({ time, namespace, object, reason, message, count }) => [
      sinceText(time, nowMs),
      namespace,
      object,
      reason,
      `${message.split('\n')[0]}${count > 1 ? ` (${count} times)` : ''}`,
    ]);
  const rest = warnings.length > mostWarnings ? `… and ${warnings.length - mostWarnings} more in the last hour: wherry events -A --types=Warning\n` : '';
  return table(['WARNED', 'NAMESPACE', 'OBJECT', 'REASON', 'MESSAGE'], rows) + rest;
}
