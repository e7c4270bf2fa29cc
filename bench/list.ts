import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import { credentialsOf, inTurns, load, startBareServer } from './processes.ts';
import type { Measurement, Row } from './row.ts';
import { samplePod } from './sample-pod.ts';

/** LIST of pods against a bare server that sends the same bytes, at growing sizes; the largest one has the target. */
export const createRow = (): Row => ({
  name: 'list',
  title: 'LIST of 5,000 pods',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    const { files, ...credentials } = credentialsOf(cluster.dataDirectory);
    const port = Number(new URL(cluster.url()).port);
    const measured: Measurement[] = [];
    let made = 0;
    for (const size of [500, 5_000]) {
      const pods = Array.from({ length: size - made }, (_, index) => samplePod(`pod-${String(made + index).padStart(6, '0')}`));
      made = size;
      await cluster.mustKubectl(['create', '-f', '-'], { input: pods.join('\n'), timeoutMs: 300_000 });
      const path = '/api/v1/namespaces/default/pods';
      const bodyFile = join(cluster.directory, `list-${size}.json`);
      writeFileSync(bodyFile, (await cluster.mustKubectl(['get', '--raw', path])).trimEnd());
      using bare = await startBareServer(files, bodyFile);
      const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`;
      const order = { connections: 4, seconds: 3, request, ...credentials };
      const { value, floor } = await inTurns(
        3,
        () => load({ ...order, port }),
        () => load({ ...order, port: bare.port }),
      );
      measured.push({
        row: `LIST of ${size.toLocaleString('en')} pods`,
        value,
        unit: 'req/s',
        floor,
        ratio: value / floor,
        target: 'at least 0.50 of a bare server',
        met: value / floor >= 0.5,
      });
    }
    return measured;
  },
});
