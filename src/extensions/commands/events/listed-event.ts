import type { Event } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { inOwnOrder } from '../../../extension-points/commands/printers/json-text.ts';

export type ListedEvent = Event;

/** When an event was last seen, for sorting. Milliseconds since the epoch; absent: before everything. */
export function timeOf({ series, lastTimestamp, eventTime }: ListedEvent): number {
  const time = series ? series.lastObservedTime : lastTimestamp || eventTime;
  return time ? Date.parse(time) : -62_135_596_800_000;
}

/** kubectl knows the type of events: fields have its order, and those that Go never leaves out are there. */
export const typedList = (items: readonly ListedEvent[]): UntypedObject =>
  ordered({ kind: 'EventList', apiVersion: 'v1', metadata: {}, items: items.map(typedEvent) }) as unknown as UntypedObject;

export function typedEvent(event: ListedEvent): UntypedObject {
  const { metadata, involvedObject, source, series, related } = event;
  return ordered({
    kind: 'Event',
    apiVersion: 'v1',
    metadata: pick(metadata, metadataFields),
    involvedObject: pick(involvedObject, referenceFields),
    reason: event.reason || undefined,
    message: event.message || undefined,
    source: pick(source ?? {}, ['component', 'host']),
    firstTimestamp: event.firstTimestamp ?? null,
    lastTimestamp: event.lastTimestamp ?? null,
    count: event.count || undefined,
    type: event.type || undefined,
    eventTime: event.eventTime ?? null,
    series: series ? ordered({ count: series.count || undefined, lastObservedTime: series.lastObservedTime ?? null }) : undefined,
    action: event.action || undefined,
    related: related ? pick(related, referenceFields) : undefined,
    reportingComponent: event.reportingComponent ?? '',
    reportingInstance: event.reportingInstance ?? '',
  }) as unknown as UntypedObject;
}

const referenceFields = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath'];
const metadataFields = [
  ...['name', 'generateName', 'namespace', 'selfLink', 'uid', 'resourceVersion', 'generation', 'creationTimestamp', 'deletionTimestamp'],
  ...['deletionGracePeriodSeconds', 'labels', 'annotations', 'ownerReferences', 'finalizers', 'managedFields'],
];

const pick = (object: object, names: readonly string[]): Record<string, unknown> =>
  ordered(Object.fromEntries(names.filter((name) => Object.hasOwn(object, name)).map((name) => [name, (object as Record<string, unknown>)[name]])));

const ordered = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.defineProperty(Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)), inOwnOrder, { value: true, enumerable: true });
