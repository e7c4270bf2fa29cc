import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { settle } from '../../client/testing/settle.ts';
import { ExtensionPoint } from '../../kernel/extension-point.ts';
import { silentLog } from '../../kernel/log.ts';
import { ManualClock } from '../../kernel/manual-clock.ts';
import { type Device, type DevicePlugin, nothingAllocated } from './contract.ts';
import { DevicePlugins } from './run.ts';

/** A plugin whose list is what the test says. */
class TestPlugin implements DevicePlugin {
  readonly resourceName: string;
  readonly name: string;
  readonly #lists: (readonly Device[] | Error | 'end')[] = [];
  #due = Promise.withResolvers<void>();

  constructor(name: string, resourceName = 'example.com/gpu') {
    this.name = name;
    this.resourceName = resourceName;
  }

  async list(list: readonly string[] | Error | 'end'): Promise<void> {
    this.#lists.push(Array.isArray(list) ? list.map((text) => deviceOf(text)) : (list as Error | 'end'));
    this.#due.resolve();
    await settle(10);
  }

  async *devices(signal: AbortSignal): AsyncIterable<readonly Device[]> {
    signal.addEventListener('abort', () => this.#due.resolve());
    while (!signal.aborted) {
      await this.#due.promise;
      this.#due = Promise.withResolvers();
      for (const list of this.#lists.splice(0)) {
        if (list === 'end') return;
        if (list instanceof Error) throw list;
        yield list;
      }
    }
  }

  async allocate(ids: readonly string[]): Promise<typeof nothingAllocated> {
    if (ids.includes('bad')) throw new Error('it is bad');
    return { ...nothingAllocated, environment: { BY: this.name } };
  }
}

/** `a` is healthy, `!a` is not. */
const deviceOf = (text: string): Device => ({ id: text.replace('!', ''), health: text.startsWith('!') ? 'Unhealthy' : 'Healthy', numaNodes: [] });

class Stage implements AsyncDisposable {
  readonly clock = new ManualClock();
  readonly point = new ExtensionPoint<DevicePlugin>('devices');
  readonly changed: string[] = [];
  readonly plugins = new DevicePlugins({
    point: this.point,
    clock: this.clock,
    log: silentLog,
    onChange: (name, ids) => void this.changed.push(`${name} ${ids.join()}`),
  });

