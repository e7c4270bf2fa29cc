import type { Container, EnvVar } from '../../../api/generated/core-v1.ts';
import { qualifiedNameProblems } from '../../../api/names.ts';
import type { UntypedObject } from '../../../api/object.ts';
import { quantityMilliValue, quantityValue } from '../../../api/quantity.ts';
import type { HttpsClient } from '../../../client/https-client.ts';
import { getObject } from '../../../extension-points/commands/resources/object-requests.ts';

type Source = NonNullable<EnvVar['valueFrom']>;

/** Looks up what variables that refer to something would be (`--resolve`); each secret and config map is read once. */
export class EnvironmentValues {
  readonly #client: () => HttpsClient;
  readonly #namespace: string;
  readonly #read = new Map<string, Promise<UntypedObject>>();

  constructor(client: () => HttpsClient, namespace: string) {
    this.#client = client;
    this.#namespace = namespace;
  }

  /** Throws, with kubectl's words, when there is no such value. */
  async valueOf({ secretKeyRef, configMapKeyRef, fieldRef, resourceFieldRef }: Source, object: UntypedObject, container: Container): Promise<string> {
    if (secretKeyRef) return this.#keyOf('secret', secretKeyRef.name ?? '', secretKeyRef.key!);
    if (configMapKeyRef) return this.#keyOf('config map', configMapKeyRef.name ?? '', configMapKeyRef.key!);
    if (fieldRef) return fieldOf(object, fieldRef.fieldPath ?? '');
    if (resourceFieldRef) return amountOf(container, resourceFieldRef.resource ?? '', String(resourceFieldRef.divisor ?? '0'));
    throw new Error('invalid valueFrom');
  }

  async #keyOf(what: 'secret' | 'config map', name: string, key: string): Promise<string> {
    const [resource, kind] = what === 'secret' ? ['secrets', 'Secret'] : ['configmaps', 'ConfigMap'];
    const type = { group: '', version: 'v1', resource, kind, namespaced: true };
    const id = `${resource}/${name}`;
    const reading = this.#read.get(id) ?? getObject(this.#client(), { resource: type, namespace: this.#namespace, name });
    this.#read.set(id, reading);
    const value = ((await reading)['data'] as Readonly<Record<string, string>> | undefined)?.[key];
    if (value === undefined) throw new Error(`key ${key} not found in ${what} ${name}`);
    return what === 'secret' ? Buffer.from(value, 'base64').toString('utf8') : value;
  }
}

function fieldOf({ metadata }: UntypedObject, path: string): string {
  const match = /^(.+?)\['(.*)'\]$/s.exec(path);
  if (match) {
    const [, base = '', key = ''] = match;
    if (base !== 'metadata.annotations' && base !== 'metadata.labels') throw new Error(`fieldPath ${JSON.stringify(path)} does not support subscript`);
    const problems = qualifiedNameProblems(base === 'metadata.annotations' ? key.toLowerCase() : key);
    if (problems.length > 0) throw new Error(`invalid key subscript in ${path}: ${problems.join(';')}`);
    return (base === 'metadata.annotations' ? metadata.annotations : metadata.labels)?.[key] ?? '';
  }
  if (path === 'metadata.annotations') return mapText(metadata.annotations);
  if (path === 'metadata.labels') return mapText(metadata.labels);
  if (path === 'metadata.name') return metadata.name ?? '';
  if (path === 'metadata.namespace') return metadata.namespace ?? '';
  if (path === 'metadata.uid') return metadata.uid ?? '';
  throw new Error(`unsupported fieldPath: ${path}`);
}

const mapText = (map: Readonly<Record<string, string>> = {}): string =>
  Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join('\n');

/** An amount of the container's, in units of the divisor, rounded up. */
function amountOf({ resources }: Container, path: string, divisor: string): string {
  const [, side = '', name = ''] = /^(limits|requests)\.(cpu|memory|ephemeral-storage|hugepages-.+)$/.exec(path) ?? [];
  if (side === '') throw new Error(`Unsupported container resource : ${path}`);
  const amount = String(resources?.[side as 'limits' | 'requests']?.[name] ?? '0');
  const unit = quantityMilliValue(divisor) === 0 ? '1' : divisor;
  const value = name === 'cpu' ? quantityMilliValue(amount) / quantityMilliValue(unit) : quantityValue(amount) / quantityValue(unit);
  return String(Math.ceil(value));
}
