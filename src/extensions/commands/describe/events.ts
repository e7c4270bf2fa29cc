import { escapeFieldValue } from '../../../api/field-selector.ts';
import { events } from '../../../api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../api/object.ts';
import { intervalText } from '../../../extension-points/commands/events/event-interval.ts';
import { listPages } from '../../../extension-points/commands/resources/object-requests.ts';
import type { DescribeContext, ObservedEvent } from './contract.ts';
import type { Page } from './page/page.ts';

/** What events tell of the object they are about. */
export interface EventSubject {
  readonly name: string;
  readonly namespace: string;
  readonly kind?: string;
  readonly uid?: string;
}

export const subjectOf = ({ metadata, kind }: KubernetesObject): EventSubject => ({
  name: metadata.name ?? '',
  namespace: metadata.namespace ?? '',
  ...(kind ? { kind } : {}),
  ...(metadata.uid ? { uid: metadata.uid } : {}),
});

/** Events about an object. Whoever may not read events still gets the description: what could not be read is left out. */
export async function searchEvents({ client, chunkSize }: DescribeContext, subject: EventSubject): Promise<ObservedEvent[]> {
  const fieldSelector = Object.entries({ kind: subject.kind, name: subject.name, namespace: subject.namespace, uid: subject.uid })
    .flatMap(([name, value]) => (value === undefined ? [] : [`involvedObject.${name}=${escapeFieldValue(value)}`]))
    .join(',');
  const found: ObservedEvent[] = [];
  try {
    for await (const page of listPages(client, { resource: events, namespace: subject.namespace || undefined }, { fieldSelector, chunkSize }))
      found.push(...(page.items as unknown as ObservedEvent[]));
  } catch {
    // Descriptions of what can be read must not fail for events.
  }
  return found;
}

/** A table of events, the oldest first. */
export function writeEvents(page: Page, found: readonly ObservedEvent[], now: number): void {
  if (found.length === 0) return page.line(0, 'Events:', '<none>');
  page.flush();
  page.write(0, 'Events:\n  Type\tReason\tAge\tFrom\tMessage\n');
  page.line(1, '----', '------', '----', '----', '-------');
  const timeOf = ({ lastTimestamp }: ObservedEvent): number => (lastTimestamp ? Date.parse(lastTimestamp) : Number.NEGATIVE_INFINITY);
  for (const event of [...found].sort((left, right) => compare(timeOf(left), timeOf(right)))) {
    const message = (event.message ?? '').trim();
    const path = event.involvedObject?.fieldPath;
    const from = event.source?.component || event.reportingComponent || '';
    page.line(1, event.type ?? '', event.reason ?? '', intervalText(event, now), from, path ? `${path}: ${message}` : message);
  }
}

const compare = (left: number, right: number): number => (left === right ? 0 : left - right);
