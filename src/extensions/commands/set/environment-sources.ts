import type { EnvVar } from '../../../api/generated/core-v1.ts';
import type { UntypedObject } from '../../../api/object.ts';
import type { Output } from '../../../extension-points/commands/contract.ts';

/** Variables for the keys of a secret or config map (`--from`); names are made of keys, and told where they differ. Throws for other objects. */
export function variablesFrom(object: UntypedObject, keys: readonly string[], stderr: Output): EnvVar[] {
  const source = object.kind === 'Secret' ? 'secretKeyRef' : object.kind === 'ConfigMap' ? 'configMapKeyRef' : undefined;
  if (!source) throw new Error('unsupported resource specified in --from');
  const { name } = object.metadata;
  return Object.keys((object['data'] ?? {}) as object)
    .filter((key) => keys.length === 0 || keys.includes(key))
    .sort()
    .map((key) => ({ name: variableName(key, stderr), valueFrom: { [source]: { name, key } } }));
}

function variableName(key: string, stderr: Output): string {
  const name = key.replaceAll(/[^a-zA-Z0-9_]/g, '_').toUpperCase();
  if (name !== key) stderr.write(`Warning: key ${key} transferred to ${name}\n`);
  return name;
}

/** Where a variable's value comes from, in words. */
export function referenceText({ configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef }: NonNullable<EnvVar['valueFrom']>): string {
  if (configMapKeyRef) return `configmap ${configMapKeyRef.name}, key ${configMapKeyRef.key}`;
  if (secretKeyRef) return `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`;
  if (fieldRef) return `field path ${fieldRef.fieldPath}`;
  if (!resourceFieldRef) return 'invalid valueFrom';
  return `resource field ${resourceFieldRef.containerName ? `${resourceFieldRef.containerName}/` : ''}${resourceFieldRef.resource}`;
}
