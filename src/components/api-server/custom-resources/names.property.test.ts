import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { TestServer } from '../test-server.fixture.ts';
import { cronTabs, definitionsPath, type Json, must, startCustomServer, until } from './custom-resources.fixture.ts';

/** A small generator, so that a failing run can be made again from its seed. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_664_525 + 1_013_904_223) % 4_294_967_296;
    return Math.floor((state / 4_294_967_296) * below);
  };
}

const plurals = ['as', 'bs', 'cs', 'ds'];
const pick = <T>(next: (below: number) => number, list: readonly T[]): T => list[next(list.length)]!;

const randomDefinition = (next: (below: number) => number): Json => {
  const kind = pick(next, ['A', 'B', 'C']);
  return cronTabs({
    names: {
      plural: pick(next, plurals),
      singular: pick(next, ['a', 'b', 'c']),
      kind,
      listKind: `${kind}List`,
      shortNames: next(2) === 0 ? [] : [pick(next, ['x', 'y'])],
    },
  });
};

const namesOf = ({ plural, singular, shortNames = [], kind, listKind }: Json): string[] => [
  ...new Set([plural, singular, ...shortNames]),
  ...[kind, listKind].map((name: string) => `kind ${name}`),
];
const has = (definition: Json, type: string): boolean =>
  definition['status'].conditions.some((condition: Json) => condition['type'] === type && condition['status'] === 'True');

const definitions = async (server: TestServer): Promise<Json[]> => (await must(server.call('GET', definitionsPath), 200))['items'];

const acceptedBy = ({ status }: Json): string[] => namesOf(status.acceptedNames).filter((name) => !['', 'kind ', 'kind undefined', undefined].includes(name));

/** Whether nothing is left to do: nobody is leaving, and who waits does so for a name that another one has. */
const isSettled = (found: readonly Json[]): boolean =>
  found.every(
    (definition) =>
      definition['metadata'].deletionTimestamp === undefined &&
      (has(definition, 'Established') ||
        found.some((other) => other !== definition && acceptedBy(other).some((name) => namesOf(definition['spec'].names).includes(name)))),
  );

describe('definitions that come and go', () => {
  for (const seed of [1, 2, 3, 4]) {
    it(`never share a name, and get theirs when it is free (seed ${seed})`, async () => {
      await using server = await startCustomServer();
      const next = numbers(seed);
      for (let step = 0; step < 25; step++) {
        const calls = Array.from({ length: 1 + next(3) }, () =>
          next(3) === 0
            ? server.call('DELETE', `${definitionsPath}/${pick(next, plurals)}.stable.example.com`)
            : server.call('POST', definitionsPath, { body: randomDefinition(next) }),
        );
        for (const { status } of await Promise.all(calls)) assert.ok([200, 201, 404, 409].includes(status), String(status));
      }
      const found = await until(() => definitions(server), isSettled);
      const established = found.filter((definition) => has(definition, 'Established'));
      const names = found.flatMap(acceptedBy);
      assert.deepEqual([...new Set(names)].sort(), [...names].sort(), 'an accepted name belongs to one definition');
      for (const { spec, status } of found) {
        const { status: code } = await server.call('GET', `/apis/stable.example.com/v1/${spec.names.plural}`);
        assert.equal(
          code === 200,
          established.some((definition) => definition['spec'].names.plural === spec.names.plural),
          JSON.stringify(status),
        );
      }
      assert.ok(established.length > 0);
    });
  }
});
