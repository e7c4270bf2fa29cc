import type { Event } from '../../../api/generated/core-v1.ts';
import { events } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { age, type Column, nameColumn } from '../../../extension-points/resources/printer.ts';
import { toCoreEvent } from './event-conversion.ts';
import { qualifiedNameAt, requiredAt } from './field-checks.ts';

/** The columns of `kubectl get events`, of events in core form. */
export const eventColumns: readonly Column<Event>[] = [
  { name: 'Last Seen', description: 'Time since it last happened.', cell: lastSeenText },
  { name: 'Type', description: 'Normal or Warning.', cell: (event) => event.type ?? '' },
  { name: 'Reason', description: 'Why it happened, in one word.', cell: (event) => event.reason ?? '' },
  { name: 'Object', description: 'What it happened to.', cell: objectText },
  { name: 'Subobject', priority: 1, description: 'The part of the object that is meant.', cell: (event) => event.involvedObject?.fieldPath ?? '' },
  { name: 'Source', priority: 1, description: 'Who reported it.', cell: sourceText },
  { name: 'Message', description: 'What happened.', cell: (event) => (event.message ?? '').trim() },
  { name: 'First Seen', priority: 1, description: 'Time since it first happened.', cell: firstSeenText },
  { name: 'Count', type: 'integer', priority: 1, description: 'How often it happened.', cell: (event) => event.series?.count ?? (event.count || 1) },
  { ...nameColumn, priority: 1 },
];

/** core/v1 `events`; events.k8s.io shares its storage. */
export function eventDefinition(): ResourceDefinition {
  return defineBuiltIn(events, {
    createsOnUpdate: true,
    columns: eventColumns,
    generationFields: [],
    convert: (draft: UntypedObject) => toCoreEvent(draft),
    validate: (event) => validateEvent(event, 'reportingComponent'),
    selectableFields: coreEventFields,
  });
}

const coreEventFields: Record<string, (event: Draft<Event>) => string | undefined> = {
  'involvedObject.kind': (event) => event.involvedObject?.kind,
  'involvedObject.namespace': (event) => event.involvedObject?.namespace,
  'involvedObject.name': (event) => event.involvedObject?.name,
  'involvedObject.uid': (event) => event.involvedObject?.uid,
  'involvedObject.apiVersion': (event) => event.involvedObject?.apiVersion,
  'involvedObject.resourceVersion': (event) => event.involvedObject?.resourceVersion,
  'involvedObject.fieldPath': (event) => event.involvedObject?.fieldPath,
  reason: (event) => event.reason,
  reportingComponent: (event) => event.reportingComponent,
  source: (event) => event.source?.component || event.reportingComponent,
  type: (event) => event.type,
};

function firstSeenText(event: Draft<Event>, nowMs: number): string {
  return age(event.firstTimestamp ?? event.eventTime, nowMs);
}

function lastSeenText(event: Draft<Event>, nowMs: number): string {
  if (event.series) return age(event.series.lastObservedTime, nowMs);
  return event.lastTimestamp ? age(event.lastTimestamp, nowMs) : firstSeenText(event, nowMs);
}

function objectText({ involvedObject }: Draft<Event>): string {
  const kind = involvedObject?.kind?.toLowerCase() ?? '';
  return involvedObject?.name ? `${kind}/${involvedObject.name}` : kind;
}

function sourceText({ source, reportingComponent, reportingInstance }: Draft<Event>): string {
  const [component, host] = source?.component ? [source.component, source.host] : [reportingComponent ?? '', reportingInstance];
  return host ? `${component}, ${host}` : component;
}

/** An event lies in the namespace of its object, those of cluster-wide objects in `default`. New-style events must be complete. */
export function validateEvent(event: Draft<Event>, reporterField: string): FieldError[] {
  const errors: FieldError[] = [];
  const own = event.metadata.namespace ?? '';
  const involved = event.involvedObject?.namespace ?? '';
  const matches = involved === '' ? own === '' || own === 'default' : own === involved;
  if (!matches) errors.push(fieldError.invalid('involvedObject.namespace', involved, 'does not match event.namespace'));
  if (!event.eventTime) return errors;
  errors.push(...(event.reportingComponent ? qualifiedNameAt(event.reportingComponent, reporterField) : [fieldError.required(reporterField)]));
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    errors.push(...requiredAt(event[field], field));
    if ((event[field]?.length ?? 0) > 128) errors.push(fieldError.invalid(field, event[field], 'can have at most 128 characters'));
  }
  if (Buffer.byteLength(event.message ?? '') > 1024) errors.push(fieldError.invalid('message', event.message, 'can have at most 1024 characters'));
  return errors;
}
