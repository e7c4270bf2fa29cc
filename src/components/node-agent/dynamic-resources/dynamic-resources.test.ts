import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { resourceclaims } from '../../../api/generated/resource-types.ts';
import { until } from '../devices/testing/device-stage.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { ClaimStage, claimingPod, driverName } from './testing/claim-stage.ts';
import { deviceFor, type FakeDriver, type PrepareAnswer } from './testing/fake-driver.ts';

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'nothing failed',
    (error: Error) => error.message,
  );

describe('the claims of a pod', () => {
  it('are prepared together, one call for each driver, and on disk before they are used', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    const other = await stage.driver('nic.example.com');
    await stage.register(driver);
    await stage.register(other, 'nic.example.com');
    await stage.claim('one', ['a']);
    await stage.claim('two', ['a'], [driverName, 'nic.example.com']);
    const seen: string[] = [];
    for (const each of [driver, other]) each.onPrepare = async () => void seen.push(await stage.recordedText()) as undefined;
    const pod = claimingPod('a', 'one', 'two');
    await stage.prepare(pod);
    assert.deepEqual([driver.calls, other.calls], [['prepare one two'], ['prepare two']]);
    assert.deepEqual(seen, ['one: a, two: a', 'one: a, two: a']);
    assert.deepEqual(await stage.cdiOf(pod), ['gpu.example.com/gpu=one', 'gpu.example.com/gpu=two']);
    const [one] = await stage.recorded();
    assert.deepEqual(one!.drivers.get(driverName), [{ requests: [], pool: 'pool', device: 'gpu-of-one', cdiDevices: ['gpu.example.com/gpu=one'] }]);
    await stage.prepare(pod);
    assert.deepEqual(driver.calls, ['prepare one two']);
    for (const each of [driver, other]) each.onUnprepare = async () => void seen.push(await stage.recordedText()) as undefined;
    await stage.end(pod);
    assert.deepEqual(seen.slice(2), ['one: a, two: a', 'one: a, two: a']); // known until all of it is undone
    assert.deepEqual([driver.calls.at(-1), other.calls.at(-1)], ['unprepare one two', 'unprepare two']);
    assert.equal(await stage.recordedText(), '');
    await stage.end(pod);
    assert.equal(driver.calls.length, 2);
    assert.equal(await failure(stage.cdiOf(pod)), 'internal error: unable to get claim info for ResourceClaim one in namespace default');
  });

  it('that other pods use too are prepared once, and undone after the last', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('shared', ['a', 'b']);
    const [a, b] = [claimingPod('a', 'shared'), claimingPod('b', 'shared')];
    await Promise.all([stage.prepare(a), stage.prepare(b)]);
    assert.deepEqual(driver.calls, ['prepare shared']);
    await stage.end(a);
    assert.deepEqual(driver.calls, ['prepare shared']);
    assert.equal(await stage.recordedText(), 'shared: b');
    await stage.end(b);
    assert.deepEqual(driver.calls, ['prepare shared', 'unprepare shared']);
  });

  it('that are just being undone are prepared again for a pod that comes now', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('shared', ['a', 'b']);
    const [a, b] = [claimingPod('a', 'shared'), claimingPod('b', 'shared')];
    await stage.prepare(a);
    const undoing = Promise.withResolvers<undefined>();
    driver.onUnprepare = () => undoing.promise;
    const ending = stage.end(a);
    await until(() => assert.equal(driver.calls.at(-1), 'unprepare shared'));
    const preparing = stage.prepare(b);
    undoing.resolve(undefined);
    await Promise.all([ending, preparing]);
    assert.deepEqual(driver.calls, ['prepare shared', 'unprepare shared', 'prepare shared']);
    assert.equal(await stage.recordedText(), 'shared: b');
    assert.deepEqual(await stage.cdiOf(b), ['gpu.example.com/gpu=shared']);
  });

  it('that were undone by one of their drivers only are prepared anew for the next pod', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    const other = await stage.driver('nic.example.com');
    await stage.register(driver);
    await stage.register(other, 'nic.example.com');
    await stage.claim('shared', ['a', 'b'], [driverName, 'nic.example.com']);
    const [a, b] = [claimingPod('a', 'shared'), claimingPod('b', 'shared')];
    await stage.prepare(a);
    other.onUnprepare = () => Promise.reject(new Error('still warm'));
    await assert.rejects(stage.end(a), /still warm/);
    await stage.prepare(b);
    for (const each of [driver, other]) assert.deepEqual(each.calls, ['prepare shared', 'unprepare shared', 'prepare shared']);
    await stage.end(a);
    assert.equal(await stage.recordedText(), 'shared: b');
  });

  it('give each container the devices of what it asks for', async () => {
    await using stage = await ClaimStage.open();
    const named = (request: string, name: string) => ({ ...deviceFor({ name }, [request]), deviceName: name });
    const driver = await stage.driver(driverName, { devicesOf: () => [named('big', 'b'), named('small/second', 's'), deviceFor({ name: 'all' })] });
    await stage.register(driver);
    await stage.claim('mixed', ['a']);
    const using = (name: string, ...claims: { name: string; request?: string }[]) => testContainer(name, { resources: { claims } });
    const containers = [
      using('everything', { name: 'c' }),
      using('big', { name: 'c', request: 'big' }),
      using('small', { name: 'c', request: 'small' }),
      using('both', { name: 'c', request: 'small' }, { name: 'c', request: 'big' }),
      using('nothing'),
    ];
    const pod = testPod({ containers, resourceClaims: [{ name: 'c', resourceClaimName: 'mixed' }] }, { uid: 'a', name: 'a' });
    await stage.prepare(pod);
    const got = await Promise.all(containers.map(async (container) => (await stage.cdiOf(pod, container)).map((name) => name.split('=')[1])));
    assert.deepEqual(got, [['b', 's', 'all'], ['b', 'all'], ['s', 'all'], ['s', 'all', 'b'], []]);
    assert.deepEqual(stage.resources.claimsOf(pod, containers[1]!), [
      {
        namespace: 'default',
        name: 'mixed',
        devices: [
          { driver: driverName, pool: 'pool', device: 'b', cdiDevices: ['gpu.example.com/gpu=b'] },
          { driver: driverName, pool: 'pool', device: 's', cdiDevices: ['gpu.example.com/gpu=s'] },
          { driver: driverName, pool: 'pool', device: 'gpu-of-all', cdiDevices: ['gpu.example.com/gpu=all'] },
        ],
      },
    ]);
  });

  it('may stand for extended resources of its containers', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver(driverName, {
      devicesOf: () => ['container-0-request-0', 'container-1-request-0'].map((request) => deviceFor({ name: request }, [request])),
    });
    await stage.register(driver);
    await stage.claim('extended', ['a']);
    const limits = { 'example.com/gpu': '1' };
    const containers = ['first', 'second', 'third'].map((name) => testContainer(name, name === 'third' ? {} : { resources: { limits, requests: limits } }));
    const requestMappings = containers.map(({ name }, index) => ({
      containerName: name,
      resourceName: 'example.com/gpu',
      requestName: `container-${index}-request-0`,
    }));
    const pod = {
      ...testPod({ containers }, { uid: 'a', name: 'a' }),
      status: { extendedResourceClaimStatus: { resourceClaimName: 'extended', requestMappings } },
    };
    await stage.prepare(pod);
    const got = await Promise.all(containers.map((container) => stage.cdiOf(pod, container)));
    assert.deepEqual(got, [['gpu.example.com/gpu=container-0-request-0'], ['gpu.example.com/gpu=container-1-request-0'], []]);
  });

  it('made from a template are found by the pod’s status, and must be its own', async () => {
    await using stage = await ClaimStage.open();
    await stage.register(await stage.driver());
    const pod = testPod(
      { containers: [testContainer('main', { resources: { claims: [{ name: 'c' }] } })], resourceClaims: [{ name: 'c', resourceClaimTemplateName: 't' }] },
      { uid: 'a', name: 'a' },
    );
    assert.equal(await failure(stage.prepare(pod)), 'prepare dynamic resources: pod "default/a": ResourceClaim not created yet');
    const withStatus = { ...pod, status: { resourceClaimStatuses: [{ name: 'c', resourceClaimName: 'made' }] } };
    await stage.claim('made', ['a']);
    assert.equal(
      await failure(stage.prepare(withStatus)),
      'prepare dynamic resources: ResourceClaim default/made was not created for Pod default/a (Pod is not owner)',
    );
    await stage.client.patch(
      resourceclaims,
      { namespace: 'default', name: 'made' },
      { type: 'merge', body: { metadata: { ownerReferences: [{ apiVersion: 'v1', kind: 'Pod', name: 'a', uid: 'a', controller: true }] } } },
    );
    await stage.prepare(withStatus);
    assert.deepEqual(await stage.cdiOf(withStatus), ['gpu.example.com/gpu=made']);
    assert.ok(stage.resources.lacksClaims(pod));
    assert.ok(!stage.resources.lacksClaims(withStatus));
    await stage.prepare({ ...pod, status: { resourceClaimStatuses: [{ name: 'c' }] } }); // found not to be needed
  });
});

