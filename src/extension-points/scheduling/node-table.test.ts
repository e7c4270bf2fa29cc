import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { NodeSpec } from '../../api/generated/core-v1.ts';
import type { NodeRecord } from './node-record.ts';
import { NodeRecord as Records } from './node-record.ts';
import { LiveNodeTable } from './node-table.ts';
import { seededRandom, testNode } from './testing.ts';

const inZone = (name: string, zone?: string): NodeRecord => Records.of(testNode(name, zone === undefined ? {} : { labels: { zone } }));
const changesSince = (table: LiveNodeTable, version: number): string[] => {
  const names: string[] = [];
  assert.equal(
    table.changedSince(version, (index) => names.push(table.nodes[index]!.name)),
    true,
  );
  return names;
};

describe('the node table', () => {
  it('gives the place of a node that went to the last one, and says so', () => {
    const table = new LiveNodeTable();
    for (const name of ['a', 'b', 'c']) table.put(inZone(name));
    const { version, rosterVersion } = table;
    table.remove('a');
    assert.deepEqual(
      table.nodes.map(({ name }) => name),
      ['c', 'b'],
    );
    assert.deepEqual([table.indexOf('a'), table.indexOf('b'), table.indexOf('c')], [undefined, 1, 0]);
    assert.deepEqual(changesSince(table, version), ['c']);
    assert.notEqual(table.rosterVersion, rosterVersion);
  });

  it('says which nodes changed since a version', () => {
    const table = new LiveNodeTable();
    for (const name of ['a', 'b']) table.put(inZone(name));
    const { version } = table;
    table.touch('b');
    table.put(inZone('a', 'x'));
    table.touch('nobody');
    assert.deepEqual(changesSince(table, version), ['b', 'a']);
    assert.deepEqual(changesSince(table, table.version), []);
  });

  it('knows which nodes are tainted or cordoned, whatever becomes of them', () => {
    const table = new LiveNodeTable();
    const put = (name: string, spec: NodeSpec = {}): void => table.put(Records.of(testNode(name, { spec })));
    const names = (): string[] => [...table.restricted()].map((index) => table.nodes[index]!.name).sort();
    put('plain');
    put('cordoned', { unschedulable: true });
    put('tainted', { taints: [{ key: 'k', effect: 'NoSchedule' }] });
    assert.deepEqual(names(), ['cordoned', 'tainted']);
    table.remove('plain');
    assert.deepEqual(names(), ['cordoned', 'tainted']);
    put('cordoned');
    put('tainted', { taints: [] });
    assert.deepEqual(names(), []);
  });

  it('does not know any more what changed long ago', () => {
    const table = new LiveNodeTable();
    table.put(inZone('a'));
    for (let change = 0; change < 70_000; change++) table.touch('a');
    assert.equal(
      table.changedSince(1, () => assert.fail('visited')),
      false,
    );
  });

  it('keeps the domains of a label whatever comes, goes and changes', () => {
    const random = seededRandom(7);
    const table = new LiveNodeTable();
    const domains = table.domains('zone');
    for (let step = 0; step < 2_000; step++) {
      const name = `n${Math.floor(random() * 200)}`;
      if (random() < 0.3) table.remove(name);
      else table.put(inZone(name, random() < 0.2 ? undefined : `z${Math.floor(random() * 30)}`));
    }
    const counts = new Map<number, number>();
    for (const [index, { node }] of table.nodes.entries()) {
      const zone = node.metadata.labels?.['zone'];
      const id = zone === undefined ? -1 : domains.idOf(zone);
      assert.equal(domains.ofNode[index], id);
      if (id >= 0) counts.set(id, (counts.get(id) ?? 0) + 1);
    }
    for (let id = 0; id < domains.size; id++) assert.equal(domains.nodeCounts[id], counts.get(id) ?? 0);
  });

  it('keeps domains of few keys and few values, however many pods and nodes have named', () => {
    const table = new LiveNodeTable();
    const inZones = (name: string, zone: string): NodeRecord => Records.of(testNode(name, { labels: { zone, region: 'r' } }));
    table.put(inZones('last', 'z'));
    const [zones, regions] = [table.domains('zone'), table.domains('region')];
    for (let number = 0; number < 1_000; number++) {
      table.domains(`chosen-${number}`);
      assert.equal(table.domains('region'), regions);
    }
    assert.notEqual(table.domains('zone'), zones);
    for (let number = 0; number < 5_000; number++) {
      table.put(inZones(`n${number}`, `z${number}`));
      table.remove(`n${number}`);
    }
    const { size, ofNode, nodeCounts } = table.domains('zone');
    assert.ok(size < 2_000, `${size} numbers`);
    assert.equal(nodeCounts[ofNode[table.indexOf('last')!]!], 1);
    assert.equal(table.domains('region'), regions);
  });
});
