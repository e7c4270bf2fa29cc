import type { UntypedObject } from '../../../api/object.ts';
import { groupResource, groupVersion } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import type { AdmissionDecision, AdmissionReader, RecordedAdmission } from '../../../extension-points/admission/decision.ts';
import { admissiondecisions, admissionReaderService } from '../../../extension-points/admission/decision.ts';
import type { ComputedObject, ComputedObjects, PrinterColumn, ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { age } from '../../../extension-points/resources/printer.ts';

const text = (description: string): Schema => ({ type: 'string', description });

const schema: Schema = {
  type: 'object',
  description: 'AdmissionDecision is what admission made of one write that it changed or refused. Read-only and kept in memory: old ones are forgotten.',
  properties: {
    apiVersion: { type: 'string' },
    kind: { type: 'string' },
    metadata: { type: 'object' },
    time: { type: 'string', format: 'date-time', description: 'When the first plugin changed or refused it.' },
    operation: text('CREATE, UPDATE, DELETE or CONNECT.'),
    target: {
      type: 'object',
      description: 'What was to be written.',
      properties: {
        group: text('Its API group.'),
        version: text('The version it came in.'),
        resource: text('Its resource.'),
        subresource: text('The sub-resource, if it was one.'),
        namespace: text('Its namespace; absent for cluster-scoped objects.'),
        name: text('Its name; absent while it was to be generated.'),
      },
    },
    user: text('Who wrote.'),
    dryRun: { type: 'boolean', description: 'The write was only rehearsed.' },
    result: text('Changed, Denied or Failed (a plugin failed).'),
    steps: {
      type: 'array',
      listType: 'atomic',
      description: 'What each plugin did, in order; those that did nothing are left out.',
      items: {
        type: 'object',
        properties: {
          plugin: text('The plugin.'),
          result: text('Changed, Denied or Failed.'),
          patch: {
            type: 'array',
            listType: 'atomic',
            description: 'What it changed, as a JSON patch. Values of Secrets are left out.',
            items: {
              type: 'object',
              properties: {
                op: text('add, replace or remove.'),
                path: text('Where.'),
                value: { description: 'What is there now.', preserveUnknownFields: true },
              },
            },
          },
          omittedOperations: { type: 'integer', format: 'int64', description: 'Operations that the patch had no room for.' },
          code: { type: 'integer', format: 'int64', description: 'The HTTP status of the refusal.' },
          message: text('Why it was refused, or failed.'),
        },
      },
    },
  },
};

/** The writes that admission changed or refused, read through the service `admission-decisions` (an `AdmissionReader`). */
export function admissionDecisionDefinition(): ResourceDefinition {
  const { group, version, resource, kind, namespaced } = admissiondecisions;
  return {
    group,
    resource,
    singular: 'admissiondecision',
    kind,
    namespaced,
    shortNames: ['ad'],
    categories: ['decisions'],
    verbs: ['get', 'list'],
    storageVersion: version,
    schemas: new Map(),
    versions: [{ name: version, served: true, schema, columns }],
    computed: (services) => decisions(services.service<AdmissionReader>(admissionReaderService)),
    selectableFieldNames: ['target.resource', 'target.name', 'result', 'user'],
    selectableFields(object) {
      const { target, result, user } = decisionOf(object);
      return { 'target.resource': target.resource, 'target.name': target.name ?? '', result, user };
    },
  };
}

const decisions = (reader: AdmissionReader): ComputedObjects => ({
  find({ namespace, name }) {
    const found = namespace === undefined ? undefined : reader.find(namespace, name);
    return found && decision(found);
  },
  *all(namespace) {
    for (const recorded of reader.all(namespace)) yield decision(recorded);
  },
});

function decision(recorded: RecordedAdmission): ComputedObject {
  const { namespace, name, revision } = recorded;
  return {
    key: { namespace, name },
    revision,
    get object() {
      const { record } = recorded;
      const made: AdmissionDecision = {
        apiVersion: groupVersion(admissiondecisions),
        kind: admissiondecisions.kind,
        metadata: { name, namespace, creationTimestamp: record.time.replace(/\.\d+Z$/, 'Z') },
        ...record,
      };
      return made as unknown as UntypedObject;
    },
  };
}

const decisionOf = (object: UntypedObject): AdmissionDecision => object as unknown as AdmissionDecision;

const column = (name: string, description: string, cell: (decided: AdmissionDecision, nowMs: number) => string): PrinterColumn => ({
  name,
  type: 'string',
  description,
  priority: 0,
  cell: (object, nowMs) => cell(decisionOf(object), nowMs),
});

const columns: readonly PrinterColumn[] = [
  column('Resource', 'What was to be written.', ({ target }) => `${groupResource(target)}${target.subresource ? `/${target.subresource}` : ''}`),
  column('Object', 'Its name.', ({ target }) => target.name ?? ''),
  column('Operation', 'What was asked for.', ({ operation, dryRun }) => (dryRun ? `${operation} (dry run)` : operation)),
  column('Result', 'Changed, Denied or Failed.', ({ result }) => result),
  column('Plugins', 'Who changed or refused it.', ({ steps }) => [...new Set(steps.map(({ plugin }) => plugin))].join(',')),
  column('User', 'Who wrote.', ({ user }) => user),
  column('Age', 'How long ago.', ({ time }, nowMs) => age(time, nowMs)),
  { name: 'Name', type: 'string', format: 'name', description: 'The name of this record.', priority: 1, cell: ({ metadata }) => metadata.name ?? '' },
];
