import { requireCluster } from './cluster-client.ts';
import { dataDirectoryOf } from './directories.ts';
import { fetchJson } from './fetch-json.ts';
import { table } from './table.ts';

interface ExtensionLine {
  readonly point: string;
  readonly name: string;
  readonly origin: string;
  readonly calls: number;
  readonly errors: number;
  readonly p99Ms: number;
}

/** Lists what `/debug/extensions` answers. */
export async function listExtensions(options: { dataDir?: string; output: 'table' | 'json' }): Promise<void> {
  const { extensions } = await fetchJson<{ extensions: ExtensionLine[] }>(requireCluster(dataDirectoryOf(options)), '/debug/extensions');
  if (options.output === 'json') {
    process.stdout.write(`${JSON.stringify(extensions, null, 2)}\n`);
    return;
  }
  const rows = extensions.map((line) => [line.point, line.name, line.origin, String(line.calls), String(line.errors), `${line.p99Ms.toFixed(2)} ms`]);
  process.stdout.write(table(['POINT', 'EXTENSION', 'ORIGIN', 'CALLS', 'ERRORS', 'P99'], rows));
}
