import type { Client } from '../../client/client.ts';
import type { EventRecorder } from '../../client/events.ts';
import type { Informers } from '../../client/informer.ts';
import type { Clock } from '../../kernel/clock.ts';
import type { Log } from '../../kernel/log.ts';

/**
 * Makes the world agree with some objects. Controllers are independent of each other: one that fails is logged and retried with back-off, the others run on.
 */
export interface Controller {
  /** Starts watching and working; resolves once its informers have synced. Disposing stops it and waits for what is under way. */
  start(deps: ControllerDeps): Promise<AsyncDisposable>;
}

export interface ControllerDeps {
  /** Acts as `system:serviceaccount:kube-system:<name>` or the identity the host chose. */
  readonly client: Client;
  /** Informers shared by all controllers of the process. */
  readonly informers: Informers;
  readonly events: EventRecorder;
  readonly clock: Clock;
  readonly log: Log;
}
