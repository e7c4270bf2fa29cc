import type { Client } from '../../client/client.ts';
import { createEventRecorder } from '../../client/event-recorder.ts';
import { createInformers } from '../../client/shared-informers.ts';
import type { Controller, ControllerDeps } from '../../extension-points/controllers/contract.ts';
import { runControllers } from '../../extension-points/controllers/run.ts';
import type { Clock } from '../../kernel/clock.ts';
import { DisposalStack } from '../../kernel/disposal.ts';
import type { ExtensionPoint } from '../../kernel/extension-point.ts';
import type { Log } from '../../kernel/log.ts';

export interface ControllerManagerOptions {
  /** A client that acts as a user. Called with `system:kube-controller-manager` and `system:serviceaccount:kube-system:<controller>`. */
  readonly clientFor: (user: string) => Client;
  readonly controllers: ExtensionPoint<Controller>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ControllerManager extends AsyncDisposable {
  /** Resolves when every controller has started, or failed its first start and is being retried. */
  readonly ready: Promise<void>;
  /** Starts controllers added to the point since, and stops removed ones. */
  refresh(): Promise<void>;
}

/**
 * Runs all controllers of a point in this process. They share one set of informers, which reads as `system:kube-controller-manager`; each writes, and records events,
 * as the service account of its own name. There is no leader election: one process holds the cluster.
 */
export function startControllerManager(options: ControllerManagerOptions): ControllerManager {
  const { clientFor, controllers, clock, log } = options;
  const stack = new DisposalStack();
  const informers = stack.use(createInformers({ client: clientFor('system:kube-controller-manager'), clock, log: log.scope('informers') }));
  const depsFor = (name: string): { deps: ControllerDeps } & AsyncDisposable => {
    const scoped = log.scope(name);
    const client = clientFor(`system:serviceaccount:kube-system:${name}`);
    const events = createEventRecorder({ client, clock, log: scoped, component: name });
    return { deps: { client, informers, events, clock, log: scoped }, [Symbol.asyncDispose]: () => events[Symbol.asyncDispose]() };
  };
  const host = stack.use(runControllers({ controllers, depsFor, clock, log }));
  return { ready: host.ready, refresh: () => host.refresh(), [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
}
