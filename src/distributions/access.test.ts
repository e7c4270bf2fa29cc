import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DisposalStack } from '../kernel/disposal.ts';
import { silentLog } from '../kernel/log.ts';
import { ManualClock } from '../kernel/manual-clock.ts';
import { openAuthenticators, openServerAccess } from './access.ts';

describe('a file of authorities without any', () => {
  let directory: string;
  let path: string;
  let kubeconfig: string;
  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'wherry-access-'));
    [path, kubeconfig] = [join(directory, 'ca.crt'), join(directory, 'hook.yaml')];
    await writeFile(path, 'hello\n');
    await writeFile(
      kubeconfig,
      `clusters: [{name: a, cluster: {server: 'https://127.0.0.1', certificate-authority: ${path}}}]\nusers: [{name: a, user: {}}]\ncontexts: [{name: a, context: {cluster: a, user: a}}]\ncurrent-context: a\n`,
    );
  });
  after(() => rm(directory, { recursive: true }));

  const problem = 'is not usable: data does not contain any valid RSA or ECDSA certificates';
  const parts = { stack: new DisposalStack(), clock: new ManualClock(), log: silentLog };

  it('is named with its flag', () =>
    assert.rejects(openServerAccess({ ...parts, options: { requestheaderClientCaFile: path } }), {
      message: `--requestheader-client-ca-file: ${path} ${problem}`,
    }));

  it('is named by the flag of the webhook it belongs to', () =>
    assert.rejects(openAuthenticators({ ...parts, options: { authenticationTokenWebhookConfigFile: kubeconfig } }, { issuer: 'https://here' }), {
      message: `--authentication-token-webhook-config-file: ${kubeconfig} ${problem}`,
    }));
});
