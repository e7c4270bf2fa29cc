import assert from 'node:assert/strict';
import { it } from 'node:test';
import type { Controller } from '../../extension-points/controllers/contract.ts';
import type { SchedulingPlugin } from '../../extension-points/scheduling/contract.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { CompanionControllers } from './companion-controllers.ts';

const rosterOf = (...names: string[]): ExtensionPoint<SchedulingPlugin> => {
  const roster = new ExtensionPoint<SchedulingPlugin>('scheduling');
  for (const name of names) roster.add({ name, origin: 'test', implementation: {} });
  return roster;
};

it('has the controllers of scheduling plugins come and go with them', () => {
  const point = new ExtensionPoint<Controller>('controllers');
  const companions = new CompanionControllers(point);
  const names = (): string[] => [...point].map(({ name }) => name);
  assert.deepEqual([companions.follow([rosterOf('NodeName')]), names()], [false, []]);
  assert.deepEqual([companions.follow([rosterOf('NodeName'), rosterOf('Coscheduling')]), names()], [true, ['pod-group-controller']]);
  assert.equal(companions.follow([rosterOf('Coscheduling'), rosterOf('Coscheduling')]), false);
  assert.deepEqual([companions.follow([rosterOf('CapacityScheduling')]), names()], [true, ['elastic-quota-controller']]);
});

it('leaves a name to who has it', () => {
  const point = new ExtensionPoint<Controller>('controllers');
  const implementation: Controller = { start: () => Promise.reject(new Error('not started here')) };
  point.add({ name: 'pod-group-controller', origin: 'mine.ts', implementation });
  const companions = new CompanionControllers(point);
  assert.equal(companions.follow([rosterOf('Coscheduling')]), false);
  assert.equal(companions.follow([rosterOf()]), false);
  assert.equal(point.get('pod-group-controller')?.origin, 'mine.ts');
});