describe('what stands in the way of a pod', () => {
  it('before its drivers are asked leaves nothing to undo', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('good', ['a']);
    const said = (name: string): Promise<string> => failure(stage.prepare(claimingPod('a', 'good', name)));
    assert.equal(await said('missing'), 'prepare dynamic resources: fetch ResourceClaim missing: resourceclaims.resource.k8s.io "missing" not found');
    await stage.claim('waiting', ['a'], [], { status: { reservedFor: [{ resource: 'pods', name: 'a', uid: 'a' }] } });
    await stage.client.patch(
      resourceclaims,
      { namespace: 'default', name: 'waiting' },
      { type: 'merge', body: { status: { allocation: null } } },
      { subresource: 'status' },
    );
    assert.equal(await said('waiting'), 'prepare dynamic resources: ResourceClaim waiting: not allocated');
    const { metadata } = await stage.claim('others', ['b']);
    assert.equal(await said('others'), `prepare dynamic resources: pod a (a) is not allowed to use ResourceClaim others (${metadata.uid})`);
    await stage.claim('foreign', ['a'], ['absent.example.com']);
    assert.equal(await said('foreign'), 'prepare dynamic resources: DRA driver absent.example.com is not registered');
    assert.deepEqual(driver.calls, []);
    await stage.resources.unprepare('a'); // needs no driver
  });

  const cases: { name: string; answer?: (uids: Record<string, string>) => PrepareAnswer; fault?: string; want: RegExp }[] = [
    {
      name: 'an error of one claim',
      answer: ({ good, bad }) => ({ [good!]: { devices: [] }, [bad!]: { error: 'the fan is stuck' } }),
      want: /^prepare dynamic resources: NodePrepareResources failed for ResourceClaim bad: the fan is stuck$/,
    },
    {
      name: 'a claim that the driver leaves out',
      answer: ({ good }) => ({ [good!]: { devices: [] } }),
      want: /^prepare dynamic resources: NodePrepareResources skipped 1 ResourceClaims$/,
    },
    {
      name: 'a claim that nobody asked for',
      answer: ({ good, bad }) => ({ [good!]: {}, [bad!]: {}, 'uid-x': {} }),
      want: /^prepare dynamic resources: NodePrepareResources returned result for unknown claim UID uid-x$/,
    },
    {
      name: 'a call that fails',
      fault: 'out of memory',
      want: /^prepare dynamic resources: NodePrepareResources: rpc error: code = Unknown desc = out of memory$/,
    },
  ];
  for (const { name, answer, fault, want } of cases)
    it(`${name} is told in the words of upstream; all is asked again`, async () => {
      await using stage = await ClaimStage.open();
      const driver = await stage.driver();
      await stage.register(driver);
      const uids: Record<string, string> = {};
      for (const claim of ['good', 'bad']) uids[claim] = (await stage.claim(claim, ['a'])).metadata.uid!;
      driver.onPrepare = async () => {
        if (fault !== undefined) throw new Error(fault);
        return answer!(uids);
      };
      const pod = claimingPod('a', 'good', 'bad');
      assert.match(await failure(stage.prepare(pod)), want);
      assert.equal(await stage.recordedText(), 'good: a, bad: a');
      driver.onPrepare = async () => undefined;
      await stage.prepare(pod);
      assert.deepEqual(await stage.cdiOf(pod), ['gpu.example.com/gpu=good', 'gpu.example.com/gpu=bad']);
      assert.deepEqual(driver.calls, ['prepare good bad', 'prepare good bad']);
    });

  it('a driver that hangs is given up after its time, and at once when the pod is deleted', async () => {
    await using stage = await ClaimStage.open();
    await stage.stop();
    await stage.start(100);
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('one', ['a']);
    driver.onPrepare = () => new Promise(() => {});
    assert.equal(
      await failure(stage.prepare(claimingPod('a', 'one'))),
      'prepare dynamic resources: NodePrepareResources: rpc error: code = DeadlineExceeded desc = context deadline exceeded',
    );
    await stage.stop();
    await stage.start(60_000);
    await stage.register(driver);
    const deletion = new AbortController();
    const preparing = stage.prepare(claimingPod('a', 'one'), deletion.signal);
    await until(() => assert.equal(driver.calls.length, 2));
    deletion.abort(new Error('the pod has to be stopped'));
    assert.equal(await failure(preparing), 'the pod has to be stopped');
    await stage.resources.unprepare('a'); // nobody holds the claim
    assert.equal(driver.calls.at(-1), 'unprepare one');
  });

  it('a claim of the same name as one that is still prepared has to wait', async () => {
    await using stage = await ClaimStage.open();
    await stage.register(await stage.driver());
    const { metadata } = await stage.claim('one', ['a']);
    await stage.prepare(claimingPod('a', 'one'));
    await stage.client.delete(resourceclaims, { namespace: 'default', name: 'one' });
    await stage.claim('one', ['b']);
    assert.equal(
      await failure(stage.prepare(claimingPod('b', 'one'))),
      `prepare dynamic resources: old ResourceClaim with same name one and different UID ${metadata.uid} still exists (previous pod force-deleted?!)`,
    );
    await stage.resources.unprepare('a');
    await stage.prepare(claimingPod('b', 'one'));
  });

  it('while claims are undone is told too, and nothing is forgotten', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    const registration = await stage.register(driver);
    const { metadata } = await stage.claim('one', ['a']);
    const pod = claimingPod('a', 'one');
    await stage.prepare(pod);
    const refuse = async (answer: () => Promise<Record<string, { error?: string }>>): Promise<string> => {
      driver.onUnprepare = answer;
      return failure(stage.resources.unprepare('a'));
    };
    assert.equal(
      await refuse(async () => ({ [metadata.uid!]: { error: 'still warm' } })),
      'unprepare dynamic resources: NodeUnprepareResources failed for ResourceClaim one: still warm',
    );
    assert.equal(await refuse(async () => ({})), 'unprepare dynamic resources: NodeUnprepareResources skipped 1 ResourceClaims');
    assert.equal(await refuse(async () => ({ other: {} })), 'unprepare dynamic resources: NodeUnprepareResources returned result for unknown claim UID other');
    assert.equal(
      await refuse(() => Promise.reject(new Error('no'))),
      'unprepare dynamic resources: NodeUnprepareResources: rpc error: code = Unknown desc = no',
    );
    registration[Symbol.dispose]();
    assert.equal(await refuse(async () => ({})), 'unprepare dynamic resources: DRA driver gpu.example.com is not registered');
    assert.equal(await stage.recordedText(), 'one: a');
    driver.onUnprepare = async () => undefined;
    await stage.register(driver);
    await stage.resources.unprepare('a');
    assert.equal(await stage.recordedText(), '');
  });
});

