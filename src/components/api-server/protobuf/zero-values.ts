import type { FieldRow } from './message-table.ts';

/**
 * Optional fields that are no pointers in Go are always on the wire: their zero means absent. For pointers a zero is a value (`replicas: 0`,
 * `automountServiceAccountToken: false`). The wire does not tell the two apart, so the fields of the first sort are named here.
 */
const zeroMeansAbsent = new Set([
  'hostNetwork',
  'hostPID',
  'hostIPC',
  'stdin',
  'stdinOnce',
  'tty',
  'readOnly',
  'paused',
  'unschedulable',
  'publishNotReadyAddresses',
  'globalDefault',
  'insecureSkipTLSVerify',
  'preserveUnknownFields',
  'deprecated',
  'nullable',
  'exclusiveMaximum',
  'exclusiveMinimum',
  'uniqueItems',
  'x-kubernetes-embedded-resource',
  'x-kubernetes-int-or-string',
  'denied',
  'incomplete',
  'continue',
  'hostPort',
  'nodePort',
  'targetPort',
  'minReadySeconds',
  'initialDelaySeconds',
  'periodSeconds',
  'timeoutSeconds',
  'successThreshold',
  'failureThreshold',
  'observedGeneration',
  'generation',
  'count',
  'signal',
  'healthCheckNodePort',
  'partition',
]);

/** Pointers to text whose empty value means something: "no class at all" is not "the default class". */
const emptyTextCounts = new Set(['storageClassName', 'volumeAttributesClassName']);

/** Whether a decoded optional value stands for an absent field. Counters of statuses are no pointers. */
export function isAbsent(message: string, [, name, code, isOptional]: FieldRow, value: unknown): boolean {
  if (value === undefined || value === null) return true;
  if (!isOptional) return false;
  if (value === '') return !(code === 's' && emptyTextCounts.has(name));
  if (value === 0 || value === false) return zeroMeansAbsent.has(name) || (value === 0 && message.endsWith('Status'));
  return false;
}
