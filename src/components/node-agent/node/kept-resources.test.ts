import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ResourceList } from '../../../api/generated/core-v1.ts';
import { keptResources } from './kept-resources.ts';

type Resources = { capacity?: ResourceList; allocatable?: ResourceList };
const dongle = 'example.com/dongle';
const own = { capacity: { cpu: '4', memory: '8Gi', 'hugepages-2Mi': '0' }, allocatable: { cpu: '3', memory: '7Gi', 'hugepages-2Mi': '0' } };

describe('what others say a node has', () => {
  const cases: {
    name: string;
    shown: Resources;
    when?: { isRegistration?: boolean; isReset?: boolean };
    capacity?: ResourceList;
    allocatable?: ResourceList;
  }[] = [
    { name: 'is nothing at first', shown: {} },
    { name: 'stays, and can be given away whole', shown: { capacity: { [dongle]: '4' } }, capacity: { [dongle]: '4' }, allocatable: { [dongle]: '4' } },
    {
      name: 'is given away whole even where less was said',
      shown: { capacity: { [dongle]: '4' }, allocatable: { [dongle]: '1' } },
      capacity: { [dongle]: '4' },
      allocatable: { [dongle]: '4' },
    },
    { name: 'goes when only its allocatable part is left', shown: { allocatable: { [dongle]: '4' } } },
    { name: 'stays so when it has no domain', shown: { allocatable: { slots: '4' } }, allocatable: { slots: '4' } },
    {
      name: 'stays when the agent starts',
      shown: { capacity: { [dongle]: '4' } },
      when: { isRegistration: true },
      capacity: { [dongle]: '4' },
      allocatable: { [dongle]: '4' },
    },
    {
      name: 'becomes 0 when the machine is a new one',
      shown: { capacity: { [dongle]: '4', slots: '2' } },
      when: { isRegistration: true, isReset: true },
      capacity: { [dongle]: '0', slots: '2' },
      allocatable: { [dongle]: '0', slots: '2' },
    },
    { name: 'never hides what the agent knows', shown: { capacity: { cpu: '64', 'hugepages-2Mi': '1Gi' }, allocatable: { cpu: '64' } } },
    {
      name: 'may be huge pages, which are no memory then',
      shown: { capacity: { 'hugepages-3Mi': '9Mi' } },
      capacity: { 'hugepages-3Mi': '9Mi' },
      allocatable: { 'hugepages-3Mi': '9Mi', memory: '7159Mi' },
    },
    {
      name: 'are no huge pages any more when the agent starts',
      shown: { capacity: { 'hugepages-3Mi': '9Mi' }, allocatable: { 'hugepages-3Mi': '9Mi' } },
      when: { isRegistration: true },
    },
    {
      name: 'may be more huge pages than there is memory',
      shown: { capacity: { 'hugepages-1Gi': '9Gi' } },
      capacity: { 'hugepages-1Gi': '9Gi' },
      allocatable: { 'hugepages-1Gi': '9Gi', memory: '0' },
    },
  ];
  for (const { name, shown, when = {}, capacity = {}, allocatable = {} } of cases)
    it(name, () =>
      assert.deepEqual(keptResources(shown, own, { isRegistration: false, isReset: false, ...when }), {
        capacity: { ...own.capacity, ...capacity },
        allocatable: { ...own.allocatable, ...allocatable },
      }),
    );
});
