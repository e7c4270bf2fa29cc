import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import { credentialsOf, inTurns, load, startBareServer } from './processes.ts';
import type { Row } from './row.ts';
import { samplePod } from './sample-pod.ts';

/** Durable creates of pods, 32 connections, against a bare server that parses the body and commits the same bytes to the same kind of store. */
export const createRow = (): Row => ({
  name: 'create',
  title: 'create pods',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    await cluster.mustKubectl(['create', '-f', '-'], { input: samplePod('sample') });
    const bodyFile = join(cluster.directory, 'body.json');
    writeFileSync(bodyFile, (await cluster.mustKubectl(['get', '--raw', '/api/v1/namespaces/default/pods/sample'])).trimEnd());
    const { files, ...credentials } = credentialsOf(cluster.dataDirectory);
    using bare = await startBareServer(files, bodyFile, join(cluster.directory, 'bare.db'));
    const body = samplePod('pod-%N%');
    const length = Buffer.byteLength(body) - '%N%'.length + 8;
    const request = `POST /api/v1/namespaces/default/pods HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`;
    const order = { connections: 32, seconds: 2, request, ...credentials };
    const port = Number(new URL(cluster.url()).port);
    const { value, floor } = await inTurns(
      3,
      () => load({ ...order, port }),
      () => load({ ...order, port: bare.port }),
    );
    return [
      {
        row: 'create pods, 32 connections, durable',
        value,
        unit: 'req/s',
        floor,
        ratio: value / floor,
        target: 'at least 0.30 of parse and commit alone',
        met: value / floor >= 0.3,
      },
    ];
  },
});
