import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, it } from 'node:test';
import type { Pod } from '../../api/generated/core-v1.ts';
import { testCertificate } from '../../client/testing/test-certificate.ts';
import type { ExtenderConfiguration } from './configuration/configuration.ts';
import { createHttpExtender, createHttpExtenders, type HttpExtender } from './http-extender.ts';
import { NodeRecord } from './node-record.ts';
import { testNode, testPod } from './testing.ts';

interface Asked {
  readonly path: string;
  readonly type: string | undefined;
  readonly body: Record<string, unknown>;
  readonly socket: Socket;
}
type Answer = (asked: Asked) => { code?: number; body?: unknown; text?: string } | 'silence';

const never = new AbortController().signal;
const victim: Pod = { ...testPod('victim'), metadata: { name: 'victim', namespace: 'default', uid: 'uid-victim' } };
const nodes = [NodeRecord.of(testNode('a'), [victim]), NodeRecord.of(testNode('b')), NodeRecord.of(testNode('c'))];
const nodeInfo = (name: string): NodeRecord | undefined => nodes.find((node) => node.name === name);
const pod = testPod('p');

describe('an HTTP extender', () => {
  const open = new Set<Server>();
  const made = new Set<HttpExtender>();
  afterEach(async () => {
    for (const extender of made) extender[Symbol.dispose]();
    for (const server of open) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
    open.clear();
    made.clear();
  });

  async function serve(answer: Answer, secure?: { key: string; cert: string }): Promise<{ url: string; asked: Asked[] }> {
    const asked: Asked[] = [];
    const listener: Parameters<typeof createServer>[1] = (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const one: Asked = {
          path: request.url ?? '',
          type: request.headers['content-type'],
          body: JSON.parse(Buffer.concat(chunks).toString()) as Record<string, unknown>,
          socket: request.socket,
        };
        asked.push(one);
        const given = answer(one);
        if (given === 'silence') return;
        response.writeHead(given.code ?? 200).end(given.text ?? JSON.stringify(given.body ?? {}));
      });
    };
    const server = secure ? createSecureServer(secure, listener) : createServer(listener);
    open.add(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return { url: `${secure ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
  }

  function extenderAt(urlPrefix: string, rest: Partial<ExtenderConfiguration> = {}): HttpExtender {
    const extender = createHttpExtender({
      urlPrefix,
      weight: 1,
      enableHTTPS: false,
      httpTimeoutMs: 5_000,
      nodeCacheCapable: false,
      managedResources: [],
      ignorable: false,
      filterVerb: 'filter',
      prioritizeVerb: 'prioritize',
      preemptVerb: 'preempt',
      bindVerb: 'bind',
      ...rest,
    });
    made.add(extender);
    return extender;
  }

  it('has the methods that have verbs, and no others', () => {
    const methods = (rest: Partial<ExtenderConfiguration>): string[] => {
      const extender = extenderAt('http://x', { filterVerb: '', prioritizeVerb: '', preemptVerb: '', bindVerb: '', ...rest });
      return (['filter', 'prioritize', 'preempt', 'bind'] as const).filter((name) => extender[name] !== undefined);
    };
    assert.deepEqual(methods({}), []);
    assert.deepEqual(methods({ filterVerb: 'f' }), ['filter']);
    assert.deepEqual(methods({ prioritizeVerb: 'p', bindVerb: 'b' }), ['prioritize', 'bind']);
  });

  it('is told of the nodes in Go’s names, and over the same connection', async () => {
    const { url, asked } = await serve(() => ({ body: { Nodes: { items: [{ metadata: { name: 'b' } }] } } }));
    const extender = extenderAt(`${url}/scheduler/`);
    const result = await extender.filter!(pod, nodes, never);
    assert.deepEqual(
      result.nodes.map((node) => node === nodes[1]),
      [true],
    );
    await extender.filter!(pod, nodes, never);
    const [first, second] = asked;
    assert.deepEqual([first!.path, first!.type], ['/scheduler/filter', 'application/json']);
    assert.deepEqual(first!.body, { Pod: pod, Nodes: { metadata: {}, items: nodes.map(({ node }) => node) }, NodeNames: null });
    assert.equal(first!.socket, second!.socket);
  });

  it('is told of names only when it knows the nodes itself', async () => {
    const { url, asked } = await serve(() => ({ body: { nodenames: ['c', 'a'], failedNodes: { b: 'too far' }, FAILEDANDUNRESOLVABLENODES: { b: 'gone' } } }));
    const result = await extenderAt(url, { nodeCacheCapable: true }).filter!(pod, nodes, never);
    assert.deepEqual(asked[0]!.body, { Pod: pod, Nodes: null, NodeNames: ['a', 'b', 'c'] });
    assert.deepEqual(
      result.nodes.map(({ name }) => name),
      ['c', 'a'],
    );
    assert.deepEqual([[...result.failed], [...result.failedAndUnresolvable]], [[['b', 'too far']], [['b', 'gone']]]);
  });

  it('leaves no node when it lists none', async () => {
    const { url } = await serve(() => ({ body: { Nodes: null, NodeNames: null, FailedNodes: null, Error: '' } }));
    assert.deepEqual((await extenderAt(url).filter!(pod, nodes, never)).nodes, []);
  });

  it('scores nodes', async () => {
    const { url, asked } = await serve(() => ({ body: [{ host: 'a', SCORE: 7 }, { Host: 'elsewhere', Score: 3 }, { Host: 'b' }] }));
    const scores = await extenderAt(url, { nodeCacheCapable: true, weight: 5 }).prioritize!(pod, nodes, never);
    assert.deepEqual(
      [...scores],
      [
        ['a', 7],
        ['elsewhere', 3],
        ['b', 0],
      ],
    );
    assert.deepEqual(asked[0]!.path, '/prioritize');
    assert.deepEqual(asked[0]!.body, { Pod: pod, Nodes: null, NodeNames: ['a', 'b', 'c'] });
  });

  it('narrows preemption, told of pods or of their UIDs', async () => {
    const { url, asked } = await serve(() => ({ body: { NodeNameToMetaVictims: { a: { Pods: [{ UID: 'uid-victim' }], NumPDBViolations: 1 } } } }));
    const victims = new Map([['a', { pods: [victim], disruptionBudgetViolations: 2 }]]);
    for (const nodeCacheCapable of [false, true]) {
      const answered = await extenderAt(url, { nodeCacheCapable }).preempt!(pod, victims, nodeInfo, never);
      assert.deepEqual([...answered], [['a', { pods: [victim], disruptionBudgetViolations: 1 }]]);
    }
    assert.deepEqual(
      asked.map(({ body }) => body),
      [
        { Pod: pod, NodeNameToVictims: { a: { Pods: [victim], NumPDBViolations: 2 } }, NodeNameToMetaVictims: null },
        { Pod: pod, NodeNameToVictims: null, NodeNameToMetaVictims: { a: { Pods: [{ UID: 'uid-victim' }], NumPDBViolations: 2 } } },
      ],
    );
  });

  it('binds', async () => {
    const { url, asked } = await serve(() => ({ body: {} }));
    await extenderAt(url).bind!(victim, 'b', never);
    assert.deepEqual([asked[0]!.path, asked[0]!.body], ['/bind', { PodName: 'victim', PodNamespace: 'default', PodUID: 'uid-victim', Node: 'b' }]);
  });

  const faults: { name: string; answer: Answer; call: (extender: HttpExtender) => Promise<unknown>; says: RegExp }[] = [
    {
      name: 'answers anything but 200',
      answer: () => ({ code: 201 }),
      call: ({ filter }) => filter!(pod, nodes, never),
      says: /^failed filter with extender at URL http:\/\/127\.0\.0\.1:\d+\/filter, code 201$/,
    },
    { name: 'answers nothing', answer: () => ({ text: '' }), call: ({ filter }) => filter!(pod, nodes, never), says: /^EOF$/ },
    {
      name: 'answers no JSON',
      answer: () => ({ text: '<html>' }),
      call: ({ bind }) => bind!(pod, 'a', never),
      says: /^invalid character '<' looking for beginning of value$/,
    },
    {
      name: 'answers a list for an object',
      answer: () => ({ body: [] }),
      call: ({ filter }) => filter!(pod, nodes, never),
      says: /^json: cannot unmarshal array into Go value of type ExtenderFilterResult$/,
    },
    {
      name: 'answers half a score',
      answer: () => ({ body: [{ Host: 'a', Score: 0.5 }] }),
      call: ({ prioritize }) => prioritize!(pod, nodes, never),
      says: /^json: cannot unmarshal number 0\.5 into Go value of HostPriority\.Score of type int64$/,
    },
    {
      name: 'reports an error of the filter',
      answer: () => ({ body: { error: 'out of order' } }),
      call: ({ filter }) => filter!(pod, nodes, never),
      says: /^out of order$/,
    },
    { name: 'reports an error of the bind', answer: () => ({ body: { Error: 'not mine' } }), call: ({ bind }) => bind!(pod, 'a', never), says: /^not mine$/ },
    {
      name: 'keeps a node that it was not given',
      answer: () => ({ body: { Nodes: { items: [{ metadata: { name: 'z' } }] } } }),
      call: ({ filter }) => filter!(pod, nodes, never),
      says: /^extender "http:\/\/127\.0\.0\.1:\d+" claims a filtered node "z" which is not found in the input node list$/,
    },
    {
      name: 'preempts on a node that is not there',
      answer: () => ({ body: { NodeNameToMetaVictims: { z: { Pods: [] } } } }),
      call: ({ preempt }) => preempt!(pod, new Map(), nodeInfo, never),
      says: /^nodeinfo not found for node name "z"$/,
    },
    {
      name: 'preempts a pod that is not there',
      answer: () => ({ body: { NodeNameToMetaVictims: { a: { Pods: [{ UID: 'other' }] } } } }),
      call: ({ preempt }) => preempt!(pod, new Map(), nodeInfo, never),
      says: /^extender: http:\/\/127\.0\.0\.1:\d+ claims to preempt pod \(UID: &\{other\}\) on node: a, but the pod is not found on that node$/,
    },
  ];
  for (const { name, answer, call, says } of faults) {
    it(`is at fault when it ${name}`, async () => {
      const { url } = await serve(answer);
      await assert.rejects(call(extenderAt(url)), { message: says });
    });
  }

  it('is at fault when it does not answer in time', async () => {
    const { url } = await serve(() => 'silence');
    const extender = extenderAt(url, { httpTimeoutMs: 30 });
    await assert.rejects(extender.filter!(pod, nodes, never), {
      message: `Post "${url}/filter": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`,
    });
  });

  it('is at fault when nobody is there, or the URL is none', async () => {
    await assert.rejects(extenderAt('http://127.0.0.1:1').filter!(pod, nodes, never), {
      message: 'Post "http://127.0.0.1:1/filter": dial tcp 127.0.0.1:1: connect: connection refused',
    });
    await assert.rejects(extenderAt('ftp://x').filter!(pod, nodes, never), { message: 'Post "ftp://x/filter": unsupported protocol scheme "ftp"' });
  });

  it('is let go of when the host stops', async () => {
    const stop = new AbortController();
    const { url, asked } = await serve(() => (stop.abort(new Error('stopped')), 'silence'));
    await assert.rejects(extenderAt(url).filter!(pod, nodes, stop.signal), { message: 'stopped' });
    assert.equal(asked.length, 1);
  });

  it('is interested in pods that ask for what it manages, in any container', () => {
    const interest = (managed: string[], spec: Pod['spec']): boolean =>
      extenderAt('http://x', { managedResources: managed.map((name) => ({ name })) }).isInterested({ ...pod, spec: spec! });
    const container = { name: 'c', image: 'i' };
    const gpu = { 'example.com/gpu': '1' };
    assert.equal(interest([], { containers: [container] }), true);
    assert.equal(interest(['example.com/gpu'], { containers: [container] }), false);
    assert.equal(interest(['example.com/gpu'], { containers: [container, { ...container, resources: { requests: gpu } }] }), true);
    assert.equal(interest(['example.com/gpu'], { containers: [{ ...container, resources: { limits: gpu } }] }), true);
    assert.equal(interest(['example.com/gpu'], { containers: [container], initContainers: [{ ...container, resources: { limits: gpu } }] }), true);
    assert.equal(interest(['example.com/fpga'], { containers: [{ ...container, resources: { limits: gpu } }] }), false);
  });

  it('is asked after those that must not be passed over', () => {
    const configurations = [
      { urlPrefix: 'http://one', ignorable: true },
      { urlPrefix: 'http://two', ignorable: false },
      { urlPrefix: 'http://three', ignorable: true },
    ].map((rest) => ({ weight: 1, enableHTTPS: false, httpTimeoutMs: 1, nodeCacheCapable: false, managedResources: [], ...rest }));
    const extenders = createHttpExtenders(configurations);
    for (const extender of extenders) made.add(extender);
    assert.deepEqual(
      extenders.map(({ name, isIgnorable }) => `${name} ${isIgnorable}`),
      ['http://two false', 'http://one true', 'http://three true'],
    );
  });

  it('is known by its certificate, or not at all', async () => {
    const { certificate, key } = testCertificate;
    const { url } = await serve(() => ({ body: { NodeNames: ['a'] } }), { key, cert: certificate });
    const names = async (rest: Partial<ExtenderConfiguration>): Promise<string[]> =>
      (await extenderAt(url, { nodeCacheCapable: true, ...rest }).filter!(pod, nodes, never)).nodes.map(({ name }) => name);
    await assert.rejects(names({}), { message: /^Post "https:.*tls: failed to verify certificate: x509: certificate signed by unknown authority$/ });
    assert.deepEqual(await names({ enableHTTPS: true }), ['a'], 'without an authority anybody is trusted');
    assert.deepEqual(await names({ tlsConfig: { insecure: true } }), ['a']);
    assert.deepEqual(await names({ tlsConfig: { caData: Buffer.from(certificate).toString('base64') } }), ['a']);
    assert.throws(
      () => extenderAt(url, { tlsConfig: { insecure: true, caData: 'AA==' } }),
      /specifying a root certificates file with the insecure flag is not allowed/,
    );
    assert.throws(() => extenderAt(url, { tlsConfig: { certData: 'AA==' } }), /a certificate without its key/);
    assert.throws(() => extenderAt(url, { tlsConfig: { caFile: '/no/such/file' } }), /open \/no\/such\/file: ENOENT/);
  });
});
