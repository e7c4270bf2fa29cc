import type { UntypedObject } from '../../../api/object.ts';
import { groupVersion } from '../../../api/resource-type.ts';
import type { Schema } from '../../../api/schema.ts';
import type { DeviceAllocationRecord, DeviceDecision, DeviceDecisionBook, RecordedDeviceDecision } from '../../../extension-points/devices/decision.ts';
import { deviceDecisionsService, devicedecisions } from '../../../extension-points/devices/decision.ts';
import type { ComputedObject, ComputedObjects, PrinterColumn, ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { age } from '../../../extension-points/resources/printer.ts';
import { deviceDecisionFields } from './device-schema.ts';

const schema: Schema = {
  type: 'object',
  description:
    'DeviceDecision is what a node made of a pod that asked for devices, claims, or CPUs and memory of its own: which plugin gave which device and why, or why not. Read-only and kept in memory: old ones are forgotten.',
  properties: { apiVersion: { type: 'string' }, kind: { type: 'string' }, metadata: { type: 'object' }, ...deviceDecisionFields },
};

/** What nodes told of devices, read through the service `device-decisions` (a `DeviceDecisionBook`). */
export function deviceDecisionDefinition(): ResourceDefinition {
  const { group, version, resource, kind, namespaced } = devicedecisions;
  return {
    group,
    resource,
    singular: 'devicedecision',
    kind,
    namespaced,
    shortNames: ['dd'],
    categories: ['decisions'],
    verbs: ['get', 'list'],
    storageVersion: version,
    schemas: new Map(),
    versions: [{ name: version, served: true, schema, columns }],
    computed: (services) => decisions(services.service<DeviceDecisionBook>(deviceDecisionsService)),
    selectableFieldNames: ['pod.name', 'pod.uid', 'nodeName', 'result', 'reason'],
    selectableFields(object) {
      const { pod, nodeName, result, reason = '' } = decisionOf(object);
      return { 'pod.name': pod.name, 'pod.uid': pod.uid, nodeName, result, reason };
    },
  };
}

const decisions = (book: DeviceDecisionBook): ComputedObjects => ({
  find({ namespace, name }) {
    const found = namespace === undefined ? undefined : book.find(namespace, name);
    return found && decision(found);
  },
  *all(namespace) {
    for (const recorded of book.all(namespace)) yield decision(recorded);
  },
});

function decision(recorded: RecordedDeviceDecision): ComputedObject {
  const { namespace, name, revision } = recorded;
  return {
    key: { namespace, name },
    revision,
    get object() {
      const { record } = recorded;
      const made: DeviceDecision = {
        apiVersion: groupVersion(devicedecisions),
        kind: devicedecisions.kind,
        metadata: { name, namespace, creationTimestamp: record.time.replace(/\.\d+Z$/, 'Z') },
        ...record,
      };
      return made as unknown as UntypedObject;
    },
  };
}

const decisionOf = (object: UntypedObject): DeviceDecision => object as unknown as DeviceDecision;

const column = (name: string, description: string, cell: (decided: DeviceDecision, nowMs: number) => string): PrinterColumn => ({
  name,
  type: 'string',
  description,
  priority: 0,
  cell: (object, nowMs) => cell(decisionOf(object), nowMs),
});

const longestCell = 80;
const short = (text: string): string => (text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text);

const allocationText = ({ resource, devices, omittedDevices = 0 }: DeviceAllocationRecord): string =>
  `${resource}=${devices.map(({ id }) => id).join(',')}${omittedDevices > 0 ? `+${omittedDevices}` : ''}`;

/** What was given: `example.com/gpu=gpu-0,gpu-1`, claims, CPUs. */
function givenText({ allocations, claims, pinned }: DeviceDecision): string {
  const given = allocations.filter(({ devices }) => devices.length > 0).map(allocationText);
  const claimed = claims.map(({ claim, devices }) => `${claim}=${devices.map(({ device }) => device).join(',')}`);
  return short([...given, ...claimed, ...pinned.flatMap(({ cpus }) => (cpus === undefined ? [] : [`cpus=${cpus}`]))].join(' '));
}

const columns: readonly PrinterColumn[] = [
  column('Pod', 'The pod.', ({ pod }) => pod.name),
  column('Node', 'The node.', ({ nodeName }) => nodeName),
  column('Step', 'Admission or Claims.', ({ step }) => step),
  column('Result', 'Allocated, Refused or Failed.', ({ result }) => result),
  column('Reason', 'Why not.', ({ reason = '' }) => reason),
  column('Given', 'What it was given.', givenText),
  column('Age', 'How long ago.', ({ time }, nowMs) => age(time, nowMs)),
  { name: 'Message', type: 'string', description: 'Why not, in words.', priority: 1, cell: (object) => decisionOf(object).message ?? '' },
  { name: 'Name', type: 'string', format: 'name', description: 'The name of this record.', priority: 1, cell: ({ metadata }) => metadata.name ?? '' },
];
