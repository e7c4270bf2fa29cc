import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { AllocationResult, ResourceClaim, ResourceClaimStatus } from '../../../api/generated/resource-v1.ts';
import { fieldErrorText } from '../../../api/status.ts';
import type { ResourceServices, WriteContext } from '../../../extension-points/resources/contract.ts';
import type { Draft } from '../../../extension-points/resources/draft.ts';
import { claimStatusAuthorizationErrors } from './claim-status-authorization.ts';

const allocation: AllocationResult = {
  devices: { results: [{ request: 'r', driver: 'd.example.com', pool: 'p', device: 'd0' }] },
  nodeSelector: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['n'] }] }] },
};
const reported = { driver: 'd.example.com', pool: 'p', device: 'd0', data: { x: 1 } };
const claim = (status: ResourceClaimStatus): Draft<ResourceClaim> =>
  ({ metadata: { name: 'c', namespace: 'default' }, spec: {}, status }) as Draft<ResourceClaim>;

/** What is said to a user who may do these acts: `verb subresource name`. */
async function said(
  before: ResourceClaimStatus,
  after: ResourceClaimStatus,
  may: readonly string[],
  user: WriteContext['user'] = { name: 'someone', groups: [] },
) {
  const context: WriteContext = {
    ...{ operation: 'UPDATE', user, nowMs: 0, dryRun: false, version: 'v1', subresource: 'status' },
    key: { namespace: 'default', name: 'c' },
  };
  const review = async (draft: { spec: { resourceAttributes: { verb: string; subresource: string; name: string } } }) => {
    const { verb, subresource, name } = draft.spec.resourceAttributes;
    return { status: { allowed: may.includes(`${verb} ${subresource}${name ? ` ${name}` : ''}`) } };
  };
  const services = { service: () => review } as unknown as ResourceServices;
  return (await claimStatusAuthorizationErrors(claim(after), claim(before), context, services)).map(fieldErrorText);
}

describe('who may write the status of a claim', () => {
  it('need not have a right to change nothing', async () => assert.deepEqual(await said({ allocation }, { allocation }, []), []));

  it('needs one to allocate', async () => {
    assert.deepEqual(await said({}, { allocation }, []), [
      'status.allocation: Forbidden: changing status.allocation or status.reservedFor requires resource="resourceclaims/binding", verb="update" permission: resourceclaims.resource.k8s.io is forbidden: User "someone" cannot update resource "resourceclaims/binding" in API group "resource.k8s.io" at the cluster scope',
    ]);
    assert.deepEqual(await said({}, { allocation }, ['update binding']), []);
    assert.deepEqual(await said({ allocation }, { allocation, reservedFor: [{ resource: 'pods', name: 'p', uid: 'u' }] }, ['patch binding']), []);
  });

  it('needs one for each driver to report of its devices', async () => {
    assert.deepEqual(await said({ allocation }, { allocation, devices: [reported] }, ['update binding']), [
      'status.devices: Forbidden: changing status.devices requires resource="resourceclaims/driver", verb="[arbitrary-node:update]" permission: resourceclaims.resource.k8s.io "d.example.com" is forbidden: User "someone" cannot arbitrary-node:update resource "resourceclaims/driver" in API group "resource.k8s.io" in the namespace "default"',
    ]);
    assert.deepEqual(await said({ allocation }, { allocation, devices: [reported] }, ['arbitrary-node:update driver d.example.com']), []);
    assert.deepEqual(await said({ allocation, devices: [reported] }, { allocation }, ['arbitrary-node:patch driver d.example.com']), []);
  });

  it('needs less for the claims of its own node', async () => {
    const driver = { name: 'system:serviceaccount:kube-system:driver', groups: [], extra: { 'authentication.kubernetes.io/node-name': ['n'] } };
    const own = ['associated-node:update driver d.example.com'];
    assert.deepEqual(await said({ allocation }, { allocation, devices: [reported] }, own, driver), []);
    const elsewhere = { ...driver, extra: { 'authentication.kubernetes.io/node-name': ['m'] } };
    assert.equal((await said({ allocation }, { allocation, devices: [reported] }, own, elsewhere)).length, 1);
  });
});
