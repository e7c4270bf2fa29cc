import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resourceclaims, resourceslices } from '../../../api/generated/resource-types.ts';
import type { ResourceClaim, ResourceSlice } from '../../../api/generated/resource-v1.ts';
import { dns1123LabelProblems, dns1123SubdomainProblems } from '../../../api/names.ts';
import type { Client } from '../../../client/client.ts';
import type { ClaimReference, DriverConnection, PreparedDevice } from './contract.ts';

/** A driver under test: its connection, and the API in which it publishes its devices and reads claims. */
export interface DriverSubject {
  readonly connection: DriverConnection;
  readonly client: Client;
  readonly nodeName: string;
  /** Where claims are made. Default `default`. */
  readonly namespace?: string;
}

/** Far longer than any driver takes; only there so that one that hangs is told of. */
const patienceMs = 30_000;

/** What an agent and a scheduler count on in a driver, by name. Each case gets a driver that nobody used before, with at least two devices. */
export const driverCases = {
  'publishes a complete set of slices for its node': async (subject) => {
    const slices = await published(subject);
    const pools = Map.groupBy(slices, ({ spec }) => spec.pool.name);
    for (const [pool, parts] of pools) {
      const generation = Math.max(...parts.map(({ spec }) => spec.pool.generation));
      const newest = parts.filter(({ spec }) => spec.pool.generation === generation);
      assert.equal(newest.length, newest[0]!.spec.pool.resourceSliceCount, `pool ${pool} has fewer slices than it says`);
      const names = newest.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => name));
      assert.equal(new Set(names).size, names.length, `pool ${pool} has a device twice`);
      for (const name of names) assert.deepEqual(dns1123LabelProblems(name), [], `device "${name}"`);
    }
    assert.deepEqual(dns1123SubdomainProblems(subject.connection.driver), []);
  },
  'prepares a claim, with the devices it was allocated': async (subject) => {
    const claim = await allocated(subject, 0);
    checkDevices(await prepareOne(subject, claim), claim);
  },
  'answers the same when it is asked again': async (subject) => {
    const claim = await allocated(subject, 0);
    assert.deepEqual(await prepareOne(subject, claim), await prepareOne(subject, claim));
  },
  'prepares several claims in one call, each with its own device': async (subject) => {
    const claims = [await allocated(subject, 0), await allocated(subject, 1)];
    const outcomes = await subject.connection.prepare(claims.map(referenceOf), patience());
    assert.equal(outcomes.size, 2);
    const [first, second] = claims.map((claim) => {
      const outcome = outcomes.get(claim.metadata.uid!);
      assert.equal(outcome?.kind, 'prepared');
      checkDevices(outcome.devices, claim);
      return outcome.devices.flatMap(({ cdiDevices }) => cdiDevices).sort();
    });
    // Some may be the same for all claims of a driver.
    if (first!.length > 0) assert.notDeepEqual(first, second, 'two claims got the same CDI devices');
  },
  'undoes a claim, also one that is undone already, and prepares it again': async (subject) => {
    const claim = await allocated(subject, 0);
    await prepareOne(subject, claim);
    await unprepareOne(subject, referenceOf(claim));
    await unprepareOne(subject, referenceOf(claim));
    checkDevices(await prepareOne(subject, claim), claim);
  },
  'undoes a claim that does not exist any more, and one it never saw': async (subject) => {
    const claim = await allocated(subject, 0);
    await prepareOne(subject, claim);
    await subject.client.delete(resourceclaims, keyOf(claim));
    await unprepareOne(subject, referenceOf(claim));
    await unprepareOne(subject, { namespace: namespaceOf(subject), name: 'never-seen', uid: 'b4f1d1a6-0000-4000-8000-000000000000' });
  },
  'gives a device to the next claim once it is free': async (subject) => {
    const first = await allocated(subject, 0);
    await prepareOne(subject, first);
    await unprepareOne(subject, referenceOf(first));
    const second = await allocated(subject, 0);
    checkDevices(await prepareOne(subject, second), second);
  },
  'fails a claim that does not exist, says why, and goes on': async (subject) => {
    const missing = { namespace: namespaceOf(subject), name: 'missing', uid: 'b4f1d1a6-0000-4000-8000-000000000001' };
    const said = await subject.connection.prepare([missing], patience()).then(
      (outcomes) => outcomes.get(missing.uid),
      (error: Error) => ({ kind: 'failed', error: error.message }) as const,
    );
    assert.equal(said?.kind, 'failed');
    assert.notEqual(said.error, '');
    const claim = await allocated(subject, 0);
    checkDevices(await prepareOne(subject, claim), claim);
  },
} satisfies Record<string, (subject: DriverSubject) => Promise<void>>;

