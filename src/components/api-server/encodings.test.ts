import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { load } from 'js-yaml';
import { decodeProtobuf as decode } from './protobuf/decode-body.ts';
import { encodeDocument } from './protobuf/envelope.ts';
import { fieldsOf, framesOf } from './protobuf/watch-frames.fixture.ts';
import { podNamed, startTestServer, type TestServer } from './test-server.fixture.ts';

const pods = '/api/v1/namespaces/default/pods';
const maps = '/api/v1/namespaces/default/configmaps';
const widgets = '/apis/example.com/v1/namespaces/default/widgets';
const protobuf = 'application/vnd.kubernetes.protobuf';
const accepting = (accept: string): { headers: Record<string, string> } => ({ headers: { accept } });
const as = (kind: string, type = 'application/json', version = 'v1'): string => `${type};as=${kind};g=meta.k8s.io;v=${version}`;

describe('encodings', () => {
  let test: TestServer;
  before(async () => {
    test = await startTestServer();
    await test.call('POST', pods, { body: podNamed('p', { metadata: { labels: { app: 'x' } } }) });
    for (const name of ['a', 'b', 'c']) await test.call('POST', maps, { body: { metadata: { name }, data: { key: 'true', über: 'ü' } } });
    await test.call('POST', widgets, { body: { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'w' }, spec: { size: 1 } } });
  });
  after(() => test[Symbol.asyncDispose]());

  describe('protobuf', () => {
    it('says the same as JSON', async () => {
      const [binary, text] = [await test.call('GET', `${pods}/p`, accepting(protobuf)), await test.call('GET', `${pods}/p`)];
      assert.equal(binary.headers['content-type'], protobuf);
      const { resources: _, ...container } = (decode(binary.bytes) as Record<string, any>)['spec'].containers[0];
      const { resources: __, ...same } = text.json['spec'].containers[0];
      assert.deepEqual(container, same);
      assert.deepEqual((decode(binary.bytes) as Record<string, any>)['metadata'], text.json['metadata']);
    });

    it('has lists, which join what was encoded once', async () => {
      const { bytes, headers } = await test.call('GET', maps, accepting(protobuf));
      const list = decode(bytes) as Record<string, any>;
      assert.deepEqual([headers['content-type'], list['kind'], list['items'].length], [protobuf, 'ConfigMapList', 3]);
      assert.deepEqual(list['items'][1].data, { key: 'true', über: 'ü' });
      const chunk = decode((await test.call('GET', `${maps}?limit=1`, accepting(protobuf))).bytes) as Record<string, any>;
      assert.deepEqual([chunk['items'].length, chunk['metadata'].remainingItemCount, typeof chunk['metadata'].continue], [1, 2, 'string']);
      const again = await test.call('GET', maps, accepting(protobuf));
      assert.ok(again.bytes.equals(bytes));
    });

    it('streams lists of many chunks', async () => {
      const many = '/api/v1/namespaces/many/configmaps';
      await Promise.all(Array.from({ length: 200 }, (_, index) => test.call('POST', many, { body: { metadata: { name: `x${index}` } } })));
      const { bytes, headers } = await test.call('GET', many, accepting(protobuf));
      assert.equal(Number(headers['content-length']), bytes.length);
      assert.equal((decode(bytes) as Record<string, any>)['items'].length, 200);
      const head = await test.call('HEAD', many, accepting(protobuf));
      assert.deepEqual([head.status, head.bytes.length], [200, 0]);
    });

    it('goes both ways in writes, and in refusals', async () => {
      const body = encodeDocument({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'made' }, data: { a: '1' } })!;
      const headers = { 'content-type': protobuf, accept: protobuf };
      const made = await test.call('POST', maps, { body, headers });
      assert.deepEqual([made.status, (decode(made.bytes) as Record<string, any>)['data']], [201, { a: '1' }]);
      const again = await test.call('POST', maps, { body, headers });
      assert.deepEqual([again.status, again.headers['content-type']], [409, protobuf]);
      const status = decode(again.bytes) as Record<string, any>;
      assert.deepEqual([status['kind'], status['apiVersion'], status['reason'], status['code']], ['Status', 'v1', 'AlreadyExists', 409]);
      const options = encodeDocument({ apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid: 'other' } })!;
      assert.equal((await test.call('DELETE', `${maps}/made`, { body: options, headers })).status, 409);
      const gone = await test.call('DELETE', `${maps}/made`, { headers });
      assert.deepEqual([gone.status, (decode(gone.bytes) as Record<string, any>)['kind']], [200, 'Status']);
    });

    it('takes a body that leaves its kind to the path', async () => {
      const named = encodeDocument({ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'plain' } })!;
      const typed = Buffer.from(named.toString('latin1').replace('\x0a\x02v1\x12\x09ConfigMap', '').replace('\x0a\x0f', '\x0a\x00'), 'latin1');
      assert.equal((await test.call('POST', maps, { body: typed, headers: { 'content-type': protobuf } })).status, 201);
      await test.call('DELETE', `${maps}/plain`);
    });

    it('has metadata alone, of one and of many', async () => {
      const one = decode((await test.call('GET', `${pods}/p`, accepting(as('PartialObjectMetadata', protobuf)))).bytes) as Record<string, any>;
      assert.deepEqual([one['apiVersion'], one['kind'], one['metadata'].labels], ['meta.k8s.io/v1', 'PartialObjectMetadata', { app: 'x' }]);
      for (const version of ['v1', 'v1beta1']) {
        const accept = as('PartialObjectMetadataList', protobuf, version);
        const list = decode((await test.call('GET', maps, accepting(accept))).bytes) as Record<string, any>;
        assert.deepEqual([list['apiVersion'], list['items'].length, list['items'][0].metadata.name], [`meta.k8s.io/${version}`, 3, 'a']);
      }
      const custom = decode((await test.call('GET', widgets, accepting(as('PartialObjectMetadataList', protobuf)))).bytes) as Record<string, any>;
      assert.equal(custom['items'][0].metadata.name, 'w');
    });

    it('has scales, reviews and discovery', async () => {
      const deployment = { metadata: { name: 'd' }, spec: { replicas: 2, selector: { matchLabels: { a: 'b' } } } };
      await test.call('POST', '/apis/apps/v1/namespaces/default/deployments', { body: deployment });
      const scale = '/apis/apps/v1/namespaces/default/deployments/d/scale';
      const read = decode((await test.call('GET', scale, accepting(protobuf))).bytes) as Record<string, any>;
      assert.deepEqual([read['apiVersion'], read['kind'], read['spec']], ['autoscaling/v1', 'Scale', { replicas: 2 }]);
      const body = encodeDocument({
        apiVersion: 'autoscaling/v1',
        kind: 'Scale',
        metadata: { name: 'd', namespace: 'default' },
        spec: { replicas: 5 },
      })!;
      const changed = await test.call('PUT', scale, { body, headers: { 'content-type': protobuf, accept: protobuf } });
      assert.deepEqual([changed.status, (decode(changed.bytes) as Record<string, any>)['spec']], [200, { replicas: 5 }]);
      const table = (await test.call('GET', scale, accepting(as('Table')))).json;
      assert.deepEqual(
        [table['columnDefinitions'].map(({ name }: { name: string }) => name), table['rows'][0].cells.slice(0, 2)],
        [
          ['Name', 'Desired', 'Available', 'Age'],
          ['d', 5],
        ],
      );
      const review = await test.call('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body: { spec: {} }, ...accepting(protobuf) });
      assert.equal((decode(review.bytes) as Record<string, any>)['status'].allowed, true);
      const resources = decode((await test.call('GET', '/api/v1', accepting(protobuf))).bytes) as Record<string, any>;
      assert.ok(resources['resources'].some(({ name, verbs }: { name: string; verbs: string[] }) => name === 'pods' && verbs.includes('watch')));
      const groups = decode((await test.call('GET', '/apis', accepting(protobuf))).bytes) as Record<string, any>;
      assert.equal(groups['kind'], 'APIGroupList');
    });

    it('has watches: frames of events with whole documents, told apart by their length', async () => {
      const watch = (query: string, accept: string): Promise<{ bytes: Buffer; headers: Record<string, unknown> }> =>
        test.call('GET', `${maps}?watch=1&timeoutSeconds=1${query}`, accepting(accept));
      const { bytes, headers } = await watch('&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true', `${protobuf};stream=watch`);
      assert.equal(headers['content-type'], `${protobuf};stream=watch`);
      const events = framesOf(bytes).map((frame) => ({ type: frame.type, object: decode(frame.document) as Record<string, any> }));
      assert.deepEqual(
        events.slice(0, 3).map(({ type, object }) => [type, object['kind'], object['metadata'].name]),
        ['a', 'b', 'c'].map((name) => ['ADDED', 'ConfigMap', name]),
      );
      const mark = events[3]!;
      assert.deepEqual([mark.type, mark.object['metadata'].annotations], ['BOOKMARK', { 'k8s.io/initial-events-end': 'true' }]);
      const [first] = framesOf((await watch('', as('PartialObjectMetadata', protobuf))).bytes);
      assert.equal((decode(first!.document) as Record<string, any>)['kind'], 'PartialObjectMetadata');
    });

    it('is not there for custom resources', async () => {
      const only = await test.call('GET', `${widgets}/w`, accepting(protobuf));
      assert.equal(only.status, 406);
      const status = decode(only.bytes) as Record<string, any>;
      assert.match(status['message'], /^only the following media types are accepted: application\/json, application\/yaml/);
      assert.equal((await test.call('GET', `${widgets}/w`, accepting(`${protobuf},application/json`))).json['kind'], 'Widget');
      const body = encodeDocument({ apiVersion: 'v1', kind: 'ConfigMap' })!;
      const refused = await test.call('POST', widgets, { body, headers: { 'content-type': protobuf } });
      assert.deepEqual(
        [refused.status, refused.json['reason'], refused.json['message']],
        [415, 'UnsupportedMediaType', 'the body of the request was in an unknown format - accepted media types include: application/json, application/yaml'],
      );
    });
  });

  it('refuses an answer it cannot give before anything is changed', async () => {
    const { status, json } = await test.call('POST', maps, { body: { metadata: { name: 'never' } }, ...accepting('application/cbor') });
    assert.deepEqual([status, json['reason']], [406, 'NotAcceptable']);
    assert.equal((await test.call('GET', `${maps}/never`)).status, 404);
    assert.equal((await test.call('DELETE', `${maps}/a`, accepting('text/html'))).status, 406);
    const patch = { body: { data: {} }, headers: { accept: 'text/html', 'content-type': 'application/merge-patch+json' } };
    assert.equal((await test.call('PATCH', `${maps}/a`, patch)).status, 406);
    assert.equal((await test.call('GET', `${maps}/a`)).status, 200);
  });

  it('answers a deletion with its Status, whatever form of the object was asked for', async () => {
    await test.call('POST', maps, { body: { metadata: { name: 'doomed' } } });
    const { status, json } = await test.call('DELETE', `${maps}/doomed`, accepting(as('Table')));
    assert.deepEqual([status, json['kind'], json['status']], [200, 'Status', 'Success']);
  });

  describe('YAML', () => {
    it('is laid out as upstream does it', async () => {
      const { text, headers } = await test.call('GET', `${maps}/a`, accepting('application/yaml'));
      assert.equal(headers['content-type'], 'application/yaml');
      assert.match(text, /^apiVersion: v1\ndata:\n {2}key: "true"\n {2}über: ü\nkind: ConfigMap\nmetadata:\n/);
      const pod = await test.call('GET', `${pods}/p`, accepting('application/yaml'));
      assert.match(pod.text, /\n {2}containers:\n {2}- /);
      assert.deepEqual(load(pod.text), (await test.call('GET', `${pods}/p`)).json);
    });

    it('is for lists, refusals and tables too', async () => {
      const list = load((await test.call('GET', maps, accepting('application/yaml'))).text) as Record<string, any>;
      assert.deepEqual([list['kind'], list['items'].length, list['items'][0].kind], ['ConfigMapList', 3, undefined]);
      const missing = await test.call('GET', `${maps}/none`, accepting('application/yaml'));
      assert.deepEqual([missing.status, (load(missing.text) as Record<string, any>)['reason']], [404, 'NotFound']);
      const table = load((await test.call('GET', maps, accepting(as('Table', 'application/yaml')))).text) as Record<string, any>;
      assert.equal(table['kind'], 'Table');
    });
  });

  describe('indented JSON', () => {
    const cases: { name: string; path: string; headers: Record<string, string>; indented: boolean }[] = [
      { name: 'when asked for', path: '?pretty=true', headers: {}, indented: true },
      { name: 'for curl', path: '', headers: { 'user-agent': 'curl/8.0' }, indented: true },
      { name: 'for browsers', path: '', headers: { 'user-agent': 'Mozilla/5.0 (X11)' }, indented: true },
      { name: 'in the header', path: '', headers: { accept: 'application/json;pretty=1' }, indented: true },
      { name: 'not for curl that does not want it', path: '?pretty=false', headers: { 'user-agent': 'curl/8.0' }, indented: false },
      { name: 'not for others', path: '', headers: { 'user-agent': 'kubectl/v1.36' }, indented: false },
    ];
    for (const { name, path, headers, indented } of cases) {
      it(`is given ${name}`, async () => {
        for (const url of [`${maps}/a`, maps, `${maps}/none`]) {
          const { text } = await test.call('GET', `${url}${path}`, { headers });
          assert.equal(/^\{\n {2}"kind"/.test(text), indented, url);
        }
      });
    }
  });

  it('leaves the kind out of the items of built-in lists, and keeps it in those of custom ones', async () => {
    const builtIn = (await test.call('GET', maps)).json;
    assert.deepEqual(Object.keys(builtIn['items'][0]), ['metadata', 'data']);
    const custom = (await test.call('GET', widgets)).json;
    assert.equal(custom['items'][0].kind, 'Widget');
  });

  it('tells which form fits neither one object nor a list', async () => {
    const one = await test.call('GET', `${maps}/a`, accepting(as('PartialObjectMetadataList')));
    const many = await test.call('GET', maps, accepting(as('PartialObjectMetadata')));
    assert.deepEqual(
      [one, many].map(({ status, json }) => [status, json['message']]),
      [
        [406, 'you requested PartialObjectMetadataList, but the requested object is not a list (*core.ConfigMap)'],
        [406, 'you requested PartialObjectMetadata, but the requested object is a list (*core.ConfigMapList)'],
      ],
    );
  });

  it('watches tables whose columns come with the first event, a bookmark too', async () => {
    const query = '?watch=1&timeoutSeconds=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&includeObject=None';
    const read = async (path: string): Promise<Record<string, any>[]> => {
      const { text } = await test.call('GET', `${path}${query}`, accepting(as('Table')));
      return text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, any>);
    };
    const events = await read(maps);
    assert.deepEqual(events.map(({ type, object }) => [type, object.kind, object.columnDefinitions.length, object.rows.length]).slice(0, 4), [
      ['ADDED', 'Table', 2, 1],
      ['ADDED', 'Table', 0, 1],
      ['ADDED', 'Table', 0, 1],
      ['BOOKMARK', 'Table', 0, 1],
    ]);
    assert.deepEqual(events[0]!['object'].rows[0].object, undefined);
    assert.deepEqual(events[3]!['object'].rows[0].object.metadata.annotations, { 'k8s.io/initial-events-end': 'true' });
    const [bookmark] = await read('/api/v1/namespaces/empty/configmaps');
    assert.deepEqual([bookmark!['type'], bookmark!['object'].columnDefinitions.length], ['BOOKMARK', 2]);
  });

  it('refuses a part of the object that there is not', async () => {
    const { status, json } = await test.call('GET', `${maps}?includeObject=Half`, accepting(as('Table')));
    assert.deepEqual(
      [status, json['message']],
      [400, `Unable to convert to Table as requested: includeObject: Invalid value: "Half": must be 'Metadata', 'Object', 'None', or empty`],
    );
  });

  it('compresses large answers in every encoding, and never watches', async () => {
    const large = '/api/v1/namespaces/large/configmaps';
    await test.call('POST', large, { body: { metadata: { name: 'large' }, data: { a: 'x'.repeat(200_000) } } });
    for (const accept of [protobuf, 'application/json', 'application/yaml']) {
      for (const path of [large, `${large}/large`]) {
        const { headers, bytes } = await test.call('GET', path, { headers: { accept, 'accept-encoding': 'gzip' } });
        assert.deepEqual([headers['content-encoding'], headers['vary'], headers['content-type']], ['gzip', 'Accept-Encoding', accept]);
        assert.ok(gunzipSync(bytes).length > 200_000);
      }
    }
    const watch = await test.call('GET', `${large}?watch=1&timeoutSeconds=1`, { headers: { 'accept-encoding': 'gzip' } });
    assert.equal(watch.headers['content-encoding'], undefined);
    assert.equal((await test.call('GET', maps, { headers: { 'accept-encoding': 'gzip' } })).headers['content-encoding'], undefined);
  });

  describe('bodies', () => {
    const ill = (why: string, shown: string): string => `the object provided is unrecognized (must be of type ConfigMap): ${why} (${shown})`;
    const unread = (why: string, shown: string): string => ill(`couldn't get version/kind; json parse error: ${why}`, shown);
    const unknown = 'the body of the request was in an unknown format - accepted media types include: ';
    const json = { 'content-type': 'application/json' };
    const cases: { name: string; body: string | Buffer; headers?: Record<string, string>; code: number; message: string }[] = [
      { name: 'that are empty', body: '', headers: json, code: 400, message: unread('unexpected end of JSON input', '<empty>') },
      {
        name: 'with something behind the object',
        body: '{} x',
        code: 400,
        message: unread("invalid character 'x' after top-level value", '{} x'),
      },
      {
        name: 'that are lists',
        body: '[]',
        code: 400,
        message: unread(
          'json: cannot unmarshal array into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
          '5b5d',
        ),
      },
      {
        name: 'that end early, the beginning shown',
        body: `{"metadata":{"name":"${'x'.repeat(30)}"`,
        code: 400,
        message: unread('unexpected end of JSON input', `{"metadata":{"name":"xxxxxxxxx ...`),
      },
      {
        name: 'that are compressed, which upstream does not undo',
        body: gzipSync('{}', { level: 9 }),
        headers: { ...json, 'content-encoding': 'gzip' },
        code: 400,
        message: unread("invalid character '\\x1f' looking for beginning of value", gzipSync('{}', { level: 9 }).toString('hex')),
      },
      {
        name: 'with a byte order mark',
        body: '\ufeff{}',
        code: 400,
        message: unread("invalid character 'ï' looking for beginning of value", 'efbbbf7b7d'),
      },
      {
        name: 'of a kind that is not known',
        body: '{"kind":"Foo","apiVersion":"v1"}',
        code: 400,
        message: 'Foo in version "v1" cannot be handled as a ConfigMap: no kind "Foo" is registered for version "v1"',
      },
      {
        name: 'of another kind',
        body: '{"kind":"Secret","apiVersion":"v1"}',
        code: 400,
        message: 'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
      },
      {
        name: 'in CBOR',
        body: '\xa0',
        headers: { 'content-type': 'application/cbor' },
        code: 415,
        message: `${unknown}application/json, application/yaml, application/vnd.kubernetes.protobuf`,
      },
      {
        name: 'in anything',
        body: '{}',
        headers: { 'content-type': '*/*' },
        code: 415,
        message: `${unknown}application/json, application/yaml, application/vnd.kubernetes.protobuf`,
      },
      {
        name: 'in protobuf that is JSON',
        body: '{}',
        headers: { 'content-type': protobuf },
        code: 400,
        message: ill('provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]', '{}'),
      },
      {
        name: 'in protobuf of another kind',
        body: encodeDocument({ apiVersion: 'v1', kind: 'Secret' })!,
        headers: { 'content-type': protobuf },
        code: 400,
        message: 'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to (core.ConfigMap): unknown conversion',
      },
    ];
    for (const { name, body, headers = json, code, message } of cases) {
      it(`are refused ${name}`, async () => {
        const answer = await test.call('POST', maps, { body, headers });
        assert.deepEqual([answer.status, answer.json['message']], [code, message]);
      });
    }

    it('that hold options or a sub-resource are refused alike', async () => {
      const syntax = "couldn't get version/kind; json parse error: unexpected end of JSON input";
      const options = await test.call('DELETE', `${maps}/a`, { body: '{', headers: json });
      assert.deepEqual([options.status, options.json['message']], [400, syntax]);
      const binding = await test.call('POST', `${pods}/p/binding`, { body: '{', headers: json });
      assert.deepEqual([binding.status, binding.json['message']], [400, `the object provided is unrecognized (must be of type Binding): ${syntax} ({)`]);
    });

    it('are read with what is no UTF-8 replaced', async () => {
      const body = Buffer.from('{"metadata":{"name":"octets"},"data":{"a":"\xff"}}', 'latin1');
      assert.deepEqual((await test.call('POST', maps, { body, headers: json })).json['data'], { a: '\ufffd' });
      await test.call('DELETE', `${maps}/octets`);
    });

    it('are read whatever their character set claims to be', async () => {
      const body = { metadata: { name: 'charset' } };
      assert.equal((await test.call('POST', maps, { body, headers: { 'content-type': 'application/json; charset=utf-16' } })).status, 201);
      await test.call('DELETE', `${maps}/charset`);
    });

    it('of patches are refused with the types there are', async () => {
      const built = 'application/json-patch+json, application/merge-patch+json, application/strategic-merge-patch+json, application/apply-patch+yaml';
      const custom = 'application/json-patch+json, application/merge-patch+json, application/apply-patch+yaml';
      for (const [path, accepted] of [
        [`${maps}/a`, built],
        [`${widgets}/w`, custom],
      ] as const) {
        const { status, json: answer } = await test.call('PATCH', path, { body: '{}', headers: { 'content-type': 'application/apply-patch+cbor' } });
        assert.deepEqual([status, answer['message']], [415, `${unknown}${accepted}`]);
      }
    });
  });

  it('the frames of a watch are messages of a type and an object', () => {
    assert.deepEqual([...fieldsOf(Buffer.from([0x0a, 1, 0x41, 0x12, 2, 0x0a, 0])).keys()], [1, 2]);
  });
});
