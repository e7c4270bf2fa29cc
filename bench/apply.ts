import { startTestCluster } from '../test/fixtures/cluster.ts';
import { credentialsOf, inTurns, load } from './processes.ts';
import type { Row } from './row.ts';

const containers = Array.from({ length: 100 }, (_, index) => ({
  name: `container-${index}`,
  image: `image-${index}:1.0`,
  env: [{ name: 'INDEX', value: String(index) }],
  ports: [{ containerPort: 8_000 + index }],
}));

const deployment = (name: string, round: string): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name, namespace: 'default', annotations: { round } },
    spec: {
      replicas: 0,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers } },
    },
  });

function patchRequest(name: string, contentType: string, query: string): string {
  const body = deployment(name, '%N%');
  const length = Buffer.byteLength(body) - '%N%'.length + 8;
  return `PATCH /apis/apps/v1/namespaces/default/deployments/${name}${query} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n\r\n${body}`;
}

/** Server-side apply of a Deployment with 100 containers of which one annotation changes, without conflicts, against a merge patch with the same body. One connection. */
export const createRow = (): Row => ({
  name: 'apply',
  title: 'server-side apply',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    for (const name of ['applied', 'merged']) {
      await cluster.mustKubectl(['apply', '--server-side', '--field-manager=bench', '-f', '-'], { input: deployment(name, '00000000') });
    }
    const { files: _, ...credentials } = credentialsOf(cluster.dataDirectory);
    const order = { connections: 1, seconds: 2, port: Number(new URL(cluster.url()).port), ...credentials };
    const { value, floor } = await inTurns(
      3,
      () => load({ ...order, request: patchRequest('applied', 'application/apply-patch+yaml', '?fieldManager=bench') }),
      () => load({ ...order, request: patchRequest('merged', 'application/merge-patch+json', '?fieldManager=bench') }),
    );
    const [applyMs, mergeMs] = [1_000 / value, 1_000 / floor];
    return [
      {
        row: 'server-side apply, 100 containers, no conflict',
        value: applyMs,
        unit: 'ms',
        floor: mergeMs,
        ratio: applyMs / mergeMs,
        target: 'at most 3.00 times a merge patch',
        met: applyMs / mergeMs <= 3,
      },
    ];
  },
});
