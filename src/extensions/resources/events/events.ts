import type { Event } from '../../../api/generated/events-v1.ts';
import { events_events_v1 } from '../../../api/generated/resource-types.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import type { Column } from '../../../extension-points/resources/printer.ts';
import { sameValue } from '../../../extension-points/resources/same-value.ts';
import { toCoreEvent, toGroupEvent } from '../core/event-conversion.ts';
import { eventColumns } from '../core/events.ts';
import { oneOfAt, qualifiedNameAt, requiredAt } from '../core/field-checks.ts';

type Core = Parameters<(typeof eventColumns)[number]['cell']>[0];
const coreForm = (event: Draft<Event>): Core => toCoreEvent({ ...event } as UntypedObject) as Core;

/** events.k8s.io/v1 `events`: the same objects as core's, under other names. */
export function groupEventDefinition(): ResourceDefinition {
  return defineBuiltIn(events_events_v1, {
    createsOnUpdate: true,
    columns: eventColumns.map((column): Column<Event> => ({ ...column, cell: (event, nowMs) => column.cell(coreForm(event), nowMs) })),
    generationFields: [],
    storedAs: { group: '', resource: 'events' },
    convert: (draft: UntypedObject) => toGroupEvent(draft),
    validate: (event, context) => (context.operation === 'CREATE' ? validateNew(event) : []),
    validateUpdate,
    selectableFields: {
      'regarding.kind': (event) => event.regarding?.kind,
      'regarding.namespace': (event) => event.regarding?.namespace,
      'regarding.name': (event) => event.regarding?.name,
      'regarding.uid': (event) => event.regarding?.uid,
      'regarding.apiVersion': (event) => event.regarding?.apiVersion,
      'regarding.resourceVersion': (event) => event.regarding?.resourceVersion,
      'regarding.fieldPath': (event) => event.regarding?.fieldPath,
      reason: (event) => event.reason,
      reportingController: (event) => event.reportingController,
      type: (event) => event.type,
    },
  });
}

const emptyFields = ['deprecatedSource', 'deprecatedFirstTimestamp', 'deprecatedLastTimestamp', 'deprecatedCount'] as const;

function validateNew(event: Draft<Event>): FieldError[] {
  const errors = [...requiredAt(event.eventTime, 'eventTime'), ...validateNamespace(event)];
  errors.push(
    ...(event.reportingController ? qualifiedNameAt(event.reportingController, 'reportingController') : [fieldError.required('reportingController')]),
  );
  for (const field of ['reportingInstance', 'action', 'reason'] as const) {
    errors.push(...requiredAt(event[field], field));
    if ((event[field]?.length ?? 0) > 128) errors.push(fieldError.invalid(field, event[field], 'can have at most 128 characters'));
  }
  if (Buffer.byteLength(event.note ?? '') > 1024) errors.push(fieldError.invalid('note', event.note, 'can have at most 1024 characters'));
  errors.push(...oneOfAt(event.type, ['Normal', 'Warning'], 'type'));
  const set = emptyFields.filter((field) => !sameValue(event[field], undefined));
  return [...errors, ...set.map((field) => fieldError.invalid(field, event[field], 'needs to be unset'))];
}

function validateNamespace({ metadata, regarding }: Draft<Event>): FieldError[] {
  const own = metadata.namespace ?? '';
  const involved = regarding?.namespace ?? '';
  const matches = involved === '' ? own === '' || own === 'default' : own === involved;
  return matches ? [] : [fieldError.invalid('regarding.namespace', involved, 'does not match event.namespace')];
}

/** A series may go on; what the event is about may not change. */
function validateUpdate(event: Draft<Event>, old: Draft<Event>): FieldError[] {
  const fixed = ['regarding', 'related', 'reason', 'action', 'reportingController', 'reportingInstance', 'note', 'type', 'eventTime'] as const;
  return fixed.filter((field) => !sameValue(event[field], old[field])).map((field) => fieldError.invalid(field, event[field], 'field is immutable'));
}
