import type { UntypedObject } from '../../../api/object.ts';
import { forbidden, invalid } from '../../../api/status.ts';
import type { DeviceDecisionBook, DeviceDecisionRecord, DeviceDecisionReport } from '../../../extension-points/devices/decision.ts';
import { deviceDecisionsService, devicedecisionreports, mostReportedDecisions } from '../../../extension-points/devices/decision.ts';
import type { ResourceDefinition, ResourceServices } from '../../../extension-points/resources/contract.ts';
import { deviceDecisionFields, requiredDeviceDecisionFields } from './device-schema.ts';

/** What nodes tell the service `device-decisions`. Nothing is stored. A node speaks for itself only, and only of pods that are bound to it. */
export function deviceDecisionReportDefinition(): ResourceDefinition {
  const { group, version, resource, kind, namespaced } = devicedecisionreports;
  return {
    group,
    resource,
    singular: 'devicedecisionreport',
    kind,
    namespaced,
    verbs: ['create'],
    storageVersion: version,
    schemas: new Map(),
    versions: [
      {
        name: version,
        served: true,
        schema: {
          type: 'object',
          description: 'DeviceDecisionReport tells what a node decided about devices. Only the node itself may create it; nothing is stored.',
          required: ['spec'],
          properties: {
            apiVersion: { type: 'string' },
            kind: { type: 'string' },
            metadata: { type: 'object' },
            spec: {
              type: 'object',
              description: 'What is told.',
              required: ['nodeName', 'decisions'],
              properties: {
                nodeName: { type: 'string', description: 'The node that tells.' },
                decisions: {
                  type: 'array',
                  listType: 'atomic',
                  description: 'What it decided, oldest first.',
                  maxItems: mostReportedDecisions,
                  items: { type: 'object', description: 'A decision.', required: requiredDeviceDecisionFields, properties: deviceDecisionFields },
                },
              },
            },
            status: {
              type: 'object',
              description: 'What became of it.',
              properties: {
                accepted: {
                  type: 'integer',
                  format: 'int64',
                  description: 'How many were taken; the others were about pods that are not, or are not on the node.',
                },
              },
            },
          },
        },
      },
    ],
    async review(draft, { user }, services) {
      const { nodeName, decisions } = (draft as unknown as DeviceDecisionReport).spec;
      if (!user.groups.includes('system:nodes') || user.name !== `system:node:${nodeName}`)
        throw forbidden({ group, resource }, '', `user "${user.name}" is not node "${nodeName}"; a node reports only what it decided itself`);
      const strange = decisions.findIndex((decision) => decision.nodeName !== nodeName);
      if (strange >= 0)
        throw invalid({ group, kind }, '', [
          {
            path: `spec.decisions[${strange}].nodeName`,
            type: 'FieldValueInvalid',
            value: decisions[strange]!.nodeName,
            detail: 'must be the node that reports',
          },
        ]);
      const own = decisions.filter((decision) => isOnNode(decision, services));
      const book = services.service<DeviceDecisionBook>(deviceDecisionsService);
      for (const decision of own) book.put(decision);
      return { ...draft, status: { accepted: own.length } } as UntypedObject;
    },
  };
}

/** Of pods that were deleted meanwhile nothing is remembered: whose they were cannot be told any more. */
function isOnNode({ pod: { namespace, name }, nodeName }: DeviceDecisionRecord, services: ResourceServices): boolean {
  const pod = services.get({ group: '', resource: 'pods' }, { namespace, name }) as { readonly spec?: { readonly nodeName?: string } } | undefined;
  return pod?.spec?.nodeName === nodeName;
}
