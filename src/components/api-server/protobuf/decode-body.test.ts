import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { decodeProtobuf } from './decode-body.ts';

/** Just enough of an encoder: fields as [number, value]; text and bytes are length-delimited, numbers are varints. */
type Fields = readonly (readonly [number, string | number | Buffer])[];
function message(fields: Fields): Buffer {
  return Buffer.concat(
    fields.flatMap(([number, value]) => {
      if (typeof value === 'number') return [varint(number << 3), varint(value)];
      const bytes = Buffer.from(value as string);
      return [varint((number << 3) | 2), varint(bytes.length), bytes];
    }),
  );
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  for (; value > 0x7f; value = Math.floor(value / 128)) bytes.push((value % 128) | 0x80);
  return Buffer.from([...bytes, value]);
}

const body = (apiVersion: string, kind: string, raw: Buffer): Buffer =>
  Buffer.concat([
    Buffer.from([0x6b, 0x38, 0x73, 0x00]),
    message([
      [
        1,
        message([
          [1, apiVersion],
          [2, kind],
        ]),
      ],
      [2, raw],
      [3, ''],
      [4, ''],
    ]),
  ]);

/** A definition whose schema is the `not` of a schema, and so on. */
function deepSchema(): Buffer {
  let schema = message([[5, 'object']]);
  for (let depth = 0; depth < 200; depth++) schema = message([[28, schema]]);
  return message([[2, message([[7, message([[4, message([[1, schema]])]])]])]]);
}

/** A pod whose `spec.activeDeadlineSeconds` is this varint. */
const podWithDeadline = (deadline: Buffer): Buffer => body('v1', 'Pod', message([[2, Buffer.concat([varint(5 << 3), deadline])]]));

describe('protobuf bodies', () => {
  it('are refused for integers that JSON could not show exactly', () => {
    const largest = Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f]);
    assert.throws(() => decodeProtobuf(podWithDeadline(largest)), {
      code: 400,
      message: 'json: number 9223372036854775807 cannot be kept exactly: integers must lie between -9007199254740991 and 9007199254740991',
    });
    const kept = decodeProtobuf(podWithDeadline(varint(Number.MAX_SAFE_INTEGER))) as { spec: { activeDeadlineSeconds: number } };
    assert.equal(kept.spec.activeDeadlineSeconds, Number.MAX_SAFE_INTEGER);
    const unknownField = body('v1', 'Pod', message([[2, Buffer.concat([varint(900 << 3), largest])]]));
    assert.deepEqual((decodeProtobuf(unknownField) as { spec: object }).spec, {});
  });
  it('become the JSON form of their kind', () => {
    const metadata = message([
      [1, 'cm'],
      [2, ''],
      [3, 'default'],
      [7, 0],
      [8, Buffer.alloc(0)],
      [
        11,
        message([
          [1, 'a'],
          [2, 'b'],
        ]),
      ],
    ]);
    const raw = message([
      [1, metadata],
      [
        2,
        message([
          [1, 'k'],
          [2, 'v'],
        ]),
      ],
      [
        2,
        message([
          [1, 'empty'],
          [2, ''],
        ]),
      ],
      [
        3,
        message([
          [1, 'bin'],
          [2, Buffer.from([1, 2])],
        ]),
      ],
    ]);
    assert.deepEqual(decodeProtobuf(body('v1', 'ConfigMap', raw)), {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'cm', namespace: 'default', labels: { a: 'b' } },
      data: { k: 'v', empty: '' },
      binaryData: { bin: 'AQI=' },
    });
  });

  it('keep zeros that are pointers and drop those that are not', () => {
    const spec = message([
      [1, 0],
      [5, 0],
      [7, 0],
    ]);
    assert.deepEqual(decodeProtobuf(body('apps/v1', 'Deployment', message([[2, spec]]))), {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      spec: { replicas: 0 },
    });
  });

  it('read quantities, times, unions and embedded structs', () => {
    const limits = message([
      [1, 'cpu'],
      [2, message([[1, '500m']])],
    ]);
    const probe = message([
      [
        1,
        message([
          [
            2,
            message([
              [1, '/'],
              [
                2,
                message([
                  [1, 1],
                  [3, 'http'],
                ]),
              ],
            ]),
          ],
        ]),
      ],
      [2, 0],
    ]);
    const container = message([
      [1, 'c'],
      [8, message([[1, limits]])],
      [10, probe],
    ]);
    const volume = message([
      [1, 'v'],
      [2, message([[2, Buffer.alloc(0)]])],
    ]);
    const pod = message([
      [
        1,
        message([
          [1, 'p'],
          [8, message([[1, 1_700_000_000]])],
        ]),
      ],
      [
        2,
        message([
          [1, volume],
          [2, container],
          [11, 0],
        ]),
      ],
    ]);
    assert.deepEqual(decodeProtobuf(body('v1', 'Pod', pod)), {
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: 'p', creationTimestamp: '2023-11-14T22:13:20Z' },
      spec: {
        volumes: [{ name: 'v', emptyDir: {} }],
        containers: [{ name: 'c', resources: { limits: { cpu: '500m' } }, livenessProbe: { httpGet: { path: '/', port: 'http' } } }],
      },
    });
  });

  it('keep what an empty text says behind a pointer', () => {
    const spec = message([
      [3, ''],
      [5, ''],
    ]);
    assert.deepEqual(decodeProtobuf(body('v1', 'PersistentVolumeClaim', message([[2, spec]]))), {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      spec: { storageClassName: '' },
    });
  });

  it('take their kind from the request when they name none', () => {
    const typed = decodeProtobuf(body('', '', message([[1, message([[1, 'x']])]])), { apiVersion: 'v1', kind: 'Secret' });
    assert.deepEqual(typed, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } });
  });

  it('know options in every group', () => {
    assert.deepEqual(
      decodeProtobuf(
        body(
          'apps/v1',
          'DeleteOptions',
          message([
            [1, 5],
            [4, 'Foreground'],
          ]),
        ),
      ),
      { apiVersion: 'apps/v1', kind: 'DeleteOptions', gracePeriodSeconds: 5, propagationPolicy: 'Foreground' },
    );
  });

  for (const { name, bytes, message: wording } of [
    {
      name: 'without the prefix',
      bytes: Buffer.from('{}'),
      message: 'provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]',
    },
    { name: 'without anything else', bytes: Buffer.from([0x6b, 0x38, 0x73, 0x00]), message: 'empty body' },
    {
      name: 'of unknown kinds',
      bytes: body('example.com/v1', 'Widget', Buffer.alloc(0)),
      message: 'no kind "Widget" is registered for version "example.com/v1"',
    },
    { name: 'that end early', bytes: body('v1', 'Pod', Buffer.from([0x0a, 0x7f, 0x01])), message: 'unexpected EOF' },
    { name: 'with a field of another type', bytes: body('v1', 'Pod', Buffer.from([0x08, 0x01])), message: 'proto: wrong wireType = 0 for field metadata' },
    { name: 'that nest too deep', bytes: body('apiextensions.k8s.io/v1', 'CustomResourceDefinition', deepSchema()), message: 'exceeded max depth' },
  ]) {
    it(`are refused ${name}`, () => {
      assert.throws(() => decodeProtobuf(bytes), { code: 400, message: wording });
    });
  }
});
