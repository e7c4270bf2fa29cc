/** Sees what any client would see: when pods are bound, by a watch; and how long a GET takes meanwhile. */
import type { ApiAddress } from './api-session.ts';
import { ApiSession, preciseNow } from './api-session.ts';
import { answerOrders } from './orders.ts';

export interface BindingsReport {
  readonly bound: number;
  /** When the first and the last binding was seen, in milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

const probeEveryMs = 10;
const probePath = '/api/v1/namespaces/default/pods/probe';
const probePod = {
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name: 'probe', namespace: 'default' },
  spec: { schedulerName: 'nobody', containers: [{ name: 'pause', image: 'registry.k8s.io/pause:3.10.2' }] },
};

let address: ApiAddress | undefined;
let watching: ApiSession | undefined;
let probing: ApiSession | undefined;
let probe: NodeJS.Timeout | undefined;
let delaysMs: number[] = [];
let seen = new Set<string>();
let report: BindingsReport = { bound: 0, firstMs: 0, lastMs: 0 };
let onBound = (_bound: number): void => undefined;

const orders = {
  connect(given: ApiAddress): void {
    address = given;
  },
  /** Watches bindings of measured pods from now on. */
  async watch(): Promise<void> {
    watching?.[Symbol.dispose]();
    watching = new ApiSession(address!);
    seen = new Set();
    report = { bound: 0, firstMs: 0, lastMs: 0 };
    const list = await watching.send('GET', '/api/v1/pods?limit=1');
    const revision = (JSON.parse(list) as { metadata: { resourceVersion: string } }).metadata.resourceVersion;
    await watching.watch(`/api/v1/pods?watch=1&resourceVersion=${revision}`, take);
  },
  /** Resolves when so many are bound, or the time is over. */
  async bound({ count, limitMs }: { count: number; limitMs: number }): Promise<BindingsReport> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, limitMs);
      onBound = (bound) => {
        if (bound < count) return;
        clearTimeout(timer);
        resolve();
      };
      onBound(report.bound);
    });
    return report;
  },
  async startProbe(): Promise<void> {
    delaysMs = [];
    probing ??= new ApiSession(address!);
    const session = probing;
    await session.send('GET', probePath).catch(() => session.send('POST', '/api/v1/namespaces/default/pods', JSON.stringify(probePod)));
    probe = setInterval(() => {
      const startedMs = performance.now();
      void session.send('GET', probePath).then(() => delaysMs.push(performance.now() - startedMs));
    }, probeEveryMs);
  },
  stopProbe(): readonly number[] {
    clearInterval(probe);
    return delaysMs;
  },
};

export type ObserverOrders = typeof orders;

/** Parsing ten thousand objects a second would measure this process: a bound pod is known by two places of its text. */
function take(line: string): void {
  const at = line.indexOf('-measured-');
  if (at < 0 || !line.includes('"nodeName":"')) return;
  const name = line.slice(at, at + 16);
  if (seen.has(name)) return;
  seen.add(name);
  const now = preciseNow();
  report = { bound: seen.size, firstMs: report.firstMs || now, lastMs: now };
  onBound(seen.size);
}

answerOrders(orders);
