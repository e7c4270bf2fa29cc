import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { until } from '../devices/testing/device-stage.ts';
import { testContainer, testPod } from '../testing/pods.ts';
import { DriverHealth } from './device-health.ts';
import { ClaimStage, claimingPod } from './testing/claim-stage.ts';
import { deviceFor } from './testing/fake-driver.ts';

describe('what a driver says of its devices', () => {
  it('counts until it is too old, 30 seconds unless it says how long', () => {
    const health = new DriverHealth();
    const say = (...devices: Parameters<DriverHealth['update']>[0]): string[] => health.update(devices, 1_000).map(({ device }) => device);
    assert.deepEqual(say({ pool: 'p', device: 'a', health: 'Healthy' }, { pool: 'p', device: 'b', health: 'Unhealthy', message: 'hot', timeoutSeconds: 5 }), [
      'a',
      'b',
    ]);
    assert.deepEqual(say({ pool: 'p', device: 'a', health: 'Healthy' }), []); // nothing new
    assert.deepEqual(say({ pool: 'p', device: 'b', health: 'Unhealthy', message: 'hotter', timeoutSeconds: 5 }), ['b']);
    assert.equal(health.nextExpiryMs, 6_000);
    assert.deepEqual(
      health.expire(6_000).map(({ device }) => device),
      ['b'],
    );
    assert.equal(health.get('p', 'a', 30_999)?.health, 'Healthy');
    assert.equal(health.get('p', 'a', 31_000), undefined);
    assert.equal(health.get('other', 'a', 1_000), undefined);
  });

  it('counts for nothing where a name is longer than that of any pool', () => {
    const health = new DriverHealth();
    const long = 'x'.repeat(254);
    assert.deepEqual(
      health.update(
        [
          { pool: long, device: 'a', health: 'Healthy' },
          { pool: 'p', device: long, health: 'Healthy' },
        ],
        0,
      ),
      [],
    );
    assert.equal(health.nextExpiryMs, undefined);
  });

  it('is cut to 1,024 bytes, never within a character', () => {
    const health = new DriverHealth();
    const cut = (message: string): string => {
      health.update([{ pool: 'p', device: 'a', health: 'Unhealthy', message }], 0);
      return health.get('p', 'a', 0)!.message!;
    };
    assert.equal(cut('x'.repeat(1_024)), 'x'.repeat(1_024));
    assert.equal(cut('x'.repeat(1_025)), `${'x'.repeat(1_021)}...`);
    assert.equal(cut(`${'x'.repeat(1_020)}€€`), `${'x'.repeat(1_020)}...`);
  });
});

describe('the health of a container’s devices', () => {
  it('is shown for each claim and request it names, and follows the driver', async () => {
    await using stage = await ClaimStage.open();
    const devices = ['x', 'y'].map((name) => ({ ...deviceFor({ name }, [name]), deviceName: name }));
    const driver = await stage.driver(undefined, {
      devicesOf: () => [...devices, { ...devices[0]!, deviceName: 'bare', requestNames: ['x'], cdiDeviceIds: [] }],
    });
    await stage.register(driver);
    await stage.claim('one', ['a']);
    const claims = [{ name: 'c' }, { name: 'c', request: 'y' }, { name: 'c', request: 'absent' }];
    const pod = testPod(
      { containers: [testContainer('main', { resources: { claims } }), testContainer('other')], resourceClaims: [{ name: 'c', resourceClaimName: 'one' }] },
      { uid: 'a', name: 'a' },
    );
    assert.equal(stage.resources.healthOf(pod, 'main'), undefined);
    await stage.prepare(pod);
    const shown = (): unknown => stage.resources.healthOf(pod, 'main');
    const status = (x: string, y: object, bare = 'Unknown'): unknown => [
      {
        name: 'claim:c',
        resources: [
          { resourceID: 'gpu.example.com/gpu=x', health: x },
          { resourceID: 'gpu.example.com/gpu=y', ...y },
          { resourceID: 'gpu.example.com/pool/bare', health: bare },
        ],
      },
      { name: 'claim:c/y', resources: [{ resourceID: 'gpu.example.com/gpu=y', ...y }] },
    ];
    assert.deepEqual(shown(), status('Unknown', { health: 'Unknown' }));
    driver.say({ pool: 'pool', device: 'x', health: 'HEALTHY' }, { pool: 'pool', device: 'y', health: 'UNHEALTHY', message: 'hot' });
    await until(() => assert.deepEqual(shown(), status('Healthy', { health: 'Unhealthy', message: 'hot' })));
    assert.deepEqual(stage.woken, ['a']);
    driver.say({ pool: 'pool', device: 'y', health: 'HEALTHY' }, { pool: 'elsewhere', device: 'x', health: 'UNHEALTHY' });
    await until(() => assert.deepEqual(shown(), status('Healthy', { health: 'Healthy' })));
    assert.equal(stage.resources.healthOf(pod, 'other'), undefined);
    await driver.stop();
    await until(() => assert.deepEqual(shown(), status('Unknown', { health: 'Unknown' })));
    assert.deepEqual(stage.woken, ['a', 'a', 'a']);
  });

  it('of the newest driver counts, and what only an older one knows', async () => {
    await using stage = await ClaimStage.open();
    const [old, next] = [await stage.driver(undefined, { socket: 'old.sock' }), await stage.driver(undefined, { socket: 'next.sock' })];
    await stage.register(old);
    await stage.claim('one', ['a']);
    const pod = claimingPod('a', 'one');
    await stage.prepare(pod);
    const health = (): unknown => stage.resources.healthOf(pod, 'main')?.[0]?.resources?.[0]?.health;
    old.say({ pool: 'pool', device: 'gpu-of-one', health: 'HEALTHY' });
    await until(() => assert.equal(health(), 'Healthy'));
    await stage.register(next);
    assert.equal(health(), 'Healthy');
    next.say({ pool: 'pool', device: 'gpu-of-one', health: 'UNHEALTHY' });
    await until(() => assert.equal(health(), 'Unhealthy'));
  });
});
