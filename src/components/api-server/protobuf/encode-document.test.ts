import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { protobufTable } from '../../../api/generated/protobuf-table.ts';
import { ApiError } from '../../../api/status.ts';
import { decodeProtobuf as decode } from './decode-body.ts';
import { encodeDocument } from './envelope.ts';
import { type FieldRow, messageOfKind, rowsOfMessage } from './message-table.ts';

type Fields = Record<string, unknown>;

/** Objects with random fields, and the bytes that upstream's own marshallers (k8s.io/api 0.36) make of them. */
const recorded = readFileSync(join(import.meta.dirname, 'recorded-documents.fixture.jsonl'), 'utf8')
  .trimEnd()
  .split('\n')
  .map((line) => JSON.parse(line) as { json: Fields & { apiVersion: string; kind: string }; protobuf: string });

const kinds = Object.keys((JSON.parse(protobufTable) as { kinds: object }).kinds).map((name) => {
  const [group = '', version = '', kind = ''] = name.split('/');
  return { apiVersion: group === '' ? version : `${group}/${version}`, kind, message: messageOfKind(group, version, kind)! };
});

describe('protobuf documents', () => {
  for (const { json, protobuf } of recorded) {
    it(`of ${json.apiVersion} ${json.kind} have upstream's bytes`, () => {
      assert.equal(encodeDocument(json)!.toString('base64'), protobuf);
      assert.deepEqual(decode(Buffer.from(protobuf, 'base64')), json);
    });
  }

  it('have none for a kind that is not built in', () => {
    assert.equal(encodeDocument({ apiVersion: 'example.com/v1', kind: 'Widget' }), undefined);
    assert.equal(encodeDocument({ apiVersion: 'v1', kind: 'constructor' }), undefined);
  });

  it('leave nothing behind when an object cannot be written', () => {
    const broken = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { managedFields: [{ fieldsV1: { n: 1n } }] } };
    assert.throws(() => encodeDocument(broken), TypeError);
    assert.deepEqual(decode(encodeDocument({ apiVersion: 'v1', kind: 'Status', code: 400 })!), {
      apiVersion: 'v1',
      kind: 'Status',
      metadata: {},
      code: 400,
    });
  });

  it('are read or refused, whatever became of their bytes on the way', () => {
    const random = generator(7);
    let refused = 0;
    for (const { protobuf } of recorded) {
      const bytes = Buffer.from(protobuf, 'base64');
      const damaged = Array.from({ length: 200 }, (_, index) => {
        if (index % 2 === 0) return bytes.subarray(0, 4 + random(bytes.length - 4));
        const copy = Buffer.from(bytes);
        for (let flips = 0; flips < 3; flips++) copy[4 + random(bytes.length - 4)] = random(256);
        return copy;
      });
      for (const copy of damaged) {
        try {
          decode(copy);
        } catch (error) {
          assert.ok(error instanceof ApiError && error.code === 400, String(error));
          refused++;
        }
      }
    }
    assert.ok(refused > 1_000);
  });

  for (const seed of [1, 2, 3]) {
    it(`say the same as JSON, for random objects of every kind (seed ${seed})`, () => {
      const random = generator(seed);
      for (const { apiVersion, kind, message } of kinds) {
        const object = { apiVersion, kind, ...(randomMessage(message, random, 0) as Fields) };
        const bytes = encodeDocument(object)!;
        const back = decode(bytes);
        assert.deepEqual(back, object, kind);
        assert.ok(encodeDocument(back)!.equals(bytes), kind);
      }
    });
  }
});

type Random = (below: number) => number;

/** Numbers below a bound, the same for the same seed. */
function generator(seed: number): Random {
  let state = seed * 2_654_435_769;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const deepest = 9;

/** A value in the form that decoding gives: structs that are no pointers are there, zeros only where they show. */
function randomMessage(message: string, random: Random, depth: number): unknown {
  const rows = rowsOfMessage(message);
  const [first] = rows;
  if (first?.[1] === '*') return randomList(first[2], random, depth);
  if (first?.[1] === '|') return randomAlternative(rows, random, depth);
  const fields: Fields = {};
  for (const row of rows) {
    if (row[1] === '') Object.assign(fields, randomMessage(row[2].slice(1), random, depth + 1));
    else addField(fields, row, random, depth);
  }
  return fields;
}

function addField(fields: Fields, [, name, code, presence]: FieldRow, random: Random, depth: number): void {
  const isStruct = code.startsWith('m') && presence !== 2;
  const isCollection = code.startsWith('[') || code.startsWith('{');
  const isAlways = isStruct || (presence === undefined && !isCollection && code !== 'y' && code !== 't' && code !== 'u' && code !== 'r' && code !== 'f');
  const isQuantity = code === 'q' && presence !== 2;
  if (!isAlways && !isQuantity && (random(3) > 0 || depth > deepest)) return;
  const value = randomValue(code, random, depth);
  if (presence === 1 && (value === '' || value === 0 || value === false)) return;
  if (isCollection && Object.keys(value as object).length === 0) return;
  fields[name] = value;
}

function randomAlternative(rows: readonly FieldRow[], random: Random, depth: number): unknown {
  const isFlag = rows[0]![2] === 'b';
  const row = depth > deepest ? rows.find(([, , code]) => !code.startsWith('m'))! : rows[random(rows.length)]!;
  const value = randomValue(row[2], random, depth);
  // An empty list is no alternative on the wire.
  return Array.isArray(value) && value.length === 0 ? randomAlternative(rows, random, depth) : isFlag && row[2] === 'b' ? random(2) === 0 : value;
}

const randomList = (code: string, random: Random, depth: number): unknown[] =>
  Array.from({ length: random(3) + (depth > deepest ? 1 : 0) }, () => randomValue(code.slice(1), random, depth + 1));

function randomValue(code: string, random: Random, depth: number): unknown {
  switch (code[0]) {
    case 's':
      return ['', 'a', 'a longer text, with an umlaut ü and \u{1f680}', 'x'.repeat(40)][random(4)];
    case 'b':
      return random(2) === 0;
    case 'i':
      return [0, 1, -1, 127, 128, 2 ** 31 - 1, -(2 ** 31), 2 ** 40, -(2 ** 40)][random(9)];
    case 'd':
      return random(100) / 4;
    case 'y':
      return Buffer.from('x'.repeat(1 + random(5))).toString('base64');
    case 'q':
      return ['0', '100m', '1Gi'][random(3)];
    case 'x':
      return random(2) === 0 ? random(100) - 3 : `port-${random(5)}`;
    case 't':
      return new Date(random(2e9) * 1_000).toISOString().replace('.000Z', 'Z');
    case 'u':
      return new Date(random(2e9) * 1_000).toISOString().replace('000Z', `${String(random(1e6)).padStart(6, '0')}Z`);
    case 'r':
    case 'f':
      return { f: [1, 'two', null, { deep: random(9) }] };
    case '[':
      return randomList(code, random, depth);
    case '{':
      return Object.fromEntries(Array.from({ length: random(3) }, (_, index) => [`key-${index}`, randomValue(code.slice(1), random, depth + 1)]));
    default:
      return randomMessage(code.slice(1), random, depth + 1);
  }
}
