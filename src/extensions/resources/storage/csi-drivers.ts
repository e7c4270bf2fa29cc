import { csidrivers } from '../../../api/generated/resource-types.ts';
import type { CSIDriver } from '../../../api/generated/storage-v1.ts';
import { type FieldError, fieldError } from '../../../api/status.ts';
import type { ResourceDefinition } from '../../../extension-points/resources/contract.ts';
import { defineBuiltIn } from '../../../extension-points/resources/define.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { dnsSubdomainName, validateImmutable } from '../../../extension-points/resources/object-meta.ts';
import { ageColumn, nameColumn } from '../../../extension-points/resources/printer.ts';
import { duplicates, eachAt, optionalOneOfAt } from '../core/field-checks.ts';

/** storage.k8s.io/v1 `csidrivers`. */
export function csiDriverDefinition(): ResourceDefinition {
  return defineBuiltIn(csidrivers, {
    columns: [
      nameColumn,
      {
        name: 'AttachRequired',
        type: 'boolean',
        description: 'Whether volumes must be attached to nodes first.',
        cell: ({ spec }) => spec?.attachRequired ?? true,
      },
      { name: 'PodInfoOnMount', type: 'boolean', description: 'Whether the driver is told about the pod.', cell: ({ spec }) => spec?.podInfoOnMount ?? false },
      { name: 'StorageCapacity', type: 'boolean', description: 'Whether capacity is taken into account.', cell: ({ spec }) => spec?.storageCapacity ?? false },
      {
        name: 'TokenRequests',
        description: 'Audiences of the tokens that the driver gets.',
        cell: ({ spec }) => (spec?.tokenRequests ?? []).map((request) => request.audience ?? '').join(',') || '<unset>',
      },
      { name: 'RequiresRepublish', type: 'boolean', description: 'Whether mounts are refreshed.', cell: ({ spec }) => spec?.requiresRepublish ?? false },
      { name: 'Modes', description: 'Ways its volumes can live.', cell: ({ spec }) => (spec?.volumeLifecycleModes ?? []).join(',') || '<none>' },
      ageColumn,
    ],
    generationFields: ['spec'],
    applyDefaults(draft) {
      const spec = (draft.spec ??= {});
      spec.attachRequired ??= true;
      spec.podInfoOnMount ??= false;
      spec.storageCapacity ??= false;
      spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
      spec.requiresRepublish ??= false;
      spec.seLinuxMount ??= false;
      if ((spec.volumeLifecycleModes?.length ?? 0) === 0) spec.volumeLifecycleModes = ['Persistent'];
    },
    validateName: (name, isPrefix) => [...(name.length > 63 ? ['must be no more than 63 characters'] : []), ...dnsSubdomainName(name.toLowerCase(), isPrefix)],
    validate,
    validateUpdate: (driver, old) => [
      ...validateImmutable(driver.spec?.attachRequired, old.spec?.attachRequired, 'spec.attachedRequired'),
      ...validateImmutable(driver.spec?.volumeLifecycleModes, old.spec?.volumeLifecycleModes, 'spec.volumeLifecycleModes'),
    ],
  });
}

function validate({ spec = {} }: Draft<CSIDriver>): FieldError[] {
  const duplicate = duplicates();
  const period = spec.nodeAllocatableUpdatePeriodSeconds;
  return [
    ...optionalOneOfAt(spec.fsGroupPolicy, ['File', 'None', 'ReadWriteOnceWithFSType'], 'spec.fsGroupPolicy'),
    ...eachAt(spec.tokenRequests, 'spec.tokenRequests', ({ audience = '', expirationSeconds }, path) => [
      ...duplicate(audience, `${path}.audience`),
      ...(expirationSeconds !== undefined && expirationSeconds < 600
        ? [fieldError.invalid(`${path}.expirationSeconds`, expirationSeconds, 'may not specify a duration less than 10 minutes')]
        : []),
      ...(expirationSeconds !== undefined && expirationSeconds > 4_294_967_296
        ? [fieldError.invalid(`${path}.expirationSeconds`, expirationSeconds, 'may not specify a duration larger than 2^32 seconds')]
        : []),
    ]),
    ...eachAt(spec.volumeLifecycleModes, 'spec.volumeLifecycleModes', (mode) =>
      optionalOneOfAt(mode, ['Ephemeral', 'Persistent'], 'spec.volumeLifecycleModes'),
    ),
    ...(period !== undefined && period < 10
      ? [fieldError.invalid('spec.nodeAllocatableUpdatePeriodSeconds', period, 'must be greater than or equal to 10 seconds')]
      : []),
    ...(spec.serviceAccountTokenInSecrets !== undefined && (spec.tokenRequests?.length ?? 0) === 0
      ? [fieldError.forbidden('spec.serviceAccountTokenInSecrets', 'may not be set when `tokenRequests` is empty')]
      : []),
  ];
}
