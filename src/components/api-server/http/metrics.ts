import { monitorEventLoopDelay } from 'node:perf_hooks';

/** What one request counts as. Texts are label values, so they come from closed sets: names of resources and verbs, never from clients. */
export interface RequestLabels {
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly resource: string;
  readonly subresource: string;
  readonly scope: string;
}

const bucketsSeconds = [0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60];

/** How often the loop's delay is looked at; what is measured includes this wait. */
const loopResolutionMs = 10;

interface Series {
  readonly labels: string;
  readonly codes: Map<number, number>;
  readonly buckets: Float64Array;
  count: number;
  sumSeconds: number;
}

/** Values read when the metrics are asked for. */
export interface Gauges {
  readonly reads: number;
  readonly writes: number;
  readonly longRunning: ReadonlyMap<string, number>;
  readonly objects: ReadonlyMap<string, number>;
  readonly storageSizeBytes: number | undefined;
}

/** Counts requests and prints them with the process's own figures in Prometheus' text format, under upstream's names. */
export class Metrics implements Disposable {
  readonly #series = new Map<string, Series>();
  readonly #loopDelay = monitorEventLoopDelay({ resolution: loopResolutionMs });
  #watchEvents = 0;

  [Symbol.dispose](): void {
    this.#loopDelay.disable();
  }

  countRequest(labels: RequestLabels, code: number, durationMs: number, isLongRunning: boolean): void {
    const key = `${labels.verb}/${labels.group}/${labels.version}/${labels.resource}/${labels.subresource}/${labels.scope}`;
    let series = this.#series.get(key);
    if (!series) this.#series.set(key, (series = newSeries(labels)));
    series.codes.set(code, (series.codes.get(code) ?? 0) + 1);
    if (isLongRunning) return;
    const seconds = durationMs / 1_000;
    series.count++;
    series.sumSeconds += seconds;
    const bucket = bucketsSeconds.findIndex((bound) => seconds <= bound);
    series.buckets[bucket < 0 ? bucketsSeconds.length : bucket]!++;
  }

  countWatchEvents(count: number): void {
    this.#watchEvents += count;
  }

  text(gauges: Gauges): string {
    // From the first question on: nobody pays for what nobody reads.
    this.#loopDelay.enable();
    return [...this.#requestLines(), ...this.#durationLines(), ...gaugeLines(gauges), ...this.#processLines()].join('\n') + '\n';
  }

  #requestLines(): string[] {
    const lines = head('apiserver_request_total', 'counter', 'Requests by verb, resource and code.');
    for (const { labels, codes } of this.#series.values())
      for (const [code, count] of codes) lines.push(`apiserver_request_total{code="${code}",component="apiserver",dry_run="",${labels}} ${count}`);
    lines.push(...head('apiserver_watch_events_total', 'counter', 'Events sent to watchers.'), `apiserver_watch_events_total ${this.#watchEvents}`);
    return lines;
  }

  #durationLines(): string[] {
    const name = 'apiserver_request_duration_seconds';
    const lines = head(name, 'histogram', 'Time from request to answer, without watches and streams.');
    for (const { labels, buckets, count, sumSeconds } of this.#series.values()) {
      if (count === 0) continue;
      const base = `component="apiserver",dry_run="",${labels}`;
      let total = 0;
      bucketsSeconds.forEach((bound, index) => lines.push(`${name}_bucket{${base},le="${bound}"} ${(total += buckets[index]!)}`));
      lines.push(`${name}_bucket{${base},le="+Inf"} ${count}`, `${name}_sum{${base}} ${sumSeconds}`, `${name}_count{${base}} ${count}`);
    }
    return lines;
  }

  #processLines(): string[] {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    return [
      ...head('process_resident_memory_bytes', 'gauge', 'Resident memory size.'),
      `process_resident_memory_bytes ${rss}`,
      ...head('process_cpu_seconds_total', 'counter', 'User and system CPU time.'),
      `process_cpu_seconds_total ${(user + system) / 1e6}`,
      ...head('process_start_time_seconds', 'gauge', 'Start of the process since the epoch.'),
      `process_start_time_seconds ${(Date.now() / 1_000 - process.uptime()).toFixed(2)}`,
      ...head('nodejs_heap_size_used_bytes', 'gauge', 'JavaScript heap in use.'),
      `nodejs_heap_size_used_bytes ${heapUsed}`,
      ...head('nodejs_eventloop_lag_p99_seconds', 'gauge', 'Event loop delay, 99th percentile.'),
      `nodejs_eventloop_lag_p99_seconds ${Math.max(0, this.#loopDelay.percentile(99) / 1e9 - loopResolutionMs / 1_000)}`,
    ];
  }
}

const head = (name: string, type: string, help: string): string[] => [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];

function newSeries({ verb, group, version, resource, subresource, scope }: RequestLabels): Series {
  const values = { group, resource, scope, subresource, verb: verb.toUpperCase(), version };
  const labels = Object.entries(values)
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
    .join(',');
  return { labels, codes: new Map(), buckets: new Float64Array(bucketsSeconds.length + 1), count: 0, sumSeconds: 0 };
}

function gaugeLines({ reads, writes, longRunning, objects, storageSizeBytes }: Gauges): string[] {
  const lines = head('apiserver_current_inflight_requests', 'gauge', 'Requests being answered.');
  lines.push(`apiserver_current_inflight_requests{request_kind="readOnly"} ${reads}`, `apiserver_current_inflight_requests{request_kind="mutating"} ${writes}`);
  lines.push(...head('apiserver_longrunning_requests', 'gauge', 'Watches and streams being served.'));
  for (const [name, count] of longRunning) lines.push(`apiserver_longrunning_requests{component="apiserver",${name}} ${count}`);
  lines.push(...head('apiserver_storage_objects', 'gauge', 'Stored objects by resource.'));
  for (const [resource, count] of objects) lines.push(`apiserver_storage_objects{resource=${JSON.stringify(resource)}} ${count}`);
  if (storageSizeBytes !== undefined)
    lines.push(...head('apiserver_storage_size_bytes', 'gauge', 'Bytes the storage takes.'), `apiserver_storage_size_bytes ${storageSizeBytes}`);
  return lines;
}
