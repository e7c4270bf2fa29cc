import type { ConfigMap, Container, EnvFromSource, EnvVar, Pod, ResourceList, Secret } from '../../../api/generated/core-v1.ts';
import { configmaps, secrets } from '../../../api/generated/resource-types.ts';
import { isNotFound, notFound } from '../../../api/status.ts';
import { podKeyText } from '../directories.ts';
import { fieldValue, type PodAddresses, resourceFieldValue } from '../downward-api.ts';
import { expandReferences } from '../expansion.ts';
import type { ObjectReader } from '../object-reader.ts';

/** A container whose configuration cannot be made yet; its message is what `CreateContainerConfigError` shows. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

export interface EnvironmentInput {
  readonly pod: Pod;
  readonly container: Container;
  readonly addresses: PodAddresses;
  readonly objects: ObjectReader;
  /** What limits default to in `resourceFieldRef`. */
  readonly allocatable: ResourceList;
  /** Variables of services and of the API server; the pod's own win over them. */
  readonly serviceVariables: ReadonlyMap<string, string>;
  /** Told of `envFrom` keys that cannot be variable names. */
  readonly onInvalidNames?: (names: readonly string[], source: string) => void;
}

/**
 * The environment of a container, in upstream's order of precedence: service variables, then `envFrom`, then `env` in order; `$(NAME)` sees what came
 * before it. Throws `ContainerConfigError` when a referenced object or key is missing.
 */
export async function makeEnvironment(input: EnvironmentInput): Promise<{ name: string; value: string }[]> {
  const result = new Map<string, string>();
  for (const source of input.container.envFrom ?? []) await addEnvFrom(input, source, result);
  for (const variable of input.container.env ?? []) {
    const value = await valueOf(input, variable, (name) => result.get(name) ?? input.serviceVariables.get(name));
    if (value !== undefined) result.set(variable.name, value);
  }
  for (const [name, value] of input.serviceVariables) if (!result.has(name)) result.set(name, value);
  return [...result].map(([name, value]) => ({ name, value }));
}

async function addEnvFrom(input: EnvironmentInput, source: EnvFromSource, result: Map<string, string>): Promise<void> {
  const found = await readSource(input, source);
  if (!found) return;
  const invalid: string[] = [];
  for (const [key, value] of Object.entries(found.data).sort(([left], [right]) => (left < right ? -1 : 1))) {
    const name = `${source.prefix ?? ''}${key}`;
    // Upstream's relaxed rule (1.34): anything printable but `=`.
    if (/^[\x20-\x3c\x3e-\x7e]+$/.test(name)) result.set(name, value);
    else invalid.push(name);
  }
  if (invalid.length > 0) input.onInvalidNames?.(invalid, found.text);
}

async function readSource(input: EnvironmentInput, source: EnvFromSource): Promise<{ data: Record<string, string>; text: string } | undefined> {
  const namespace = input.pod.metadata.namespace!;
  if (source.configMapRef) {
    const { name = '', optional } = source.configMapRef;
    const object = await readConfigMap(input, name, optional);
    return object && { data: object.data ?? {}, text: `ConfigMap ${namespace}/${name}` };
  }
  if (!source.secretRef) return undefined;
  const { name = '', optional } = source.secretRef;
  const object = await readSecret(input, name, optional);
  return (
    object && { data: Object.fromEntries(Object.entries(object.data ?? {}).map(([key, value]) => [key, decoded(value)])), text: `Secret ${namespace}/${name}` }
  );
}

const decoded = (base64: string): string => Buffer.from(base64, 'base64').toString();

async function valueOf(input: EnvironmentInput, variable: EnvVar, known: (name: string) => string | undefined): Promise<string | undefined> {
  const from = variable.valueFrom;
  if (!from) return expandReferences(variable.value ?? '', known);
  if (from.fieldRef) return guarded(() => fieldValue(input.pod, from.fieldRef!, input.addresses));
  if (from.resourceFieldRef) {
    const target = from.resourceFieldRef.containerName ? containerNamed(input.pod, from.resourceFieldRef.containerName) : input.container;
    return guarded(() => resourceFieldValue(target, from.resourceFieldRef!, input.allocatable));
  }
  if (from.configMapKeyRef) return configMapValue(input, from.configMapKeyRef);
  if (from.secretKeyRef) return secretValue(input, from.secretKeyRef);
  throw new ContainerConfigError(`environment variable ${variable.name}: this kind of source is not supported`);
}

function guarded(read: () => string): string {
  try {
    return read();
  } catch (error) {
    throw new ContainerConfigError((error as Error).message, { cause: error });
  }
}

function containerNamed(pod: Pod, name: string): Container {
  const found = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])].find((container) => container.name === name);
  if (!found) throw new ContainerConfigError(`container ${name} not found`);
  return found;
}

type KeyReference = { name?: string; key: string; optional?: boolean };

async function configMapValue(input: EnvironmentInput, { name = '', key, optional }: KeyReference): Promise<string | undefined> {
  const object = await readConfigMap(input, name, optional);
  if (!object) return undefined;
  const value = object.data?.[key];
  if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in ConfigMap ${input.pod.metadata.namespace}/${name}`);
  return value;
}

async function secretValue(input: EnvironmentInput, { name = '', key, optional }: KeyReference): Promise<string | undefined> {
  const object = await readSecret(input, name, optional);
  if (!object) return undefined;
  const value = object.data?.[key];
  if (value === undefined && !optional) throw new ContainerConfigError(`couldn't find key ${key} in Secret ${input.pod.metadata.namespace}/${name}`);
  return value === undefined ? undefined : decoded(value);
}

const readConfigMap = (input: EnvironmentInput, name: string, optional = false): Promise<ConfigMap | undefined> =>
  present(
    input,
    optional,
    () => input.objects.configMap(input.pod.metadata.namespace!, name),
    () => notFound(configmaps, name).message,
  );
const readSecret = (input: EnvironmentInput, name: string, optional = false): Promise<Secret | undefined> =>
  present(
    input,
    optional,
    () => input.objects.secret(input.pod.metadata.namespace!, name),
    () => notFound(secrets, name).message,
  );

async function present<T>(input: EnvironmentInput, optional: boolean, read: () => Promise<T>, absent: () => string): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (!isNotFound(error)) throw new ContainerConfigError(`${podKeyText(input.pod)}: ${(error as Error).message}`, { cause: error });
    if (optional) return undefined;
    // Upstream names the kind here, not the resource: configmap "x" not found.
    throw new ContainerConfigError(
      absent()
        .replace(/^configmaps /, 'configmap ')
        .replace(/^secrets /, 'secret '),
      { cause: error },
    );
  }
}
