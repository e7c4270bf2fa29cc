import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { ContainerPort, Pod } from '../../../api/generated/core-v1.ts';
import { schedulingConformance } from '../../../extension-points/scheduling/conformance.ts';
import { nodeWith, PluginTrial, testNode, testPod } from '../../../extension-points/scheduling/testing.ts';
import nodePorts from './node-ports.ts';

schedulingConformance('NodePorts', nodePorts);

const withPorts = (name: string, ...ports: Partial<ContainerPort>[]): Pod =>
  testPod(name, { containers: [{ name: 'main', image: 'x', ports: ports.map((port) => ({ containerPort: 80, ...port })) }] });

describe('host ports', () => {
  const cases: { name: string; used: Partial<ContainerPort>; wanted: Partial<ContainerPort>; fits: boolean }[] = [
    { name: 'are taken once', used: { hostPort: 80 }, wanted: { hostPort: 80 }, fits: false },
    { name: 'differ by number', used: { hostPort: 80 }, wanted: { hostPort: 81 }, fits: true },
    { name: 'differ by protocol', used: { hostPort: 80, protocol: 'UDP' }, wanted: { hostPort: 80 }, fits: true },
    { name: 'differ by address', used: { hostPort: 80, hostIP: '10.0.0.1' }, wanted: { hostPort: 80, hostIP: '10.0.0.2' }, fits: true },
    { name: 'on all addresses conflict with one', used: { hostPort: 80 }, wanted: { hostPort: 80, hostIP: '10.0.0.2' }, fits: false },
    { name: 'on one address conflict with all', used: { hostPort: 80, hostIP: '10.0.0.1' }, wanted: { hostPort: 80, hostIP: '0.0.0.0' }, fits: false },
    { name: 'are not container ports', used: { hostPort: 80 }, wanted: {}, fits: true },
  ];
  for (const { name, used, wanted, fits } of cases) {
    it(name, () => {
      const node = nodeWith(testNode('n'), withPorts('there', used));
      assert.deepEqual(new PluginTrial(nodePorts()).filter(withPorts('new', wanted), [node]), [
        fits ? 'fits' : "unschedulable: node(s) didn't have free ports for the requested pod ports",
      ]);
    });
  }

  it('free others when their pod goes', () => {
    const { hint } = nodePorts().eventsToRegister!()[0]!;
    const wanting = withPorts('new', { hostPort: 80 });
    assert.deepEqual(
      [hint!(wanting, withPorts('gone', { hostPort: 80 }), undefined), hint!(wanting, withPorts('gone', { hostPort: 81 }), undefined)],
      ['queue', 'skip'],
    );
  });
});
