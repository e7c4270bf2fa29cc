import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';
import { table } from './table.ts';

interface PointRoster {
  readonly point: string;
  readonly extensions: readonly {
    readonly name: string;
    readonly origin: string;
    readonly generation?: number;
    readonly calls: number;
    readonly errors: number;
    readonly p99Ms: number;
  }[];
}

/** Lists what `/debug/extensions` answers: per extension point its extensions, in order. */
export async function listExtensions(options: { dataDir?: string; output: 'table' | 'json' }): Promise<void> {
  const points = await fetchJson<PointRoster[]>(requireCluster(dataDirectoryOf(options)), '/debug/extensions');
  if (options.output === 'json') {
    process.stdout.write(`${JSON.stringify(points, null, 2)}\n`);
    return;
  }
  // Of interest once something was loaded anew.
  const hasGenerations = points.some(({ extensions }) => extensions.some(({ generation = 1 }) => generation > 1));
  const rows = points.flatMap(({ point, extensions }) =>
    extensions.map(({ name, origin, generation, calls, errors, p99Ms }) => [
      point,
      name,
      origin,
      ...(hasGenerations ? [generation === undefined ? '' : String(generation)] : []),
      String(calls),
      String(errors),
      `${p99Ms.toFixed(2)} ms`,
    ]),
  );
  process.stdout.write(table(['POINT', 'EXTENSION', 'ORIGIN', ...(hasGenerations ? ['GENERATION'] : []), 'CALLS', 'ERRORS', 'P99'], rows));
}
