import type { Event, Node, Pod } from '../../../../api/generated/core-v1.ts';
import { humanDuration } from '../../../../extension-points/commands/printers/table-printer.ts';
import { isScalarResource, podRequests, resourceTotals } from '../../../../extension-points/scheduling/pod-requests.ts';
import type { LiveObjects } from './live-objects.ts';
import { podState } from './pod-state.ts';
import type { ScreenLine } from './terminal-screen.ts';

/** One of the tables of the screen. */
export interface Pane {
  readonly title: string;
  /** Column headings, then rows; all as wide as they need. */
  readonly headings: readonly string[];
  readonly rows: readonly PaneRow[];
  /** Said in place of rows. */
  readonly problem: string | undefined;
}

export interface PaneRow {
  readonly cells: readonly string[];
  readonly style?: ScreenLine['style'];
}

export const paneNames = ['nodes', 'pods', 'devices', 'events'] as const;
export type PaneName = (typeof paneNames)[number];

export interface PaneQuery {
  /** Pods and events of this namespace only; `''`: of all. */
  readonly namespace: string;
  /** Milliseconds. */
  readonly now: number;
}

/** Everything the screen shows, as tables. */
export function panesOf(objects: LiveObjects, query: PaneQuery): Readonly<Record<PaneName, Pane>> {
  const held = requestedByNode(objects.pods.values());
  return {
    nodes: nodesPane(objects, held, query),
    pods: podsPane(objects, query),
    devices: devicesPane(objects, held),
    events: eventsPane(objects, query),
  };
}

interface Requested {
  milliCpu: number;
  memoryBytes: number;
  pods: number;
  readonly scalar: Map<string, number>;
}

function requestedByNode(pods: Iterable<Pod>): Map<string, Requested> {
  const byNode = new Map<string, Requested>();
  for (const pod of pods) {
    const { nodeName } = pod.spec;
    if (!nodeName || pod.status?.phase === 'Succeeded' || pod.status?.phase === 'Failed') continue;
    let requested = byNode.get(nodeName);
    if (!requested) byNode.set(nodeName, (requested = { milliCpu: 0, memoryBytes: 0, pods: 0, scalar: new Map() }));
    const { milliCpu, memoryBytes, scalar } = podRequests(pod);
    requested.milliCpu += milliCpu;
    requested.memoryBytes += memoryBytes;
    requested.pods++;
    for (const [name, amount] of scalar) requested.scalar.set(name, (requested.scalar.get(name) ?? 0) + amount);
  }
  return byNode;
}

const rolePrefix = 'node-role.kubernetes.io/';

function nodesPane(objects: LiveObjects, held: ReadonlyMap<string, Requested>, { now }: PaneQuery): Pane {
  const rows = byName(objects.nodes.values()).map((node): PaneRow => {
    const name = node.metadata.name!;
    const ready = node.status?.conditions?.find(({ type }) => type === 'Ready')?.status === 'True';
    const has = resourceTotals(node.status?.allocatable as Parameters<typeof resourceTotals>[0]);
    const used = held.get(name);
    const roles = Object.keys(node.metadata.labels ?? {})
      .filter((label) => label.startsWith(rolePrefix))
      .map((label) => label.slice(rolePrefix.length))
      .join(',');
    return {
      cells: [
        name,
        `${ready ? 'Ready' : 'NotReady'}${node.spec?.unschedulable ? ',SchedulingDisabled' : ''}`,
        roles || '<none>',
        `${used?.pods ?? 0}/${node.status?.allocatable?.['pods'] ?? '?'}`,
        share(used?.milliCpu ?? 0, has.milliCpu),
        share(used?.memoryBytes ?? 0, has.memoryBytes),
        age(node.metadata.creationTimestamp, now),
      ],
      ...(ready ? (node.spec?.unschedulable ? { style: 'warning' as const } : {}) : { style: 'bad' as const }),
    };
  });
  const notReady = rows.filter(({ style }) => style === 'bad').length;
  return {
    title: `Nodes ${rows.length}${notReady > 0 ? `, ${notReady} not ready` : ''}`,
    headings: ['NAME', 'STATUS', 'ROLES', 'PODS', 'CPU REQ', 'MEMORY REQ', 'AGE'],
    rows,
    problem: objects.problems.get('nodes'),
  };
}

