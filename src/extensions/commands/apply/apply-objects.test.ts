import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceInfo } from '../../../extension-points/commands/resources/contract.ts';
import { applyObjects, type Outcome } from './apply-objects.ts';
import type { Applied } from './apply-work.ts';

const info = (resource: string, name: string): ResourceInfo =>
  ({
    resource: { group: '', version: 'v1', resource, kind: resource, namespaced: true },
    name,
    namespace: 'default',
    source: '',
    object: undefined,
  }) as unknown as ResourceInfo;

/** Applies with answers that are given one by one, and keeps account of what is under way. */
function start(infos: readonly ResourceInfo[]) {
  const answers = new Map<ResourceInfo, (error?: Error) => void>();
  const told: Outcome[] = [];
  const apply = (each: ResourceInfo): Promise<Applied> =>
    new Promise((resolve, reject) => answers.set(each, (error) => (error ? reject(error) : resolve({ operation: each.name } as unknown as Applied))));
  const end = applyObjects(infos, apply, (outcomes) => told.push(...outcomes));
  return { answers, told, end };
}
const turns = async (): Promise<void> => {
  for (let turn = 0; turn < 20; turn++) await Promise.resolve();
};
const names = (told: readonly Outcome[]): string[] => told.map((outcome) => ('error' in outcome ? 'error' : String(outcome.applied.operation)));

describe('applying many objects', () => {
  it('has objects of one type under way together, and tells of them in their order', async () => {
    const infos = ['a', 'b', 'c'].map((name) => info('configmaps', name));
    const { answers, told, end } = start(infos);
    assert.equal(answers.size, 3);
    answers.get(infos[2]!)!();
    await turns();
    assert.deepEqual(names(told), []);
    answers.get(infos[0]!)!();
    answers.get(infos[1]!)!();
    await end;
    assert.deepEqual(names(told), ['a', 'b', 'c']);
  });

  it('waits for a namespace before it sends what may be in it', async () => {
    const infos = [info('namespaces', 'n'), info('configmaps', 'a')];
    const { answers, end } = start(infos);
    await turns();
    assert.deepEqual([...answers.keys()], [infos[0]]);
    answers.get(infos[0]!)!();
    while (answers.size < 2) await turns();
    answers.get(infos[1]!)!();
    await end;
  });

  it('waits for what pods read before it sends the pods', async () => {
    const infos = [info('configmaps', 'a'), info('pods', 'p')];
    const { answers, end } = start(infos);
    await turns();
    assert.equal(answers.size, 1);
    answers.get(infos[0]!)!();
    while (answers.size < 2) await turns();
    answers.get(infos[1]!)!();
    await end;
  });

  it('sends one object twice one after the other, and goes on after an error', async () => {
    const infos = [info('configmaps', 'a'), info('configmaps', 'a')];
    const { answers, told, end } = start(infos);
    await turns();
    assert.equal(answers.size, 1);
    answers.get(infos[0]!)!(new Error('no'));
    while (answers.size < 2) await turns();
    answers.get(infos[1]!)!();
    await end;
    assert.deepEqual(names(told), ['error', 'a']);
  });
});
