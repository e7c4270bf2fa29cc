/** Asks for one pod again and again, and notes how long that takes. A process of its own: whoever reads a busy watch measures itself. */
import type { ApiAddress } from './api-session.ts';
import { ApiSession } from './api-session.ts';
import { answerOrders } from './orders.ts';

const probeEveryMs = 10;
const probePath = '/api/v1/namespaces/default/pods/probe';
const probePod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'default' },
  spec: { schedulerName: 'nobody', containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10.2' }] },
};

let session: ApiSession | undefined;
let probe: NodeJS.Timeout | undefined;
let delaysMs: number[] = [];

const orders = {
  connect(address: ApiAddress): void {
    session = new ApiSession(address);
  },
  async start(): Promise<void> {
    delaysMs = [];
    const asked = session!;
    await asked.send('GET', probePath).catch(() => asked.send('POST', '/api/v1/namespaces/default/pods', JSON.stringify(probePod)));
    probe = setInterval(() => {
      const startedMs = performance.now();
      void asked.send('GET', probePath).then(() => delaysMs.push(performance.now() - startedMs));
    }, probeEveryMs);
  },
  /** How long each GET took, in milliseconds. */
  stop(): readonly number[] {
    clearInterval(probe);
    return delaysMs;
  },
};

export type ProberOrders = typeof orders;

answerOrders(orders);
