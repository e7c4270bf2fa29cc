import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestCluster } from '../fixtures/cluster.ts';
import { startTestCluster } from '../fixtures/cluster.ts';

const example = join(import.meta.dirname, '../../examples/cron-tab');

describe('the CronTab example', () => {
  let cluster: TestCluster;
  let directory: string;
  const path = (name: string): string => join(directory, name);
  const get = async (...args: string[]): Promise<string> => (await cluster.mustKubectl(['get', ...args])).trim();
  const until = async (condition: () => Promise<boolean>, what: string): Promise<void> => {
    for (let tries = 0; !(await condition()); tries++) {
      if (tries > 300) throw new Error(`${what} did not come about\n${readFileSync(join(cluster.dataDirectory, 'wherry.log'), 'utf8')}`);
      await sleep(500);
    }
  };
  const podCount = async (): Promise<number> =>
    (await get('pods', '-l', 'stable.example.com/crontab=my-new-cron-object', '-o', 'name')).split('\n').filter(Boolean).length;

  before(async () => {
    directory = mkdtempSync(join(tmpdir(), 'wx-'));
    cpSync(example, directory, { recursive: true });
    cluster = await startTestCluster({ simulate: true, flags: ['--extension', path('cron-tab.ts')] });
  });
  after(async () => {
    await cluster?.[Symbol.asyncDispose]();
    if (directory) rmSync(directory, { recursive: true });
  });

  it('runs pods on the schedule as soon as its kind is defined, in a controller that started before', async () => {
    await cluster.mustKubectl(['apply', '-f', path('definition.yaml')]);
    await cluster.mustKubectl(['apply', '-f', path('my-cron-tab.yaml')]);
    await until(async () => (await podCount()) >= 2, 'two pods');
    await cluster.mustKubectl(['wait', 'crontab/my-new-cron-object', '--for=condition=Scheduled', '--timeout=120s']);
    assert.match(await get('ct'), /^NAME +SCHEDULE +REPLICAS +ACTIVE +LAST SCHEDULE +AGE\nmy-new-cron-object +@every 5s +2 /);
    assert.match(await cluster.mustKubectl(['get', 'all']), /crontab\.stable\.example\.com\/my-new-cron-object/);
  });

  it('scales like a workload', async () => {
    await cluster.mustKubectl(['scale', 'crontab/my-new-cron-object', '--replicas=1'], { version: '1.27' });
    assert.equal(await get('ct/my-new-cron-object', '-o', 'jsonpath={.spec.replicas}'), '1');
    const refused = await cluster.kubectl(['scale', 'crontab/my-new-cron-object', '--replicas=11']);
    assert.equal(refused.code, 1);
    assert.match(refused.stderr, /spec\.replicas: Invalid value: 11: spec\.replicas in body should be less than or equal to 10/);
  });

  it('is loaded again when it is saved', async () => {
    const source = readFileSync(path('cron-tab.ts'), 'utf8');
    writeFileSync(path('cron-tab.ts'), source.replace("'Started', `Started ", "'Started', `Launched "));
    await until(async () => (await get('events', '-o', 'jsonpath={.items[*].message}')).includes('Launched 1 pods'), 'an event in the new words');
  });

  it('says what is wrong with a schedule, and its pods go with it', async () => {
    await cluster.mustKubectl(['patch', 'ct/my-new-cron-object', '--type=merge', '-p', '{"spec":{"cronSpec":"61 * * * *"}}']);
    await cluster.mustKubectl(['wait', 'ct/my-new-cron-object', '--for=condition=Scheduled=False', '--timeout=120s']);
    assert.equal(await get('ct/my-new-cron-object', '-o', 'jsonpath={.status.conditions[0].message}'), 'end of range (61) above maximum (59): 61');
    await cluster.mustKubectl(['delete', 'ct/my-new-cron-object']);
    await until(async () => (await podCount()) === 0, 'no pods');
  });

  it('has the types that its definition gives it', async () => {
    const { code, stdout } = await cluster.wherry('generate', 'types', '-f', path('definition.yaml'));
    assert.equal(code, 0);
    assert.equal(stdout, readFileSync(path('generated/cron-tab.ts'), 'utf8'));
    const missing = await cluster.wherry('generate', 'types', '-f', path('my-cron-tab.yaml'));
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /there is no CustomResourceDefinition of apiextensions\.k8s\.io\/v1 in it/);
  });
});
