import { isIPv4 } from 'node:net';
import type { Service, ServicePort } from '../../../api/generated/core-v1.ts';
import type { ServiceCIDR } from '../../../api/generated/networking-v1.ts';
import { keyText } from '../../../api/object.ts';
import { type ApiError, type FieldError, fieldError, internalError, invalid } from '../../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft, Loose } from '../../../extension-points/resources/draft.ts';
import { typedDraft } from '../../../extension-points/resources/subresources.ts';
import { hasClusterIP, isHeadless, needsHealthCheck, needsNodePorts } from './service-defaults.ts';

/** Where cluster addresses come from when no ServiceCIDR object says otherwise. */
export const defaultServiceRange = '10.96.0.0/16';
const lowestNodePort = 30_000;
const highestNodePort = 32_767;
/** A value given out stays reserved this long, so that writes under way do not get it too; by then they are listed or have failed. */
const reservationMs = 60_000;

/** Gives services their cluster addresses and node ports. What is in use is read from the services themselves, so nothing need be released. */
export class ServiceAllocator {
  readonly #reserved = new Map<string, { readonly owner: string; readonly untilMs: number }>();

  /** Completes a service that is about to be stored. Throws ApiError 422 for a value that is taken or out of range, 500 when a range is full. */
  allocate(service: Draft<Service>, context: WriteContext, services: ResourceServices): void {
    this.#forgetExpired(context.nowMs);
    const owner = keyText({ ...(service.metadata.namespace ? { namespace: service.metadata.namespace } : {}), name: service.metadata.name ?? '' });
    const others = services
      .list({ group: '', resource: 'services' })
      .map((object) => typedDraft<Service>(object))
      .filter(({ metadata }) => keyText({ ...(metadata.namespace ? { namespace: metadata.namespace } : {}), name: metadata.name ?? '' }) !== owner);
    const use = { service, owner, context, others };
    service.spec = { ...service.spec, ...(service.spec?.ports ? { ports: service.spec.ports.map((port) => ({ ...port })) } : {}) };
    this.#setFamilies(service);
    if (hasClusterIP(service)) this.#allocateAddress(use, rangesOf(services));
    if (needsNodePorts(service)) for (const [index, port] of (service.spec.ports ?? []).entries()) this.#allocateNodePort(use, port, index);
    if (needsHealthCheck(service)) this.#allocateHealthCheckPort(use);
  }

  /** A single-stack cluster: IPv4. A headless service without selector may hold anything, so it claims both families. */
  #setFamilies(service: Draft<Service>): void {
    const spec = service.spec;
    if (!spec || spec.type === 'ExternalName') return;
    const isOpen = isHeadless(service) && Object.keys(spec.selector ?? {}).length === 0;
    if (isOpen && spec.ipFamilyPolicy === undefined && spec.ipFamilies === undefined) {
      spec.ipFamilyPolicy = 'RequireDualStack';
      spec.ipFamilies = ['IPv4', 'IPv6'];
      return;
    }
    if (isOpen) return;
    if (spec.ipFamilyPolicy === 'RequireDualStack')
      throw refused(service, fieldError.invalid('spec.ipFamilyPolicy', 'RequireDualStack', 'this cluster is not configured for dual-stack services'));
    const foreign = spec.ipFamilies?.findIndex((family) => family === 'IPv6') ?? -1;
    if (foreign >= 0) throw refused(service, fieldError.invalid(`spec.ipFamilies[${foreign}]`, 'IPv6', 'not configured on this cluster'));
    spec.ipFamilyPolicy ??= 'SingleStack';
    spec.ipFamilies ??= ['IPv4'];
  }

  #allocateAddress({ service, owner, context, others }: Use, ranges: readonly Range[]): void {
    const spec = service.spec ?? {};
    const taken = new Set(others.flatMap((other) => other.spec?.clusterIPs ?? (other.spec?.clusterIP ? [other.spec.clusterIP] : [])));
    const isFree = (address: string): boolean => !taken.has(address) && this.#isUnreserved(`ip/${address}`, owner);
    const wanted = spec.clusterIP;
    if (wanted) {
      const range = ranges.find((candidate) => candidate.contains(wanted));
      const fail = (why: string): ApiError =>
        refused(service, fieldError.invalid('spec.clusterIPs', spec.clusterIPs ?? [wanted], `failed to allocate IP ${wanted}: ${why}`));
      if (!range) throw fail(`the provided IP (${wanted}) is not in the valid range. The range of valid IPs is ${ranges.map(({ text }) => text).join(',')}`);
      if (!isFree(wanted)) throw fail('provided IP is already allocated');
    }
    const address = wanted || firstFree(ranges, isFree);
    if (!address) throw internalError('failed to allocate a serviceIP: range is full');
    this.#reserve(`ip/${address}`, owner, context);
    spec.clusterIP = address;
    spec.clusterIPs = [address];
  }

  #allocateNodePort(use: Use, port: Loose<ServicePort>, index: number): void {
    const { service, owner, context, others } = use;
    const protocol = port.protocol ?? 'TCP';
    const siblings = service.spec?.ports?.filter((other) => other !== port) ?? [];
    const taken = new Set(
      others
        .flatMap((other) => [...(other.spec?.ports ?? []), ...healthPort(other)])
        .filter((other) => other.protocol === protocol)
        .map((other) => other.nodePort),
    );
    const isFree = (number: number): boolean => !taken.has(number) && this.#isUnreserved(`${protocol}/${number}`, owner);
    if (!port.nodePort) {
      // One number serves the same port of several protocols.
      const twin = siblings.find((other) => other.port === port.port && other.protocol !== protocol && other.nodePort)?.nodePort;
      const own = new Set(siblings.filter((other) => other.protocol === protocol).map((other) => other.nodePort));
      const usable = (number: number): boolean => isFree(number) && !own.has(number);
      port.nodePort = twin && usable(twin) ? twin : firstFreePort(usable);
    } else this.#checkPort(service, { number: port.nodePort, path: `spec.ports[${index}].nodePort`, isFree });
    this.#reserve(`${protocol}/${port.nodePort}`, owner, context);
  }

  #allocateHealthCheckPort({ service, owner, context, others }: Use): void {
    const spec = service.spec ?? {};
    const taken = new Set(
      [...others, service]
        .flatMap((other) => [...(other.spec?.ports ?? []), ...(other === service ? [] : healthPort(other))])
        .filter((port) => port.protocol === 'TCP')
        .map((port) => port.nodePort),
    );
    const isFree = (number: number): boolean => !taken.has(number) && this.#isUnreserved(`TCP/${number}`, owner);
    if (spec.healthCheckNodePort) this.#checkPort(service, { number: spec.healthCheckNodePort, path: 'spec.healthCheckNodePort', isFree });
    else spec.healthCheckNodePort = firstFreePort(isFree);
    this.#reserve(`TCP/${spec.healthCheckNodePort}`, owner, context);
  }

  #checkPort(service: Draft<Service>, { number, path, isFree }: { number: number; path: string; isFree: (number: number) => boolean }): void {
    if (number < lowestNodePort || number > highestNodePort) {
      throw refused(
        service,
        fieldError.invalid(path, number, `provided port is not in the valid range. The range of valid ports is ${lowestNodePort}-${highestNodePort}`),
      );
    }
    if (!isFree(number)) throw refused(service, fieldError.invalid(path, number, 'provided port is already allocated'));
  }

  #isUnreserved(value: string, owner: string): boolean {
    const reservation = this.#reserved.get(value);
    return reservation === undefined || reservation.owner === owner;
  }

  #reserve(value: string, owner: string, { dryRun, nowMs }: WriteContext): void {
    if (!dryRun) this.#reserved.set(value, { owner, untilMs: nowMs + reservationMs });
  }

  #forgetExpired(nowMs: number): void {
    for (const [value, { untilMs }] of this.#reserved) if (untilMs <= nowMs) this.#reserved.delete(value);
  }
}

