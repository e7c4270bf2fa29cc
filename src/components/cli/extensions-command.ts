import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';
import { table } from './table.ts';

interface PointRoster {
  readonly point: string;
  readonly extensions: readonly { readonly name: string; readonly origin: string; readonly calls: number; readonly errors: number; readonly p99Ms: number }[];
}

/** Lists what `/debug/extensions` answers: per extension point its extensions, in order. */
export async function listExtensions(options: { dataDir?: string; output: 'table' | 'json' }): Promise<void> {
  const points = await fetchJson<PointRoster[]>(requireCluster(dataDirectoryOf(options)), '/debug/extensions');
  if (options.output === 'json') {
    process.stdout.write(`${JSON.stringify(points, null, 2)}\n`);
    return;
  }
  const rows = points.flatMap(({ point, extensions }) =>
    extensions.map(({ name, origin, calls, errors, p99Ms }) => [point, name, origin, String(calls), String(errors), `${p99Ms.toFixed(2)} ms`]),
  );
  process.stdout.write(table(['POINT', 'EXTENSION', 'ORIGIN', 'CALLS', 'ERRORS', 'P99'], rows));
}