describe('the drivers of a node', () => {
  it('are refused in the words of upstream', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    const said = (services: readonly string[]): Promise<string> => failure(stage.register(driver, driverName, services));
    const beginning = `invalid supported gRPC versions of DRA driver plugin gpu.example.com at endpoint ${driver.endpoint}: `;
    assert.equal(await said([]), `${beginning}empty list of supported gRPC services (aka supported versions)`);
    assert.equal(
      await said(['v1alpha4.Node', 'v1.Other']),
      `${beginning}none of services supported by the plugin (["v1alpha4.Node" "v1.Other"]) are supported by the kubelet (["v1.DRAPlugin" "v1beta1.DRAPlugin"])`,
    );
    const both = await Promise.allSettled([stage.register(driver), stage.register(driver)]);
    assert.deepEqual(both.map(({ status }) => status).sort(), ['fulfilled', 'rejected']);
    assert.equal(await said(['v1.DRAPlugin']), `endpoint ${driver.endpoint} already registered for DRA driver plugin gpu.example.com`);
  });

  it('may speak the older version', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver(driverName, { version: 'v1beta1' });
    await stage.register(driver, driverName, ['v1beta1.DRAPlugin']);
    await stage.claim('one', ['a']);
    const pod = claimingPod('a', 'one');
    await stage.prepare(pod);
    assert.deepEqual(await stage.cdiOf(pod), ['gpu.example.com/gpu=one']);
    await stage.end(pod);
    assert.deepEqual(driver.calls, ['prepare one', 'unprepare one']);
  });

  it('are replaced by newer ones without a gap: the newest that can be reached is asked', async () => {
    await using stage = await ClaimStage.open();
    const [old, next] = [await stage.driver(driverName, { socket: 'old.sock' }), await stage.driver(driverName, { socket: 'next.sock' })];
    const asked = async (name: string): Promise<FakeDriver | undefined> => {
      await stage.claim(name, [name]);
      await stage.prepare(claimingPod(name, name));
      return [old, next].find(({ calls }) => calls.includes(`prepare ${name}`));
    };
    await stage.register(old);
    assert.equal(await asked('one'), old);
    const registration = await stage.register(next);
    await until(async () => assert.equal(await asked(`two-${Math.random()}`), next));
    await next.stop();
    await until(async () => assert.equal(await asked(`three-${Math.random()}`).catch(() => undefined), old));
    registration[Symbol.dispose]();
    assert.equal(await asked('four'), old);
  });

  it('that are restarted are found again by themselves', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('one', ['a']);
    await driver.stop();
    assert.match(await failure(stage.prepare(claimingPod('a', 'one'))), /^prepare dynamic resources: NodePrepareResources: rpc error: code = Unavailable/);
    await driver.start();
    await until(() => stage.prepare(claimingPod('a', 'one')));
  });
});

