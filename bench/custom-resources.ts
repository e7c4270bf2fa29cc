import { Agent, request as httpsRequest } from 'node:https';
import type { TestCluster } from '../test/fixtures/cluster.ts';
import { startTestCluster } from '../test/fixtures/cluster.ts';
import type { LoadOrder } from './load.ts';
import { credentialsOf, inTurns, load } from './processes.ts';
import { type Measurement, median, type Row } from './row.ts';
import { configMapOfSize, largeDefinition, widget, widgetDefinition } from './sample-definition.ts';

const group = 'bench.example.com';
/** A namespace whose name is as long as `default`. */
const listed = 'sampled';
const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** One connection that is kept: what is measured is the answer, not the handshake. */
function connectionTo(cluster: TestCluster): { send(method: string, path: string, body: string): Promise<{ status: number; text: string }> } & Disposable {
  const { ca, certificate, key } = credentialsOf(cluster.dataDirectory);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, ca, cert: certificate, key });
  return {
    send: (method, path, body) =>
      new Promise((resolve, reject) => {
        const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
        const sent = httpsRequest(new URL(path, cluster.url()), { agent, method, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.on('end', () => resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }));
          response.on('error', reject);
        });
        sent.on('error', reject);
        sent.end(body);
      }),
    [Symbol.dispose]: () => agent.destroy(),
  };
}

/** From the answer to the create of a definition to the answer to the create of its first object. */
export const createInstallRow = (): Row => ({
  name: 'install-definition',
  title: 'install a definition of 5,000 lines',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    using connection = connectionTo(cluster);
    const firstMs: number[] = [];
    const laterMs: number[] = [];
    for (let round = 0; round < 5; round++) {
      const plural = `bigs${'abcde'[round]}`;
      const definition = largeDefinition(plural, 5_000);
      const installed = await connection.send('POST', definitions, JSON.stringify(definition));
      if (installed.status !== 201) throw new Error(`the definition was refused: ${installed.text}`);
      for (const [number, times] of [firstMs, laterMs].entries()) {
        const object = JSON.stringify({
          apiVersion: `${group}/v1`,
          kind: `${plural[0]!.toUpperCase()}${plural.slice(1)}`,
          metadata: { name: `object-${number}` },
          spec: { section0: { name: 'first' }, section9: { items: [{ key: 'a', value: '50%' }] } },
        });
        const started = performance.now();
        const made = await connection.send('POST', `/apis/${group}/v1/namespaces/default/${plural}`, object);
        times.push(performance.now() - started);
        if (made.status !== 201) throw new Error(`the object was refused: ${made.text}`);
      }
    }
    const value = median(firstMs);
    return [
      {
        row: 'definition of 5,000 lines to its first object',
        value,
        unit: 'ms',
        floor: median(laterMs),
        ratio: value / median(laterMs),
        target: 'within 20 ms',
        met: value <= 20,
      },
    ];
  },
});

