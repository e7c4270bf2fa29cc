import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type {
  Device,
  DeviceClass,
  DeviceConstraint,
  DeviceRequest,
  ExactDeviceRequest,
  ResourceClaim,
  ResourceSlice,
} from '../../../../api/generated/resource-v1.ts';
import { quantityValue } from '../../../../api/quantity.ts';
import { seededRandom, testNode } from '../../../../extension-points/scheduling/testing.ts';
import { allocate, readClaim } from './allocate.ts';
import { AllocationError } from './allocation-error.ts';
import type { DevicesInUse } from './node-offer.ts';
import { isAllocatable, type PlainUse } from './plain-allocator.fixture.ts';
import { SliceIndex } from './slice-index.ts';

const driver = 'd.io';
const node = testNode('n');
const anyClass: DeviceClass = { metadata: { name: 'any' }, spec: { selectors: [{ cel: { expression: `device.driver == "${driver}"` } }] } };

class Maker {
  readonly #random: () => number;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
  }

  #one(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #maybe(share: number): boolean {
    return this.#random() < share;
  }

  slices(): ResourceSlice[] {
    return Array.from({ length: 1 + this.#one(2) }, (_, index) => this.#pool(`p${index}`)).flat();
  }

  #pool(name: string): ResourceSlice[] {
    const hasCounters = this.#maybe(0.4);
    const count = hasCounters ? 2 : 1;
    const base = { driver, nodeName: 'n', pool: { name, generation: 1, resourceSliceCount: count } };
    const devices = Array.from({ length: 1 + this.#one(4) }, (_, index) => this.#device(`d${index}`, hasCounters));
    const slices: ResourceSlice[] = [{ metadata: { name: `${name}-devices` }, spec: { ...base, devices } }];
    if (hasCounters)
      slices.push({
        metadata: { name: `${name}-counters` },
        spec: { ...base, sharedCounters: [{ name: 's', counters: { c: { value: `${2 + this.#one(4)}` } } }] },
      });
    return slices;
  }

  #device(name: string, hasCounters: boolean): Device {
    return {
      name,
      attributes: { fast: { bool: this.#maybe(0.5) }, ...(this.#maybe(0.9) ? { numa: { int: this.#one(3) } } : {}) },
      ...(this.#maybe(0.5) ? { capacity: { memory: { value: `${1 + this.#one(4)}` } } } : {}),
      ...(this.#maybe(0.3) ? { allowMultipleAllocations: true } : {}),
      ...(this.#maybe(0.1) ? { taints: [{ key: 't', effect: 'NoSchedule' as const }] } : {}),
      ...(hasCounters && this.#maybe(0.8) ? { consumesCounters: [{ counterSet: 's', counters: { c: { value: `${1 + this.#one(2)}` } } }] } : {}),
    };
  }

  claims(): ResourceClaim[] {
    return Array.from({ length: 1 + this.#one(2) }, (_, index) => {
      const requests = Array.from({ length: 1 + this.#one(2) }, (_unused, place) => this.#request(`r${place}`));
      return { metadata: { name: `c${index}`, namespace: 'default' }, spec: { devices: { requests, ...this.#constraints(requests) } } };
    });
  }

  #request(name: string): DeviceRequest {
    if (this.#maybe(0.25)) return { name, firstAvailable: [0, 1].map((index) => ({ ...this.#terms(false), name: `s${index}` })) };
    return { name, exactly: this.#terms(this.#maybe(0.15)) };
  }

  #terms(isAdministrative: boolean): ExactDeviceRequest {
    const mode = this.#maybe(0.1) ? { allocationMode: 'All' } : { allocationMode: 'ExactCount', count: 1 + this.#one(3) };
    return {
      ...{ deviceClassName: 'any', ...mode },
      ...(this.#maybe(0.3) ? { selectors: [{ cel: { expression: `device.attributes["${driver}"].fast` } }] } : {}),
      ...(this.#maybe(0.3) ? { tolerations: [{ operator: 'Exists' as const }] } : {}),
      ...(this.#maybe(0.3) ? { capacity: { requests: { memory: `${1 + this.#one(2)}` } } } : {}),
      ...(isAdministrative ? { adminAccess: true } : {}),
    };
  }

  #constraints(requests: readonly DeviceRequest[]): { constraints?: DeviceConstraint[] } {
    if (!this.#maybe(0.4)) return {};
    const attribute = this.#maybe(0.5) ? { matchAttribute: `${driver}/numa` } : { distinctAttribute: `${driver}/numa` };
    return { constraints: [{ ...attribute, ...(this.#maybe(0.5) ? { requests: [requests[0]!.name] } : {}) }] };
  }

  use(slices: readonly ResourceSlice[]): PlainUse {
    const taken = new Set<string>();
    const consumed = new Map<string, number>();
    for (const { spec } of slices)
      for (const device of spec.devices ?? []) {
        const id = `${driver}/${spec.pool.name}/${device.name}`;
        if (!this.#maybe(0.2)) continue;
        if (device.allowMultipleAllocations) consumed.set(id, device.capacity ? 1 : 0);
        else taken.add(id);
      }
    return { taken, consumed };
  }
}

const inUseOf = ({ taken, consumed }: PlainUse): DevicesInUse => ({
  isTaken: (id) => taken.has(id),
  sharersOf: (id) => (consumed.has(id) ? 1 : 0),
  consumedOf: (id) => (consumed.has(id) ? new Map([['memory', BigInt(consumed.get(id)!) * 1_000_000_000n]]) : undefined),
});

describe('the search for devices', () => {
  it('finds some exactly when there are some, and breaks no rule', () => {
    const counts = { found: 0, none: 0, senseless: 0 };
    for (let seed = 1; seed <= 2_500; seed++) {
      const maker = new Maker(seed);
      const [slices, claims] = [maker.slices(), maker.claims()];
      const use = maker.use(slices);
      const index = new SliceIndex();
      for (const slice of slices) index.set(slice);
      const want = isAllocatable(claims, slices, use);
      const told = (): string => `seed ${seed}: ${JSON.stringify({ slices, claims, taken: [...use.taken], consumed: [...use.consumed] })}`;
      try {
        const outcome = allocate(
          claims.map((claim) => readClaim(claim, () => anyClass)),
          node,
          index.offersTo(node),
          inUseOf(use),
          0,
        );
        assert.equal(outcome.kind === 'allocated', want, told());
        counts[want ? 'found' : 'none']++;
        if (outcome.kind === 'allocated') assert.ok(isSound(claims, slices, use, outcome.results()), told());
      } catch (error) {
        // A constraint that keeps a claim from having all devices makes no sense: upstream fails.
        if (!(error instanceof AllocationError)) throw error;
        assert.match(error.message, /because a claim constraint would not be satisfied$/, told());
        counts.senseless++;
      }
    }
    assert.ok(counts.found > 400 && counts.none > 400 && counts.senseless < 400, JSON.stringify(counts));
  });
});

/** Whether what was found could be found by whoever asks for these very devices. */
function isSound(
  claims: readonly ResourceClaim[],
  slices: readonly ResourceSlice[],
  use: PlainUse,
  results: readonly {
    devices?: { results?: { request: string; pool: string; device: string; adminAccess?: boolean; consumedCapacity?: Record<string, string | number> }[] };
  }[],
): boolean {
  const exclusive = new Set<string>(use.taken);
  const memory = new Map<string, number>(use.consumed);
  for (const [place, { devices }] of results.entries()) {
    const own = devices?.results ?? [];
    const requests = claims[place]!.spec.devices?.requests ?? [];
    if (!requests.every(({ name }) => own.some(({ request }) => request === name || request.startsWith(`${name}/`)))) return false;
    for (const { pool, device, adminAccess, consumedCapacity } of own) {
      const id = `${driver}/${pool}/${device}`;
      const offered = slices.flatMap(({ spec }) => (spec.pool.name === pool ? (spec.devices ?? []) : [])).find(({ name }) => name === device);
      if (!offered) return false;
      if (offered.allowMultipleAllocations) {
        const sum = (memory.get(id) ?? 0) + quantityValue(consumedCapacity?.['memory'] ?? 0);
        if (offered.capacity?.['memory'] && sum > quantityValue(offered.capacity['memory'].value)) return false;
        memory.set(id, sum);
      } else if (!adminAccess) {
        if (exclusive.has(id)) return false;
        exclusive.add(id);
      }
    }
  }
  return true;
}
