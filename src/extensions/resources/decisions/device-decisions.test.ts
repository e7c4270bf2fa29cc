import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { UntypedObject } from '../../../api/object.ts';
import type { UserInfo } from '../../../extension-points/authentication/contract.ts';
import type { DeviceDecisionBook, DeviceDecisionRecord } from '../../../extension-points/devices/decision.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import { deviceDecisionReportDefinition } from './device-decision-reports.ts';
import { deviceDecisionDefinition } from './device-decisions.ts';

const nowMs = Date.parse('2026-01-01T00:01:00Z');
const record = (more: Partial<DeviceDecisionRecord> = {}): DeviceDecisionRecord => ({
  time: '2026-01-01T00:00:30.000000Z',
  durationMilliseconds: 3,
  pod: { namespace: 'shop', name: 'train', uid: '12345678-9' },
  nodeName: 'n',
  step: 'Admission',
  result: 'Allocated',
  allocations: [],
  claims: [],
  pinned: [],
  ...more,
});

describe('decisions about devices as a resource', () => {
  const definition = deviceDecisionDefinition();
  const cellsOf = (told: DeviceDecisionRecord): unknown[] => {
    const book: Partial<DeviceDecisionBook> = { all: () => [{ namespace: 'shop', name: 'train.12345678.admission', revision: 4, record: told }] };
    const services = { service: () => book } as unknown as ResourceServices;
    const [found] = definition.computed!(services).all('shop');
    return definition.versions[0]!.columns!.map(({ cell }) => cell(found!.object, nowMs));
  };
  const supply = { container: 'main', resource: 'example.com/gpu', requested: 1, listed: 1, healthy: 1, free: 1 };

  it('show what was given', () => {
    const told = record({
      allocations: [{ ...supply, devices: [{ id: 'gpu-0', numaNodes: [], why: 'Available' }] }],
      claims: [{ claim: 'c', devices: [{ driver: 'd', pool: 'p', device: 'gpu-1', cdiDevices: [] }] }],
      pinned: [{ container: 'main', cpus: '2-3' }],
    });
    assert.deepEqual(cellsOf(told), [
      'train',
      'n',
      'Admission',
      'Allocated',
      '',
      'example.com/gpu=gpu-0 c=gpu-1 cpus=2-3',
      '30s',
      '',
      'train.12345678.admission',
    ]);
  });

  it('show why nothing was given', () => {
    const told = record({ result: 'Refused', reason: 'UnexpectedAdmissionError', message: 'no', allocations: [{ ...supply, devices: [], error: 'no' }] });
    assert.deepEqual(cellsOf(told).slice(3, 8), ['Refused', 'UnexpectedAdmissionError', '', '30s', 'no']);
  });
});

describe('a report of a node', () => {
  const definition = deviceDecisionReportDefinition();
  const report = async (
    user: Partial<UserInfo>,
    decisions: readonly DeviceDecisionRecord[],
    nodeName = 'n',
  ): Promise<{ accepted: unknown; kept: string[] }> => {
    const kept: string[] = [];
    const services = {
      service: () => ({ put: ({ pod }: DeviceDecisionRecord) => void kept.push(pod.name) }),
      get: (_type: object, { name }: { name: string }) => ({ train: { spec: { nodeName: 'n' } }, other: { spec: { nodeName: 'm' } } })[name],
    } as unknown as ResourceServices;
    const draft = { apiVersion: 'decisions.wherry.dev/v1alpha1', kind: 'DeviceDecisionReport', metadata: {}, spec: { nodeName, decisions } };
    const context = { user: { name: 'system:node:n', groups: ['system:nodes'], ...user } } as unknown as WriteContext;
    const answer = await definition.review!(draft as unknown as UntypedObject, context, services);
    return { accepted: (answer as unknown as { status: { accepted: number } }).status.accepted, kept };
  };
  const of = (name: string): DeviceDecisionRecord => record({ pod: { namespace: 'shop', name, uid: 'u' } });

  it('is taken for pods of that node, and not for others', async () => {
    assert.deepEqual(await report({}, [of('train'), of('other'), of('gone')]), { accepted: 1, kept: ['train'] });
  });

  it('is refused when somebody else makes it, or it is about another node', async () => {
    await assert.rejects(report({ name: 'system:node:m' }, []), { code: 403, message: /user "system:node:m" is not node "n"/ });
    await assert.rejects(report({ groups: [] }, []), { code: 403 });
    await assert.rejects(report({ name: 'eve', groups: ['system:masters'] }, []), { code: 403 });
    await assert.rejects(report({}, [record({ nodeName: 'm' })]), {
      code: 422,
      message: /spec\.decisions\[0\]\.nodeName: Invalid value: "m": must be the node that reports/,
    });
  });
});
