/** Sees what any client would see, by a watch: when pods are bound. */
import type { ApiAddress } from './api-session.ts';
import { ApiSession, preciseNow } from './api-session.ts';
import { answerOrders } from './orders.ts';

export interface BindingsReport {
  readonly bound: number;
  /** When the first and the last binding was seen, in milliseconds since the epoch. */
  readonly firstMs: number;
  readonly lastMs: number;
}

let address: ApiAddress | undefined;
let watching: ApiSession | undefined;
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
