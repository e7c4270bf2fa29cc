import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createHttpsClient } from '../../client/https-client.ts';
import type { ClusterConnection } from '../../client/kubeconfig.ts';
import { whileLeading } from '../../client/lease.ts';
import { createInformers } from '../../client/shared-informers.ts';
import { type Clock, systemClock } from '../../kernel/clock.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';
import type { Controller, ControllerDeps } from './contract.ts';
import type { NamedController } from './reconcile.ts';
import { runControllers } from './run.ts';

export interface ServeControllersOptions {
  readonly controllers: readonly NamedController[];
  /** From `connectionOf(loadKubeconfig(...))` or `inClusterConnection(process.env)`. */
  readonly connection: ClusterConnection;
  /** Names the program: its user agent, and the component of its events. */
  readonly name: string;
  /** Run only while holding this lease, so that several copies may stand by. Absent: run at once. */
  readonly lease?: { readonly namespace: string; readonly name: string };
  readonly log: Log;
  readonly clock?: Clock;
  readonly signal: AbortSignal;
}

/** Runs controllers as a program of their own against any Kubernetes cluster, until the signal aborts or the lease is lost. */
export async function serveControllers(options: ServeControllersOptions): Promise<void> {
  const { connection, name, lease, log, clock = systemClock, signal } = options;
  await using client = createHttpsClient({ ...connection, userAgent: name });
  const lead = async (leading: AbortSignal): Promise<void> => {
    await using stack = new DisposalStack();
    const informers = stack.use(createInformers({ client, clock, log: log.scope('informers') }));
    const events = stack.use(createEventRecorder({ client, clock, log: log.scope('events'), component: name }));
    const depsFor = (controller: string): { deps: ControllerDeps } => ({ deps: { client, informers, events, clock, log: log.scope(controller) } });
    stack.use(runControllers({ controllers: pointOf(options.controllers), depsFor, clock, log }));
    await new Promise<void>((resolve) => (leading.aborted ? resolve() : leading.addEventListener('abort', () => resolve(), { once: true })));
  };
  if (!lease) return lead(signal);
  await whileLeading({ client, clock, log, lease, identity: `${hostname()}_${randomUUID()}`, signal }, lead);
}

function pointOf(controllers: readonly NamedController[]): ExtensionPoint<Controller> {
  const point = new ExtensionPoint<Controller>('controllers');
  for (const controller of controllers) point.add({ name: controller.name, origin: 'program', implementation: controller });
  return point;
}