function podsPane(objects: LiveObjects, { namespace, now }: PaneQuery): Pane {
  const shown = [...objects.pods.values()].filter((pod) => namespace === '' || pod.metadata.namespace === namespace);
  const known = shown.map((pod) => ({ pod, state: podState(pod) }));
  // What needs a look comes first.
  const urgency = { bad: 0, warning: 1, good: 2, none: 3 };
  known.sort((left, right) => urgency[left.state.mood ?? 'none'] - urgency[right.state.mood ?? 'none'] || compare(keyOf(left.pod), keyOf(right.pod)));
  const rows = known.map(
    ({ pod, state }): PaneRow => ({
      cells: [
        ...(namespace === '' ? [pod.metadata.namespace ?? ''] : []),
        pod.metadata.name ?? '',
        `${state.ready}/${state.containers}`,
        state.text,
        String(state.restarts),
        age(pod.metadata.creationTimestamp, now),
        pod.spec.nodeName ?? '<none>',
      ],
      ...(state.mood && state.mood !== 'good' ? { style: state.mood } : {}),
    }),
  );
  const count = (mood: string): number => known.filter(({ state }) => state.mood === mood).length;
  const parts = [
    `Pods ${rows.length}`,
    `${count('good')} running`,
    ...(count('warning') ? [`${count('warning')} on the way`] : []),
    ...(count('bad') ? [`${count('bad')} in trouble`] : []),
  ];
  return {
    title: parts.join(', '),
    headings: [...(namespace === '' ? ['NAMESPACE'] : []), 'NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE', 'NODE'],
    rows,
    problem: objects.problems.get('pods'),
  };
}

/** What nodes offer besides CPU and memory: devices of plugins, huge pages. */
function devicesPane(objects: LiveObjects, held: ReadonlyMap<string, Requested>): Pane {
  const rows: PaneRow[] = [];
  for (const node of byName(objects.nodes.values())) {
    const { capacity = {}, allocatable = {} } = node.status ?? {};
    const amounts = resourceTotals(allocatable as Parameters<typeof resourceTotals>[0]).scalar;
    const totals = resourceTotals(capacity as Parameters<typeof resourceTotals>[0]).scalar;
    for (const [name, total] of [...totals].filter(([each, amount]) => isScalarResource(each) && amount > 0).sort(([left], [right]) => compare(left, right))) {
      const healthy = amounts.get(name) ?? 0;
      const used = held.get(node.metadata.name!)?.scalar.get(name) ?? 0;
      const unit = (amount: number): string => (name.startsWith('hugepages-') ? bytes(amount) : String(amount));
      rows.push({
        cells: [node.metadata.name!, name, unit(total), unit(used), unit(Math.max(0, healthy - used)), unit(Math.max(0, total - healthy))],
        ...(healthy < total ? { style: 'warning' as const } : {}),
      });
    }
  }
  return {
    title: rows.length === 0 ? 'Devices: none' : `Devices ${rows.length}`,
    headings: ['NODE', 'RESOURCE', 'TOTAL', 'HELD', 'FREE', 'NOT USABLE'],
    rows,
    problem: objects.problems.get('nodes'),
  };
}

function eventsPane(objects: LiveObjects, { namespace, now }: PaneQuery): Pane {
  const shown = [...objects.events.values()].filter((event) => namespace === '' || event.metadata.namespace === namespace);
  const timed = shown.map((event) => ({ event, atMs: Date.parse(lastSeen(event) ?? '') || 0 })).sort((left, right) => right.atMs - left.atMs);
  const rows = timed.map(
    ({ event, atMs }): PaneRow => ({
      cells: [
        atMs === 0 ? '?' : humanDuration(now - atMs),
        event.type ?? '',
        event.reason ?? '',
        `${event.involvedObject.kind?.toLowerCase() ?? ''}/${event.involvedObject.name ?? ''}`,
        event.message ?? '',
      ],
      ...(event.type === 'Warning' ? { style: 'warning' as const } : {}),
    }),
  );
  return { title: `Events ${rows.length}`, headings: ['SEEN', 'TYPE', 'REASON', 'OBJECT', 'MESSAGE'], rows, problem: objects.problems.get('events') };
}

const lastSeen = ({ series, lastTimestamp, eventTime, metadata }: Event): string | undefined =>
  (series?.lastObservedTime ?? lastTimestamp ?? eventTime ?? metadata.creationTimestamp) as string | undefined;

const compare = (left: string, right: string): number => (left < right ? -1 : left > right ? 1 : 0);
const keyOf = ({ metadata }: Pod): string => `${metadata.namespace}/${metadata.name}`;
const byName = (nodes: Iterable<Node>): Node[] => [...nodes].sort((left, right) => compare(left.metadata.name ?? '', right.metadata.name ?? ''));
const age = (timestamp: string | undefined, now: number): string => (timestamp ? humanDuration(now - Date.parse(timestamp)) : '?');
const share = (part: number, whole: number): string => (whole > 0 ? `${Math.round((part / whole) * 100)}%` : '?');
const bytes = (amount: number): string => (amount >= 2 ** 30 ? `${Math.round((amount / 2 ** 30) * 10) / 10}Gi` : `${Math.round(amount / 2 ** 20)}Mi`);
