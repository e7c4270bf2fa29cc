/**
 * A wherry control plane as scheduler_perf runs Kubernetes': the API server with all its admission on the durable store, and the scheduler, in one process. No
 * controllers and no agents. The scheduler is started and stopped by order.
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createEventSeriesRecorder } from '../../src/client/event-series-recorder.ts';
import { createInformers } from '../../src/client/shared-informers.ts';
import { ensureCertificates } from '../../src/components/api-server/certificates/ensure-certificates.ts';
import type { ApiServer } from '../../src/components/api-server/options.ts';
import type { StageReporter } from '../../src/components/cli/distribution.ts';
import { eventActions } from '../../src/components/scheduler/event-actions.ts';
import { startScheduler } from '../../src/components/scheduler/scheduler.ts';
import { createApiPoints, startApi } from '../../src/distributions/api.ts';
import { AttachableHandle } from '../../src/extension-points/scheduling/handle.ts';
import { systemClock } from '../../src/kernel/clock.ts';
import { DisposalStack } from '../../src/kernel/disposal.ts';
import { createLog } from '../../src/kernel/log.ts';
import type { ApiAddress } from './api-session.ts';
import { defaultPlugins } from './default-plugins.ts';
import { answerOrders } from './orders.ts';

const clock = systemClock;
const said = new Set<string>();
// Ten thousand pods may have the same to complain about.
const log = createLog((line) => {
  const message = line.slice(line.indexOf(' '), line.indexOf('='));
  if (!said.has(message)) process.stderr.write(line);
  said.add(message);
}, 'warn');
const silentProgress: StageReporter = { stage: (_name, work) => work(() => {}), say: () => {} };
const stack = new DisposalStack();
const directory = mkdtempSync(join(tmpdir(), 'wb-'));
const delays = monitorEventLoopDelay({ resolution: 1 });
let usage = process.cpuUsage();
let server: ApiServer | undefined;
let profiler: Session | undefined;
let scheduler: AsyncDisposable | undefined;

const orders = {
  async start(): Promise<ApiAddress> {
    mkdirSync(join(directory, 'certificates'));
    const certificates = await ensureCertificates({ directory: join(directory, 'certificates'), serverAddresses: ['127.0.0.1'] });
    const points = createApiPoints();
    const options = { dataDirectory: directory, host: '127.0.0.1', port: 0, certificates, points, allPoints: Object.values(points), access: {}, clock, log };
    server = await startApi(options, stack, silentProgress);
    return { url: server.url, ca: certificates.ca.certificatePem, certificate: certificates.admin.certificatePem, key: certificates.admin.privateKeyPem };
  },
  async startScheduler(): Promise<void> {
    const started = new DisposalStack();
    const client = server!.client({ name: 'system:kube-scheduler', groups: ['system:authenticated'] });
    const informers = started.use(createInformers({ client, clock, log }));
    const events = started.use(createEventSeriesRecorder({ client, clock, log, component: 'default-scheduler', actions: eventActions }));
    const handle = new AttachableHandle({ client, informers, events, clock });
    started.use(await startScheduler({ client, informers, events, clock, log, handle, plugins: defaultPlugins(handle) }));
    scheduler = started;
  },
  async stopScheduler(): Promise<void> {
    await scheduler?.[Symbol.asyncDispose]();
    scheduler = undefined;
  },
  measureDelays(): void {
    delays.reset();
    delays.enable();
    usage = process.cpuUsage();
  },
  /** How long the event loop was late, since the measuring began, in milliseconds; and the processor time of all threads meanwhile. */
  delays(): { p99Ms: number; longestMs: number; processorMs: number } {
    delays.disable();
    const { user, system } = process.cpuUsage(usage);
    return { p99Ms: delays.percentile(99) / 1e6, longestMs: delays.max / 1e6, processorMs: (user + system) / 1e3 };
  },
  memory: (): { residentMegabytes: number } => ({ residentMegabytes: process.memoryUsage.rss() / 1e6 }),
  /** Samples the main thread from now on. */
  async startProfile(): Promise<void> {
    profiler ??= new Session();
    profiler.connect();
    await profiler.post('Profiler.enable');
    await profiler.post('Profiler.start');
  },
  /** Writes what was sampled, for any viewer of `.cpuprofile` files. */
  async stopProfile(file: string): Promise<void> {
    const { profile } = await profiler!.post('Profiler.stop');
    writeFileSync(file, JSON.stringify(profile));
    profiler!.disconnect();
  },
  async stop(): Promise<void> {
    await orders.stopScheduler();
    await stack[Symbol.asyncDispose]();
  },
};

export type ServerOrders = typeof orders;

// Whatever ends it.
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));
process.on('SIGTERM', () => process.exit(0));
answerOrders(orders);
