import { readFile, stat } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import type { Container, EphemeralContainer, Pod } from '../../../api/generated/core-v1.ts';
import { ApiError } from '../../../api/status.ts';
import { operatingSystemText } from '../../../extension-points/commands/path-plugins/operating-system-error.ts';
import { typedForm } from '../../../extension-points/commands/typed-objects/typed-form.ts';

const containerSchema = 'io.k8s.api.core.v1.Container';
const maximumFileBytes = 1024 * 1024;

/**
 * Part of a container's spec, from a JSON or YAML file; undefined when the file says nothing. Throws for a file that cannot be read and for what is no container; fields that
 * containers do not have are left out.
 */
export async function readCustomProfile(path: string, directory: string): Promise<Partial<Container> | undefined> {
  const text = await readText(path, isAbsolute(path) ? path : join(directory, path));
  const refused = (why: string): Error => new Error(`${path} does not contain a valid container spec: ${why}`);
  const [{ parseYaml }, { decodeProcessor }, { builtInSchemas }] = await Promise.all([
    import('../../../api/yaml.ts'),
    import('../../../api/built-in-decoding.ts'),
    import('../../../api/built-in-schemas.ts'),
  ]);
  let value: unknown;
  try {
    ({ value } = parseYaml(text));
  } catch (error) {
    throw error instanceof ApiError ? refused(error.message) : error;
  }
  if (value === null) return undefined;
  const decode = decodeProcessor({ ref: containerSchema }, builtInSchemas);
  const { decodeError } = decode(value, { prune: true, applyDefaults: false, dialect: 'built-in' });
  if (decodeError !== undefined) throw refused(`error unmarshaling JSON: while decoding JSON: ${decodeError}`);
  return value as Partial<Container>;
}

async function readText(path: string, absolute: string): Promise<string> {
  const tooLong = (): Error => new Error(`${path} is longer than ${maximumFileBytes} bytes`);
  try {
    if ((await stat(absolute)).size > maximumFileBytes) throw tooLong();
    const bytes = await readFile(absolute); // a pipe has no size
    if (bytes.length > maximumFileBytes) throw tooLong();
    return bytes.toString('utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === undefined) throw error;
    const reason = `${code === 'EISDIR' ? 'read' : 'open'} ${path}: ${operatingSystemText(error)}`;
    throw new Error(`must pass a container spec json file for custom profile: ${reason}`, { cause: error });
  }
}

/** Throws for parts of a container that a file may not say. */
export function requireChangeable({ name, command, image, lifecycle, volumeDevices }: Partial<Container>): void {
  if (name || command?.length || image || lifecycle || volumeDevices?.length)
    throw new Error('name, command, image, lifecycle and volume devices are not modifiable via custom profile');
}

type AnyContainer = Container | EphemeralContainer;

/** The pod with what a file says merged into one of its containers, as a strategic merge patch of a container. Throws when the list has none of that name. */
export async function withCustomProfile(
  pod: Pod,
  list: 'containers' | 'ephemeralContainers',
  name: string,
  custom: Partial<Container> | undefined,
): Promise<Pod> {
  if (!custom) return pod;
  const containers: readonly AnyContainer[] = pod.spec[list] ?? [];
  if (!containers.some((container) => container.name === name))
    throw new Error(`unable to find the ${name} ${list === 'containers' ? 'container' : 'ephemeral container'} in the pod ${pod.metadata.name}`);
  const [{ applyStrategicMergePatch }, { builtInSchemas }] = await Promise.all([
    import('../../../api/strategic-merge-patch.ts'),
    import('../../../api/built-in-schemas.ts'),
  ]);
  const schema = builtInSchemas.get(containerSchema)!;
  const patch = { ...typedContainer(custom), name };
  const patched = containers.map((container) => (container.name === name ? applyStrategicMergePatch(container, patch, schema, builtInSchemas) : container));
  return { ...pod, spec: { ...pod.spec, [list]: patched } };
}

/** As a Go program writes it: what is `false` or empty is not said, and so changes nothing. */
function typedContainer(custom: Partial<Container>): Partial<Container> {
  const pod = typedForm({ apiVersion: 'v1', kind: 'Pod', metadata: {}, spec: { containers: [custom] } }) as unknown as Pod;
  return pod.spec.containers[0]!;
}