  get shown(): string {
    const resource = this.plugins.resource('example.com/gpu');
    return resource ? `${[...resource.healthy].join()} of ${resource.capacity}` : 'unknown';
  }
  get roster(): string[] {
    return [...this.point].map(({ name }) => name);
  }
  async askedOne(): Promise<string | undefined> {
    return (await this.plugins.allocate('example.com/gpu', ['a'])).environment['BY'];
  }
  [Symbol.asyncDispose] = (): Promise<void> => this.plugins[Symbol.asyncDispose]();
}

describe('plugins of one resource', () => {
  it('take turns: the newest that has listed anything is shown, the newest is asked, an older one steps in', async () => {
    await using stage = new Stage();
    const [first, second] = [new TestPlugin('first'), new TestPlugin('second')];
    stage.plugins.connect(first, '/1.sock');
    assert.equal(stage.shown, ' of 0');
    await first.list(['a', '!b']);
    assert.equal(stage.shown, 'a of 2');
    stage.plugins.connect(second, '/2.sock');
    assert.equal(stage.shown, 'a of 2');
    assert.equal(await stage.askedOne(), 'second');
    await second.list(['a', 'b', 'c']);
    assert.equal(stage.shown, 'a,b,c of 3');
    await first.list(['a']);
    assert.equal(stage.shown, 'a,b,c of 3');
    assert.deepEqual(stage.plugins.originsOf('example.com/gpu'), ['/2.sock', '/1.sock']);
    await second.list('end');
    assert.equal(stage.shown, 'a of 1');
    assert.equal(await stage.askedOne(), 'first');
    await first.list(new Error('crashed'));
    assert.equal(stage.shown, ' of 1');
    await assert.rejects(stage.askedOne(), /^Error: endpoint example.com\/gpu has been stopped$/);
    assert.deepEqual(stage.roster, []);
  });

  it('are forgotten five minutes after the last one left, unless one comes', async () => {
    await using stage = new Stage();
    stage.plugins.remember('example.com/gpu');
    assert.equal(stage.shown, ' of 0');
    await stage.clock.advance(290_000);
    const plugin = new TestPlugin('late');
    stage.plugins.connect(plugin, '/late.sock');
    await stage.clock.advance(600_000);
    await plugin.list(['a']);
    assert.equal(stage.shown, 'a of 1');
    await plugin.list('end');
    await stage.clock.advance(299_999);
    assert.equal(stage.shown, ' of 1');
    await stage.clock.advance(1);
    assert.equal(stage.shown, 'unknown');
    assert.deepEqual(stage.plugins.forgottenNames(), ['example.com/gpu']);
    stage.plugins.connect(new TestPlugin('again'), '/again.sock');
    assert.deepEqual(stage.plugins.forgottenNames(), []);
  });

  it('are replaced by one of the same socket, whose devices go on being shown', async () => {
    await using stage = new Stage();
    const plugin = new TestPlugin('first');
    stage.plugins.connect(plugin, '/1.sock');
    await plugin.list(['a']);
    stage.plugins.connect(new TestPlugin('second'), '/1.sock');
    await settle(10);
    assert.equal(stage.shown, 'a of 1');
    assert.equal(await stage.askedOne(), 'second');
    assert.deepEqual(stage.roster, ['example.com/gpu at /1.sock']);
  });

  it('tell which devices changed their health', async () => {
    await using stage = new Stage();
    const plugin = new TestPlugin('first');
    stage.plugins.connect(plugin, '/1.sock');
    stage.changed.length = 0;
    await plugin.list(['a', 'b']);
    await plugin.list(['a', '!b']);
    await plugin.list(['a', '!b', 'c']);
    await plugin.list(['a']);
    assert.deepEqual(stage.changed, ['example.com/gpu a,b', 'example.com/gpu b', 'example.com/gpu c', 'example.com/gpu ']);
  });
});

describe('plugins on the roster', () => {
  it('are used while they are there, and those with a wrong name not at all', async () => {
    await using stage = new Stage();
    const plugin = new TestPlugin('own');
    const added = stage.point.add({ name: 'own', origin: 'built-in', implementation: plugin });
    stage.point.add({ name: 'wrong', origin: 'built-in', implementation: new TestPlugin('wrong', 'kubernetes.io/gpu') });
    stage.plugins.refresh();
    stage.plugins.refresh();
    await plugin.list(['a']);
    assert.equal(stage.shown, 'a of 1');
    assert.deepEqual(stage.plugins.resourceNames(), ['example.com/gpu']);
    await assert.rejects(stage.plugins.allocate('example.com/gpu', ['bad']), /^Error: it is bad$/);
    assert.equal(stage.point.statistics('own')?.errors, 1);
    added[Symbol.dispose]();
    stage.plugins.refresh();
    assert.equal(stage.shown, ' of 1');
  });

  it('may leave out what they have nothing of', async () => {
    await using stage = new Stage();
    const sparse = {
      resourceName: 'example.com/gpu',
      async *devices(signal: AbortSignal) {
        yield [{ id: 'a', health: 'Healthy' }];
        await new Promise((resolve) => signal.addEventListener('abort', resolve));
      },
      allocate: async () => ({ environment: { A: '1' } }),
    };
    stage.point.add({ name: 'sparse', origin: 'module', implementation: sparse as unknown as DevicePlugin });
    stage.plugins.refresh();
    await settle(10);
    assert.deepEqual(stage.plugins.resource('example.com/gpu')?.devices.get('a'), { ...deviceOf('a') });
    assert.deepEqual(await stage.plugins.allocate('example.com/gpu', ['a']), { ...nothingAllocated, environment: { A: '1' } });
  });
});

describe('plugins that come from outside', () => {
  it('are refused beyond all bounds, and once nobody uses plugins any more; whoever is refused is let go', async () => {
    const stage = new Stage();
    let released = 0;
    const coming = (name: string): DevicePlugin => Object.assign(new TestPlugin(name, name), { [Symbol.dispose]: () => void released++ });
    for (let index = 0; index < 1_000; index++) stage.plugins.connect(coming(`example.com/gpu-${index}`), '/1.sock');
    assert.throws(() => stage.plugins.connect(coming('example.com/gpu-1000'), '/1.sock'), { message: 'a node has at most 1000 resources of device plugins' });
    assert.equal(released, 1);
    stage.plugins.connect(coming('example.com/gpu-1'), '/2.sock');
    await stage[Symbol.asyncDispose]();
    assert.equal(released, 1_002);
    assert.throws(() => stage.plugins.connect(coming('example.com/gpu-1'), '/3.sock'), { message: 'the device plugins of this node are not used any more' });
    assert.equal(released, 1_003);
  });
});