describe('after a restart of the agent', () => {
  it('what was prepared is known, what pods have left is undone, and the rest is prepared again for who comes new', async () => {
    await using stage = await ClaimStage.open();
    const driver = await stage.driver();
    await stage.register(driver);
    await stage.claim('kept', ['a', 'c']);
    await stage.claim('left', ['b']);
    const [a, b, c] = [claimingPod('a', 'kept'), claimingPod('b', 'left'), claimingPod('c', 'kept')];
    await stage.prepare(a);
    await stage.prepare(b);
    await stage.stop();
    stage.podUids.delete('b');
    await stage.start();
    assert.deepEqual(await stage.cdiOf(a), ['gpu.example.com/gpu=kept']);
    stage.resources.sourcesReady(); // its driver is not back yet
    await stage.register(driver);
    await until(() => assert.equal(driver.calls.at(-1), 'unprepare left'));
    await until(async () => assert.equal(await stage.recordedText(), 'kept: a'));
    await stage.prepare(c);
    assert.deepEqual(driver.calls, ['prepare kept', 'prepare left', 'unprepare left', 'prepare kept']);
    assert.deepEqual(await stage.cdiOf(c), ['gpu.example.com/gpu=kept']);
    assert.equal((await stage.recorded())[0]!.drivers.get(driverName)!.length, 1); // not noted twice
  });
});
