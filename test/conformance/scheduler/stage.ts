import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as resourceTypes from '../../../src/api/generated/resource-types.ts';
import type { KubernetesObject } from '../../../src/api/object.ts';
import { groupVersion, type ResourceType } from '../../../src/api/resource-type.ts';
import type { Client } from '../../../src/client/client.ts';
import type { Informers } from '../../../src/client/informer.ts';
import { createInformers } from '../../../src/client/shared-informers.ts';
import { ensureCertificates } from '../../../src/components/api-server/certificates/ensure-certificates.ts';
import type { ApiServer } from '../../../src/components/api-server/options.ts';
import { createApiPoints, startApi } from '../../../src/distributions/api.ts';
import { systemClock } from '../../../src/kernel/clock.ts';
import { DisposalStack } from '../../../src/kernel/disposal.ts';
import { silentLog } from '../../../src/kernel/log.ts';

/** An API server with all its admission, without controllers, agents and scheduler. */
export interface Stage extends AsyncDisposable {
  readonly directory: string;
  readonly server: ApiServer;
  /** The administrator's. */
  readonly client: Client;
  readonly informers: Informers;
  readonly kubeconfig: KubernetesObjectLike;
}
type KubernetesObjectLike = Readonly<Record<string, unknown>>;

export async function startStage(): Promise<Stage> {
  const stack = new DisposalStack();
  const directory = mkdtempSync(join(tmpdir(), 'ws-'));
  stack.defer(() => rmSync(directory, { recursive: true, force: true }));
  try {
    mkdirSync(join(directory, 'certificates'));
    const certificates = await ensureCertificates({ directory: join(directory, 'certificates'), serverAddresses: ['127.0.0.1'] });
    const points = createApiPoints();
    const common = { host: '127.0.0.1', port: 0, points, allPoints: Object.values(points), access: {}, clock: systemClock, log: silentLog };
    const server = await startApi({ dataDirectory: directory, certificates, ...common }, stack, { stage: (_name, work) => work(() => {}), say: () => {} });
    const client = server.client({ name: 'kubernetes-admin', groups: ['system:masters', 'system:authenticated'] });
    const informers = stack.use(createInformers({ client, clock: systemClock, log: silentLog }));
    const base64 = (pem: string): string => Buffer.from(pem).toString('base64');
    const kubeconfig = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'stage' },
      clusters: [{ name: 'stage', cluster: { server: server.url, 'certificate-authority-data': base64(certificates.ca.certificatePem) } }],
      users: [
        {
          name: 'admin',
          user: { 'client-certificate-data': base64(certificates.admin.certificatePem), 'client-key-data': base64(certificates.admin.privateKeyPem) },
        },
      ],
      contexts: [{ name: 'stage', context: { cluster: 'stage', user: 'admin' } }],
    };
    return { directory, server, client, informers, kubeconfig, [Symbol.asyncDispose]: () => stack[Symbol.asyncDispose]() };
  } catch (error) {
    await stack[Symbol.asyncDispose]();
    throw error;
  }
}

const types = new Map((Object.values(resourceTypes) as ResourceType[]).map((type) => [`${groupVersion(type)} ${type.kind}`, type]));
const byKind = new Map([...types.values()].toReversed().map((type) => [type.kind, type]));

/** The type of an object, or of a kind when nothing but that is known. */
export function typeOf(object: string | Pick<KubernetesObject, 'apiVersion' | 'kind'>): ResourceType {
  const type = typeof object === 'string' ? byKind.get(object) : types.get(`${object.apiVersion} ${object.kind}`);
  if (!type) throw new Error(`no type for ${JSON.stringify(object)}`);
  return type;
}
