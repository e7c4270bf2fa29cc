import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { startConversionWebhook } from '../custom-resources/conversion-webhook.fixture.ts';
import { cronTab, cronTabs, cronTabsPath, define, must, startCustomServer, versionNamed } from '../custom-resources/custom-resources.fixture.ts';

const headers = { 'content-type': 'application/merge-patch+json' };
const oldPath = cronTabsPath.replace('/v1/', '/v1beta1/');

describe('objects whose managers wrote in a version that nothing converts to any more', () => {
  it('can be changed and removed, without their record of managers', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, cronTabs({ conversion: webhook.conversion, versions: [versionNamed('v1'), versionNamed('v1beta1')] }));
    const old = cronTab('a', { metadata: { finalizers: ['example.com/guard'] } });
    await must(server.call('POST', oldPath, { body: { ...old, apiVersion: 'stable.example.com/v1beta1' } }), 201);
    webhook.answer = () => 500;
    const stored = await must(server.call('GET', `${cronTabsPath}/a`), 200);
    assert.equal(stored['metadata'].managedFields.length, 1);
    await must(server.call('PATCH', `${cronTabsPath}/a?fieldManager=other`, { body: { spec: { cronSpec: '@daily' } }, headers }), 200);
    const changed = await must(server.call('GET', `${cronTabsPath}/a`), 200);
    assert.deepEqual([changed['spec'].cronSpec, changed['metadata'].managedFields], ['@daily', undefined]);
    await must(server.call('DELETE', `${cronTabsPath}/a`), 200);
    await must(server.call('PATCH', `${cronTabsPath}/a`, { body: { metadata: { finalizers: null } }, headers }), 200);
    await must(server.call('GET', `${cronTabsPath}/a`), 404);
  });

  it('cannot be applied to', async () => {
    await using webhook = await startConversionWebhook();
    await using server = await startCustomServer();
    await define(server, cronTabs({ conversion: webhook.conversion, versions: [versionNamed('v1'), versionNamed('v1beta1')] }));
    await must(server.call('POST', oldPath, { body: { ...cronTab('a'), apiVersion: 'stable.example.com/v1beta1' } }), 201);
    webhook.answer = () => 500;
    const type = { 'content-type': 'application/apply-patch+yaml' };
    const body = cronTab('a', { spec: { cronSpec: '@daily' } });
    const { message } = await must(server.call('PATCH', `${cronTabsPath}/a?fieldManager=other&force=true`, { body, headers: type }), 500);
    assert.match(message, /^conversion webhook for stable\.example\.com\/v1, Kind=CronTab failed: /);
  });
});
