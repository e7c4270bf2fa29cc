import type { Container, EphemeralContainer, PodSpec, ServiceAccount } from '../../../api/generated/core-v1.ts';

const enforceAnnotation = 'kubernetes.io/enforce-mountable-secrets';

/** Why a pod may not run under an account that is annotated to allow only its listed secrets; `undefined` when it may. */
export function unlistedSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  if (account.metadata.annotations?.[enforceAnnotation] !== 'true') return undefined;
  const accountName = account.metadata.name ?? '';
  const listed = new Set((account.secrets ?? []).map((secret) => secret.name));
  const refusal = (where: string): string => `${where} is not allowed because service account ${accountName} does not reference that secret`;
  for (const volume of spec.volumes ?? []) {
    const name = volume.secret?.secretName;
    if (name && !listed.has(name)) return refusal(`volume with secret.secretName="${name}"`);
  }
  const groups: readonly [string, readonly (Container | EphemeralContainer)[]][] = [
    ['init container', spec.initContainers ?? []],
    ['container', spec.containers ?? []],
    ['ephemeral container', spec.ephemeralContainers ?? []],
  ];
  for (const [kind, containers] of groups) {
    for (const container of containers) {
      const where = unlistedInEnvironment(container, listed);
      if (where) return refusal(`${kind} ${container.name} with ${where}`);
    }
  }
  return unlistedPullSecret(spec, account);
}

function unlistedInEnvironment(container: Container | EphemeralContainer, listed: ReadonlySet<string | undefined>): string | undefined {
  for (const { name, valueFrom } of container.env ?? []) {
    const secret = valueFrom?.secretKeyRef?.name;
    if (secret && !listed.has(secret)) return `envVar ${name} referencing secret.secretName="${secret}"`;
  }
  for (const { secretRef } of container.envFrom ?? []) {
    if (secretRef?.name && !listed.has(secretRef.name)) return `envFrom referencing secret.secretName="${secretRef.name}"`;
  }
  return undefined;
}

function unlistedPullSecret(spec: PodSpec, account: ServiceAccount): string | undefined {
  const listed = new Set((account.imagePullSecrets ?? []).map((secret) => secret.name));
  const index = (spec.imagePullSecrets ?? []).findIndex((secret) => !listed.has(secret.name));
  if (index < 0) return undefined;
  return `imagePullSecrets[${index}].name="${spec.imagePullSecrets![index]!.name}" is not allowed because service account ${account.metadata.name ?? ''} does not reference that imagePullSecret`;
}
