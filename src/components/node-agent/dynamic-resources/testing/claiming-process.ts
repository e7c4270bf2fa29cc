/** A node's part for dynamic resources in a process of its own, to be killed: prepares and undoes claims without end, and prints each pod once it is prepared for. */
import { resourceclaims } from '../../../../api/generated/resource-types.ts';
import { FakeClient } from '../../../../client/testing/fake-client.ts';
import { systemClock } from '../../../../kernel/clock.ts';
import { silentLog } from '../../../../kernel/log.ts';
import { createDynamicResources } from '../dynamic-resources.ts';
import { claimingPod, driverName } from './claim-stage.ts';

const [directory = '', endpoint = ''] = process.argv.slice(2);
const client = new FakeClient();
const resources = createDynamicResources({ client, nodeName: 'node-1', directory, clock: systemClock, log: silentLog });
await resources.start({ podUids: () => new Set(), wake: () => {}, appliesCdi: () => true });
await resources.pluginHandler.register(driverName, endpoint, ['v1.DRAPlugin']);
const { signal } = new AbortController();

async function runPod(uid: string): Promise<void> {
  const names = [`${uid}-one`, `${uid}-two`];
  const allocation = { devices: { results: [{ request: 'gpu', driver: driverName, pool: 'pool', device: 'gpu' }] } };
  for (const name of names)
    await client.create(resourceclaims, {
      metadata: { name, namespace: 'default' },
      spec: {},
      status: { allocation, reservedFor: [{ resource: 'pods', name: uid, uid }] },
    });
  await resources.prepare(claimingPod(uid, ...names), signal);
  process.stdout.write(`${uid}\n`);
  await resources.unprepare(uid);
}

for (let index = 0; ; index += 4) await Promise.all([0, 1, 2, 3].map((offset) => runPod(`${process.pid}-${index + offset}`)));
