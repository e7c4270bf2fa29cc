import { connect } from 'node:http2';
import type { ClientHttp2Session } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import { fetchText } from './fetch-text.ts';
import { credentialsOf } from './processes.ts';
import type { Measurement, Row } from './row.ts';
import { percentile } from './row.ts';

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
    const open = (): ClientHttp2Session => connect(cluster.url(), { ca: credentials.ca, cert: credentials.certificate, key: credentials.key });
    const writer = open();
    const path = '/api/v1/namespaces/default/configmaps';
    const delays: number[] = [];
    let received = 0;
    const sessions = Array.from({ length: connections }, open);
    for (const session of sessions) {
      session.settings({ initialWindowSize: 1024 * 1024 });
      for (let index = 0; index < watchersPerConnection; index++) {
        watchLines(session, `${path}?watch=1&resourceVersion=0&labelSelector=bench%3Dyes`, (line) => {
          received++;
          // Parsing every line would measure the client: the send time stands at a fixed place of the text.
          const at = line.indexOf('"sent":"');
          delays.push(performance.now() - Number(line.slice(at + 8, line.indexOf('"', at + 8))));
        });
      }
    }
    await sleep(1_000);
    await fetchText(cluster.url(), '/metrics', credentials); // a read resets nothing; it warms the path
    const alone = await writeDelay(writer, path);
    received = 0;
    delays.length = 0;
    const total = eventsPerSecond * seconds;
    const started = performance.now();
    for (let index = 0; index < total; index++) {
      const due = started + (index * 1_000) / eventsPerSecond;
      if (due > performance.now()) await sleep(due - performance.now());
      void post(writer, path, { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: `event-${index}`, labels: { bench: 'yes' } }, data: { sent: String(performance.now()) } });
    }
    const expected = total * connections * watchersPerConnection;
    for (let waited = 0; received < expected && waited < 10_000; waited += 50) await sleep(50);
    const loopDelayMs = eventLoopDelayP99(await fetchText(cluster.url(), '/metrics', credentials));
    for (const session of [...sessions, writer]) session.destroy();
    const p99 = percentile(delays, 0.99);
    const rows: Measurement[] = [
      { row: '1,000 watchers, 100 events/s: events delivered', value: received, unit: 'events', floor: expected, ratio: received / expected, target: 'every one', met: received === expected },
      { row: '1,000 watchers, 100 events/s: p99 latency', value: p99, unit: 'ms', floor: alone, ratio: p99 / alone, target: 'under 100 ms', met: p99 < 100 },
      { row: '1,000 watchers: event loop delay p99', value: loopDelayMs, unit: 'ms', floor: 1, ratio: loopDelayMs, target: 'under 20 ms', met: loopDelayMs < 20 },
    ];
    return rows;
  },
});

function watchLines(session: ClientHttp2Session, path: string, onLine: (line: string) => void): void {
  const stream = session.request({ ':path': path, accept: 'application/json' });
  let rest = '';
  stream.setEncoding('utf8');
  stream.on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop()!;
    for (const line of lines) onLine(line);
  });
  stream.on('error', () => {}); // the session is destroyed at the end
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