const patience = (): AbortSignal => AbortSignal.timeout(patienceMs);
const namespaceOf = ({ namespace = 'default' }: DriverSubject): string => namespace;
const keyOf = ({ metadata }: ResourceClaim): { namespace: string; name: string } => ({ namespace: metadata.namespace!, name: metadata.name! });
const referenceOf = (claim: ResourceClaim): ClaimReference => ({ ...keyOf(claim), uid: claim.metadata.uid! });

/** The driver's slices, once there are two devices. */
async function published({ client, connection, nodeName }: DriverSubject): Promise<readonly ResourceSlice[]> {
  for (const untilMs = Date.now() + patienceMs; ; await sleep(50)) {
    const { items } = await client.list(resourceslices, { fieldSelector: `spec.driver=${connection.driver},spec.nodeName=${nodeName}` });
    if (items.flatMap(({ spec }) => spec.devices ?? []).length >= 2) return items;
    assert.ok(Date.now() < untilMs, 'the driver does not publish two devices');
  }
}

/** A claim that was given one of the published devices. */
async function allocated(subject: DriverSubject, index: number): Promise<ResourceClaim> {
  const slices = (await published(subject)).toSorted((left, right) => (left.metadata.name! < right.metadata.name! ? -1 : 1));
  const { pool, device } = slices.flatMap(({ spec }) => (spec.devices ?? []).map(({ name }) => ({ pool: spec.pool.name, device: name })))[index]!;
  const { driver } = subject.connection;
  const claim = await subject.client.create(
    resourceclaims,
    { metadata: { generateName: 'conformance-' }, spec: { devices: { requests: [{ name: 'one', exactly: { deviceClassName: driver } }] } } },
    { namespace: namespaceOf(subject) },
  );
  const status = { allocation: { devices: { results: [{ request: 'one', driver, pool, device }] } } };
  return subject.client.replace(resourceclaims, { ...claim, status }, { subresource: 'status' });
}

async function prepareOne({ connection }: DriverSubject, claim: ResourceClaim): Promise<readonly PreparedDevice[]> {
  const outcomes = await connection.prepare([referenceOf(claim)], patience());
  const outcome = outcomes.get(claim.metadata.uid!);
  assert.ok(outcome, 'the claim is missing in the answer');
  assert.equal(outcome.kind, 'prepared', outcome.kind === 'failed' ? outcome.error : '');
  return outcome.devices;
}

async function unprepareOne({ connection }: DriverSubject, claim: ClaimReference): Promise<void> {
  const outcome = (await connection.unprepare([claim], patience())).get(claim.uid);
  assert.ok(outcome, 'the claim is missing in the answer');
  assert.equal(outcome.kind, 'unprepared', outcome.kind === 'failed' ? outcome.error : '');
}

function checkDevices(devices: readonly PreparedDevice[], claim: ResourceClaim): void {
  const results = claim.status!.allocation!.devices!.results!;
  for (const { pool, device, requests, cdiDevices } of devices) {
    assert.ok(
      results.some((result) => result.pool === pool && result.device === device),
      `${pool}/${device} was not allocated to the claim`,
    );
    for (const request of requests) assert.ok(request === '' || request.split('/', 1)[0] === 'one', `the claim has no request "${request}"`);
    for (const name of cdiDevices) assert.match(name, /^[A-Za-z0-9][\w.-]*\/[A-Za-z][\w.-]*=[\w.:-]+$/, `"${name}" is not vendor/class=name`);
  }
}
