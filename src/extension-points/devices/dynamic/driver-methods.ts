import { DRAResourceHealth, HealthStatus } from '../../../api/generated/dra-plugin/dra-health_pb.js';
import { DRAPlugin as PluginV1 } from '../../../api/generated/dra-plugin/dra-plugin-v1_pb.js';
import { DRAPlugin as PluginV1beta1 } from '../../../api/generated/dra-plugin/dra-plugin-v1beta1_pb.js';
import type { Client } from '../../../client/client.ts';
import type { Clock } from '../../../kernel/clock.ts';
import { type ServedMethod, streamMethod, unaryMethod } from '../../runtime/grpc-server.ts';
import { readAllocatedClaim } from './claim-of-driver.ts';
import type { ClaimReference, DeviceHealth, DynamicDeviceDriver, PreparedDevice } from './contract.ts';
import { repeatedHealth } from './repeated-health.ts';

interface WirePrepared {
  readonly devices: readonly PreparedDevice[];
  readonly error: string;
}

/** The services of a driver, as its socket offers them: both versions of the plugin service, and health when the driver watches its devices. */
export function driverMethods(driver: DynamicDeviceDriver, client: Pick<Client, 'get'>, clock: Clock): readonly ServedMethod[] {
  const inTurn = oneAtATime();
  const prepare = async (claims: readonly ClaimReference[]): Promise<Record<string, WirePrepared>> =>
    Object.fromEntries(
      await inTurn(() =>
        eachOf(claims, async (claim): Promise<WirePrepared> => prepared(await driver.prepare(await readAllocatedClaim(client, claim, driver.name)))),
      ),
    );
  const unprepare = async (claims: readonly ClaimReference[]): Promise<Record<string, { error: string }>> =>
    Object.fromEntries(await inTurn(() => eachOf(claims, async (claim) => (await driver.unprepare(claim), { error: '', devices: [] }))));
  return [
    unaryMethod(PluginV1.method.nodePrepareResources, async ({ claims }) => ({
      claims: mapped(await prepare(claims), ({ error, devices }) => ({
        error,
        devices: devices.map((device) => ({ ...wireDevice(device), ...(device.shareId ? { shareId: device.shareId } : {}) })),
      })),
    })),
    unaryMethod(PluginV1.method.nodeUnprepareResources, async ({ claims }) => ({ claims: mapped(await unprepare(claims), ({ error }) => ({ error })) })),
    unaryMethod(PluginV1beta1.method.nodePrepareResources, async ({ claims }) => ({
      claims: mapped(await prepare(claims), ({ error, devices }) => ({ error, devices: devices.map(wireDevice) })),
    })),
    unaryMethod(PluginV1beta1.method.nodeUnprepareResources, async ({ claims }) => ({ claims: mapped(await unprepare(claims), ({ error }) => ({ error })) })),
    ...(driver.health ? [healthMethod(driver, clock)] : []),
  ];
}

function healthMethod(driver: DynamicDeviceDriver, clock: Clock): ServedMethod {
  return streamMethod(DRAResourceHealth.method.nodeWatchResources, async function* (_request, signal) {
    for await (const devices of repeatedHealth(driver.health!(signal), clock, signal)) yield { devices: devices.map((device) => wireHealth(device, clock)) };
  });
}

/** Calls are served one after the other, so that a driver need not think of what they do to each other. */
function oneAtATime(): <T>(work: () => Promise<T>) => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {}); // told to who asked
    return result;
  };
}

/** What one claim fails with is that claim's alone. */
async function eachOf(claims: readonly ClaimReference[], work: (claim: ClaimReference) => Promise<WirePrepared>): Promise<[string, WirePrepared][]> {
  const results: [string, WirePrepared][] = [];
  for (const { namespace, name, uid } of claims) {
    try {
      results.push([uid, await work({ namespace, name, uid })]);
    } catch (error) {
      results.push([uid, { error: (error as Error).message || 'unknown error', devices: [] }]);
    }
  }
  return results;
}

const prepared = (devices: readonly PreparedDevice[]): WirePrepared => ({ error: '', devices });

const mapped = <From, To>(entries: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));

const wireDevice = ({
  requests,
  pool,
  device,
  cdiDevices,
}: PreparedDevice): { requestNames: string[]; poolName: string; deviceName: string; cdiDeviceIds: string[] } => ({
  requestNames: [...requests],
  poolName: pool,
  deviceName: device,
  cdiDeviceIds: [...cdiDevices],
});

const statuses = { Healthy: HealthStatus.HEALTHY, Unhealthy: HealthStatus.UNHEALTHY, Unknown: HealthStatus.UNKNOWN } as const;

const wireHealth = (
  { pool, device, health, message = '', timeoutSeconds = 0 }: DeviceHealth,
  clock: Clock,
): Record<string, unknown> & { health: HealthStatus } => ({
  device: { poolName: pool, deviceName: device },
  health: statuses[health],
  lastUpdatedTime: BigInt(Math.floor(clock.now() / 1_000)),
  healthCheckTimeoutSeconds: BigInt(timeoutSeconds),
  message,
});
