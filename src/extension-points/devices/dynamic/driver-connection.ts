import { DRAResourceHealth, HealthStatus, type DeviceHealth as WireHealth } from '../../../api/generated/dra-plugin/dra-health_pb.js';
import { type Device, DRAPlugin as PluginV1 } from '../../../api/generated/dra-plugin/dra-plugin-v1_pb.js';
import { DRAPlugin as PluginV1beta1 } from '../../../api/generated/dra-plugin/dra-plugin-v1beta1_pb.js';
import { RuntimeError } from '../../runtime/contract.ts';
import { createGrpcClient, type GrpcClient } from '../../runtime/grpc-client.ts';
import { goStatusText } from '../go-status.ts';
import type { ClaimReference, DeviceHealth, DriverConnection, DriverService, PreparedDevice } from './contract.ts';

export interface DriverAddress {
  readonly driver: string;
  /** Path of the driver's own socket. */
  readonly endpoint: string;
  readonly service: DriverService;
  /** How long a driver may take for a call. Default 45 s, as upstream. */
  readonly callTimeoutMs?: number;
}

const defaultCallTimeoutMs = 45_000;

/** Connects to a driver's socket. Does not wait for the driver: calls fail until it can be reached, and the connection is made again whenever it is lost. */
export async function connectDriver({ driver, endpoint, service, callTimeoutMs = defaultCallTimeoutMs }: DriverAddress): Promise<DriverConnection> {
  const grpc = await createGrpcClient(`unix://${endpoint}`);
  const methods = service === 'v1.DRAPlugin' ? callsV1(grpc) : callsV1beta1(grpc);
  const closing = new AbortController();
  const call = async <T>(start: (options: CallOptions) => Promise<T>, signal: AbortSignal): Promise<T> => {
    try {
      return await start({ deadlineMs: callTimeoutMs, signal: AbortSignal.any([signal, closing.signal]) });
    } catch (cause) {
      throw new Error(faultText(cause), { cause });
    }
  };
  return {
    driver,
    endpoint,
    async prepare(claims, signal) {
      const answered = await call((options) => methods.prepare(claims, options), signal);
      return new Map(
        Object.entries(answered).map(([uid, { error, devices }]) => [uid, error === '' ? { kind: 'prepared', devices } : { kind: 'failed', error }]),
      );
    },
    async unprepare(claims, signal) {
      const answered = await call((options) => methods.unprepare(claims, options), signal);
      return new Map(Object.entries(answered).map(([uid, { error }]) => [uid, error === '' ? { kind: 'unprepared' } : { kind: 'failed', error }]));
    },
    async *health(signal) {
      const either = AbortSignal.any([signal, closing.signal]);
      for await (const { devices } of grpc.serverStream(DRAResourceHealth.method.nodeWatchResources, {}, either)) yield devices.map(healthOf);
    },
    watch: (listener) => grpc.watchConnection(listener),
    [Symbol.dispose]() {
      closing.abort(new Error('the driver is not used any more'));
      grpc[Symbol.dispose]();
    },
  };
}

interface CallOptions {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** The calls of one version of the interface. */
interface Calls {
  prepare(claims: readonly ClaimReference[], options: CallOptions): Promise<Readonly<Record<string, { error: string; devices: readonly PreparedDevice[] }>>>;
  unprepare(claims: readonly ClaimReference[], options: CallOptions): Promise<Readonly<Record<string, { error: string }>>>;
}

const callsV1 = (grpc: GrpcClient): Calls => ({
  async prepare(claims, options) {
    const { claims: answered } = await grpc.unary(PluginV1.method.nodePrepareResources, { claims: claims.map(wireClaim) }, options);
    return mapped(answered, ({ error, devices }) => ({ error, devices: devices.map(preparedOf) }));
  },
  async unprepare(claims, options) {
    return (await grpc.unary(PluginV1.method.nodeUnprepareResources, { claims: claims.map(wireClaim) }, options)).claims;
  },
});

const callsV1beta1 = (grpc: GrpcClient): Calls => ({
  async prepare(claims, options) {
    const { claims: answered } = await grpc.unary(PluginV1beta1.method.nodePrepareResources, { claims: claims.map(wireClaim) }, options);
    return mapped(answered, ({ error, devices }) => ({ error, devices: devices.map(preparedOf) }));
  },
  async unprepare(claims, options) {
    return (await grpc.unary(PluginV1beta1.method.nodeUnprepareResources, { claims: claims.map(wireClaim) }, options)).claims;
  },
});

const mapped = <From, To>(entries: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> =>
  Object.fromEntries(Object.entries(entries).map(([key, value]) => [key, change(value)]));

const wireClaim = ({ namespace, uid, name }: ClaimReference): ClaimReference => ({ namespace, uid, name });

const preparedOf = ({
  requestNames,
  poolName,
  deviceName,
  cdiDeviceIds,
  ...rest
}: Omit<Device, '$typeName' | 'shareId'> & { shareId?: string }): PreparedDevice => ({
  requests: requestNames,
  pool: poolName,
  device: deviceName,
  cdiDevices: cdiDeviceIds,
  ...(rest.shareId ? { shareId: rest.shareId } : {}),
});

const healthOf = ({ device, health, message, healthCheckTimeoutSeconds }: WireHealth): DeviceHealth => ({
  pool: device?.poolName ?? '',
  device: device?.deviceName ?? '',
  health: health === HealthStatus.HEALTHY ? 'Healthy' : health === HealthStatus.UNHEALTHY ? 'Unhealthy' : 'Unknown',
  ...(message === '' ? {} : { message }),
  // A time that is negative is as good as none.
  ...(healthCheckTimeoutSeconds > 0n ? { timeoutSeconds: Number(healthCheckTimeoutSeconds) } : {}),
});

/** Go's client has words of its own for a call that took too long. */
function faultText(error: unknown): string {
  if (error instanceof RuntimeError && error.code === 'DEADLINE_EXCEEDED') return 'rpc error: code = DeadlineExceeded desc = context deadline exceeded';
  return goStatusText(error);
}
