import { fork } from 'node:child_process';
import type { ClientHttp2Session } from 'node:http2';
import { connect } from 'node:http2';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import { fetchText } from './fetch-text.ts';
import { credentialsOf } from './processes.ts';
import type { Measurement, Row } from './row.ts';
import { percentile } from './row.ts';
import type { WatchersOrder, WatchersReport } from './watchers.ts';
import { preciseNow } from './watchers.ts';

const watcherProcesses = 2;
const connections = 20;
const watchersPerConnection = 50;
const eventsPerSecond = 100;
const seconds = 10;

/** 1,000 watchers of ConfigMaps over 20 HTTP/2 connections while 100 changes a second are written. Latency counts from before the write was sent. */
export const createRow = (): Row => ({
  name: 'watch',
  title: '1,000 watchers',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    const credentials = credentialsOf(cluster.dataDirectory);
    const writer = connect(cluster.url(), { ca: credentials.ca, cert: credentials.certificate, key: credentials.key });
    const path = '/api/v1/namespaces/default/configmaps';
    const { files: _, ...keys } = credentials;
    const order = {
      url: cluster.url(),
      path: `${path}?watch=1&resourceVersion=0&labelSelector=bench%3Dyes`,
      connections: connections / watcherProcesses,
      watchersPerConnection,
      ...keys,
    };
    const watchers = await Promise.all(Array.from({ length: watcherProcesses }, () => startWatchers(order)));
    await fetchText(cluster.url(), '/metrics', credentials); // from the first question on, the loop's delay is measured
    const alone = await writeDelay(writer, path);
    const total = eventsPerSecond * seconds;
    const started = performance.now();
    for (let index = 0; index < total; index++) {
      const due = started + (index * 1_000) / eventsPerSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      void post(writer, path, {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: `event-${index}`, labels: { bench: 'yes' } },
        data: { sent: String(preciseNow()) },
      });
    }
    const expected = total * connections * watchersPerConnection;
    let reports: WatchersReport[] = [];
    let received = 0;
    for (let waited = 0; received < expected && waited < 10_000; waited += 500) {
      await sleep(500);
      reports = await Promise.all(watchers.map((processOfThem) => processOfThem.report()));
      received = reports.reduce((sum, report) => sum + report.received, 0);
    }
    const loopDelayMs = eventLoopDelayP99(await fetchText(cluster.url(), '/metrics', credentials));
    for (const processOfThem of watchers) processOfThem[Symbol.dispose]();
    writer.destroy();
    const delays = reports.flatMap(({ delaysMs }) => [...delaysMs]);
    const p99 = percentile(delays, 0.99);
    const rows: Measurement[] = [
      {
        row: '1,000 watchers, 100 events/s: events delivered',
        value: received,
        unit: 'events',
        floor: expected,
        ratio: received / expected,
        target: 'every one',
        met: received === expected,
      },
      { row: '1,000 watchers, 100 events/s: p99 latency', value: p99, unit: 'ms', floor: alone, ratio: p99 / alone, target: 'under 100 ms', met: p99 < 100 },
      {
        row: '1,000 watchers: event loop delay p99',
        value: loopDelayMs,
        unit: 'ms',
        floor: 1,
        ratio: loopDelayMs,
        target: 'under 20 ms',
        met: loopDelayMs < 20,
      },
    ];
    return rows;
  },
});

/** Starts a process of watchers; resolves when the server has answered all of them. */
async function startWatchers(order: WatchersOrder): Promise<{ report(): Promise<WatchersReport> } & Disposable> {
  const child = fork(join(import.meta.dirname, 'watchers.ts'), [], { serialization: 'advanced' });
  const next = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      child.once('message', resolve);
      child.once('exit', (code) => reject(new Error(`the watchers ended with ${code}`)));
    });
  const opened = next();
  child.send(order);
  await opened;
  return {
    report() {
      const answer = next() as Promise<WatchersReport>;
      child.send('report');
      return answer;
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}

function post(session: ClientHttp2Session, path: string, body: unknown): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = session.request({ ':method': 'POST', ':path': path, 'content-type': 'application/json' });
    stream.on('response', (headers) => {
      if (headers[':status'] !== 201) reject(new Error(`a create was answered ${headers[':status']}`));
    });
    stream.resume();
    stream.on('end', resolve);
    stream.on('error', reject);
    stream.end(JSON.stringify(body));
  });
}

/** The p99 of a lone write without any load: the floor of the latency row. */
async function writeDelay(session: ClientHttp2Session, path: string): Promise<number> {
  const delays: number[] = [];
  for (let index = 0; index < 100; index++) {
    const started = performance.now();
    await post(session, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `alone-${index}` }, data: { a: '1' } });
    delays.push(performance.now() - started);
  }
  return percentile(delays, 0.99);
}

function eventLoopDelayP99(metrics: string): number {
  const found = /^nodejs_eventloop_lag_p99_seconds (\S+)/m.exec(metrics);
  if (!found) throw new Error('/metrics has no nodejs_eventloop_lag_p99_seconds');
  return Number(found[1]) * 1_000;
}