/** Custom objects beside ConfigMaps of the same size: the same server, in turns. */
export const createCustomObjectsRow = (): Row => ({
  name: 'custom-objects',
  title: 'create, get and list custom objects',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    using connection = connectionTo(cluster);
    const installed = await connection.send('POST', definitions, JSON.stringify(widgetDefinition()));
    if (installed.status !== 201) throw new Error(`the definition was refused: ${installed.text}`);
    const { files: _, ...credentials } = credentialsOf(cluster.dataDirectory);
    const port = Number(new URL(cluster.url()).port);
    const widgets = `/apis/${group}/v1/namespaces/default/widgets`;
    const configMaps = '/api/v1/namespaces/default/configmaps';
    const orderFor = (request: string, connections = 32): LoadOrder => ({ connections, seconds: 2, request, port, ...credentials });
    const post = (path: string, body: string): LoadOrder => {
      const length = Buffer.byteLength(body) - '%N%'.length + 8;
      return orderFor(`POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n${body}`);
    };
    const read = (path: string, connections?: number): LoadOrder =>
      orderFor(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n`, connections);
    const compare = async (
      row: string,
      [custom, builtIn]: readonly [LoadOrder, LoadOrder],
      wanted: { ratio: number; target: string },
    ): Promise<Measurement> => {
      const { value, floor } = await inTurns(
        5,
        () => load(custom),
        () => load(builtIn),
      );
      return { row, value, unit: 'req/s', floor, ratio: value / floor, target: wanted.target, met: value / floor >= wanted.ratio };
    };
    const samples = ['sample', ...Array.from({ length: 999 }, (_unused, index) => `sample-${index}`)];
    // The stored sizes are what GET and LIST send.
    const stored = JSON.parse((await connection.send('POST', widgets, widget('probe'))).text) as object;
    const storedBytes = JSON.stringify(stored).length;
    const other = JSON.parse((await connection.send('POST', configMaps, configMapOfSize('probe', 2_000))).text) as object;
    const overhead = JSON.stringify(other).length - 2_000;
    // Lists leave the type of built-in kinds out: the ones that are listed are longer by it.
    const listedConfigMaps = configMaps.replace('default', listed);
    const omitted = '"kind":"ConfigMap","apiVersion":"v1",'.length;
    await connection.send('POST', '/api/v1/namespaces', JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: listed } }));
    for (const name of samples) {
      await connection.send('POST', widgets, widget(name));
      await connection.send('POST', configMaps, configMapOfSize(name, storedBytes - overhead));
      await connection.send('POST', listedConfigMaps, configMapOfSize(name, storedBytes - overhead + omitted, listed));
    }
    const within5 = { ratio: 0.95, target: 'within 5 % of ConfigMaps' };
    const got = await compare('GET of a custom object, 32 connections', [read(`${widgets}/sample`), read(`${configMaps}/sample`)], within5);
    const list = await compare('LIST of 1,000 custom objects', [read(widgets, 4), read(listedConfigMaps, 4)], within5);
    const wanted = { ratio: 0.7, target: 'at least 0.70 of ConfigMaps' };
    const body = widget('w-%N%');
    const created = await compare(
      'create custom objects, 30 fields, 5 rules',
      [post(widgets, body), post(configMaps, configMapOfSize('c-%N%', Buffer.byteLength(body)))],
      wanted,
    );
    return [created, got, list];
  },
});

/** Definitions and objects made to burn time, while another client reads. */
export const createHostileRow = (): Row => ({
  name: 'hostile-rules',
  title: 'hostile rules and patterns',
  async measure() {
    await using cluster = await startTestCluster({ simulate: true });
    using connection = connectionTo(cluster);
    using reader = connectionTo(cluster);
    const longest = async (during: () => Promise<void>): Promise<number> => {
      let isOver = false;
      let longestMs = 0;
      const reading = (async () => {
        while (!isOver) {
          const started = performance.now();
          await reader.send('GET', '/api/v1/namespaces/default', '');
          longestMs = Math.max(longestMs, performance.now() - started);
        }
      })();
      await during().finally(() => (isOver = true));
      await reading;
      return longestMs;
    };
    const hostile = async (): Promise<void> => {
      for (const [index, attack] of attacks().entries()) {
        const made = await connection.send('POST', definitions, JSON.stringify(attack.definition(`h${index}s`)));
        if (made.status !== 201 && made.status !== 422) throw new Error(`attack ${index} was answered ${made.status}: ${made.text}`);
        if (made.status === 201)
          for (let round = 0; round < 5; round++)
            await connection.send('POST', `/apis/${group}/v1/namespaces/default/h${index}s`, attack.object(`H${index}s`, round));
      }
    };
    await longest(hostile); // once to warm up
    for (const index of attacks().keys()) await connection.send('DELETE', `${definitions}/h${index}s.${group}`, '');
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const value = await longest(hostile);
    const floor = await longest(() => new Promise((resolve) => setTimeout(resolve, 2_000)));
    return [
      {
        row: 'longest wait of a reader during hostile rules',
        value,
        unit: 'ms',
        floor,
        ratio: value / floor,
        target: 'no request waits more than 50 ms',
        met: value <= 50,
      },
    ];
  },
});

interface Attack {
  definition(plural: string): object;
  object(kind: string, round: number): string;
}

function attacks(): readonly Attack[] {
  const definitionWith = (plural: string, spec: object): object => ({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind: `${plural[0]!.toUpperCase()}${plural.slice(1)}` },
      versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object', properties: { spec } } } }],
    },
  });
  const objectWith = (kind: string, round: number, spec: object): string =>
    JSON.stringify({ apiVersion: `${group}/v1`, kind, metadata: { generateName: `o${round}-` }, spec });
  const bounded = { type: 'array', maxItems: 100, items: { type: 'integer' } };
  const numbers = Array.from({ length: 100 }, (_, index) => index);
  const nested = (depth: number): string => Array.from({ length: depth }, (_, level) => `self.list.all(x${level}, `).join('') + 'true' + ')'.repeat(depth);
  const listed = (rule: string): Attack => ({
    definition: (plural) => definitionWith(plural, { type: 'object', properties: { list: bounded }, 'x-kubernetes-validations': [{ rule }] }),
    object: (kind, round) => objectWith(kind, round, { list: numbers }),
  });
  const texts = (text: object, value: string): Attack => ({
    definition: (plural) => definitionWith(plural, { type: 'object', properties: { text } }),
    object: (kind, round) => objectWith(kind, round, { text: value }),
  });
  return [
    listed(nested(1)),
    listed(nested(2)),
    listed(nested(3)),
    listed(nested(8)),
    listed(`self.list.map(a, self.list.map(b, self.list.map(c, [a, b, c]))).size() > 0`),
    texts({ type: 'string', pattern: '^(a+)+$' }, `${'a'.repeat(100_000)}!`),
    texts({ type: 'string', pattern: '(x+x+)+y' }, 'x'.repeat(100_000)),
    texts({ type: 'string', maxLength: 5_000, 'x-kubernetes-validations': [{ rule: "self.matches('^(a+)+$')" }] }, `${'a'.repeat(5_000)}!`),
    texts({ type: 'string', 'x-kubernetes-validations': [{ rule: `${'('.repeat(2_000)}true${')'.repeat(2_000)}` }] }, 'a'),
    texts(
      { type: 'string', maxLength: 1_000, 'x-kubernetes-validations': [{ rule: `self.split('').map(c, self.replace(c, self)).size() >= 0` }] },
      'ab'.repeat(500),
    ),
  ];
}
