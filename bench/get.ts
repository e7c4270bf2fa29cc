import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import { credentialsOf, inTurns, load, startBareServer } from './processes.ts';
import type { Row } from './row.ts';
import { samplePod } from './sample-pod.ts';

/** GET of one pod over TLS, 32 connections, against a bare server that sends the same bytes. */
export const createRow = (): Row => ({
  name: 'get',
  title: 'GET of one pod',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    await cluster.mustKubectl(['create', '-f', '-'], { input: samplePod('sample') });
    const path = '/api/v1/namespaces/default/pods/sample';
    const bytes = (await cluster.mustKubectl(['get', '--raw', path])).trimEnd();
    const bodyFile = join(cluster.directory, 'body.json');
    writeFileSync(bodyFile, bytes);
    const { files, ...credentials } = credentialsOf(cluster.dataDirectory);
    using bare = await startBareServer(files, bodyFile);
    const request = `GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`;
    const order = { connections: 32, seconds: 2, request, ...credentials };
    const port = Number(new URL(cluster.url()).port);
    const { value, floor } = await inTurns(
      5,
      () => load({ ...order, port }),
      () => load({ ...order, port: bare.port }),
    );
    return [
      {
        row: 'GET of one pod over TLS, 32 connections',
        value,
        unit: 'req/s',
        floor,
        ratio: value / floor,
        target: 'at least 0.60 of a bare server',
        met: value / floor >= 0.6,
      },
    ];
  },
});
