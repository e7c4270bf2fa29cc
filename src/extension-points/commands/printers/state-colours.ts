/** How the state of an object stands to what is wanted of it. */
export type StateColour = 'green' | 'yellow' | 'red';

const columns: ReadonlySet<string> = new Set(['STATUS', 'PHASE', 'STATE', 'READY', 'AVAILABLE', 'REASON', 'TYPE', 'HEALTH']);
const good = /^(?:Running|Ready|Active|Bound|Available|Healthy|Succeeded|Complete|Completed|True|Approved(?:,Issued)?|Established)$/;
const waiting =
  /^(?:Pending|ContainerCreating|PodInitializing|Terminating|Released|Progressing|Suspended|NotReady|SchedulingGated|Init:\d+\/\d+|Ready,SchedulingDisabled)$/;
const bad =
  /^(?:Failed|Lost|Evicted|OOMKilled|Denied|Unhealthy|Unknown|Warning|NodeLost|Unschedulable|DeadlineExceeded|(?:Init:)?.*(?:Error|BackOff|Failed).*)$/;

/** The colour of a cell below a heading; undefined for what is no state. `1/2` of READY has something to come. */
export function stateColour(heading: string, cell: string): StateColour | undefined {
  if (!columns.has(heading)) return undefined;
  const parts = /^(\d+)\/(\d+)$/.exec(cell);
  if (parts) return parts[1] === parts[2] ? undefined : 'yellow';
  if (good.test(cell)) return 'green';
  if (waiting.test(cell)) return 'yellow';
  return bad.test(cell) ? 'red' : undefined;
}
