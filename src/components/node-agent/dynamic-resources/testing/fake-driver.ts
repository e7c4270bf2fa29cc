import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { DRAResourceHealth, HealthStatus } from '../../../../api/generated/dra-plugin/dra-health_pb.js';
import { DRAPlugin as PluginV1 } from '../../../../api/generated/dra-plugin/dra-plugin-v1_pb.js';
import { DRAPlugin as PluginV1beta1 } from '../../../../api/generated/dra-plugin/dra-plugin-v1beta1_pb.js';
import { type ServedMethod, serveGrpc, streamMethod, unaryMethod } from '../../../../extension-points/runtime/grpc-server.ts';

interface WireClaim {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}
interface WireDevice {
  readonly requestNames: string[];
  readonly poolName: string;
  readonly deviceName: string;
  readonly cdiDeviceIds: string[];
  readonly shareId?: string;
}
export interface SaidHealth {
  readonly pool: string;
  readonly device: string;
  readonly health: keyof typeof HealthStatus;
  readonly message?: string;
  readonly timeoutSeconds?: number;
}
export type PrepareAnswer = Record<string, { error?: string; devices?: WireDevice[] }>;

export interface FakeDriverOptions {
  readonly version?: 'v1' | 'v1beta1';
  /** What a claim gets. Default: one device `gpu` for all requests. */
  readonly devicesOf?: (claim: WireClaim) => WireDevice[];
}

/** The device that a fake driver gives a claim, and its CDI name. */
export const deviceFor = ({ name }: { readonly name: string }, requestNames: string[] = []): WireDevice => ({
  requestNames,
  poolName: 'pool',
  deviceName: `gpu-of-${name}`,
  cdiDeviceIds: [`gpu.example.com/gpu=${name}`],
});

/** A driver that does as it is told, on a socket. `calls` notes each call with the names of its claims. */
export class FakeDriver implements AsyncDisposable {
  readonly endpoint: string;
  readonly calls: string[] = [];
  /** Called for each request before it is answered; may throw, wait, or answer something else. */
  onPrepare: (claims: readonly WireClaim[]) => Promise<PrepareAnswer | undefined> = async () => undefined;
  onUnprepare: (claims: readonly WireClaim[]) => Promise<Record<string, { error?: string }> | undefined> = async () => undefined;
  readonly #options: FakeDriverOptions;
  readonly #health: SaidHealth[][] = [];
  readonly #waiting = new Set<() => void>();
  #server: AsyncDisposable | undefined;

  constructor(endpoint: string, options: FakeDriverOptions = {}) {
    this.endpoint = endpoint;
    this.#options = options;
  }

  async start(): Promise<this> {
    await mkdir(join(this.endpoint, '..'), { recursive: true });
    this.#server = await serveGrpc(this.endpoint, this.#methods());
    return this;
  }

  async stop(): Promise<void> {
    await this.#server?.[Symbol.asyncDispose]();
    this.#server = undefined;
    await rm(this.endpoint, { force: true });
  }

  /** Says something about devices to whoever watches. */
  say(...devices: SaidHealth[]): void {
    this.#health.push(devices);
    for (const wake of this.#waiting) wake();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  #methods(): ServedMethod[] {
    const prepare = async (claims: readonly WireClaim[]): Promise<Record<string, { error: string; devices: WireDevice[] }>> => {
      this.calls.push(`prepare ${claims.map(({ name }) => name).join(' ')}`);
      const { devicesOf = (claim: WireClaim) => [deviceFor(claim)] } = this.#options;
      const answer: PrepareAnswer = (await this.onPrepare(claims)) ?? Object.fromEntries(claims.map((claim) => [claim.uid, { devices: devicesOf(claim) }]));
      return Object.fromEntries(Object.entries(answer).map(([uid, { error = '', devices = [] }]) => [uid, { error, devices }]));
    };
    const unprepare = async (claims: readonly WireClaim[]): Promise<Record<string, { error: string }>> => {
      this.calls.push(`unprepare ${claims.map(({ name }) => name).join(' ')}`);
      const answer = (await this.onUnprepare(claims)) ?? Object.fromEntries(claims.map(({ uid }) => [uid, {} as { error?: string }]));
      return Object.fromEntries(Object.entries(answer).map(([uid, { error = '' }]) => [uid, { error }]));
    };
    const plugin =
      this.#options.version === 'v1beta1'
        ? [
            unaryMethod(PluginV1beta1.method.nodePrepareResources, async ({ claims }) => ({ claims: await prepare(claims) })),
            unaryMethod(PluginV1beta1.method.nodeUnprepareResources, async ({ claims }) => ({ claims: await unprepare(claims) })),
          ]
        : [
            unaryMethod(PluginV1.method.nodePrepareResources, async ({ claims }) => ({ claims: await prepare(claims) })),
            unaryMethod(PluginV1.method.nodeUnprepareResources, async ({ claims }) => ({ claims: await unprepare(claims) })),
          ];
    return [...plugin, streamMethod(DRAResourceHealth.method.nodeWatchResources, (_request, signal) => this.#sayAll(signal))];
  }

  async *#sayAll(signal: AbortSignal): AsyncIterable<{ devices: object[] }> {
    for (let next = 0; !signal.aborted; ) {
      const devices = this.#health[next];
      if (devices) {
        next++;
        yield {
          devices: devices.map(({ pool, device, health, message = '', timeoutSeconds = 0 }) => ({
            device: { poolName: pool, deviceName: device },
            health: HealthStatus[health],
            message,
            healthCheckTimeoutSeconds: BigInt(timeoutSeconds),
          })),
        };
        continue;
      }
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiting.add(resolve);
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
      this.#waiting.delete(resolve);
    }
  }
}