interface Use {
  readonly service: Draft<Service>;
  readonly owner: string;
  readonly context: WriteContext;
  readonly others: readonly Draft<Service>[];
}

const refused = (service: Draft<Service>, error: FieldError): ApiError => invalid({ group: '', kind: 'Service' }, service.metadata.name ?? '', [error]);

const healthPort = ({ spec }: Draft<Service>): Loose<ServicePort>[] =>
  spec?.healthCheckNodePort ? [{ protocol: 'TCP', nodePort: spec.healthCheckNodePort }] : [];

function firstFreePort(isFree: (number: number) => boolean): number {
  const size = highestNodePort - lowestNodePort + 1;
  const start = Math.floor(Math.random() * size);
  for (let step = 0; step < size; step++) {
    const number = lowestNodePort + ((start + step) % size);
    if (isFree(number)) return number;
  }
  throw internalError('failed to allocate a nodePort: range is full');
}

/** A block of IPv4 addresses without its network and broadcast address. */
class Range {
  readonly text: string;
  readonly first: number;
  readonly size: number;

  constructor(text: string) {
    this.text = text;
    const [address = '', bits = '32'] = text.split('/');
    const count = 2 ** (32 - Number(bits));
    const network = Math.floor(numberOf(address) / count) * count;
    this.first = count > 2 ? network + 1 : network;
    this.size = count > 2 ? count - 2 : count;
  }

  contains(address: string): boolean {
    const number = isIPv4(address) ? numberOf(address) : -1;
    return number >= this.first && number < this.first + this.size;
  }

  /** The lower part is left to those who choose an address themselves, as long as there is room above. */
  get reservedForStatic(): number {
    return Math.min(Math.max(16, Math.floor(this.size / 16)), 256, Math.floor(this.size / 2));
  }
}

const numberOf = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const textOf = (number: number): string => [24, 16, 8, 0].map((shift) => Math.floor(number / 2 ** shift) % 256).join('.');

function rangesOf(services: ResourceServices): Range[] {
  const objects = services.list({ group: 'networking.k8s.io', resource: 'servicecidrs' }).map((object) => typedDraft<ServiceCIDR>(object));
  const usable = objects.filter(
    ({ metadata, status }) => !metadata.deletionTimestamp && status?.conditions?.find((condition) => condition.type === 'Ready')?.status !== 'False',
  );
  const texts = usable.flatMap(({ spec }) => spec?.cidrs ?? []).filter((text) => isIPv4(text.split('/')[0] ?? ''));
  return (texts.length > 0 ? texts : [defaultServiceRange]).map((text) => new Range(text));
}

function firstFree(ranges: readonly Range[], isFree: (address: string) => boolean): string | undefined {
  for (const range of ranges) {
    const below = range.reservedForStatic;
    const above = range.size - below;
    const start = Math.floor(Math.random() * above);
    for (let step = 0; step < range.size; step++) {
      const offset = step < above ? below + ((start + step) % above) : step - above;
      const address = textOf(range.first + offset);
      if (isFree(address)) return address;
    }
  }
  return undefined;
}
